"""New orders of the same people: FA*IR's, and the best one whose exposure is shared out."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

import numpy as np

from biasaudit.arraytypes import Bools, Floats, Ints
from biasaudit.counts.rankings.places import Exposure, checked_curve, log_exposure
from biasaudit.errors import AuditError
from biasaudit.inference.testing.fair_draws import fair_top_k_table

__all__ = ["AsScored", "EqualExposure", "FairTopK", "Lottery", "Reranker"]

N_BISECTIONS = 60


@dataclass(frozen=True, eq=False)
class Lottery:
    """One or two orders of each query, and the chance of each.

    Parameters
    ----------
    ranks : int array of shape (orders, rows)
        Place of each row in its query, from 1.
    chance : float array of shape (orders, queries)
        Sums to 1 for each query.
    """

    ranks: Ints
    chance: Floats

    def expected(self, values: Floats, query: Ints) -> Floats:
        """Average what each order gives over the lottery, row by row.

        Parameters
        ----------
        values : float array of shape (orders, rows)
        query : int array of shape (rows,)
        """
        return np.asarray((values * self.chance[:, query]).sum(axis=0))

    def draw(self, query: Ints, random_state: int | None = None) -> Ints:
        """Draw an order for each query, and return the place of each row.

        Parameters
        ----------
        query : int array of shape (rows,)
        random_state : int, optional
        """
        queries = self.chance.shape[1]
        picked = np.random.default_rng(random_state).random(queries) >= self.chance[0]
        return np.asarray(np.where(picked[query], self.ranks[-1], self.ranks[0]))


class Reranker(Protocol):
    """Puts the people of each query in a new order."""

    def rerank(self, query: Ints, score: Floats, protected: Bools) -> Lottery:
        """Return the order, or a lottery of two.

        Parameters
        ----------
        query : int array of shape (rows,)
            Codes from 0, each of which occurs.
        score : float array of shape (rows,)
            Higher for those who stand above.
        protected : bool array of shape (rows,)
        """
        ...


def _ranks(query: Ints, *keys: Floats | Ints) -> Ints:
    """Rank rows by keys, the most important first and each from low to high, inside their query."""
    order = np.lexsort((*keys[::-1], query))
    sorted_query = query[order]
    starts = np.searchsorted(sorted_query, sorted_query)
    ranks = np.empty(len(query), dtype=np.int64)
    ranks[order] = np.arange(len(query)) - starts + 1
    return ranks


def _certain(ranks: Ints, query: Ints) -> Lottery:
    return Lottery(ranks[None, :], np.ones((1, int(query.max(initial=-1)) + 1)))


@dataclass(frozen=True)
class AsScored:
    """The order of the scores: what every other order is held against.

    Examples
    --------
    >>> import numpy as np
    >>> import biasaudit as ba
    >>> query, score = np.zeros(3, dtype=np.int64), np.array([1.0, 3.0, 2.0])
    >>> ba.mitigation.AsScored().rerank(query, score, np.array([True, False, False])).ranks.tolist()
    [[3, 1, 2]]
    """

    def rerank(self, query: Ints, score: Floats, protected: Bools) -> Lottery:
        """Rank by score.

        Parameters
        ----------
        query, score, protected
            As for :class:`Reranker`.

        Returns
        -------
        Lottery

        Examples
        --------
        >>> import numpy as np
        >>> import biasaudit as ba
        >>> query = np.zeros(2, dtype=np.int64)
        >>> lottery = ba.mitigation.AsScored().rerank(query, np.array([0.2, 0.9]), np.array([True, False]))
        >>> lottery.ranks.tolist()
        [[2, 1]]
        """
        return _certain(_ranks(query, -score), query)


@dataclass(frozen=True)
class FairTopK:
    """FA*IR's order: by score, but for places that a protected person needs so that the top passes for fair draws.

    Parameters
    ----------
    k : int
        Places at the top.
    p : float, optional
        Share of protected people in fair draws; that of each query otherwise.
    alpha : float
        Chance that fair draws fail the test, whose levels are adjusted for its many beginnings.

    References
    ----------
    Zehlike et al. (2017), "FA*IR: A Fair Top-k Ranking Algorithm", CIKM, algorithm 2.

    Examples
    --------
    >>> import numpy as np
    >>> import biasaudit as ba
    >>> query, score = np.zeros(20, dtype=np.int64), np.arange(20.0)[::-1]
    >>> protected = np.arange(20) >= 10
    >>> ranks = ba.mitigation.FairTopK(10, 0.5).rerank(query, score, protected).ranks[0]
    >>> np.flatnonzero(protected[np.argsort(ranks)])[:3].tolist()
    [3, 6, 9]
    """

    k: int = 10
    p: float | None = None
    alpha: float = 0.1

    def rerank(self, query: Ints, score: Floats, protected: Bools) -> Lottery:
        """Take the best person left, or the best protected one where the table needs one more.

        Parameters
        ----------
        query, score, protected
            As for :class:`Reranker`.

        Returns
        -------
        Lottery

        Examples
        --------
        >>> import numpy as np
        >>> import biasaudit as ba
        >>> query = np.zeros(2, dtype=np.int64)
        >>> lottery = ba.mitigation.FairTopK(2).rerank(query, np.array([0.2, 0.9]), np.array([True, False]))
        >>> lottery.ranks.tolist()
        [[2, 1]]
        """
        queries = int(query.max(initial=-1)) + 1
        needed = self._needed(query, protected, queries)
        order = np.lexsort((-score, ~protected, query))
        sizes, members = np.bincount(query, minlength=queries), np.bincount(query[protected], minlength=queries)
        first = np.cumsum(sizes) - sizes
        # The next of the protected and of the others, in each query.
        ends = np.stack([first + members, first + sizes])
        following = np.stack([first, first + members])
        place = np.full(len(query), np.iinfo(np.int64).max)
        padded = np.append(score[order], -np.inf)
        for at in range(self.k):
            left = following < ends
            best = np.where(left, padded[np.minimum(following, len(score))], -np.inf)
            taken = at - (following[1] - first - members)
            turn = left[0] & ((taken < needed[:, at]) | ~left[1] | (best[0] > best[1]))
            side = np.where(turn, 0, 1)
            open_queries = np.flatnonzero(left.any(axis=0))
            chosen = following[side[open_queries], open_queries]
            place[order[chosen]] = at
            following[side[open_queries], open_queries] += 1
        return _certain(_ranks(query, place, -score), query)

    def _needed(self, query: Ints, protected: Bools, queries: int) -> Ints:
        share = np.bincount(query[protected], minlength=queries) / np.bincount(query, minlength=queries)
        wanted = share if self.p is None else np.where((share > 0) & (share < 1), self.p, 0.0)
        different, which = np.unique(wanted, return_inverse=True)
        tables = [
            np.array(_needed_of(self.k, float(p), self.alpha)) if 0 < p < 1 else np.zeros(self.k, dtype=np.int64)
            for p in different
        ]
        return np.stack(tables)[which]


@lru_cache(maxsize=4096)
def _needed_of(k: int, p: float, alpha: float) -> tuple[int, ...]:
    return tuple(fair_top_k_table(k, p, alpha).needed.tolist())


@dataclass(frozen=True)
class EqualExposure:
    """The order of most use whose exposure is shared out: protected people get at least so much of that of others.

    Singh and Joachims solve a linear program over all placements of n people in n places. Its optimum has a short form,
    which is found here: of one constraint between two groups, it is a lottery between two orders that sort by the
    score, with a bonus for protected people that is the constraint's price. The price is found by halving, so that
    lists may be long; expected exposure meets the constraint exactly.

    Parameters
    ----------
    at_least : float
        Mean exposure of protected people over that of others, above 0 and at most 1.
    exposure : callable
        Curve of an array of ranks, falling.

    References
    ----------
    Singh and Joachims (2018), "Fairness of Exposure in Rankings", KDD, sections 3.3 and 4.1.

    Examples
    --------
    >>> import numpy as np
    >>> import biasaudit as ba
    >>> query, score = np.zeros(6, dtype=np.int64), np.array([0.82, 0.81, 0.80, 0.79, 0.78, 0.77])
    >>> lottery = ba.mitigation.EqualExposure().rerank(query, score, np.arange(6) >= 3)
    >>> seen = lottery.expected(1 / np.log2(1 + lottery.ranks), query)
    >>> float(seen[:3].mean().round(3)), float(seen[3:].mean().round(3))
    (0.551, 0.551)
    """

    at_least: float = 1.0
    exposure: Exposure = log_exposure

    def __post_init__(self) -> None:
        """Refuse what no order can meet."""
        if not 0 < self.at_least <= 1:
            raise AuditError(f"at_least={self.at_least!r} is out of range. Give a share above 0 and at most 1.")

    def rerank(self, query: Ints, score: Floats, protected: Bools) -> Lottery:
        """Find the price of the constraint in each query, and the lottery on both sides of it.

        Parameters
        ----------
        query, score, protected
            As for :class:`Reranker`.

        Returns
        -------
        Lottery

        Examples
        --------
        >>> import numpy as np
        >>> import biasaudit as ba
        >>> query = np.zeros(2, dtype=np.int64)
        >>> lottery = ba.mitigation.EqualExposure().rerank(query, np.array([0.2, 0.9]), np.array([True, False]))
        >>> lottery.ranks.tolist(), lottery.chance.ravel().round(6).tolist()
        ([[2, 1], [1, 2]], [0.5, 0.5])
        """
        queries = int(query.max(initial=-1)) + 1
        curve = checked_curve(self.exposure, int(np.bincount(query).max(initial=0)))

        def surplus(bonus: Floats) -> tuple[Ints, Floats]:
            ranks = _ranks(query, -(score + bonus[query] * protected))
            return ranks, self._surplus(curve[ranks - 1], query, protected, queries)

        low = np.zeros(queries)
        highest, lowest = (np.full(queries, far) for far in (-np.inf, np.inf))
        np.maximum.at(highest, query, score)
        np.minimum.at(lowest, query, score)
        high = 2 * (highest - lowest) + 1
        fair = surplus(low)[1] >= 0
        high = np.where(fair, 0.0, high)
        for _ in range(N_BISECTIONS):
            middle = (low + high) / 2
            enough = surplus(middle)[1] >= 0
            low, high = np.where(enough, low, middle), np.where(enough, middle, high)
        (first, lacking), (second, over) = surplus(np.where(fair, 0.0, low)), surplus(high)
        with np.errstate(invalid="ignore", divide="ignore"):
            chance = np.where(over > lacking, np.clip(-lacking / (over - lacking), 0, 1), 1.0)
        return Lottery(np.stack([first, second]), np.stack([1 - chance, chance]))

    def _surplus(self, exposure: Floats, query: Ints, protected: Bools, queries: int) -> Floats:
        """Say by how much the mean exposure of protected people exceeds what they have to get; 0 without two groups."""
        means = []
        for side in (protected, ~protected):
            people = np.bincount(query[side], minlength=queries)
            total = np.bincount(query[side], weights=exposure[side], minlength=queries)
            with np.errstate(invalid="ignore", divide="ignore"):
                means.append(total / people)
        return np.nan_to_num(means[0] - self.at_least * means[1])
