"""The chatbot's town over several seeds, by policy, hour and group: make chatbot.

It writes the tables of docs/measured/chatbot.md, on two cores in seconds. Seeds are fixed.
"""

import sys
import time
from pathlib import Path

import numpy as np

from biasaudit.datasets.generated.town import GROUPS, INSULT
from biasaudit.inference.repeats import mean_of_repeats
from biasaudit.scenarios.chatbot._policies import HOURS, POLICIES, expected_share, talk_of_town

sys.path.insert(0, str(Path(__file__).parents[2]))
from measured_pages import measured_part

SEEDS, BLOCK = 10, 4
BLOCKS = range(0, HOURS, BLOCK)


def by_hours(talks):
    """Write the chance of a toxic reply by policy, group and hours."""
    print(f"{SEEDS} seeds, in %:\n")
    print("| Policy | Group | " + " | ".join(f"Hours {b + 1}–{b + BLOCK}" for b in BLOCKS) + " |")
    print("| --- | --- |" + " --- |" * len(BLOCKS))
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
            print(f"| {policy.words} | {name[-1]} | " + " | ".join(cells) + " |")


def in_the_long_run(talks):
    """Write what each policy comes to, and which kind messages it removes."""
    print("| Policy | Half toxic in hour | Last 4 hours, A | Closed form | Kind ones about A removed | about B |")
    print("| --- | --- | --- | --- | --- | --- |")
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
        print(
            f"| {policy.words} | {said} | {float(ends.estimate):.3f} ({float(ends.low):.3f}–{float(ends.high):.3f}) | "
            f"{'' if known is None else f'{known:.3f}'} | {removed[0]} | {removed[1]} |"
        )


def main():
    begun = time.perf_counter()
    talks = [talk_of_town(290, trolls=40, cap=1, recall=0.9, random_state=seed) for seed in range(SEEDS)]
    with measured_part("chatbot", "hours", command="make chatbot", begun=begun):
        by_hours(talks)
    with measured_part("chatbot", "long-run", command="make chatbot", begun=begun):
        in_the_long_run(talks)


if __name__ == "__main__":
    main()
