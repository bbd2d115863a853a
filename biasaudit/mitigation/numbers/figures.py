"""The figures of predicted numbers: each with its interval, and how figures of the same people go together."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from biasaudit.arraytypes import Bools, Floats, Ints
from biasaudit.inference.means.comparisons import mean_interval
from biasaudit.inference.means.means import Means
from biasaudit.inference.means.ranges import compare_means_range
from biasaudit.inference.testing.multiple_comparisons import judge_gaps
from biasaudit.mitigation.measures import REPLICATES, Estimates

__all__ = ["GROUP_FIGURES", "NumberFigures"]

GROUP_FIGURES = ("mean_prediction", "mean_error", "mean_absolute_error")


@dataclass(frozen=True)
class _Gap:
    """What is measured has no ratio that tells something."""

    has_ratio: bool = False


@dataclass(frozen=True, eq=False)
class NumberFigures:
    """What was predicted for the same people in several ways.

    Parameters
    ----------
    predictions : float array of shape (mitigations, repeats, rows)
        The unmitigated model first.
    y : float array of shape (rows,)
    truth : float array of shape (rows,) or None
        What an unbiased process would have written.
    groups : int array of shape (rows,)
    cluster : int array of shape (rows,) or None
        Codes from 0 of rows that belong together.
    large : bool array of shape (groups,)
        Groups that gaps are measured between.
    confidence : float
    random_state : int
        Seed of what is drawn.
    """

    predictions: Floats
    y: Floats
    truth: Floats | None
    groups: Ints
    cluster: Ints | None
    large: Bools
    confidence: float
    random_state: int

    @cached_property
    def _by_row(self) -> Floats:
        """Prediction, error and absolute error of each row, means over repeats; shape (3, mitigations, rows)."""
        prediction = self.predictions.mean(axis=1)
        absolute = np.abs(self.predictions - self.y).mean(axis=1)
        return np.stack([prediction, prediction - self.y, absolute])

    def _group_means(self, values: Floats) -> tuple[Means, Floats]:
        """Average values (..., rows) in each group; what each cluster adds to its error is (..., groups, clusters)."""
        shape, groups = values.shape[:-1], len(self.large)
        flat = values.reshape(-1, values.shape[-1])
        rows = np.bincount(self.groups, minlength=groups).astype(float)
        mean = np.stack([np.bincount(self.groups, weights=row, minlength=groups) for row in flat]) / rows
        residual = (flat - mean[:, self.groups]) / rows[self.groups]
        spread = np.stack([np.bincount(self.groups, weights=row**2, minlength=groups) for row in residual]) * rows
        cell = self._cluster * groups + self.groups
        cells, code = np.unique(cell, return_inverse=True)
        sums: Floats = np.stack([np.bincount(code, weights=row, minlength=len(cells)) for row in residual])
        number: Floats = np.bincount(cells % groups, minlength=groups).astype(float)
        error, skew = self._error(sums, cells % groups, number)
        added = np.zeros((len(flat), groups, self._clusters))
        added[:, cells % groups, cells // groups] = sums
        size = mean.shape
        means = Means(
            mean,
            np.broadcast_to(rows, size),
            np.broadcast_to(rows, size),
            error,
            np.broadcast_to(number - 1, size),
            skew,
            np.sqrt(spread),
        )
        return means.each(lambda a: np.asarray(a).reshape(*shape, groups)), added.reshape(*shape, groups, -1)

    @staticmethod
    def _error(sums: Floats, group: Ints, number: Floats) -> tuple[Floats, Floats]:
        """Return standard error and skewness of each mean, from the sums of its clusters."""
        groups = len(number)
        square, cube = (np.stack([np.bincount(group, row**p, groups) for row in sums]) for p in (2, 3))
        with np.errstate(invalid="ignore", divide="ignore"):
            error = np.sqrt(square * np.where(number > 1, number / (number - 1), np.nan))
            return error, np.nan_to_num(cube / error**3)

    @cached_property
    def _cluster(self) -> Ints:
        return np.arange(len(self.y)) if self.cluster is None else self.cluster

    @property
    def _clusters(self) -> int:
        return int(self._cluster.max()) + 1

    @cached_property
    def _of_groups(self) -> tuple[Means, Floats]:
        means, added = self._group_means(self._by_row)
        return means.each(lambda a: a[..., self.large]), added[:, :, self.large]

    @cached_property
    def _overall(self) -> dict[str, tuple[Means, Floats]]:
        """Figures over everyone, of shape (mitigations,), as means with what each cluster adds to them."""
        everyone = NumberFigures(
            self.predictions, self.y, None, np.zeros_like(self.groups), self.cluster, np.ones(1, bool), 0.95, 0
        )
        square = ((self.predictions - self.y) ** 2).mean(axis=1)
        centred = (self.y - self.y.mean()) ** 2
        lost = square.mean(axis=1, keepdims=True) / centred.mean()
        explained = 1 - lost - (square - lost * centred) / centred.mean()
        values = {"root_mean_squared_error": square, "r_squared": explained}
        if self.truth is not None:
            values["true_root_mean_squared_error"] = ((self.predictions - self.truth) ** 2).mean(axis=1)
        return {name: everyone._group_means(value) for name, value in values.items()}

    def estimates(self) -> dict[str, Estimates]:
        """Estimate every figure but the seconds."""
        out = {}
        for name, (means, _) in self._overall.items():
            value, (low, high) = means.value, mean_interval(means, self.confidence)
            limits = [np.sqrt(np.maximum(a, 0)) if name.endswith("squared_error") else a for a in (value, low, high)]
            out[name] = Estimates(*(a[:, 0] for a in limits))
        means = self._of_groups[0]
        number = means.value.shape[1]
        unknown = {name: np.full(number, np.nan) for name in ("difference", "ratio")}
        for i, name in enumerate(GROUP_FIGURES):
            one = means.each(lambda a, i=i: a[i])  # type: ignore[misc]
            found = compare_means_range([_Gap()] * number, one, unknown, confidence=self.confidence)["difference"]
            out[name] = Estimates(found.estimate[:, 0], found.low[:, 0], found.high[:, 0])
        return out

    def drawn(self) -> dict[str, Floats]:
        """Draw every figure as it varies with the people, of shape (replicates, mitigations).

        Means of many people are normal; what they have in common, being of the same people and clusters, is counted.
        """
        means, added = self._of_groups
        parts = [(means.value, added), *((m.value, a) for m, a in self._overall.values())]
        values = np.concatenate([value.ravel() for value, _ in parts])
        influence = np.concatenate([a.reshape(-1, self._clusters) for _, a in parts])
        covariance = influence @ influence.T * (self._clusters / max(self._clusters - 1, 1))
        size, way = np.linalg.eigh(covariance)
        normal = np.random.default_rng(self.random_state).standard_normal((REPLICATES, len(values)))
        draws = values + (normal * np.sqrt(np.maximum(size, 0))) @ way.T
        split = np.split(draws, np.cumsum([value.size for value, _ in parts])[:-1], axis=1)
        of_groups = split[0].reshape(REPLICATES, *means.value.shape)
        out = {name: np.ptp(of_groups[:, i], axis=2) for i, name in enumerate(GROUP_FIGURES)}
        for name, draw in zip(self._overall, split[1:], strict=True):
            out[name] = np.sqrt(np.maximum(draw, 0)) if name.endswith("squared_error") else draw
        return out

    def group_changes(self, names: tuple[str, ...], levels: list[dict[str, str]], small: float) -> pd.DataFrame:
        """Lay out how each figure of each group changes, by the differences of the same people."""
        values = self._by_row
        before = self._group_means(values[:, :1])[0].value[:, 0]
        after = self._group_means(values[:, 1:])[0].value
        moved = self._group_means(values[:, 1:] - values[:, :1])[0]
        flat = moved.each(lambda a: a.reshape(-1, a.shape[-1]))
        low, high = mean_interval(flat, self.confidence, skewness=False)
        figure, mitigation, group = (a.ravel() for a in np.indices(after.shape))
        columns: dict[str, Any] = {
            "mitigation": [names[1 + i] for i in mitigation],
            "metric": [GROUP_FIGURES[i] for i in figure],
            "group": [levels[i] for i in group],
            "rows": flat.rows.ravel(),
            "before": before[figure, group],
            "after": after.ravel(),
            "difference": flat.value.ravel(),
            "low": low.ravel(),
            "high": high.ravel(),
            "p_value": _two_sided(flat).ravel(),
        }
        answer = judge_gaps(
            columns["difference"],
            columns["low"],
            columns["high"],
            columns["p_value"],
            "difference",
            alpha=1 - self.confidence,
            questions=len(figure),
            small=np.full(len(figure), small),
        )
        return pd.DataFrame(columns).assign(p_adjusted=answer.p_adjusted, verdict=answer.verdicts)


def _two_sided(means: Means) -> Floats:
    """Test by t that a mean is 0; one of nothing that moved at all says nothing against it."""
    from scipy.stats import t

    with np.errstate(invalid="ignore", divide="ignore"):
        statistic = np.where((means.value == 0) & (means.error == 0), 0.0, means.value / means.error)
    return np.asarray(2 * t.sf(np.abs(statistic), np.maximum(means.df, 1)))
