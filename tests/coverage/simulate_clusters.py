"""Measure intervals and tests where rows come in clusters of unequal size, weighted, shared or informative.

Run it with ``make coverage``; it writes tables of docs/measured/clusters.md. Seeds are fixed. Beside the level stands
the power: how often a first group with a rate 15 points higher is told apart from the others.
"""

import sys
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

import biasaudit as ba
from biasaudit.inference.disparities import compare_pairs
from biasaudit.inference.testing.hypothesis_tests import homogeneity_test
from biasaudit.inference.variance.effective import Shares, clustered_shares
from biasaudit.inference.variance.shared_clusters import rows_between_groups
from biasaudit.metrics.cell_totals import ClusterTotals
from biasaudit.metrics.linearised import linearised_rows
from biasaudit.metrics.rates import get_rate

sys.path.insert(0, str(Path(__file__).parents[1]))
from measured_pages import measured_part

TABLES = 2_000
RATE = get_rate("selection_rate")
GAP = 0.15


@dataclass(frozen=True)
class Clusters:
    """Sizes of the clusters in each group, and how they are drawn."""

    name: str
    sizes: tuple[np.ndarray, ...]
    correlation: float | tuple[float, ...] = 0.2
    base: float = 0.3
    spans: bool = False
    weighted: bool = False
    informative: bool = False

    def draw(self, rng, gap):
        """Draw tables: shares with their rows, correlation with the second group, and shares to compare all by."""
        groups, size = len(self.sizes), np.concatenate(self.sizes)
        group = np.repeat(np.arange(groups), [len(s) for s in self.sizes])
        cluster = np.concatenate([np.arange(len(s)) for s in self.sizes]) if self.spans else np.arange(len(size))
        number = int(cluster.max()) + 1
        strength = 1 / np.broadcast_to(self.correlation, (groups,))[group[:number]] - 1
        likes = rng.beta(self.base * strength, (1 - self.base) * strength, (TABLES, number))[:, cluster]
        likes = likes + gap * (group == 0) * (1 - likes) / (1 - self.base)
        rows = np.broadcast_to(size, likes.shape)
        if self.informative:
            # A cluster with a high rate is large: 20 rows on average, 4 to 80 in most.
            more = np.exp(1.5 * (likes - self.base - gap * (group == 0))) * rng.gamma(2, 0.5, likes.shape)
            rows = np.maximum(1, np.round(20 * more)).astype(int)
        counted = rng.binomial(rows, likes).astype(float)
        weight = 1 + 9 * rng.random(likes.shape) if self.weighted else np.ones(likes.shape)
        totals = ClusterTotals(counted * weight, rows * weight, rows * weight**2, group, cluster, groups, number)
        x, n = (totals.by_group(a) for a in (totals.numerator, totals.denominator))
        sides = [totals.by_group(a * weight**power) for a in (counted, rows - counted) for power in (1, 2)]
        nobs = linearised_rows(np.stack(sides[::2], axis=1), np.stack(sides[1::2], axis=1))
        shares = clustered_shares(Shares(x, n, x / n, nobs, np.full(x.shape, np.inf)), totals)
        return shares, totals.correlation(shares.share, 1), rows_between_groups(shares, nobs, totals)


def falling(first, power, number):
    return np.maximum(1, np.round(first / np.arange(1, number + 1) ** power)).astype(int)


def equal(size, number, groups):
    return (np.full(number, size),) * groups


