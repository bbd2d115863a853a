"""The rows of rankings: read once, checked, and put in the order of their places."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from biasaudit.arraytypes import Floats, Ints
from biasaudit.counts.columns import check_groups
from biasaudit.counts.encoding import encode_levels
from biasaudit.counts.engines import collected, float_expression, to_floats
from biasaudit.counts.rankings.places import Places
from biasaudit.counts.values import MISSING
from biasaudit.errors import AuditError
from biasaudit.names import clean

__all__ = ["RankedRows", "RankingColumns", "read_rows"]


@dataclass(frozen=True)
class RankingColumns:
    """Columns of a table that holds rankings.

    Parameters
    ----------
    features : tuple of str
    rank, score : str or None
        One of them: the place from 1, or a number that is higher for those who stand above.
    query : str or None
        What a ranking is of; all rows are one ranking without it.
    relevance : str or None
        How much somebody deserves to stand above, 0 or more.
    """

    features: tuple[str, ...]
    rank: str | None = None
    score: str | None = None
    query: str | None = None
    relevance: str | None = None


@dataclass(frozen=True, eq=False)
class RankedRows:
    """Rows by query and, inside it, from the top down.

    Memory is some 12 numbers of 8 bytes a row while they are counted, whatever engine held the table.

    Parameters
    ----------
    features : tuple of str
    levels : tuple of tuple of str
    codes : int array of shape (rows, features)
    places : Places
    relevance : float array of shape (rows,), or None
    queries : tuple of str
        Their names.
    """

    features: tuple[str, ...]
    levels: tuple[tuple[str, ...], ...]
    codes: Ints
    places: Places
    relevance: Floats | None
    queries: tuple[str, ...]


def read_rows(
    frame: Any, columns: RankingColumns, declared: Mapping[str, tuple[tuple[str, ...], bool]] | None = None
) -> RankedRows:
    """Read the columns of rankings, and nothing else, into memory.

    Parameters
    ----------
    frame : Narwhals frame
        Whose columns have been checked.
    columns : RankingColumns
    declared : mapping of str to pair of tuple of str and bool, optional
        Levels that a feature declares, and whether they have an order.

    Returns
    -------
    RankedRows

    Raises
    ------
    AuditError
        If there are no rows, a query is missing, or a rank, score or relevance is not what it should be.
    """
    found = _selected(frame, columns)
    if not len(found):
        raise AuditError("The table has no rows. Check the file, or the filter that made it.")
    levels, codes = [], []
    for i, name in enumerate(columns.features):
        names, column = _encoded(found[f"k_{i}"], (declared or {}).get(name, ((), False)), name)
        levels.append(names)
        codes.append(column)
    queries, query = _queries(found, columns)
    place = _Place(query, queries, columns)
    score = place.score(to_floats(found["place"]))
    places = Places.of(query, score)
    relevance = None if columns.relevance is None else place.relevance(to_floats(found["relevance"]))
    return RankedRows(
        columns.features,
        tuple(levels),
        np.stack(codes, axis=1)[places.order],
        places,
        None if relevance is None else relevance[places.order],
        queries,
    )


def _selected(frame: Any, columns: RankingColumns) -> Any:
    """Select under names of our own, so that no user's column name can clash."""
    import narwhals.stable.v2 as nw

    keys = [nw.col(name).alias(f"k_{i}") for i, name in enumerate(columns.features)]
    if columns.query is not None:
        keys.append(nw.col(columns.query).alias("query"))
    numbers = {"place": columns.rank or columns.score, "relevance": columns.relevance}
    floats = [float_expression(frame, name).alias(role) for role, name in numbers.items() if name is not None]
    return collected(frame.select(*keys, *floats))


def _encoded(column: Any, declared: tuple[Sequence[str], bool], name: str) -> tuple[tuple[str, ...], Ints]:
    """Name the levels of a column, each value looked at once, and return the level of each row."""
    values = column.to_list()
    distinct = list(dict.fromkeys(values))
    if name:
        check_groups(name, distinct)
    names, level = encode_levels(distinct, *declared)
    position = dict(zip(distinct, level.tolist(), strict=True))
    return names, np.fromiter(map(position.__getitem__, values), np.int64, len(values))


