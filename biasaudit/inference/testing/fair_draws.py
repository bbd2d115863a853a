"""Whether the top of a ranking could come from fair draws: FA*IR's tables, and exact p-values of rankings."""

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr, owens_t
from scipy.stats import binom, hypergeom

from biasaudit.arraytypes import Floats, Ints
from biasaudit.errors import AuditError

__all__ = ["FairTable", "fail_probability", "fair_draw_p_value", "fair_top_k_table", "joint_fair_draw_p_value"]

SMALLEST_STEP = 1e-16
ROUNDING = 1e-9
MAX_TABLE = 10_000
BLOCK = 2_000_000


@dataclass(frozen=True, eq=False)
class FairTable:
    """How many protected people each beginning of a ranking needs, if it is to pass for fair draws.

    Parameters
    ----------
    needed : int array of shape (k,)
        Protected people that the first 1, 2, ... k places need at least.
    level : float
        Level of the test of each beginning; adjusted where that was asked for.
    fail_probability : float
        Chance that a ranking of fair draws fails the table in any of its beginnings.
    """

    needed: Ints
    level: float
    fail_probability: float


def fair_top_k_table(k: int, p: float, alpha: float = 0.1, *, adjusted: bool = True) -> FairTable:
    """Make FA*IR's table of how many protected people each beginning of a ranking needs.

    Every beginning is a test of its own, so that a fair ranking fails some of them more often than `alpha`. The level
    is therefore lowered, by halving, until tables that differ by one person lie on both sides of `alpha`; of the two,
    the one whose chance to fail is nearer to `alpha` is taken, as by the authors. It may lie above: read
    `fail_probability`.

    Parameters
    ----------
    k : int
        Places at the top.
    p : float
        Share of protected people in fair draws, above 0 and below 1.
    alpha : float, default 0.1
        Chance that a ranking of fair draws fails.
    adjusted : bool, default True
        Whether the level allows for the many beginnings.

    Returns
    -------
    FairTable

    Raises
    ------
    AuditError
        If a number is out of range.

    References
    ----------
    Zehlike et al. (2017), "FA*IR: A Fair Top-k Ranking Algorithm", CIKM, sections 4.1 and 4.2.

    Examples
    --------
    >>> table = fair_top_k_table(20, 0.25, 0.1)
    >>> table.needed.tolist()
    [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2]
    >>> round(table.level, 6), round(table.fail_probability, 4)
    (0.078125, 0.1052)
    """
    _check(k, p, alpha)
    high = _table(k, p, alpha)
    if not adjusted or high.fail_probability <= alpha:
        return high
    low = _table(k, p, 0.0)
    while True:
        if high.needed.sum() - low.needed.sum() <= 1 or high.level - low.level <= SMALLEST_STEP:
            return min((low, high), key=lambda table: abs(table.fail_probability - alpha))
        middle = _table(k, p, (low.level + high.level) / 2)
        low_to_middle, middle_to_high = (
            int(b.needed.sum() - a.needed.sum()) for a, b in ((low, middle), (middle, high))
        )
        if low_to_middle == middle_to_high == 1:
            return min((middle, low, high), key=lambda table: abs(table.fail_probability - alpha))
        low, high = (middle, high) if middle.fail_probability < alpha else (low, middle)


def _check(k: int, p: float, alpha: float) -> None:
    if isinstance(k, bool) or not isinstance(k, (int, np.integer)) or not 1 <= k <= MAX_TABLE:
        raise AuditError(f"k={k!r} is out of range. Give a whole number of places from 1 to {MAX_TABLE:,}.")
    for name, value in (("p", p), ("alpha", alpha)):
        if not isinstance(value, (float, int, np.floating)) or not 0 < value < 1:
            raise AuditError(f"{name}={value!r} is out of range. Give a share above 0 and below 1.")


def _table(k: int, p: float, level: float) -> FairTable:
    needed = np.maximum(binom.ppf(level, np.arange(1, k + 1), p), 0).astype(np.int64)
    return FairTable(needed, level, fail_probability(needed, p))


def fail_probability(needed: Ints, p: float) -> float:
    """Return the chance that fair draws fail a table in any of their beginnings, place by place and exactly.

    Parameters
    ----------
    needed : int array of shape (k,)
        Protected people that the first 1, 2, ... k places need at least.
    p : float
        Share of protected people in the draws.

    Returns
    -------
    float

    Examples
    --------
    >>> fail_probability(np.array([0, 0, 1]), 0.5)
    0.125
    """
    chance = np.zeros(len(needed) + 1)
    chance[0] = 1.0
    for least in needed.tolist():
        chance = chance * (1 - p) + np.concatenate([[0.0], chance[:-1]]) * p
        chance[:least] = 0.0
    return float(1 - chance.sum())


