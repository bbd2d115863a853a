"""What a correspondence audit asks of its scores: the mean, and who is selected."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from biasaudit.metrics.units import TOLERANCE

if TYPE_CHECKING:
    from biasaudit.audits.pairs.scores import Grid

__all__ = ["MEAN_SCORE", "SELECTION_RATE", "SMALL_GAP", "TOP_QUARTILE", "Question", "questions"]

Scores = NDArray[np.float64]
Measured = tuple[str, Scores, float]

MEAN_SCORE, TOP_QUARTILE, SELECTION_RATE = "mean_score", "top_quartile_share", "selection_rate"
TOP = 0.25
SHARE_GAP = float(TOLERANCE["difference"][1])
FEWEST_RANKED = 4
# In standard deviations of the scores: a gap that moves the tolerated share of people past the top quartile's edge,
# were scores normal.
SMALL_GAP = float(SHARE_GAP * np.sqrt(2 * np.pi) * np.exp(ndtri(TOP) ** 2 / 2))


@dataclass(frozen=True, eq=False)
class Question:
    """One thing measured on one grid, or on all of them together.

    Parameters
    ----------
    metric : str
    within : dict of str to str
        Stratum, such as {"job": "line cook"}; empty for all together.
    values : float array of shape (items, values)
        Scores, or 1 and 0 for selected or not.
    clusters : int array of shape (items,)
    small : float
        Gap too small to matter.
    """

    metric: str
    within: dict[str, str]
    values: Scores
    clusters: NDArray[np.int64]
    small: float

    @property
    def is_share(self) -> bool:
        """Whether the values are shares."""
        return self.metric != MEAN_SCORE

    @property
    def independent(self) -> int:
        """How many speak independently: clusters of items or, where there is one, values."""
        clusters = int(self.clusters.max()) + 1
        return clusters if clusters > 1 else self.values.shape[1]


def questions(grids: Sequence[Grid], threshold: float | None, stratum: str) -> tuple[Question, ...]:
    """Ask each grid and, where there are several, all of them together with a grid as the cluster."""
    measures = _measures(grids, threshold)
    measured = [[measure(grid.scores) for measure in measures] for grid in grids]
    out = [_together(parts) for parts in zip(*measured, strict=True)] if len(measured) > 1 else []
    for grid, found in zip(grids, measured, strict=True):
        within = {stratum: grid.name} if stratum else {}
        out += [Question(metric, within, values, grid.clusters, small) for metric, values, small in found]
    return tuple(out)


def _measures(grids: Sequence[Grid], threshold: float | None) -> list[Callable[[Scores], Measured]]:
    """Choose what is measured, the same for every grid."""

    def selected(scores: Scores) -> Measured:
        edge = 1.0 if threshold is None else threshold
        return (SELECTION_RATE, (scores >= edge).astype(float), SHARE_GAP)

    if threshold is not None:
        return [_mean, selected]
    if all(np.isin(grid.scores, (0.0, 1.0)).all() for grid in grids):
        return [selected]
    # Where no swap changed any score, all of an item's scores tie and a quartile says nothing more.
    changed = any((grid.scores != grid.scores[:, :1]).any() for grid in grids)
    return [_mean, _top] if changed else [_mean]


def _mean(scores: Scores) -> Measured:
    return (MEAN_SCORE, scores, SMALL_GAP * float(scores.std()))


def _top(scores: Scores) -> Measured:
    return (TOP_QUARTILE, _in_top(scores), SHARE_GAP)


def _in_top(scores: Scores) -> Scores:
    """Mark the top quartile of each item's scores, ties with its last included.

    So only inputs that are identical but for the value compete; where values are too few for quartiles, all do.
    """
    rows = scores if scores.shape[1] >= FEWEST_RANKED else scores.reshape(1, -1)
    place = rows.shape[1] - max(1, round(TOP * rows.shape[1]))
    return (rows >= np.partition(rows, place, axis=1)[:, place : place + 1]).astype(float).reshape(scores.shape)


def _together(parts: tuple[Measured, ...]) -> Question:
    """Put grids under each other; what they have in common makes their items alike, so each is one cluster."""
    metric = parts[0][0]
    values = np.concatenate([found for _, found, _ in parts])
    clusters = np.repeat(np.arange(len(parts)), [len(found) for _, found, _ in parts])
    small: Any = np.sqrt(np.mean([small**2 for _, _, small in parts]))
    return Question(metric, {}, values, clusters, float(small))
