"""What a search for subgroups answers with where rates are compared."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from biasaudit.audits.answers import Answers, verdict_settings
from biasaudit.metrics.outcome_words import OutcomeWords
from biasaudit.metrics.rates import Rate
from biasaudit.search.selection import Discoveries

if TYPE_CHECKING:
    import pandas as pd

    from biasaudit.reporting.report import Finding, Report

__all__ = ["SubgroupAudit"]


@dataclass(frozen=True, eq=False, repr=False)
class SubgroupAudit(Answers):
    """The answer of a search for subgroups; everything in it is arithmetic on the counts of its patterns.

    Parameters
    ----------
    found : Discoveries
        Every pattern with its counts in either half.
    features : tuple of str
        Columns that made subgroups.
    levels : tuple of tuple of str
        Levels of each feature.
    rate : Rate
        What is compared.
    title : str
        The first line of a report.
    settings : mapping of str to object
        What was asked.
    rank_by : {"p_value", "effect", "sliceline"}
    confidence : float
        Of the intervals, above 0.5 and below 1; one minus it is the level of the verdicts.
    warnings : tuple of str
        What a reader has to know first.
    rows, left_out : int
        Rows read, and those without an outcome.
    positive : str
        Which values count as positive.
    words : OutcomeWords
        What the outcome means to people.

    Examples
    --------
    >>> import biasaudit as ba
    >>> audit = ba.find_subgroups(ba.datasets.load_ricci(), features=["race", "position"])
    >>> print(audit.findings()[0].sentence)
    For all 11 subgroups the data cannot tell. The strongest that is not confirmed: 61.8 % where race = White (34 rows),
    40.0 % elsewhere in the half held out; among so many that may be chance.
    """

    found: Discoveries
    features: tuple[str, ...]
    levels: tuple[tuple[str, ...], ...]
    rate: Rate
    title: str = "Subgroups of a table"
    settings: Mapping[str, Any] = field(default_factory=dict)
    rank_by: str = "p_value"
    confidence: float = 0.95
    warnings: tuple[str, ...] = ()
    rows: int = 0
    left_out: int = 0
    positive: str = ""
    words: OutcomeWords = field(default_factory=OutcomeWords)

    @cached_property
    def _subgroups(self) -> pd.DataFrame:
        from biasaudit.audits.subgroups.tables import subgroup_table

        return subgroup_table(self.found, self.features, self.levels, self.rank_by, self.confidence)

    def subgroups(self) -> pd.DataFrame:
        """Return every subgroup that was tried: what is shown first, then by the ranking asked for.

        Returns
        -------
        DataFrame
            Of the whole table: pattern (dict of feature to level), n (eligible rows), support (their share of all) and
            cases. Of the half held out, which had no say in what was chosen: n_held_out and cases_held_out, rate,
            rate_rest (of all other rows), effect (rate less rate_rest) with low and high, p_value (two-sided, not
            adjusted). Then effect_searched and effect_held_out (in each half), p_adjusted (of the half held out, after
            all that the other half suggested), sliceline (Sagadeeva and Boehm 2021, of all rows), confirmed (p_adjusted
            is at most one minus the confidence), material (the effect is past the tolerance), verdict, and
            explained_by: the shorter pattern that tells the same (dict), or None.

        Examples
        --------
        >>> import biasaudit as ba
        >>> audit = ba.find_subgroups(ba.datasets.load_ricci(), features=["race", "position"])
        >>> found = audit.subgroups()
        >>> shown = found[["pattern", "n", "rate", "rate_rest", "p_adjusted", "verdict"]].head(3).round(3)
        >>> print(shown.to_string(index=False))
                                         pattern  n  rate  rate_rest  p_adjusted     verdict
                               {'race': 'White'} 68 0.618      0.400       0.058 cannot tell
        {'race': 'White', 'position': 'Captain'} 25 0.538      0.522       1.000 cannot tell
                               {'race': 'Black'} 27 0.538      0.522       1.000 cannot tell
        """
        return self._subgroups.reset_index(drop=True)

    @cached_property
    def _rates(self) -> pd.DataFrame:
        from biasaudit.audits.subgroups.tables import rates_of

        return rates_of(self.found, self._subgroups, self.rate, self.confidence)

    @cached_property
    def _disparities(self) -> pd.DataFrame:
        from biasaudit.audits.subgroups.tables import disparities_of

        return disparities_of(self.subgroups(), self.rate.name)

    @cached_property
    def _findings(self) -> tuple[Finding, ...]:
        from biasaudit.audits.subgroups.findings import subgroup_findings

        return subgroup_findings(self._subgroups, self.rate, self.found, self.confidence, self.words)

    def report(self) -> Report:
        """Gather what the renderers in :mod:`biasaudit.reporting` need.

        Returns
        -------
        Report

        Examples
        --------
        >>> import biasaudit as ba
        >>> audit = ba.find_subgroups(ba.datasets.load_ricci(), features=["race", "position"])
        >>> audit.report().rows
        118
        """
        import pandas as pd

        from biasaudit.audits.subgroups.findings import subgroup_headline, subgroup_section
        from biasaudit.reporting.formats.without_tables import report_without_tables
        from biasaudit.reporting.report import MetricText

        bare = report_without_tables(
            self.title,
            subgroup_headline(self._subgroups, self.rate, self.positive if self.rate.name != "outcome" else ""),
            findings=self._findings,
            sections=(subgroup_section(self._subgroups, self.rate, self.found, self.settings.get("cluster")),),
            settings={
                **self.settings,
                "rank_by": self.rank_by,
                **verdict_settings(self.confidence, "difference"),
            },
            rows=self.rows,
            warnings=self.warnings,
        )
        left_out: list[Any] = [("no outcome", {}, self.left_out)] if self.left_out else []
        return replace(
            bare,
            positive=self.positive,
            metrics={self.rate.name: MetricText.of(self.rate)},
            left_out=pd.DataFrame(left_out, columns=["reason", "group", "rows"]),
        )

    def to_text(self, *, width: int = 100) -> str:
        """Answer in about ten lines for a terminal of so many columns.

        Parameters
        ----------
        width : int, default 100
            Columns of the terminal.

        Returns
        -------
        str

        Examples
        --------
        >>> import biasaudit as ba
        >>> audit = ba.find_subgroups(ba.datasets.load_ricci(), features=["race", "position"])
        >>> print(audit.to_text(width=90).splitlines()[0])
        Subgroups of "ricci": 118 rows
        """
        from biasaudit.reporting.formats.terminal import to_text

        return to_text(self.report(), width=width, findings=4, tables="subgroups()")

    def __repr__(self) -> str:
        return self.to_text()
