"""Measure, by simulation, how often the 95 % intervals hold the truth and how often equal groups raise an alarm.

Run it with ``make coverage``; it writes tables of docs/measured/coverage.md. Seeds are fixed; ``--quick`` only tries.
"""

import itertools
import sys
import time
from collections import defaultdict
from pathlib import Path

import numpy as np
import pandas as pd

import biasaudit as ba
from biasaudit.inference.intervals.small_groups import difference_interval, ratio_interval
from biasaudit.inference.intervals.spread import spread_interval, spread_ratio_interval
from biasaudit.inference.variance.degrees_of_freedom import df_of_difference
from biasaudit.inference.variance.effective import Shares, clustered_shares
from biasaudit.metrics.cell_totals import ClusterTotals
from biasaudit.metrics.wilson import critical_value, wilson

sys.path.insert(0, str(Path(__file__).parents[1]))
from measured_pages import measured_part

DRAWS = 10_000
CONFIDENCE = 0.95
MINORITIES = (0.02, 0.05, 0.1, 0.2, 0.5)
ROWS = (100, 300, 1_000, 5_000)
RATES = (0.02, 0.1, 0.3, 0.5, 0.8, 0.95)
GROUPS = (2, 3, 4, 6, 10)
GAPS = (0.0, 0.1)
NAMES = ("rate", "difference", "ratio", "spread", "spread ratio")


