"""The figures of a comparison, from counts: each with its interval, and its change against the unmitigated model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from biasaudit.arraytypes import Floats, Ints
from biasaudit.counts.table.crosstab import Crosstab
from biasaudit.inference.intervals.closed_form import mover_difference
from biasaudit.inference.intervals.spread import spread_interval, spread_intervals
from biasaudit.inference.measures import rate_interval
from biasaudit.inference.variance.composite_shares import composite_shares
from biasaudit.inference.variance.effective import Shares, group_shares
from biasaudit.inference.variance.resampling import resample
from biasaudit.lookup import by_name
from biasaudit.metrics.composites import get_composite
from biasaudit.metrics.rates import get_rate
from biasaudit.metrics.wilson import critical_value

__all__ = [
    "MEASURES",
    "NUMBER_MEASURES",
    "REPLICATES",
    "Counts",
    "Estimates",
    "Measure",
    "changes",
    "count_trials",
    "get_measure",
    "seconds_taken",
]

REPLICATES = 1_000
SPREAD_RATES = tuple(get_rate(name) for name in ("selection_rate", "true_positive_rate", "false_positive_rate"))
ACCURACY = get_rate("accuracy")
BALANCED = get_composite("balanced_accuracy")


@dataclass(frozen=True)
class Measure:
    """A figure that mitigations are compared by.

    Parameters
    ----------
    name, label : str
    better : {1, -1}
        Whether more of it is better or less.
    harm : bool
        Whether it measures a gap between groups rather than a cost.
    short : str
        Head of its column.
    """

    name: str
    label: str
    better: int
    harm: bool
    short: str


MEASURES = (
    Measure("accuracy", "accuracy", 1, False, "Accuracy"),
    Measure("balanced_accuracy", "balanced accuracy", 1, False, "Balanced accuracy"),
    Measure("selection_ratio", "ratio of selection rates", 1, True, "Selection ratio"),
    Measure("demographic_parity", "gap in selection rates", -1, True, "Selection gap"),
    Measure("equalized_odds", "equalized odds gap", -1, True, "Equalized odds gap"),
    Measure("true_accuracy", "accuracy against the true label", 1, False, "True accuracy"),
    Measure("seconds", "seconds to train", -1, False, "Seconds"),
)
NUMBER_MEASURES = (
    Measure("root_mean_squared_error", "root mean squared error", -1, False, "RMSE"),
    Measure("r_squared", "R²", 1, False, "R²"),
    Measure("mean_prediction", "gap in mean predictions", -1, True, "Prediction gap"),
    Measure("mean_error", "gap in mean errors", -1, True, "Error gap"),
    Measure("mean_absolute_error", "gap in mean absolute errors", -1, True, "Absolute error gap"),
    Measure("true_root_mean_squared_error", "root mean squared error against the true label", -1, False, "True RMSE"),
    MEASURES[-1],
)


@dataclass(frozen=True)
class Estimates:
    """Values of one figure and their intervals; every array has shape (mitigations,)."""

    value: Floats
    low: Floats
    high: Floats


def count_trials(
    names: Sequence[str], predictions: NDArray[np.int8], y: Ints, groups: Ints, levels: Sequence[str], cluster: Ints
) -> Crosstab:
    """Count decisions by mitigation, group, label and cluster.

    Parameters
    ----------
    names : sequence of str
        Mitigations.
    predictions : int array of shape (mitigations, repeats, rows)
    y, groups, cluster : int array of shape (rows,)
    levels : sequence of str
        Names of the groups.
    """
    shape = predictions.shape
    mitigation = np.broadcast_to(np.arange(shape[0])[:, None, None], shape)
    codes = np.stack([mitigation.ravel(), np.broadcast_to(groups, shape).ravel()], axis=1)
    return Crosstab(
        features=("mitigation", "group"),
        levels=(tuple(names), tuple(levels)),
        classes=("0", "1"),
        codes=codes.astype(np.int64),
        y_true=np.broadcast_to(y, shape).ravel().astype(np.int64),
        y_pred=predictions.ravel().astype(np.int64),
        cluster=np.broadcast_to(cluster, shape).ravel().astype(np.int64),
        rows=np.ones(predictions.size, dtype=np.int64),
    ).merge_cells()


@dataclass(frozen=True, eq=False)
class Counts:
    """Counts of a comparison and the figures they give.

    Parameters
    ----------
    table : Crosstab
        Counts by mitigation, group, label and cluster.
    large : bool array of shape (groups,)
        Groups with enough people to measure gaps by.
    independent : bool
        Whether every row is a cluster of its own and decided once, so that rows need no clusters.
    confidence : float
    random_state : int
        Seed of the resamples.
    """

    table: Crosstab
    large: NDArray[np.bool_]
    independent: bool
    confidence: float
    random_state: int

    @cached_property
    def _plain(self) -> Crosstab:
        return self.table.without_clusters() if self.independent else self.table

    @cached_property
    def _by_group(self) -> Shares:
        """Selection, true positive and false positive rate, shape (3, mitigations, large groups)."""
        size = (len(SPREAD_RATES), len(self.table.levels[0]), len(self.large))
        return group_shares(self._plain, SPREAD_RATES).each(lambda a: a.reshape(size)[:, :, self.large])

    def estimates(self) -> dict[str, Estimates]:
        """Estimate every figure but the seconds."""
        overall = self._plain.rollup(["mitigation"])
        out = {
            "accuracy": self._rate(group_shares(overall, [ACCURACY]), ACCURACY),
            "balanced_accuracy": self._rate(composite_shares(overall, [BALANCED]), BALANCED),
        }
        shares = self._by_group
        x, n = np.nan_to_num(shares.count), np.where(np.isnan(shares.share), 0.0, shares.nobs)
        gaps = np.ptp(shares.share, axis=2)
        (low, high), (ratio_low, ratio_high) = spread_intervals(x, n, confidence=self.confidence, df=shares.df)
        # The larger of two gaps is at least the lower limit of either when both are judged at once.
        joint = spread_interval(x[1:], n[1:], confidence=(1 + self.confidence) / 2, df=shares.df[1:])[0]
        with np.errstate(invalid="ignore", divide="ignore"):
            ratio = shares.share[0].min(axis=1) / shares.share[0].max(axis=1)
        out["selection_ratio"] = _known(ratio, ratio_low[0], ratio_high[0])
        out["demographic_parity"] = _known(gaps[0], low[0], high[0])
        out["equalized_odds"] = _known(gaps[1:].max(axis=0), joint.max(axis=0), high[1:].max(axis=0))
        return out

    def _rate(self, shares: Shares, measure: object) -> Estimates:
        value, low, high = rate_interval([measure], shares, self.confidence)  # type: ignore[list-item]
        return Estimates(value[0], low[0], high[0])

    def resampled(self) -> dict[str, Floats]:
        """Compute every figure on resamples of the clusters, shape (replicates, mitigations)."""
        drawn = resample(self.table, REPLICATES, random_state=self.random_state)
        cells = drawn.reshape(REPLICATES, len(self.table.levels[0]), len(self.large), 4)
        total = cells.sum(axis=2)
        tnr, tpr = (get_rate(f"true_{side}_rate").estimate(total) for side in ("negative", "positive"))
        selected, true, false = (rate.estimate(cells[:, :, self.large]) for rate in SPREAD_RATES)
        with np.errstate(invalid="ignore", divide="ignore"):
            ratio = selected.min(axis=2) / selected.max(axis=2)
        return {
            "accuracy": ACCURACY.estimate(total),
            "balanced_accuracy": (tnr + tpr) / 2,
            "selection_ratio": ratio,
            "demographic_parity": np.ptp(selected, axis=2),
            "equalized_odds": np.maximum(np.ptp(true, axis=2), np.ptp(false, axis=2)),
        }


def _known(value: Floats, low: Floats, high: Floats) -> Estimates:
    """Leave a figure undefined wherever one of its groups is."""
    return Estimates(value, *(np.where(np.isnan(value), np.nan, limit) for limit in (low, high)))


def changes(found: Estimates, drawn: Floats) -> tuple[Estimates, Floats]:
    """Compare each mitigation with the first, the unmitigated one: difference, its interval and p-value.

    The interval joins those of the two figures; how far they go up and down together, being of the same people, is
    taken from the resamples.

    Parameters
    ----------
    found : Estimates
    drawn : float array of shape (replicates, mitigations)

    Notes
    -----
    Where a mitigation mends the gaps of four groups or more to nothing, chance alone leaves some of it in the estimate:
    the change is told too small, and its 95 % interval holds it in 88 to 91 % of 300 simulated samples of 1,500 rows.
    In the other cases tried it does so in 92 to 98 %.

    References
    ----------
    Zou and Donner (2008), "Construction of confidence limits about effect measures", equation 2.
    """
    usable = drawn[~np.isnan(drawn).any(axis=1)]
    together = _correlation(usable)
    first = (found.value[0], found.low[0], found.high[0])
    low, high = mover_difference(found.value, found.low, found.high, *first, correlation=together)
    difference = found.value - found.value[0]
    # Chance widens a gap of several groups the more, the smaller it is: by so much more than in the estimate itself
    # the resamples show. The interval makes room on that side.
    excess = usable.mean(axis=0) - found.value if len(usable) else np.zeros(difference.shape)
    tilt = excess - excess[0]
    low, high = low - np.maximum(tilt, 0), high + np.maximum(-tilt, 0)
    same = together >= 1
    low, high = (np.where(same, difference, limit) for limit in (low, high))
    apart = (usable - usable[:, :1]).std(axis=0) if len(usable) else np.full(difference.shape, np.nan)
    with np.errstate(invalid="ignore", divide="ignore"):
        p_value = np.where(apart > 0, 2 * ndtr(-np.abs(difference) / apart), 1.0)
    return Estimates(difference, low, high), np.where(np.isnan(difference), np.nan, p_value)


def _correlation(drawn: Floats) -> Floats:
    """Correlate each column with the first; 1 where they are the same in every resample."""
    if not len(drawn):
        return np.zeros(drawn.shape[1])
    centred = drawn - drawn.mean(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        size = np.sqrt((centred**2).sum(axis=0))
        r = (centred * centred[:, :1]).sum(axis=0) / (size * size[0])
    return np.where((drawn == drawn[:, :1]).all(axis=0), 1.0, np.clip(np.nan_to_num(r), -1, 1 - 1e-12))


def seconds_taken(taken: Floats, confidence: float) -> tuple[Estimates, Estimates]:
    """Estimate the typical seconds of a fit and how many more they are than without mitigation.

    Parameters
    ----------
    taken : float array of shape (mitigations, fits)

    Returns
    -------
    seconds : Estimates
        Geometric means with t intervals of the logarithm, so that none is negative.
    change : Estimates
        Means of the differences within each fit, with t intervals.
    """
    logarithm = _mean(np.log(taken), confidence)
    seconds = Estimates(*(np.exp(a) for a in (logarithm.value, logarithm.low, logarithm.high)))
    return seconds, _mean(taken - taken[:1], confidence)


def _mean(values: Floats, confidence: float) -> Estimates:
    n = values.shape[1]
    half = critical_value(confidence, n - 1) * values.std(axis=1, ddof=1) / np.sqrt(n)
    mean = values.mean(axis=1)
    return Estimates(mean, mean - half, mean + half)


def get_measure(name: str, *, harm: bool | None = None, outcome: str | None = None) -> Measure:
    """Look a measure up by its name, among harms or costs alone, or those of a kind of label, where asked.

    Raises
    ------
    AuditError
        If there is no such measure.

    Examples
    --------
    >>> get_measure("equalized_odds", harm=True).better
    -1
    """
    numbers = outcome == "number" or (outcome is None and name in {row.name for row in NUMBER_MEASURES})
    rows = NUMBER_MEASURES if numbers else MEASURES
    possible = [measure for measure in rows if harm is None or measure.harm == harm]
    kind = {None: "figure", True: "harm", False: "cost"}[harm]
    return by_name(possible, name, f"a {kind} to compare by", "Those there are")
