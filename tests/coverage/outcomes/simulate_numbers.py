"""Measure intervals and tests of means, quantiles and ranges of numbers, skew ones above all.

Run it with ``make coverage``; it writes docs/measured/numbers.md. Seeds are fixed. Beside the level stands the power,
and beside every interval Welch's.
"""

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd

from biasaudit.counts.moments.counting import count_moments
from biasaudit.inference.means.comparisons import compare_means, mean_interval, mean_p_values
from biasaudit.inference.means.estimates import group_means
from biasaudit.inference.means.means import concat_means
from biasaudit.inference.means.ranges import compare_means_range, means_range_p_values
from biasaudit.inference.means.rows import clustered_means, independent_means
from biasaudit.inference.variance.bias_reduced import correlation_within
from biasaudit.metrics.cell_totals import ClusterTotals
from biasaudit.metrics.moment_measures import get_measure
from biasaudit.metrics.moment_totals import GroupMoments

sys.path.insert(0, str(Path(__file__).parents[2]))
from measured_pages import measured_part

TABLES = 4_000
MEASURE = (get_measure("mean_outcome"),)
SHARES = np.array([30, 20, 14, 10, 8, 6, 5, 3, 2, 2]) / 100
# Rows drawn at once, so that they fit in memory.
BLOCK = 4_000_000


@dataclass(frozen=True)
class Outcome:
    """A distribution of outcomes: how rows are drawn, and their true mean and standard deviation."""

    name: str
    draw: Callable
    mean: float
    deviation: float


OUTCOMES = (
    Outcome("normal", lambda rng, size: 10 + rng.standard_normal(size), 10.0, 1.0),
    Outcome("gamma(2)", lambda rng, size: rng.gamma(2, 1, size), 2.0, 2**0.5),
    Outcome("exponential", lambda rng, size: rng.exponential(1, size), 1.0, 1.0),
    Outcome("lognormal", lambda rng, size: np.exp(rng.standard_normal(size)), np.exp(0.5), (np.e**2 - np.e) ** 0.5),
    Outcome(
        "5 % large",
        lambda rng, size: 5 + rng.standard_normal(size) + 10 * (rng.random(size) < 0.05),
        5.5,
        (1 + 100 * 0.05 * 0.95) ** 0.5,
    ),
    Outcome("1 to 10", lambda rng, size: 1.0 + rng.choice(10, size, p=SHARES), 3.24, 2.2636),
    Outcome("t(4)", lambda rng, size: 10 + rng.standard_t(4, size), 10.0, 2**0.5),
)
BY_NAME = {outcome.name: outcome for outcome in OUTCOMES}
PAIRS = (
    (5, 5),
    (10, 10),
    (30, 30),
    (30, 300),
    (30, 5000),
    (100, 100),
    (100, 1000),
    (100, 5000),
    (1000, 1000),
    (1000, 5000),
)
WEIGHTS = {
    "1 to 10": lambda rng, size: 1 + 9 * rng.random(size),
    "lognormal": lambda rng, size: np.exp(rng.standard_normal(size)),
    "1 or 10": lambda rng, size: np.where(rng.random(size) < 0.1, 10.0, 1.0),
}


def means_of(values, weight=None):
    """Estimate the mean of each row of `values`: a table each, with one group; arrays of shape (tables, 1)."""
    rows = np.full(len(values), float(values.shape[1]))
    total = rows if weight is None else weight.sum(axis=1)
    weighted = values if weight is None else weight * values
    mean = weighted.sum(axis=1) / total
    centred = values - mean[:, None]
    left = centred if weight is None else weight * centred
    second, third, squared = (
        np.einsum(f"{'ij,' * k}ij->i", *a)
        for k, a in ((1, (left, centred)), (2, (left, centred, centred)), (1, (left, left)))
    )
    concentration = 1 / rows if weight is None else np.einsum("ij,ij->i", weight, weight) / total**2
    moments = GroupMoments(rows, total, concentration, mean[None], second[None], third[None], squared[None])
    return independent_means(moments, np.array([[values.var()]])).each(np.transpose)