def fair_draw_p_value(drawn: Ints, protected: Ints, candidates: Ints) -> Floats:
    """Test for each ranking whether its top could come from fair draws out of its own candidates.

    FA*IR's test, with draws that do not put back whom they drew: each beginning has the chance to hold so few protected
    people, and the p-value is the chance that any beginning of a fair ranking has one as small as the smallest here.

    Parameters
    ----------
    drawn : int array of shape (rankings, k)
        Protected people among the first 1, 2, ... k places.
    protected, candidates : int array of shape (rankings,)
        Protected people, and everyone, in the ranking; `k` is at most the candidates of each.

    Returns
    -------
    float array of shape (rankings,)
        1 where nobody is protected, or everybody.

    References
    ----------
    Zehlike et al. (2017), "FA*IR: A Fair Top-k Ranking Algorithm", CIKM.

    Examples
    --------
    Of ten, five are protected; that none of them is among the first four has a chance of 1 in 42.

    >>> fair_draw_p_value(np.array([[0, 0, 0, 0]]), np.array([5]), np.array([10])).round(4).tolist()
    [0.0238]
    """
    step = max(1, BLOCK // (drawn.shape[1] + 1) ** 2)
    starts = range(0, len(drawn), step)
    parts = [_p_value(*(array[at : at + step] for array in (drawn, protected, candidates))) for at in starts]
    return np.concatenate([np.zeros(0), *parts])


def _p_value(drawn: Ints, protected: Ints, candidates: Ints) -> Floats:
    rankings, k = drawn.shape
    places = np.arange(1, k + 1)
    possible = np.arange(k + 1)
    # How likely so few are, for every beginning (second axis) and number of protected people (third).
    tail = hypergeom.cdf(possible[None, None, :], candidates[:, None, None], protected[:, None, None], places[:, None])
    seen = np.take_along_axis(tail, drawn[:, :, None], axis=2)[:, :, 0]
    smallest = seen.min(axis=1) * (1 + ROUNDING)
    chance = np.zeros((rankings, k + 1))
    chance[:, 0] = 1.0
    for at in range(k):
        left = (candidates - at)[:, None]
        next_is = np.clip((protected[:, None] - possible[None, :]) / left, 0.0, 1.0)
        moved = np.concatenate([np.zeros((rankings, 1)), (chance * next_is)[:, :-1]], axis=1)
        chance = chance * (1 - next_is) + moved
        chance[tail[:, at, :] <= smallest[:, None]] = 0.0
    return np.asarray(np.clip(1 - chance.sum(axis=1), 0.0, 1.0))


def joint_fair_draw_p_value(drawn: Floats, expected: Floats, variance: Floats, successive: Floats) -> Floats:
    """Test whether the tops of many rankings together could come from fair draws, beginning by beginning.

    People among the first 1, 2, ... places of all rankings are nearly normal, and correlated from place to place. The
    chance that any of them is as far below what fair draws give as the farthest one here is bounded by Worsley's
    inequality, which uses the correlation of neighbours.

    Parameters
    ----------
    drawn : float array of shape (groups, k)
        People of the group among the first 1, 2, ... k places of all rankings.
    expected, variance : float array of shape (groups, k)
        Mean and variance under fair draws.
    successive : float array of shape (groups, k)
        Covariance with the number a place before.

    Returns
    -------
    float array of shape (groups,)
        1 where fair draws leave nothing to chance.

    References
    ----------
    Worsley (1982), "An improved Bonferroni inequality and applications", Biometrika 69.

    Examples
    --------
    A hundred rankings of a man and a woman: 35 times the woman stands first.

    >>> joint_fair_draw_p_value(*(np.array([[number]]) for number in (35.0, 50.0, 25.0, 0.0))).round(4).tolist()
    [0.0019]
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        # Counts are whole: half a person is the border between two of them.
        z = np.where(variance > 0, (drawn + 0.5 - expected) / np.sqrt(variance), np.inf)
        before = np.concatenate([np.zeros((len(variance), 1)), variance[:, :-1]], axis=1)
        correlation = np.where(variance * before > 0, successive / np.sqrt(variance * before), 0.0)
        apart = np.sqrt((1 - np.clip(correlation, 0, 1)) / (1 + np.clip(correlation, 0, 1)))
    lowest = np.minimum(z.min(axis=1, initial=np.inf), 40.0)
    first = (variance > 0) & (before == 0)
    # Of a place whose neighbour is told already, the chance that it alone is so low.
    alone = np.where(first, ndtr(lowest)[:, None], np.where(variance > 0, 2 * owens_t(lowest[:, None], apart), 0.0))
    return np.where(lowest < 0, np.clip(alone.sum(axis=1), 0.0, 1.0), 1.0)
