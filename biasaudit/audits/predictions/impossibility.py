"""Why not everything can be equal where base rates differ, shown with the numbers of an audit."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from biasaudit.inference.verdicts import SHOWN
from biasaudit.reporting.report import Column, Section
from biasaudit.reporting.words.text import clean, level_name, percent

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "IMPOSSIBILITY",
    "base_rates_section",
    "forced_rates",
    "impossible_in_words",
    "impossible_section",
    "widest_verdict",
]

IMPOSSIBILITY = "impossibility"
FORCED = (
    Column("group", "Group"),
    Column("base_rate", "Base rate", "share", ("low", "high")),
    Column("false_positive_rate_now", "False positive rate", "share"),
    Column("false_positive_rate", "It would have to be", "share"),
)


def forced_rates(rates: pd.DataFrame, wide: int, verdict: str) -> pd.DataFrame:
    """Return the false positive rates that follow where everybody's other two rates were those of each group.

    Parameters
    ----------
    rates : DataFrame
        Rates of an audit.
    wide : int
        Features that the groups are made of.
    verdict : str
        On the gap between base rates.

    References
    ----------
    Chouldechova (2017), "Fair prediction with disparate impact", equation 2.6.
    """
    import pandas as pd

    everyone = rates[[not group for group in rates["group"]]].set_index("metric")["estimate"]
    ppv, fnr = everyone["positive_predictive_value"], everyone["false_negative_rate"]
    rows = rates[[len(group) == wide for group in rates["group"]]]
    base = rows[rows["metric"] == "base_rate"].reset_index(drop=True)
    now = rows[rows["metric"] == "false_positive_rate"]["estimate"].to_numpy()
    p = base["estimate"].to_numpy()
    with np.errstate(invalid="ignore", divide="ignore"):
        forced = p / (1 - p) * (1 - ppv) / ppv * (1 - fnr)
    return pd.DataFrame(
        {
            "group": [level_name(group) for group in base["group"]],
            "base_rate": p,
            "low": base["low"],
            "high": base["high"],
            "positive_predictive_value": ppv,
            "false_negative_rate": fnr,
            "false_positive_rate": forced,
            "false_positive_rate_now": now,
            "verdict": verdict,
        }
    )


def widest_verdict(gaps: pd.DataFrame) -> str:
    """Return the verdict on the widest difference of any feature: shown where one is."""
    spread = gaps[(gaps["kind"] == "range") & (gaps["comparison"] == "difference")]["verdict"]
    return SHOWN if (spread == SHOWN).any() else str(spread.iloc[0])


def impossible_in_words(forced: pd.DataFrame, groups: Sequence[str]) -> str:
    """Say it in a sentence or two, with the numbers of the first two groups."""
    table = forced.set_index("group")
    if table["verdict"].iloc[0] != SHOWN:
        return "Base rates are not shown to differ here, so nothing keeps all rates from being equal."
    one, other = (table.loc[name].to_dict() for name in groups[:2])
    if not (math.isfinite(one["false_positive_rate"]) and math.isfinite(other["false_positive_rate"])):
        return "With these lines some rates are undefined, so there is nothing to hold against each other."
    first, second = (clean(name) for name in groups[:2])
    base, other_base = percent(one["base_rate"]), percent(other["base_rate"])
    right, missed = percent(one["positive_predictive_value"]), percent(one["false_negative_rate"])
    follows, other_follows = percent(one["false_positive_rate"]), percent(other["false_positive_rate"])
    return (
        f"Of {first}, {base} have a positive label, of {second} {other_base}. If a positive decision were right "
        f"equally often ({right}) and equally many positive people were missed ({missed}) in both, then {follows} "
        f"of the negative people of {first} and {other_follows} of {second} would be decided positively: not all "
        "three can be equal."
    )


def impossible_section(forced: pd.DataFrame, sentence: str) -> tuple[Section, ...]:
    """Show why not everything can be equal; nothing where base rates are not shown to differ."""
    if not (forced["verdict"] == SHOWN).any():
        return ()
    rows = tuple(
        {column.name: row[column.name] for column in FORCED} | {"low": row["low"], "high": row["high"]}
        for row in forced.to_dict("records")
    )
    return (Section(IMPOSSIBILITY, "Why not everything can be equal", (sentence,), FORCED, rows),)


def base_rates_section(rates: pd.DataFrame, gaps: pd.DataFrame) -> tuple[Section, ...]:
    """Say by each feature how base rates move error rates; nothing where no pair of largest groups is shown to differ.

    Parameters
    ----------
    rates, gaps : DataFrame
        Rates and disparities of an audit of predictions.
    """
    sections = [
        found
        for feature in dict.fromkeys(f for group in rates["group"] if len(group) == 1 for f in group)
        for found in _of_feature(rates[[set(group) <= {feature} for group in rates["group"]]], gaps)
    ]
    if not sections:
        return ()
    sentences = tuple(sentence for section in sections for sentence in section.sentences)
    rows = tuple(row for section in sections for row in section.rows)
    return (Section(IMPOSSIBILITY, sections[0].title, sentences, FORCED, rows),)


def _of_feature(rates: pd.DataFrame, gaps: pd.DataFrame) -> tuple[Section, ...]:
    sizes = rates[(rates["metric"] == "share_of_data") & rates["group"].map(bool)]
    two = list(sizes.sort_values("numerator", ascending=False, kind="stable")["group"])[:2]
    if not {"base_rate", "false_positive_rate"} <= set(rates["metric"]) or _verdict_between(gaps, two) != SHOWN:
        return ()
    forced = forced_rates(rates, 1, SHOWN)
    names = [level_name(group) for group in two]
    chosen = forced.set_index("group").loc[names, ["false_positive_rate", "false_positive_rate_now"]]
    if not np.isfinite(chosen.to_numpy(dtype=float)).all():
        return ()
    now = " and ".join(percent(value) for value in chosen["false_positive_rate_now"])
    return impossible_section(forced, f"{impossible_in_words(forced, names)} Here it is {now}.")


def _verdict_between(gaps: pd.DataFrame, two: Sequence[Mapping[str, str]]) -> str:
    """Return the verdict on the base rates of two groups, or nothing where they were not held against each other."""
    pairs = gaps[(gaps["metric"] == "base_rate") & (gaps["kind"] == "pair") & (gaps["comparison"] == "difference")]
    sides = zip(pairs["group"], pairs["reference"], pairs["verdict"], strict=True)
    return next((str(verdict) for one, other, verdict in sides if one in two and other in two), "")
