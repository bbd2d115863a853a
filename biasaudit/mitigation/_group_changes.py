"""Who is decided upon otherwise than before: rates of each group against those without mitigation."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from scipy.special import ndtr

from biasaudit.arraytypes import Floats
from biasaudit.counts.table.crosstab import Crosstab
from biasaudit.inference.intervals.small_groups import difference_interval
from biasaudit.inference.testing.multiple_comparisons import judge_gaps
from biasaudit.inference.variance.effective import group_shares
from biasaudit.metrics.cell_totals import ClusterTotals, cluster_totals
from biasaudit.metrics.wilson import critical_value
from biasaudit.mitigation.measures import SPREAD_RATES

__all__ = ["group_changes"]


def group_changes(
    table: Crosstab, groups: list[dict[str, str]], *, independent: bool, confidence: float
) -> pd.DataFrame:
    """Lay out the change of each rate in each group under each mitigation.

    The same people are decided upon with and without mitigation: intervals are Newcombe's for pairs, p-values
    McNemar's with Edwards' correction, both between clusters where rows are not independent.

    Parameters
    ----------
    table : Crosstab
        Counts by mitigation, group, label and cluster; the first mitigation is the unmitigated model.
    groups : list of dict
        Each group as feature to value.
    independent : bool
        Whether every row is a cluster of its own.
    confidence : float

    Returns
    -------
    DataFrame
        mitigation, metric, group, rows, before, after, difference, low, high, p_value, p_adjusted, verdict.

    References
    ----------
    Newcombe (1998), "Improved confidence intervals for the difference between binomial proportions based on paired
    data". Edwards (1948), "Note on the correction for continuity in testing the significance of the difference
    between correlated proportions".
    """
    names = table.levels[0]
    size = (len(SPREAD_RATES), len(names), len(groups))
    shares = group_shares(table.without_clusters() if independent else table, SPREAD_RATES).each(
        lambda a: a.reshape(size)
    )
    totals = cluster_totals(table, SPREAD_RATES)
    together, p_value = _paired(totals, len(names), shares.share)
    critical = critical_value(confidence, shares.df)
    first = [np.broadcast_to(a[:, :1], size) for a in (shares.count, shares.nobs, critical)]
    low, high = difference_interval(
        shares.count, shares.nobs, first[0], first[1], critical1=critical, critical2=first[2], correlation=together
    )
    difference = shares.share - shares.share[:, :1]
    same = together >= 1
    columns = {
        "rows": shares.denominator,
        "before": np.broadcast_to(shares.share[:, :1], size),
        "after": shares.share,
        "difference": difference,
        "low": np.where(same, difference, low),
        "high": np.where(same, difference, high),
        "p_value": np.where(np.isnan(difference), np.nan, p_value),
    }
    return _frame(columns, names, groups, confidence)


def _paired(totals: ClusterTotals, mitigations: int, share: Floats) -> tuple[Floats, Floats]:
    """Correlate each mitigation with the first through the clusters of each group, and test that nothing changed.

    Every mitigation decides for the same rows, so that its clusters come in the same order.
    """
    rates, clusters = len(totals.numerator), totals.numerator.shape[1] // mitigations
    shape, groups = (rates, mitigations, clusters), share.shape[2]
    number, eligible = (a.reshape(shape) for a in (totals.numerator, totals.denominator))
    group = totals.group[:clusters]
    residual = np.nan_to_num(number - share[:, :, group] * eligible)

    def by_group(values: Floats) -> Floats:
        sums = np.zeros((rates, mitigations, groups))
        np.add.at(np.moveaxis(sums, 2, 0), group, np.moveaxis(values, 2, 0))
        return sums

    squares = by_group(residual**2)
    with np.errstate(invalid="ignore", divide="ignore"):
        r = by_group(residual * residual[:, :1]) / np.sqrt(squares * squares[:, :1])
        moved = (number - number[:, :1]) / np.maximum(eligible, 1)
        total, spread, any_moved = by_group(moved), by_group(moved**2), by_group((moved != 0).astype(float))
        z = np.maximum(np.abs(total) - 1, 0) / np.sqrt(spread)
    unmoved = any_moved == 0
    return np.where(unmoved, 1.0, np.clip(np.nan_to_num(r), -1, 1 - 1e-12)), np.where(unmoved, 1.0, 2 * ndtr(-z))


def _frame(
    columns: dict[str, Floats], names: tuple[str, ...], groups: list[dict[str, str]], confidence: float
) -> pd.DataFrame:
    """Lay the arrays (rates, mitigations, groups) out as rows, without those of the unmitigated model."""
    rates = [rate.name for rate in SPREAD_RATES]
    at = np.indices((len(rates), len(names), len(groups)))[:, :, 1:].transpose(0, 2, 3, 1).reshape(3, -1)
    frame: dict[str, Any] = {
        "mitigation": [names[i] for i in at[1]],
        "metric": [rates[i] for i in at[0]],
        "group": [groups[i] for i in at[2]],
    }
    frame |= {name: values[tuple(at)] for name, values in columns.items()}
    out = pd.DataFrame(frame)
    answer = judge_gaps(
        out["difference"],
        out["low"],
        out["high"],
        out["p_value"],
        "difference",
        alpha=1 - confidence,
        questions=len(out),
    )
    return out.assign(p_adjusted=answer.p_adjusted, verdict=answer.verdicts)
