"""Measure how often intervals of rankings hold, how often a whole audit of fair rankings says *shown*, and its power.

Run it with ``make coverage``; it writes docs/measured/rankings.md. Seeds are fixed. ``--trial`` draws fewer tables.
"""

import sys
import time
from pathlib import Path

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd

from biasaudit.audits.rankings.audit import RankingAudit
from biasaudit.audits.rankings.family import available_measures, rank_tables
from biasaudit.counts.rankings.places import log_exposure
from biasaudit.counts.rankings.rows import RankingColumns, read_rows
from biasaudit.counts.rankings.table import rank_table
from biasaudit.inference.means.comparisons import mean_interval
from biasaudit.inference.query_ratios import compare_ratios, query_ratios

sys.path.insert(0, str(Path(__file__).parents[2]))
from measured_pages import measured_part

K = (5, 10)
GROUPS = 3
QUERIES = (10, 20, 50, 200)
MANY = 20_000
COLUMNS = RankingColumns(("g",), score="s", query="q", relevance="y")
MEASURES = available_measures(K, relevance=True)
FIRST, LAST = np.array([0]), np.array([2])


def drawn(rng, queries, gap=0.0, spread=0.0):
    """Draw lists of 10 to 60 people; the first group is rare, and rarer in short lists, and `gap` lower in scores.

    `spread` is how much a list's own taste for each group varies.
    """
    size = rng.integers(10, 61, queries)
    shares = rng.dirichlet([2, 4, 4], queries)
    shares[:, 0] *= size / 60
    shares /= shares.sum(axis=1, keepdims=True)
    query = np.repeat(np.arange(queries), size)
    group = (rng.random(len(query))[:, None] > np.cumsum(shares, axis=1)[query]).sum(axis=1).clip(0, GROUPS - 1)
    taste = rng.normal(size=(queries, GROUPS)) * spread
    taste[:, 0] -= gap
    relevance = rng.integers(0, 4, len(query)).astype(float)
    score = rng.normal(size=len(query)) + taste[query, group] + relevance / 2
    frame = pd.DataFrame({"q": query, "g": np.array(list("abc"))[group], "s": score, "y": relevance})
    return read_rows(nw.from_native(frame), COLUMNS)


def ratios(rows):
    return query_ratios(rank_table(rows, ("g",), K, log_exposure), MEASURES)


def held(queries, gap, spread, truth, tables):
    """Share of tables in which the interval of the rare group, of its gap and of its ratio to another holds it."""
    hits = np.zeros((3, len(MEASURES)))
    value, difference, ratio = truth[:, 0], truth[:, 0] - truth[:, 2], truth[:, 0] / truth[:, 2]
    for seed in range(tables):
        found = ratios(drawn(np.random.default_rng([23, queries, int(10 * gap), seed]), queries, gap, spread))
        low, high = mean_interval(found.means, 0.95)
        hits[0] += (low[:, 0] <= value) & (value <= high[:, 0])
        sides = [found.means.each(lambda a, at=at: a[:, at]) for at in (FIRST, LAST)]
        gaps = compare_ratios(
            MEASURES, *sides, confidence=0.95, alpha=0.05, correlation=found.correlation(FIRST, found, LAST)
        )
        for at, (name, true) in enumerate((("difference", difference), ("ratio", ratio)), 1):
            # A ratio without limits leaves nothing out.
            ends = [np.nan_to_num(getattr(gaps[name], end)[:, 0], nan=far) for end, far in (("low", -9), ("high", 9))]
            hits[at] += (ends[0] <= true) & (true <= ends[1])
    return 100 * hits / tables


def coverage(tables):
    print(f"How often 95 % intervals hold, in %, {tables:,} tables a row; lists of 10 to 60 people:\n")
    names = [m.label.lower() for m in MEASURES]
    print(f"| setting | rankings | of | {' | '.join(names)} |\n|---|---:|---|{'---:|' * len(names)}")
    for setting, gap, spread in (("fair", 0.0, 0.0), ("one group lower, tastes vary", 0.4, 0.3)):
        truth = ratios(drawn(np.random.default_rng(23), MANY, gap, spread)).means.value
        for queries in QUERIES:
            found = held(queries, gap, spread, truth, tables)
            for of, row in zip(("value", "difference", "ratio"), found, strict=True):
                print(f"| {setting} | {queries} | {of} | {' | '.join(f'{x:.1f}' for x in row)} |", flush=True)


def said(queries, gap, tables):
    """Share of audits that say *shown* of a gap, of fair draws, and of anything."""
    counts = np.zeros(3)
    for seed in range(tables):
        rows = drawn(np.random.default_rng([24, queries, int(10 * gap), seed]), queries, gap)
        audit = RankingAudit(rank_tables(rows, K, log_exposure), "")
        gaps = (audit.disparities()["verdict"] == "shown").any()
        draws = (audit.fair_draws()["verdict"] == "shown").any()
        counts += gaps, draws, gaps or draws
    return 100 * counts / tables


def alarms(tables):
    print(
        f"Whole audits of three groups that say *shown*, in %, {tables:,} tables a row ({tables // 5:,} with a gap):\n"
    )
    print("| scores of the rare group | rankings | any gap | fair draws | anything |\n|---|---:|---:|---:|---:|")
    for setting, gap, number in (("the same", 0.0, tables), ("0.4 deviations lower", 0.4, tables // 5)):
        for queries in (10, 50, 200):
            found = " | ".join(f"{x:.1f}" for x in said(queries, gap, number))
            print(f"| {setting} | {queries} | {found} |", flush=True)


if __name__ == "__main__":
    begun, trial = time.perf_counter(), "--trial" in sys.argv
    number = 50 if trial else 1_000
    with measured_part("rankings", "held", trial=trial):
        coverage(number)
    with measured_part("rankings", "said", trial=trial):
        alarms(number)
    print(f"\n{time.perf_counter() - begun:.0f} s", file=sys.stderr)
