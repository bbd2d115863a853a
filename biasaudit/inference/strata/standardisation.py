"""How much of a gap in a rate comes from the scores of groups, and how much from what happens at equal scores."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import numpy as np

from biasaudit.arraytypes import Floats, Ints
from biasaudit.counts.table.crosstab import Crosstab
from biasaudit.metrics.rates import Rate
from biasaudit.metrics.wilson import critical_value

__all__ = ["COMPONENTS", "ScoreDecomposition", "decompose_by_score"]

COMPONENTS = ("gap", "scores", "outcomes", "decisions", "left")
MAX_BINS, ROWS_PER_BIN = 20, 20
# With fewer people on either side of a rate a normal interval does not hold.
MIN_ROWS = 5
# A line on the score changes decisions once; where it falls into a bin, that bin is mixed.
MAX_DECISION_CHANGES = 2
COMBINATIONS = tuple(product((0, 1), repeat=3))


@dataclass(frozen=True)
class ScoreDecomposition:
    """The gap of a rate between two groups, first minus second, in parts that add up to it.

    Parameters
    ----------
    estimate, low, high : float array of shape (5,)
        The gap; what comes from the scores that people of the groups have, from how often a label is positive at
        equal scores, and from decisions at equal scores and labels; and what would be left if both groups had the
        same scores: the last two together. NaN where the groups are too few.
    bins : int
        Bins in which scores are taken for equal.
    """

    estimate: Floats
    low: Floats
    high: Floats
    bins: int


def decompose_by_score(
    table: Crosstab, rate: Rate, first: int, second: int, *, confidence: float = 0.95
) -> ScoreDecomposition:
    """Take the gap of a rate between two groups apart by their scores.

    Each group's rate follows from three things: how its scores are spread, how often a label is positive at each score,
    and how often a decision is at each score and label. One of them is exchanged after the other, in all orders, and
    the changes are averaged: no order comes first, and nothing is left over.

    Parameters
    ----------
    table : Crosstab
        Binary table with labels, decisions and scores, rolled up to one split.
    rate : Rate
        Of decisions, such as the false positive rate, or the selection rate, which no label changes.
    first, second : int
        Groups of the table.
    confidence : float
        Of the intervals: by the delta method on the counts of both groups, clusters and weights as they are, the bins
        for given.

    Returns
    -------
    ScoreDecomposition
        Scores are equal within bins of about equally many rows, 20 at most, twenty rows of the smaller group in each on
        average. A bin never holds both sides of a line that decides. What a group lacks in a bin is taken from the
        other one.

    References
    ----------
    Kitagawa (1955), "Components of a difference between two rates", JASA 50. Das Gupta (1993), "Standardization and
    decomposition of rates", for more than two parts.
    """
    rows = _counts(table, rate, (first, second), table.rows)
    sides = np.stack([rows[..., 1].sum(axis=-1), rows[..., 2].sum(axis=-1)])
    if sides.min() < MIN_ROWS:
        nothing = np.full(len(COMPONENTS), np.nan)
        return ScoreDecomposition(nothing, nothing, nothing, 0)
    wide = _wide_bins(rows, _decision_counts(table, (first, second)))
    membership = np.eye(int(wide.max()) + 1)[wide]
    weighted = table.rows if table.weight is None else table.weight
    squared = table.rows if table.weight_squared is None else table.weight_squared
    counts, squares = (
        np.einsum("gbk,bw->gwk", _counts(table, rate, (first, second), values), membership)
        for values in (weighted, squared)
    )
    estimate, moves = _decompose(counts, squares)
    variance, df = _variance(table, rate, (first, second), wide, counts=counts, squares=squares, moves=moves)
    half = critical_value(confidence, df) * np.sqrt(variance)
    low, high = np.clip(estimate - half, -1, 1), np.clip(estimate + half, -1, 1)
    return ScoreDecomposition(estimate, low, high, membership.shape[1])


def _cell_kind(table: Crosstab, rate: Rate) -> Ints:
    """Say of each cell whether it is not eligible (0), eligible and not counted (1), or counted (2)."""
    assert table.y_true is not None
    assert table.y_pred is not None
    cell = 2 * table.y_true + table.y_pred
    among, counted = rate.among.mask.astype(int), rate.counted.mask.astype(int)
    return np.asarray((among + counted)[cell])


def _counts(table: Crosstab, rate: Rate, groups: tuple[int, int], values: Ints | Floats) -> Floats:
    """Sum the values of cells by group, fine bin and kind of cell: shape (2, bins, 3)."""
    assert table.score_bin is not None
    assert table.bin_scores is not None
    bins, use = len(table.bin_scores), table.usable
    index = (table.group * bins + table.score_bin) * 3 + _cell_kind(table, rate)
    flat = np.bincount(index[use], weights=values[use], minlength=table.shape_size * bins * 3)
    return np.asarray(flat.reshape(-1, bins, 3)[list(groups)], dtype=float)


def _decision_counts(table: Crosstab, groups: tuple[int, int]) -> Floats:
    """Count rows of both groups by fine bin and decision, shape (bins, 2)."""
    assert table.score_bin is not None
    assert table.bin_scores is not None
    assert table.y_pred is not None
    use = table.usable & np.isin(table.group, groups)
    index = table.score_bin * 2 + table.y_pred
    flat = np.bincount(index[use], weights=table.rows[use], minlength=2 * len(table.bin_scores))
    return np.asarray(flat.reshape(-1, 2), dtype=float)


def _wide_bins(rows: Floats, decisions: Floats) -> Ints:
    """Join fine bins into wide ones of about equally many rows of both groups, but not across a line that decides."""
    by_bin = rows.sum(axis=2)
    n_bins = int(np.clip(by_bin.sum(axis=1).min() // ROWS_PER_BIN, 1, MAX_BINS))
    proportion = (by_bin / by_bin.sum(axis=1, keepdims=True)).mean(axis=0)
    equal_bins = np.minimum(((np.cumsum(proportion) - proportion / 2) * n_bins).astype(int), n_bins - 1)
    # 0 where all are decided negatively, 2 where all positively, 1 where some are; empty bins follow the one before.
    state = np.sign(decisions[:, 1]) - np.sign(decisions[:, 0]) + 1
    occupied = decisions.sum(axis=1) > 0
    state = state[np.maximum.accumulate(np.where(occupied, np.arange(len(occupied)), occupied.argmax()))]
    segment = np.cumsum(np.diff(state, prepend=state[0]) != 0)
    segment = segment if segment[-1] <= MAX_DECISION_CHANGES else np.zeros_like(segment)
    return np.asarray(np.unique(segment * n_bins + equal_bins, return_inverse=True)[1])


def _decompose(counts: Floats, squares: Floats) -> tuple[Floats, Floats]:
    """Return the parts, and how each moves with a row of weight 1 of each group, bin and kind, over its group's weight.

    Shapes are (parts,) and (parts, 2, bins, 3).
    """
    at = counts.sum(axis=2)
    eligible, counted = counts[..., 1:].sum(axis=2), counts[..., 2]
    spread = at / at.sum(axis=1, keepdims=True)
    label_rate, of_label = _shares_with_fallback(eligible, at)
    decision_rate, of_decision = _shares_with_fallback(counted, eligible)
    values, moves = [], []
    for one, two, three in COMBINATIONS:
        f, e, d = spread[one], label_rate[two], decision_rate[three]
        weight = (f * e).sum()
        with np.errstate(invalid="ignore", divide="ignore"):
            value = (f * e * d).sum() / weight
            slopes = np.zeros((3, *spread.shape))
            bins = np.arange(len(f))
            slopes[0, one] = e * (d - value) / weight
            slopes[1, of_label[two], bins] = f * (d - value) / weight
            slopes[2, of_decision[three], bins] = f * e / weight
        values.append(value)
        moves.append(slopes)
    shares = _component_weights()
    slopes = np.einsum("pw,wsgb->psgb", shares, np.array(moves))
    corrections = _jackknife_factor(at, squares.sum(axis=2)), _jackknife_factor(eligible, squares[..., 1:].sum(axis=2))
    return shares @ np.array(values), _influence(slopes, spread, label_rate, decision_rate, corrections)


def _shares_with_fallback(part: Floats, whole: Floats) -> tuple[Floats, Ints]:
    """Return shares by group and bin, and whose they are: where a group has nobody, those of the other."""
    group = np.arange(2)[:, None]
    source = np.where((whole == 0) & (whole[::-1] > 0), 1 - group, group)
    share = np.divide(part, whole, out=np.zeros_like(part), where=whole > 0)
    return np.asarray(share[source, np.arange(share.shape[1])]), source


def _component_weights() -> Floats:
    """How much each way to mix the three things of both groups counts in each part, shape (parts, ways)."""
    ways = np.array(COMBINATIONS)
    shares = [np.where(ways.sum(axis=1) == 0, 1.0, np.where(ways.sum(axis=1) == 3, -1.0, 0.0))]
    for factor in range(3):
        others = np.delete(ways, factor, axis=1)
        # Of the six orders two exchange it first, two last, and one each after one of the others.
        weight = np.where(others[:, 0] == others[:, 1], 1 / 3, 1 / 6)
        shares.append(np.where(ways[:, factor] == 0, weight, -weight))
    return np.array([*shares, shares[2] + shares[3]])


def _jackknife_factor(weight: Floats, squares: Floats) -> Floats:
    """How much further off a bin's rate would be without a row of it than with it: the jackknife's n / (n - 1)."""
    rows = np.divide(weight**2, squares, out=np.ones_like(weight), where=squares > 0)
    return np.asarray(np.divide(rows, rows - 1, out=np.ones_like(rows), where=rows > 1))


def _influence(
    slopes: Floats, spread: Floats, label_rate: Floats, decision_rate: Floats, corrections: tuple[Floats, Floats]
) -> Floats:
    eligible, counted = np.array([0.0, 1.0, 1.0]), np.array([0.0, 0.0, 1.0])
    by_score, by_label, by_decision = (slopes[:, factor, ..., None] for factor in range(3))
    f, e, d, in_bin, in_eligible = (part[..., None] for part in (spread, label_rate, decision_rate, *corrections))
    with np.errstate(invalid="ignore", divide="ignore"):
        # What all scores gain alike changes nothing, so that there is no mean to take off.
        moved = by_score + np.where(f > 0, in_bin * by_label * (eligible - e) / f, 0.0)
        moved_by = in_eligible * by_decision * eligible * (counted - d) / (f * e)
        return np.asarray(moved + np.where(f * e > 0, moved_by, 0.0))


def _variance(
    table: Crosstab, rate: Rate, groups: tuple[int, int], wide: Ints, *, counts: Floats, squares: Floats, moves: Floats
) -> tuple[Floats, float]:
    """Return the variance of each part, and its degrees of freedom: infinite without clusters."""
    total = counts.sum(axis=(1, 2))
    moves = moves / total[:, None, None]
    if table.cluster is None:
        return (squares * moves**2).sum(axis=(1, 2, 3)), np.inf
    assert table.score_bin is not None
    use = table.usable & np.isin(table.group, groups)
    side = (table.group == groups[1]).astype(int)[use]
    cluster = np.unique(table.cluster[use], return_inverse=True)[1]
    weight = (table.rows if table.weight is None else table.weight)[use]
    each = moves[:, side, wide[table.score_bin[use]], _cell_kind(table, rate)[use]] * weight
    sums = np.array([np.bincount(cluster, weights=row) for row in each])
    sizes = [np.bincount(cluster, weights=weight * (side == g)) for g in (0, 1)]
    # The group that has fewer clusters, and as many of like size as they are worth.
    clusters = min(int((size > 0).sum()) for size in sizes)
    like = min(float(size.sum() ** 2 / (size**2).sum()) for size in sizes)
    if clusters < 2:
        return np.full(len(COMPONENTS), np.nan), np.nan
    return (sums**2).sum(axis=1) * clusters / (clusters - 1), like - 1
