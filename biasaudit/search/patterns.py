"""Every conjunction of levels that holds for enough rows: none is left out, and none is counted in vain twice."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from biasaudit.arraytypes import Ints, Words
from biasaudit.errors import AuditError
from biasaudit.search.bitsets import item_offsets

__all__ = ["MAX_PATTERNS", "CountPatterns", "Patterns", "frequent_patterns"]

CountPatterns = Callable[[Ints], Ints]
MAX_PATTERNS = 2_000_000
NO_LEVEL = -1
# Conditions up to which a pattern is held against each of its parts: six have 62, twenty a million.
MAX_LENGTH_OF_ALL_PARTS = 6


@dataclass(frozen=True, eq=False)
class Patterns:
    """Conjunctions of levels of different features, the shortest first, each with its counts.

    Parameters
    ----------
    levels : tuple of int
        How many levels each feature has.
    items : int array of shape (patterns, longest)
        Items in ascending order, -1 after the last.
    counts : int array of shape (patterns, sides)
    """

    levels: tuple[int, ...]
    items: Ints
    counts: Ints

    def __len__(self) -> int:
        return len(self.items)

    @property
    def lengths(self) -> Ints:
        """Number of conditions of each pattern."""
        return np.asarray((self.items >= 0).sum(axis=1))

    def codes(self, chosen: Ints | slice = slice(None)) -> Ints:
        """Return the level of each feature in a pattern, -1 where it names none: shape (patterns, features)."""
        items, offsets = self.items[chosen], item_offsets(self.levels)
        out = np.full((len(items), len(self.levels)), NO_LEVEL, dtype=np.int64)
        row, at = np.nonzero(items >= 0)
        item = items[row, at]
        feature = np.searchsorted(offsets, item, side="right") - 1
        out[row, feature] = item - offsets[feature]
        return out

    def parts(self, chosen: Ints) -> tuple[Ints, Ints]:
        """Find the shorter patterns that each of the chosen ones contains.

        All of them where it has at most six conditions; of longer ones, whose parts are too many, those that leave
        out one condition or keep a single one.

        Parameters
        ----------
        chosen : int array of shape (chosen,)
            Positions of patterns.

        Returns
        -------
        whole, part : int array
            Pairs of positions; the pattern at `part` names some, not all, conditions of the one at `whole`.
        """
        keys = item_keys(int(item_offsets(self.levels)[-1]))
        all_keys = pattern_keys(self.items, keys)
        order = np.argsort(all_keys)
        whole, part = [], []
        lengths = self.lengths[chosen]
        for length in np.unique(lengths[lengths > 1]).tolist():
            at = chosen[lengths == length]
            item_keys_of = keys[self.items[at][:, :length]]
            for subset in _sub_patterns(length):
                sums = item_keys_of[:, subset].sum(axis=1, dtype=np.uint64)
                whole.append(at)
                part.append(order[np.searchsorted(all_keys, sums, sorter=order)])
        if not whole:
            return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)
        return np.concatenate(whole), np.concatenate(part)


def _sub_patterns(length: int) -> list[tuple[int, ...]]:
    sizes = range(1, length) if length <= MAX_LENGTH_OF_ALL_PARTS else (1, length - 1)
    return [kept for size in sizes for kept in combinations(range(length), size)]


def item_keys(items: int) -> Words:
    """Draw a number for each item, so that a set of items is known by the sum of its numbers (Zobrist 1970).

    Two of two million sets share a sum with a chance below one in a million.
    """
    return np.random.default_rng(1970).integers(0, 2**64, items, dtype=np.uint64)


def pattern_keys(items: Ints, keys: Words) -> Words:
    """Sum the numbers of the items of each pattern; where there is none, nothing is added."""
    return np.asarray(np.append(keys, np.uint64(0))[items].sum(axis=1, dtype=np.uint64))


def frequent_patterns(
    levels: Sequence[int],
    count: CountPatterns,
    *,
    min_rows: int,
    max_features: int | None = None,
    max_patterns: int = MAX_PATTERNS,
) -> Patterns:
    """Find every conjunction of levels of different features that holds for at least `min_rows` rows.

    A pattern is counted only if all that is left of it without any one of its conditions has enough rows: a longer
    pattern never has more.

    Parameters
    ----------
    levels : sequence of int
        How many levels each feature has.
    count : callable
        Takes items, int array of shape (patterns, length), and returns their rows by side, shape (patterns, sides).
    min_rows : int
        At least 1.
    max_features : int, optional
        Conditions of the longest pattern; as many as there are otherwise.
    max_patterns : int
        More patterns than these are refused before they are counted.

    Returns
    -------
    Patterns

    Raises
    ------
    AuditError
        If there are too many.

    References
    ----------
    Agrawal and Srikant (1994), "Fast algorithms for mining association rules".

    Examples
    --------
    >>> from biasaudit.search.bitsets import Bitsets
    >>> codes = np.array([[0, 0], [0, 0], [0, 1], [1, 1]])
    >>> bits = Bitsets.pack(codes, [2, 2], np.zeros(4, dtype=np.int64), np.ones(4, dtype=np.int64), 1)
    >>> found = frequent_patterns([2, 2], bits.count, min_rows=2)
    >>> found.codes().tolist(), found.counts[:, 0].tolist()
    ([[0, -1], [-1, 0], [-1, 1], [0, 0]], [3, 2, 2, 2])
    """
    offsets = item_offsets(levels)
    feature = np.repeat(np.arange(len(levels)), levels)
    keys = item_keys(int(offsets[-1]))
    longest = len(levels) if max_features is None else min(max_features, len(levels))
    candidates = np.arange(offsets[-1], dtype=np.int64)[:, None]
    found: list[tuple[Ints, Ints]] = []
    total = 0
    for length in range(1, longest + 1):
        counts = count(candidates)
        frequent = counts.sum(axis=1) >= min_rows
        if not frequent.any():
            break
        found.append((candidates[frequent], counts[frequent]))
        total += int(frequent.sum())
        if length < longest:
            candidates = _extend(candidates[frequent], feature, keys, total, max_patterns)
    return _concatenate(tuple(levels), found)


def _extend(items: Ints, feature: Ints, keys: Words, total: int, max_patterns: int) -> Ints:
    """Join patterns that differ in their last item, and keep those of which every part is there."""
    new = np.ones(len(items), dtype=bool)
    new[1:] = (items[1:, :-1] != items[:-1, :-1]).any(axis=1)
    ends = np.append(np.flatnonzero(new)[1:], len(items))[np.cumsum(new) - 1]
    partners = ends - np.arange(len(items)) - 1
    if int(partners.sum()) > 10 * max_patterns:
        _refuse(items.shape[1] + 1, max_patterns)
    left = np.repeat(np.arange(len(items)), partners)
    right = left + 1 + np.arange(len(left)) - np.repeat(np.cumsum(partners) - partners, partners)
    different = feature[items[left, -1]] != feature[items[right, -1]]
    left, right = left[different], right[different]
    complete = np.ones(len(left), dtype=bool)
    if items.shape[1] > 1:
        known = np.sort(pattern_keys(items, keys))
        whole = pattern_keys(items[left], keys) + keys[items[right, -1]]
        for i in range(items.shape[1] - 1):
            part = whole - keys[items[left, i]]
            at = np.minimum(np.searchsorted(known, part), len(known) - 1)
            complete &= known[at] == part
    if total + int(complete.sum()) > max_patterns:
        _refuse(items.shape[1] + 1, max_patterns)
    return np.concatenate([items[left[complete]], items[right[complete], -1:]], axis=1)


def _refuse(length: int, max_patterns: int) -> None:
    raise AuditError(
        f"There are too many patterns to try: more than {max_patterns:,} with up to {length} conditions. "
        f"Give max_features={max(length - 1, 1)}, a larger min_support, or fewer features."
    )


def _concatenate(levels: tuple[int, ...], found: Sequence[tuple[Ints, Ints]]) -> Patterns:
    if not found:
        return Patterns(levels, np.empty((0, 1), dtype=np.int64), np.empty((0, 1), dtype=np.int64))
    longest = found[-1][0].shape[1]
    items = [np.pad(part, ((0, 0), (0, longest - part.shape[1])), constant_values=NO_LEVEL) for part, _ in found]
    return Patterns(levels, np.concatenate(items), np.concatenate([counts for _, counts in found]))
