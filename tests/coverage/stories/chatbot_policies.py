"""The chatbot's town over several seeds, into docs/measured/chatbot.md: policies by hours and groups, and their closed form."""

from pathlib import Path

import numpy as np

from biasaudit.datasets.generated.town import GROUPS, INSULT
from biasaudit.inference.repeats import mean_of_repeats
from biasaudit.scenarios.chatbot._policies import HOURS, POLICIES, expected_share, talk_of_town

SEEDS, BLOCK = 10, 4
BLOCKS = range(0, HOURS, BLOCK)
PAGE = Path(__file__).parents[3] / "docs/measured/chatbot.md"
HEAD = """# What a chatbot learns from its users

290 kind people write 58 messages an hour about each of three groups; after four hours 40 others write 142 an hour about
group A, all of them insults (placeholders). The chatbot learns from every message. `make chatbot` prints this page from
{seeds} seeds, with 95 % intervals of their mean; `biasaudit scenario chatbot` tells the story of one, with intervals
that count users. Microsoft's Tay was launched on 23 March 2016 and taken down after about 16 hours
([Microsoft's blog](https://blogs.microsoft.com/blog/2016/03/25/learning-tays-introduction/)); how toxic it became was
never published, so all figures are of this town.

## Toxic replies by policy, hours and group
In per cent: the chatbot's own chance of a toxic reply.

"""


def main():
    talks = [talk_of_town(290, trolls=40, cap=1, recall=0.9, random_state=seed) for seed in range(SEEDS)]
    text = HEAD.format(seeds=SEEDS)
    text += "| Policy | Group | " + " | ".join(f"Hours {b + 1}–{b + BLOCK}" for b in BLOCKS) + " |\n"
    text += "| --- | --- |" + " --- |" * len(BLOCKS) + "\n"
    for i, policy in enumerate(POLICIES):
        for g, name in enumerate(GROUPS):
            cells = []
            for block in BLOCKS:
                shares = []
                for talk in talks:
                    town = talk.towns[0]
                    at = (town.group == g) & (town.time >= block) & (town.time < block + BLOCK)
                    shares.append(talk.chance[i, at, INSULT].mean())
                found = mean_of_repeats(shares)
                low, high = 100 * max(float(found.low), 0), 100 * float(found.high)
                cells.append(f"{100 * float(found.estimate):.1f} ({low:.1f}–{high:.1f})")
            text += f"| {policy.words} | {name[-1]} | " + " | ".join(cells) + " |\n"
    text += "\n## In the long run, and what it costs\n"
    text += "| Policy | Half toxic in hour | Last 4 hours, A | Closed form | Kind ones about A removed | about B |\n"
    text += "| --- | --- | --- | --- | --- | --- |\n"
    for i, policy in enumerate(POLICIES):
        known = expected_share(policy.name, 290, 40, 1)
        ends = mean_of_repeats([talk.share(policy.name, HOURS - 4) for talk in talks])
        half = [talk.hours_to_half(policy.name) for talk in talks]
        removed = []
        for g in (0, 1):
            kind = [talk.removed[i, (talk.towns[0].group == g) & ~talk.towns[0].troll].mean() for talk in talks]
            mean = mean_of_repeats(kind)
            low, high = 100 * max(float(mean.low), 0), 100 * float(mean.high)
            written = f"{100 * float(mean.estimate):.1f} % ({low:.1f}–{high:.1f})"
            removed.append(written if policy.filters else "none")
        said = f"{np.mean([h for h in half if h]):.1f}" if all(half) else "never" if not any(half) else "not in all"
        text += (
            f"| {policy.words} | {said} | {float(ends.estimate):.3f} ({float(ends.low):.3f}–{float(ends.high):.3f}) | "
            f"{'' if known is None else f'{known:.3f}'} | {removed[0]} | {removed[1]} |\n"
        )
    text += (
        "\nThe closed form is what the chatbot comes to for ever: toxic messages of all messages that it learns from. "
        "A cap is still on its way there after 16 hours. A cap holds back the many messages of one account, and with "
        "new accounts it holds back only kind people. A filter that learnt from an earlier attack takes the name of "
        "the group that was attacked for a sign of an insult, so it silences people who write kindly of that group.\n"
    )
    PAGE.write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
