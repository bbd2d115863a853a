"""Measure how often intervals of the correspondence audit hold the truth, and how often equal groups raise an alarm.

Run by ``make coverage``; it writes the tables of docs/measured/pairs.md and takes some minutes. Seeds are fixed. Names
and texts are drawn anew in every audit, so that the truth is what holds for all names and all texts.
"""

import sys
import time
from pathlib import Path

import numpy as np

from biasaudit.audits.pairs._swaps import read_swap
from biasaudit.audits.pairs.audit import PairsAudit
from biasaudit.audits.pairs.scores import Grid

sys.path.insert(0, str(Path(__file__).parents[1]))
from measured_pages import measured_part

DRAWS = 1_000
SEEDS = 400
TEXTS = (3, 5, 8, 20)
NAMES = (3, 9, 20)
# Standard deviations of the effect of a name, of a group within a text, and of what is left.
SPREADS = {"names": (1.0, 0.1, 0.3), "texts": (0.1, 1.0, 0.3), "both": (0.6, 0.6, 0.6), "neither": (0.0, 0.0, 1.0)}
GAP = 0.5


def swap_of(groups, names):
    return read_swap({"name": {f"g{g}": [f"g{g}n{n}" for n in range(names)] for g in range(groups)}})


def drawn(rng, texts, swap, spreads, gap=0.0, names=None):
    """Draw scores of texts under names; `names` holds effects that several grids share."""
    by_name, by_text, left = spreads
    member = swap.member
    names = rng.normal(0, by_name, len(member)) if names is None else names
    scores = rng.normal(0, 2, (texts, 1)) + names + gap * (member == 0)
    scores = scores + rng.normal(0, by_text, (texts, len(swap.groups)))[:, member]
    return scores + rng.normal(0, left, (texts, len(member)))


def audit_of(grids, swap):
    made = tuple(Grid(str(i), scores, np.arange(len(scores))) for i, scores in enumerate(grids))
    stratum = "job" if len(grids) > 1 else ""
    return PairsAudit(made, swap, stratum=stratum, reference=swap.groups[1])


def coverage(texts, names, spreads):
    """Share of audits whose interval holds the gap in the mean, and the one in the top quartile (its own mean)."""
    swap, rng = swap_of(2, names), np.random.default_rng([texts, names, round(10 * spreads[0])])
    found = {"mean_score": [], "top_quartile_share": []}
    for _ in range(DRAWS):
        table = audit_of([drawn(rng, texts, swap, spreads, GAP)], swap)._disparities
        rows = table[(table["kind"] == "pair") & (table["comparison"] == "difference")]
        for metric, limits in found.items():
            row = rows[rows["metric"] == metric]
            limits.append((row["low"].iloc[0], row["high"].iloc[0], row["estimate"].iloc[0]))
    out = []
    for metric, limits in found.items():
        low, high, estimate = np.array(limits).T
        truth = GAP if metric == "mean_score" else estimate.mean()
        out.append(np.mean((low <= truth) & (truth <= high)))
    return out


def false_alarms(jobs, texts, names, spreads):
    """Share of audits of four equal groups in which any gap at all is shown."""
    swap, alarms = swap_of(4, names), 0
    for seed in range(SEEDS):
        rng = np.random.default_rng([seed, jobs, texts])
        shared = rng.normal(0, spreads[0], len(swap.member))
        grids = [drawn(rng, texts, swap, spreads, names=shared) for _ in range(jobs)]
        alarms += (audit_of(grids, swap)._disparities["verdict"] == "shown").any()
    return alarms / SEEDS


def measure_coverage():
    print(f"Coverage of 95 % intervals of a gap, {DRAWS:,} audits a cell: mean score / share in the top quartile:\n")
    print("| what varies | texts |" + "".join(f" {names} names a group |" for names in NAMES))
    print("|---|---:|" + "---:|" * len(NAMES))
    for what, spreads in SPREADS.items():
        for texts in TEXTS:
            cells = [coverage(texts, names, spreads) for names in NAMES]
            told = "".join(f" {100 * mean:.1f} / {100 * share:.1f} |" for mean, share in cells)
            print(f"| {what} | {texts} |{told}", flush=True)


def measure_alarms():
    print(f"Audits of four equal groups, 9 names each, that show any gap, {SEEDS} seeds:\n")
    print("| what varies | jobs | texts a job | alarms |\n|---|---:|---:|---:|")
    for what, spreads in SPREADS.items():
        for jobs, texts in ((1, 8), (10, 8)):
            print(f"| {what} | {jobs} | {texts} | {100 * false_alarms(jobs, texts, 9, spreads):.1f} % |", flush=True)


if __name__ == "__main__":
    start = time.perf_counter()
    with measured_part("pairs", "coverage"):
        measure_coverage()
    with measured_part("pairs", "alarms"):
        measure_alarms()
    print(f"\n{time.perf_counter() - start:.0f} s", file=sys.stderr)
