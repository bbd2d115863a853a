"""How well a score ranks within a term and across terms: subgroup, BPSN and BNSP AUC, all terms at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import sparse, stats

from biasaudit.arraytypes import Bools, Floats, Ints
from biasaudit.metrics.wilson import critical_value

__all__ = ["AUC_KINDS", "IdentityAuc", "identity_auc", "power_mean"]

EstimateWithLimits = tuple[Floats, Floats, Floats]
AUC_KINDS = ("subgroup_auc", "bpsn_auc", "bnsp_auc")
# Cells of equal size that scores are cut to for the part of the variance that every term shares with all clusters.
N_CELLS = 1_024
# Clusters that rows without any are dealt into: as sure, and held in memory.
MAX_CLUSTERS = 5_000
# Fewer clusters of either kind may seem surer than they are: they take the variance that they would have at most.
MIN_CLUSTERS = 30
# Where nothing is out of order, the limit is that of nothing seen among as many clusters (Jovanovic and Levy 1997).
NONE_SEEN_LIMIT = 3.0


@dataclass(frozen=True, eq=False)
class _AucParts:
    """AUC of each term, what clusters add to it, shape (terms, clusters), and how many there are of either kind."""

    auc: Floats
    influence: Floats
    n_own: Floats
    n_others: Floats


@dataclass(frozen=True, eq=False)
class IdentityAuc:
    """AUC of each term and kind, and of all rows.

    Parameters
    ----------
    estimate, low, high : float array of shape (3, terms)
        In the order of :data:`AUC_KINDS`; NaN where a term has no positives or no negatives.
    overall : tuple of float
        Estimate, low and high over all rows.
    """

    estimate: Floats
    low: Floats
    high: Floats
    overall: tuple[float, float, float]


def identity_auc(
    y_true: ArrayLike, score: ArrayLike, term: ArrayLike, cluster: ArrayLike | None = None, *, confidence: float = 0.95
) -> IdentityAuc:
    """Return the AUC of each term, within it and against the background.

    The subgroup AUC compares positives and negatives of the term; BPSN AUC positives of the background with negatives
    of the term; BNSP AUC positives of the term with negatives of the background. Ties count half.

    Parameters
    ----------
    y_true : array of shape (rows,)
        0 or 1, both there.
    score : float array of shape (rows,)
        Finite.
    term : int array of shape (rows,)
        Term of each row, counted from 0; -1 for none, which is background to every term.
    cluster : int array of shape (rows,), optional
        Rows that belong together, counted from 0; each row by itself otherwise.
    confidence : float

    Returns
    -------
    IdentityAuc
        Intervals are Student's t on the logit scale, from placements summed by cluster. Scores are cut to 1,024 cells
        of equal size in one part of the variance, and nowhere in the estimate.

    References
    ----------
    Borkan, Dixon, Sorensen, Thain and Vasserman (2019), "Nuanced metrics for measuring unintended bias with real data
    for text classification".
    DeLong, DeLong and Clarke-Pearson (1988); Obuchowski (1997), for clusters; Perme and Manevski (2019), for the scale.

    Examples
    --------
    >>> y = [0, 0, 0, 1, 1, 0, 0, 0, 1, 1]
    >>> score = [0.1, 0.35, 0.62, 0.7, 0.9, 0.05, 0.2, 0.4, 0.55, 0.8]
    >>> found = identity_auc(y, score, [0] * 5 + [-1] * 5)
    >>> [round(float(value), 6) for value in (found.overall[0], *found.estimate[:, 0])]
    [0.958333, 1.0, 0.833333, 1.0]
    """
    positive = np.asarray(y_true, dtype=bool)
    term_of_row = np.asarray(term, dtype=np.int64)
    rank: Ints = np.unique(np.asarray(score, dtype=float), return_inverse=True)[1]
    terms = int(term_of_row.max(initial=-1)) + 1
    cluster_of_row = _row_clusters(len(term_of_row)) if cluster is None else np.asarray(cluster, dtype=np.int64)
    table = _Placements(positive, rank, term_of_row, cluster_of_row, terms)
    within, bpsn, bnsp = table.within(), table.bpsn(), table.bnsp()
    parts = [_interval(part, confidence) for part in (within, bpsn, bnsp)]
    estimate, low, high = (np.stack([part[i] for part in parts]) for i in range(3))
    overall = _interval(table.overall(), confidence)
    return IdentityAuc(estimate, low, high, (float(overall[0][0]), float(overall[1][0]), float(overall[2][0])))


def _row_clusters(rows: int) -> Ints:
    """Give each row a cluster of its own; where that is more than memory should hold, deal rows out at random."""
    own_cluster: Ints = np.arange(rows)
    return own_cluster if rows <= MAX_CLUSTERS else np.random.default_rng(0).permutation(rows) % MAX_CLUSTERS


class _Placements:
    """What share of the other kind each row is on the right side of: within its term, and over all rows."""

    def __init__(self, positive: Bools, rank: Ints, term: Ints, cluster: Ints, terms: int) -> None:
        self.positive, self.rank, self.term, self.terms = positive, rank, term, terms
        self.clusters, self.cluster = int(cluster.max()) + 1, cluster
        known = term >= 0
        self.positives = np.bincount(term[known & positive], minlength=terms).astype(float)
        self.negatives = np.bincount(term[known & ~positive], minlength=terms).astype(float)
        self._ones = np.ones(len(term))
        # Rows of the other kind that are on the right side: below a positive, above a negative.
        self.everywhere = self._right_side(np.zeros_like(term), rank)
        self.at_home = self._right_side(term, rank)

    def _right_side(self, group: Ints, rank: Ints) -> Floats:
        """Count the rows of the other kind in the group that are on the right side of each row, ties half."""
        key = (group - group.min()) * (int(rank.max()) + 1) + rank
        start = (group - group.min()) * (int(rank.max()) + 1)
        right: Floats = np.empty(len(key))
        for positive in (True, False):
            rows, others = self.positive == positive, np.sort(key[self.positive != positive])
            first, below = np.searchsorted(others, start[rows]), np.searchsorted(others, key[rows])
            upto = np.searchsorted(others, key[rows], "right")
            last = np.searchsorted(others, start[rows] + int(rank.max()), "right")
            middle = (below + upto) / 2
            right[rows] = middle - first if positive else last - middle
        return right

    def _by_term(self, values: Floats, rows: Bools) -> Floats:
        rows = rows & (self.term >= 0)
        return np.bincount(self.term[rows], weights=values[rows], minlength=self.terms).astype(np.float64)

    def _spread(self, values: Floats, rows: Bools) -> Floats:
        """Sum over rows of each term and cluster, shape (terms, clusters)."""
        rows = rows & (self.term >= 0)
        at = self.term[rows] * self.clusters + self.cluster[rows]
        found = np.bincount(at, weights=values[rows], minlength=self.terms * self.clusters)
        return found.reshape(self.terms, self.clusters).astype(np.float64)

    def overall(self) -> _AucParts:
        """Compare all positives with all negatives."""
        m, n = self.positive.sum(), (~self.positive).sum()
        share = np.where(self.positive, self.everywhere / n, self.everywhere / m)
        auc = share[self.positive].mean()
        sums = np.bincount(self.cluster, weights=(share - auc) / np.where(self.positive, m, n))
        kinds = (np.array([float(len(np.unique(self.cluster[self.positive == kind])))]) for kind in (True, False))
        return _AucParts(np.array([auc]), sums.astype(np.float64)[None], *kinds)

    def _of_kind(self, rows: Bools) -> Floats:
        """Count the clusters that each term has of a kind."""
        return np.asarray((self._spread(self._ones, rows) > 0).sum(axis=1), dtype=float)

    def within(self) -> _AucParts:
        """Positives of a term against its negatives."""
        up = self.positive
        with np.errstate(invalid="ignore", divide="ignore"):
            auc = self._by_term(self.at_home, up) / (self.positives * self.negatives)
            above, below = (
                (self._spread(self.at_home, rows) / other[:, None] - auc[:, None] * self._spread(self._ones, rows))
                / own[:, None]
                for rows, own, other in ((up, self.positives, self.negatives), (~up, self.negatives, self.positives))
            )
        return _AucParts(auc, above + below, self._of_kind(up), self._of_kind(~up))

    def bpsn(self) -> _AucParts:
        """Positives of the background against negatives of a term."""
        return self._against_background(~self.positive, self.negatives, self.positives)

    def bnsp(self) -> _AucParts:
        """Positives of a term against negatives of the background."""
        return self._against_background(self.positive, self.positives, self.negatives)

    def _against_background(self, rows: Bools, own: Floats, others: Floats) -> _AucParts:
        """Compare rows of one kind of each term with rows of the other kind of all other terms."""
        background = (~rows).sum() - others
        outside = self.everywhere - np.where(self.term >= 0, self.at_home, 0)
        with np.errstate(invalid="ignore", divide="ignore"):
            auc = self._by_term(outside, rows) / (own * background)
            own_sums = self._spread(outside, rows) / background[:, None] - auc[:, None] * self._spread(self._ones, rows)
            other_sums = self._shared_sums(rows, own) - self._spread(self.at_home, ~rows) / own[:, None]
            count = np.bincount(self.cluster[~rows], minlength=self.clusters) - self._spread(self._ones, ~rows)
            influence = own_sums / own[:, None] + (other_sums - auc[:, None] * count) / background[:, None]
        return _AucParts(auc, influence, self._of_kind(rows), (count > 0).sum(axis=1).astype(float))

    def _shared_sums(self, rows: Bools, own: Floats) -> Floats:
        """Sum, by term and cluster, how rows of the other kind in any term stand to the term's rows, by cells."""
        cell = self._cells()
        size = int(cell.max()) + 1
        known = rows & (self.term >= 0)
        own_counts = np.bincount(self.term[known] * size + cell[known], minlength=self.terms * size).reshape(
            self.terms, size
        )
        below = np.cumsum(own_counts, axis=1) - own_counts / 2
        right = below if not rows[self.positive].any() else own[:, None] - below
        cells_of_others = self.cluster[~rows], cell[~rows]
        cluster_counts = sparse.csr_array(
            (self._ones[: len(cells_of_others[0])], cells_of_others), shape=(self.clusters, size)
        )
        found: Floats = (cluster_counts @ (right / own[:, None]).T).T
        return found

    def _cells(self) -> Ints:
        """Cut ranks to cells with about as many rows each; as they are where they are few."""
        if int(self.rank.max()) < N_CELLS:
            return self.rank
        order = stats.rankdata(self.rank, method="average")
        return np.unique((order * N_CELLS / (len(order) + 1)).astype(np.int64), return_inverse=True)[1]


