"""Measure the alarm for independent rows: how often it is false in a year of daily looks, how soon it sees a change.

Run by ``make coverage``; it writes tables of docs/measured/monitoring.md and takes three minutes. Seeds are fixed.
Beside it stands what people do: every day a 95 % interval of the gap since day 30 against that of the first
30 days.
"""

import sys
from pathlib import Path

import numpy as np

from biasaudit.inference.testing.sequences import change_evidence, daily_gap, gap_sequence

sys.path.insert(0, str(Path(__file__).parents[1]))
from measured_pages import measured_part

DAYS, CHANGE, START = 365, 100, 30
RUNS, DELAY_RUNS = 2_000, 400
# One question of a store with two groups on its first day spends half of 5 %: the rest is for groups to come.
ALPHA, SPENT = 0.05, 0.025
PEOPLE = ((10, 5), (140, 60), (700, 300))
RATES = (0.02, 0.1, 0.3, 0.5)
DRIFTS = (0.05, 0.1, 0.2)


def drawn(rng, runs, rows, rate1, rate2):
    """Draw a year of shares of two groups; rates may differ by day. How many come differs by day as well."""
    n1, n2 = (np.maximum(rng.poisson(n, (runs, DAYS)), 1) for n in rows)
    return rng.binomial(n1, rate1) / n1, n1, rng.binomial(n2, rate2) / n2, n2


def naive(share1, n1, share2, n2):
    """Whether a 95 % interval of the change since the first days excludes zero, on each later day."""

    def parts(share, n):
        hits, rows = share * n, n
        first = hits[:, :START].sum(1, keepdims=True), rows[:, :START].sum(1, keepdims=True)
        later = hits[:, START:].cumsum(1), rows[:, START:].cumsum(1)
        (p, m), (q, k) = ((h / r, r) for h, r in (first, later))
        return q - p, p * (1 - p) / m + q * (1 - q) / k

    (change1, variance1), (change2, variance2) = parts(share1, n1), parts(share2, n2)
    past = np.abs(change1 - change2) > 1.959964 * np.sqrt(variance1 + variance2)
    return np.concatenate([np.zeros((len(past), START), bool), past], axis=1)


def alarms(days):
    gap, weight = daily_gap(*days)
    return change_evidence(gap, weight)[0] >= -np.log(SPENT)


def no_drift():
    print(f"No change, {RUNS:,} years a row; both groups move with the season by 5 points where the rate allows it:\n")
    print("| people a day | rates of the groups | alarm in a year | naive alarm in a year | interval misses |")
    print("| --- | --- | ---: | ---: | ---: |")
    worst = 0.0
    season = 0.05 * np.sin(2 * np.pi * np.arange(DAYS) / DAYS)
    for rows in PEOPLE:
        for rate in RATES:
            rng = np.random.default_rng([rows[0], round(100 * rate)])
            now = rate + (season if 0.05 < rate < 0.95 else 0)
            gap = min(0.1, rate / 2)
            days = drawn(rng, RUNS, rows, now - gap, now)
            d, weight = daily_gap(*days)
            _, low, high = gap_sequence(d, weight, alpha=ALPHA)
            missed = ((low > -gap) | (high < -gap)).any(axis=1).mean()
            ours, theirs = alarms(days).any(axis=1).mean(), naive(*days).any(axis=1).mean()
            worst = max(worst, ours)
            told = f"{rate - gap:.2f} and {rate:.2f}"
            print(f"| {rows[0]} and {rows[1]} | {told} | {ours:.2%} | {theirs:.1%} | {missed:.2%} |", flush=True)
    print(f"\nMost false alarms in a row: {worst:.2%}; the promise is at most {ALPHA:.0%}.")
    return worst


def drift():
    print(f"The gap changes on day {CHANGE}, {DELAY_RUNS} years a row; days from the change to the alarm:\n")
    print("| people a day | rate | change | seen within the year | median days | 90th percentile |")
    print("| --- | --- | --- | ---: | ---: | ---: |")
    for rows in PEOPLE[1:]:
        for rate in RATES[1:3]:
            for change in DRIFTS:
                rng = np.random.default_rng([rows[0], round(100 * rate), round(100 * change)])
                moved = np.where(np.arange(DAYS) < CHANGE, rate, rate + change)
                found = alarms(drawn(rng, DELAY_RUNS, rows, moved, np.full(DAYS, rate)))
                late = found[:, CHANGE:]
                delay = np.where(late.any(axis=1), late.argmax(axis=1) + 1.0, np.inf)
                ends = np.quantile(delay, [0.5, 0.9], method="inverted_cdf")
                middle, most = (f"{days:.0f}" if np.isfinite(days) else "–" for days in ends)
                print(
                    f"| {rows[0]} and {rows[1]} | {rate:.2f} | {change:.2f} | {late.any(axis=1).mean():.0%} | "
                    f"{middle} | {most} |",
                    flush=True,
                )


if __name__ == "__main__":
    with measured_part("monitoring", "independent-rows"):
        worst = no_drift()
    with measured_part("monitoring", "change-of-independent-rows"):
        drift()
    sys.exit(int(worst > ALPHA))
