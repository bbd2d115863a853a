"""What whole audits of numbers show, of tables of people drawn at random: false alarms, and power beside Welch.

Run by ``make coverage``; it writes two tables of docs/measured/numbers.md. Every table is counted and audited as a user
would, with all questions of outcomes, predictions, errors and quantiles. Seeds are fixed.
"""

import itertools
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
from scipy import stats
from statsmodels.stats.multitest import multipletests

import biasaudit as ba

sys.path.insert(0, str(Path(__file__).parents[2]))
from measured_pages import measured_part

TABLES, POWER_TABLES, BLOCK = 1_000, 500, 50
# Groups of a first feature and of a second, by their shares, and how many rows there are.
PEOPLE = {
    "2 × 3 groups, 600 rows": ((0.6, 0.4), (0.7, 0.25, 0.05), 600),
    "2 × 3 groups, 3,000 rows": ((0.6, 0.4), (0.7, 0.25, 0.05), 3_000),
    "6 groups, 1,200 rows": ((0.4, 0.25, 0.15, 0.1, 0.06, 0.04), None, 1_200),
    "6 groups, 60 clusters of 20": ((0.4, 0.25, 0.15, 0.1, 0.06, 0.04), None, 1_200),
}
OUTCOMES = ("normal", "gamma(2)", "lognormal")
PRIMARY = ("outcome", "said", "error", "absolute error")


def drawn(rng, outcome, rows):
    """Outcomes of variance 1."""
    if outcome == "normal":
        return rng.standard_normal(rows)
    if outcome == "gamma(2)":
        return rng.gamma(2.0, np.sqrt(0.5), rows)
    return np.exp(rng.standard_normal(rows)) / np.sqrt((np.e - 1) * np.e)


def people(rng, setting, outcome, gap=0.0):
    """Draw a table in which nothing depends on groups but, by `gap` standard deviations, the last group's outcome."""
    first, second, rows = PEOPLE[setting]
    group = rng.choice(len(first), rows, p=first)
    frame = {"first": group}
    if second is not None:
        frame["second"] = rng.choice(len(second), rows, p=second)
    value = drawn(rng, outcome, rows)
    if "clusters" in setting:
        firm = np.arange(rows) // 20
        frame |= {"firm": firm, "first": rng.choice(len(first), rows, p=first)}
        value = value + 0.5 * drawn(rng, outcome, 60)[firm]
    value = value - gap * (frame["first"] == len(first) - 1)
    said = value + 0.5 * drawn(rng, outcome, rows)
    return pd.DataFrame(frame | {"outcome": value, "said": said})


def audited(frame):
    asked = {"sensitive_features": [name for name in ("first", "second") if name in frame], "outcome_type": "number"}
    if "firm" in frame:
        asked["cluster"] = "firm"
    # Counting is the same on every engine, and this one starts faster.
    rows = pl.from_pandas(frame)
    return ba.audit_predictions(rows, y_true="outcome", y_pred="said", **asked).disparities()


def holm_shows(frame):
    """Whether Welch's tests of all pairs of groups, of the four primary measures, show a gap of the outcome by Holm.

    Pairs are those of each feature and of both together, as the audit has them.
    """
    error = frame["said"] - frame["outcome"]
    measures = dict(zip(PRIMARY, (frame["outcome"], frame["said"], error, error.abs()), strict=True))
    splits = [frame["first"]]
    if "second" in frame:
        splits += [frame["second"], frame["first"] * 10 + frame["second"]]
    p_values, of_outcome = [], []
    for split in splits:
        for a, b in itertools.combinations(sorted(split.unique()), 2):
            for name, values in measures.items():
                sides = values[split == a], values[split == b]
                p_values.append(stats.ttest_ind(*sides, equal_var=False).pvalue if min(map(len, sides)) > 1 else 1.0)
                of_outcome.append(name == "outcome")
    shown = multipletests(np.nan_to_num(p_values, nan=1.0), method="holm")[0]
    return shown[of_outcome].any()


def alarms_in(asked):
    """Share of tables in which anything is shown, and in which a primary measure's question is answered with yes."""
    setting, outcome, seed = asked
    rng, found = np.random.default_rng(seed), []
    for _ in range(BLOCK):
        gaps = audited(people(rng, setting, outcome))
        shown = gaps[gaps["verdict"] == "shown"]
        found.append([len(shown) > 0, (shown["kind"] == "range").any()])
    return np.mean(found, axis=0)


def power_in(asked):
    setting, outcome, gap, seed = asked
    rng, found = np.random.default_rng(seed), []
    for _ in range(BLOCK):
        frame = people(rng, setting, outcome, gap)
        gaps = audited(frame)
        mine = gaps[(gaps["metric"] == "mean_outcome") & (gaps["verdict"] == "shown")]
        found.append([len(mine) > 0, holm_shows(frame)])
    return np.mean(found, axis=0)


def in_blocks(pool, function, *asked, tables):
    return 100 * np.mean(list(pool.map(function, [(*asked, seed) for seed in range(tables // BLOCK)])), axis=0)


def measure_alarms(pool):
    print(f"{TABLES:,} audits a cell of groups that nothing sets apart; anything *shown*, %:\n")
    print(f"| people | {' | '.join(OUTCOMES)} |\n|---|" + "---:|" * len(OUTCOMES))
    for setting in PEOPLE:
        told = [f"{in_blocks(pool, alarms_in, setting, outcome, tables=TABLES)[0]:.1f}" for outcome in OUTCOMES]
        print(f"| {setting} | {' | '.join(told)} |", flush=True)


def measure_power(pool):
    print(f"{POWER_TABLES:,} audits a row in which the last group has less; a gap in the mean outcome *shown*, %:\n")
    print("| people | outcome | less by, SD | here | Welch with Holm |\n|---|---|---:|---:|---:|")
    for setting, outcome, gap in itertools.product(
        ("2 × 3 groups, 600 rows", "6 groups, 1,200 rows"), ("normal", "gamma(2)"), (0.3, 0.6)
    ):
        here, holm = in_blocks(pool, power_in, setting, outcome, gap, tables=POWER_TABLES)
        print(f"| {setting} | {outcome} | {gap:g} | {here:.0f} | {holm:.0f} |", flush=True)


if __name__ == "__main__":
    begun = time.perf_counter()
    with ProcessPoolExecutor(2) as workers:
        with measured_part("numbers", "audits"):
            measure_alarms(workers)
        with measured_part("numbers", "audit-power"):
            measure_power(workers)
    print(f"\n{time.perf_counter() - begun:.0f} s", file=sys.stderr)
