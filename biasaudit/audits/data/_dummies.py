"""Which columns are the dummies of one column, told from their names and their values together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from biasaudit.counts.column_counts import ColumnCounts, encode_column
from biasaudit.counts.column_kinds import draw_positions
from biasaudit.reporting.report import Record
from biasaudit.reporting.words.text import clean
from biasaudit.reporting.words.words import listed

__all__ = [
    "dummies_of",
    "named_together",
    "others_alike",
    "rows_together",
    "shares_together",
    "strongest_of_each",
]

# What encoders put between the name of a column and that of a level.
BETWEEN = "_=:. -[("
OFF_AND_ON = (("0", "1"), ("False", "True"))
# A column's share in giving a group away, the area under the curve that it has alone, and its name.
Proxy = tuple[float, float, str]
MOST_CELLS = 2_000_000
# How often columns that had nothing to do with each other would both be 1 somewhere in the rows.
MEETINGS = 10


def dummies_of(counts: Sequence[ColumnCounts], sample: Any, random_state: int) -> dict[str, str]:
    """Name for each dummy the column that it is of.

    Dummies hold 0 and 1 alone, their names begin alike, and no row has two of them, though many would if they had
    nothing to do with each other. Of beginnings that fit, the shortest leaves no level out, and the longest that its
    columns share names theirs.

    Parameters
    ----------
    counts : sequence of ColumnCounts
    sample : Narwhals frame
        Random rows, in memory; of a wide table a part of them is read.
    random_state : int
    """
    flags = {one.name: one for one in counts if tuple(one.levels) in OFF_AND_ON}
    begun: dict[str, list[str]] = {}
    for name in flags:
        for start in _beginnings(name):
            begun.setdefault(start, []).append(name)
    begun = {start: names for start, names in begun.items() if len(names) > 1}
    candidates = dict.fromkeys(name for names in begun.values() for name in names)
    if not candidates:
        return {}
    most = MOST_CELLS // len(candidates)
    rows = sample if len(sample) <= most else sample[draw_positions(len(sample), most, random_state)]
    ones = {name: encode_column(flags[name], rows) == 1 for name in candidates}
    found: dict[str, str] = {}
    for start in sorted(begun, key=lambda start: (len(start), start)):
        names = [name for name in begun[start] if name not in found]
        if len(names) > 1 and _never_meet([ones[name] for name in names]):
            found |= dict.fromkeys(names, _shared(names))
    return found


def _beginnings(name: str) -> list[str]:
    """Split a name at each sign that may stand between column and level."""
    return [name[:at] for at in range(1, len(name) - 1) if name[at] in BETWEEN]


def _shared(names: Sequence[str]) -> str:
    """Return the longest beginning that all names have."""
    return max(set.intersection(*(set(_beginnings(name)) for name in names)), key=len)


def _never_meet(ones: Sequence[Any]) -> bool:
    """Say whether no row has two ones, and whether that can be no chance."""
    together, shares = np.zeros(len(ones[0]), dtype=np.int64), np.array([column.mean() for column in ones])
    for column in ones:
        together += column
    expected = len(together) * (shares.sum() ** 2 - (shares**2).sum()) / 2
    return bool((together <= 1).all() and expected >= MEETINGS)


def named_together(names: Iterable[str], sources: Mapping[str, str]) -> list[str]:
    """List columns by name, several dummies of one column as one.

    Examples
    --------
    >>> named_together(["job_cook", "age", "job_smith"], {"job_cook": "job", "job_smith": "job"})
    ['job (2 columns)', 'age']
    """
    found: dict[str, list[str]] = {}
    for name in dict.fromkeys(names):
        found.setdefault(sources.get(name, name), []).append(name)
    return [many[0] if len(many) == 1 else f"{of} ({len(many)} columns)" for of, many in found.items()]


def shares_together(parts: Iterable[Proxy], sources: Mapping[str, str]) -> list[tuple[float, str, str]]:
    """Add up the shares of the dummies of one column: share, column and strongest dummy, the largest share first.

    Parameters
    ----------
    parts : sequence of (share, area alone, name)
        The largest share first.
    sources : mapping of str to str

    Examples
    --------
    >>> shares_together([(0.5, 0.7, "age"), (0.3, 0.7, "job_a"), (0.2, 0.6, "job_b")], {"job_a": "job", "job_b": "job"})
    [(0.5, 'age', 'age'), (0.5, 'job', 'job_a')]
    """
    found: dict[str, list[tuple[float, str]]] = {}
    for part, _, name in parts:
        found.setdefault(sources.get(name, name), []).append((part, name))
    whole = [
        (sum(part for part, _ in mine), of if len(mine) > 1 else mine[0][1], mine[0][1]) for of, mine in found.items()
    ]
    return sorted(whole, key=lambda one: -one[0])


def strongest_of_each(parts: Iterable[Proxy], sources: Mapping[str, str]) -> list[tuple[float, str]]:
    """Return the area of each column alone with its name: of the dummies of one column, the largest."""
    found: dict[str, tuple[float, str]] = {}
    for _, alone, name in parts:
        of = sources.get(name, name)
        found[of] = max(found.get(of, (0.0, "")), (alone, name))
    return list(found.values())


def rows_together(rows: Sequence[Record], *keys: str) -> list[Record]:
    """Keep the first row of those that tell the same of the dummies of one column, with the names of the others.

    Rows bring their `column` and what it is a dummy of, itself if of none, as `source`; `keys` are the keys in which
    such rows are alike.
    """
    found: dict[Any, list[Record]] = {}
    for row in rows:
        found.setdefault((row["source"], *(str(row[key]) for key in keys)), []).append(row)
    return [first | {"alike": [row["column"] for row in more]} for first, *more in found.values()]


def others_alike(row: Record) -> str:
    """Say of which other dummies the same is so, in a sentence with a blank before it; nothing where there are none."""
    names = row.get("alike", ())
    if not names:
        return ""
    columns = "columns" if len(names) > 1 else "column"
    return f" The same is so of {len(names)} other {columns} of {clean(row['source'])}: {listed(names, 3)}."
