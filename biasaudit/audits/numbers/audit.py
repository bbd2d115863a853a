"""What an audit of numbers answers with: means, gaps between them, findings and reports."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from biasaudit.audits.answers import Answers, verdict_settings
from biasaudit.audits.chosen import EVERYTHING, Chosen
from biasaudit.audits.numbers.family import NumberFamily, number_families
from biasaudit.counts.moments.table import MomentTable
from biasaudit.metrics.moment_measures import MomentMeasure, available_measures
from biasaudit.metrics.outcome_words import OutcomeWords
from biasaudit.metrics.primary import Primary
from biasaudit.metrics.units import Unit
from biasaudit.version import __version__

if TYPE_CHECKING:
    import pandas as pd

    from biasaudit.audits.own.estimates import OwnEstimates
    from biasaudit.reporting.report import Finding, MetricText, Report

__all__ = ["NumberAudit"]


@dataclass(frozen=True, eq=False, repr=False)
class NumberAudit(Answers):
    """The answer of an audit of numbers; everything in it is arithmetic on its table of sums.

    Parameters
    ----------
    table : MomentTable
        Sums of outcome, prediction and error by group.
    title : str
        The first line of a report.
    unit : Unit
        Of the outcome, its tolerance among it.
    settings : mapping of str to object
        What was asked.
    reference : mapping of str to str
        Reference groups that were named.
    confidence : float
        Of the intervals, above 0.5 and below 1; one minus it is the level of the verdicts.
    warnings : tuple of str
        What a reader has to know about the data.
    words : OutcomeWords
        What people are called.
    primary : Primary
        Whose questions come first, and have nearly all of the chance of a false alarm.
    metrics : Chosen
        Which measures are asked.
    own : OwnEstimates, optional
        What functions of the caller's own say of each group.

    Examples
    --------
    >>> import pandas as pd
    >>> import biasaudit as ba
    >>> frame = pd.DataFrame({"sex": ["woman", "man"] * 50, "wage": [12.5 + i % 7 + 3 * (i % 2) for i in range(100)]})
    >>> audit = ba.audit_predictions(frame, sensitive_features="sex", y_true="wage", unit="dollars an hour")
    >>> gap = audit.disparities("mean_outcome").iloc[0]
    >>> round(float(gap["estimate"]), 2), gap["verdict"]
    (3.02, 'shown')
    """

    table: MomentTable
    title: str
    unit: Unit
    settings: Mapping[str, Any] = field(default_factory=dict)
    reference: Mapping[str, str] = field(default_factory=dict)
    confidence: float = 0.95
    warnings: tuple[str, ...] = ()
    words: OutcomeWords = field(default_factory=OutcomeWords, kw_only=True)
    primary: Primary = field(default_factory=Primary, kw_only=True)
    metrics: Chosen = field(default=EVERYTHING, kw_only=True)
    own: OwnEstimates | None = field(default=None, kw_only=True)

    @cached_property
    def measures(self) -> tuple[MomentMeasure, ...]:
        """What is measured in each group."""
        return tuple(one for one in available_measures(self.table) if self.metrics.asks(one.name))

    @cached_property
    def _splits(self) -> tuple[NumberFamily, ...]:
        return number_families(self.table, self.reference, self.measures)

    @cached_property
    def _everyone(self) -> NumberFamily:
        return NumberFamily(self.table.rollup(()), self.measures)

    @cached_property
    def _rates(self) -> pd.DataFrame:
        from biasaudit.audits.numbers._mean_table import mean_table

        rates = mean_table(self._everyone, self._splits, self.confidence)
        if self.own is None:
            return rates
        from biasaudit.audits.own.tables import own_rates

        return own_rates(rates, (self._everyone, *self._splits), self.own, self.confidence)

    @property
    def _spend(self) -> float:
        """Part of the chance of a false alarm that gaps have."""
        return 1.0

    @cached_property
    def _disparities(self) -> pd.DataFrame:
        from biasaudit.audits.own.family import with_own
        from biasaudit.audits.predictions.disparity_table import disparity_table

        small = {name: text.unit.small or 0.0 for name, text in self._metrics.items()}
        splits = self._splits if self.own is None else with_own(self._splits, self.own)
        return disparity_table(splits, self.confidence, spend=self._spend, primary=self.primary, small=small)

    def distributions(self) -> pd.DataFrame:
        """Return how far apart the whole distributions of two groups are, beyond their means.

        Returns
        -------
        DataFrame
            Columns variable ("outcome" or "prediction"), group, reference, kolmogorov_smirnov (0 to 1), wasserstein (in
            the unit), standardised_difference (of means, in pooled standard deviations), total_variation, and exact:
            whether they are of single values, or of bins.

        References
        ----------
        Kolmogorov (1933); Smirnov (1948). Vaserstein (1969). Cohen (1988), Statistical Power Analysis for the
        Behavioral Sciences, section 2.2, for the standardised difference.

        Examples
        --------
        >>> import pandas as pd
        >>> import biasaudit as ba
        >>> frame = pd.DataFrame({"sex": ["woman", "man"] * 9, "wage": [10.0, 11.0, 12.0, 13.0, 14.0, 15.0] * 3})
        >>> audit = ba.audit_predictions(frame, sensitive_features="sex", y_true="wage", outcome_type="number")
        >>> row = audit.distributions().iloc[0]
        >>> row["group"], round(float(row["kolmogorov_smirnov"]), 3), float(row["wasserstein"])
        ({'sex': 'woman'}, 0.333, 1.0)
        """
        from biasaudit.audits.numbers._distributions import distance_table

        # The means of both variables, whichever measures are asked.
        return distance_table(number_families(self.table, self.reference, available_measures(self.table)))

    def calibration(self) -> pd.DataFrame:
        """Return mean prediction and mean outcome of each group in bins of the prediction.

        Returns
        -------
        DataFrame
            Columns group, bin, low, high (of the predictions in it), rows, mean_prediction, mean_outcome; empty without
            predictions or without outcomes.

        Examples
        --------
        >>> import pandas as pd
        >>> import biasaudit as ba
        >>> frame = pd.DataFrame({"sex": ["woman", "man"] * 20, "wage": range(10, 50), "said": range(11, 51)})
        >>> audit = ba.audit_predictions(frame, sensitive_features="sex", y_true="wage", y_pred="said")
        >>> table = audit.calibration()
        >>> bool(((table["mean_prediction"] - table["mean_outcome"]).round(6) == 1).all())
        True
        """
        from biasaudit.audits.numbers._distributions import calibration_table

        return calibration_table(self._splits)

    @cached_property
    def _metrics(self) -> dict[str, MetricText]:
        from biasaudit.audits.metric_texts import number_texts
        from biasaudit.reporting.report import MetricText

        own = {} if self.own is None else {row.name: MetricText.of(row) for row in self.own.metrics}
        return number_texts(self.unit, self.words.outcome) | own

    @cached_property
    def _findings(self) -> tuple[Finding, ...]:
        from biasaudit.audits.findings.findings import findings

        return findings(self._disparities, self._rates, self._metrics, self.words, self.primary)

    def report(self) -> Report:
        """Gather what the renderers in :mod:`biasaudit.reporting` need.

        Returns
        -------
        Report

        Examples
        --------
        >>> import pandas as pd
        >>> import biasaudit as ba
        >>> frame = pd.DataFrame({"sex": ["woman", "man"] * 50, "wage": [12.5 + i % 7 + i % 2 for i in range(100)]})
        >>> report = ba.audit_predictions(frame, sensitive_features="sex", y_true="wage", unit="euros").report()
        >>> report.rows, report.metrics["mean_outcome"].unit.name
        (100, 'euros')
        """
        from biasaudit.audits.findings.findings import headline
        from biasaudit.audits.numbers._distributions import distribution_sections, left_out_table
        from biasaudit.audits.numbers._spread import spreads
        from biasaudit.audits.predictions.group_sizes import group_table
        from biasaudit.audits.predictions.inequality_table import no_inequality
        from biasaudit.reporting.report import Report
        from biasaudit.reporting.words.text import capitalised

        word = self.words.outcome
        titles = {"outcome": capitalised(word), "prediction": f"Predicted {word}"}
        return Report(
            title=self.title,
            headline=headline(self._findings, self._metrics, self.words, "", self.confidence, unit=self.unit),
            findings=self._findings,
            rates=self.rates(),
            disparities=self.disparities(),
            metrics=self._metrics,
            settings={**self.settings, **verdict_settings(self.confidence, "ratio")},
            rows=self.table.n,
            groups=group_table(self._splits, self.table.n),
            left_out=left_out_table(self.table),
            warnings=self.warnings,
            inequality=no_inequality(),
            package_version=__version__,
            # Whoever names measures asks of nothing else.
            sections=() if self.metrics.names else distribution_sections(self._splits, self.unit),
            distributions=spreads(self._everyone, self._splits, self._rates, titles, self.unit),
        )
