"""The table that every answer about rankings is computed from: sums by query and group, for one way to split people."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product

import numpy as np

from biasaudit.arraytypes import Floats, Ints
from biasaudit.counts.rankings.pairs import ordered_pairs
from biasaudit.counts.rankings.places import Exposure, top_share
from biasaudit.counts.rankings.rows import RankedRows

__all__ = ["RankTable", "rank_table"]

DEPTH = 100


@dataclass(frozen=True, eq=False, repr=False)
class RankTable:
    """Sums by query and group; a cell is a group in a query that has people of it.

    Parameters
    ----------
    features : tuple of str
        Of the split; none means that everyone is one group.
    levels : tuple of tuple of str
    group, query : int array of shape (cells,)
        Sorted by group, then by query.
    n_queries : int
    people : float array of shape (cells,)
    k : tuple of int
    top : float array of shape (len(k), cells)
        People in the first k places; of those who tie across the edge, their part.
    exposure, exposure_squared : float array of shape (cells,)
    relevance : float array of shape (cells,) or None
    pairs : dict of str to float array of shape (cells,)
        With relevance: "less_within" and "less_between", pairs whose more relevant one is of the group and the other of
        the same or of another, and "below_within" and "below_between", those in which the more relevant one stands
        above, where ties count one half.
    by_place : float array of shape (groups, depth)
        People at each of the first places, all queries together, ties shared.
    expected, spread : float array of shape (groups, depth)
        Mean and variance of how many are in the first places if every ranking is drawn fairly from its own people.
    successive : float array of shape (groups, depth)
        Covariance of that number with the one a place before; 0 at the first.
    drawn : int array of shape (cells, max(k))
        People of the group among the first 1, 2, ... places; of those who tie, hers stand first.
    """

    features: tuple[str, ...]
    levels: tuple[tuple[str, ...], ...]
    group: Ints
    query: Ints
    n_queries: int
    people: Floats
    k: tuple[int, ...]
    top: Floats
    exposure: Floats
    exposure_squared: Floats
    relevance: Floats | None
    pairs: dict[str, Floats]
    by_place: Floats
    expected: Floats
    spread: Floats
    successive: Floats
    drawn: Ints

    @cached_property
    def groups(self) -> tuple[dict[str, str], ...]:
        """The groups in order, each a dict of feature to level; empty ones included."""
        return tuple(dict(zip(self.features, names, strict=True)) for names in product(*self.levels))

    @cached_property
    def rows(self) -> Floats:
        """People of each group."""
        return self.by_group(self.people)

    def by_group(self, values: Floats) -> Floats:
        """Sum one value a cell over the queries of each group."""
        return np.bincount(self.group, weights=values, minlength=len(self.groups)).astype(float)

    def by_query(self, values: Floats) -> Floats:
        """Sum one value a cell over the groups of each query."""
        return np.bincount(self.query, weights=values, minlength=self.n_queries).astype(float)

    def column(self, name: str, k: int = 0) -> Floats:
        """Return a column by its name, one value a cell."""
        if name == "top":
            return np.asarray(self.top[self.k.index(k)])
        if name in self.pairs:
            return self.pairs[name]
        columns = {"people": self.people, "exposure": self.exposure, "relevance": self.relevance}
        found = columns[name]
        assert found is not None
        return found


def rank_table(rows: RankedRows, split: Sequence[str], k: Sequence[int], curve: Exposure) -> RankTable:
    """Sum rows by query and by the groups of a split.

    Parameters
    ----------
    rows : RankedRows
    split : sequence of str
        Features of the split.
    k : sequence of int
        How many places at the top, each.
    curve : callable
        Exposure of an array of ranks.

    Returns
    -------
    RankTable

    References
    ----------
    Geyik, Ambler and Kenthapadi (2019), Singh and Joachims (2018), Beutel et al. (2019).
    """
    at = [rows.features.index(name) for name in split]
    levels = tuple(rows.levels[i] for i in at)
    group = np.zeros(len(rows.codes), dtype=np.int64)
    for i in at:
        group = group * len(rows.levels[i]) + rows.codes[:, i]
    places, queries = rows.places, len(rows.places.lengths)
    cells, cell = np.unique(group * queries + places.query, return_inverse=True)

    def summed(values: Floats | None = None) -> Floats:
        return np.bincount(cell, weights=values, minlength=len(cells)).astype(float)

    exposure = places.exposure(curve)
    people = summed()
    groups = int(np.prod([len(names) for names in levels], dtype=np.int64))
    return RankTable(
        features=tuple(split),
        levels=levels,
        group=cells // queries,
        query=cells % queries,
        n_queries=queries,
        people=people,
        k=tuple(k),
        top=np.array([summed(top_share(places, places_at)) for places_at in k]).reshape(len(k), len(cells)),
        exposure=summed(exposure),
        exposure_squared=summed(exposure**2),
        relevance=None if rows.relevance is None else summed(rows.relevance),
        pairs={} if rows.relevance is None else {name: summed(v) for name, v in _pairs(rows, group).items()},
        drawn=_drawn(rows, group, cell, len(cells), max(k)),
        **_by_place(rows, group, groups, cells, people, max(k)),
    )


def _pairs(rows: RankedRows, group: Ints) -> dict[str, Floats]:
    assert rows.relevance is not None
    places = rows.places
    below, less = ordered_pairs(places, places.query, rows.relevance)
    part = places.query * (int(group.max(initial=0)) + 1) + group
    within, less_within = ordered_pairs(places, part, rows.relevance)
    return {
        "below_within": within,
        "less_within": less_within,
        "below_between": below - within,
        "less_between": less - less_within,
    }


def _by_place(rows: RankedRows, group: Ints, groups: int, cells: Ints, people: Floats, least: int) -> dict[str, Floats]:
    """Count people at each of the first places, and what fair draws would give there."""
    places, lengths = rows.places, rows.places.lengths
    depth = int(min(max(DEPTH, least), lengths.max(initial=0)))
    of, size = cells // len(lengths), lengths[cells % len(lengths)].astype(float)
    share = people / size
    # Who may stand in several places is spread over them: what begins at the first ends after the last.
    part = 1 / (places.last - places.first + 1)
    steps = np.zeros(groups * (depth + 2))
    for edge, sign in ((places.first - 1, 1), (places.last, -1)):
        steps += sign * np.bincount(
            group * (depth + 2) + np.minimum(edge, depth + 1), weights=part, minlength=len(steps)
        )
    by_place = np.cumsum(steps.reshape(groups, depth + 2), axis=1)[:, :depth]
    expected, spread, successive = (np.zeros((groups, depth)) for _ in range(3))
    each = share * (1 - share) / np.maximum(size - 1, 1)
    before = np.zeros(len(size))
    for at in range(depth):
        drawn = np.minimum(at + 1.0, size)
        expected[:, at] = np.bincount(of, weights=drawn * share, minlength=groups)
        spread[:, at] = np.bincount(of, weights=drawn * (size - drawn) * each, minlength=groups)
        successive[:, at] = np.bincount(of, weights=before * (size - drawn) * each, minlength=groups)
        before = drawn
    return {"by_place": by_place, "expected": expected, "spread": spread, "successive": successive}


def _drawn(rows: RankedRows, group: Ints, cell: Ints, cells: int, depth: int) -> Ints:
    """Count each group among the first places, as high as ties let it stand."""
    places = rows.places
    order = np.lexsort((places.first, group, places.query))
    query, place, of = places.query[order], places.first[order], group[order]
    row = np.arange(len(order))
    new = (np.diff(query, prepend=-1) != 0) | (np.diff(of, prepend=-1) != 0) | (np.diff(place, prepend=-1) != 0)
    place = place + row - np.maximum.accumulate(np.where(new, row, 0))
    near = place <= depth
    at = cell[order][near] * depth + place[near] - 1
    counts = np.bincount(at, minlength=cells * depth).reshape(cells, depth)
    return np.cumsum(counts, axis=1).astype(np.int64)
