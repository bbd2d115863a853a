"""How sure one can be of means over a grid of items and values, when neither items nor values are all there are."""

from dataclasses import dataclass

import numpy as np

from biasaudit.arraytypes import Floats, Ints

__all__ = ["Contrasts", "two_way"]


@dataclass(frozen=True)
class Contrasts:
    """Weighted sums of the means of values, each with its uncertainty; every array has shape (contrasts,).

    Parameters
    ----------
    estimate : float array
    variance : float array
        Two-way cluster-robust variance; NaN where one item and one value a group are all there is.
    df : float array
        Degrees of freedom: the smaller of the two ways'; 0 where the variance is NaN.
    """

    estimate: Floats
    variance: Floats
    df: Floats

    @property
    def error(self) -> Floats:
        """Standard error."""
        return np.sqrt(self.variance)


def two_way(scores: Floats, groups: Ints, weights: Floats, clusters: Ints) -> Contrasts:
    """Estimate contrasts between groups of values over items that all values were put into.

    Parameters
    ----------
    scores : float array of shape (items, values)
        Score of each item with each value filled in.
    groups : int array of shape (values,)
        Group of each value, counted from 0.
    weights : float array of shape (contrasts, values)
        What each contrast takes of the mean of each value.
    clusters : int array of shape (items,)
        Which items belong together, counted from 0.

    Returns
    -------
    Contrasts

    Notes
    -----
    The variance is that between clusters of items, plus that between values, minus what both count: each
    corrected for its own number of clusters, and values centred within their group, so that without
    correlation inside cells it is the unbiased estimate of a crossed random-effects model. As differences of
    variances may fall below one of them, the largest of the three is taken. A group of one value shows no spread
    between values; the variance is then that between items alone, and speaks of these values only.
    The degrees of freedom are the smaller of clusters of items - 1 and, as Welch has it, those of the values:
    wide where one way matters little, but never too narrow with few clusters.

    References
    ----------
    Cameron, Gelbach and Miller (2011), "Robust inference with multiway clustering", equation 2.11.
    MacKinnon, Nielsen and Webb (2024), "Jackknife inference with two-way clustering", arXiv:2406.08880.

    Examples
    --------
    >>> scores = np.array([[3.0, 4.0, 1.0, 2.0], [5.0, 6.0, 2.0, 3.0], [4.0, 7.0, 2.0, 3.0]])
    >>> found = two_way(scores, np.array([0, 0, 1, 1]), np.array([[0.5, 0.5, -0.5, -0.5]]), np.array([0, 1, 2]))
    >>> [round(float(part[0]), 4) for part in (found.estimate, found.error, found.df)]
    [2.6667, 0.9718, 1.6374]
    """
    means = scores.mean(axis=0)
    sizes = np.bincount(groups)[groups]
    by_item = scores @ weights.T - weights @ means
    count = int(clusters.max()) + 1
    small_sample = count / (count - 1) if count > 1 else 0.0
    between_items = small_sample * (_sums(by_item, clusters, count) ** 2).sum(axis=0) / len(scores) ** 2
    correction = np.where(sizes > 1, sizes / np.maximum(sizes - 1, 1), 0.0)
    by_value = correction * (weights * _centred(means[None], groups)) ** 2
    cell_sums = _sums(_centred(scores - means, groups), clusters, count) / len(scores)
    counted_twice = small_sample * (weights**2) @ (correction * (cell_sums**2).sum(axis=0))
    return _contrasts(
        weights @ means, weights, groups, items=between_items, by_value=by_value, twice=counted_twice, clusters=count
    )


def _sums(rows: Floats, clusters: Ints, count: int) -> Floats:
    """Add up the rows of each cluster."""
    if count == len(rows):
        return rows
    out = np.zeros((count, rows.shape[1]))
    np.add.at(out, clusters, rows)
    return out


def _centred(rows: Floats, groups: Ints) -> Floats:
    """Take from each value the mean of its group, row by row."""
    member = np.eye(int(groups.max()) + 1)[groups]
    return np.asarray(rows - (rows @ member / member.sum(axis=0))[:, groups])


def _contrasts(
    estimate: Floats, weights: Floats, groups: Ints, *, items: Floats, by_value: Floats, twice: Floats, clusters: int
) -> Contrasts:
    """Add the variances between clusters of items and between values, less what both count."""
    member = np.eye(int(groups.max()) + 1)[groups]
    sizes = member.sum(axis=0)
    by_group, values = by_value @ member, by_value.sum(axis=1)
    # One group of a single value leaves the spread between values unknown.
    used = np.abs(weights) @ member > 0
    known = (used <= (sizes > 1)).all(axis=1)
    values, twice = np.where(known, values, 0.0), np.where(known, twice, 0.0)
    variance = np.maximum(items + values - twice, np.maximum(items, values))
    with np.errstate(invalid="ignore", divide="ignore"):
        welch = values**2 / (by_group**2 / np.maximum(sizes - 1, 1)).sum(axis=1)
    welch = np.where(values > 0, welch, (used * (sizes - 1)).sum(axis=1))
    df = np.minimum(clusters - 1 if clusters > 1 else np.inf, np.where(known, welch, np.inf))
    undefined = ~known & (clusters < 2)
    return Contrasts(estimate, np.where(undefined, np.nan, variance), np.where(undefined, 0.0, df))
