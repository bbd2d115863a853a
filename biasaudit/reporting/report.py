"""What a report is made of, whoever made it: findings, tables and the words for them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from biasaudit.reporting.render import render

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Column", "Finding", "MetricText", "Report", "Section"]


@dataclass(frozen=True)
class Finding:
    """One thing the audit says, in a plain sentence.

    Parameters
    ----------
    sentence : str
        What was found.
    verdict : {"shown", "not shown", "cannot tell"}
    metric, comparison, kind : str
        Row of the disparities it stands on: a metric's name, "difference" or "ratio", and "range"
        (over all groups), "pair" (against the reference) or "to_overall". For what a section of its own says:
        the section's name, "difference" or "ratio", and "section".
    group, reference : mapping of str to str
        Groups it speaks of, as feature to value.
    """

    sentence: str
    verdict: str
    metric: str
    comparison: str
    kind: str
    group: Mapping[str, str] = field(default_factory=dict)
    reference: Mapping[str, str] = field(default_factory=dict)

    def _repr_html_(self) -> str:
        return render(self, "fragment")


@dataclass(frozen=True)
class MetricText:
    """Words for a metric: a title, its meaning as a phrase, and where it is defined."""

    label: str
    meaning: str
    source: str


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
        metric, group (dict of feature to value; {} is everyone), numerator, denominator, estimate, low,
        high, reason. Numbers may be NaN or fractional; an undefined estimate has its reason in words.
    disparities : DataFrame
        metric, comparison, kind, sensitive_features (tuple), group, reference, estimate, low, high,
        p_value, p_adjusted, expected_by_chance, smallest_detectable, material (bool or None), verdict, reason.
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
