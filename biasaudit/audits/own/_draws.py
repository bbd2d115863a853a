"""Rows drawn anew and rows left out, group by group, and what the functions say of them: work for many processes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from biasaudit.arraytypes import Floats, Ints
from biasaudit.audits.own.functions import OwnFunction
from biasaudit.audits.own.rows import OwnRows

__all__ = ["LEFT_OUT", "PART", "RESAMPLES", "Draws", "Job", "Split", "drawn"]

RESAMPLES, LEFT_OUT, PART = 500, 100, 50


@dataclass(frozen=True)
class Job:
    """Some calls of all functions.

    Parameters
    ----------
    split, group : int
        Whose rows; group -1 is all groups at once, where clusters span them.
    part : int
        Which of the resamples, or which of the blocks that are left out.
    left_out : bool
        Whether blocks are left out, instead of rows drawn anew.
    """

    split: int
    group: int
    part: int
    left_out: bool


@dataclass(frozen=True, eq=False)
class Split:
    """One way of splitting people: which group each row is in.

    Parameters
    ----------
    group : int array of shape (rows,)
    groups : int
        How many there are, empty ones included.
    joint : bool
        Whether some cluster has rows in several groups, so that clusters are drawn over all of them.
    """

    group: Ints
    groups: int
    joint: bool

    @cached_property
    def order(self) -> Ints:
        """Rows, group by group."""
        return np.argsort(self.group, kind="stable")

    @cached_property
    def starts(self) -> Ints:
        """First place of each group in that order, and the number of rows."""
        return np.searchsorted(self.group[self.order], np.arange(self.groups + 1))

    def rows_of(self, group: int) -> Ints:
        """List the rows of a group; of all groups for -1."""
        return self.order if group < 0 else self.order[self.starts[group] : self.starts[group + 1]]


@dataclass(frozen=True, eq=False)
class Draws:
    """What every process needs: the rows, how they are split, the functions and the seed."""

    rows: OwnRows
    splits: tuple[Split, ...]
    functions: tuple[OwnFunction, ...]
    seed: int

    def jobs(self) -> list[Job]:
        """List what is to be done, so that the order does not depend on how many work."""
        return [
            Job(number, group, part, left_out)
            for number, split in enumerate(self.splits)
            for group in ([-1] if split.joint else np.flatnonzero(np.diff(split.starts)).tolist())
            for left_out, calls in ((False, RESAMPLES), (True, LEFT_OUT))
            for part in range(calls // PART)
        ]

    def units(self, job: Job) -> tuple[Ints, Ints]:
        """Return the rows of a job, unit by unit, and the first place of each unit: rows, or clusters as a whole."""
        rows = self.splits[job.split].rows_of(job.group)
        if self.rows.cluster is None:
            return rows, np.arange(len(rows) + 1)
        cluster = self.rows.cluster[rows]
        order = np.argsort(cluster, kind="stable")
        changes = np.flatnonzero(np.diff(cluster[order], prepend=-1))
        return rows[order], np.append(changes, len(rows))


def drawn(job: Job, draws: Draws) -> tuple[Job, Floats]:
    """Call the functions for each draw of a job.

    Returns
    -------
    Job
    float array of shape (functions, groups, draws)
        NaN where a function has no value. One group, unless the job is of all of them.
    """
    split = draws.splits[job.split]
    found = []
    for rows in _samples(job, draws):
        if job.group >= 0:
            parts = [rows]
        else:
            order = rows[np.argsort(split.group[rows], kind="stable")]
            ends = np.searchsorted(split.group[order], np.arange(1, split.groups))
            parts = np.split(order, ends)
        called = [draws.rows.called(part) if len(part) else None for part in parts]
        found.append([[np.nan if one is None else f.again(one) for one in called] for f in draws.functions])
    groups = 1 if job.group >= 0 else split.groups
    shape = (len(found), len(draws.functions), groups)
    return job, np.moveaxis(np.array(found, dtype=float).reshape(shape), 0, -1)


def _samples(job: Job, draws: Draws) -> Iterator[Ints]:
    rows, starts = draws.units(job)
    units = len(starts) - 1
    if job.left_out:
        # The same blocks in every part, whoever draws them.
        blocks = np.random.default_rng([draws.seed, job.split, job.group + 1, 0]).permutation(units) % LEFT_OUT
        of_rows = np.repeat(blocks, np.diff(starts))
        for block in range(job.part * PART, min((job.part + 1) * PART, units)):
            yield rows[of_rows != block]
        return
    rng = np.random.default_rng([draws.seed, job.split, job.group + 1, 1 + job.part])
    for _ in range(PART):
        yield rows[_places(rng.integers(0, units, units), starts)]


def _places(units: Ints, starts: Ints) -> Any:
    """List the places of all rows of the units that were drawn."""
    if starts[-1] == len(starts) - 1:
        return units
    first, size = starts[units], np.diff(starts)[units]
    before = np.cumsum(size) - size
    return np.arange(size.sum()) + np.repeat(first - before, size)
