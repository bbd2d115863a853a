"""How a report is arranged on every page: by split of the people, then by metric."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from biasaudit.metrics.measure_names import parted
from biasaudit.metrics.registry import in_registry_order, is_declared, row_of
from biasaudit.metrics.units import Unit
from biasaudit.reporting.report import MetricText, Record, Report
from biasaudit.reporting.words.text import clean, interval, value

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "Breakdown",
    "any_pooled",
    "breakdown_by",
    "breakdowns",
    "everyone",
    "is_pooled",
    "key_metrics",
    "label",
    "left_out_rows",
    "place_of",
    "pooled_words",
    "printed_metrics",
    "records",
    "thing_of",
    "unit_in",
    "words_of",
]

MOST_CHARTED = 6


@dataclass
class Breakdown:
    """One way of splitting people, with all that is known of its groups.

    Parameters
    ----------
    features : tuple of str
    groups : list of dict
        Rows of the report's `groups`: group, rows, share.
    rates : dict of str to list of dict
        Rows of the report's `rates` by metric.
    gaps : list of dict
        Rows of the report's `disparities`.
    """

    features: tuple[str, ...]
    groups: list[Record] = field(default_factory=list)
    rates: dict[str, list[Record]] = field(default_factory=dict)
    gaps: list[Record] = field(default_factory=list)

    @property
    def name(self) -> str:
        """The features, for a heading."""
        return " and ".join(clean(name) for name in self.features)

    @property
    def sizes(self) -> dict[tuple[str, ...], float]:
        """Rows of each group, by its values."""
        return {tuple(row["group"].values()): row["rows"] for row in self.groups}

    def largest_first(self, metric: str) -> list[Record]:
        """Return the rates of `metric`, the largest group first."""
        sizes = self.sizes
        return sorted(self.rates.get(metric, []), key=lambda row: -sizes.get(tuple(row["group"].values()), 0))

    def highest_first(self, metric: str, most: int) -> list[Record]:
        """Return the rates of the largest groups, the highest first where they are partly pooled: few people lead not.

        Where nothing is pooled the largest group comes first.
        """
        rows = self.largest_first(metric)[:most]
        if not any(is_pooled(row) for row in rows):
            return rows
        return sorted(rows, key=lambda row: -at if math.isfinite(at := place_of(row)[0]) else math.inf)

    def widest(self, metric: str) -> Record | None:
        """Return the row of the widest difference in `metric`, if the audit has one."""
        wanted = ("range", "difference", metric)
        return next((g for g in self.gaps if (g["kind"], g["comparison"], g["metric"]) == wanted), None)


def is_pooled(row: Record) -> bool:
    """Say whether a rate is drawn towards that of other groups."""
    return math.isfinite(row.get("pooled", math.nan))


def any_pooled(report: Report) -> bool:
    """Say whether the report has rates that are drawn towards those of other groups."""
    return "pooled" in report.rates and bool(report.rates["pooled"].notna().any())


def place_of(row: Record) -> tuple[float, float, float]:
    """Where a plot puts a rate and the ends of its interval: partly pooled if it is, else as it was counted."""
    names = ("pooled", "pooled_low", "pooled_high") if is_pooled(row) else ("estimate", "low", "high")
    return row[names[0]], row[names[1]], row[names[2]]


def pooled_words(row: Record, unit: str | Unit) -> str:
    """Write a partly pooled rate with its interval, or nothing where none is.

    Examples
    --------
    >>> pooled_words({"pooled": 0.3, "pooled_low": 0.2, "pooled_high": 0.4}, "base_rate")
    '30.0 % (20.0 to 40.0 %)'
    """
    if not is_pooled(row):
        return ""
    limits = interval(row["pooled_low"], row["pooled_high"], unit)
    return f"{value(unit, row['pooled'])}{f' ({limits})' if limits else ''}"


def records(frame: pd.DataFrame) -> list[Record]:
    """Turn a table into dicts, a row each, several times faster than ``to_dict("records")``."""
    columns = [_values(frame[name]) for name in frame.columns] if len(frame) else []
    return [dict(zip(frame.columns, row, strict=True)) for row in zip(*columns, strict=True)]


def _values(column: pd.Series) -> list[Any]:
    """List a column; text that is missing is empty, not a NaN that would be printed."""
    if column.dtype == object or column.dtype.kind in "biuf":
        return column.tolist()
    return column.to_numpy(dtype=object, na_value="").tolist()


def breakdowns(report: Report) -> list[Breakdown]:
    """Arrange the tables of `report` by the features they split people by, in the order of `groups`."""
    found: dict[frozenset[str], Breakdown] = {}

    def breakdown(features: Iterable[str]) -> Breakdown:
        features = tuple(features)
        return found.setdefault(frozenset(features), Breakdown(features))

    for row in records(report.groups):
        breakdown(row["sensitive_features"]).groups.append(row)
    for row in records(report.rates):
        if row["group"]:
            breakdown(row["group"]).rates.setdefault(row["metric"], []).append(row)
    for row in records(report.disparities):
        breakdown(row["sensitive_features"]).gaps.append(row)
    return list(found.values())


def breakdown_by(report: Report, features: Sequence[str]) -> Breakdown | None:
    """Return the breakdown by these features in this order; None where the report has none."""
    return next((found for found in breakdowns(report) if found.features == tuple(features)), None)


def everyone(report: Report) -> dict[str, Record]:
    """Return the rates of all people together, by metric."""
    if not len(report.rates):
        return {}
    return {row["metric"]: row for row in records(report.rates[[not group for group in report.rates["group"]]])}


def key_metrics(report: Report) -> list[str]:
    """Choose the metrics that are charted: those that their rows chart, else the first few that nobody declared."""
    present = in_registry_order(report.rates["metric"]) if len(report.rates) else []
    charted = [metric for metric in present if row_of(metric).charted]
    declared = [metric for metric in charted if is_declared(metric)]
    return declared or charted[:MOST_CHARTED]


def thing_of(report: Report) -> str:
    """Say what a report calls what it measures: rates, or, where none of what it charts is a share, values."""
    charted = key_metrics(report)
    return "value" if charted and not any(unit_in(report.metrics, m).is_share for m in charted) else "rate"


def printed_metrics(report: Report) -> list[str]:
    """Choose the metrics whose rates stand in a terminal; of several classes, accuracy says what no class does."""
    names = key_metrics(report)
    over_all = {"accuracy"} if any(parted(name)[1] for name in names) else set()
    return [metric for metric in names if row_of(metric).printed or metric in over_all]


def words_of(metric: str, metrics: Mapping[str, MetricText]) -> MetricText:
    """Return the words for a metric; where the report has none, those of its row.

    Examples
    --------
    >>> words_of("word_error_rate", {}).label
    'Word error rate'
    """
    return metrics.get(metric) or MetricText.of(row_of(metric))


def unit_in(metrics: Mapping[str, MetricText], metric: str) -> Unit:
    """Return the unit in which a report writes a metric.

    Examples
    --------
    >>> unit_in({"cost": MetricText("Cost", "", "", Unit("dollars"))}, "cost").name, unit_in({}, "auc").name
    ('dollars', 'number')
    """
    return words_of(metric, metrics).unit


def label(metric: str, metrics: Mapping[str, MetricText]) -> str:
    """Return the title of a metric."""
    return clean(words_of(metric, metrics).label)


def left_out_rows(report: Report) -> list[Record]:
    """Return the rows of `left_out` that left any out."""
    return [row for row in records(report.left_out) if row["rows"] and not math.isnan(row["rows"])]
