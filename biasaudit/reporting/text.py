"""Numbers and names as people read them, the same in every format."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Mapping
from typing import Any

__all__ = ["clean", "group_name", "interval", "number", "p_value", "percent", "points", "value"]

PERCENT_METRICS_NOT = ("treatment_equality", "prevalence_error", "calibration_in_the_large", "auc", "brier")
EVERYONE = "everyone"


def clean(text: Any, most: int = 60) -> str:
    """Cut long text and replace what could steer a screen: control characters, and marks that turn text around.

    Examples
    --------
    >>> clean("\\x1b[31mred")
    '�[31mred'
    """
    text = str(text)
    shown = "".join("�" if unicodedata.category(c) in {"Cc", "Cf", "Zl", "Zp"} else c for c in text[: most + 1])
    return shown if len(text) <= most else shown[: most - 1] + "…"


def group_name(group: Mapping[str, str]) -> str:
    """Name a group for people.

    Examples
    --------
    >>> group_name({"race": "White", "sex": "F"}), group_name({})
    ('race = White, sex = F', 'everyone')
    """
    return ", ".join(f"{clean(f)} = {clean(v)}" for f, v in group.items()) or EVERYONE


def number(value: float | None, digits: int = 3) -> str:
    """Write a number, or a dash where there is none.

    Examples
    --------
    >>> number(0.12345), number(float("nan")), number(1234567.0, 0)
    ('0.123', '–', '1,234,567')
    """
    if value is None or math.isnan(value):
        return "–"
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    return f"{value:,.{digits}f}".replace("-", "−")


def percent(value: float | None) -> str:
    """Write a share as per cent.

    Examples
    --------
    >>> percent(0.44847), percent(0.00049)
    ('44.8 %', '0.05 %')
    """
    if value is None or math.isnan(value):
        return "–"
    digits = 1 if value == 0 or abs(value) >= 0.001 else 2
    return f"{number(100 * value, digits)} %"


def points(value: float | None) -> str:
    """Write a gap between shares as percentage points, without the unit.

    Examples
    --------
    >>> points(-0.182053)
    '−18.2'
    """
    return number(None if value is None else 100 * value, 1)


def value(metric: str, estimate: float | None) -> str:
    """Write the value of a metric: a percentage, or a plain number where it is no share."""
    return number(estimate) if metric in PERCENT_METRICS_NOT else percent(estimate)


def interval(low: float, high: float, metric: str) -> str:
    """Write an interval of a metric, or nothing where there is none.

    Examples
    --------
    >>> interval(0.182053, 0.245023, "selection_rate")
    '18.2 to 24.5 %'
    """
    if math.isnan(low) or math.isnan(high):
        return ""
    if metric in PERCENT_METRICS_NOT:
        return f"{number(low)} to {number(high)}"
    return f"{points(low)} to {points(high)} %"


def p_value(p: float | None) -> str:
    """Write a p-value.

    Examples
    --------
    >>> p_value(1e-9), p_value(0.0434), p_value(1.0)
    ('< 0.001', '0.043', '1.000')
    """
    if p is None or math.isnan(p):
        return "–"
    return "< 0.001" if p < 0.001 else f"{p:.3f}"