def _variance(parts: _AucParts) -> tuple[Floats, Floats]:
    """Variance of the AUC of each term, and how many degrees of freedom it has: it is as unsure as parts are uneven."""
    clusters = max(parts.influence.shape[-1], 2)
    second, fourth = ((parts.influence**power).sum(axis=-1) for power in (2, 4))
    with np.errstate(invalid="ignore", divide="ignore"):
        df = 2 * second**2 / (fourth - second**2 / clusters)
        variance = second * clusters / (clusters - 1)
        max_rows = 3 * parts.n_own * parts.n_others / (parts.n_own + parts.n_others + 1)
        cap = np.where(
            np.minimum(parts.n_own, parts.n_others) < MIN_CLUSTERS, parts.auc * (1 - parts.auc) / max_rows, 0.0
        )
    return np.fmax(variance, cap), np.where(df > 0, df, np.inf)


def _interval(parts: _AucParts, confidence: float) -> EstimateWithLimits:
    auc, (variance, df) = parts.auc, _variance(parts)
    with np.errstate(invalid="ignore", divide="ignore"):
        logit = np.log(auc / (1 - auc))
        reach = critical_value(confidence, df) * np.sqrt(variance) / (auc * (1 - auc))
        low, high = (1 / (1 + np.exp(-(logit + sign * reach))) for sign in (-1, 1))
        edge = np.clip(NONE_SEEN_LIMIT / np.minimum(parts.n_own, parts.n_others), 0, 1)
    low = np.where(auc == 1, 1 - edge, np.where(auc == 0, 0, low))
    high = np.where(auc == 0, edge, np.where(auc == 1, 1, high))
    return auc, low, high


def power_mean(values: ArrayLike, power: float = -5.0) -> float:
    """Return the generalised mean, which a negative power draws to the worst value; NaN values are left out.

    Parameters
    ----------
    values : float array
        Above zero, or NaN.
    power : float

    Returns
    -------
    float
        NaN where no value is finite.

    Examples
    --------
    >>> round(power_mean([0.9, 0.9, 0.5]), 3)
    0.61
    """
    found = np.asarray(values, dtype=float)
    found = found[np.isfinite(found)]
    if not len(found):
        return float("nan")
    return 0.0 if (found == 0).any() and power < 0 else float(np.mean(found**power) ** (1 / power))
