"""Where to draw the line on a score: what each line does to each group, and lines that do what is asked of them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from numpy.typing import NDArray

from biasaudit.audits.answers import Answers
from biasaudit.audits.audit_crosstab import audit_crosstab
from biasaudit.audits.predictions.audit import Audit
from biasaudit.audits.predictions.impossibility import (
    IMPOSSIBILITY,
    forced_rates,
    impossible_in_words,
    impossible_section,
    widest_verdict,
)
from biasaudit.audits.thresholds._choice import (
    CRITERIA,
    FEWEST,
    Thresholds,
    check_choice,
    choose_thresholds,
    median_threshold,
    moved_note,
    read_thresholds,
)
from biasaudit.audits.thresholds._holdout import DRAWS, FOLDS, Choice
from biasaudit.audits.thresholds._sections import BEST, DECLARED, MEDIAN, choices_section, threshold_in_words
from biasaudit.audits.thresholds._tables import ScoreTables
from biasaudit.counts.table.crosstab import Crosstab
from biasaudit.errors import AuditError
from biasaudit.inference.variance.folds import score_folds, score_resamples
from biasaudit.metrics.cell_totals import rows_by_group
from biasaudit.metrics.outcome_words import OutcomeWords
from biasaudit.metrics.primary import Primary
from biasaudit.metrics.units import TOLERANCE

if TYPE_CHECKING:
    import pandas as pd

    from biasaudit.reporting.report import Finding, Report, Section

__all__ = ["ThresholdAudit"]


@dataclass(frozen=True, eq=False, repr=False)
class ThresholdAudit(ScoreTables, Answers):
    """A score counted once by group and label; every line on it is arithmetic on those counts.

    Lines chosen on these rows look better here than they will on others: what they do to people who had no say in the
    choice is told beside. Rates, gaps, findings, reports and
    policies are about the decisions at one line: the one that the data set declares, else with labels the one of
    greatest benefit, else the one nearest the median score; :meth:`at` audits any other.

    Parameters
    ----------
    table : Crosstab
        Binary table with score bins.
    confidence : float
        Of the intervals, above 0.5 and below 1; one minus it is the level of the verdicts.
    reference : mapping of str to str
        Group of a feature that the others are held against.
    drawn : float, optional
        Line that the data set declares.
    title : str
        The first line of a report.
    settings : mapping of str to object
        What was asked.
    positive : str
        Which value of the label counts as positive; empty where nobody knows.
    primary : Primary
        Whose questions come first at any line.
    words, other_words : OutcomeWords
        What decisions and labels mean to people, at the line that the data set declares and at any other.

    Examples
    --------
    >>> import biasaudit as ba
    >>> lines = ba.audit_thresholds(ba.datasets.load_compas())
    >>> lines.lines.tolist()
    [-inf, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0, inf]
    >>> at_five = lines.at(5).rates().query("metric == 'selection_rate'")
    >>> print(at_five[["group", "estimate"]].iloc[1:4].round(3).to_string(index=False))
                           group  estimate
    {'race': 'African-American'}     0.588
               {'race': 'Asian'}     0.250
           {'race': 'Caucasian'}     0.348
    """

    table: Crosstab
    confidence: float = 0.95
    reference: Mapping[str, str] | None = None
    drawn: float | None = None
    title: str = "Lines on a score"
    settings: Mapping[str, Any] = field(default_factory=dict)
    positive: str = ""
    primary: Primary = field(default_factory=Primary)
    words: OutcomeWords = field(default_factory=OutcomeWords)
    other_words: OutcomeWords = field(default_factory=OutcomeWords)

    def at(self, thresholds: float | Mapping[str, float], *, otherwise: float | None = None) -> Audit:
        """Audit the decisions that lines make.

        Parameters
        ----------
        thresholds : float or mapping of str to float
            One line for all, or group to line: scores of :attr:`lines`.
        otherwise : float, optional
            Line of the groups that are not named.

        Returns
        -------
        Audit

        Raises
        ------
        AuditError
            If a group is not there or has no line, or no line can be drawn at a score.

        Examples
        --------
        >>> import biasaudit as ba
        >>> lines = ba.audit_thresholds(ba.datasets.load_compas())
        >>> audit = lines.at({"African-American": 7}, otherwise=5)
        >>> audit.disparities("true_positive_rate").iloc[0]["verdict"]
        'shown'
        >>> lines.at(5.5)
        Traceback (most recent call last):
        ...
        biasaudit.errors.AuditError: No line can be drawn at 5.5: the counts cannot tell which rows reach it. The
        nearest are 5 and 6.
        """
        at = read_thresholds(thresholds, otherwise, self.lines, self.groups, self._index)
        assert self.table.score_bin is not None
        decided = (self.table.score_bin >= at[self.table.group]).astype(np.int64)
        table = replace(self.table, y_pred=decided, score_bin=None, edges=None, bin_scores=None).merge_cells()
        asked: dict[str, Any] = {
            "reference": self.reference,
            "confidence": self.confidence,
            "primary": self.primary.names or None,
        }
        made = cast(Audit, audit_crosstab(table, **asked))
        declared = self.drawn is not None and bool((self.lines[at] == self.drawn).all())
        return replace(made, positive=self.positive, words=self.words if declared else self.other_words)

    def choose(
        self,
        criterion: str,
        *,
        benefits: Mapping[str, float] | None = None,
        tolerance: float = TOLERANCE["difference"][1],
    ) -> Thresholds:
        """Choose the lines of greatest benefit that do what a criterion asks.

        Parameters
        ----------
        criterion : {"one_threshold", "demographic_parity", "equal_opportunity", "equalized_odds", "greatest_benefit"}
            One line for all; lines that bring selection rates, true positive rates, or both these and false positive
            rates within the tolerance of each other; or the best line for each group by itself. Nothing is decided by
            lot, as fairlearn's ThresholdOptimizer does, so that gaps are small and not zero; where the score is so
            coarse that only deciding alike about everybody keeps the tolerance, it is widened. Groups of fewer than
            100 people take the line that comes nearest.
        benefits : mapping of str to float, optional
            What a true positive, false positive, false negative and true negative are worth; by default each right
            decision is worth 1.
        tolerance : float
            Largest gap in the rates that are held alike, above 0 and at most 1.

        Returns
        -------
        Thresholds

        Raises
        ------
        AuditError
            If the criterion is unknown or needs labels that are not there, or a benefit is no number.

        References
        ----------
        Hardt, Price and Srebro (2016), "Equality of opportunity in supervised learning"; Corbett-Davies et al. (2017),
        "Algorithmic decision making and the cost of fairness", for one threshold as the greatest benefit of all.

        Examples
        --------
        >>> import biasaudit as ba
        >>> lines = ba.audit_thresholds(ba.datasets.load_compas())
        >>> chosen = lines.choose("equal_opportunity")
        >>> chosen.thresholds
        {'African-American': 7.0, 'Caucasian': 5.0, 'Hispanic': 4.0, 'Other': 4.0, 'Asian': 6.0, 'Native American': 8.0}
        >>> print(chosen.sentence)
        True positive rates lie 5.6 points apart on these rows; expect 20.8 points on other people.
        """
        check_choice(criterion, tolerance, labelled=self.labelled)
        constrained = rows_by_group(self.table) >= FEWEST
        at, benefit, gap = choose_thresholds(self._counts, criterion, benefits, tolerance, constrained)
        thresholds = self._by_name(self.lines[at])
        choice = Choice(criterion, benefits, tolerance, constrained)
        others, rates = choice.cross_fitted(self._folds)
        expected = choice.expected_gap(self._score_counts, self._drawn)
        by_group = {rate: self._by_name(values) for rate, values in rates.items()}
        return Thresholds(
            criterion,
            thresholds=thresholds,
            benefit=benefit,
            gap=gap,
            benefit_elsewhere=others,
            gap_elsewhere=expected,
            rates_elsewhere=by_group,
        )

    def _by_name(self, values: NDArray[np.float64]) -> dict[str, float]:
        """Give each group its value; the one NaN there is, so that equal lines are equal."""
        found = {name: float(values[self._index[name]]) for name in self.groups}
        return {name: math.nan if math.isnan(value) else value for name, value in found.items()}

    @cached_property
    def _folds(self) -> NDArray[np.float64]:
        """What each fold holds of the people, who are dealt once for all choices."""
        return score_folds(self.table, FOLDS)

    @cached_property
    def _drawn(self) -> NDArray[np.float64]:
        return score_resamples(self.table, DRAWS)

    def impossibility(self, thresholds: float | Mapping[str, float], *, otherwise: float | None = None) -> pd.DataFrame:
        """Show with these data why not everything can be equal where base rates differ.

        Were the positive predictive value and the false negative rate of everybody those of each group, its false
        positive rate would have to be p / (1 - p) · (1 - PPV) / PPV · (1 - FNR), p being its base rate.

        Parameters
        ----------
        thresholds : float or mapping of str to float
            As for :meth:`at`.
        otherwise : float, optional
            As for :meth:`at`.

        Returns
        -------
        DataFrame
            group, base_rate, low, high, positive_predictive_value and false_negative_rate (everybody's),
            false_positive_rate (that would follow), false_positive_rate_now, verdict on the base rates' gap.

        Raises
        ------
        AuditError
            If there are no labels, and as :meth:`at` does.

        References
        ----------
        Chouldechova (2017), "Fair prediction with disparate impact", equation 2.6; Kleinberg, Mullainathan and
        Raghavan (2016), "Inherent trade-offs in the fair determination of risk scores".

        Examples
        --------
        >>> import biasaudit as ba
        >>> lines = ba.audit_thresholds(ba.datasets.load_compas())
        >>> table = lines.impossibility(5)
        >>> shown = table[["group", "base_rate", "false_positive_rate", "false_positive_rate_now"]].head(2).round(3)
        >>> print(shown.to_string(index=False))
                   group  base_rate  false_positive_rate  false_positive_rate_now
        African-American      0.514                0.418                    0.448
                   Asian      0.281                0.154                    0.087
        """
        if not self.labelled:
            raise AuditError("Nothing is impossible to show without labels: name y_true.")
        rates = self.at(thresholds, otherwise=otherwise).rates()
        return forced_rates(rates, len(self.table.features), self._base_rates_differ)

    @cached_property
    def _base_rates_differ(self) -> str:
        """Verdict on the gap between base rates, which no line moves."""
        return widest_verdict(self.at(-math.inf).disparities("base_rate"))

    def impossible(self, thresholds: float | Mapping[str, float], *, otherwise: float | None = None) -> str:
        """Say it in a sentence or two, with the numbers of the two largest groups.

        Parameters
        ----------
        thresholds : float or mapping of str to float
            As for :meth:`at`.
        otherwise : float, optional
            As for :meth:`at`.

        Returns
        -------
        str

        Raises
        ------
        AuditError
            If there are no labels, and as :meth:`at` does.

        Examples
        --------
        >>> import biasaudit as ba
        >>> lines = ba.audit_thresholds(ba.datasets.load_compas())
        >>> print(lines.impossible(5))
        Of African-American, 51.4 % have a positive label, of Caucasian 39.4 %. If a positive decision were right
        equally often (61.4 %) and equally many positive people were missed (37.4 %) in both, then 41.8 % of the
        negative people of African-American and 25.6 % of Caucasian would be decided positively: not all three can be
        equal.
        """
        return impossible_in_words(self.impossibility(thresholds, otherwise=otherwise), self.groups)

    @cached_property
    def _reported_threshold(self) -> tuple[float, str]:
        """The line that the report is about, and where it comes from."""
        if self.drawn is not None:
            return float(self.lines[np.argmin(np.abs(self.lines - self.drawn))]), DECLARED
        if self.labelled:
            return next(iter(self.choose("one_threshold").thresholds.values())), BEST
        return median_threshold(self._counts, self.lines), MEDIAN

    @cached_property
    def _decisions(self) -> Audit:
        """The audit of the decisions at that line."""
        return self.at(self._reported_threshold[0])

    @cached_property
    def _rates(self) -> pd.DataFrame:
        return self._decisions.rates()

    @cached_property
    def _disparities(self) -> pd.DataFrame:
        return self._decisions.gaps_of(None)

    @cached_property
    def _findings(self) -> tuple[Finding, ...]:
        return self._decisions.findings()

    def report(self) -> Report:
        """Gather what the renderers in :mod:`biasaudit.reporting` need, of the decisions at the standing line.

        Returns
        -------
        Report

        Examples
        --------
        >>> import biasaudit as ba
        >>> lines = ba.audit_thresholds(ba.datasets.load_compas())
        >>> lines.report().title
        'Lines on "compas", decided positively: from 5 on, the line that the data set declares'
        """
        report, (threshold, where) = self._decisions.report(), self._reported_threshold
        drawn = threshold if math.isfinite(threshold) else None
        return replace(
            report,
            title=f"{self.title}, decided positively: {threshold_in_words(threshold)}, {where}",
            # A policy about decisions that were made is not about these.
            settings={**report.settings, "y_pred": None, **self.settings, "line": where, "threshold": drawn},
            warnings=(*moved_note(threshold, self.drawn), *report.warnings),
            # What base rates force is said of all features together here, below.
            sections=(*(s for s in report.sections if s.name != IMPOSSIBILITY), *self._sections(threshold)),
        )

    @cached_property
    def _choices(self) -> tuple[Thresholds, ...]:
        return tuple(self.choose(criterion) for criterion in CRITERIA) if self.labelled else ()

    def _sections(self, threshold: float) -> tuple[Section, ...]:
        if not self.labelled:
            return ()
        forced = self.impossibility(threshold)
        return choices_section(self._choices), *impossible_section(forced, impossible_in_words(forced, self.groups))
