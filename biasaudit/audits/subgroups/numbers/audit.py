"""What a search for subgroups answers with where a number is compared."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from biasaudit.audits.answers import Answers
from biasaudit.metrics.outcome_words import OutcomeWords
from biasaudit.metrics.units import Unit
from biasaudit.search.pattern_means import MeanDiscoveries
from biasaudit.search.selection import SEARCHED

if TYPE_CHECKING:
    import pandas as pd

    from biasaudit.reporting.report import Finding, MetricText, Report

__all__ = ["NumberSubgroupAudit"]


@dataclass(frozen=True, eq=False, repr=False)
class NumberSubgroupAudit(Answers):
    """The answer of a search for subgroups whose mean stands out; all of it is arithmetic on the sums of patterns.

    Parameters
    ----------
    found : MeanDiscoveries
        Every pattern with its sums in either half.
    features : tuple of str
        Columns that made subgroups.
    levels : tuple of tuple of str
        Levels of each feature.
    metric : {"mean_outcome", "mean_error", "mean_absolute_error"}
        What is compared.
    unit : Unit
        Of the outcome, its tolerance among it.
    title : str
        The first line of a report.
    settings : mapping of str to object
        What was asked.
    rank_by : {"p_value", "effect"}
    confidence : float
        Of the intervals, above 0.5 and below 1; one minus it is the level of the verdicts.
    warnings : tuple of str
        What a reader has to know first.
    rows, left_out : int
        Rows read, and those without a number.
    words : OutcomeWords
        What people and the outcome are called.

    Examples
    --------
    >>> import biasaudit as ba
    >>> wages = ba.datasets.make_wages(2_000, random_state=0)
    >>> audit = ba.find_subgroups(wages, max_features=2)
    >>> type(audit).__name__, audit.metric
    ('NumberSubgroupAudit', 'mean_outcome')
    """

    found: MeanDiscoveries
    features: tuple[str, ...]
    levels: tuple[tuple[str, ...], ...]
    metric: str
    unit: Unit
    title: str = "Subgroups of a table"
    settings: Mapping[str, Any] = field(default_factory=dict)
    rank_by: str = "p_value"
    confidence: float = 0.95
    warnings: tuple[str, ...] = ()
    rows: int = 0
    left_out: int = 0
    words: OutcomeWords = field(default_factory=OutcomeWords)

    @cached_property
    def _text(self) -> MetricText:
        from biasaudit.audits.metric_texts import number_texts

        return number_texts(self.unit, self.words.outcome)[self.metric]

    @cached_property
    def _subgroups(self) -> pd.DataFrame:
        from biasaudit.audits.subgroups.numbers._tables import number_subgroup_table

        return number_subgroup_table(
            self.found,
            self.metric,
            self.features,
            self.levels,
            rank_by=self.rank_by,
            confidence=self.confidence,
            small=self.unit.small or 0.0,
        )

    def subgroups(self) -> pd.DataFrame:
        """Return every subgroup that was tried: what is shown first, then by the ranking asked for.

        Returns
        -------
        DataFrame
            Of the whole table: pattern (dict of feature to level), n (rows) and support (their share of all). Of the
            half held out, which had no say in what was chosen: n_held_out, estimate (the mean), rest (that of all other
            rows), gap (estimate less rest) with low and high, p_value (two-sided, not adjusted). Then gap_searched (in
            the other half), p_adjusted (after all that the other half suggested), low_adjusted and high_adjusted (that
            hold for all patterns at once), smallest_detectable, confirmed, material (the gap is past the tolerance),
            verdict, and explained_by: the shorter pattern that tells the same (dict), or None.

        Examples
        --------
        >>> import pandas as pd
        >>> import biasaudit as ba
        >>> frame = pd.DataFrame({"sex": ["F", "M"] * 100, "wage": [10.0 + i % 13 + 4 * (i % 2) for i in range(200)]})
        >>> found = ba.find_subgroups(frame, outcome="wage", features="sex").subgroups()
        >>> found["n"].tolist(), found["verdict"].tolist()
        ([100, 100], ['shown', 'shown'])
        """
        return self._subgroups.reset_index(drop=True)

    @cached_property
    def _rates(self) -> pd.DataFrame:
        from biasaudit.audits.subgroups.numbers._tables import mean_rates

        return mean_rates(self.found, self._subgroups, self.metric, self.confidence)

    @cached_property
    def _disparities(self) -> pd.DataFrame:
        from biasaudit.audits.subgroups.tables import disparities_of

        table = self.subgroups()
        gaps = disparities_of(table.rename(columns={"gap": "effect"}), self.metric)
        return gaps.assign(smallest_detectable=table["smallest_detectable"])

    @cached_property
    def _findings(self) -> tuple[Finding, ...]:
        from biasaudit.audits.subgroups.numbers._findings import number_findings

        searched = self.found.p_against_rest[:, SEARCHED].tolist()
        return number_findings(self._subgroups, self.metric, self._text, self.words, searched)

    def report(self) -> Report:
        """Gather what the renderers in :mod:`biasaudit.reporting` need.

        Returns
        -------
        Report

        Examples
        --------
        >>> import pandas as pd
        >>> import biasaudit as ba
        >>> frame = pd.DataFrame({"sex": ["F", "M"] * 100, "wage": [10.0 + i % 13 + 4 * (i % 2) for i in range(200)]})
        >>> report = ba.find_subgroups(frame, outcome="wage", features="sex", unit="euros").report()
        >>> report.metrics["mean_outcome"].unit.name
        'euros'
        """
        import pandas as pd

        from biasaudit.audits.subgroups.numbers._findings import number_headline, number_section
        from biasaudit.reporting.formats.without_tables import report_without_tables

        halves = self.found.everyone[0, 0].astype(int).tolist()
        bare = report_without_tables(
            self.title,
            number_headline(self._subgroups, self._text),
            findings=self._findings,
            sections=(number_section(self._subgroups, self._text, halves, self.settings.get("cluster")),),
            settings={**self.settings, "rank_by": self.rank_by, "confidence": self.confidence},
            rows=self.rows,
            warnings=self.warnings,
        )
        left_out: list[Any] = [("no number", {}, self.left_out)] if self.left_out else []
        return replace(
            bare,
            metrics={self.metric: self._text},
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
        """
        from biasaudit.reporting.formats.terminal import to_text

        return to_text(self.report(), width=width, findings=4, tables="subgroups()")

    def __repr__(self) -> str:
        return self.to_text()
