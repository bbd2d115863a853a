"""What a report is made of, whoever made it: findings, tables and the words for them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Finding", "MetricText", "Report"]


@dataclass(frozen=True)
class Finding:
    """One thing the audit says, in a plain sentence.

    Parameters
    ----------
    sentence : str
        What was found.
    verdict : {"shown", "not shown", "cannot tell"}
    metric, comparison, kind : str
        Row of the disparities it stands on.
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


@dataclass(frozen=True)
class MetricText:
    """Words for a metric: a title, its meaning and where it is defined."""

    label: str
    meaning: str
    source: str


@dataclass(frozen=True)
class Report:
    """Everything a renderer needs; it computes nothing.

    Parameters
    ----------
    title, headline : str
        The title, and the answer in one sentence.
    findings : tuple of Finding
        Most important first.
    rates, disparities, groups, left_out, inequality : DataFrame
        Tidy tables; `groups` and `left_out` count rows.
    metrics : mapping of str to MetricText
    settings : mapping of str to object
        What the audit was asked.
    rows : int
        Rows read.
    warnings : tuple of str
    package_version : str
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
