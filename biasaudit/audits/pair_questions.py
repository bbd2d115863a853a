"""What a correspondence audit asks of its scores: the mean, and who is selected."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from biasaudit.statistics.verdicts import TOLERANCE

if TYPE_CHECKING:
    from biasaudit.audits.pairs import Grid, PairsAudit

__all__ = ["MEAN_SCORE", "SELECTION_RATE", "SMALL_GAP", "TOP_QUARTILE", "Question", "questions"]

MEAN_SCORE, TOP_QUARTILE, SELECTION_RATE = "mean_score", "top_quartile_share", "selection_rate"
TOP = 0.25
FEWEST_RANKED = 4
# In standard deviations of the scores: a gap that moves the tolerated share of people past the top quartile's edge,
# were scores normal.
SMALL_GAP = float(TOLERANCE["difference"][1] * np.sqrt(2 * np.pi) * np.exp(ndtri(TOP) ** 2 / 2))


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
    values: NDArray[np.float64]
    clusters: NDArray[np.int64]
    small: float

    @property
    def is_share(self) -> bool:
        """Whether the values are shares."""
        return self.metric != MEAN_SCORE


def questions(audit: PairsAudit) -> tuple[Question, ...]:
    """Ask each grid and, where there are several, all of them together with a grid as the cluster."""
    asked = [_measured(grid, audit.threshold) for grid in audit.grids]
    out = [_together(parts) for parts in zip(*asked, strict=True)] if len(asked) > 1 else []
    for grid, found in zip(audit.grids, asked, strict=True):
        within = {audit.stratum: grid.name} if audit.stratum else {}
        out += [Question(metric, within, values, grid.clusters, small) for metric, values, small in found]
    return tuple(out)


Measured = tuple[str, NDArray[np.float64], float]


def _measured(grid: Grid, threshold: float | None) -> list[Measured]:
    scores, share = grid.scores, TOLERANCE["difference"][1]
    if threshold is not None:
        selected = scores >= threshold
        return [(MEAN_SCORE, scores, _small(scores)), (SELECTION_RATE, selected.astype(float), share)]
    if np.isin(scores, (0.0, 1.0)).all():
        return [(SELECTION_RATE, scores, share)]
    return [(MEAN_SCORE, scores, _small(scores)), (TOP_QUARTILE, _in_top(scores), share)]


def _small(scores: NDArray[np.float64]) -> float:
    return SMALL_GAP * float(scores.std())


def _in_top(scores: NDArray[np.float64]) -> NDArray[np.float64]:
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
