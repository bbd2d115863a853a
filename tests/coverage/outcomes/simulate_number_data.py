"""Gaps in a number at equal features: how often intervals hold, and what whole audits of data show by chance.

Run by ``make coverage``; it writes two tables of docs/measured/numbers.md. Seeds are fixed.
"""

import sys
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np
import pandas as pd

import biasaudit as ba
from biasaudit.inference.means.regression import adjusted_gap

sys.path.insert(0, str(Path(__file__).parents[2]))
from measured_pages import measured_part

TABLES, BLOCK = 1_000, 50
# Rows, share of them in the group, errors, clusters of ten and whether all people of one are of one group, features.
SETTINGS = (
    (100, 0.5, "normal", "", 3),
    (100, 0.5, "lognormal", "", 3),
    (100, 0.2, "lognormal", "", 3),
    (500, 0.1, "lognormal", "", 5),
    (2_000, 0.5, "normal", "", 5),
    (2_000, 0.05, "lognormal", "", 5),
    (400, 0.3, "lognormal", "clusters", 3),
    (1_000, 0.5, "lognormal", "clusters", 3),
    (400, 0.5, "lognormal", "clusters of one group", 3),
)
GAP, SHIFT = 1.0, 0.5


def errors_of(rng, kind, rows):
    return rng.standard_normal(rows) if kind == "normal" else np.exp(rng.standard_normal(rows)) - np.exp(0.5)


def held_in(asked):
    """Share of intervals of the adjusted gap, and of the explained part, that hold the truth."""
    (rows, share, kind, clusters, features), seed = asked
    rng, held = np.random.default_rng(seed), []
    for _ in range(BLOCK):
        cluster = np.arange(rows) // 10 if clusters else None
        member = rng.random(rows) < share
        if clusters == "clusters of one group":
            member = (rng.random(rows // 10) < share)[cluster]
        known = rng.standard_normal((rows, features)) + SHIFT * member[:, None]
        error = errors_of(rng, kind, rows) * (1 + 0.5 * member)
        if clusters:
            error = error + 1.5 * rng.standard_normal(rows // 10)[cluster]
        found = adjusted_gap(GAP * member + known.sum(axis=1) + error, member, known, cluster=cluster)
        gap = found.limits(found.adjusted, found.adjusted_error, found.adjusted_skew, 0.95)
        part = found.limits(found.explained, found.explained_error, found.explained_skew, 0.95)
        held.append([gap[0] <= GAP <= gap[1], part[0] <= SHIFT * features <= part[1]])
    return np.mean(held, axis=0)


def shown_in(asked):
    """Share of audits of data that show anything of groups that nothing sets apart."""
    (kind, rows), seed = asked
    rng, shown = np.random.default_rng(seed), []
    for _ in range(BLOCK):
        frame = pd.DataFrame(
            {
                "sex": rng.choice(["woman", "man"], rows, p=[0.4, 0.6]),
                "town": rng.choice(["north", "south", "west"], rows, p=[0.6, 0.3, 0.1]),
                "age": rng.integers(18, 66, rows),
                "job": rng.choice(["a", "b", "c"], rows),
            }
        )
        frame["wage"] = 0.05 * frame["age"] + errors_of(rng, kind, rows)
        audit = ba.audit_dataset(
            frame, label="wage", sensitive_features=["sex", "town"], features=["age", "job"], outcome_type="number"
        )
        told = [*audit.disparities()["verdict"], *(row["verdict"] for part in audit.parts for row in part.rows)]
        shown.append("shown" in told)
    return np.mean(shown)


def in_blocks(pool, function, setting):
    return 100 * np.mean(list(pool.map(function, [(setting, seed) for seed in range(TABLES // BLOCK)])), axis=0)


def measure_equal_features(pool):
    print(f"{TABLES:,} tables a row; 95 % intervals that hold the truth, %:\n")
    print("| rows | in the group | errors | clusters | features | gap at equal features | explained part |")
    print("|---:|---:|---|---|---:|---:|---:|")
    for setting in SETTINGS:
        gap, explained = in_blocks(pool, held_in, setting)
        rows, share, kind, clusters, features = setting
        told = f"{100 * share:g} % | {kind} | {clusters or 'none'} | {features}"
        print(f"| {rows:,} | {told} | {gap:.1f} | {explained:.1f} |", flush=True)


def measure_data_audits(pool):
    print(f"{TABLES:,} audits of data a row, of groups that nothing sets apart; anything *shown*, %:\n")
    print("| errors | rows | shown |\n|---|---:|---:|")
    for setting in (("normal", 400), ("lognormal", 400), ("lognormal", 2_000)):
        print(f"| {setting[0]} | {setting[1]:,} | {in_blocks(pool, shown_in, setting):.1f} |", flush=True)


if __name__ == "__main__":
    begun = time.perf_counter()
    with ProcessPoolExecutor(2) as workers:
        with measured_part("numbers", "equal-features"):
            measure_equal_features(workers)
        with measured_part("numbers", "data-audits"):
            measure_data_audits(workers)
    print(f"\n{time.perf_counter() - begun:.0f} s", file=sys.stderr)
