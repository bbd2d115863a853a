"""What a report is made of, whoever made it: findings, tables and the words for them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from biasaudit.inference.verdicts import SHOWN, Verdict
from biasaudit.metrics.measure_names import measure_name
from biasaudit.metrics.units import SHARE, Unit
from biasaudit.reporting.render import render

if TYPE_CHECKING:
    import pandas as pd

    from biasaudit.metrics.metric import Metric
    from biasaudit.reporting.distributions import Distribution

__all__ = ["Column", "Finding", "MetricText", "Record", "Report", "Section"]

# A row of a table, by column.
Record = dict[str, Any]


@dataclass(frozen=True)
class Finding:
    """One thing the audit says: what was found, and the sentence that is made from it, which nothing reads back.

    Parameters
    ----------
    sentence : str
        What was found, in plain words.
    verdict : Verdict
        "shown", "not shown" or "cannot tell".
    metric, comparison, kind : str
        Row of the disparities it stands on: a metric's name, "difference" or "ratio", and "range"
        (over all groups), "pair" (against another group) or "to_overall". For what a section of its own says:
        the section's name, "difference" or "ratio", and "section".
    group, reference : mapping of str to str
        Groups it speaks of, as feature to value.
    estimate : float or None
        The gap; this and all numbers below are None where they are undefined or nobody asked for them.
    interval : pair of float or None
        Lower and upper limit of the gap.
    values : pair of float or None
        Value of the metric in the group and in the reference.
    counts : pair of pairs of float
        What was counted among whom, in the group and in the reference; empty where the metric is no share.
    expected_by_chance, smallest_detectable : float or None
        Gap that equal groups would show on average, and the smallest that could have been seen.
    material : bool or None
        Whether the gap is large enough to matter.
    worse_off : mapping of str to str
        The group that fares worse, where the metric says which direction harms; empty otherwise.
    reason : str
        Why there is no estimate.
    ratio : float or None
        Of a difference: the value of the group over that of the reference; over all groups, the lowest over the
        highest.
    ratio_interval : pair of float or None
        Its lower and upper limit.
    left_out : str
        Which groups a question about all groups leaves out, since they have no value; empty where all have one.
    benefit : bool
        Whether what is shown is good: less harm than without what was done.
    class_name : str
        The class whose metric it is, held against all others; empty where it is of none.
    unit : Unit or None
        What its numbers are written in; None for that of the metric's row.
    """

    sentence: str
    verdict: str
    metric: str
    comparison: str
    kind: str
    group: Mapping[str, str] = field(default_factory=dict)
    reference: Mapping[str, str] = field(default_factory=dict)
    estimate: float | None = None
    interval: tuple[float, float] | None = None
    values: tuple[float | None, float | None] = (None, None)
    counts: tuple[tuple[float, float], ...] = ()
    expected_by_chance: float | None = None
    smallest_detectable: float | None = None
    material: bool | None = None
    worse_off: Mapping[str, str] = field(default_factory=dict)
    reason: str = ""
    ratio: float | None = None
    ratio_interval: tuple[float, float] | None = None
    left_out: str = ""
    benefit: bool = False
    class_name: str = ""
    unit: Unit | None = None

    def __post_init__(self) -> None:
        """Know the verdict by its place in their order, whoever gave it as text."""
        if self.verdict in [*Verdict]:
            object.__setattr__(self, "verdict", Verdict(self.verdict))

    @property
    def matters(self) -> bool:
        """Whether it is shown, and not too small to matter."""
        return self.verdict == SHOWN and self.material is not False

    @property
    def question(self) -> tuple[Any, ...]:
        """What was asked, whichever row answers: a metric of a way of splitting people; each section's by itself."""
        return (id(self),) if self.kind == "section" else (self.measure, *self.group)

    @property
    def measure(self) -> str:
        """What was measured, as tables are keyed by it: the metric, with its class where it is of one."""
        return measure_name(self.metric, self.class_name)

    def _repr_html_(self) -> str:
        return render(self, "fragment")


@dataclass(frozen=True)
class MetricText:
    """Words for a metric: a title, its meaning as a phrase, where it is defined, and the unit of its values."""

    label: str
    meaning: str
    source: str
    unit: Unit = SHARE

    @classmethod
    def of(cls, row: Metric) -> MetricText:
        """Take the words of a declared row."""
        return cls(row.label, row.meaning, row.source, row.unit)


@dataclass(frozen=True)
class Column:
    """A column of a section: what it holds, and how it is written for people.

    Parameters
    ----------
    name : str
        Key in the section's rows.
    words : str
        Title.
    kind : {"text", "prose", "group", "count", "share", "points", "number", "p_value", "verdict"}
    limits : pair of str or None
        Keys of the lower and upper limit of an interval, written next to it.
    """

    name: str
    words: str
    kind: str = "text"
    limits: tuple[str, str] | None = None


@dataclass(frozen=True)
class Section:
    """A part of an audit that is no rate and no gap between rates: sentences and a table.

    Parameters
    ----------
    name, title : str
        Its name in JSON, and its heading.
    sentences : tuple of str
        What to know before reading the table.
    columns : tuple of Column
        Columns of the table; none means that there is no table.
    rows : tuple of mapping
        Rows of the table.
    """

    name: str
    title: str
    sentences: tuple[str, ...]
    columns: tuple[Column, ...] = ()
    rows: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True)
class Report:
    """Everything a renderer needs; it computes nothing.

    Parameters
    ----------
    title, headline : str
        The title, and the answer in one sentence.
    findings : tuple of Finding
        Most important first.
    rates : DataFrame
        metric (of a class with its name: :mod:`biasaudit.metrics.measure_names`), group (dict of feature to value;
        {} is everyone), numerator, denominator, estimate, low, high, reason; pooled, pooled_low and pooled_high where
        rates are partly pooled. Numbers may be NaN or fractional; an undefined estimate has its reason in words.
    disparities : DataFrame
        metric, comparison, kind, sensitive_features (tuple), group, reference, estimate, low, high,
        p_value, p_adjusted, low_adjusted, high_adjusted, expected_by_chance, smallest_detectable, material (bool or
        None), verdict, reason.
    metrics : mapping of str to MetricText
        Words for each metric by its name; a metric without words is shown by its name.
    settings : mapping of str to object
        What the audit was asked; `confidence` names the level of the intervals.
    rows : int
        Rows read.
    groups : DataFrame
        sensitive_features (tuple), group, rows, share.
    left_out : DataFrame
        reason, group, rows: rows that could not be used.
    warnings : tuple of str
        What a reader has to know about the data.
    inequality : DataFrame
        index, sensitive_features (tuple), part ("total", "between" or "within"), estimate, low, high;
        may be empty.
    package_version : str
    sections : tuple of Section
        What the audit has to say beyond rates and gaps.
    unit : str
        What was counted; data, not escaped.
    positive : str
        Which value counts as positive, such as "invited = yes"; data, not escaped. Empty where there is none.
    distributions : tuple of Distribution
        How numbers are spread in each group and over everyone; empty where the audit is of no numbers.
    """

    title: str
    headline: str
    findings: tuple[Finding, ...]
    rates: pd.DataFrame
    disparities: pd.DataFrame
    metrics: Mapping[str, MetricText]
    settings: Mapping[str, Any]
    rows: int
    groups: pd.DataFrame
    left_out: pd.DataFrame
    warnings: tuple[str, ...]
    inequality: pd.DataFrame
    package_version: str
    sections: tuple[Section, ...] = ()
    unit: str = "rows"
    positive: str = ""
    distributions: tuple[Distribution, ...] = ()
