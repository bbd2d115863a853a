"""Each composite measure in each group, as a share of as many effective rows as would be equally uncertain."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from biasaudit.arraytypes import Floats
from biasaudit.counts.table.crosstab import Crosstab
from biasaudit.inference.variance.effective import Shares, clustered_shares
from biasaudit.metrics.cell_totals import ClusterTotals, cluster_totals, confusion, score_counts, sum_of_others
from biasaudit.metrics.classes.rates import ClassRate
from biasaudit.metrics.composites import Composite
from biasaudit.metrics.influence import Influence
from biasaudit.metrics.rates import Cell

__all__ = ["composite_shares", "composite_totals", "composites_of_cells"]

ALL_CELLS = Cell.TN | Cell.FP | Cell.FN | Cell.TP


def _everyone(table: Crosstab) -> ClassRate:
    """Count everybody, whatever the classes."""
    return ClassRate("everyone", "", "", ALL_CELLS, ALL_CELLS, "", classes=max(len(table.classes), 2))


def composite_shares(table: Crosstab, composites: Sequence[Composite], *, outside: bool = False) -> Shares:
    """Estimate each composite in each group of `table`, or in everyone outside each group.

    Parameters
    ----------
    table : Crosstab
        Binary table, rolled up to the features wanted.
    composites : sequence of Composite
    outside : bool
        Describe the rows outside each group. With clusters their design effect is that of all rows.

    Returns
    -------
    Shares
        Shares of the way from the smallest to the largest value; `numerator` is NaN.
    """
    shares = _as_shares([_influence(table, composite, outside) for composite in composites], table.shape_size)
    if table.cluster is None or not composites:
        return shares
    return _design_effect(table, composites) if not outside else _with_overall_design_effect(table, composites, shares)


def composites_of_cells(
    cells: Floats, scored: Floats | None, composites: Sequence[Composite], scores: Floats | None
) -> Shares:
    """Estimate each composite from rows that count as one each.

    Parameters
    ----------
    cells : float array of shape (groups, 4)
        Rows of TN, FP, FN and TP.
    scored : float array of shape (groups, 2, bins), optional
        Rows by label and score bin.
    composites : sequence of Composite
    scores : float array of shape (bins,), optional

    Returns
    -------
    Shares
    """
    parts = []
    for composite in composites:
        rows = scored if composite.scored else cells
        assert rows is not None
        parts.append(composite.influence(rows, rows, scores))
    return _as_shares(parts, len(cells))


def _as_shares(parts: Sequence[Influence], groups: int) -> Shares:
    if not parts:
        empty = np.empty((0, groups))
        return Shares(empty, empty, empty, empty, empty)
    share = np.array([part.share for part in parts])
    eligible = np.array([part.rows for part in parts])
    nobs = np.array([part.independent_rows for part in parts])
    return Shares(np.full(share.shape, np.nan), eligible, share, nobs, np.full(share.shape, np.inf))


def _influence(table: Crosstab, composite: Composite, outside: bool) -> Influence:
    count = score_counts if composite.scored else confusion
    weights, squares = count(table), count(table, squared=True)
    if outside:
        weights, squares = sum_of_others(weights), sum_of_others(squares)
    return composite.influence(weights, squares, table.bin_scores)


def _design_effect(table: Crosstab, composites: Sequence[Composite]) -> Shares:
    """Replace the variance between rows by that between clusters."""
    parts = [_influence(table, composite, outside=False) for composite in composites]
    totals = _totals(table, parts)
    fewest = np.minimum([part.rows_without_variance for part in parts], totals.clusters)
    nobs = np.array(
        [part.effective_rows(part.variance(), minimum) for part, minimum in zip(parts, fewest, strict=True)]
    )
    share, rows = np.array([part.share for part in parts]), np.array([part.rows for part in parts])
    plain = Shares(np.full(share.shape, np.nan), rows, share, nobs, np.full(share.shape, np.inf))
    found = clustered_shares(plain, totals)
    return replace(found, nobs=found.nobs * np.array([part.retained_share for part in parts]))


def composite_totals(table: Crosstab, composites: Sequence[Composite]) -> ClusterTotals:
    """Lay each measure out as the share whose residuals are its influences, so that clusters tell of both alike.

    Parameters
    ----------
    table : Crosstab
        Binary table with clusters.
    composites : sequence of Composite

    Returns
    -------
    ClusterTotals
    """
    return _totals(table, [_influence(table, composite, outside=False) for composite in composites])


def _totals(table: Crosstab, parts: Sequence[Influence]) -> ClusterTotals:
    row_totals = cluster_totals(table, [_everyone(table)])
    weights = table.rows if table.weight is None else table.weight
    index = row_totals.pair_index(table)
    numerator = []
    for part in parts:
        sums = np.bincount(
            index, weights=(weights * np.nan_to_num(part.at(table)))[table.usable], minlength=len(row_totals.group)
        )
        rows, share = np.nan_to_num(part.rows)[row_totals.group], np.nan_to_num(part.share)[row_totals.group]
        numerator.append(rows * sums + share * row_totals.denominator[0])
    repeated = [np.repeat(values, len(parts), axis=0) for values in (row_totals.denominator, row_totals.squares)]
    return replace(row_totals, numerator=np.array(numerator), denominator=repeated[0], squares=repeated[1])


def _with_overall_design_effect(table: Crosstab, composites: Sequence[Composite], shares: Shares) -> Shares:
    overall = table.rollup(())
    clustered = composite_shares(overall, composites)
    independent = composite_shares(overall.without_clusters(), composites)
    with np.errstate(invalid="ignore", divide="ignore"):
        shrink = np.nan_to_num(clustered.nobs / independent.nobs)
    return replace(shares, nobs=shares.nobs * shrink, df=np.broadcast_to(clustered.df, shares.share.shape))
