"""What the audit of a data set answers with: gaps in the label, and parts of its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from biasaudit.audits.parts import SPEND, Part, judge, part_table
from biasaudit.audits.predictions.audit import Audit

if TYPE_CHECKING:
    import pandas as pd

    from biasaudit.reporting.report import Finding, MetricText, Report

__all__ = ["DatasetAudit"]


@dataclass(frozen=True, eq=False, repr=False)
class DatasetAudit(Audit):
    """The answer of the audit of a data set: gaps in the label, and parts of its own.

    The other parameters are those of :class:`biasaudit.Audit`.

    Parameters
    ----------
    parts : tuple of Part
        Representation, gaps at equal features, reversals, interplay, proxies, missing values, artefacts, wrong labels.
    label : str
        Name of the label for sentences.
    evidence : float
        Independent rows for each row: below 1 where rows carry weights or come in clusters.

    Examples
    --------
    >>> import biasaudit as ba
    >>> audit = ba.audit_dataset(ba.datasets.load_berkeley())
    >>> for finding in audit.findings()[:2]:
    ...     print(finding.verdict, "|", finding.sentence.partition(":")[0])
    shown | Of 100 applicants with gender = Female, 30 were admitted; of 100 with gender = Male, 45
    shown | By department, the gap in admitted turns round. In total 30.4 % for gender = Female and 44.5 % for gender =
    Male (odds ratio 1.841 of Male to Female); within department the odds ratio is 0.905 (Mantel and Haenszel). Driven
    by department A
    """

    parts: tuple[Part, ...] = ()
    label: str = ""
    evidence: float = 1.0

    @property
    def _spend(self) -> float:
        """Part of the chance of a false alarm that gaps have: the other parts have the rest."""
        return SPEND

    @cached_property
    def _findings(self) -> tuple[Finding, ...]:
        from biasaudit.audits.data.findings import in_order

        return in_order(self._gaps, self.parts)

    @cached_property
    def _metrics(self) -> dict[str, MetricText]:
        from biasaudit.audits.data.findings import part_texts

        return super()._metrics | part_texts(self.parts)

    def causes(self) -> pd.DataFrame:
        """Return the causes of bias that data can have, and which of them these data name.

        Returns
        -------
        DataFrame
            Columns cause, named (bool), verdict and evidence, a sentence. Without verified labels, label bias and a
            cause that nobody measured are one row: data alone cannot tell them apart.

        Examples
        --------
        >>> import biasaudit as ba
        >>> audit = ba.audit_dataset(ba.datasets.load_berkeley())
        >>> causes = audit.causes()
        >>> print(causes[["cause", "named", "verdict"]].to_string(index=False))
                                 cause  named     verdict
                        representation  False cannot tell
                               proxies   True       shown
                           missingness  False   not shown
                              artefact  False   not shown
                   measured difference   True       shown
        label bias or unmeasured cause  False cannot tell
                            label bias  False cannot tell
                      unmeasured cause  False cannot tell
        """
        from biasaudit.audits.data._causes import causes_table

        return causes_table(self.parts)

    def part(self, name: str) -> pd.DataFrame:
        """Return the table of a part, tidy.

        Parameters
        ----------
        name : str
            Such as "representation", "equal_features", "reversals", "proxies", "missing" or "artefacts".

        Returns
        -------
        DataFrame

        Raises
        ------
        AuditError
            If there is no part of that name.

        Examples
        --------
        >>> import biasaudit as ba
        >>> audit = ba.audit_dataset(ba.datasets.load_berkeley())
        >>> reversal = audit.part("reversals").iloc[0]
        >>> print(reversal["column"], round(reversal["crude"], 2), round(reversal["estimate"], 2), reversal["verdict"])
        department 0.54 1.11 shown
        """
        return part_table(self.parts, name)

    def columns(self, name: str) -> list[str]:
        """Name the columns that a part looked at, those it found something in first.

        Parameters
        ----------
        name : str
            As for :meth:`part`.

        Returns
        -------
        list of str

        Raises
        ------
        AuditError
            If there is no part of that name.

        Examples
        --------
        >>> import biasaudit as ba
        >>> audit = ba.audit_dataset(ba.datasets.load_berkeley())
        >>> audit.columns("reversals")
        ['department']
        """
        self.part(name)
        part = next(part for part in self.parts if part.name == name)
        rows = [*part.reported(part.rows), *part.rows]
        return list(dict.fromkeys(row["column"] for row in rows if row.get("column")))

    def within(self, column: str) -> pd.DataFrame:
        """Return rates of the label by group within each level of a column, and in total.

        Parameters
        ----------
        column : str
            One of those that :meth:`columns` names for reversals.

        Returns
        -------
        DataFrame
            Columns group (dict), total (bool), stratum, numerator and denominator (rows), estimate, low, high.

        Raises
        ------
        AuditError
            If the column was not tried as strata.

        References
        ----------
        Bickel, Hammel and O'Connell (1975), "Sex bias in graduate admissions: data from Berkeley", Science 187.

        Examples
        --------
        >>> import biasaudit as ba
        >>> audit = ba.audit_dataset(ba.datasets.load_berkeley())
        >>> rates = audit.within("department")
        >>> women = rates[rates["group"] == {"gender": "Female"}]
        >>> shown = women[["total", "stratum", "numerator", "denominator", "estimate"]].round(2).head(3)
        >>> print(shown.to_string(index=False))
         total stratum  numerator  denominator  estimate
          True              557.0       1835.0      0.30
         False       A       89.0        108.0      0.82
         False       B       17.0         25.0      0.68
        """
        from biasaudit.audits.data.tables import within_table

        return within_table(self.parts, column, self.confidence)

    def along(self, column: str) -> pd.DataFrame:
        """Return rates of the label along a column: where the rate breaks off, rows were collected in another way.

        Parameters
        ----------
        column : str
            One of those that :meth:`columns` names for artefacts.

        Returns
        -------
        DataFrame
            Columns level, in_stretch (bool: in the stretch of one label that was found), numerator and denominator
            (rows), estimate, low, high. Many neighbouring levels are joined, days into months.

        Raises
        ------
        AuditError
            If the column was not searched.

        Examples
        --------
        >>> import biasaudit as ba
        >>> audit = ba.audit_dataset(ba.datasets.load_ricci())
        >>> rates = audit.along("combined")
        >>> print(rates[["level", "in_stretch", "numerator", "denominator"]].iloc[[0, -1]].to_string(index=False))
               level  in_stretch  numerator  denominator
        under 51.304       False        0.0          2.0
          89 or more        True        3.0          3.0
        """
        from biasaudit.audits.data.tables import along_table

        return along_table(self.parts, column, self.confidence)

    def missing_values(self) -> pd.DataFrame:
        """Return the share of missing values of each column that has any, by group.

        Returns
        -------
        DataFrame
            Columns column, group (dict), numerator and denominator (rows), estimate, low, high.

        Examples
        --------
        >>> import biasaudit as ba
        >>> audit = ba.audit_dataset(ba.datasets.make_hiring(2_000, missingness=0.5, random_state=0))
        >>> missing = audit.missing_values()
        >>> shown = missing[["column", "group", "numerator", "denominator", "estimate"]].head(2).round(2)
        >>> print(shown.to_string(index=False))
                  column            group  numerator  denominator  estimate
        years_experience {'sex': 'woman'}      248.0        986.0      0.25
        years_experience   {'sex': 'man'}       51.0       1014.0      0.05
        """
        from biasaudit.audits.data.tables import missing_table

        return missing_table(self.parts, self.confidence)

    def with_population(self, population: Mapping[Any, Mapping[Any, float]]) -> DatasetAudit:
        """Hold the same counts against a population, without another look at the rows.

        Parameters
        ----------
        population : mapping of str to mapping of str to float
            Feature to group to share of the population.

        Returns
        -------
        DatasetAudit
            The same audit, held against that population.

        Raises
        ------
        AuditError
            If the population does not fit the groups.

        Examples
        --------
        >>> import biasaudit as ba
        >>> audit = ba.audit_dataset(ba.datasets.load_berkeley())
        >>> audit = audit.with_population({"gender": {"Female": 0.5, "Male": 0.5}})
        >>> audit.part("representation")["verdict"].tolist()
        ['shown', 'shown']
        """
        from biasaudit.audits.data.representation import population_settings, read_population, representation_part

        read = read_population(population, self.table)
        who = representation_part(self.table, self.confidence, read)
        parts = judge([who if part.name == who.name else part for part in self.parts], 1 - self.confidence)
        return replace(self, parts=parts, settings=dict(self.settings) | {"population": population_settings(read)})

    @property
    def _headline(self) -> str:
        from biasaudit.audits.data.findings import data_headline

        return data_headline(
            self._gaps,
            self.parts,
            self._metrics,
            self.words,
            self.label,
            positive=self.positive,
            confidence=self.confidence,
        )

    def report(self) -> Report:
        """Gather what the renderers in :mod:`biasaudit.reporting` need.

        Returns
        -------
        Report
            That of an audit, with a section for each part.

        Examples
        --------
        >>> import biasaudit as ba
        >>> audit = ba.audit_dataset(ba.datasets.load_berkeley())
        >>> [section.title for section in audit.report().sections][:3]
        ['The data against the population', 'What remains where like is compared with like', 'Gaps that turn round
        within strata']
        """
        return replace(super().report(), sections=tuple(part.section() for part in self.parts))
