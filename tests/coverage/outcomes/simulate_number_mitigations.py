"""How often intervals of what a mitigation changes in predicted numbers hold the truth.

Run by ``make coverage``; it writes a table of docs/measured/numbers.md. A model's predictions are too low by a known
amount in each group, and a mitigation takes all of that away: rules, not trained, so that the truth is exact.
Seeds are fixed.
"""

import sys
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np

from biasaudit.mitigation.measures import changes
from biasaudit.mitigation.numbers.figures import NumberFigures

sys.path.insert(0, str(Path(__file__).parents[2]))
from measured_pages import measured_part

TABLES = 1_000
FIGURES = {
    "mean_prediction": "gap in predictions",
    "mean_error": "gap in errors",
    "root_mean_squared_error": "RMSE",
}
# By how much predictions of each group are too low, their shares, and rows.
TWO, FIVE = ((0.0, 1.0), (0.6, 0.4), 600), ((0.0, 0.2, 0.5, 0.7, 1.0), (0.3, 0.25, 0.2, 0.15, 0.1), 1_500)
PEOPLE = {"2 groups, 600 rows": TWO, "5 groups, 1,500 rows": FIVE, "2 groups, 60 clusters of 10": TWO}
ERRORS = {
    "normal": lambda rng, n: rng.standard_normal(n),
    "lognormal": lambda rng, n: (np.exp(rng.standard_normal(n)) - np.exp(0.5)) / np.sqrt((np.e - 1) * np.e),
}


def covered(asked):
    """Whether the interval of each figure's change holds the true one."""
    setting, error, seed = asked
    (too_low, shares, rows), rng = PEOPLE[setting], np.random.default_rng(seed)
    lost, cluster = np.array(too_low), None
    group, worth, noise = rng.choice(len(lost), rows, p=shares), rng.standard_normal(rows), ERRORS[error](rng, rows)
    if "clusters" in setting:
        cluster = np.arange(rows) // 10
        worth = worth + 0.5 * rng.standard_normal(60)[cluster]
        noise = (noise + 0.5 * rng.standard_normal(60)[cluster]) / np.sqrt(1.25)
    predicted = np.stack([worth - lost[group], worth])[:, None]
    large = np.ones(len(lost), dtype=bool)
    figures = NumberFigures(predicted, worth + noise, None, group, cluster, large, 0.95, seed)
    found, drawn = figures.estimates(), figures.drawn()
    square = float(np.array(shares) @ lost**2)
    true = {"mean_prediction": -np.ptp(lost), "mean_error": -np.ptp(lost)}
    true["root_mean_squared_error"] = 1 - np.sqrt(1 + square)
    limits = {name: changes(found[name], drawn[name])[0] for name in FIGURES}
    return [limits[name].low[1] <= true[name] <= limits[name].high[1] for name in FIGURES]


def measure(pool):
    print(f"Share of {TABLES:,} tables whose 95 % interval of a change holds the true one, %:\n")
    print(f"| people | errors | {' | '.join(FIGURES.values())} |")
    print("|---|---|" + "---:|" * len(FIGURES))
    for setting in PEOPLE:
        for error in ERRORS:
            asked = [(setting, error, seed) for seed in range(TABLES)]
            held = np.mean(list(pool.map(covered, asked, chunksize=50)), axis=0)
            print(f"| {setting} | {error} | {' | '.join(f'{100 * share:.1f}' for share in held)} |", flush=True)


if __name__ == "__main__":
    with ProcessPoolExecutor(2) as workers, measured_part("numbers", "mitigations"):
        measure(workers)
