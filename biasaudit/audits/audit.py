"""What every audit answers with: rates, disparities, findings and reports."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from biasaudit.audits.families import Family, families, measures_of
from biasaudit.errors import AuditError, nearest
from biasaudit.statistics.crosstab import Crosstab
from biasaudit.statistics.rates import RATES
from biasaudit.statistics.verdicts import TOLERANCE
from biasaudit.version import __version__

if TYPE_CHECKING:
    import pandas as pd

    from biasaudit.reporting.report import Finding, MetricText, Report

__all__ = ["Audit"]


@dataclass(frozen=True, eq=False)
class Audit:
    """The answer of an audit; everything in it is arithmetic on its table of counts.

    Parameters
    ----------
    table : Crosstab
        Binary table of counts.
    title : str
    settings : mapping of str to object
        What was asked.
    reference : mapping of str to str
        Reference groups that were named.
    confidence : float
    warnings : tuple of str
        What a reader has to know about the data.
    """

    table: Crosstab
    title: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    reference: Mapping[str, str] = field(default_factory=dict)
    confidence: float = 0.95
    warnings: tuple[str, ...] = ()

    @cached_property
    def _families(self) -> tuple[Family, ...]:
        return families(self.table, self.reference)

    @cached_property
    def _everyone(self) -> Family:
        return Family(self.table.rollup(()), measures_of(self.table))

    @cached_property
    def _rates(self) -> pd.DataFrame:
        from biasaudit.audits.rate_table import rate_table

        return rate_table(self._everyone, self._families, self.confidence)

    @cached_property
    def _disparities(self) -> pd.DataFrame:
        from biasaudit.audits.disparity_table import disparity_table

        return disparity_table(self._families, self.confidence)

    def rates(self) -> pd.DataFrame:
        """Return every rate of every group, tidy.

        Returns
        -------
        DataFrame
            Columns metric, group (dict of feature to value; {} is everyone), numerator, denominator,
            estimate, low, high, reason. An undefined rate is NaN, and `reason` says why.
        """
        return self._rates.copy()

    def disparities(self, metric: str | None = None) -> pd.DataFrame:
        """Return every gap between groups, tidy.

        Parameters
        ----------
        metric : str, optional
            Only this metric; the names of fairness criteria do as well, such as "equal_opportunity".

        Returns
        -------
        DataFrame
            Columns metric, comparison, kind, sensitive_features, group, reference, estimate, low, high,
            p_value, p_adjusted, expected_by_chance, smallest_detectable, material, verdict, reason.

        Raises
        ------
        AuditError
            If there is no such metric.
        """
        table = self._disparities
        if metric is not None:
            table = table[table["metric"] == self._metric_name(metric)].reset_index(drop=True)
        return table.copy()

    def _metric_name(self, metric: str) -> str:
        known = set(self._disparities["metric"])
        names = {other: rate.name for rate in RATES for other in rate.also}
        name = names.get(metric, metric)
        if name not in known:
            raise AuditError(
                f'"{metric}" is not a metric of this audit.{nearest(metric, [*known, *names])} '
                f"Metrics: {', '.join(sorted(known))}."
            )
        return name

    def inequality(self) -> pd.DataFrame:
        """Return generalized entropy and Theil index, split between and within groups, with bootstrap intervals."""
        return self._inequality.copy()

    @cached_property
    def _inequality(self) -> pd.DataFrame:
        from biasaudit.audits.inequality_table import inequality_table

        return inequality_table(self.table, self.confidence)

    def findings(self) -> tuple[Finding, ...]:
        """Return what was found in plain sentences, each with its verdict, the most important first."""
        return self._findings

    @cached_property
    def _findings(self) -> tuple[Finding, ...]:
        from biasaudit.audits.findings import findings

        return findings(self._disparities, self._rates, self._metrics, self.confidence)

    @cached_property
    def _metrics(self) -> dict[str, MetricText]:
        from biasaudit.audits.metric_texts import metric_texts

        return metric_texts()

    def report(self) -> Report:
        """Gather what the renderers in :mod:`biasaudit.reporting` need."""
        from biasaudit.audits.findings import headline
        from biasaudit.audits.people import group_table, left_out_table
        from biasaudit.reporting.report import Report

        return Report(
            title=self.title,
            headline=headline(self._findings, self._metrics),
            findings=self._findings,
            rates=self.rates(),
            disparities=self.disparities(),
            metrics=self._metrics,
            settings={
                **self.settings,
                "confidence": self.confidence,
                "tolerance_difference": list(TOLERANCE["difference"]),
                "tolerance_ratio": list(TOLERANCE["ratio"]),
            },
            rows=self.table.n,
            groups=group_table(self._families, self.table.n),
            left_out=left_out_table(self.table),
            warnings=self.warnings,
            inequality=self.inequality(),
            package_version=__version__,
        )

    def to_json(self, path: str | os.PathLike[str] | None = None) -> str:
        """Return the audit as JSON and, where a path is given, write it there."""
        from biasaudit.reporting.as_json import to_json

        return _written(to_json(self.report()), path)

    def to_markdown(self, path: str | os.PathLike[str] | None = None) -> str:
        """Return the audit as Markdown and, where a path is given, write it there."""
        from biasaudit.reporting.markdown import to_markdown

        return _written(to_markdown(self.report()), path)

    def to_html(self, path: str | os.PathLike[str] | None = None) -> str:
        """Return the audit as one page of HTML that opens offline and, where a path is given, write it there."""
        from biasaudit.reporting.html import to_html

        return _written(to_html(self.report()), path)

    def __repr__(self) -> str:
        from biasaudit.reporting.terminal import to_text

        return to_text(self.report())

    def _repr_html_(self) -> str:
        from biasaudit.reporting.html import to_fragment

        return to_fragment(self.report())


def _written(text: str, path: str | os.PathLike[str] | None) -> str:
    if path is not None:
        from biasaudit.reporting.files import write_text

        write_text(path, text)
    return text
