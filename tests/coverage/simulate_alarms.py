"""Measure the alarm of monitoring where days vary by more than their rows explain, and where rows carry weights.

Run by ``make coverage``; it writes tables of docs/measured/monitoring.md and takes some minutes. Seeds are fixed.
In brackets stands the mode for independent rows, over the first years of the same draws.
"""

import sys
from pathlib import Path

import numpy as np

from biasaudit.inference.testing.daily_variation import varying_change, varying_days, varying_gap
from biasaudit.inference.testing.sequences import change_evidence, daily_gap

sys.path.insert(0, str(Path(__file__).parents[1]))
from measured_pages import measured_part

DAYS, MONTH = 365, 30
RUNS, COMPARED = 500, 100
# One question of a store with two groups on its first day spends half of 5 %: the rest is for groups to come.
ALPHA, SPENT = 0.05, 0.025
PEOPLE = ((50, 50), (70, 30), (210, 90), (700, 300), (1_000, 1_000))
RATES = (0.02, 0.2, 0.5)
DEVIATIONS = (0.0, 0.02, 0.05)
# Rows that carry the weight: one in a hundred, all of them positive, or whoever they are.
HEAVY = 0.01
WEEKEND = np.arange(DAYS) % 7 >= 5


def rates_of_days(rng, rate, deviation):
    """Rates that vary from day to day around `rate`: a beta law, which keeps their mean where it leans on 0."""
    if not deviation:
        return np.full((RUNS, DAYS), rate)
    size = rate * (1 - rate) / deviation**2 - 1
    return rng.beta(rate * size, (1 - rate) * size, (RUNS, DAYS))


def day_of(rng, people, rates, weight=1, positive=True):
    """Share and effective rows (Kish) of a group on each day; how many come differs by day as well."""
    n = np.maximum(rng.poisson(people, (RUNS, DAYS)), 1)
    chosen = rng.binomial(n, rates)
    if weight == 1:
        return chosen / n, n.astype(float)
    one = rng.binomial(chosen, np.clip(HEAVY / np.mean(rates), 0, 1) if positive else HEAVY)
    other = 0 * one if positive else rng.binomial(n - chosen, HEAVY)
    total = n + (weight - 1.0) * (one + other)
    return (chosen + (weight - 1) * one) / total, total**2 / (n + (weight**2 - 1.0) * (one + other))


def alarmed(days):
    return varying_change(varying_days(*days))[0] >= -np.log(SPENT)


def both(days):
    """Share of years with an alarm: where past days tell, and where rows are taken as independent."""
    few = [part[:COMPARED] for part in days]
    rows = change_evidence(*daily_gap(*few))[0] >= -np.log(SPENT)
    return alarmed(days).any(axis=1).mean(), rows.any(axis=1).mean()


def told(ours, theirs):
    return f"{ours:.1%} ({theirs:.0%})"


def two_groups(rng, people, rates, **more):
    return [part for n, rate in zip(people, rates, strict=True) for part in day_of(rng, n, rate, **more)]


def table(title, heads, row):
    """Print a table of alarms in a year; return the most of them."""
    print(f"{title}\n\n| people a day | rate | {' | '.join(heads)} |\n| --- | --- |{' ---: |' * len(heads)}")
    worst = 0.0
    for people in PEOPLE:
        for rate in RATES:
            cells = row(people, rate)
            worst = max(worst, *(ours for ours, _ in cells))
            print(f"| {people[0]:,} and {people[1]:,} | {rate} | {' | '.join(told(*c) for c in cells)} |", flush=True)
    print(f"\nMost false alarms in a cell: {worst:.1%}; the promise is at most {ALPHA:.0%}.")
    return worst


def varying(people, rate):
    out = []
    for at, deviation in enumerate(DEVIATIONS):
        rng = np.random.default_rng([*people, round(100 * rate), at])
        out.append(both(two_groups(rng, people, [rates_of_days(rng, rate, deviation) for _ in people])))
    # At weekends a third of the people come, and the second group has another rate.
    rng = np.random.default_rng([*people, round(100 * rate), 9])
    crowd = [n * np.where(WEEKEND, 1 / 3, 1.0) for n in people]
    season = [np.full(DAYS, rate), np.where(WEEKEND, rate + min(0.05, rate), rate)]
    return [*out, both(two_groups(rng, crowd, season))]


def weighted(people, rate):
    out = []
    for at, (weight, positive) in enumerate(((5, True), (20, True), (5, False), (20, False))):
        rng = np.random.default_rng([*people, round(100 * rate), 20 + at])
        out.append(both(two_groups(rng, people, (rate, rate), weight=weight, positive=positive)))
    return out


