"""Measures that are no single share: balanced accuracy, prevalence error, AUC, Brier score and calibration.

Each is given by its value in [0, 1] and by what one row adds to it (its influence), and from there is
treated as a share of as many effective rows as would be equally uncertain.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from biasaudit.statistics.crosstab import Crosstab
from biasaudit.statistics.dense import ClusterTotals, all_but_each, cluster_totals, confusion, score_counts
from biasaudit.statistics.effective import Shares, clustered_shares
from biasaudit.statistics.influence import Influence, balanced_accuracy, mean_of_rows, rank_auc
from biasaudit.statistics.metric import Metric
from biasaudit.statistics.rates import UNTOLD, Cell, Rate
from biasaudit.statistics.units import NUMBER

__all__ = [
    "COMPOSITES",
    "Composite",
    "available_composites",
    "composite_shares",
    "composite_totals",
    "composites_of_cells",
]

Floats = NDArray[np.float64]


Inside = Callable[[Floats, Floats, Any], Influence]


@dataclass(frozen=True)
class Composite(Metric):
    """A measure with bounded values that is not one share; its other facts are those of a Metric.

    Parameters
    ----------
    name, label, meaning : str
    undefined : str
        As for a rate.
    inside : callable
        Measures it in each group: from the weights and squared weights of each cell, or of each label and score bin
        where it needs a score, and the scores of the bins.
    lowest : float
        Smallest possible value; the largest is 1.
    averages : bool
        Whether the value over everyone is the mean of the groups' values.
    """

    undefined: str
    inside: Inside
    lowest: float = field(default=0.0, kw_only=True)
    averages: bool = field(default=True, kw_only=True)

    @property
    def scored(self) -> bool:
        """Whether it is measured on scores."""
        return "score" in self.needs or "probability" in self.needs

    def value(self, share: Floats) -> Floats:
        """Turn a share of the way from the smallest to the largest value into the value."""
        return self.lowest + (1 - self.lowest) * share


def _balanced_accuracy(weights: Floats, squares: Floats, scores: Any) -> Influence:
    return balanced_accuracy(weights, squares)


def _auc(weights: Floats, squares: Floats, scores: Any) -> Influence:
    return rank_auc(weights, squares)


def _prevalence_error(weights: Floats, squares: Floats, scores: Any) -> Influence:
    return mean_of_rows(weights, squares, np.array([0.5, 1.0, 0.0, 0.5]))


def _brier(weights: Floats, squares: Floats, scores: Any) -> Influence:
    return mean_of_rows(weights, squares, (scores - LABELS) ** 2)


def _too_high(weights: Floats, squares: Floats, scores: Any) -> Influence:
    return mean_of_rows(weights, squares, (1 + scores - LABELS) / 2)


LABELS = np.array([[0.0], [1.0]])
ANY = Cell.TN | Cell.FP | Cell.FN | Cell.TP
EVERYONE = Rate("everyone", "", "", ANY, ANY, "")
COMPOSITES = (
    Composite(
        "balanced_accuracy",
        "Balanced accuracy",
        "the mean of true positive rate and true negative rate",
        "not both labels",
        _balanced_accuracy,
        source="Brodersen et al. 2010",
        harm="low",
        averages=False,
        zero="nobody is predicted rightly",
        **UNTOLD,
    ),
    Composite(
        "prevalence_error",
        "Prevalence error",
        "selection rate minus base rate: above 0, too many are called positive",
        "no rows",
        _prevalence_error,
        source="Forman 2008",
        lowest=-1.0,
        unit=NUMBER,
        **UNTOLD,
    ),
    Composite(
        "auc",
        "AUC",
        "the chance that a positive case scores above a negative one, from the score bins",
        "not both labels",
        _auc,
        needs=("y_true", "score"),
        source="DeLong, DeLong & Clarke-Pearson 1988",
        also=("roc_auc",),
        unit=NUMBER,
        harm="low",
        told=8,
        printed=False,
        averages=False,
        zero="no positive case scores above a negative one",
    ),
    Composite(
        "brier",
        "Brier score",
        "the mean squared distance between score and label, from the score bins",
        "no rows",
        _brier,
        needs=("y_true", "probability"),
        source="Brier 1950",
        also=("brier_score",),
        unit=NUMBER,
        harm="high",
        zero="every score is right",
        **UNTOLD,
    ),
    Composite(
        "calibration_in_the_large",
        "Calibration in the large",
        "mean score minus base rate: above 0, risks are overstated, from the score bins",
        "no rows",
        _too_high,
        needs=("y_true", "probability"),
        source="Cox 1958",
        lowest=-1.0,
        unit=NUMBER,
        **UNTOLD,
    ),
)


def available_composites(table: Crosstab) -> tuple[Composite, ...]:
    """Return the composites that the columns of `table` define."""
    scored = table.bin_scores is not None
    has = {
        "y_true": table.y_true is not None,
        "y_pred": table.y_pred is not None,
        "score": scored,
        "probability": scored and has_probabilities(table),
    }
    return tuple(c for c in COMPOSITES if all(has[column] for column in c.needs))


def has_probabilities(table: Crosstab) -> bool:
    """Say whether the scores lie within 0–1, so that they can be read as probabilities."""
    scores = table.bin_scores
    return scores is not None and bool(scores.min() >= 0 and scores.max() <= 1)


def composite_shares(table: Crosstab, composites: Sequence[Composite], *, outside: bool = False) -> Shares:
    """Estimate each composite in each group of `table`, or in everyone outside each group.

    Parameters
    ----------
    table : Crosstab
        Binary table, rolled up to the features wanted.
    composites : sequence of Composite
    outside : bool
        Describe the rows outside each group. With clusters their design effect is that of all rows.

    Returns
    -------
    Shares
        Shares of the way from the smallest to the largest value; `numerator` is NaN.
    """
    shares = _laid_out([_influence(table, composite, outside) for composite in composites], table.shape_size)
    if table.cluster is None or not composites:
        return shares
    return _design_effect(table, composites) if not outside else _like_everyone(table, composites, shares)


def composites_of_cells(
    cells: Floats, scored: Floats | None, composites: Sequence[Composite], scores: Floats | None
) -> Shares:
    """Estimate each composite from rows that count as one each.

    Parameters
    ----------
    cells : float array of shape (groups, 4)
        Rows of TN, FP, FN and TP.
    scored : float array of shape (groups, 2, bins), optional
        Rows by label and score bin.
    composites : sequence of Composite
    scores : float array of shape (bins,), optional
    """
    parts = []
    for composite in composites:
        rows = scored if composite.scored else cells
        assert rows is not None
        parts.append(composite.inside(rows, rows, scores))
    return _laid_out(parts, len(cells))


def _laid_out(parts: Sequence[Influence], groups: int) -> Shares:
    if not parts:
        empty = np.empty((0, groups))
        return Shares(empty, empty, empty, empty, empty)
    share = np.array([part.share for part in parts])
    eligible = np.array([part.rows for part in parts])
    nobs = np.array([part.independent_rows for part in parts])
    return Shares(np.full(share.shape, np.nan), eligible, share, nobs, np.full(share.shape, np.inf))


def _influence(table: Crosstab, composite: Composite, outside: bool) -> Influence:
    count = score_counts if composite.scored else confusion
    weights, squares = count(table), count(table, squared=True)
    if outside:
        weights, squares = all_but_each(weights), all_but_each(squares)
    return composite.inside(weights, squares, table.bin_scores)


def _design_effect(table: Crosstab, composites: Sequence[Composite]) -> Shares:
    """Replace the variance between rows by that between clusters."""
    parts = [_influence(table, composite, outside=False) for composite in composites]
    totals = _totals(table, parts)
    fewest = np.minimum([part.fewest for part in parts], totals.clusters)
    nobs = np.array([part.effective_rows(part.variance(), few) for part, few in zip(parts, fewest, strict=True)])
    share, rows = np.array([part.share for part in parts]), np.array([part.rows for part in parts])
    plain = Shares(np.full(share.shape, np.nan), rows, share, nobs, np.full(share.shape, np.inf))
    found = clustered_shares(plain, totals)
    return replace(found, nobs=found.nobs * np.array([part.kept for part in parts]))


def composite_totals(table: Crosstab, composites: Sequence[Composite]) -> ClusterTotals:
    """Lay each measure out as the share whose residuals are its influences, so that clusters tell of both alike."""
    return _totals(table, [_influence(table, composite, outside=False) for composite in composites])


def _totals(table: Crosstab, parts: Sequence[Influence]) -> ClusterTotals:
    of_rows = cluster_totals(table, [EVERYONE])
    weights = table.rows if table.weight is None else table.weight
    index = of_rows.at(table)
    numerator = []
    for part in parts:
        adds = np.bincount(
            index, weights=(weights * np.nan_to_num(part.at(table)))[table.usable], minlength=len(of_rows.group)
        )
        rows, share = np.nan_to_num(part.rows)[of_rows.group], np.nan_to_num(part.share)[of_rows.group]
        numerator.append(rows * adds + share * of_rows.denominator[0])
    repeated = [np.repeat(values, len(parts), axis=0) for values in (of_rows.denominator, of_rows.squares)]
    return replace(of_rows, numerator=np.array(numerator), denominator=repeated[0], squares=repeated[1])


def _like_everyone(table: Crosstab, composites: Sequence[Composite], shares: Shares) -> Shares:
    everyone = table.rollup(())
    clustered = composite_shares(everyone, composites)
    independent = composite_shares(everyone.without_clusters(), composites)
    with np.errstate(invalid="ignore", divide="ignore"):
        shrink = np.nan_to_num(clustered.nobs / independent.nobs)
    return replace(shares, nobs=shares.nobs * shrink, df=np.broadcast_to(clustered.df, shares.share.shape))
