"""Which verdicts of a network are clear: another processor adds in another order, and limits move a little."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

import numpy as np

from biasaudit.inference.verdicts import verdicts

__all__ = ["UNCLEAR", "clear_in_words", "with_clear_verdicts"]

UNCLEAR = "~"
# Limits moved by 15 % of the interval at most when tried with other instructions of the processor; p-values follow.
ROOM, TIMES = 0.2, 3.0
LIMITS = re.compile(r"([-+−]?\d+\.\d) to ([-+−]?\d+\.\d)\)")
POINTS = 100.0


def clear(verdict: str, low: float, high: float, p_value: float = 0.0, comparison: str = "difference") -> bool:
    """Say whether a verdict would be the same with limits and p-value moved a little.

    Examples
    --------
    >>> clear("shown", 0.1, 0.2), clear("shown", 0.01, 0.2), clear("not shown", 0.004, 0.05)
    (True, False, False)
    """
    if math.isnan(low) or math.isnan(high):
        return True
    move, times = ROOM * (high - low), np.array([1 / TIMES, TIMES])
    lows, highs, p = np.meshgrid([low - move, low + move], [high - move, high + move], p_value * times)
    return set(verdicts(lows, highs, p, comparison, alpha=0.05).ravel()) == {verdict}


def with_clear_verdicts(frame: Any) -> Any:
    """Return a table whose verdicts that are not clear are left open."""
    if "verdict" not in frame:
        return frame
    judged = "change_" if "change_low" in frame else ""
    return frame.assign(verdict=[_of_row(row, judged) for row in frame.to_dict("records")])


def _of_row(row: Mapping[str, Any], judged: str) -> str:
    low, high = row[f"{judged}low"], row[f"{judged}high"]
    comparison = row.get("comparison", "difference")
    if not row["verdict"] or clear(row["verdict"], low, high, row.get("p_adjusted", 0.0), comparison):
        return str(row["verdict"])
    return UNCLEAR


def clear_in_words(verdict: str, words: str) -> bool:
    """Say whether a verdict is clear by the last limits that are written with it, in points.

    Examples
    --------
    >>> clear_in_words("shown", "Turned digits lose 7.5 points more (3.6 to 11.5).")
    True
    >>> clear_in_words("not shown", "2.7 (0.4 to 5.0)")
    False
    """
    found = LIMITS.findall(words)
    if not found:
        return True
    low, high = (float(end.replace("−", "-")) / POINTS for end in found[-1])
    return clear(verdict, low, high)