def _queries(found: Any, columns: RankingColumns) -> tuple[tuple[str, ...], Ints]:
    if columns.query is None:
        return ("",), np.zeros(len(found), dtype=np.int64)
    names, query = _encoded(found["query"], ((), False), "")
    if MISSING in names:
        missing = int((query == names.index(MISSING)).sum())
        raise AuditError(
            f'query="{clean(columns.query)}" is missing in {missing:,} rows. Say which ranking every row stands in, or '
            "leave these rows out."
        )
    return names, query


@dataclass(frozen=True, eq=False)
class _Place:
    """What a place has to be, and in which query it is not."""

    query: Ints
    queries: tuple[str, ...]
    columns: RankingColumns

    def _in(self, row: int) -> str:
        return f' (query "{clean(self.queries[self.query[row]], 80)}")' if self.columns.query is not None else ""

    def _refuse(self, role: str, bad: Any, values: Floats, what: str, remedy: str) -> None:
        rows = np.flatnonzero(bad)
        if not len(rows):
            return
        value = values[rows[0]]
        seen = "" if np.isnan(value) else f", such as {value:g}{self._in(int(rows[0]))}"
        where = self._in(int(rows[0])) if np.isnan(value) else ""
        name = clean(getattr(self.columns, role))
        raise AuditError(f'{role}="{name}" {what} in {len(rows):,} rows{seen}{where}. {remedy}')

    def score(self, values: Floats) -> Floats:
        """Return numbers that are higher for those who stand above."""
        if self.columns.rank is None:
            remedy = "Give each row a score, or leave these rows out."
            self._refuse("score", ~np.isfinite(values), values, "is missing, NaN or infinite", remedy)
            return values
        self._refuse("rank", np.isnan(values), values, "is missing", "Give each row its rank, or leave these rows out.")
        whole = np.isfinite(values) & (np.floor(values) == values)
        remedy = "Ranks are whole numbers from 1; for anything else name score=, higher for those who stand above."
        self._refuse("rank", ~whole, values, "is no whole number", remedy)
        self._refuse("rank", values < 1, values, "is below 1", "Ranks count from 1: add 1 where yours begin at 0.")
        self._check_whole_lists(values)
        return -values

    def _check_whole_lists(self, values: Floats) -> None:
        """Refuse ranks that two people of a query have, or nobody."""
        order = np.lexsort((values, self.query))
        query, rank = self.query[order], values[order]
        same = np.diff(query, prepend=-1) == 0
        tied = np.flatnonzero(same & (np.diff(rank, prepend=np.nan) == 0))
        name = clean(str(self.columns.rank))
        if len(tied):
            at = int(tied[0])
            raise AuditError(
                f'rank="{name}" gives rank {rank[at]:g} twice{self._in(int(order[at]))}. Two people cannot stand in '
                "one place: name score= instead, where ties are shared."
            )
        start = np.maximum.accumulate(np.where(~same, np.arange(len(rank)), 0))
        holes = np.flatnonzero(rank != np.arange(len(rank)) - start + 1)
        if len(holes):
            at = int(holes[0])
            missing = int(at - start[at] + 1)
            raise AuditError(
                f'rank="{name}" has nobody at rank {missing:,} and somebody at {rank[at]:g}{self._in(int(order[at]))}. '
                "Give the whole ranking from 1 on, or rank those who are there anew."
            )

    def relevance(self, values: Floats) -> Floats:
        """Check how much people deserve."""
        self._refuse(
            "relevance",
            ~np.isfinite(values),
            values,
            "is missing, NaN or infinite",
            "Give each row its relevance, or leave these rows out.",
        )
        remedy = "Relevance is 0 or more, such as 0 and 1, or grades."
        self._refuse("relevance", values < 0, values, "is negative", remedy)
        if not (values > 0).any():
            name = clean(str(self.columns.relevance))
            raise AuditError(f'relevance="{name}" is 0 in every row. Leave relevance out, or name another column.')
        return values
