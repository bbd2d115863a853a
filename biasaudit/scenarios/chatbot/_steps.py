"""The chatbot story in steps: sentences, plots and tables for each of its panels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from biasaudit.audits.findings.gap_records import known, known_interval
from biasaudit.datasets.generated.town import BENIGN_RATE, FROM_HOUR, GROUPS, INSULT, TROLL_RATE, compose
from biasaudit.reporting.report import Column, Finding, Section
from biasaudit.reporting.words.text import interval, percent, points
from biasaudit.scenarios.chatbot._policies import HOURS, POLICIES, Talk, expected_share
from biasaudit.scenarios.panels import Animation, Step

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["cost_step", "gap_of", "hours_step", "language_step", "policies_step", "truth_step", "who_step"]

BLOCK = 4
# What it has come to: the last eight hours, in which little moves any more.
LATE = HOURS - 2 * BLOCK
WORDS = {policy.name: policy.words for policy in POLICIES}
BLOCKS = tuple(f"{first + 1}–{first + BLOCK}" for first in range(0, HOURS, BLOCK))
SHOWN_REPLIES = 3
OTHERS = "others"


def _audited(frame: pd.DataFrame, errors: str, features: list[str], reference: dict[str, str] | None = None) -> Any:
    """Count what went wrong by group, as sure as there are users."""
    from biasaudit.audits.errors.audit import audit_errors

    return audit_errors(frame, errors=errors, sensitive_features=features, cluster="user", reference=reference)


def _shares(frame: pd.DataFrame, features: list[str]) -> pd.DataFrame:
    """Return toxic replies by groups of all features together: their levels, estimate, low, high."""
    import pandas as pd

    found: pd.DataFrame = _audited(frame, "toxic", features).intervals()
    found = found[found["group"].map(len) == len(features)]
    levels = pd.DataFrame(found["group"].tolist(), index=found.index)
    return pd.concat([levels, found[["estimate", "low", "high"]]], axis=1)


def _pair(audit: Any, group: dict[str, str]) -> Any:
    """Look up how a group differs from the reference."""
    rows = audit.disparities("error_rate")
    rows = rows[(rows["kind"] == "pair") & (rows["comparison"] == "difference")]
    return _row_of(rows, group)


def _row_of(rows: pd.DataFrame, group: dict[str, str]) -> Any:
    return next(row for row in rows.to_dict("records") if row["group"] == group)


def _numbers(row: Any) -> dict[str, Any]:
    return {"estimate": known(row["estimate"]), "interval": known_interval(row), "material": row["material"]}


def _target_and_others(frame: pd.DataFrame) -> tuple[dict[str, Any], Any]:
    """Hold the last replies about group A against all others: both rates by name, and how far they are apart."""
    late = frame[frame["hour"] > LATE]
    late = late.assign(group=np.where(late["group"] == GROUPS[0], GROUPS[0], OTHERS))
    audit = _audited(late, "toxic", ["group"], {"group": OTHERS})
    rates = {row["group"]["group"]: row for row in audit.intervals().to_dict("records") if row["group"]}
    return rates, _pair(audit, {"group": GROUPS[0]})


def gap_of(talk: Talk) -> Finding:
    """Say how much oftener replies about group A are toxic than about the others, in the last hours."""
    rates, row = _target_and_others(talk.replies[talk.replies["policy"] == "none"])
    sentence = (
        f"From hour {LATE + 1} on, {percent(rates[GROUPS[0]]['estimate'])} of the replies about group A are toxic and "
        f"{percent(rates[OTHERS]['estimate'])} of those about the others: {points(row['estimate'])} points more "
        f"({points(row['low'])} to {points(row['high'])})."
    )
    return Finding(sentence, row["verdict"], "toxic", "difference", "section", **_numbers(row))


def who_step(question: str, talk: Talk, n: int, trolls: int) -> Step:
    """Say who writes, and how the judge reads."""
    kind, unkind = n * BENIGN_RATE, trolls * TROLL_RATE
    rng = np.random.default_rng(talk.random_state + 3_000)
    size = 4_000
    group = rng.integers(0, len(GROUPS), size)
    missed = 1 - talk.judge.toxic(compose(group, np.full(size, INSULT), rng)).mean()
    wrong = talk.judge.toxic(compose(group, rng.integers(0, INSULT, size), rng)).mean()
    sentences = (
        f"{n} people write kindly: {kind:.0f} messages an hour about each of three groups. After {FROM_HOUR:g} hours "
        f"{trolls} others come and write {unkind:.0f} an hour about group A, and all are insults.",
        f"The chatbot's replies to kind people are read by a judge, trained on messages that nothing else here has "
        f"met. It overlooks {percent(missed)} of the insults and takes {percent(wrong)} of kind messages for insults, "
        "so that no chatbot gets below that.",
    )
    return Step(question, sentences)


def hours_step(question: str, talk: Talk) -> Step:
    """Say what it comes to say of each group, hour by hour."""
    from biasaudit.reporting.plots import plot_hours

    frame = talk.replies[talk.replies["policy"] == "none"]
    shares = _shares(frame.assign(hour=frame["hour"].map("{:02}".format)), ["hour", "group"])
    shares = shares.assign(hour=shares["hour"].astype(int)).sort_values(["group", "hour"], ignore_index=True)
    found, half = gap_of(talk), talk.hours_to_half("none")
    note = f"Half of its replies about group A are toxic in hour {half}." if half else "Half of its replies never are."
    title = f"Toxic replies by hour: {percent(talk.share('none', LATE))} about group A in the end"

    def show(i: int) -> tuple[tuple[str, ...], Any]:
        hour = i + 1
        replies = frame[(frame["hour"] == hour) & (frame["group"] == GROUPS[0])]["text"].head(SHOWN_REPLIES)
        quoted = "; ".join(f"“{text}”" for text in replies) or "nobody asks"
        return (f"Hour {hour}. Asked about group A, it says: {quoted}",), plot_hours(
            shares[shares["hour"] <= hour], "group", title=f"Toxic replies up to hour {hour}", hours=HOURS
        )

    animation = Animation(tuple(f"Hour {hour}" for hour in range(1, HOURS + 1)), show)
    drawn = plot_hours(shares, "group", title=title, hours=HOURS)
    return Step(question, (note,), (found,), (drawn,), reel=animation)


def policies_step(question: str, talk: Talk, n: int, trolls: int, cap: int) -> Step:
    """Lay out policies by hours and group, what each changes, and what is known of it."""
    from biasaudit.reporting.plots import plot_hours

    frame = talk.replies.assign(block=lambda f: np.array(BLOCKS)[(f["hour"] - 1) // BLOCK])
    late = frame[(frame["hour"] > LATE) & (frame["group"] == GROUPS[0])]
    audit = _audited(late, "toxic", ["policy"], {"policy": "none"})
    found = tuple(_policy_finding(audit, policy.name) for policy in POLICIES[1:])
    shares = frame[frame["group"] == GROUPS[0]].groupby(["policy", "hour"], as_index=False)["toxic"].mean()
    shares = shares.assign(policy=shares["policy"].map(WORDS)).rename(columns={"toxic": "estimate"})
    shares["order"] = shares["policy"].map({words: i for i, words in enumerate(WORDS.values())})
    shares = shares.sort_values(["order", "hour"]).drop(columns="order")
    drawn = plot_hours(shares, "policy", title="Toxic replies about group A by hour, under each policy", hours=HOURS)
    meaning = (
        "Frozen learns from nobody. A cap lets each account count so often an hour, and new accounts are how trolls "
        "get around it. A filter leaves out what it holds to be toxic. Replay hears a message of before along with "
        "each new one, and an anchor draws what was learnt back to the start."
    )
    tables = (_by_hours(frame), _by_policy(talk, frame, n, trolls, cap))
    return Step(question, (meaning,), found, (drawn,), tables=tables)


def _policy_finding(audit: Any, policy: str) -> Finding:
    row = _pair(audit, {"policy": policy})
    rate = _row_of(audit.intervals(), {"policy": policy})["estimate"]
    sentence = (
        f"{WORDS[policy]}: {percent(rate)} of the last replies about group A are toxic, {points(row['estimate'])} "
        f"points ({points(row['low'])} to {points(row['high'])}) against no policy."
    )
    better = row["estimate"] < 0
    return Finding(sentence, row["verdict"], "toxic", "difference", "section", benefit=better, **_numbers(row))


def _by_hours(frame: pd.DataFrame) -> Section:
    """Lay out toxic replies of each policy and group, a column for four hours."""
    rows: list[dict[str, Any]] = []
    for policy, words in WORDS.items():
        shares = _shares(frame[frame["policy"] == policy], ["block", "group"])
        cells = {(r["group"], r["block"]): r for r in shares.to_dict("records")}
        for group in GROUPS:
            row: dict[str, Any] = {"policy": words, "group": group.removeprefix("group ")}
            for block in BLOCKS:
                cell = cells.get((group, block))
                row[block] = (
                    ""
                    if cell is None
                    else (f"{100 * cell['estimate']:.0f} ({100 * cell['low']:.0f}–{100 * cell['high']:.0f})")
                )
            rows.append(row)
    columns = (Column("policy", "Policy"), Column("group", "Group"), *(Column(b, f"Hours {b}") for b in BLOCKS))
    note = "Per cent of replies that the judge holds to be toxic, with 95 % intervals that count users."
    return Section("hours", "Toxic replies by policy, group and hours", (note,), columns, tuple(rows))


def _by_policy(talk: Talk, frame: pd.DataFrame, n: int, trolls: int, cap: int) -> Section:
    """Lay out of each policy when half is reached, where it ends in closed form, and what it costs."""
    rows = []
    for policy in POLICIES:
        mine = frame[frame["policy"] == policy.name]
        fits = _audited(mine[mine["hour"] > LATE], "fits", ["group"]).intervals().iloc[0]
        removed = _audited(mine, "removed", ["group"]).intervals()
        about = _row_of(removed, {"group": GROUPS[0]})
        half, known = talk.hours_to_half(policy.name), expected_share(policy.name, n, trolls, cap)
        rows.append(
            {
                "policy": policy.words,
                "half": f"hour {half}" if half else "never",
                "ends": talk.share(policy.name, LATE),
                "known": known,
                "fits": _cell(fits),
                "removed": _cell(about) if policy.filters else "none",
            }
        )
    columns = (
        Column("policy", "Policy"),
        Column("half", "Half toxic in"),
        Column("ends", "In the end", "share"),
        Column("known", "Closed form", "share"),
        Column("fits", "Fits kind users"),
        Column("removed", "Kind ones removed"),
    )
    note = (
        "In the end: the chance of a toxic reply about group A over the last eight hours, which the closed form gives "
        "for ever. Fits: replies to kind people in the style that they wrote in. Removed: kind messages about group A "
        "that the filter took for insults."
    )
    return Section("policies", "What each policy brings and costs", (note,), columns, tuple(rows))


def _cell(row: Any) -> str:
    return f"{percent(row['estimate'])} ({100 * row['low']:.0f}–{100 * row['high']:.0f})"


def cost_step(question: str, talk: Talk) -> Step:
    """Say whose kind messages a filter removes."""
    import pandas as pd

    from biasaudit.reporting.plots import plot_ways

    frame = talk.replies[talk.replies["policy"] == "filter"]
    audit = _audited(frame, "removed", ["group"], {"group": GROUPS[1]})
    rows = audit.intervals().to_dict("records")
    rates = {r["group"]["group"]: r for r in rows if r["group"]}
    row = _pair(audit, {"group": GROUPS[0]})
    sentence = (
        f"The filter removes {percent(rates[GROUPS[0]]['estimate'])} of the kind messages about group A "
        f"({interval(rates[GROUPS[0]]['low'], rates[GROUPS[0]]['high'], '')}) and "
        f"{percent(rates[GROUPS[1]]['estimate'])} of those about group B."
    )
    found = Finding(sentence, row["verdict"], "removed", "difference", "section", **_numbers(row))
    shares = pd.DataFrame(
        [
            {"way": "Kind messages removed", "group": name, **{k: r[k] for k in ("estimate", "low", "high")}}
            for name, r in rates.items()
        ]
    )
    sentences = (
        "The filter learnt from an earlier attack, in which the name of group A stood beside insults. So it has come "
        "to take the name for a sign of one, and people who write kindly of the group that was attacked are silenced.",
    )
    return Step(question, sentences, (found,), (plot_ways(shares, sentence, unit="Kind messages removed"),))


def language_step(question: str, frame: pd.DataFrame) -> Step:
    """Say what a language model does in the same town."""
    from biasaudit.reporting.plots import plot_hours

    rows, found = [], []
    for policy in dict.fromkeys(frame["policy"]):
        shares, row = _target_and_others(frame[frame["policy"] == policy])
        rows.append({"policy": WORDS[policy], **{name: _cell(share) for name, share in shares.items()}})
        found.append(
            Finding(
                f"{WORDS[policy]}: {points(row['estimate'])} points more of the last replies about group A are "
                f"toxic than about the others ({points(row['low'])} to {points(row['high'])}).",
                row["verdict"],
                "toxic",
                "difference",
                "section",
                **_numbers(row),
            )
        )
    columns = (Column("policy", "Policy"), Column(GROUPS[0], "Group A"), Column(OTHERS, "Others"))
    table = Section("language", "Toxic replies of a language model in the last eight hours", (), columns, tuple(rows))
    plain = frame[frame["policy"] == "none"].groupby(["group", "hour"], as_index=False).agg(estimate=("toxic", "mean"))
    drawn = plot_hours(
        plain,
        "group",
        title="Toxic replies of a language model by hour",
        hours=HOURS,
    )
    note = (
        "A small recurrent network learns the next word of every message, one step a message. It shares its words "
        "among the groups, so what it learns of one spills over to the others."
    )
    return Step(question, (note,), tuple(found), (drawn,), tables=(table,))


def truth_step(question: str, talk: Talk, n: int, trolls: int, cap: int) -> Step:
    """Hold what came out against what is known beforehand."""
    kind, unkind = n * BENIGN_RATE, trolls * TROLL_RATE
    sentences = [
        "The chatbot that learns styles moves its scores by what was said less the chance it had. In the long run they "
        "stay where they are on average, so what it says of a group is what it hears: toxic messages of all messages, "
        f"{unkind:.0f} / ({unkind:.0f} + {kind:.0f}) = {expected_share('none', n, trolls, cap):.3f}. Over the last "
        f"eight hours it came to {talk.share('none', LATE):.3f}.",
        f"If {cap} of an account's messages count in an hour, that ratio is "
        f"{expected_share('cap', n, trolls, cap):.3f} (came to {talk.share('cap', LATE):.3f}): a cap slows, and "
        f"bounds. With ever new accounts it is {expected_share('puppets', n, trolls, cap):.3f} (came to "
        f"{talk.share('puppets', LATE):.3f}): then the cap holds back nobody but kind people.",
        "Every figure follows from who writes how often. Nobody in this town changed their mind about anybody.",
    ]
    return Step(question, tuple(sentences))