def misses():
    print(f"Years of {RUNS} in which an interval of the mean gap misses it on any day, by deviation:\n")
    print("| people a day | rate | 0 points | 2 points | 5 points |\n| --- | --- | ---: | ---: | ---: |")
    worst = 0.0
    for people in PEOPLE[1:4]:
        for rate in RATES:
            cells = []
            for at, deviation in enumerate(DEVIATIONS):
                rng = np.random.default_rng([*people, round(100 * rate), 30 + at])
                days = two_groups(rng, people, [rates_of_days(rng, rate, deviation) for _ in people])
                _, low, high = varying_gap(varying_days(*days), alpha=ALPHA)
                cells.append(((low > 0) | (high < 0)).any(axis=1).mean())
            worst = max(worst, *cells)
            print(f"| {people[0]} and {people[1]} | {rate} | {' | '.join(f'{c:.1%}' for c in cells)} |", flush=True)
    return worst


def resembling():
    """Where the mode falls short: days that resemble the day before; no promise covers them."""
    print("Alarms in a year where days resemble the day before, 700 and 300 people a day, rate 0.3:\n")
    print("| correlation of a day with the day before | days vary by 2 points | days vary by 5 points |")
    print("| --- | ---: | ---: |")
    for correlation in (0.0, 0.2, 0.3, 0.5):
        rng = np.random.default_rng([40, round(10 * correlation)])
        cells = []
        for deviation in DEVIATIONS[1:]:
            z = rng.normal(size=(2, RUNS, DAYS))
            for day in range(1, DAYS):
                z[..., day] = correlation * z[..., day - 1] + np.sqrt(1 - correlation**2) * z[..., day]
            cells.append(alarmed(two_groups(rng, (700, 300), np.clip(0.3 + deviation * z, 0, 1))).any(axis=1).mean())
        print(f"| {correlation} | {' | '.join(f'{cell:.1%}' for cell in cells)} |", flush=True)


def found():
    print(f"Changes found, {RUNS} years a row; both modes:\n")
    print("| people a day | change on day | rate | false before | found in 30 days | median days |")
    print("| --- | --- | --- | ---: | ---: | ---: |")
    # The promise is for 300 people of each group, after three months.
    least = min(change_row((300, 300), change, 0.02, 0.04) for change in (90, 180))
    for people, change in (((300, 300), 60), ((150, 150), 90), ((150, 150), 180), ((210, 90), 90), ((210, 90), 180)):
        change_row(people, change, 0.02, 0.04)
    for change, before, after in ((30, 0.5, 0.1), (100, 0.3, 0.4), (100, 0.3, 0.5)):
        change_row((210, 90), change, before, after)
    return least


def change_row(people, change, before, after):
    rng = np.random.default_rng([*people, change, round(100 * before), round(100 * after)])
    moved = np.where(np.arange(DAYS) < change, before, after)
    days = [part[:, : change + 3 * MONTH] for part in two_groups(rng, people, (np.full(DAYS, before), moved))]
    ours = alarmed(days)
    rows = change_evidence(*daily_gap(*(part[:COMPARED] for part in days)))[0] >= -np.log(SPENT)
    early, seen = ours[:, :change].any(axis=1), ours[:, change : change + MONTH].any(axis=1)
    delay = np.where(ours[:, change:].any(axis=1), ours[:, change:].argmax(axis=1) + 1.0, np.inf)
    middle = np.quantile(delay, 0.5, method="inverted_cdf")
    print(
        f"| {people[0]} and {people[1]} | {change} | {before} to {after} | {early.mean():.1%} | "
        f"{told(seen.mean(), rows[:, change : change + MONTH].any(axis=1).mean())} | "
        f"{middle if np.isfinite(middle) else '–'} |",
        flush=True,
    )
    return seen.mean()


def main():
    points = [f"days vary by {100 * d:.0f} points" for d in DEVIATIONS]
    with measured_part("monitoring", "varying-days"):
        title = f"Alarms in a year, {RUNS} years a cell, the gap never changes:"
        worst = table(title, [*points, "weekends differ"], varying)
    heads = [f"weight {w}, {who}" for who in ("positive", "anyone") for w in (5, 20)]
    with measured_part("monitoring", "weights"):
        worst = max(worst, table("One row in a hundred carries a weight:", heads, weighted))
    with measured_part("monitoring", "interval"):
        worst = max(worst, misses())
    with measured_part("monitoring", "changes"):
        least = found()
    with measured_part("monitoring", "resembling-days"):
        resembling()
    sys.exit(int(worst > ALPHA or least < 0.8))


if __name__ == "__main__":
    main()
