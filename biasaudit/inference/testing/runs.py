"""Runs of an ordered or named column in which every label is the same, and whether chance explains them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import rel_entr

from biasaudit.arraytypes import Bools, Floats, Ints
from biasaudit.errors import AuditError

__all__ = ["LabelRun", "constant_runs", "pure_ends"]


@dataclass(frozen=True)
class LabelRun:
    """Neighbouring levels of a column whose rows all have one label.

    Parameters
    ----------
    first, last : int
        Positions of its first and last level; the same where levels have no order.
    rows : int
    y_true : int
        0 or 1.
    p_value : float
        Chance of a run this long somewhere in the column if labels had nothing to do with it, at most.
    rate_elsewhere : float
        Share of label 1 in all other rows; NaN where there are none.
    others : int
        Rows of the run that have the other label.
    """

    first: int
    last: int
    rows: int
    y_true: int
    p_value: float
    rate_elsewhere: float
    others: int = 0


def constant_runs(count: ArrayLike, nobs: ArrayLike, *, ordered: bool) -> tuple[LabelRun, ...]:
    """Find the runs of a column that hold one label alone, the least likely first.

    Parameters
    ----------
    count, nobs : array of shape (levels,)
        Rows with label 1 and all rows of each level, in order where the column has one. Levels without rows are
        passed over.
    ordered : bool
        Whether neighbouring levels join to one run, as days do.

    Returns
    -------
    tuple of LabelRun
        Every maximal one.

    Raises
    ------
    AuditError
        If a count is below 0 or above its rows.

    Notes
    -----
    Were labels dealt at random, a given level would begin a run of so many rows of one label with at most
    ``share ** rows``, share being that of the label among all rows, the run included. Summed over the levels and
    both labels this bounds the chance of one anywhere (Boole's inequality).

    Examples
    --------
    >>> found = constant_runs([3, 4, 2, 40, 30], [10, 9, 8, 40, 30], ordered=True)[0]
    >>> found.first, found.last, found.rows, found.y_true, round(found.rate_elsewhere, 2)
    (3, 4, 70, 1, 0.33)
    """
    x, n = np.asarray(count, dtype=float), np.asarray(nobs, dtype=float)
    if ((x < 0) | (x > n)).any():
        raise AuditError("count must be from 0 to nobs at every level. Count rows with label 1, and all rows.")
    where = np.flatnonzero(n > 0)
    x, n = x[where], n[where]
    runs = [
        _label_run(where, x, n, first, last, y_true)
        for y_true in (0, 1)
        for first, last in _run_bounds(x == (n if y_true else 0), ordered)
    ]
    return tuple(sorted(runs, key=lambda s: (s.p_value, -s.rows)))


def _run_bounds(constant: Bools, ordered: bool) -> list[tuple[int, int]]:
    if not ordered:
        return [(int(i), int(i)) for i in np.flatnonzero(constant)]
    edges = np.flatnonzero(np.diff(np.concatenate([[False], constant, [False]]).astype(np.int8)))
    return [(int(first), int(after) - 1) for first, after in edges.reshape(-1, 2)]


def _label_run(where: Ints, x: Floats, n: Floats, first: int, last: int, y_true: int) -> LabelRun:
    part = slice(first, last + 1)
    rows, cases, total = n[part].sum(), x[part].sum(), n.sum()
    share = x.sum() / total if y_true else 1 - x.sum() / total
    p_value = min(1.0, float(2 * len(n) * np.exp(rows * np.log(share))))
    elsewhere = total - rows
    rate = float((x.sum() - cases) / elsewhere) if elsewhere > 0 else float("nan")
    return LabelRun(int(where[first]), int(where[last]), int(rows), y_true, p_value, rate)


def pure_ends(count: ArrayLike, nobs: ArrayLike, *, purity: float = 0.99) -> tuple[LabelRun, ...]:
    """Find where an ordered column begins or ends in rows of which nearly all hold one label, by trying every cut.

    Parameters
    ----------
    count, nobs : array of shape (levels,)
        Rows with label 1 and all rows of each level, in order.
    purity : float
        Least share of the one label in the run.

    Returns
    -------
    tuple of LabelRun
        The least likely for each end and label, the least likely first; its p-value counts all cuts, ends and labels.

    Examples
    --------
    >>> found = pure_ends([30, 25, 28, 99, 100], [100, 100, 100, 100, 100])[0]
    >>> found.first, found.last, found.y_true, found.others
    (3, 4, 1, 1)
    """
    x, n = np.asarray(count, dtype=float), np.asarray(nobs, dtype=float)
    where = np.flatnonzero(n > 0)
    x, n = x[where], n[where]
    found = [
        run
        for y_true in (0, 1)
        for backwards in (False, True)
        if (run := _pure_end(where, x, n, y_true, backwards, purity)) is not None
    ]
    return tuple(sorted(found, key=lambda s: (s.p_value, -s.rows)))


def _pure_end(where: Ints, x: Floats, n: Floats, y_true: int, backwards: bool, purity: float) -> LabelRun | None:
    order = slice(None, None, -1) if backwards else slice(None)
    rows, cases = np.cumsum(n[order])[:-1], np.cumsum((x if y_true else n - x)[order])[:-1]
    pure = cases >= purity * rows
    if not pure.any():
        return None
    share = (x if y_true else n - x).sum() / n.sum()
    purity_of_cut = np.where(pure, cases / rows, share)
    # Chernoff's bound on the chance of so few rows of the other label: in logarithms, where no chance vanishes.
    log_chance = -rows * (rel_entr(purity_of_cut, share) + rel_entr(1 - purity_of_cut, 1 - share))
    at = int(log_chance.argmin())
    cut = (len(n) - 1 - at, len(n) - 1) if backwards else (0, at)
    elsewhere = n.sum() - rows[at]
    rate = (x.sum() - (cases[at] if y_true else rows[at] - cases[at])) / elsewhere
    p_value = min(1.0, float(4 * len(n) * np.exp(log_chance[at])))
    others = round(rows[at] - cases[at])
    return LabelRun(int(where[cut[0]]), int(where[cut[1]]), int(rows[at]), y_true, p_value, float(rate), others)
