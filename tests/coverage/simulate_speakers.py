"""How often intervals and tests of an error rate hold where speakers differ, and few have most of the words.

Run by ``make coverage``; it writes tables of docs/measured/people.md. Seeds are fixed. Beside the level stands the
power: how often one group is told apart that errs 15 points more often than the others.
"""

import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd

import biasaudit as ba
from biasaudit.inference.disparities import compare_pairs
from biasaudit.inference.ranges import compare_range
from biasaudit.inference.variance.effective import Shares, clustered_shares
from biasaudit.metrics.cell_totals import ClusterTotals
from biasaudit.metrics.registry import ERRORS_OF_TRIALS
from biasaudit.metrics.wilson import critical_value, wilson

sys.path.insert(0, str(Path(__file__).parents[1]))
from measured_pages import measured_part

RUNS, WORDS = 500, 60
SPEAKERS = (10, 20, 40)
# Mean and spread of the speakers' errors on the scale of log odds.
LAWS = {
    "few errors, speakers alike": (-2.5, 0.4),
    "one word in five": (-1.4, 0.8),
    "speakers differ a lot": (-0.5, 1.5),
}
# Few speakers: 7 to 10 a group, whose own rates have a beta distribution; correlation of two words of one speaker.
TABLES, FEWEST, MOST, CORRELATION, FURTHER = 2_000, 7, 10, 0.1, 0.15
AUDITS, POWER_AUDITS = 500, 100
GROUPS, RATES = (2, 3, 5), (0.05, 0.15, 0.3)
ASKED = {"errors": "wrong", "trials": "words", "sensitive_features": "group", "cluster": "speaker"}


def simulated(rng, speakers, law):
    mean, spread = law
    rows = []
    for group in ("a", "b"):
        share = 1 / (1 + np.exp(-(mean + rng.normal(0, spread, speakers))))
        rows += [(group, f"{group}{i}", n) for i, n in enumerate(rng.binomial(WORDS, share))]
    return pd.DataFrame(rows, columns=["group", "speaker", "wrong"]).assign(words=WORDS)


def measure_intervals():
    print(f"{RUNS} runs of two groups a row, {WORDS} words a speaker, 95 % intervals:\n")
    print("| errors | speakers a group | counting speakers | as if words were independent |")
    print("| --- | ---: | ---: | ---: |")
    for name, (mean, spread) in LAWS.items():
        truth = float((1 / (1 + np.exp(-np.random.default_rng(1).normal(mean, spread, 2_000_000)))).mean())
        for speakers in SPEAKERS:
            rng, held = np.random.default_rng(0), {"": 0, "naive_": 0}
            for _ in range(RUNS):
                found = ba.audit_errors(simulated(rng, speakers, (mean, spread)), **ASKED).intervals()[1:]
                for kind in held:
                    held[kind] += int(((found[f"{kind}low"] <= truth) & (truth <= found[f"{kind}high"])).sum())
            shares = " | ".join(f"{count / (2 * RUNS):.1%}" for count in held.values())
            print(f"| {name} | {speakers} | {shares} |", flush=True)


def falling(power):
    return lambda rng, shape: np.broadcast_to(np.floor(200 / np.arange(1, MOST + 1) ** power).clip(1), shape)


def lognormal(rng, shape):
    return np.floor(np.exp(rng.normal(4, 1, shape))).clip(1)


WORDS_OF = {
    "60 each": lambda rng, shape: np.full(shape, 60.0),
    "200/k": falling(1),
    "200/k^1.5": falling(1.5),
    "lognormal": lognormal,
}


def few_speakers(rng, words, rates, correlation, tables):
    """Draw errors and words by table, group and speaker; a speaker that is not there has none."""
    shape = (tables, len(rates), MOST)
    there = np.arange(MOST) < rng.integers(FEWEST, MOST + 1, (*shape[:2], 1))
    tried = np.where(there, words(rng, shape), 0).astype(int)
    rate, more = np.reshape(rates, (1, -1, 1)), np.reshape(1 / np.asarray(correlation) - 1, (1, -1, 1))
    return rng.binomial(tried, rng.beta(rate * more, (1 - rate) * more, shape)), tried


