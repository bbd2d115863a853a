"""What an audit of rankings answers with: shares in the top, exposure, pairwise accuracy, and fair draws."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from biasaudit.audits.answers import Answers, verdict_settings
from biasaudit.audits.rankings.fair_draws import FairDraws, fair_draws
from biasaudit.audits.rankings.family import RankFamily, available_measures, rank_families
from biasaudit.counts.rankings.table import RankTable
from biasaudit.metrics.outcome_words import OutcomeWords
from biasaudit.metrics.primary import Primary
from biasaudit.metrics.rankings.measures import RankMeasure
from biasaudit.metrics.units import SHARE, TOLERANCE, Unit

if TYPE_CHECKING:
    import pandas as pd

    from biasaudit.reporting.report import Finding, MetricText, Report

__all__ = ["RankingAudit"]

# Part of the chance of a false alarm that FA*IR's tests have; all of it where one ranking allows no other.
OF_FAIR_DRAWS = 0.2


@dataclass(frozen=True, eq=False, repr=False)
class RankingAudit(Answers):
    """The answer of an audit of rankings; everything in it is arithmetic on its tables of sums.

    Parameters
    ----------
    tables : tuple of RankTable
        Of everyone, then of each way to split people.
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
    tied : bool
        Whether some people share their places.
    words : OutcomeWords
        What people are called.
    primary : Primary
        Whose questions come first, and have nearly all of the chance of a false alarm.

    Examples
    --------
    >>> import numpy as np
    >>> import pandas as pd
    >>> import biasaudit as ba
    >>> job = np.repeat(np.arange(40), 12)
    >>> gender = np.tile(["man", "woman"], 240)
    >>> score = np.random.default_rng(1).normal(size=480) + 0.8 * (gender == "man")
    >>> data = pd.DataFrame({"job": job, "gender": gender, "score": score})
    >>> audit = ba.audit_rankings(data, sensitive_features="gender", score="score", query="job", k=3)
    >>> row = audit.disparities("share_in_top_3").iloc[0]
    >>> round(float(row["estimate"]), 3), row["verdict"]
    (0.275, 'shown')
    """

    tables: tuple[RankTable, ...]
    title: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    reference: Mapping[str, str] = field(default_factory=dict)
    confidence: float = 0.95
    warnings: tuple[str, ...] = ()
    tied: bool = field(default=False, kw_only=True)
    words: OutcomeWords = field(default_factory=OutcomeWords, kw_only=True)
    primary: Primary = field(default_factory=Primary, kw_only=True)

    @cached_property
    def measures(self) -> tuple[RankMeasure, ...]:
        """What is measured in each group."""
        return available_measures(self.tables[0].k, relevance=self.tables[0].relevance is not None)

    @cached_property
    def _families(self) -> tuple[RankFamily, ...]:
        return rank_families(self.tables, self.measures, self.reference)

    @property
    def _splits(self) -> tuple[RankFamily, ...]:
        return self._families[1:]

    @cached_property
    def _rates(self) -> pd.DataFrame:
        from biasaudit.audits.rankings._rate_table import rank_rate_table

        return rank_rate_table(self._families[0], self._splits, self.confidence)

    @property
    def _spend(self) -> float:
        """Part of the chance of a false alarm that fair draws have."""
        return OF_FAIR_DRAWS if self.tables[0].n_queries > 1 else 1.0

    @cached_property
    def _units(self) -> dict[str, Unit]:
        """Unit of each measure; how large a gap in exposure matters, the exposure of everyone says."""
        overall = dict(zip((m.name for m in self.measures), self._families[0].shares.value[:, 0], strict=True))
        part = 1 - TOLERANCE["ratio"][0]
        return {
            m.name: m.unit if m.unit == SHARE else replace(m.unit, small=part * float(np.nan_to_num(overall[m.name])))
            for m in self.measures
        }

    @cached_property
    def _disparities(self) -> pd.DataFrame:
        from biasaudit.audits.predictions.disparity_table import disparity_table

        small = {name: unit.small or 0.0 for name, unit in self._units.items()}
        spend = 1 - self._spend if self._spend < 1 else 1.0
        return disparity_table(self._splits, self.confidence, spend=spend, primary=self.primary, small=small)

    @cached_property
    def _fair_draws(self) -> FairDraws:
        return fair_draws(self._splits, alpha=1 - self.confidence, spend=self._spend, tied=self.tied)

    def fair_draws(self) -> pd.DataFrame:
        """Return, for each group, whether rankings have too few of it at the top to be fair draws.

        Returns
        -------
        DataFrame
            Columns group, rankings (that hold the group and others), failed (FA*IR's test at 10 % by themselves),
            in_top (people in the largest `k` places; of those who tie, theirs first), expected (by fair draws),
            p_value (of all rankings together), p_adjusted, verdict.

        References
        ----------
        Zehlike et al. (2017), "FA*IR: A Fair Top-k Ranking Algorithm", CIKM.

        Examples
        --------
        >>> import pandas as pd
        >>> import biasaudit as ba
        >>> data = pd.DataFrame({"gender": ["man"] * 10 + ["woman"] * 10, "rank": range(1, 21)})
        >>> audit = ba.audit_rankings(data, sensitive_features="gender", rank="rank", k=10)
        >>> row = audit.fair_draws().iloc[1]
        >>> row["group"], round(float(row["p_value"]), 5), row["verdict"]
        ({'gender': 'woman'}, 1e-05, 'shown')
        """
        import pandas as pd

        return pd.DataFrame(self._fair_draws.rows)

    def top_shares(self) -> pd.DataFrame:
        """Return the share of each group in the first 1, 2, ... places, and what fair draws would give.

        Returns
        -------
        DataFrame
            Columns sensitive_features, group, k, share, expected (its share of the people of these rankings), low and
            high (that 95 % of fair draws lie between).

        Examples
        --------
        >>> import pandas as pd
        >>> import biasaudit as ba
        >>> data = pd.DataFrame({"gender": ["man"] * 10 + ["woman"] * 10, "rank": range(1, 21)})
        >>> audit = ba.audit_rankings(data, sensitive_features="gender", rank="rank", k=10)
        >>> audit.top_shares().query("k == 5")[["group", "share", "expected"]].values.tolist()
        [[{'gender': 'man'}, 1.0, 0.5], [{'gender': 'woman'}, 0.0, 0.5]]
        """
        from biasaudit.audits.rankings._top_shares import top_share_table

        return top_share_table(self._splits)

    @cached_property
    def _metrics(self) -> dict[str, MetricText]:
        from biasaudit.audits.metric_texts import metric_texts
        from biasaudit.audits.rankings.fair_draws import NAME, TITLE
        from biasaudit.reporting.report import MetricText

        own = {m.name: replace(MetricText.of(m), unit=self._units[m.name]) for m in self.measures}
        return metric_texts() | own | {NAME: MetricText("Fair draws", TITLE, "Zehlike et al. 2017")}

    @cached_property
    def _findings(self) -> tuple[Finding, ...]:
        from biasaudit.audits.findings.findings import findings

        gaps = findings(self._disparities, self._rates, self._metrics, self.words, self.primary)
        return (*gaps, *self._fair_draws.findings())

    def report(self) -> Report:
        """Gather what the renderers in :mod:`biasaudit.reporting` need.

        Returns
        -------
        Report

        Examples
        --------
        >>> import pandas as pd
        >>> import biasaudit as ba
        >>> data = pd.DataFrame({"gender": ["man"] * 10 + ["woman"] * 10, "rank": range(1, 21)})
        >>> report = ba.audit_rankings(data, sensitive_features="gender", rank="rank", k=10).report()
        >>> report.rows, report.sections[0].name
        (20, 'fair_draws')
        """
        from biasaudit.audits.findings.findings import headline
        from biasaudit.audits.predictions.group_sizes import group_table
        from biasaudit.reporting.formats.without_tables import report_without_tables

        rows = int(self.tables[0].rows.sum())
        bare = report_without_tables(
            self.title,
            headline(self._findings, self._metrics, self.words, "", self.confidence),
            findings=self._findings,
            settings={**self.settings, **verdict_settings(self.confidence, "difference", "ratio")},
            rows=rows,
            warnings=self.warnings,
            sections=(self._fair_draws.section(),),
        )
        return replace(
            bare,
            rates=self.rates(),
            disparities=self.disparities(),
            metrics=self._metrics,
            groups=group_table(self._splits, rows),
        )
