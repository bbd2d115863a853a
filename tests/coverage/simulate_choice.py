"""Measure what lines on a score promise, what is told of people who had no say in the choice, and what new people find.

Run it with ``make coverage``; it writes a table of docs/measured/small-numbers.md. Seeds are fixed. The gaps of pairs
are signed.
"""

import itertools
import sys
import time
from pathlib import Path

import numpy as np
from scipy.special import ndtr

from biasaudit.audits.thresholds._audit import ThresholdAudit
from biasaudit.audits.thresholds._choice import (
    CRITERIA,
    FEWEST,
    benefit_weights,
    choose_thresholds,
    largest_gap,
    values_at,
)
from biasaudit.audits.thresholds._holdout import DRAWS, FOLDS, Choice
from biasaudit.counts.table.crosstab import Crosstab
from biasaudit.inference.thresholds import ThresholdCounts
from biasaudit.inference.variance.folds import score_folds, score_resamples
from biasaudit.metrics.cell_totals import rows_by_group, score_counts

sys.path.insert(0, str(Path(__file__).parents[1]))
from measured_pages import measured_part

TABLES = 500
GAPS = 60
ROWS = 600
TOLERANCE = 0.05
# Share of each group, its base rate, and how far its scores lie above.
TWO = (0.5, 0.5, 0.0), (0.5, 0.3, 0.1)
THREE = (0.5, 0.5, 0.1), (0.3, 0.3, 0.0), (0.2, 0.3, 0.0)
RATES = ("selection_rate", "true_positive_rate", "false_positive_rate")
CLUSTER = 4


def chances(population, bins):
    """Chance of each group, label and score bin; normal scores."""
    edges = np.arange(1, bins) / bins
    out = [
        [
            share * part * np.diff([0, *ndtr((edges - 0.4 - 0.2 * label - above) / 0.15), 1])
            for label, part in ((0, 1 - base), (1, base))
        ]
        for share, base, above in population
    ]
    return np.array(out)


def lines_of(counts, cluster=None):
    """Audit the lines on counts of shape (groups, 2, bins), or (clusters, groups, 2, bins)."""
    at = np.nonzero(counts)
    code, (group, label, score) = (at[0], at[1:]) if cluster else (None, at)
    bins = counts.shape[-1]
    table = Crosstab(
        ("g",),
        (tuple("abc"[: counts.shape[-3]]),),
        ("no", "yes"),
        group[:, None],
        label,
        None,
        counts[at].astype(np.int64),
        score_bin=score,
        edges=np.arange(1, bins) / bins,
        bin_scores=(np.arange(bins) + 0.5) / bins,
        cluster=code,
    )
    return ThresholdAudit(table.merge_cells())


def draw(rng, chance, cluster):
    """Draw people, or clusters whose people share group, label and score in half of all cases."""
    if not cluster:
        return rng.multinomial(ROWS, chance.ravel()).reshape(chance.shape)
    flat, number = chance.ravel(), ROWS // CLUSTER
    first = np.repeat(rng.choice(len(flat), number, p=flat), CLUSTER)
    cell = np.where(rng.random(ROWS) < 0.5, first, rng.choice(len(flat), ROWS, p=flat))
    counts = np.zeros((number, len(flat)))
    np.add.at(counts, (np.repeat(np.arange(number), CLUSTER), cell), 1)
    return counts.reshape(number, *chance.shape)


def rates_at(counts, at):
    """Rates of the groups at their lines."""
    people = ThresholdCounts.of(counts, has_labels=True)
    return {name: values_at(getattr(people, name), at) for name in RATES}


def right(counts, at):
    """Right decisions that lines bring."""
    benefit = ThresholdCounts.of(counts, has_labels=True).benefit(benefit_weights(None))
    return values_at(benefit, at).sum()


def tried(rng, chance, criterion, cluster, gap):
    """Choose lines once: how far signed gaps are off, largest gaps (only where `gap`), and right decisions."""
    held, people = CRITERIA[criterion], draw(rng, chance, cluster)
    table = lines_of(people, cluster).table
    counts, large = score_counts(table), rows_by_group(table) >= FEWEST
    at, benefit, promised = choose_thresholds(
        ThresholdCounts.of(counts, has_labels=True), criterion, None, TOLERANCE, large
    )
    choice = Choice(criterion, None, TOLERANCE, large)
    others, told = choice.cross_fitted(score_folds(table, FOLDS))
    here, there = (rates_at(one, at) for one in (counts, chance))
    pairs = list(itertools.combinations(range(len(chance)), 2))
    off = [
        [rates[rate][i] - rates[rate][j] - there[rate][i] + there[rate][j] for rate in held or RATES for i, j in pairs]
        for rates in (here, told)
    ]
    gaps = [np.nan] * 4
    if gap and held:
        again = rates_at(rng.multinomial(ROWS, chance.ravel()).reshape(chance.shape), at)
        expected = choice.expected_gap(counts, score_resamples(table, DRAWS))
        gaps = [promised, expected, *(largest_gap([rates[name] for name in held]) for rates in (there, again))]
    return off, gaps, [benefit, others, ROWS * right(chance, at)]


def measure(name, population, bins, *, cluster=None, left_out=()):
    chance = chances(population, bins)
    for criterion in (one for one in CRITERIA if one not in left_out):
        rng = np.random.default_rng([bins, len(population)])
        found = [tried(rng, chance, criterion, cluster, i < GAPS) for i in range(TABLES)]
        off, gaps, benefit = (np.array(part) for part in zip(*found, strict=True))
        mean, error = np.nanmean(off, axis=0), np.nanstd(off, axis=0) / TABLES**0.5
        worst = np.abs(mean).argmax(axis=1)
        columns = [f"{100 * mean[i, k]:+.2f} ± {100 * error[i, k]:.2f}" for i, k in enumerate(worst)]
        columns += [f"{100 * value:.1f}" for value in gaps[:GAPS].mean(axis=0)]
        columns += [f"{value:.1f}" for value in benefit.mean(axis=0)]
        print(f"| {name} | {criterion} | {' | '.join(columns)} |".replace("nan", "–"), flush=True)


def heading():
    print(f"Lines chosen on {ROWS} people, {TABLES} tables a row, {GAPS} for largest gaps.")
    print("Signed gaps of pairs: the mean that is furthest from that of new people, in points (± its standard error).")
    print("Largest gaps, in points, and right decisions: promised, told of others, of new people (all; 600).\n")
    signed = "signed gap off: promised | told of others"
    gaps = "largest gap: promised | told of others | new people | 600 new people"
    print(f"| people | criterion | {signed} | {gaps} | right: promised | told of others | new people |")
    print(f"|---|---|{'---:|' * 9}")


def main():
    heading()
    measure("two groups, 100 scores", TWO, 100)
    # Equalized odds of three groups on so many scores take ten minutes.
    measure("three groups, 100 scores", THREE, 100, left_out=("equalized_odds",))
    measure("two groups, 10 scores", TWO, 10)
    measure("three groups, 10 scores", THREE, 10)
    measure("two groups, 10 scores, in fours", TWO, 10, cluster=CLUSTER)


if __name__ == "__main__":
    begun = time.perf_counter()
    with measured_part("small-numbers", "lines"):
        main()
    print(f"\n{time.perf_counter() - begun:.0f} s", file=sys.stderr)
