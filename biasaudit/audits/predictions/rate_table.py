"""The tidy table of rates: a row for each measure in each group, with its interval."""

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from biasaudit.audits.chosen import EVERYTHING, Chosen
from biasaudit.audits.families import Family
from biasaudit.counts.arrays import object_array
from biasaudit.inference.intervals.calibration import calibration_error
from biasaudit.inference.measures import rate_interval
from biasaudit.inference.pooled import pooled_interval
from biasaudit.inference.representation import membership
from biasaudit.metrics.composites import has_probabilities
from biasaudit.metrics.wilson import critical_value, wilson

__all__ = ["RATE_COLUMNS", "SHARE_OF_DATA", "rate_table", "share_of_data"]

RATE_COLUMNS = (
    "metric",
    "group",
    "numerator",
    "denominator",
    "estimate",
    "low",
    "high",
    "pooled",
    "pooled_low",
    "pooled_high",
    "reason",
)
POOLED = ("pooled", "pooled_low", "pooled_high")
SHARE_OF_DATA = "share_of_data"


def rate_table(
    everyone: Family, splits: tuple[Family, ...], confidence: float, metrics: Chosen = EVERYTHING
) -> pd.DataFrame:
    """Lay out all rates, those of everyone first, with an empty dict for their group."""
    parts = [_measures(family, confidence) for family in (everyone, *splits)]
    parts += [_share_of_data(family, confidence) for family in splits]
    table = everyone.table
    if not metrics.names and table.y_true is not None and has_probabilities(table):
        parts += [_calibration(family, confidence) for family in (everyone, *splits)]
    columns = {name: np.concatenate([part[name] for part in parts]) for name in RATE_COLUMNS}
    return pd.DataFrame(columns)


def _measures(family: Family, confidence: float) -> dict[str, Any]:
    estimate, low, high = rate_interval(family.measures, family.rate_shares, confidence)
    estimate = np.where(np.isfinite(estimate), estimate, np.nan)
    pooled = pooled_interval(family.measures, family.rate_shares, confidence)
    groups = len(family.rows)
    reasons = np.full(estimate.shape, "", dtype=object)
    for i, j in np.argwhere(np.isnan(estimate)):
        reasons[i, j] = family.undefined_reason(i, j)
    for i, j in np.argwhere(~np.isnan(estimate) & np.isnan(low)):
        reasons[i, j] = "only one cluster, so its uncertainty is unknown"
    return {
        "metric": np.repeat(np.array([m.name for m in family.measures], dtype=object), groups),
        "group": object_array(family.groups * len(family.measures)),
        "numerator": family.shares.numerator.ravel(),
        "denominator": family.shares.denominator.ravel(),
        "estimate": estimate.ravel(),
        "low": np.where(np.isnan(estimate), np.nan, low).ravel(),
        "high": np.where(np.isnan(estimate), np.nan, high).ravel(),
        **{name: np.where(np.isnan(estimate), np.nan, side).ravel() for name, side in zip(POOLED, pooled, strict=True)},
        "reason": reasons.ravel(),
    }


def _not_pooled(rows: int) -> dict[str, Any]:
    """Fill the columns of what is no rate among the people of a group: there is nothing to draw it towards."""
    return dict.fromkeys(POOLED, np.full(rows, np.nan))


def _share_of_data(family: Family, confidence: float) -> dict[str, Any]:
    rows = family.rows.astype(float)
    if family.table.cluster is None:
        return share_of_data(family.groups, rows, confidence)
    held = membership(replace(family.table, weight=None, weight_squared=None), np.ones(len(rows), dtype=bool))
    limits = wilson(held.share * held.nobs, held.nobs, critical=critical_value(confidence, held.df))
    return share_of_data(family.groups, rows, confidence, limits)


def share_of_data(
    groups: tuple[dict[str, str], ...], rows: Any, confidence: float, limits: tuple[Any, Any] | None = None
) -> dict[str, Any]:
    """Lay out which share of all rows each group has, with Wilson's limits where no others are given."""
    total = np.full(len(rows), rows.sum())
    low, high = wilson(rows, total, critical=critical_value(confidence)) if limits is None else limits
    return {
        "metric": np.full(len(rows), SHARE_OF_DATA, dtype=object),
        "group": object_array(groups),
        "numerator": rows,
        "denominator": total,
        "estimate": rows / total,
        "low": low,
        "high": high,
        **_not_pooled(len(rows)),
        "reason": np.full(len(rows), "", dtype=object),
    }


def _calibration(family: Family, confidence: float) -> dict[str, Any]:
    error, low, high, rows = calibration_error(family.table, confidence)
    hidden = family.suppressed
    error, low, high = (np.where(hidden, np.nan, a) for a in (error, low, high))
    return {
        "metric": np.full(len(error), "calibration_error", dtype=object),
        "group": object_array(family.groups),
        "numerator": np.full(len(error), np.nan),
        "denominator": rows,
        "estimate": error,
        "low": low,
        "high": high,
        **_not_pooled(len(error)),
        "reason": object_array(tuple("no rows" if np.isnan(e) else "" for e in error)),
    }