FALLING_GROUPS = tuple(np.full(12, 200 // g) for g in range(1, 9))
SETTINGS = (
    Clusters("10 groups of 20 clusters of 200/k^1.5", (falling(200, 1.5, 20),) * 10),
    Clusters("4 groups of 15 clusters of 200/k^1.2", (falling(200, 1.2, 15),) * 4),
    Clusters("4 groups of 60 clusters of 200/k^0.8", (falling(200, 0.8, 60),) * 4),
    Clusters("4 groups of 30 clusters of 100/k, rate 10 %", (falling(100, 1.0, 30),) * 4, base=0.1),
    Clusters("4 groups of 20 clusters of 20", equal(20, 20, 4)),
    Clusters("4 groups of 20 clusters of 20, rate 10 %", equal(20, 20, 4), base=0.1),
    Clusters("4 groups of 20 clusters of 20, rate 5 %", equal(20, 20, 4), base=0.05),
    Clusters("10 groups of 10 clusters of 20", equal(20, 10, 10)),
    Clusters("2 groups of 30 clusters of 10", equal(10, 30, 2), 0.1),
    Clusters("4 groups of 15 clusters of 20, correlations .3, .05, .2, .1", equal(20, 15, 4), (0.3, 0.05, 0.2, 0.1)),
    Clusters("5 clusters of 40 beside 60 of 10", (np.full(5, 40), np.full(60, 10))),
    Clusters("the same, correlations .4 and .05", (np.full(5, 40), np.full(60, 10)), (0.4, 0.05)),
    Clusters("35 groups of 200/g clusters of 10", tuple(equal(10, max(4, 200 // g), 1)[0] for g in range(1, 36)), 0.1),
    Clusters("4 groups of 20 clusters, large where rates are high", equal(20, 20, 4), informative=True),
    Clusters("4 groups of 30 clusters of 100/k, weights 1 to 10", (falling(100, 1.0, 30),) * 4, weighted=True),
    Clusters("2 groups in the same 30 clusters of 20", equal(20, 30, 2), spans=True),
    Clusters("4 groups in the same 30 clusters of 200/k", (falling(200, 1.0, 30),) * 4, spans=True),
    Clusters("8 groups in the same 12 clusters of 200/g", FALLING_GROUPS, spans=True),
)


def judged(shares, correlation, between):
    """Share of the tables whose interval of the first two groups holds no gap, and that give p-values so small."""
    first, second = (shares.each(lambda a, j=j: a[:, [j]].T) for j in (0, 1))
    pair = compare_pairs((RATE,), first, second, confidence=0.95, alpha=0.05, correlation=correlation[:, [0]].T)
    held = [np.mean((g.low <= same) & (g.high >= same)) for g, same in zip(pair.values(), (0, 1), strict=True)]
    everyone = homogeneity_test(np.nan_to_num(between.count), between.nobs, df=between.df)
    tests = [np.mean(p <= level) for p in (pair["difference"].p_value, everyone) for level in (0.05, 0.0033)]
    return [*held, *tests]


def measure_clusters():
    print(f"Clusters of equal groups, {TABLES:,} tables a row, in %; power at {100 * GAP:.0f} points:\n")
    tests = "pair p ≤ .05 | ≤ .0033 | all groups p ≤ .05 | ≤ .0033 | power, pair | power, all"
    print(f"| setting | df | difference holds 0 | ratio holds 1 | {tests} |\n|---|" + "---:|" * 9)
    for setting in SETTINGS:
        equal_groups, other = (setting.draw(np.random.default_rng([20, 26]), gap) for gap in (0.0, GAP))
        level, power = judged(*equal_groups), judged(*other)
        values = [*level, power[2], power[4]]
        df = np.median(equal_groups[0].df[:, 0])
        print(f"| {setting.name} | {df:.1f} | " + " | ".join(f"{100 * v:.1f}" for v in values) + " |", flush=True)


def equal_table(rng, weighted):
    """Draw four equal groups in 160 clusters of unequal size, with labels and predictions that go together."""
    rows, size = 2_000, falling(120, 1.0, 40)
    group = np.arange(rows) % 4
    cluster = np.resize(np.repeat(np.arange(len(size)), size), rows) * 4 + group
    y = (rng.random(rows) < rng.beta(1.2, 2.8, int(cluster.max()) + 1)[cluster]).astype(int)
    p = (rng.random(rows) < np.where(y == 1, 0.7, 0.2)).astype(int)
    weight = np.where(p * y == 1, 8.0, 1.0) * rng.gamma(2, 0.5, rows) if weighted else np.ones(rows)
    return pd.DataFrame({"g": np.array(list("abcd"))[group], "c": cluster, "y": y, "p": p, "w": weight})


def measure_audits(tables):
    print(f"Four equal groups of clusters, 2,000 rows: audits that say *shown* anywhere, {tables:,} tables:\n")
    print("| setting | any *shown*, % |\n|---|---:|")
    for name, weighted in (("clusters", False), ("clusters, and weights that go with the outcome", True)):
        rng, shown = np.random.default_rng(11), 0
        for _ in range(tables):
            audit = ba.audit_predictions(
                equal_table(rng, weighted),
                sensitive_features="g",
                y_true="y",
                y_pred="p",
                cluster="c",
                sample_weight="w",
            )
            shown += (audit.disparities()["verdict"] == "shown").any()
        print(f"| {name} | {100 * shown / tables:.1f} |", flush=True)


if __name__ == "__main__":
    begun = time.perf_counter()
    with measured_part("clusters", "clusters"):
        measure_clusters()
    with measured_part("clusters", "audits"):
        measure_audits(1_000)
    print(f"\n{time.perf_counter() - begun:.0f} s", file=sys.stderr)
