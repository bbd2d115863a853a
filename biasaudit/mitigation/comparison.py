"""Mitigations compared on the same folds: what each mends and what it costs, with intervals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import pandas as pd

from biasaudit.inference.testing.multiple_comparisons import judge_gaps
from biasaudit.mitigation._group_changes import group_changes
from biasaudit.mitigation._pareto import beaten, on_front
from biasaudit.mitigation._trials import Trials
from biasaudit.mitigation.measures import (
    MEASURES,
    Counts,
    Estimates,
    Measure,
    changes,
    count_trials,
    get_measure,
    seconds_taken,
)
from biasaudit.reporting.rendered import Rendered
from biasaudit.reporting.report import Column

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from biasaudit.reporting.report import Finding

__all__ = ["Comparison"]


@dataclass(frozen=True, eq=False, repr=False)
class Comparison(Rendered):
    """What mitigations do to the same rows; everything in it is arithmetic on their decisions for unseen rows.

    Intervals say how far figures would move with other people; they hold the trained models for given, since what
    training adds cannot be estimated without bias from one cross-validation.

    Parameters
    ----------
    trials : Trials
        What each mitigation decided, for rows that it had not learnt from.
    y : int array of shape (rows,)
        Labels 0 and 1.
    true_label : int array of shape (rows,) or None
        What an unbiased process would have written, where that is known.
    groups : int array of shape (rows,)
        Which of `levels` each row belongs to.
    levels : tuple of dict
        Each group as feature to value.
    cluster : int array of shape (rows,) or None
        Rows that belong together.
    large : bool array of shape (groups,)
        Groups that gaps are measured between.
    settings : mapping of str to object
        dataset, model, harm, cost, folds, repeats, confidence, random_state.
    warnings : tuple of str
        What a reader has to know.

    References
    ----------
    Bengio and Grandvalet (2004), "No unbiased estimator of the variance of k-fold cross-validation", JMLR 5.

    Examples
    --------
    >>> import biasaudit as ba
    >>> hiring = ba.datasets.make_hiring(2_000, label_bias=0.5, proxy_strength=0.8, random_state=0)
    >>> found = ba.mitigation.compare(hiring, ["reweighing"], folds=2, n_jobs=1)
    >>> for finding in found.findings():
    ...     print(finding.verdict, "|", finding.sentence)
    shown | Reweighing: equalized odds gap falls from 0.168 to 0.043 (by 0.030 to 0.209); accuracy falls from 0.811 to
    0.798 (by 0.003 to 0.022). Nothing tried here is better in both; nor is it in 99 % of resamples.
    not shown | Reweighing: accuracy against the true label goes from 0.754 to 0.761, no change beyond 0.05 (-0.003 to
    +0.016).
    shown | Reweighing: positive decisions for sex = woman go from 5.6 to 9.2 % (+2.4 to +5.1 points).
    shown | Reweighing: positive decisions for sex = man go from 14.1 to 9.3 % (-6.3 to -3.5 points).
    """

    trials: Trials
    y: NDArray[np.int64]
    true_label: NDArray[np.int64] | None
    groups: NDArray[np.int64]
    levels: tuple[dict[str, str], ...]
    cluster: NDArray[np.int64] | None
    large: NDArray[np.bool_]
    settings: Mapping[str, Any]
    warnings: tuple[str, ...] = ()
    moved: ClassVar[dict[str, str]] = {
        "selection_rate": "Positive decisions",
        "true_positive_rate": "Positive decisions about the truly positive",
        "false_positive_rate": "Positive decisions about the truly negative",
    }
    gain_columns: ClassVar[tuple[Column, ...]] = (
        Column("mitigation", "Mitigation"),
        Column("group", "Group", "group"),
        Column("before", "Before", "share"),
        Column("after", "After", "share"),
        Column("difference", "Difference in points", "points", ("low", "high")),
        Column("verdict", "Verdict", "verdict"),
    )
    # Figures that a terminal shows beside harm and cost.
    always: ClassVar[tuple[str, ...]] = ("accuracy", "selection_ratio")

    @property
    def names(self) -> tuple[str, ...]:
        """The mitigations, the unmitigated model first."""
        return self.trials.names

    @property
    def figures(self) -> tuple[Measure, ...]:
        """The figures that this comparison has."""
        return tuple(f for f in MEASURES if f.name != "true_accuracy" or self.true_label is not None)

    def _counts(self, y: NDArray[np.int64]) -> Counts:
        cluster = np.arange(len(y)) if self.cluster is None else self.cluster
        names = [str(i) for i in range(len(self.levels))]
        table = count_trials(self.names, self.trials.predictions, y, self.groups, names, cluster)
        independent = self.cluster is None and self.trials.predictions.shape[1] == 1
        return Counts(table, self.large, independent, self.settings["confidence"], self.settings["random_state"] or 0)

    @cached_property
    def _counted(self) -> Counts:
        return self._counts(self.y)

    @cached_property
    def _both(self) -> tuple[dict[str, Estimates], dict[str, Any]]:
        """Estimates and resamples of every figure but the seconds; resamples draw the same people throughout."""
        found, drawn = self._counted.estimates(), self._counted.resampled()
        if self.true_label is not None:
            true = self._counts(self.true_label)
            found["true_accuracy"] = true.estimates()["accuracy"]
            drawn["true_accuracy"] = true.resampled()["accuracy"]
        return found, drawn

    def _small(self, table: pd.DataFrame) -> Any:
        """Return the changes that are too small to matter, one for each row; None for those of every share."""
        return None

    def value_text(self, value: float, figure: str) -> str:
        """Write the value of a figure as people read it.

        Parameters
        ----------
        value : float
        figure : str
            What it is the value of: the harm or the cost.

        Returns
        -------
        str

        Examples
        --------
        >>> import biasaudit as ba
        >>> data = ba.datasets.make_hiring(n=400, label_bias=0.4, random_state=0)
        >>> compared = ba.mitigation.compare(data, ["reweighing"], folds=2, n_jobs=1, progress=False)
        >>> compared.value_text(0.125, "accuracy")
        '0.125'
        """
        from biasaudit.mitigation.sentences import measure_text

        return measure_text(value, figure)

    @cached_property
    def _table(self) -> pd.DataFrame:
        found, drawn = self._both
        parts = [_rows(self.names, name, found[name], *changes(found[name], drawn[name])) for name in found]
        table = pd.concat(parts, ignore_index=True)
        same = table["mitigation"] == self.names[0]
        answer = judge_gaps(
            table["change"],
            table["change_low"],
            table["change_high"],
            table["p_value"],
            "difference",
            alpha=1 - self.settings["confidence"],
            questions=int((~same).sum()),
            small=self._small(table),
        )
        table["p_adjusted"], table["verdict"] = answer.p_adjusted, np.where(same, "", answer.verdicts)
        time, slower = seconds_taken(self.trials.seconds, self.settings["confidence"])
        nothing = np.full(len(self.names), np.nan)
        last = _rows(self.names, "seconds", time, slower, nothing).assign(p_adjusted=np.nan, verdict="")
        order = {name: i for i, name in enumerate(self.names)}
        table = pd.concat([table, last], ignore_index=True)
        return table.sort_values("mitigation", key=lambda c: c.map(order), kind="stable").reset_index(drop=True)

    def to_frame(self) -> pd.DataFrame:
        """Return every figure of every mitigation, tidy.

        Returns
        -------
        DataFrame
            mitigation, figure, estimate, low, high, change (against the unmitigated model), change_low, change_high,
            p_value, p_adjusted (Holm, over all changes but those of seconds), verdict on the change.

        Examples
        --------
        >>> import biasaudit as ba
        >>> hiring = ba.datasets.make_hiring(2_000, label_bias=0.5, proxy_strength=0.8, random_state=0)
        >>> found = ba.mitigation.compare(hiring, ["reweighing"], folds=2, n_jobs=1)
        >>> table = found.to_frame().query("figure in ['equalized_odds', 'accuracy']")
        >>> print(table[["mitigation", "figure", "estimate", "low", "high", "verdict"]].round(3).to_string(index=False))
         mitigation         figure  estimate   low  high verdict
        unmitigated       accuracy     0.811 0.793 0.828
        unmitigated equalized_odds     0.168 0.066 0.247
         reweighing       accuracy     0.798 0.780 0.815   shown
         reweighing equalized_odds     0.043 0.019 0.110   shown
        """
        return self._table.copy()

    def gains(self) -> pd.DataFrame:
        """Return how often each group is decided upon positively, with mitigation and without.

        Whether more positive decisions are a gain depends on what they are: with a job they are, with a suspicion not.

        Returns
        -------
        DataFrame
            mitigation, metric (selection_rate, true_positive_rate, false_positive_rate), group, rows, before, after,
            difference, low, high, p_value, p_adjusted (Holm, over all of them), verdict.

        Examples
        --------
        >>> import biasaudit as ba
        >>> hiring = ba.datasets.make_hiring(2_000, label_bias=0.5, proxy_strength=0.8, random_state=0)
        >>> found = ba.mitigation.compare(hiring, ["reweighing"], folds=2, n_jobs=1)
        >>> table = found.gains().query("metric == 'selection_rate'")
        >>> print(table[["group", "before", "after", "difference", "verdict"]].round(3).to_string(index=False))
                   group  before  after  difference verdict
          {'sex': 'man'}   0.141  0.093      -0.048   shown
        {'sex': 'woman'}   0.056  0.092       0.037   shown
        """
        return self._gains.copy()

    @cached_property
    def _gains(self) -> pd.DataFrame:
        counted = self._counted
        return group_changes(
            counted.table,
            list(self.levels),
            independent=counted.independent,
            confidence=self.settings["confidence"],
        )

    def pareto(self) -> pd.DataFrame:
        """Return which mitigations are on the front of the harm against the cost.

        Returns
        -------
        DataFrame
            mitigation, harm, harm_low, harm_high, cost, cost_low, cost_high, on_front (of the point estimates),
            front_share (of 1,000 resamples of the people, those with it on the front), beaten_by (tuple: those shown
            to be better in both, adjusted for all pairs).

        Examples
        --------
        >>> import biasaudit as ba
        >>> hiring = ba.datasets.make_hiring(2_000, label_bias=0.5, proxy_strength=0.8, random_state=0)
        >>> found = ba.mitigation.compare(hiring, ["reweighing"], folds=2, n_jobs=1)
        >>> print(found.pareto()[["mitigation", "harm", "cost", "on_front"]].round(3).to_string(index=False))
         mitigation  harm  cost  on_front
        unmitigated 0.168 0.811      True
         reweighing 0.043 0.798      True
        """
        return self._pareto.copy()

    @cached_property
    def _pareto(self) -> pd.DataFrame:
        found, drawn = self._both
        time = seconds_taken(self.trials.seconds, self.settings["confidence"])[0]
        axes = [get_measure(self.settings[axis]) for axis in ("harm", "cost")]
        values = [found.get(axis.name, time) for axis in axes]
        draws = [drawn.get(a.name, np.broadcast_to(time.value, next(iter(drawn.values())).shape)) for a in axes]
        harm, cost = (-axis.better * value.value for axis, value in zip(axes, values, strict=True))
        drawn_harm, drawn_cost = (-axis.better * draw for axis, draw in zip(axes, draws, strict=True))
        lost = beaten(harm, cost, drawn_harm, drawn_cost, alpha=1 - self.settings["confidence"])
        columns: dict[str, Any] = {"mitigation": self.names}
        for axis, value in zip(("harm", "cost"), values, strict=True):
            columns |= {axis: value.value, f"{axis}_low": value.low, f"{axis}_high": value.high}
        columns["on_front"] = on_front(harm, cost)
        columns["front_share"] = on_front(drawn_harm, drawn_cost).mean(axis=0)
        columns["beaten_by"] = [tuple(np.array(self.names)[row].tolist()) for row in lost]
        return pd.DataFrame(columns)

    def findings(self) -> tuple[Finding, ...]:
        """Return what was found in plain sentences, each with its verdict.

        Returns
        -------
        tuple of Finding

        Examples
        --------
        >>> import biasaudit as ba
        >>> hiring = ba.datasets.make_hiring(2_000, label_bias=0.5, proxy_strength=0.8, random_state=0)
        >>> found = ba.mitigation.compare(hiring, ["reweighing"], folds=2, n_jobs=1)
        >>> [finding.verdict for finding in found.findings()]
        ['shown', 'not shown', 'shown', 'shown']
        """
        from biasaudit.mitigation.sentences import findings

        return findings(self)


def _rows(names: Sequence[str], measure: str, found: Estimates, change: Estimates, p_value: Any) -> pd.DataFrame:
    baseline = np.arange(len(names)) == 0
    columns = {"change": change.value, "change_low": change.low, "change_high": change.high, "p_value": p_value}
    return pd.DataFrame(
        {"mitigation": names, "figure": measure, "estimate": found.value, "low": found.low, "high": found.high}
        | {name: np.where(baseline, np.nan, values) for name, values in columns.items()}
    )
