"""Which columns make people alike: those that tell of the label, cut as finely as leaves somebody to compare with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.special import chdtrc

from biasaudit.arraytypes import Floats, Ints
from biasaudit.audits.data.counts import Data, Pair
from biasaudit.counts.column_counts import ColumnCounts, combine_levels, count_together
from biasaudit.errors import AuditError
from biasaudit.names import clean

__all__ = ["Strata", "choose_strata", "pair_cells"]

MOST_COLUMNS = 8
# A column tells something of the label within groups: p-value before counting the columns tried.
INFORMATIVE = 0.01
# At least this share of rows must lie in strata that hold both groups.
COVERAGE = 0.7
COARSE = (30, 10, 5, 3)
# Cut into fewer steps than these, people in one step may still differ by what the column measures (Cochran 1968).
FINE = 10


@dataclass(frozen=True, eq=False)
class Strata:
    """Which columns make people alike for one sensitive feature.

    Parameters
    ----------
    counts : ColumnCounts or None
        The columns counted together.
    used : tuple of str
        Their names.
    left_out : tuple of str
        Columns that were measured and tell of the label, but are not held equal or only in a few steps: what they make
        of a gap may remain.
    chosen : bool
        Whether the audit chose the columns, and nobody named them.
    others : tuple of ColumnCounts
        Columns that were measured and tell too little of the label, one by one, to be held equal.
    """

    counts: ColumnCounts | None
    used: tuple[str, ...]
    left_out: tuple[str, ...] = ()
    chosen: bool = True
    others: tuple[ColumnCounts, ...] = ()


def pair_cells(data: Data, counts: ColumnCounts, pair: Pair, *, missing: bool = True) -> tuple[Floats, ...]:
    """Return cases and rows of both groups in every level, those where the column is missing last, as evidence."""
    cells = counts.by_group(pair.feature)[: None if missing else -1, :, :2] * data.evidence
    one, other = cells[:, pair.group], cells[:, pair.reference]
    return one[:, 1], one.sum(axis=1), other[:, 1], other.sum(axis=1)


def choose_strata(
    data: Data, candidates: Sequence[ColumnCounts], named: Sequence[str] | None, role: str
) -> tuple[Strata, ...]:
    """Take for each sensitive feature the columns that tell most of the label within groups.

    Each is cut as finely as leaves most rows in strata that hold both groups; columns that the user names, by the
    argument `role`, are all taken, as they are.

    Raises
    ------
    AuditError
        If a column that was named tells rows apart and makes nobody alike.

    References
    ----------
    Cochran (1968), "The effectiveness of adjustment by subclassification in removing bias", Biometrics 24.
    """
    features = range(len(data.references))
    if named:
        kinds = [data.of(name).kind for name in named]
        for kind in kinds:
            if kind.role == "many":
                raise AuditError(
                    f'{role} names "{clean(kind.name)}", which holds an id, text or nearly as many values as rows: '
                    "no two people are alike in it. Leave it out, or make groups of its values."
                )
        counts, _ = count_together(data.columns, kinds)
        found = [Strata(counts, tuple(named), _others(candidates, i, named), chosen=False) for i in features]
    else:
        found = [_finest(data, _informative(candidates, i), i) for i in features]
    return tuple(_with_others(one, candidates) for one in found)


def _with_others(found: Strata, candidates: Sequence[ColumnCounts]) -> Strata:
    """Add the columns of too many values to what is left out, and remember those that tell too little."""
    left_out = (*found.left_out, *_names(candidates))
    others = tuple(c for c in _levelled(candidates) if c.name not in found.used and c.name not in left_out)
    return replace(found, left_out=left_out, others=others)


def _others(candidates: Sequence[ColumnCounts], feature: int, named: Sequence[str]) -> tuple[str, ...]:
    """Name the columns that tell of the label and that nobody named."""
    return tuple(counts.name for counts in _informative(candidates, feature) if counts.name not in named)


def _names(candidates: Sequence[ColumnCounts]) -> tuple[str, ...]:
    """Name the columns of too many values to be strata: nobody knows what they would explain; ids explain nothing."""
    return tuple(counts.name for counts in candidates if counts.kind.role == "many" and not counts.kind.unique)


def _finest(data: Data, informative: Sequence[ColumnCounts], feature: int) -> Strata:
    """Cut the columns one after the other as finely as leaves enough rows to compare; all alike if some do not fit."""
    chosen = informative[:MOST_COLUMNS]
    if not chosen:
        return Strata(None, ())
    counts, codes = count_together(data.columns, [column.kind for column in chosen])
    used: list[str] = []
    rough: list[str] = []
    kept, best = np.zeros((len(codes), 0), dtype=np.int64), None
    for at, column in enumerate(chosen):
        for most in COARSE:
            tried = np.column_stack([kept, _coarse(codes[:, at], counts.rows, column, most)])
            finer = combine_levels(counts, tried)
            if _coverage(data, finer, feature) >= COVERAGE:
                kept, best, used = tried, finer, [*used, column.name]
                rough += [column.name] if _cuts(column, most) and most < FINE else []
                break
    left_out = tuple(column.name for column in informative if column.name not in used or column.name in rough)
    if left_out and len(chosen) == len(informative):
        alike = np.column_stack([_coarse(codes[:, i], counts.rows, column, FINE) for i, column in enumerate(chosen)])
        evenly = combine_levels(counts, alike)
        if _coverage(data, evenly, feature) >= COVERAGE:
            return Strata(evenly, tuple(column.name for column in chosen))
    return Strata(best, tuple(used), left_out)


def _cuts(column: ColumnCounts, most: int) -> bool:
    """Say whether a column has more levels than are kept."""
    return column.kind.ordered and len(column.levels) > most


def _coarse(codes: Ints, rows: Ints, column: ColumnCounts, most: int) -> Ints:
    """Join neighbouring levels into at most so many of about equal size; unordered ones stay as they are."""
    if not _cuts(column, most):
        return codes
    by_level = np.bincount(codes[codes >= 0], weights=rows[codes >= 0], minlength=len(column.levels))
    middle = (np.cumsum(by_level) - by_level / 2) / by_level.sum()
    return np.where(codes < 0, -1, np.floor(middle * most).astype(np.int64)[codes])


def _coverage(data: Data, counts: ColumnCounts, feature: int) -> float:
    """Share of rows of the reference and the largest other group in strata that hold both."""
    pairs = [pair for pair in data.pairs() if pair.feature == feature]
    if not pairs:
        return 0.0
    largest = max(pairs, key=lambda pair: data.rows(feature)[pair.group])
    _, n1, _, n2 = pair_cells(data, counts, largest)
    both = (n1 > 0) & (n2 > 0)
    return float((n1 + n2)[both].sum() / (n1 + n2).sum())


def _informative(candidates: Sequence[ColumnCounts], feature: int) -> list[ColumnCounts]:
    """Order the columns by how much they tell of the label within groups, and drop those that tell nothing."""
    levelled = _levelled(candidates)
    scored = [(_association(counts, feature), counts) for counts in levelled]
    limit = INFORMATIVE / max(len(scored), 1)
    return [counts for (p, size), counts in sorted(scored, key=lambda s: (s[0][0] > 0, -s[0][1])) if p <= limit]


def _levelled(candidates: Sequence[ColumnCounts]) -> list[ColumnCounts]:
    return [counts for counts in candidates if counts.kind.role != "many" and len(counts.levels) > 1]


def _association(counts: ColumnCounts, feature: int) -> tuple[float, float]:
    """p-value of the label's link with the column within the groups of a feature, and its size."""
    statistic, degrees = 0.0, 0
    for by_level in np.moveaxis(counts.by_group(feature)[:, :, :2], 1, 0):
        by_level = by_level[by_level.sum(axis=1) > 0]
        expected = by_level.sum(axis=1, keepdims=True) * by_level.sum(axis=0) / max(by_level.sum(), 1)
        if len(by_level) > 1 and expected.min() > 0:
            statistic += float(((by_level - expected) ** 2 / expected).sum())
            degrees += len(by_level) - 1
    return (float(chdtrc(degrees, statistic)), statistic - degrees) if degrees else (1.0, 0.0)