@cache
def drawn(outcome, rows, side, weight=None):
    """Draw tables of one group of so many rows, a few at once, and estimate their means."""
    rng, step = np.random.default_rng([20, 26, rows, side]), max(1, BLOCK // rows)
    parts = []
    for start in range(0, TABLES, step):
        size = (min(step, TABLES - start), rows)
        parts.append(means_of(outcome.draw(rng, size), None if weight is None else WEIGHTS[weight](rng, size)))
    return concat_means(parts, axis=0)


def shifted(means, by):
    return replace(means, value=means.value + by)


def held(gaps, truth):
    """Share of the intervals that hold the truth, in %; ratios that are not told are no intervals."""
    known = ~np.isnan(gaps.estimate)
    return 100 * np.mean(((gaps.low <= truth) & (gaps.high >= truth))[known])


def compared(first, second, *, skewness=True, comparison="difference"):
    gaps = compare_means(MEASURE, first, second, confidence=0.95, alpha=0.05, skewness=skewness)
    return gaps[comparison]


def table(head, rows):
    print(f"| {' | '.join(head)} |\n|---|" + "---:|" * (len(head) - 1))
    for row in rows:
        print(f"| {' | '.join(row)} |", flush=True)


def measure_differences():
    """Print how often the interval of the difference holds the truth: ours, and Welch's behind it."""
    print(f"95 % intervals of the difference that hold the truth, % of {TABLES:,} tables; Welch's in brackets:\n")
    rows = []
    for sizes in PAIRS:
        cells = []
        for outcome in OUTCOMES:
            first, second = (drawn(outcome, n, side) for side, n in enumerate(sizes))
            ours, welch = (held(compared(first, second, skewness=way), 0.0) for way in (True, False))
            cells.append(f"{ours:.1f} ({welch:.1f})")
        rows.append([f"{sizes[0]:,} and {sizes[1]:,}", *cells])
    table(["rows", *BY_NAME], rows)


def measure_other_intervals():
    """Print the same where the first group is spread three times as far, and of the ratio and of one mean."""
    print(f"Other intervals that hold the truth, % of {TABLES:,} tables; the first group has so many rows:\n")
    rows = []
    for sizes in ((30, 30), (100, 5000), (1000, 1000)):
        for kind in ("difference, the first spread three times as far", "ratio", "one mean"):
            cells = []
            for outcome in OUTCOMES:
                first, second = (drawn(outcome, n, side) for side, n in enumerate(sizes))
                if kind == "ratio":
                    ratio = compared(first, second, comparison="ratio")
                    cell = f"{held(ratio, 1.0):.1f}"
                elif kind == "one mean":
                    low, high = mean_interval(first, 0.95)
                    cell = f"{100 * np.mean((low <= outcome.mean) & (high >= outcome.mean)):.1f}"
                else:
                    first = scaled(shifted(first, -outcome.mean), 3.0)
                    cell = f"{held(compared(first, shifted(second, -outcome.mean)), 0.0):.1f}"
                cells.append(cell)
            rows.append([f"{kind}: {sizes[0]:,}" + ("" if kind == "one mean" else f" and {sizes[1]:,}"), *cells])
    table(["interval", *BY_NAME], rows)


def scaled(means, by):
    return replace(means, value=means.value * by, error=means.error * by, deviation=means.deviation * by)


def measure_power():
    """Print how often a gap of three standard errors is shown, up and down, beside Welch's t."""
    print(f"A first group three standard errors above (below) the second: p ≤ .05, % of {TABLES:,} tables:\n")
    rows = []
    for sizes in ((30, 30), (30, 300), (100, 100), (100, 1000), (1000, 1000)):
        for name, skewness in (("ours", True), ("Welch", False)):
            cells = []
            for outcome in OUTCOMES:
                first, second = (drawn(outcome, n, side) for side, n in enumerate(sizes))
                gap = 3 * outcome.deviation * (1 / sizes[0] + 1 / sizes[1]) ** 0.5
                seen = [mean_p_values(shifted(first, by), second, skewness=skewness) <= 0.05 for by in (gap, -gap)]
                cells.append("{:.0f} ({:.0f})".format(*(100 * np.mean(p) for p in seen)))
            rows.append([f"{sizes[0]:,} and {sizes[1]:,}, {name}", *cells])
    table(["rows", *BY_NAME], rows)


def measure_weights():
    """Print the coverage where rows carry weights."""
    print(f"Weighted rows: 95 % intervals of the difference that hold the truth, % of {TABLES:,} tables:\n")
    rows = []
    for weight in WEIGHTS:
        for sizes in ((30, 30), (30, 300), (100, 100), (100, 1000), (1000, 1000)):
            cells = []
            for outcome in OUTCOMES:
                first, second = (drawn(outcome, n, side, weight) for side, n in enumerate(sizes))
                cells.append(f"{held(compared(first, second), 0.0):.1f}")
            rows.append([f"{weight}: {sizes[0]:,} and {sizes[1]:,}", *cells])
    table(["weights: rows", *BY_NAME], rows)


@dataclass(frozen=True)
class Clusters:
    """Sizes of the clusters of two groups, how much of the variance is theirs, and whether groups share them."""

    name: str
    sizes: tuple[np.ndarray, np.ndarray]
    correlation: float = 0.2
    spans: bool = False
    weighted: bool = False

    def draw(self, rng, outcome, tables):
        """Draw cluster effects and rows; return means of shape (tables, 2), their totals and the correlation."""
        size = np.concatenate(self.sizes)
        group = np.repeat([0, 1], [len(s) for s in self.sizes])
        cluster = np.concatenate([np.arange(len(s)) for s in self.sizes]) if self.spans else np.arange(len(size))
        of_cluster = outcome.draw(rng, (tables, int(cluster.max()) + 1))[:, cluster]
        row_pair = np.repeat(np.arange(len(size)), size)
        own = outcome.draw(rng, (tables, len(row_pair)))
        share = self.correlation**0.5
        values = share * (of_cluster[:, row_pair] - outcome.mean) + (1 - self.correlation) ** 0.5 * (own - outcome.mean)
        weight = 1 + 9 * rng.random(values.shape) if self.weighted else np.ones(values.shape)
        return values, weight, row_pair, group, cluster

    def estimated(self, rng, outcome, tables):
        values, weight, row_pair, group, cluster = self.draw(rng, outcome, tables)
        starts = np.flatnonzero(np.diff(row_pair, prepend=-1))
        sums = (np.add.reduceat(a, starts, axis=1) for a in (weight * values, weight, weight**2))
        totals = ClusterTotals(*sums, group, cluster, 2, int(cluster.max()) + 1)
        rows_of = [slice(0, int(self.sizes[0].sum())), slice(int(self.sizes[0].sum()), None)]
        sides = [means_of(values[:, at], weight[:, at] if self.weighted else None) for at in rows_of]
        independent = concat_means(sides)
        mean = totals.by_group(totals.numerator) / totals.by_group(totals.denominator)
        # Every table by itself: a measure each.
        within = correlation_within(totals, mean, independent.deviation**2)
        return clustered_means(independent, totals, mean, within), totals.correlation(mean, 1)[:, [0]]


def falling(first, power, number):
    return np.maximum(1, np.round(first / np.arange(1, number + 1) ** power)).astype(int)


CLUSTERS = (
    Clusters("30 clusters of 10, and 30 of 10", (np.full(30, 10),) * 2),
    Clusters("10 clusters of 20, and 30 of 20", (np.full(10, 20), np.full(30, 20))),
    Clusters("20 clusters of 100/k, and 20 of 100/k", (falling(100, 1.0, 20),) * 2),
    Clusters("30 clusters of 60/√k, and 60 of 20", (falling(60, 0.5, 30), np.full(60, 20))),
    Clusters("6 clusters of 20, and 60 of 20", (np.full(6, 20), np.full(60, 20)), 0.1),
    Clusters("100 clusters of 1 to 10, and 100", (np.arange(100) % 10 + 1,) * 2, 0.5),
    Clusters("the same 30 clusters of 10", (np.full(30, 10),) * 2, spans=True),
    Clusters("30 clusters of 60/√k, weights 1 to 10", (falling(60, 0.5, 30),) * 2, weighted=True),
)


def measure_clusters(tables=TABLES // 2):
    """Print the coverage where rows come in clusters."""
    print(f"Clusters: 95 % intervals of the difference that hold the truth, % of {tables:,} tables:\n")
    rows = []
    for setting in CLUSTERS:
        cells = []
        for name in ("normal", "gamma(2)", "exponential", "lognormal"):
            means, shared = setting.estimated(np.random.default_rng([20, 30]), BY_NAME[name], tables)
            first, second = (means.each(lambda a, j=j: a[:, [j]]) for j in (0, 1))
            gaps = compare_means(MEASURE, first, second, confidence=0.95, alpha=0.05, correlation=shared)
            cells.append(f"{held(gaps['difference'], 0.0):.1f}")
        rows.append([setting.name, f"{np.median(means.df[:, 0]):.0f}", *cells])
    table(["clusters of the groups", "df", "normal", "gamma(2)", "exponential", "lognormal"], rows)


RANGES = (
    ("30, 30, 30", (30,) * 3, (1,) * 3),
    ("30, 100, 1,000", (30, 100, 1000), (1,) * 3),
    ("30, 100, 300, spread 3, 2, 1", (30, 100, 300), (3, 2, 1)),
    ("100, 100, 100, spread 1, 2, 3", (100,) * 3, (1, 2, 3)),
    ("10, six times", (10,) * 6, (1,) * 6),
    ("30, 30, 50, 100, 300, 1,000", (30, 30, 50, 100, 300, 1000), (1,) * 6),
    ("the same, spread 3, 1, 2, 1, 2, 1", (30, 30, 50, 100, 300, 1000), (3, 1, 2, 1, 2, 1)),
    ("100, six times, spread 1 to 3", (100,) * 6, (1, 1, 2, 2, 3, 3)),
)


def welch_with_holm(means):
    """Smallest p-value of all pairs by Welch's t, times their number: Holm's first step."""
    groups = means.value.shape[1]
    first, second = np.triu_indices(groups, 1)
    sides = (means.each(lambda a, at=at: a[:, at]) for at in (first, second))
    return mean_p_values(*sides, skewness=False).min(axis=1) * len(first)


def measure_ranges():
    """Print false alarms and power of the test of all groups, with Welch's analysis and pairs with Holm beside it."""
    print(
        f"All groups, p ≤ .05, % of {TABLES:,} tables: false alarms, and power where the first group lies three of its"
    )
    print("standard errors higher:\n")
    ways = (
        ("ours", lambda means: means_range_p_values(MEASURE, means)),
        ("Welch's analysis", lambda means: means_range_p_values(MEASURE, means, skewness=False)),
        ("best pair of Welch's t, Holm", welch_with_holm),
    )
    rows = []
    for name, sizes, spreads in RANGES:
        found = {way: [] for way, _ in ways}
        for outcome in OUTCOMES:
            sides = [drawn(outcome, n, i) for i, n in enumerate(sizes)]
            alike = [scaled(shifted(m, -outcome.mean), by) for m, by in zip(sides, spreads, strict=True)]
            gap = 3 * outcome.deviation * spreads[0] / sizes[0] ** 0.5
            tables = [concat_means(parts) for parts in (alike, [shifted(alike[0], gap), *alike[1:]])]
            for way, test in ways:
                level, power = (100 * np.mean(test(means) <= 0.05) for means in tables)
                found[way].append(f"{level:.1f} ({power:.0f})")
        rows += [[f"{name}: {way}", *cells] for way, cells in found.items()]
    table(["rows: test", *BY_NAME], rows)


def measure_range_intervals(tables=1_000):
    """Print how often the interval of the range holds it: of groups alike, and of means that fan out."""
    print(
        f"95 % intervals of the highest less the lowest mean that hold it, % of {tables:,} tables: all alike, and (the"
    )
    print("means of the groups from 0 to 1 standard deviation):\n")
    nothing = {name: np.zeros(tables) for name in ("difference", "ratio")}
    rows = []
    for name, sizes, spreads in RANGES:
        cells = []
        for outcome in OUTCOMES:
            sides = [drawn(outcome, n, i).each(lambda a: a[:tables]) for i, n in enumerate(sizes)]
            alike = [scaled(shifted(m, -outcome.mean), by) for m, by in zip(sides, spreads, strict=True)]
            fan = [shifted(m, outcome.deviation * i / (len(sizes) - 1)) for i, m in enumerate(alike)]
            found = (
                compare_means_range(MEASURE * tables, concat_means(parts), nothing, confidence=0.95)["difference"]
                for parts in (alike, fan)
            )
            shares = [held(gap, truth) for gap, truth in zip(found, (0.0, outcome.deviation), strict=True)]
            cells.append("{:.1f} ({:.1f})".format(*shares))
        rows.append([name, *cells])
    table(["rows", *BY_NAME], rows)


def others_of(outcome, rows, side, tables):
    """Estimate every other measure of so many tables, which stand beside each other as groups of one."""
    rng = np.random.default_rng([20, 26, rows, side])
    drawn_rows = np.round(outcome.draw(rng, (tables, rows)), 2).ravel()
    noise = 0.5 * outcome.deviation * rng.standard_normal(len(drawn_rows))
    names = np.repeat([f"table {i}" for i in range(tables)], rows)
    frame = nw.from_native(pd.DataFrame({"g": names, "y": drawn_rows, "p": np.round(drawn_rows + noise, 2)}))
    found = count_moments(frame, features=["g"], declared={}, y_true="y", y_pred="p").table
    return group_means(found, OTHERS)


OTHERS = tuple(
    get_measure(name)
    for name in (
        "mean_absolute_error",
        "root_mean_squared_error",
        "r_squared",
        "median_outcome",
        "outcome_quantile_10",
        "outcome_quantile_90",
    )
)


def measure_others(tables=1_000):
    """Print the coverage of differences of all other measures."""
    print(f"Other measures: 95 % intervals of the difference that hold the truth, % of {tables:,} tables:\n")
    rows = []
    for name in ("normal", "gamma(2)", "lognormal"):
        for sizes in ((50, 50), (50, 500), (200, 200), (200, 2000)):
            first, second = (others_of(BY_NAME[name], n, side, tables) for side, n in enumerate(sizes))
            gaps = compare_means(OTHERS, first, second, confidence=0.95, alpha=0.05)
            gap = gaps["difference"]
            inside = ((gap.low <= 0) & (gap.high >= 0)).mean(axis=1)
            rows.append([f"{name}: {sizes[0]:,} and {sizes[1]:,}", *(f"{100 * share:.1f}" for share in inside)])
    table(["rows", *(m.name.replace("_", " ") for m in OTHERS)], rows)


if __name__ == "__main__":
    begun = time.perf_counter()
    with measured_part("numbers", "differences"):
        measure_differences()
    with measured_part("numbers", "intervals"):
        measure_other_intervals()
    with measured_part("numbers", "power"):
        measure_power()
    with measured_part("numbers", "ranges"):
        measure_ranges()
    with measured_part("numbers", "range-intervals"):
        measure_range_intervals()
    with measured_part("numbers", "clusters"):
        measure_clusters()
    with measured_part("numbers", "weights"):
        measure_weights()
    with measured_part("numbers", "other-measures"):
        measure_others()
    print(f"\n{time.perf_counter() - begun:.0f} s", file=sys.stderr)
