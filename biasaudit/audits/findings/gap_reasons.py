"""What is said beside a gap: why it has no value, who is left out, and that its limits say more than its verdict."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from biasaudit.inference.verdicts import is_unsettled
from biasaudit.reporting.words.words import UNSETTLED

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["with_reasons"]


def with_reasons(table: pd.DataFrame) -> pd.DataFrame:
    """Say of each gap that the data cannot tell of, though its limits leave out no gap, that they do, and why."""
    unsettled = np.zeros(len(table), dtype=bool)
    limits = [table[name].to_numpy(float) for name in ("low", "high", "low_adjusted", "high_adjusted")]
    verdict, way = (table[name].to_numpy(object) for name in ("verdict", "comparison"))
    for comparison in ("difference", "ratio"):
        found = is_unsettled(verdict, limits[:2], limits[2:], comparison)
        unsettled |= found & (way == comparison)
    reason = table["reason"].to_numpy(object).copy()
    reason[unsettled] = [f"{text}; {UNSETTLED}" if text else UNSETTLED for text in reason[unsettled]]
    return table.assign(reason=reason)
