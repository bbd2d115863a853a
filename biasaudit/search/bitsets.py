"""Rows as bits: which rows a conjunction of levels holds for, counted 64 at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from biasaudit.arraytypes import Ints, Words

__all__ = ["Bitsets", "item_offsets", "unique_prefixes"]

# Words of a row that are worked on at once, and bytes of a block: both stay in the second-level cache. The ones of
# 512 words are at most 32,768, so that they can be summed in 16 bits.
MAX_WORDS, BLOCK_BYTES = 512, 2**20
# Positions laid out at once while packing.
PACK_BLOCK = 2**22


def item_offsets(levels: Sequence[int]) -> Ints:
    """Return where the items of each feature start: level k of feature j is item ``offsets[j] + k``.

    Parameters
    ----------
    levels : sequence of int
        How many levels each feature has.

    Returns
    -------
    int array of shape (features + 1,)

    Examples
    --------
    >>> item_offsets([2, 3]).tolist()
    [0, 2, 5]
    """
    return np.concatenate([[0], np.cumsum(np.asarray(levels, dtype=np.int64))]).astype(np.int64)


@dataclass(frozen=True, eq=False)
class Bitsets:
    """One row of bits for each item (a level of a feature): set where a row of the table has that level.

    Rows of the table are laid out side by side, each side from a new word on, so that the ones of a segment of words
    are a count of one side. Rows that stand for several weigh in binary: a side has a segment for each binary digit
    of the weights, and a row stands in the segments of the digits that its weight has.

    Parameters
    ----------
    words : uint64 array of shape (items, words)
    segments : tuple of (int, int, int, int)
        First and last word, side, and what a one in it counts for.
    sides : int
    """

    words: Words
    segments: tuple[tuple[int, int, int, int], ...]
    sides: int

    @classmethod
    def pack(cls, codes: Ints, levels: Sequence[int], side: Ints, weight: Ints, sides: int) -> Bitsets:
        """Pack rows into bits.

        Parameters
        ----------
        codes : int array of shape (rows, features)
            Level of each feature.
        levels : sequence of int
            How many levels each feature has.
        side, weight : int array of shape (rows,)
            Side of each row, 0 up to but below `sides`, and how many rows it stands for.
        sides : int

        Examples
        --------
        >>> codes = np.array([[0], [1], [1]])
        >>> bits = Bitsets.pack(codes, [2], np.array([0, 0, 1]), np.array([1, 5, 2]), 2)
        >>> bits.count(np.array([[0], [1]])).tolist()
        [[1, 0], [5, 2]]
        """
        layout, segments = _lay_out(side, weight, sides)
        offsets = item_offsets(levels)
        words = np.empty((int(offsets[-1]), len(layout) // 64), dtype=np.uint64)
        for j, names in enumerate(levels):
            column = np.append(codes[:, j], -1)[layout]
            step = max(64, PACK_BLOCK // max(names, 1) // 64 * 64)
            for at in range(0, len(layout), step):
                has = column[at : at + step] == np.arange(names)[:, None]
                packed = np.packbits(has, axis=1, bitorder="little").view("<u8")
                words[offsets[j] : offsets[j + 1], at // 64 : at // 64 + packed.shape[1]] = packed
        return cls(words, segments, sides)

    def count(self, patterns: Ints) -> Ints:
        """Count the rows in which all items of a pattern hold, by side.

        Parameters
        ----------
        patterns : int array of shape (patterns, items of each)
            Items of each pattern; patterns that share their first items should stand together.

        Returns
        -------
        int array of shape (patterns, sides)
        """
        counts = np.zeros((len(patterns), self.sides), dtype=np.int64)
        if not len(patterns):
            return counts
        prefixes, prefix_of = unique_prefixes(patterns)
        last = np.ascontiguousarray(patterns[:, -1])
        for first, end, side, unit in self.segments:
            items = np.ascontiguousarray(self.words[:, first:end])
            counts[:, side] += unit * _count_ones(items, prefixes, prefix_of, last)
        return counts


def _lay_out(side: Ints, weight: Ints, sides: int) -> tuple[Ints, tuple[tuple[int, int, int, int], ...]]:
    """Give every bit its row, -1 where it pads a segment to whole words."""
    digits = int(weight.max(initial=1)).bit_length()
    parts, segments, at = [], [], 0
    for s in range(sides):
        for digit in range(digits):
            rows = np.flatnonzero((side == s) & (weight >> digit & 1 == 1))
            padded = np.full(-(-len(rows) // 64) * 64, -1, dtype=np.int64)
            padded[: len(rows)] = rows
            parts.append(padded)
            end = at + len(padded) // 64
            cuts = [*range(at, end, MAX_WORDS), end]
            segments += [(a, b, s, 1 << digit) for a, b in pairwise(cuts) if a < b]
            at = end
    return np.concatenate(parts), tuple(segments)


def unique_prefixes(patterns: Ints) -> tuple[Ints, Ints]:
    """Name each pattern without its last item once, and say which of these each pattern starts with.

    Parameters
    ----------
    patterns : int array of shape (patterns, items of each)
        Those that share their first items stand together.

    Returns
    -------
    prefixes : int array of shape (prefixes, items of each - 1)
    prefix_of : int array of shape (patterns,)
    """
    prefix = patterns[:, :-1]
    new = np.ones(len(patterns), dtype=bool)
    new[1:] = (prefix[1:] != prefix[:-1]).any(axis=1)
    return prefix[new], np.cumsum(new) - 1


def _count_ones(items: Words, prefixes: Ints, prefix_of: Ints, last: Ints) -> Ints:
    """Count the ones of each pattern within one segment, block by block in buffers that are used again."""
    words = items.shape[1]
    block = max(1, BLOCK_BYTES // (8 * words))
    ones = np.empty(len(last), dtype=np.int64)
    rows, other = (np.empty((min(block, len(last)), words), dtype=np.uint64) for _ in range(2))
    bits = np.empty(rows.shape, dtype=np.uint8)
    for at in range(0, len(last), block):
        chosen = slice(at, at + block)
        size = len(last[chosen])
        a, b, c = rows[:size], other[:size], bits[:size]
        np.take(items, last[chosen], axis=0, out=a, mode="clip")
        if prefixes.shape[1]:
            first = int(prefix_of[at])
            matches = _all_items(items, prefixes[first : int(prefix_of[at + size - 1]) + 1])
            np.take(matches, prefix_of[chosen] - first, axis=0, out=b, mode="clip")
            np.bitwise_and(a, b, out=a)
        np.bitwise_count(a, out=c)
        ones[chosen] = c.sum(axis=1, dtype=np.uint16)
    return ones


def _all_items(items: Words, prefixes: Ints) -> Words:
    matches = items[prefixes[:, 0]]
    for k in range(1, prefixes.shape[1]):
        matches &= items[prefixes[:, k]]
    return matches
