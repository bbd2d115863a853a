"""What the audit of a data set answers with where the label is a number."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from biasaudit.audits.numbers.audit import NumberAudit
from biasaudit.audits.parts import SPEND, Part, judge, part_table
from biasaudit.counts.table.crosstab import Crosstab

if TYPE_CHECKING:
    import pandas as pd

    from biasaudit.reporting.report import Finding, MetricText, Report

__all__ = ["NumberDatasetAudit"]


@dataclass(frozen=True, eq=False, repr=False)
class NumberDatasetAudit(NumberAudit):
    """Gaps in the mean of a label, and the parts of the audit of a data set that a number has.

    The other parameters are those of :class:`biasaudit.audits.numbers.audit.NumberAudit`.

    Parameters
    ----------
    people : Crosstab
        Rows of each group, those without a label among them.
    parts : tuple of Part
        Representation, gaps at equal features, proxies and missing values.
    label : str
        Name of the label for sentences.

    Examples
    --------
    >>> import biasaudit as ba
    >>> audit = ba.audit_dataset(ba.datasets.make_wages(2_000, random_state=0))
    >>> audit.part("equal_features")["what"].tolist()[:2]
    ['at equal features', 'explained by features']
    """

    people: Crosstab = field(kw_only=True)
    parts: tuple[Part, ...] = field(default=(), kw_only=True)
    label: str = field(default="", kw_only=True)

    @property
    def _spend(self) -> float:
        """Part of the chance of a false alarm that gaps have: the other parts have the rest."""
        return SPEND

    @cached_property
    def _gaps(self) -> tuple[Finding, ...]:
        from biasaudit.audits.findings.findings import findings

        return findings(self._disparities, self._rates, super()._metrics, self.words, self.primary)

    @cached_property
    def _findings(self) -> tuple[Finding, ...]:
        from biasaudit.audits.data.findings import in_order

        return in_order(self._gaps, self.parts)

    @cached_property
    def _metrics(self) -> dict[str, MetricText]:
        from biasaudit.audits.data.findings import part_texts

        return super()._metrics | part_texts(self.parts)

    def part(self, name: str) -> pd.DataFrame:
        """Return the table of a part, tidy.

        Parameters
        ----------
        name : {"representation", "equal_features", "proxies", "missing"}

        Returns
        -------
        DataFrame

        Raises
        ------
        AuditError
            If there is no part of that name.
        """
        return part_table(self.parts, name)

    def missing_values(self) -> pd.DataFrame:
        """Return the share of missing values of each column that has any, by group."""
        from biasaudit.audits.data.tables import missing_table

        return missing_table(self.parts, self.confidence)

    def with_population(self, population: Mapping[Any, Mapping[Any, float]]) -> NumberDatasetAudit:
        """Hold the same counts against a population, as :meth:`biasaudit.DatasetAudit.with_population` does."""
        from biasaudit.audits.data.representation import population_settings, read_population, representation_part

        read = read_population(population, self.people)
        who = representation_part(self.people, self.confidence, read)
        parts = judge([who if part.name == who.name else part for part in self.parts], 1 - self.confidence)
        return replace(self, parts=parts, settings=dict(self.settings) | {"population": population_settings(read)})

    def report(self) -> Report:
        """Gather what the renderers in :mod:`biasaudit.reporting` need.

        Returns
        -------
        Report
            That of an audit of numbers, with a section for each part.
        """
        from biasaudit.audits.data.findings import data_headline

        made = super().report()
        told = data_headline(self._gaps, self.parts, self._metrics, self.words, self.label, confidence=self.confidence)
        return replace(made, headline=told, sections=(*(part.section() for part in self.parts), *made.sections))
