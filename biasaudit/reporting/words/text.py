"""Numbers and names as people read them, the same in every format."""

from __future__ import annotations

import math
from collections.abc import Mapping

from biasaudit.metrics.registry import row_of
from biasaudit.metrics.units import Unit
from biasaudit.names import clean

__all__ = [
    "amount",
    "capitalised",
    "clean",
    "count",
    "gap",
    "gap_amount",
    "gap_ends",
    "gap_interval",
    "gap_unit",
    "group_name",
    "head",
    "interval",
    "level_name",
    "number",
    "p_value",
    "percent",
    "points",
    "signed_points",
    "unit_head",
    "unit_of",
    "value",
]

EVERYONE = "everyone"
NO_VALUE = "–"


def level_name(group: Mapping[str, str]) -> str:
    """Name a group by its values alone, for a place where the features are known.

    Examples
    --------
    >>> level_name({"race": "White", "sex": "F"}), level_name({"race": ""}), level_name({})
    ('White × F', '(empty)', 'everyone')
    """
    return " × ".join(clean(v) or "(empty)" for v in group.values()) or EVERYONE


def group_name(group: Mapping[str, str]) -> str:
    """Name a group for people.

    Examples
    --------
    >>> group_name({"race": "White", "sex": "F"}), group_name({})
    ('race = White, sex = F', 'everyone')
    """
    return ", ".join(f"{clean(f)} = {clean(v) or '(empty)'}" for f, v in group.items()) or EVERYONE


def capitalised(text: str) -> str:
    """Write a phrase as the start of a sentence.

    Examples
    --------
    >>> capitalised("gap in AUC"), capitalised("")
    ('Gap in AUC', '')
    """
    return text[:1].upper() + text[1:]


def number(value: float | None, digits: int = 3) -> str:
    """Write a number, or a dash where there is none.

    Examples
    --------
    >>> number(0.12345), number(float("nan")), number(1234567.0, 0)
    ('0.123', '–', '1,234,567')
    """
    if value is None or math.isnan(value):
        return NO_VALUE
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    text = f"{value:,.{digits}f}".replace("-", "−")
    return text.removeprefix("−") if not text.strip("−0.,") else text


def count(value: float | None) -> str:
    """Write how many; sums of weights keep one decimal.

    Examples
    --------
    >>> count(1795.0), count(1795.25), count(float("nan"))
    ('1,795', '1,795.2', '–')
    """
    # Sums of shares and weights may miss a whole number by rounding.
    whole = value is not None and math.isfinite(value) and math.isclose(value, round(value), rel_tol=1e-9)
    return number(value, 0 if whole else 1)


def percent(value: float | None) -> str:
    """Write a share as per cent; only an exact 0 or 1 reads as 0 or 100.

    Examples
    --------
    >>> percent(0.44847), percent(0.00049), percent(1.0), percent(0.99999), percent(0.0000001)
    ('44.8 %', '0.05 %', '100.0 %', '> 99.9 %', '< 0.01 %')
    """
    if value is None or math.isnan(value):
        return NO_VALUE
    if 0.9995 <= value < 1:
        return "> 99.9 %"
    if 0 < value < 0.00005:
        return "< 0.01 %"
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


def signed_points(value: float) -> str:
    """Write a change between shares as percentage points, with its sign.

    Examples
    --------
    >>> signed_points(0.182053), signed_points(-0.01)
    ('+18.2', '−1.0')
    """
    return f"{'+' if value > 0 else ''}{points(value)}"


def unit_of(metric: str | Unit) -> Unit:
    """Return the unit of a metric as its row declares it; a unit stands for itself.

    Every function here takes either: an audit of numbers has a unit of its own.

    Examples
    --------
    >>> unit_of("selection_rate").after_gap, unit_of(Unit("dollars")).after_gap
    ('points', 'dollars')
    """
    return metric if isinstance(metric, Unit) else row_of(metric).unit


def value(metric: str | Unit, estimate: float | None) -> str:
    """Write the value of a metric in its unit: a percentage, a plain number, so many dollars.

    Examples
    --------
    >>> value("selection_rate", 0.5), value("auc", 0.69234), value(Unit("dollars an hour", digits=2), 18.968)
    ('50.0 %', '0.692', '18.97 dollars an hour')
    """
    unit = unit_of(metric)
    return percent(estimate) if unit.is_share else _with_unit(_amount(unit, estimate), unit.after_value)


