"""The gap between two groups that is left at equal features, by least squares, and what the features explain of it."""

from dataclasses import dataclass

import numpy as np
from scipy.linalg import qr
from scipy.special import stdtrit

from biasaudit.arraytypes import Bools, Floats, Ints
from biasaudit.inference.means.skewness import GAMMA, hall, hall_inverse, two_sided

__all__ = ["AdjustedGap", "adjusted_gap"]

# Of a column that others make up to this share, nothing is left to compare.
NOTHING = 1e-9
BLOCK = 4_000_000


@dataclass(frozen=True)
class AdjustedGap:
    """A gap between means, in their unit: all of it, what is left at equal features, and what these explain.

    Parameters
    ----------
    raw, adjusted, explained : float
        `raw` is the sum of the other two; all are NaN where the features tell the groups apart for certain.
    raw_error, adjusted_error, explained_error : float
        Standard errors.
    adjusted_skew, explained_skew : float
        Third cumulants of the estimates over their errors cubed.
    df : float
        Degrees of freedom: as many as the rows or clusters that the comparison rests on have, less 1.
    """

    raw: float
    raw_error: float
    adjusted: float
    adjusted_error: float
    explained: float
    explained_error: float
    adjusted_skew: float
    explained_skew: float
    df: float

    def limits(self, value: float, error: float, skew: float, confidence: float) -> tuple[float, float, float]:
        """Return lower limit, upper limit and p-value of one of the two that have a skewness."""
        if not (np.isfinite(error) and error > 0):
            return np.nan, np.nan, np.nan
        bent, df = np.array(skew), 1 / (1 / self.df + GAMMA * skew**2)
        ends = np.array([1.0, -1.0]) * stdtrit(df, 0.5 + confidence / 2)
        low, high = (value - hall_inverse(ends, bent) * error).tolist()
        return low, high, float(two_sided(hall(np.array(value / error), bent), np.array(df)))


def adjusted_gap(
    outcome: Floats,
    member: Bools,
    controls: Floats,
    *,
    weight: Floats | None = None,
    cluster: Ints | None = None,
) -> AdjustedGap:
    """Compare the mean outcome of two groups, and again with the controls held equal by ordinary least squares.

    Errors are those of the jackknife, which leaves out a row or a whole cluster at a time: of rows they are HC3. What
    the controls explain is the gap less what is left of it, which is the decomposition of Oaxaca and Blinder with
    coefficients pooled over both groups, the group among the columns (without it, the controls would take part of the
    gap that they do not explain).

    Parameters
    ----------
    outcome : float array of shape (rows,)
    member : bool array of shape (rows,)
        Who is of the group; all others are of its reference.
    controls : float array of shape (rows, columns)
        Without a column of ones; columns that others make up do no harm.
    weight : float array of shape (rows,), optional
    cluster : int array of shape (rows,), optional
        Number of the cluster of each row.

    Returns
    -------
    AdjustedGap

    References
    ----------
    MacKinnon and White (1985), Journal of Econometrics 29, for HC3; MacKinnon, Nielsen and Webb (2023), Journal of
    Applied Econometrics 38, for clusters. Oaxaca (1973); Blinder (1973); Neumark (1988); Jann (2008), Stata Journal 8,
    for the group among the pooled columns. Hall (1992), JRSS B 54, for limits that mind the skewness of the rows.

    Examples
    --------
    >>> import numpy as np
    >>> years = np.arange(12.0)
    >>> woman = np.tile([True, False], 6)
    >>> found = adjusted_gap(2 * years - woman + np.tile([0.1, 0.1, -0.1, -0.1], 3), woman, years[:, None])
    >>> round(found.raw, 3), round(found.adjusted, 3), round(found.explained, 3)
    (-3.0, -1.009, -1.991)
    """
    scale = np.ones(len(outcome)) if weight is None else np.sqrt(weight)
    y, d = outcome * scale, member * scale
    clusters = None if cluster is None else np.unique(cluster, return_inverse=True)[1].ravel()
    raw, raw_moves, _ = _coefficient(y, d, _basis(scale[:, None]), clusters)
    whole = np.column_stack([np.ones(len(y)), controls]) * scale[:, None]
    adjusted, moves, df = _coefficient(y, d, _basis(whole), clusters)
    errors = tuple(float(np.sqrt((one**2).sum())) for one in (raw_moves, moves, raw_moves - moves))
    skew, explained = _skew(moves), _skew(raw_moves - moves)
    return AdjustedGap(raw, errors[0], adjusted, errors[1], raw - adjusted, errors[2], skew, explained, df)


def _skew(moves: Floats) -> float:
    error = float(np.sqrt((moves**2).sum()))
    return float((moves**3).sum()) / error**3 if error > 0 else 0.0


def _basis(columns: Floats) -> Floats:
    """Return orthonormal columns that span the same, those left out that others make up."""
    size = np.sqrt((columns**2).sum(axis=0))
    columns = columns[:, size > 0] / size[size > 0]
    q, r, _ = qr(columns, mode="economic", pivoting=True)
    diagonal = np.abs(np.diag(r))
    return np.asarray(q[:, : int((diagonal > 1e-7 * diagonal.max(initial=1e-300)).sum())])


def _coefficient(y: Floats, d: Floats, basis: Floats, clusters: Ints | None) -> tuple[float, Floats, float]:
    """Return the coefficient of `d` beside the basis, how far each row or cluster moves it, and degrees of freedom."""
    own = d - basis @ (basis.T @ d)
    square = float(own @ own)
    spare = len(y) - basis.shape[1] - 1
    if square <= NOTHING * float(d @ d) or spare < 1:
        return np.nan, np.array([np.nan]), np.nan
    beta = float(own @ y) / square
    rest = y - basis @ (basis.T @ y) - beta * own
    if clusters is None:
        left = 1 - (basis**2).sum(axis=1) - own**2 / square
        # A row that a column holds alone is fitted whatever it is, and moves nothing else.
        moves = np.where(left > NOTHING, own * rest / np.maximum(left, NOTHING), 0.0) / square
        evidence: Floats = own**2
    else:
        whole = np.column_stack([basis, own / np.sqrt(square)])
        moves = _moved_by_clusters(whole, rest, clusters) / np.sqrt(square)
        evidence = np.bincount(clusters, weights=own**2).astype(float)
    df = evidence.sum() ** 2 / (evidence**2).sum() - 1
    return beta, moves, float(min(max(df, 1.0), spare))


def _moved_by_clusters(basis: Floats, rest: Floats, clusters: Ints) -> Floats:
    """How far the last coefficient moves with each cluster: the whole fit less that without the cluster."""
    order = np.argsort(clusters, kind="stable")
    basis, rest = basis[order], rest[order]
    first = np.flatnonzero(np.diff(clusters[order], prepend=-1))
    ends = np.append(first[1:], len(rest))
    width, moves = basis.shape[1], np.empty(len(first))
    step = max(1, BLOCK // width**2)
    for start in range(0, len(first), step):
        at = slice(start, min(start + step, len(first)))
        rows = slice(first[at.start], ends[at.stop - 1])
        starts = first[at] - rows.start
        part, errors = basis[rows], rest[rows]
        score = np.add.reduceat(part * errors[:, None], starts)
        gram = np.stack([np.add.reduceat(part * part[:, [j]], starts) for j in range(width)], axis=2)
        moves[at] = (np.linalg.pinv(np.eye(width) - gram, rcond=1e-9, hermitian=True) @ score[:, :, None])[:, -1, 0]
    return moves
