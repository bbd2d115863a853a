"""Measure the intervals of balanced accuracy and AUC from five positives on, and those of inequality between groups.

Run it with ``make coverage``; it prints Markdown tables. Seeds are fixed. Beside the level stands the power.
"""

import sys
import time

import numpy as np
from scipy.special import ndtr, ndtri

from biasaudit.statistics.composites import COMPOSITES
from biasaudit.statistics.disparities import compare_pairs, rate_interval
from biasaudit.statistics.effective import Shares

TABLES = 4_000
COMPOSITE = {composite.name: composite for composite in COMPOSITES}
# Positives, negatives, true positive rate, true negative rate; the other group has the same or is ten times the size.
DECISIONS = (
    (5, 5, 0.8, 0.8), (5, 100, 0.5, 0.5), (5, 100, 0.8, 0.9), (5, 100, 0.9, 0.5), (5, 100, 0.9, 0.95),
    (5, 1_000, 0.95, 0.99), (8, 8, 0.5, 0.9), (8, 8, 0.8, 0.8), (8, 8, 0.95, 0.6), (10, 30, 0.7, 0.9),
    (20, 200, 0.9, 0.95), (29, 300, 0.95, 0.98), (30, 30, 0.9, 0.9), (30, 300, 0.95, 0.98), (60, 300, 0.8, 0.9),
    (200, 2_000, 0.9, 0.95),
)  # fmt: skip
# Positives, negatives, AUC, and how many times as spread out the scores of the positives are.
SCORES = (
    (5, 5, 0.8, 1), (5, 100, 0.5, 1), (5, 100, 0.7, 1), (5, 100, 0.9, 0.5), (5, 100, 0.9, 1), (5, 100, 0.9, 2),
    (5, 100, 0.98, 1), (5, 1_000, 0.8, 1), (8, 8, 0.9, 1), (8, 8, 0.98, 1), (20, 1_000, 0.9, 2), (29, 300, 0.9, 2),
    (30, 30, 0.7, 1), (30, 30, 0.9, 1), (30, 30, 0.98, 1), (30, 30, 0.98, 2), (30, 300, 0.9, 0.5), (30, 300, 0.9, 2),
    (30, 300, 0.98, 1), (40, 1_000, 0.95, 2), (100, 100, 0.98, 1), (100, 100, 0.98, 2), (100, 100, 0.995, 1),
    (200, 2_000, 0.9, 2), (500, 500, 0.98, 1),
)  # fmt: skip
BINS = 100


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
    found = COMPOSITE[name].inside(cells.astype(float), cells.astype(float), np.linspace(0, 1, BINS))
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
    print(f"\n### {title}, {TABLES:,} tables a row, in %\n\n| {columns} |\n|{'---:|' * 13}")


def measure_decisions():
    heading("Balanced accuracy", "positives | negatives | true positive rate | true negative rate")
    for setting in DECISIONS:
        told("balanced_accuracy", decisions, setting, (*setting[:2], setting[2] - 0.3, setting[3] - 0.3))


def measure_scores():
    heading("AUC", "positives | negatives | AUC | spread of positives")
    for setting in SCORES:
        told("auc", scores, setting, (*setting[:2], setting[2] - 0.3, setting[3]))


if __name__ == "__main__":
    begun = time.perf_counter()
    measure_decisions()
    measure_scores()
    print(f"\n{time.perf_counter() - begun:.0f} s", file=sys.stderr)
