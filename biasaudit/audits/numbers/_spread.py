"""How outcomes and predictions are spread in each group, in the few bins that a reader can see."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from biasaudit.arraytypes import Floats
from biasaudit.audits.findings.gap_records import known_interval
from biasaudit.audits.numbers.family import NumberFamily, rows_by_group
from biasaudit.inference.means.distributions import Distribution
from biasaudit.metrics.units import Unit
from biasaudit.reporting.distributions import QUANTILES, Distribution as Spread
from biasaudit.reporting.words.breakdowns import records

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["spreads"]

# How many bins are drawn at most, and which part of everyone lies beyond the first and the last where values are many.
MOST_BINS, FEWEST_BINS, BEYOND = 40, 8, 0.005
FEWEST_ROWS = 5
NICE = (1.0, 2.0, 2.5, 5.0, 10.0)
LATTICE = 1e-6


def spreads(
    everyone: NumberFamily,
    splits: Sequence[NumberFamily],
    rates: pd.DataFrame,
    titles: Mapping[str, str],
    unit: Unit,
) -> tuple[Spread, ...]:
    """Describe each variable over everyone and in each group of a single feature, all in the same bins.

    Groups of a handful of rows, whose outline would be those people, have none, nor have groups that are withheld.
    """
    means = {(row["metric"], tuple(row["group"].items())): row for row in records(rates)}
    singles = [family for family in splits if len(family.features) == 1]
    found = []
    for variable, histogram in everyone.table.histograms.items():
        start, width, bins = _bins(Distribution(histogram, 1))
        for family in (everyone, *singles):
            spread = Distribution(family.table.histograms[variable], family.table.shape_size)
            share = np.matmul(spread.shares, _parts(spread, start + width * np.arange(bins + 1.0)).T)
            quantiles = np.stack([spread.quantile(np.array(part)) for part in QUANTILES], axis=1)
            enough = rows_by_group(family.table, usable=True) >= FEWEST_ROWS
            for at in np.flatnonzero(enough & ~family.suppressed).tolist():
                group = family.groups[at]
                row = means.get((f"mean_{variable}", tuple(group.items())), {})
                found.append(
                    Spread(
                        variable=variable,
                        title=titles[variable],
                        group=group,
                        rows=float(spread.total[at]),
                        low=(start + width * np.arange(bins)).tolist(),
                        share=share[at].tolist(),
                        width=width,
                        quantiles=quantiles[at].tolist(),
                        mean=float(row.get("estimate", math.nan)),
                        interval=known_interval(row),
                        unit=unit,
                    )
                )
    return tuple(found)


def _parts(spread: Distribution, edges: Floats) -> Floats:
    """Say which part of each bin of a histogram lies in each drawn one, shape (drawn, bins); rows in it lie evenly."""
    width = spread.high - spread.low
    with np.errstate(invalid="ignore", divide="ignore"):
        below = np.clip((edges[:, None] - spread.low) / width, 0.0, 1.0)
    below = np.where(width > 0, below, edges[:, None] > spread.low)
    return np.asarray(np.diff(below, axis=0))


def _bins(spread: Distribution) -> tuple[float, float, int]:
    """Choose start, width and number of the bins: one a value where they are few and evenly apart, else round ones."""
    values = spread.middle
    step = _step(values) if spread.exact else 0.0
    low, high = float(values[0]), float(values[-1])
    if step and (high - low) / step < MOST_BINS:
        return low - step / 2, step, round((high - low) / step) + 1
    ends = [float(spread.quantile(np.array(part))[0]) for part in (BEYOND, 1 - BEYOND)]
    low, high = ends if ends[1] > ends[0] else (low, high)
    # As many as so many people can fill (the rule of Rice).
    rough = (high - low) / min(MOST_BINS, max(FEWEST_BINS, round(2 * float(spread.total[0]) ** (1 / 3))))
    if not rough > 0:
        return low - 0.5, 1.0, 1
    # Values on a lattice, such as whole numbers, are as many in each bin.
    if step:
        width = step * math.ceil(rough / step)
        start = float(values[0]) - step / 2
        start += width * math.floor((low - start) / width)
    else:
        power = 10.0 ** math.floor(math.log10(rough))
        width = next(power * nice for nice in (*NICE, 20.0) if power * nice >= rough)
        start = width * math.floor(low / width)
    return start, width, max(1, math.ceil((high - start) / width + LATTICE))


def _step(values: Floats) -> float:
    """Return the distance of neighbouring values where all are a whole number of it apart; 0 where they are not."""
    if len(values) < 2:
        return 0.0
    apart: Any = np.diff(values)
    steps = (values - values[0]) / apart.min()
    return float(apart.min()) if np.abs(steps - np.round(steps)).max() < LATTICE * steps.max() ** 0.5 else 0.0
