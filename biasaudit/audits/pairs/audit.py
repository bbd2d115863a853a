"""The correspondence audit: the same text or row under another group's name, scored by any model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from biasaudit.audits.answers import Answers, verdict_settings
from biasaudit.audits.pairs._swaps import Swap, read_swap
from biasaudit.audits.pairs.scores import (
    Grid,
    Model,
    cautions,
    check_arguments,
    item_clusters,
    model_name,
    reference_group,
    score_items,
)

if TYPE_CHECKING:
    import pandas as pd

    from biasaudit.reporting.report import Finding, MetricText, Report, Section

__all__ = ["PairsAudit", "audit_pairs"]


@dataclass(frozen=True, eq=False, repr=False)
class PairsAudit(Answers):
    """The answer of a correspondence audit; everything in it is arithmetic on its grids of scores.

    Parameters
    ----------
    grids : tuple of Grid
        One, or one for each stratum.
    swap : Swap
        What was exchanged: groups, and the words that stand for each.
    stratum : str
        What the strata are, such as "job"; empty where there is one grid.
    reference : str
        Group that the others are held against.
    threshold : float or None
        Selected from this score on; the top quartile otherwise.
    title : str
        The first line of a report.
    settings : mapping of str to object
        What was asked.
    confidence : float
        Of the intervals, above 0.5 and below 1; one minus it is the level of the verdicts.
    warnings : tuple of str
        What a reader has to know first.

    Examples
    --------
    >>> import biasaudit as ba
    >>> names = {"woman": ["Anna", "Berta", "Clara"], "man": ["Anton", "Bert", "Carl"]}
    >>> texts = ["{name} cooks.", "{name} drives a truck.", "{name} sells cars."]
    >>> audit = ba.audit_pairs(lambda texts: [len(text) for text in texts], texts, swap={"name": names})
    >>> rates = audit.rates().query("metric == 'mean_score'")
    >>> print(rates[["group", "denominator", "estimate", "low", "high"]].round(2).to_string(index=False))
                group  denominator  estimate  low  high
                   {}         18.0     16.17 4.92 27.41
    {'name': 'woman'}          9.0     16.33 5.04 27.63
      {'name': 'man'}          9.0     16.00 4.71 27.29
    """

    grids: tuple[Grid, ...]
    swap: Swap
    stratum: str = ""
    reference: str = ""
    threshold: float | None = None
    title: str = "Audit of pairs"
    settings: Mapping[str, Any] = field(default_factory=dict)
    confidence: float = 0.95
    warnings: tuple[str, ...] = ()

    @cached_property
    def _questions(self) -> tuple[Any, ...]:
        from biasaudit.audits.pairs._questions import questions

        return questions(self.grids, self.threshold, self.stratum)

    @cached_property
    def _rates(self) -> pd.DataFrame:
        from biasaudit.audits.pairs._tables import pair_rates

        return pair_rates(self._questions, self.swap, self.confidence)

    @cached_property
    def _disparities(self) -> pd.DataFrame:
        from biasaudit.audits.pairs._tables import pair_disparities

        return pair_disparities(self._questions, self.swap, self.swap.groups.index(self.reference), self.confidence)

    @cached_property
    def _findings(self) -> tuple[Finding, ...]:
        from biasaudit.audits.pairs._findings import pair_findings

        return pair_findings(self._disparities, self._rates, self._metrics, self._questions)

    @cached_property
    def _metrics(self) -> dict[str, MetricText]:
        from biasaudit.audits.pairs._findings import pair_metrics

        return pair_metrics(self.threshold)

    @property
    def _ranking(self) -> tuple[Section, ...]:
        """What the scores say as lists, where there are strata that would be lists."""
        from biasaudit.audits.pairs._ranking import ranking_section

        return ranking_section(self.grids, self.swap, self.stratum, self.confidence) if self.stratum else ()

    def report(self) -> Report:
        """Gather what the renderers in :mod:`biasaudit.reporting` need.

        Returns
        -------
        Report

        Examples
        --------
        >>> import biasaudit as ba
        >>> names = {"woman": ["Anna", "Berta", "Clara"], "man": ["Anton", "Bert", "Carl"]}
        >>> texts = ["{name} cooks.", "{name} drives a truck.", "{name} sells cars."]
        >>> audit = ba.audit_pairs(lambda texts: [len(text) for text in texts], texts, swap={"name": names})
        >>> report = audit.report()
        >>> report.rows, report.findings[0].verdict
        (18, 'cannot tell')
        """
        from biasaudit.audits.pairs._findings import pair_headline
        from biasaudit.audits.pairs._tables import pair_groups
        from biasaudit.reporting.formats.without_tables import report_without_tables

        bare = report_without_tables(
            self.title,
            pair_headline(self._findings, self._metrics, self.stratum),
            findings=self._findings,
            settings={
                **self.settings,
                "reference": {self.swap.feature: self.reference},
                "threshold": self.threshold,
                **verdict_settings(self.confidence, "difference", "ratio"),
            },
            rows=sum(grid.scores.size for grid in self.grids),
            warnings=self.warnings,
            sections=self._ranking,
        )
        return replace(
            bare,
            rates=self.rates(),
            disparities=self.disparities(),
            metrics=self._metrics,
            groups=pair_groups(self.grids, self.swap, self.stratum),
        )


def audit_pairs(
    model: Model,
    data: Any,
    *,
    swap: Mapping[str, Mapping[str, Any]],
    cluster: Sequence[Any] | str | None = None,
    threshold: float | None = None,
    reference: str | None = None,
    confidence: float = 0.95,
    batch_size: int = 1024,
) -> PairsAudit:
    """Audit any model by swapping the group in texts or rows that stay the same otherwise.

    Parameters
    ----------
    model : callable
        Takes a list of texts, or a table like `data`, and returns a finite score (or 0/1 decision) for each.
    data : str, sequence of str, or dataframe
        Texts with a placeholder such as "{name}", each of which is filled with every value; or a table,
        whose columns named by `swap` are set to every value.
    swap : mapping of str to mapping of str to value or list
        Placeholder or column -> group -> what stands for the group: one value, or several such as names. The
        first is what the groups are named after; further ones, such as a pronoun, are swapped along with it.
    cluster : sequence or str, optional
        Which texts belong together, one entry a text; for a table, the column that says so.
    threshold : float, optional
        Scores from here on count as selected; otherwise the top quartile is, of each text
        where its values are four or more, else of all.
    reference : str, optional
        Group that the others are held against; the first one otherwise.
    confidence : float, default 0.95
        Confidence of the intervals; one minus it is the level of the verdicts.
    batch_size : int
        Texts given to the model at once.

    Returns
    -------
    PairsAudit

    Raises
    ------
    AuditError
        If the swap does not fit the data, or the model returns anything but a finite number each.

    Notes
    -----
    Intervals hold for other texts and other names like these: they respect that all scores of one text, and all of
    one name, belong together, with t of few clusters.

    References
    ----------
    Bertrand and Mullainathan (2004), "Are Emily and Greg more employable than Lakisha and Jamal?".
    Cameron, Gelbach and Miller (2011), "Robust inference with multiway clustering".

    Examples
    --------
    >>> import biasaudit as ba
    >>> names = {"woman": ["Anna", "Berta", "Clara"], "man": ["Anton", "Bert", "Carl"]}
    >>> texts = ["{name} cooks.", "{name} drives a truck.", "{name} sells cars."]
    >>> audit = ba.audit_pairs(lambda texts: [len(t) for t in texts], texts, swap={"name": names})
    >>> row = audit.disparities("mean_score").iloc[0]
    >>> print(round(row["estimate"], 2), row["verdict"])
    0.33 cannot tell
    """
    swapped = read_swap(swap)
    check_arguments(model, threshold, confidence, batch_size)
    named = reference_group(reference, swapped)
    items = [data] if isinstance(data, str) else data
    what = "texts" if isinstance(items, (list, tuple)) else "rows"
    scores = score_items(model, items, swapped, batch_size)
    grid = Grid("", scores, item_clusters(items, cluster, len(scores)))
    settings = {
        "model": model_name(model),
        "swap": {name: " | ".join(groups) for name, groups in swap.items()},
        "cluster": cluster if cluster is None or isinstance(cluster, str) else "given",
    }
    return PairsAudit(
        (grid,),
        swapped,
        reference=named,
        threshold=threshold,
        settings=settings,
        confidence=confidence,
        warnings=cautions((grid,), swapped, what),
    )
