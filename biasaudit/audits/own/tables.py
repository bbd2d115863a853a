"""The caller's own metrics in the tidy table of rates."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from biasaudit.audits.own.estimates import OwnEstimates
from biasaudit.inference.resampled import resampled_interval

if TYPE_CHECKING:
    import pandas as pd

    from biasaudit.audits.arithmetic import Splitting

__all__ = ["own_rates"]

NOT_POOLED = ("pooled", "pooled_low", "pooled_high")


def own_rates(rates: pd.DataFrame, splits: Sequence[Splitting], own: OwnEstimates, confidence: float) -> pd.DataFrame:
    """Write the value of each function in each group below the rates: `numerator` is none, `denominator` the rows.

    Parameters
    ----------
    rates : DataFrame
    splits : sequence of Splitting
        Everyone, then each way of splitting people.
    own : OwnEstimates
    confidence : float

    Returns
    -------
    DataFrame
    """
    import pandas as pd

    tables = [pd.DataFrame(_columns(split, own, at, confidence)) for at in range(len(own.metrics)) for split in splits]
    return pd.concat([rates, *tables], ignore_index=True)


def _columns(split: Splitting, own: OwnEstimates, at: int, confidence: float) -> dict[str, Any]:
    found, reasons = own.splits[split.features].found, own.splits[split.features].reasons
    low, high = resampled_interval(found, confidence)
    groups = len(split.groups)
    return {
        "metric": np.full(groups, own.metrics[at].name, dtype=object),
        "group": list(split.groups),
        "numerator": np.full(groups, np.nan),
        "denominator": found.rows[at],
        "estimate": found.value[at],
        "low": low[at],
        "high": high[at],
        **dict.fromkeys(NOT_POOLED, np.full(groups, np.nan)),
        "reason": reasons[at],
    }
