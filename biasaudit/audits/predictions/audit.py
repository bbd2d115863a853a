"""What every audit answers with: rates, disparities, findings and reports."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from biasaudit.audits.answers import Answers, verdict_settings
from biasaudit.audits.chosen import EVERYTHING, Chosen
from biasaudit.audits.families import Family, everyone, families, measures_of
from biasaudit.audits.parts import SPEND
from biasaudit.audits.predictions._controlled import CONTROLLED, GAPS, Controls
from biasaudit.counts.table.crosstab import Crosstab
from biasaudit.errors import AuditError
from biasaudit.inference.variance.half_samples import HalfSampleModels
from biasaudit.metrics.outcome_words import OutcomeWords
from biasaudit.metrics.primary import Primary
from biasaudit.version import __version__

if TYPE_CHECKING:
    import pandas as pd

    from biasaudit.audits.arithmetic import Splitting
    from biasaudit.audits.own.estimates import OwnEstimates
    from biasaudit.reporting.report import Finding, MetricText, Report, Section

__all__ = ["Audit"]


@dataclass(frozen=True, eq=False, repr=False)
class Audit(Answers):
    """The answer of an audit; everything in it is arithmetic on its table of counts.

    Parameters
    ----------
    table : Crosstab
        Binary table of counts.
    title : str
        The first line of a report.
    settings : mapping of str to object
        What was asked.
    reference : mapping of str to str
        Reference groups that were named.
    confidence : float
        Of the intervals, above 0.5 and below 1; one minus it is the level of the verdicts.
    warnings : tuple of str
        What a reader has to know about the data.
    positive : str
        Which values count as positive, such as "invited = ja": the headline names them. Empty where nobody knows.
    about : str
        Which trained models it speaks of, and of nothing else, such as "these 5 trained models": every sentence says
        so. Empty where it speaks of none in particular.
    halves : HalfSampleModels, optional
        What models of halves of the rows decide: intervals, tests and verdicts then hold
        for the way of training, not for the models that decided.
    words : OutcomeWords
        What decisions and labels mean to people.
    controls : Controls, optional
        What is said of people who are alike in control features; it spends half of the chance of a false alarm.
    primary : Primary
        Whose questions come first, and have nearly all of that chance.
    metrics : Chosen
        Which measures are asked.
    own : OwnEstimates, optional
        What functions of the caller's own say of each group.

    Examples
    --------
    >>> import biasaudit as ba
    >>> audit = ba.audit_predictions(ba.datasets.load_berkeley())
    >>> print(audit)
    Audit of "berkeley": 4,526 rows, gender (2 groups)
    People fare differently by gender: of 100 applicants with gender = Female, 30 were admitted, of 100
    with gender = Male, 45: at least 11 fewer, at most 17 (selection rate, 95 % sure) (positive:
    admitted = 1).
      ✗ Gap shown: Of 100 applicants with gender = Female, 30 were admitted; of 100 with gender = Male,
        45: at least 11 fewer, at most 17. Selection rate: 30.4 % (557 of 1,835) and 44.5 % (1,198 of
        2,691), a gap of −14.2 points (−17.0 to −11.3).
    Next: rates(), disparities(), to_html("audit.html")
    """

    table: Crosstab
    title: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    reference: Mapping[str, str] = field(default_factory=dict)
    confidence: float = 0.95
    warnings: tuple[str, ...] = ()
    positive: str = ""
    about: str = field(default="", kw_only=True)
    halves: HalfSampleModels | None = field(default=None, kw_only=True)
    words: OutcomeWords = field(default_factory=OutcomeWords, kw_only=True)
    controls: Controls | None = field(default=None, kw_only=True)
    primary: Primary = field(default_factory=Primary, kw_only=True)
    metrics: Chosen = field(default=EVERYTHING, kw_only=True)
    own: OwnEstimates | None = field(default=None, kw_only=True)

    @cached_property
    def _splits(self) -> tuple[Family, ...]:
        return families(self.table, self.reference, measures_of(self.table, self.metrics), halves=self.halves)

    @cached_property
    def _compared(self) -> tuple[Splitting, ...]:
        """The splits with the caller's own metrics beside what the counts say."""
        if self.own is None:
            return self._splits
        from biasaudit.audits.own.family import with_own

        return with_own(self._splits, self.own)

    @cached_property
    def _everyone(self) -> Family:
        return everyone(self.table, self._splits, self.halves)

    @cached_property
    def _rates(self) -> pd.DataFrame:
        from biasaudit.audits.predictions.rate_table import rate_table

        rates = rate_table(self._everyone, self._splits, self.confidence, self.metrics)
        if self.own is None:
            return rates
        from biasaudit.audits.own.tables import own_rates

        return own_rates(rates, (self._everyone, *self._splits), self.own, self.confidence)

    @cached_property
    def _disparities(self) -> pd.DataFrame:
        from biasaudit.audits.predictions.disparity_table import disparity_table

        table = disparity_table(self._compared, self.confidence, spend=self._spend, primary=self.primary)
        asked = [name for name in table["metric"].unique() if self.metrics.asks(name) or name in self.metrics.functions]
        return table[table["metric"].isin(asked)].reset_index(drop=True)

    @property
    def _spend(self) -> float:
        """Part of the chance of a false alarm that gaps have: control features have the rest."""
        return SPEND if self.controls else 1.0

    def gap_levels(self, metric: str) -> dict[tuple[str, ...], float]:
        """Return, for each way of splitting people, the level at which a single gap of a metric is judged.

        Parameters
        ----------
        metric : str
            By the name of its row, such as "selection_rate".

        Returns
        -------
        dict of tuple of str to float
            Sensitive features of a split to the level of a single gap in it.

        Examples
        --------
        >>> import biasaudit as ba
        >>> audit = ba.audit_predictions(ba.datasets.load_law_resumes())
        >>> {features: round(level, 4) for features, level in audit.gap_levels("selection_rate").items()}
        {('social_class',): 0.0167, ('gender',): 0.0167, ('social_class', 'gender'): 0.0018}
        """
        from biasaudit.audits.predictions.disparity_table import level_of

        return level_of(self._compared, self.confidence, metric, spend=self._spend, primary=self.primary)

    def controlled(self) -> pd.DataFrame:
        """Return rates and gaps among people who are alike in the control features, tidy.

        Returns
        -------
        DataFrame
            Columns metric, comparison ("rate": the group's rate if its people were spread over the strata as everyone
            is; "difference" and "ratio": Mantel and Haenszel's, within strata), sensitive_features, group, reference,
            crude (the same with nothing held equal), estimate, low, high, strata, covered (share of everyone, or of
            both groups, in these strata), p_value, p_adjusted, material, verdict, reason.

        Raises
        ------
        AuditError
            If no control features were named.

        References
        ----------
        Mantel and Haenszel (1959), JNCI 22; Fleiss, Levin and Paik (2003), chapter 19, for standardisation.

        Examples
        --------
        >>> import biasaudit as ba
        >>> audit = ba.audit_predictions(ba.datasets.load_berkeley(), control_features="department")
        >>> gap = audit.controlled().query("comparison == 'difference'").iloc[0]
        >>> gap["group"], round(float(gap["crude"]), 3), round(float(gap["estimate"]), 3), gap["verdict"]
        ({'gender': 'Female'}, -0.142, 0.018, 'not shown')
        """
        return self._controls.disparities()

    def by_stratum(self) -> pd.DataFrame:
        """Return every rate of every group in each stratum of the control features, tidy.

        Returns
        -------
        DataFrame
            Columns metric, stratum (dict of control feature to value), group ({} is everyone), numerator, denominator,
            estimate, low, high, reason; groups with nobody in a stratum are left out.

        Raises
        ------
        AuditError
            If no control features were named.

        Examples
        --------
        >>> import biasaudit as ba
        >>> audit = ba.audit_predictions(ba.datasets.load_berkeley(), control_features="department")
        >>> rates = audit.by_stratum()
        >>> women = rates[rates["group"] == {"gender": "Female"}]
        >>> print(women[["stratum", "numerator", "denominator", "estimate"]].round(2).head(3).to_string(index=False))
                    stratum  numerator  denominator  estimate
        {'department': 'A'}       89.0        108.0      0.82
        {'department': 'A'}      108.0        933.0      0.12
        {'department': 'B'}       17.0         25.0      0.68
        """
        return self._controls.by_stratum()

    @property
    def _controls(self) -> Controls:
        if self.controls is None:
            raise AuditError("Nothing is held equal in this audit. Name columns with control_features=.")
        return self.controls

    def inequality(self) -> pd.DataFrame:
        """Return generalized entropy and Theil index, split between and within groups, with bootstrap intervals.

        Returns
        -------
        DataFrame

        References
        ----------
        Speicher et al. (2018), "A unified approach to quantifying algorithmic unfairness", KDD.

        Examples
        --------
        >>> import biasaudit as ba
        >>> table = ba.audit_predictions(ba.datasets.load_compas()).inequality()
        >>> print(table[["index", "part", "estimate", "low", "high"]].head(3).round(3).to_string(index=False))
                      index    part  estimate   low  high
        generalized_entropy   total     0.170 0.163 0.177
        generalized_entropy between     0.002 0.002 0.003
        generalized_entropy  within     0.168 0.161 0.174
        """
        return self._inequality.copy()

    @cached_property
    def _inequality(self) -> pd.DataFrame:
        from biasaudit.audits.predictions.inequality_table import inequality_table

        return inequality_table(self.table, self.confidence)

    def why(self) -> pd.DataFrame:
        """Return how much of each gap in error rates comes from the scores of the groups, and what would be left.

        Each group of a single feature is held against its reference group. The parts add up to the gap: what comes
        from how scores are spread (`scores`), from how often a label is positive at equal scores (`outcomes`), and from
        decisions at equal scores and labels (`decisions`). The last two are what would be left if both groups had the
        same scores (`left`).

        Returns
        -------
        DataFrame
            Columns metric, group, reference, then gap, scores, outcomes, decisions and left, each with its interval
            (such as gap_low, gap_high), bins (of the score), reason. NaN where the groups are too few.

        Raises
        ------
        AuditError
            If the audit has no scores, no labels or no decisions.

        References
        ----------
        Kitagawa (1955), "Components of a difference between two rates", JASA 50. Das Gupta (1993), "Standardization
        and decomposition of rates".

        Examples
        --------
        >>> import biasaudit as ba
        >>> row = ba.audit_predictions(ba.datasets.load_compas()).why().iloc[0]
        >>> row["metric"], [round(100 * float(row[part]), 1) for part in ("gap", "scores", "left")]
        ('false_positive_rate', [21.4, 20.6, 0.8])
        """
        return self._decomposition.copy()

    @cached_property
    def _decomposition(self) -> pd.DataFrame:
        from biasaudit.audits.predictions._decomposition import decomposition_table

        return decomposition_table(self._splits, self.confidence)

    def _reasons(self) -> tuple[Section, ...]:
        """Say why error rates differ, as far as labels and scores tell."""
        from biasaudit.audits.predictions._decomposition import can_decompose, decomposition_section
        from biasaudit.audits.predictions.impossibility import base_rates_section

        # Intervals of what is trained would have to carry the training, too.
        decomposition = (
            decomposition_section(self._decomposition, self._rates)
            if can_decompose(self.table) and self.halves is None and not self.metrics.names
            else ()
        )
        return (*decomposition, *(() if self.metrics.names else base_rates_section(self._rates, self._disparities)))

    @cached_property
    def _findings(self) -> tuple[Finding, ...]:
        controlled = () if self.controls is None else self.controls.parts[0].findings()
        return (*self._gaps, *controlled)

    @cached_property
    def _gaps(self) -> tuple[Finding, ...]:
        """What is told of gaps; an audit may find other things as well."""
        from biasaudit.audits.findings.findings import findings

        found = findings(self._disparities, self._rates, self._metrics, self.words, self.primary)
        return tuple(replace(one, sentence=self._of_models(one.sentence)) for one in found)

    def _of_models(self, sentence: str) -> str:
        """Say of which trained models a sentence is, where it is of some."""
        return f"Of {self.about}: {sentence}" if self.about else sentence

    @cached_property
    def _metrics(self) -> dict[str, MetricText]:
        from biasaudit.audits.metric_texts import metric_texts
        from biasaudit.reporting.report import MetricText

        own = {} if self.own is None else {row.name: MetricText.of(row) for row in self.own.metrics}
        return metric_texts() | own | ({} if self.controls is None else {GAPS: CONTROLLED})

    @property
    def _headline(self) -> str:
        from biasaudit.audits.findings.findings import headline

        return self._of_models(headline(self._findings, self._metrics, self.words, self.positive, self.confidence))

    def report(self) -> Report:
        """Gather what the renderers in :mod:`biasaudit.reporting` need.

        Returns
        -------
        Report
            Headline, findings, tables and sections, as every format takes them.

        Examples
        --------
        >>> import biasaudit as ba
        >>> audit = ba.audit_predictions(ba.datasets.load_berkeley())
        >>> report = audit.report()
        >>> report.rows, len(report.findings), report.positive
        (4526, 1, 'admitted = 1')
        """
        from biasaudit.audits.predictions.group_sizes import group_table, left_out_table
        from biasaudit.reporting.report import Report

        return Report(
            title=self.title,
            headline=self._headline,
            findings=self._findings,
            rates=self.rates(),
            disparities=self.disparities(),
            metrics=self._metrics,
            settings={**self.settings, **verdict_settings(self.confidence, "difference", "ratio")},
            rows=self.table.n,
            groups=group_table(self._splits, self.table.n),
            left_out=left_out_table(self.table),
            warnings=self.warnings,
            # Whoever names measures asks of nothing else.
            inequality=self.inequality().head(0) if self.metrics.names else self.inequality(),
            package_version=__version__,
            positive=self.positive,
            sections=(*self._reasons(), *(part.section() for part in (self.controls.parts if self.controls else ()))),
        )
