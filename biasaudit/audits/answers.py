"""The calls that every audit answers, whatever it asks."""

from __future__ import annotations

import os
from functools import cached_property
from typing import TYPE_CHECKING, Any

from biasaudit.errors import AuditError, nearest
from biasaudit.metrics.measure_names import parted
from biasaudit.metrics.registry import aliases
from biasaudit.metrics.units import TOLERANCE
from biasaudit.reporting.render import render
from biasaudit.reporting.rendered import Rendered, saved

if TYPE_CHECKING:
    from datetime import date

    import pandas as pd

    from biasaudit.policy.rulebook import Policy
    from biasaudit.policy.verdict import CheckResult
    from biasaudit.reporting.report import Finding, Report

__all__ = ["Answers", "ranges", "verdict_settings"]


class Answers(Rendered):
    """Rates, disparities, findings and reports; an audit fills in how each is made."""

    @cached_property
    def _rates(self) -> pd.DataFrame:
        raise NotImplementedError

    @cached_property
    def _disparities(self) -> pd.DataFrame:
        raise NotImplementedError

    @cached_property
    def _findings(self) -> tuple[Finding, ...]:
        raise NotImplementedError

    def report(self) -> Report:
        """Gather what the renderers in :mod:`biasaudit.reporting` need."""
        raise NotImplementedError

    def rates(self) -> pd.DataFrame:
        """Return every rate of every group, tidy.

        Returns
        -------
        DataFrame
            Columns metric, group (dict of feature to value; {} is everyone), numerator, denominator,
            estimate, low, high, pooled, pooled_low, pooled_high, reason. An undefined rate is NaN, and `reason` says
            why. `pooled` is the rate drawn towards that of all groups of the split, the more the fewer rows it rests
            on (beta-binomial, empirical Bayes), with its interval; NaN for everyone, and where nothing is pooled.

        References
        ----------
        Kleinman (1973), "Proportions with extraneous variance: single and independent samples", JASA 68.

        Examples
        --------
        >>> import biasaudit as ba
        >>> audit = ba.audit_predictions(ba.datasets.load_berkeley())
        >>> rates = audit.rates()
        >>> selected = rates[rates["metric"] == "selection_rate"]
        >>> shown = selected[["group", "numerator", "denominator", "estimate", "low", "high"]].round(3)
        >>> print(shown.to_string(index=False))
                       group  numerator  denominator  estimate   low  high
                          {}     1755.0       4526.0     0.388 0.374 0.402
        {'gender': 'Female'}      557.0       1835.0     0.304 0.283 0.325
          {'gender': 'Male'}     1198.0       2691.0     0.445 0.427 0.464
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
            p_value, p_adjusted, low_adjusted, high_adjusted, expected_by_chance, smallest_detectable, material,
            verdict, reason. Verdicts stand on the adjusted ones, low and high are the gap's own interval. `reason`
            says why a gap has no value, whom a range leaves out, and where the data cannot tell although the interval,
            by itself, leaves out no gap.

        Raises
        ------
        AuditError
            If there is no such metric.

        Examples
        --------
        >>> import biasaudit as ba
        >>> audit = ba.audit_predictions(ba.datasets.load_berkeley())
        >>> row = audit.disparities("demographic_parity").iloc[0]
        >>> print(f"{row['estimate']:.3f} ({row['low']:.3f} to {row['high']:.3f})", row["verdict"])
        0.142 (0.113 to 0.170) shown
        >>> audit.disparities("demographic_party")
        Traceback (most recent call last):
        ...
        biasaudit.errors.AuditError: "demographic_party" is not a metric of this audit. Did you mean
        "demographic_parity"? Metrics: selection_rate.
        """
        from biasaudit.audits.findings.gap_reasons import with_reasons

        return with_reasons(self.gaps_of(metric))

    def gaps_of(self, metric: str | None) -> pd.DataFrame:
        """Return the gaps of a metric, or of all, as they are judged: reasons that go with verdicts come later.

        Parameters
        ----------
        metric : str or None
            Only this metric, by any name in use; None for all of them.

        Returns
        -------
        DataFrame

        Raises
        ------
        AuditError
            If there is no such metric.

        Examples
        --------
        >>> import biasaudit as ba
        >>> audit = ba.audit_predictions(ba.datasets.load_berkeley())
        >>> sorted(set(audit.gaps_of(None)["metric"]))
        ['selection_rate']
        >>> audit.gaps_of("selection_rate")["kind"].tolist()
        ['range', 'pair', 'to_overall', 'to_overall', 'range', 'pair', 'to_overall', 'to_overall']
        """
        table = self._disparities
        return table if metric is None else table[table["metric"] == self._metric_name(metric)].reset_index(drop=True)

    def _metric_name(self, metric: str) -> str:
        known = {parted(name)[0] for name in self._disparities["metric"]}
        names = aliases()
        name = names.get(metric, metric)
        if name not in known:
            asked = [other for other, its_name in names.items() if its_name in known]
            raise AuditError(
                f'"{metric}" is not a metric of this audit.{nearest(metric, [*known, *asked])} '
                f"Metrics: {', '.join(sorted(known))}."
            )
        return name

    def findings(self) -> tuple[Finding, ...]:
        """Return what was found in plain sentences, each with its verdict, the most important first.

        Returns
        -------
        tuple of Finding
            Each with `verdict`, `sentence`, `metric`, `comparison`, `kind`, `group` and `reference`.

        Examples
        --------
        >>> import biasaudit as ba
        >>> audit = ba.audit_predictions(ba.datasets.load_berkeley())
        >>> for finding in audit.findings():
        ...     print(finding.verdict, "|", finding.sentence.partition(":")[0])
        shown | Of 100 applicants with gender = Female, 30 were admitted; of 100 with gender = Male, 45
        """
        return self._findings

    def to_model_card(self, path: str | os.PathLike[str] | None = None, *, name: str, dataset: str, **more: Any) -> str:
        """Return the audit as a model card, YAML for the Hugging Face Hub in front, and write it where asked.

        Parameters
        ----------
        path : str or path-like, optional
            Where to write it.
        name, dataset : str
            Names of the model and of the data it was audited on.
        **more
            As for :func:`biasaudit.reporting.formats.model_card.to_model_card`.

        Returns
        -------
        str

        Raises
        ------
        AuditError
            If a name or a tag is not what the Hub takes, or the file cannot be written.

        Examples
        --------
        >>> import biasaudit as ba
        >>> audit = ba.audit_predictions(ba.datasets.load_berkeley())
        >>> card = audit.to_model_card(name="admissions-1973", dataset="berkeley")
        >>> for line in card.splitlines()[:3]:
        ...     print(line)
        ---
        tags:
          - "bias-audit"
        """
        return saved(render(self, "model_card", name=name, dataset=dataset, **more), path)

    def check(
        self, policy: str | os.PathLike[str] | Policy, *, baseline: Any = None, today: date | None = None
    ) -> CheckResult:
        """Hold the audit against a policy.

        Parameters
        ----------
        policy : path, str or Policy
            TOML file, name of a ready policy, or a policy.
        baseline : path or file, optional
            JSON of a saved audit, for rules that say ``not_worse_than_baseline``.
        today : date, optional
            Day on which waivers have to hold.

        Returns
        -------
        CheckResult
            Its `outcome` is "pass", "fail", "cannot tell" or "not judged".

        Raises
        ------
        AuditError
            If policy or baseline are not what they should be, or do not fit this audit.

        Examples
        --------
        >>> import biasaudit as ba
        >>> audit = ba.audit_predictions(ba.datasets.load_berkeley())
        >>> verdict = audit.check("four_fifths")
        >>> verdict.outcome, verdict.exit_code
        ('fail', 1)
        """
        from biasaudit.policy.checking import check_report

        return check_report(self.report(), policy, baseline=baseline, today=today)


def verdict_settings(confidence: float, *comparisons: str) -> dict[str, Any]:
    """Return what verdicts on differences, on ratios or on both stand on, as reports list settings."""
    return {"confidence": confidence} | {f"tolerance_{name}": list(TOLERANCE[name]) for name in comparisons}


def ranges(audit: Answers, metric: str, comparison: str) -> pd.DataFrame:
    """Return the gaps over all groups of an audit; their `reason` says who has no value, and nothing else."""
    table = audit.gaps_of(metric)
    return table[(table["kind"] == "range") & (table["comparison"] == comparison)]
