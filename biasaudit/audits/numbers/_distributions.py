"""Whole distributions beside means: how far apart those of two groups are, and how predictions are calibrated."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from biasaudit.audits.numbers.family import NumberFamily
from biasaudit.counts.moments.table import MomentTable
from biasaudit.inference.means.distances import (
    calibration_bins,
    kolmogorov_smirnov,
    standardised_mean_difference,
    total_variation,
    wasserstein,
)
from biasaudit.inference.means.distributions import Distribution
from biasaudit.metrics.units import Unit
from biasaudit.reporting.report import Column, Section
from biasaudit.reporting.words.breakdowns import records
from biasaudit.reporting.words.text import number

__all__ = ["calibration_table", "distance_table", "distribution_sections", "left_out_table"]

DISTANCES = ("kolmogorov_smirnov", "wasserstein", "standardised_difference", "total_variation")
DISTANCE_COLUMNS = ("variable", "sensitive_features", "group", "reference", *DISTANCES, "exact")
CALIBRATION_COLUMNS = ("group", "bin", "low", "high", "rows", "mean_prediction", "mean_outcome")


def distance_table(splits: Sequence[NumberFamily]) -> pd.DataFrame:
    """Hold the distribution of each group against that of its reference."""
    parts = [
        _distances(family, variable)
        for family in splits
        for variable in family.table.histograms
        if family.present[family.reference]
    ]
    return _stacked(parts, DISTANCE_COLUMNS)


def _distances(family: NumberFamily, variable: str) -> pd.DataFrame:
    spread = Distribution(family.table.histograms[variable], family.table.shape_size)
    at = np.flatnonzero(family.present & (np.arange(len(family.rows)) != family.reference) & ~family.suppressed)
    mine, theirs = spread.weight[at], spread.weight[[family.reference]]
    measure = [m.name for m in family.measures].index(f"mean_{variable}")
    mean, deviation = (array[measure] for array in (family.means.value, family.means.deviation))
    return pd.DataFrame(
        {
            "variable": variable,
            "sensitive_features": [family.features] * len(at),
            "group": [family.groups[i] for i in at],
            "reference": [family.groups[family.reference]] * len(at),
            "kolmogorov_smirnov": kolmogorov_smirnov(mine, theirs),
            "wasserstein": wasserstein(mine, theirs, spread.middle),
            "standardised_difference": standardised_mean_difference(
                mean[at], deviation[at], mean[family.reference], deviation[family.reference]
            ),
            "total_variation": total_variation(mine, theirs),
            "exact": spread.exact,
        }
    )


def calibration_table(splits: Sequence[NumberFamily]) -> pd.DataFrame:
    """Average predictions and outcomes of each group in bins of the prediction that all groups share."""
    parts = [_calibration(family) for family in splits if _can_calibrate(family.table)]
    return _stacked(parts, CALIBRATION_COLUMNS)


def _can_calibrate(table: MomentTable) -> bool:
    prediction = table.histograms.get("prediction")
    return prediction is not None and prediction.outcome is not None


def _calibration(family: NumberFamily) -> pd.DataFrame:
    found = calibration_bins(family.table.histograms["prediction"], family.table.shape_size)
    group, at = np.nonzero((found.weight > 0) & ~family.suppressed[:, None])
    return pd.DataFrame(
        {
            "group": [family.groups[i] for i in group],
            "bin": at + 1,
            "low": found.low[at],
            "high": found.high[at],
            "rows": found.weight[group, at],
            "mean_prediction": found.prediction[group, at],
            "mean_outcome": found.outcome[group, at],
        }
    )


def _stacked(parts: Sequence[pd.DataFrame], columns: Sequence[str]) -> pd.DataFrame:
    parts = [part for part in parts if len(part)]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=list(columns))


def distribution_sections(splits: Sequence[NumberFamily], unit: Unit) -> tuple[Section, ...]:
    """Lay out distances and calibration for a report: they describe, and no verdict stands on them."""
    distances, single = distance_table(splits), [family for family in splits if len(family.features) == 1]
    calibration = calibration_table(single)
    return (
        *((_distance_section(distances, unit),) if len(distances) else ()),
        *((_calibration_section(calibration, unit),) if len(calibration) else ()),
    )


def _distance_section(table: pd.DataFrame, unit: Unit) -> Section:
    binned = "" if bool(table["exact"].all()) else " They are computed from bins, and at most a bin's width off."
    columns = (
        Column("variable", "Of"),
        Column("group", "Group", "group"),
        Column("reference", "Against", "group"),
        Column("wasserstein", f"Wasserstein{_in(unit)}"),
        Column("kolmogorov_smirnov", "Kolmogorov-Smirnov", "number"),
        Column("standardised_difference", "Difference of means in standard deviations", "number"),
    )
    sentences = (
        "Two groups may have one mean and still fare differently. Wasserstein's distance is how far people of one "
        "group would have to move, on average, to be spread as the other; Kolmogorov and Smirnov's is the largest gap "
        f"between the shares that are at or below some value.{binned}",
        "These figures describe: no verdict stands on them, and chance alone makes them larger in small groups.",
    )
    rows = _written(table, unit, "wasserstein")
    return Section("distributions", "How far apart whole distributions are", sentences, columns, rows)


def _calibration_section(table: pd.DataFrame, unit: Unit) -> Section:
    columns = (
        Column("group", "Group", "group"),
        Column("low", f"Predictions from{_in(unit)}"),
        Column("high", "to"),
        Column("rows", "Rows", "count"),
        Column("mean_prediction", "Mean prediction"),
        Column("mean_outcome", "Mean outcome"),
    )
    sentences = (
        "Where predictions are calibrated, people to whom the same is predicted have that outcome on average, "
        "whichever group they belong to. These figures describe: no verdict stands on them.",
    )
    rows = _written(table, unit, "low", "high", "mean_prediction", "mean_outcome")
    return Section("calibration", "Predicted and true, by group", sentences, columns, rows)


def _in(unit: Unit) -> str:
    return f" ({unit.after_value})" if unit.after_value else ""


def _written(table: pd.DataFrame, unit: Unit, *names: str) -> tuple[dict[str, Any], ...]:
    """Write the columns that are in the unit of the outcome with as many digits as it has."""
    written = {name: [number(value, unit.digits) for value in table[name]] for name in names}
    return tuple(records(table.assign(**written)))


def left_out_table(table: MomentTable) -> pd.DataFrame:
    """Count the rows without an outcome or prediction in each group of each feature."""
    rows = []
    for at, feature in enumerate(table.features):
        names = table.levels[at]
        counts = np.bincount(table.codes[:, at], weights=table.left_out, minlength=len(names))
        rows += [("no value", {feature: names[i]}, int(counts[i])) for i in np.flatnonzero(counts)]
    return pd.DataFrame(rows, columns=["reason", "group", "rows"])
