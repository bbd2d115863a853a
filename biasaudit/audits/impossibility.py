"""Why not everything can be equal where base rates differ, shown with the numbers of an audit."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from biasaudit.reporting.text import clean, level_name, percent
from biasaudit.statistics.verdicts import SHOWN

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["forced_rates", "impossible_in_words", "widest_verdict"]


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
            "group": [level_name(group) for group in base["group"]], "base_rate": p, "low": base["low"],
            "high": base["high"], "positive_predictive_value": ppv, "false_negative_rate": fnr,
            "false_positive_rate": forced, "false_positive_rate_now": now, "verdict": verdict,
        }
    )  # fmt: skip


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