def sizes(minority, rows, groups):
    """Split rows: one group with its share, the others alike (no larger than they would be alone)."""
    first = max(2, round(minority * rows))
    return np.array([first] + [(rows - first) // (groups - 1)] * (groups - 1))


def true_rates(rate, gap, groups):
    """Set the first group apart; towards the middle, so that every rate stays possible."""
    other = rate + (gap if rate <= 0.5 else -gap)
    return np.array([other] + [rate] * (groups - 1))


def holds(limits, truth):
    low, high = limits
    return (low <= truth + 1e-12) & (high >= truth - 1e-12)


def covered(shares, truth):
    """Share of the draws (first axis of `shares`) in which each kind of interval holds the truth."""
    x, n, df = np.nan_to_num(shares.count), shares.nobs, shares.df
    z = critical_value(CONFIDENCE, df)
    one = (x[:, 0], n[:, 0], x[:, 1], n[:, 1])
    both = critical_value(CONFIDENCE, df_of_difference(n[:, 0], df[:, 0], n[:, 1], df[:, 1]))
    sides = {"critical1": both, "critical2": both}
    top, bottom = truth.max(), truth.min()
    usable = (n > 0).all(axis=1)
    found = {
        "rate": holds(wilson(x[:, 0], n[:, 0], critical=z[:, 0]), truth[0]),
        "difference": holds(difference_interval(*one, **sides), truth[0] - truth[1]),
        "ratio": holds(ratio_interval(*one, **sides), truth[0] / truth[1]),
        "spread": holds(spread_interval(x, n, confidence=CONFIDENCE, df=df), top - bottom),
        "spread ratio": holds(spread_ratio_interval(x, n, confidence=CONFIDENCE, df=df), bottom / top),
    }
    return {name: hit[usable].mean() for name, hit in found.items()}


def independent(rng, n, truth):
    x = rng.binomial(n, truth, size=(DRAWS, len(n))).astype(float)
    nobs = np.broadcast_to(n.astype(float), x.shape)
    return Shares(x, nobs, x / nobs, nobs, np.full(x.shape, np.inf))


def clustered(rng, clusters, size, correlation, truth):
    """Draw clusters whose own rates are beta distributed, so that rows of one are alike."""
    draws, groups = DRAWS // 5, len(truth)
    strength = 1 / correlation - 1
    p = rng.beta(truth * strength, (1 - truth) * strength, size=(draws, clusters, groups))
    x = rng.binomial(size, p).astype(float).swapaxes(1, 2).reshape(draws, -1)
    group = np.repeat(np.arange(groups), clusters)
    rows = np.full(x.shape, float(size))
    totals = ClusterTotals(x, rows, rows, group, np.arange(clusters * groups), groups, clusters * groups)
    count = totals.by_group(x)
    nobs = np.full(count.shape, float(size * clusters))
    plain = Shares(count, nobs, count / nobs, nobs, np.full(count.shape, np.inf))
    return clustered_shares(plain, totals)


def report(title, cells):
    print(f"{title}:\n")
    print("| interval | cells | mean | lowest cell | where | cells under 93 % |")
    print("| --- | --- | --- | --- | --- | --- |")
    for name in NAMES:
        values = {where: found[name] for where, found in cells.items()}
        worst = min(values, key=values.get)
        under = sum(value < 0.93 for value in values.values())
        mean = np.mean(list(values.values()))
        print(f"| {name} | {len(values)} | {mean:.1%} | {values[worst]:.1%} | {worst} | {under} |", flush=True)


def measure_independent(rng):
    cells = {}
    for minority, rows, rate, groups, gap in itertools.product(MINORITIES, ROWS, RATES, GROUPS, GAPS):
        n, truth = sizes(minority, rows, groups), true_rates(rate, gap, groups)
        where = f"minority {minority:.0%} of {rows}, {groups} groups, rates {truth[0]:.2f} and {rate}"
        cells[where] = covered(independent(rng, n, truth), truth)
    report(f"Independent rows, {DRAWS:,} tables a cell (error ± 0.4 points)", cells)


def measure_clustered(rng):
    cells = {}
    for clusters, size, correlation, rate, groups, gap in itertools.product(
        (10, 30, 100), (5, 20), (0.05, 0.3), (0.1, 0.3, 0.5, 0.8), (2, 6), GAPS
    ):
        truth = true_rates(rate, gap, groups)
        where = (
            f"{clusters} clusters of {size}, correlation {correlation}, {groups} groups, rates {truth[0]:.2f}, {rate}"
        )
        cells[where] = covered(clustered(rng, clusters, size, correlation, truth), truth)
    report(f"Rows in clusters, {DRAWS // 5:,} tables a cell (error ± 1 point)", cells)


def fair_table(rng, rows, groups, base_rate):
    """Draw a table in which label, prediction and score have nothing to do with the group."""
    y_true = rng.random(rows) < base_rate
    score = np.clip(rng.normal(0.4 + 0.2 * y_true, 0.2), 0, 1)
    return pd.DataFrame(
        {
            "group": np.array(list("abcdefghij"))[np.arange(rows) % groups],
            "y_true": y_true.astype(int),
            "y_pred": (score >= 0.5).astype(int),
            "score": score,
        }
    )


def measure_false_alarms(tables):
    print("Six equal groups: how often an audit of all metrics says *shown* anywhere:\n")
    print("| rows | base rate | tables | any *shown* | any *shown* among the range rows |")
    print("| --- | --- | --- | --- | --- |")
    for rows, base_rate in itertools.product((300, 1_000, 5_000), (0.1, 0.5)):
        rng = np.random.default_rng(2)
        alarms = defaultdict(int)
        for _ in range(tables):
            frame = fair_table(rng, rows, 6, base_rate)
            found = ba.audit_predictions(
                frame, sensitive_features="group", y_true="y_true", y_pred="y_pred", score="score"
            ).disparities()
            shown = found["verdict"] == "shown"
            alarms["any"] += shown.any()
            alarms["range"] += shown[found["kind"] == "range"].any()
        print(
            f"| {rows} | {base_rate} | {tables} | {alarms['any'] / tables:.1%} | {alarms['range'] / tables:.1%} |",
            flush=True,
        )


def measure_fairlearn(tables):
    """Ask fairlearn's bootstrap about the same equal groups, and about a small group."""
    from fairlearn.metrics import MetricFrame, selection_rate

    rng = np.random.default_rng(2)
    excludes = covers = 0
    for _ in range(tables):
        frame = fair_table(rng, 1_000, 6, 0.5)
        found = MetricFrame(
            metrics=selection_rate,
            y_true=frame["y_true"],
            y_pred=frame["y_pred"],
            sensitive_features=frame["group"],
            n_boot=200,
            ci_quantiles=[0.025, 0.975],
            random_state=int(rng.integers(2**31)),
        )
        excludes += found.difference_ci()[0] > 0
        small = np.r_[np.zeros(20), np.ones(980)]
        y = (rng.random(1_000) < 0.05).astype(int)
        found = MetricFrame(
            metrics=selection_rate,
            y_true=y,
            y_pred=y,
            sensitive_features=small,
            n_boot=200,
            ci_quantiles=[0.025, 0.975],
            random_state=int(rng.integers(2**31)),
        )
        low, high = (float(limit.loc[0]) for limit in found.by_group_ci)
        covers += low <= 0.05 <= high
    print(f"fairlearn's bootstrap, {tables} tables:\n")
    print(
        f"- six equal groups, 1,000 rows: the interval of max - min excludes zero in {excludes / tables:.0%} of tables"
    )
    print(
        f"- a group of 20 rows with a rate of 5 %: its 95 % interval holds the rate in {covers / tables:.0%} of tables"
    )


if __name__ == "__main__":
    begun = time.perf_counter()
    quick = "--quick" in sys.argv
    if quick:
        DRAWS = 2_000
    drawn = np.random.default_rng(1)
    with measured_part("coverage", "independent", trial=quick):
        measure_independent(drawn)
    with measured_part("coverage", "clustered", trial=quick):
        measure_clustered(drawn)
    with measured_part("coverage", "equal-groups", trial=quick):
        measure_false_alarms(60 if quick else 400)
    with measured_part("coverage", "fairlearn", trial=quick):
        measure_fairlearn(20 if quick else 100)
    print(f"\n{time.perf_counter() - begun:.0f} s", file=sys.stderr)
