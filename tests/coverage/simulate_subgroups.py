"""Measure how often a search for subgroups reports what is not there, and finds what is.

Run by ``make coverage``; it writes the tables of docs/measured/subgroups.md and takes some minutes. Seeds are fixed.
Tables have 30,000 rows and ten features of six levels (40, 20, 15, 10, 10 and 5 % of rows): some 5,300 patterns
have at least 1 % of the rows. Planted is one of exactly 300 rows, in which the rate is ten points higher.
"""

import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd

import biasaudit as ba
from biasaudit.inference.testing.one_sided import higher_share_p_value

sys.path.insert(0, str(Path(__file__).parents[1]))
from measured_pages import measured_part

NOTHING, PLANTED = 1_000, 200
ROWS, SMALL = 30_000, 300
FEATURES = [f"f{j}" for j in range(10)]
SHARES = [0.4, 0.2, 0.15, 0.1, 0.1, 0.05]
PATTERN = {"f3": "d", "f7": "c"}
RATES = (0.02, 0.03, 0.05, 0.1, 0.2)


def drawn(seed, rate, gap=0.0):
    """Draw a table; with a gap, exactly `SMALL` rows have the planted pattern."""
    rng = np.random.default_rng([seed, round(1000 * rate), round(1000 * gap)])
    frame = pd.DataFrame({name: rng.choice(list("abcdef"), ROWS, p=SHARES) for name in FEATURES})
    inside = (frame["f3"] == "d") & (frame["f7"] == "c")
    if gap:
        rows = np.flatnonzero(inside)
        spare = rng.permutation(np.flatnonzero((frame["f3"] == "d") & ~inside))[: max(0, SMALL - len(rows))]
        frame.loc[rng.permutation(rows)[SMALL:], "f7"] = "a"
        frame.loc[spare, "f7"] = "c"
        inside = (frame["f3"] == "d") & (frame["f7"] == "c")
        assert inside.sum() == SMALL
    frame["wrong"] = (rng.random(ROWS) < rate + gap * inside).astype(int)
    return frame


def searched(seed, rate, gap=0.0, **asked):
    frame = drawn(seed, rate, gap)
    return ba.find_subgroups(frame, outcome="wrong", features=FEATURES, random_state=seed, **asked)


def one(seed, rate, longest):
    """Whether the planted pattern was found, whether anything else was, and whether a test of all rows finds it."""
    audit = searched(seed, rate, 0.1, max_features=longest)
    table = audit.subgroups()
    is_it, shown = table["pattern"] == PATTERN, table["verdict"] == "shown"
    # Part of what was planted is in every pattern that names one of its two levels.
    near = [any(PATTERN.get(f) == level for f, level in pattern.items()) for pattern in table[shown]["pattern"]]
    n, cases = table.loc[is_it, ["n", "cases"]].iloc[0]
    rest = audit.found.cases.sum() - cases, audit.found.rows.sum() - n
    in_all_rows = 2 * float(higher_share_p_value(cases, n, *rest)) * len(table) <= 0.05
    return (shown & is_it).any(), not all(near), in_all_rows


def measure_nothing():
    print(
        f"Nothing planted, {NOTHING:,} tables a row:\n\n| rate | patterns | any subgroup reported |\n|---:|---:|---:|"
    )
    for rate in (0.05, 0.2):
        tried, any_shown = 0, []
        for seed in range(NOTHING):
            table = searched(seed, rate).subgroups()
            tried += len(table)
            any_shown.append((table["verdict"] == "shown").any())
        first = f"first 200: {100 * np.mean(any_shown[:200]):.1f} %"
        print(f"| {rate:g} | {tried / NOTHING:,.0f} | {100 * np.mean(any_shown):.1f} % ({first}) |", flush=True)


def measure_planted():
    print(f"Planted: {SMALL} of {ROWS:,} rows, 10 points higher, {PLANTED} tables a row:\n")
    heads = ("rate elsewhere", "longest", "found", "with a false one beside it", "by a test of all rows, Bonferroni")
    print(f"| {' | '.join(heads)} |")
    print("|---:|---:|---:|---:|---:|")
    for longest in (None, 2):
        for rate in RATES:
            shares = np.mean([one(seed, rate, longest) for seed in range(PLANTED)], axis=0)
            cells = " | ".join(f"{100 * share:.1f} %" for share in shares)
            print(f"| {rate:g} | {longest or 'any'} | {cells} |", flush=True)


if __name__ == "__main__":
    begun = time.perf_counter()
    with measured_part("subgroups", "nothing-planted"):
        measure_nothing()
    with measured_part("subgroups", "planted"):
        measure_planted()
    print(f"\n{time.perf_counter() - begun:.0f} s", file=sys.stderr)