def amount(metric: str | Unit, estimate: float | None) -> str:
    """Write a value where its unit stands elsewhere.

    Examples
    --------
    >>> amount("selection_rate", 0.5), amount(Unit("dollars an hour", digits=2), 18.968)
    ('50.0', '18.97')
    """
    return _amount(unit_of(metric), estimate)


def unit_head(words: str, metric: str | Unit) -> str:
    """Head a column or an axis, with the unit where that is too long to stand after each value.

    Examples
    --------
    >>> unit_head("Rate", "selection_rate"), unit_head("Mean", Unit("dollars an hour"))
    ('Rate', 'Mean, dollars an hour')
    """
    unit = unit_of(metric)
    return f"{words}, {clean(unit.after_value, 40)}" if unit.is_long else words


def head(metric: str | Unit) -> str:
    """Name the column that holds the values of a metric.

    Examples
    --------
    >>> head("selection_rate"), head("mean_score")
    ('Rate', 'Mean')
    """
    return unit_of(metric).head


def interval(low: float, high: float, metric: str | Unit) -> str:
    """Write an interval of a metric, or nothing where there is none.

    Examples
    --------
    >>> interval(0.182053, 0.245023, "selection_rate")
    '18.2 to 24.5 %'
    """
    if math.isnan(low) or math.isnan(high):
        return ""
    unit = unit_of(metric)
    return _with_unit(f"{_amount(unit, low)} to {_amount(unit, high)}", unit.after_value)


def gap(metric: str | Unit, comparison: str, estimate: float | None) -> str:
    """Write a gap with its unit: points for shares, a plain number for a ratio.

    Examples
    --------
    >>> gap("selection_rate", "difference", 0.2144), gap("selection_rate", "ratio", 0.668085)
    ('21.4 points', '0.67')
    """
    return _with_unit(gap_amount(metric, comparison, estimate), gap_unit(metric, comparison))


def gap_amount(metric: str | Unit, comparison: str, estimate: float | None) -> str:
    """Write a gap where its unit stands elsewhere.

    Examples
    --------
    >>> gap_amount("selection_rate", "difference", 0.2144), gap_amount("auc", "difference", 0.2144)
    ('21.4', '0.214')
    """
    return number(estimate, 2) if comparison == "ratio" else _amount(unit_of(metric), estimate)


def gap_unit(metric: str | Unit, comparison: str) -> str:
    """Name the unit of a gap; empty where it is a plain number.

    Examples
    --------
    >>> gap_unit("selection_rate", "difference"), gap_unit("selection_rate", "ratio")
    ('points', '')
    """
    return "" if comparison == "ratio" else unit_of(metric).after_gap


def gap_interval(metric: str | Unit, comparison: str, low: float, high: float) -> str:
    """Write the interval of a gap with its unit, or nothing where there is none.

    Examples
    --------
    >>> gap_interval("selection_rate", "difference", 0.182053, 0.245023)
    '18.2 to 24.5 points'
    """
    ends = gap_ends(metric, comparison, low, high)
    return _with_unit(ends, gap_unit(metric, comparison)) if ends else ""


def gap_ends(metric: str | Unit, comparison: str, low: float, high: float) -> str:
    """Write the interval of a gap where its unit stands elsewhere, or nothing where there is none.

    Examples
    --------
    >>> gap_ends("selection_rate", "difference", 0.182053, 0.245023)
    '18.2 to 24.5'
    """
    if math.isnan(low) or math.isnan(high):
        return ""
    return f"{gap_amount(metric, comparison, low)} to {gap_amount(metric, comparison, high)}"


def _amount(unit: Unit, found: float | None) -> str:
    return number(None if found is None else unit.factor * found, unit.digits)


def _with_unit(text: str, unit: str) -> str:
    return text if not unit or text == NO_VALUE else f"{text} {unit}"


def p_value(p: float | None) -> str:
    """Write a p-value.

    Examples
    --------
    >>> p_value(1e-9), p_value(0.0434), p_value(1.0)
    ('< 0.001', '0.043', '1.000')
    """
    if p is None or math.isnan(p):
        return NO_VALUE
    return "< 0.001" if p < 0.001 else f"{p:.3f}"