def judged(wrong, tried, rate):
    tables, groups, most = wrong.shape
    x, n = (values.sum(axis=2).astype(float) for values in (wrong, tried))
    a, b = (values.reshape(tables, -1).astype(float) for values in (wrong, tried))
    group = np.repeat(np.arange(groups), most)
    totals = ClusterTotals(a, b, b, group, np.arange(groups * most), groups, groups * most)
    shares = clustered_shares(Shares(x, n, x / n, n, np.full(x.shape, np.inf)), totals)
    rule = {name: np.full(tables, np.nan) for name in ("difference", "ratio")}
    whole = compare_range([ERRORS_OF_TRIALS] * tables, shares, rule, confidence=0.95)["difference"]
    first, second = (shares.each(lambda values, at=at: values[:, [at]].T) for at in (0, 1))
    pair = compare_pairs((ERRORS_OF_TRIALS,), first, second, confidence=0.95, alpha=0.05)["difference"]
    low, high = wilson(shares.count, shares.nobs, critical=critical_value(0.95, shares.df))
    return {
        "rate holds": ((low <= rate) & (rate <= high)).mean(),
        "pair holds": ((pair.low <= 0) & (pair.high >= 0)).mean(),
        "pair": (pair.p_value <= 0.05).mean(),
        "all": (whole.p_value <= 0.05).mean(),
        "all far": (whole.p_value <= 0.0033).mean(),
        "seen": whole.estimate.mean(),
        "told": whole.expected_by_chance.mean(),
    }


def few_table(title, correlation):
    heads = (
        "pair holds 0 | pair p ≤ .05 | all groups p ≤ .05 | ≤ .0033 | power | gap seen | chance gap told | told / seen"
    )
    print(f"\n{title}, {TABLES:,} tables a row, in %:\n")
    print(f"| words a speaker | groups | error rate | rate holds | {heads} |\n|---|" + "---:|" * 11)
    for name, words in WORDS_OF.items():
        for groups in GROUPS:
            for rate in RATES:
                spread = np.resize(correlation, groups)
                level, power = (
                    judged(*few_speakers(np.random.default_rng([groups, 18]), words, rates, spread, TABLES), rate)
                    for rates in ([rate] * groups, [rate + FURTHER, *[rate] * (groups - 1)])
                )
                values = [level[name] for name in ("rate holds", "pair holds", "pair", "all", "all far")]
                values += [power["all"], level["seen"], level["told"], level["told"] / level["seen"]]
                told = " | ".join(f"{100 * value:.1f}" for value in values)
                print(f"| {name} | {groups} | {rate:.0%} | {told} |", flush=True)


def measure_audits():
    print(f"Whole audits of equal groups of 7 to 10 speakers, {AUDITS} tables a row, in %:\n")
    print(
        "| words a speaker | groups | error rate | any *shown* | one group 15 points off: any *shown* |\n|---|"
        + "---:|" * 4
    )
    for name, groups, rate in (("200/k", 2, 0.15), ("200/k^1.5", 3, 0.05), ("lognormal", 5, 0.3)):
        shown = []
        for rates, audits in (([rate] * groups, AUDITS), ([rate + FURTHER, *[rate] * (groups - 1)], POWER_AUDITS)):
            tables = few_speakers(np.random.default_rng(groups), WORDS_OF[name], rates, [CORRELATION] * groups, audits)
            shown.append(np.mean([is_shown(wrong, tried) for wrong, tried in zip(*tables, strict=True)]))
        print(f"| {name} | {groups} | {rate:.0%} | " + " | ".join(f"{100 * share:.1f}" for share in shown) + " |")


def is_shown(wrong, tried):
    group, speaker = np.nonzero(tried)
    frame = pd.DataFrame({"group": group, "speaker": group * MOST + speaker})
    frame = frame.assign(wrong=wrong[group, speaker], words=tried[group, speaker]).astype({"group": str})
    return (ba.audit_errors(frame, **ASKED).disparities()["verdict"] == "shown").any()


if __name__ == "__main__":
    begun = time.perf_counter()
    with measured_part("people", "speakers"):
        measure_intervals()
    with measured_part("people", "few-speakers"):
        few_table("7 to 10 speakers a group, words of one speaker correlate .1", CORRELATION)
        few_table("The same, .02 in every other group and .2 in the others", [0.02, 0.2])
    with measured_part("people", "speaker-audits"):
        measure_audits()
    print(f"\n{time.perf_counter() - begun:.0f} s", file=sys.stderr)
