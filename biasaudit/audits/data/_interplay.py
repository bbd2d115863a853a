"""Whether a gap by one sensitive feature is another within the groups of a second."""

from __future__ import annotations

import itertools

import numpy as np
from scipy.special import ndtr

from biasaudit.audits.data.counts import Data
from biasaudit.audits.findings.phrases import points_interval
from biasaudit.audits.parts import Part
from biasaudit.inference.intervals.closed_form import mover_difference
from biasaudit.inference.intervals.small_groups import difference_interval
from biasaudit.inference.variance.degrees_of_freedom import p_value_with_df
from biasaudit.inference.variance.effective import Shares, group_shares
from biasaudit.inference.verdicts import NOT_SHOWN, SHOWN
from biasaudit.metrics.rates import get_rate
from biasaudit.metrics.wilson import critical_value
from biasaudit.reporting.report import Column, Record
from biasaudit.reporting.words.text import clean, gap_interval, group_name, level_name, points

__all__ = ["interplay_part"]

COLUMNS = (
    Column("group", "Group", "group"),
    Column("reference", "Against", "group"),
    Column("first", "Gap within", "group"),
    Column("first_gap", "Points", "points"),
    Column("second", "Gap within", "group"),
    Column("second_gap", "Points", "points"),
    Column("estimate", "Difference of the gaps", "points", ("low", "high")),
    Column("p_adjusted", "p, adjusted", "p_value"),
    Column("verdict", "Verdict", "verdict"),
)
HOW = "The two largest groups of one feature are held against each other within the two largest groups of another."


def interplay_part(data: Data) -> Part:
    """Compare the gap between the two largest groups of a feature over the groups of another."""
    pairs = itertools.combinations(range(len(data.table.features)), 2)
    rows = tuple(row for a, b in pairs if (row := _row(data, a, b)) is not None)
    return Part(
        "interplay",
        "Gaps that differ by another feature",
        rows,
        COLUMNS,
        to_sentence=_sentence,
        reported=lambda rows: rows,
        sentences=(HOW,) if rows else (),
    )


def _row(data: Data, outer: int, inner: int) -> Record | None:
    """Hold the gap by the inner feature against itself over the groups of the outer one."""
    table = data.table.rollup([data.table.features[outer], data.table.features[inner]])
    one = _largest(data, inner)
    if one is None:
        return None
    reference = data.references[inner]
    size = tuple(len(names) for names in table.levels)
    known = group_shares(table.without_scores(), [get_rate("base_rate")]).each(lambda array: array.reshape(size))
    first, second = known.each(lambda array: array[:, one]), known.each(lambda array: array[:, reference])
    gap = np.where((first.nobs > 0) & (second.nobs > 0), first.share - second.share, np.nan)
    sizes = np.where(np.isnan(gap), 0, first.nobs + second.nobs)
    if np.count_nonzero(sizes) < 2:
        return None
    a, b = sorted(np.argsort(-sizes, kind="stable")[:2].tolist(), key=lambda i: -abs(gap[i]))
    df = _df(first, second, [a, b])
    critical = float(critical_value(data.confidence, df))
    low, high = difference_interval(
        first.count, first.nobs, second.count, second.nobs, critical1=critical, critical2=critical
    )
    between = mover_difference(gap[a], low[a], high[a], gap[b], low[b], high[b])
    estimate, low_end, high_end = gap[a] - gap[b], float(between[0]), float(between[1])
    # The side of the interval that looks towards zero: what the sentence says and what is tested are then one.
    error = ((estimate - low_end) if estimate > 0 else (high_end - estimate)) / critical
    return {
        "group": data.name(inner, one),
        "reference": data.name(inner, reference),
        "first": data.name(outer, a),
        "first_gap": gap[a],
        "first_low": low[a],
        "first_high": high[a],
        "second": data.name(outer, b),
        "second_gap": gap[b],
        "second_low": low[b],
        "second_high": high[b],
        "estimate": estimate,
        "low": low_end,
        "high": high_end,
        "comparison": "difference",
        "p_value": float(p_value_with_df(2 * ndtr(-abs(estimate) / error), np.array(df))),
        "label": data.label,
    }


def _df(first: Shares, second: Shares, chosen: list[int]) -> float:
    """Degrees of freedom of the sum of the variances of four rates (Satterthwaite 1946); infinite for rows."""
    parts = [(side.share * (1 - side.share) / side.nobs, side.df) for side in (first, second)]
    variance, df = (np.concatenate([part[i][chosen] for part in parts]) for i in (0, 1))
    doubt = float((variance**2 / df).sum())
    return float(variance.sum() ** 2 / doubt) if doubt > 0 else np.inf


def _largest(data: Data, feature: int) -> int | None:
    rows = data.rows(feature).astype(float)
    rows[data.references[feature]] = -1
    return int(rows.argmax()) if rows.max() > 0 else None


def _sentence(row: Record) -> str:
    gaps = " and ".join(
        f"{points(row[f'{at}_gap'])} points "
        f"({gap_interval('', 'difference', row[f'{at}_low'], row[f'{at}_high'])}) for {group_name(row[at])}"
        for at in ("first", "second")
    )
    start = f"{level_name(row['group'])} against {level_name(row['reference'])} in {clean(row['label'])}: "
    limits = points_interval(row)
    if row["verdict"] == SHOWN:
        apart = f"The two differ by {points(row['estimate'])} points ({limits})."
        return f"{start}the gap depends on who else one is: {gaps}. {apart}"
    if row["verdict"] == NOT_SHOWN:
        return f"{start}the gap is alike in both: {gaps}."
    return f"{start}the data cannot tell whether the gap depends on who else one is: {gaps}."
