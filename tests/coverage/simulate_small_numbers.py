"""Measure the intervals of balanced accuracy and AUC from five positives on, and those of inequality between groups.

Run it with ``make coverage``; it writes tables of docs/measured/small-numbers.md. Seeds are fixed. Beside the level
stands the power.
"""

import sys
import time
from pathlib import Path

import numpy as np
from scipy.special import ndtr, ndtri

from biasaudit.counts.table.crosstab import Crosstab
from biasaudit.inference.disparities import compare_pairs
from biasaudit.inference.inequality import INDICES, between_interval, inequality
from biasaudit.inference.measures import rate_interval
from biasaudit.inference.testing.hypothesis_tests import homogeneity_test
from biasaudit.inference.variance.composite_shares import composite_shares
from biasaudit.inference.variance.effective import Shares
from biasaudit.metrics.cell_totals import confusion
from biasaudit.metrics.composites import COMPOSITES

sys.path.insert(0, str(Path(__file__).parents[1]))
from measured_pages import measured_part

TABLES = 4_000
COMPOSITE = {composite.name: composite for composite in COMPOSITES}
# Positives, negatives, true positive rate, true negative rate; the other group has the same or is ten times the size.
DECISIONS = (
    (5, 5, 0.8, 0.8),
    (5, 100, 0.5, 0.5),
    (5, 100, 0.8, 0.9),
    (5, 100, 0.9, 0.5),
    (5, 100, 0.9, 0.95),
    (5, 1_000, 0.95, 0.99),
    (8, 8, 0.5, 0.9),
    (8, 8, 0.8, 0.8),
    (8, 8, 0.95, 0.6),
    (10, 30, 0.7, 0.9),
    (20, 200, 0.9, 0.95),
    (29, 300, 0.95, 0.98),
    (30, 30, 0.9, 0.9),
    (30, 300, 0.95, 0.98),
    (60, 300, 0.8, 0.9),
    (200, 2_000, 0.9, 0.95),
)
# Positives, negatives, AUC, and how many times as spread out the scores of the positives are.
SCORES = (
    (5, 5, 0.8, 1), (5, 100, 0.5, 1), (5, 100, 0.7, 1), (5, 100, 0.9, 0.5), (5, 100, 0.9, 1), (5, 100, 0.9, 2),
    (5, 100, 0.98, 1), (5, 1_000, 0.8, 1), (8, 8, 0.9, 1), (8, 8, 0.98, 1), (20, 1_000, 0.9, 2), (29, 300, 0.9, 2),
    (30, 30, 0.7, 1), (30, 30, 0.9, 1), (30, 30, 0.98, 1), (30, 30, 0.98, 2), (30, 300, 0.9, 0.5), (30, 300, 0.9, 2),
    (30, 300, 0.98, 1), (40, 1_000, 0.95, 2), (100, 100, 0.98, 1), (100, 100, 0.98, 2), (100, 100, 0.995, 1),
    (200, 2_000, 0.9, 2), (500, 500, 0.98, 1),
)  # fmt: skip
BINS = 100
# Rows of each group; one group has more false positives by a gap.
GROUPS = ((200, 200), (100, 900), (300, 300, 300), (50, 100, 850), (30, 30, 30, 30), (20, 500, 1_000), (100,) * 10)
GAPS = (0.0, 0.1, 0.2, 0.3)
CELLS = np.array([0.5, 0.15, 0.1, 0.25])
INEQUALITIES = 1_000
CLUSTERED = 500


def decisions(rng, positives, negatives, tpr, tnr):
    """Draw TN, FP, FN, TP; give them and the truth."""
    tp, tn = rng.binomial(positives, tpr, TABLES), rng.binomial(negatives, tnr, TABLES)
    return np.stack([tn, negatives - tn, positives - tp, tp], axis=1).astype(float), (tpr + tnr) / 2


def scores(rng, positives, negatives, auc, spread):
    """Draw normal scores of either class into bins; give them and their AUC, ties counted half."""
    shift = np.sqrt(1 + spread**2) * ndtri(auc)
    edges = np.linspace(-3, 3 + shift, BINS - 1)
    below, above = (np.diff([0, *ndtr((edges - at) / by), 1]) for at, by in ((0, 1), (shift, spread)))
    truth = (above * (np.cumsum(below) - below / 2)).sum()
    return np.stack([rng.multinomial(n, p, TABLES) for n, p in ((negatives, below), (positives, above))], 1), truth


def shares(name, cells):
    """Estimate a measure in tables of counts, the first axis."""
    found = COMPOSITE[name].influence(cells.astype(float), cells.astype(float), np.linspace(0, 1, BINS))
    one, rows = found.share[None], found.independent_rows[None]
    return Shares(np.full(one.shape, np.nan), found.rows[None], one, rows, np.full(one.shape, np.inf))


def in_percent(hit):
    return f"{100 * np.mean(hit):.1f}"


def told(name, draw, setting, worse):
    """Print one row: the group itself, a pair of equal groups of its size and of ten times its size, and power."""
    rng, measure = np.random.default_rng(7), (COMPOSITE[name],)
    (cells, truth), (others, _) = draw(rng, *setting), draw(rng, *setting)
    larger, _ = draw(rng, 10 * setting[0], 10 * setting[1], *setting[2:])
    apart, _ = draw(rng, *worse)
    mine = shares(name, cells)
    _, low, high = rate_interval(measure, mine, 0.95)
    columns = [in_percent((low <= truth) & (high >= truth)), f"{np.mean(high - low):.3f}"]
    for other in (others, larger):
        gap = compare_pairs(measure, mine, shares(name, other), confidence=0.95, alpha=0.05)["difference"]
        columns.append(in_percent((gap.low <= 0) & (gap.high >= 0)))
        columns += [in_percent(gap.p_value <= level) for level in (0.05, 0.0033)]
    gap = compare_pairs(measure, mine, shares(name, apart), confidence=0.95, alpha=0.05)["difference"]
    columns += [in_percent(gap.p_value <= 0.05)]
    print(f"| {' | '.join(f'{value:,}' for value in setting)} | {' | '.join(columns)} |", flush=True)


