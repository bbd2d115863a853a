"""How much of a measure is due to which rows a model learnt from: the variance of training, from models of halves."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from biasaudit.arraytypes import Floats, Ints
from biasaudit.inference.variance.effective import Shares
from biasaudit.metrics.cell_totals import sum_of_others
from biasaudit.metrics.composites import Composite
from biasaudit.metrics.rates import Rate

__all__ = ["HalfSampleModels", "HalfSamples"]

ROUNDING = 1e-9


@dataclass(frozen=True)
class HalfSamples:
    """What training and rows add to each measure, seen in pairs of models that were trained on halves of the rows.

    The two models of a pair share no row, so that half their difference varies at least as much as the mean over
    models that were trained on more of these rows.

    Parameters
    ----------
    trained : float array of shape (2, measures, halvings, groups)
        Half of what the model of one half adds to a measure over that of the other: in each group, and in everyone
        outside it.
    drawn : float array of the same shape
        Half of what the rows of one half add over those of the other, whatever model decides for them.
    rows : float array of shape (2, 2, measures, halvings, groups)
        Weight of the rows that the measure is about, in each half.

    References
    ----------
    Nadeau and Bengio (2003), "Inference for the generalization error", section 5.2, for pairs of halves. McCarthy
    (1966), "Replication", for why so few of them do. Efron and Stein (1981), "The jackknife estimate of variance", for
    why more rows vary no more.
    """

    trained: Floats
    drawn: Floats
    rows: Floats

    def for_rates(self, shares: Shares) -> Shares:
        """Take from each share the rows that training costs it, held by itself."""
        with np.errstate(invalid="ignore"):
            added = self._added(self.trained[0], self.drawn[0]) / _variance(shares, self.rows[:, 0])
        by_group, number = _mean(added, 1)
        # What moves every group at once is seen in all of them.
        overall = _mean(added, (1, 2))[0][:, None]
        return _shrink_rows(shares, 1 + np.fmax(by_group, overall), number)

    def for_gaps(self, shares: Shares, rest: Shares) -> tuple[Shares, Shares]:
        """Take from the shares of groups, and of everyone else, the rows that training costs the gaps between them.

        What training does to every group alike is no gap and costs none.
        """
        variance_of_groups, variance_of_rest = _variance(shares, self.rows[:, 0]), _variance(rest, self.rows[:, 1])
        with np.errstate(invalid="ignore"):
            added = self._added(*(part[0] - part[1] for part in (self.trained, self.drawn))) / (
                variance_of_groups + variance_of_rest
            )
        by_group, number = _mean(added, 1)
        overall, df_overall = self._dispersion(variance_of_groups)
        cost = 1 + np.fmax(by_group, overall[:, None])
        df = np.where(by_group >= overall[:, None], number, df_overall[:, None])
        return _shrink_rows(shares, cost, df), _shrink_rows(rest, cost, df)

    @staticmethod
    def _added(trained: Floats, drawn: Floats) -> Floats:
        """Find how much wider a difference spreads by training, and by what training and rows have in common."""
        return np.asarray((trained + drawn) ** 2 - drawn**2)

    def _dispersion(self, variance: Floats) -> tuple[Floats, Floats]:
        """Return what training adds to chi-square of all groups over its degrees of freedom, and how many those are."""
        trained, drawn = self.trained[0], self.drawn[0]
        known = ~np.isnan(variance + trained + drawn)
        weight = np.where(known, 1 / np.where(known, variance, 1.0), 0.0)
        added = _squares(trained + drawn, weight) - _squares(drawn, weight)
        df = np.maximum(known.sum(axis=2) - 1, 0).sum(axis=1)
        return np.where(df > 0, added / np.maximum(df, 1), np.nan), df


def _variance(shares: Shares, rows: Floats) -> Floats:
    """Variance of half the difference between two halves of which nothing but the rows differs, as `shares` have it."""
    with np.errstate(invalid="ignore", divide="ignore"):
        pooled = np.nansum(shares.count, axis=1, keepdims=True) / np.nansum(shares.nobs, axis=1, keepdims=True)
        # One more row of the common kind, so that no group without a case is held for certain.
        p = (np.nan_to_num(shares.count) + pooled) / (shares.nobs + 1)
        each = p * (1 - p) * shares.denominator / shares.nobs
        found = each[:, None, :] * (1 / rows).sum(axis=0) / 4
    return np.where((found > 0) & np.isfinite(found), found, np.nan)


def _mean(values: Floats, axis: int | tuple[int, ...]) -> tuple[Floats, Ints]:
    """Average what is known, and count it."""
    number = (~np.isnan(values)).sum(axis=axis)
    return np.where(number > 0, np.nansum(values, axis=axis) / np.maximum(number, 1), np.nan), number


def _squares(gaps: Floats, weight: Floats) -> Floats:
    """Sum the weighted squares around the mean of all groups, over halvings and groups."""
    gaps = np.where(weight > 0, gaps, 0.0)
    total = weight.sum(axis=2, keepdims=True)
    middle = (weight * gaps).sum(axis=2, keepdims=True) / np.where(total > 0, total, 1.0)
    return np.asarray((weight * (gaps - middle) ** 2).sum(axis=(1, 2)))


def _shrink_rows(shares: Shares, cost: Floats, number: Floats | Ints) -> Shares:
    """Divide the rows by what training costs, and take t for the normal as far as the cost is but estimated.

    References
    ----------
    Satterthwaite (1946): the variance of rows is known, what is added to it was seen in so many squares.
    """
    cost = np.where(cost > 1 + ROUNDING, cost, 1.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        df = np.where(cost > 1, number * cost**2 / (cost**2 - 1), np.inf)
    return replace(shares, nobs=shares.nobs / cost, df=np.minimum(shares.df, df))


@dataclass(frozen=True, eq=False)
class HalfSampleModels:
    """What models of halves of the rows decided for the other half, row by row.

    Parameters
    ----------
    features : tuple of str
    levels : tuple of tuple of str
    codes : int array of shape (rows, features)
        Level of each row.
    y_true : int array of shape (rows,)
        0 or 1.
    weight : float array of shape (rows,)
    side : int array of shape (halvings, rows)
        The half, 0 or 1, in which the row was decided for by the model of the other.
    y_pred : int array of shape (halvings, rows)
        0 or 1.
    score_bin : int array of shape (halvings, rows) or None
    bin_scores : float array of shape (bins,) or None
    """

    features: tuple[str, ...]
    levels: tuple[tuple[str, ...], ...]
    codes: Ints
    y_true: Ints
    weight: Floats
    side: Ints
    y_pred: Ints
    score_bin: Ints | None = None
    bin_scores: Floats | None = None

    def measure(self, split: Sequence[str], rates: Sequence[Rate], composites: Sequence[Composite]) -> HalfSamples:
        """Measure every half by the features of `split`.

        Parameters
        ----------
        split : sequence of str
        rates : sequence of Rate
        composites : sequence of Composite
        """
        kinds = [self.y_pred] if self.score_bin is None else [self.y_pred, self.score_bin]
        counts = [self._counts(split, kind, size) for kind, size in zip(kinds, self._sizes, strict=True)]
        found = [
            [_measured(part, rates, composites, self.bin_scores) for part in (parts, [sum_of_others(p) for p in parts])]
            for parts in zip(*counts, strict=True)
        ]
        # Axes: halvings, inside or outside, share or rows, measures, groups × whose model × half.
        lead = np.array(found)
        lead = lead.reshape(*lead.shape[:-1], -1, 2, 2)
        share, rows = lead[:, :, 0], lead[:, :, 1]
        own_model, other_models = (np.moveaxis(share[..., whose, :], 0, 2) for whose in (0, 1))
        drawn = (other_models[..., 0] - other_models[..., 1]) / 2
        trained = (own_model[..., 1] - own_model[..., 0]) / 2 + drawn
        return HalfSamples(trained, drawn, np.moveaxis(rows[..., 0, :], (0, -1), (3, 0)))

    @property
    def _sizes(self) -> list[int]:
        return [2] if self.bin_scores is None else [2, len(self.bin_scores)]

    def _counts(self, split: Sequence[str], kind: Ints, size: int) -> Iterator[Floats]:
        """Sum weights in each halving by group, whose model decided (the halving's, the others'), half, label, kind."""
        keep = [self.features.index(name) for name in split]
        shape = [len(self.levels[i]) for i in keep]
        group = np.ravel_multi_index(tuple(self.codes[:, keep].T), shape) if keep else np.zeros(len(self.y_true), int)
        groups, halvings = int(np.prod(shape, dtype=np.int64)), len(kind)
        cell = self.y_true * size + kind
        for r in range(halvings):
            place = (group * 2 + self.side[r]) * 2 * size
            length = groups * 4 * size
            own_model = np.bincount(place + cell[r], weights=self.weight, minlength=length)
            all_models = np.bincount((place + cell).ravel(), np.tile(self.weight, halvings), minlength=length)
            yield np.stack([part.reshape(groups, 2, 2, size) for part in (own_model, all_models - own_model)], axis=1)


def _measured(
    parts: Sequence[Floats], rates: Sequence[Rate], composites: Sequence[Composite], scores: Floats | None
) -> list[Floats]:
    """Return the shares and the rows of every measure, each of shape (measures, groups × whose model × half)."""
    cells = parts[0].reshape(-1, 4)
    rows = [rate.denominator(cells) for rate in rates]
    with np.errstate(invalid="ignore", divide="ignore"):
        shares = [rate.numerator(cells) / n for rate, n in zip(rates, rows, strict=True)]
    for composite in composites:
        flat = parts[-1].reshape(len(cells), 2, -1) if composite.scored else cells
        found = composite.influence(flat, flat, scores)
        shares.append(found.share)
        rows.append(found.rows)
    return [np.array(shares), np.array(rows)]
