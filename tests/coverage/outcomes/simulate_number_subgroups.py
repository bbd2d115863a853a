"""How often a search on a mean shows a subgroup that is not there, and how often it finds one that is.

Run by ``make coverage``; it writes a part of docs/measured/subgroups.md. Seeds are fixed; `TABLES` are drawn a row, and
`PLANTED_TABLES` with something planted.
"""

import sys
from multiprocessing import Pool
from pathlib import Path

import numpy as np
import pandas as pd

import biasaudit as ba

sys.path.insert(0, str(Path(__file__).parents[2]))
from measured_pages import measured_part

TABLES, PLANTED_TABLES = 1_000, 200
FEATURES = ("a", "b", "c")
PLANTED = {"a": "1", "b": "3"}
OUTCOMES = {"normal": lambda rng, n: rng.normal(size=n), "lognormal": lambda rng, n: np.exp(rng.normal(size=n))}
SETTINGS = (("normal", 500, 1), ("lognormal", 500, 1), ("lognormal", 2_000, 1), ("normal", 500, 5))


def drawn(rng, outcome, rows, size, higher):
    """Draw a table in clusters of so many rows, which share half of their variance where there are several."""
    table = pd.DataFrame({name: rng.choice(list("123"), rows, p=[0.5, 0.3, 0.2]) for name in FEATURES})
    values = OUTCOMES[outcome](rng, rows)
    cluster = np.arange(rows) // size
    if size > 1:
        values = (values + rng.normal(size=rows // size)[cluster]) / np.sqrt(2)
    deviation = {"normal": 1.0, "lognormal": float(np.sqrt((np.e - 1) * np.e))}[outcome]
    inside = np.all([table[name] == level for name, level in PLANTED.items()], axis=0)
    return table.assign(y=values + higher * deviation * inside, cluster=cluster)


def shown(outcome, rows, size, higher, seed):
    """Return which patterns are shown, and how many were tried."""
    rng = np.random.default_rng([seed, rows, size])
    table = drawn(rng, outcome, rows, size, higher)
    more = {"cluster": "cluster"} if size > 1 else {}
    found = ba.find_subgroups(
        table, outcome="y", features=list(FEATURES), min_support=0.02, outcome_type="number", random_state=seed, **more
    ).subgroups()
    return found["pattern"][found["verdict"] == "shown"].tolist(), len(found)


def main():
    with measured_part("subgroups", "means"), Pool() as pool:
        print(
            f"{TABLES:,} tables a row, three features of three levels; planted in {PLANTED_TABLES}: 0.5 SD in 10 %:\n"
        )
        print("| outcome | rows | rows a cluster | patterns | nothing there: any shown, % | planted: it is shown, % |")
        print("|---|---:|---:|---:|---:|---:|")
        for outcome, rows, size in SETTINGS:
            one = (outcome, rows, size)
            nothing = pool.starmap(shown, [(*one, 0.0, seed) for seed in range(TABLES)])
            planted = pool.starmap(shown, [(*one, 0.5, TABLES + seed) for seed in range(PLANTED_TABLES)])
            alarms = 100 * np.mean([bool(patterns) for patterns, _ in nothing])
            found = 100 * np.mean([PLANTED in patterns for patterns, _ in planted])
            tried = np.mean([many for _, many in nothing])
            print(f"| {outcome} | {rows:,} | {size} | {tried:.0f} | {alarms:.1f} | {found:.1f} |")


if __name__ == "__main__":
    main()