def heading(title, names):
    pair = "holds 0 | p ≤ .05 | ≤ .0033"
    columns = f"{names} | held | width | like group: {pair} | ten times as large: {pair} | power"
    print(f"{title}, {TABLES:,} tables a row, in %:\n\n| {columns} |\n|{'---:|' * 13}")


def measure_decisions():
    heading("Balanced accuracy", "positives | negatives | true positive rate | true negative rate")
    for setting in DECISIONS:
        told("balanced_accuracy", decisions, setting, (*setting[:2], setting[2] - 0.3, setting[3] - 0.3))


def measure_scores():
    heading("AUC", "positives | negatives | AUC | spread of positives")
    for setting in SCORES:
        told("auc", scores, setting, (*setting[:2], setting[2] - 0.3, setting[3]))


def chances(groups, gap):
    """Chances of TN, FP, FN, TP; the first group has more false positives."""
    cells = np.tile(CELLS, (groups, 1))
    cells[0, :2] += -gap, gap
    return cells


def independent(rng, rows, gap):
    """Draw rows that stand alone: what they add up to, and the shares that the package makes of them."""
    cells = np.stack([rng.multinomial(n, p) for n, p in zip(rows, chances(len(rows), gap), strict=True)]).astype(float)
    return cells.sum(axis=1), shares("prevalence_error", cells)


def weighted(rng, rows, gap):
    """Draw rows of which undeserved positives weigh four times as much, and all others one to two."""
    return of_table(
        rng, rows, gap, cluster=None, weight=lambda cell: (1 + rng.random(len(cell))) * np.where(cell == 1, 4, 1)
    )


def clustered(rng, rows, gap):
    """Draw clusters of five rows, half of which do as the first row of their cluster."""
    return of_table(rng, rows, gap, cluster=5, weight=None)


def of_table(rng, rows, gap, cluster, weight):
    group = np.repeat(np.arange(len(rows)), rows)
    cell = (rng.random(len(group))[:, None] > np.cumsum(chances(len(rows), gap), axis=1)[group]).sum(axis=1)
    code = np.arange(len(group)) // (cluster or 1)
    if cluster:
        first = np.searchsorted(code, code)
        cell = np.where((rng.random(len(group)) < 0.5) & (group[first] == group), cell[first], cell)
    w = None if weight is None else weight(cell)
    levels = (tuple(f"{i:02d}" for i in range(len(rows))),)
    table = Crosstab(
        ("g",),
        levels,
        ("no", "yes"),
        group[:, None],
        cell // 2,
        cell % 2,
        np.ones(len(group), dtype=np.int64),
        cluster=code if cluster else None,
        weight=w,
        weight_squared=None if w is None else w**2,
    ).merge_cells()
    return confusion(table).sum(axis=1), composite_shares(table, [COMPOSITE["prevalence_error"]])


def inequality_told(name, draw, rows, gap, tables):
    """Print one row: how often an interval of either index holds 0 and the truth, its width, and the test beside."""
    rng, n = np.random.default_rng([len(rows), rows[0]]), np.array(rows)
    cells = n[:, None] * chances(len(rows), gap)
    if draw is weighted:
        cells = cells * 1.5 * np.array([1, 4, 1, 1])
    truth = {index: float(inequality(cells, index).between) for index in INDICES}
    hits = []
    for _ in range(tables):
        total, found = draw(rng, n, gap)
        ends = [(truth[index], *between_interval(total, found, index, 0.95)) for index in INDICES]
        test = homogeneity_test(found.count, found.nobs, df=found.df.min(axis=1))[0] <= 0.05
        hits.append([test, *(x for t, low, high in ends for x in (low <= 0, low <= t <= high, high - low))])
    test, *mine = np.mean(hits, axis=0)
    columns = [f"{100 * v:.1f}" if i % 3 < 2 else f"{v:.4f}" for i, v in enumerate(mine)]
    print(f"| {name} | {gap:.1f} | {100 * test:.1f} | {' | '.join(columns)} |", flush=True)


def measure_inequality():
    print(f"Inequality between groups, {INEQUALITIES:,} tables a row, {CLUSTERED:,} of weights or clusters, in %:\n")
    columns = "holds 0 | holds the truth | width"
    print(f"| rows | gap | test p ≤ .05 | generalised entropy: {columns} | Theil: {columns} |\n|---|{'---:|' * 8}")
    for rows in GROUPS:
        for gap in GAPS:
            name = ", ".join(map(str, rows)) if len(rows) < 9 else f"{len(rows)} times {rows[0]}"
            inequality_told(name, independent, rows, gap, INEQUALITIES)
    for gap in GAPS:
        inequality_told("300, 300, 300, weighted", weighted, (300,) * 3, gap, CLUSTERED)
        inequality_told("300, 300, 300, clusters of 5", clustered, (300,) * 3, gap, CLUSTERED)


if __name__ == "__main__":
    begun = time.perf_counter()
    with measured_part("small-numbers", "inequality"):
        measure_inequality()
    with measured_part("small-numbers", "balanced-accuracy"):
        measure_decisions()
    with measured_part("small-numbers", "auc"):
        measure_scores()
    print(f"\n{time.perf_counter() - begun:.0f} s", file=sys.stderr)
