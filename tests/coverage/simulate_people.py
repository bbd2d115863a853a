"""How often an audit of data says *shown* of who is in it and of what tells groups apart, where people are no rows.

Survey weights that are right (one over the chance of being drawn), people with many rows, and both, by
``ba.audit_dataset``. Run by ``make coverage``; it writes tables of docs/measured/people.md. Seeds are fixed. *Shown*
anywhere in the part is to stay under 5 %, with the power beside it.
"""

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

import biasaudit as ba

sys.path.insert(0, str(Path(__file__).parents[1]))
from measured_pages import measured_part

TABLES, POWER_TABLES = 500, 200
PROXY_TABLES, PROXY_POWER_TABLES = 120, 25


@dataclass(frozen=True)
class Sample:
    """How people come into the data, and the population they are held against where nothing is amiss.

    `off` is a population from which the same people would be too many of the first group.
    """

    name: str
    draw: Callable[[np.random.Generator], pd.DataFrame]
    population: dict[str, float]
    off: dict[str, float]
    asked: dict[str, str]


def answering(shares, chance, people, spread=0.0):
    """Draw people who answer with the chance of their group; weights of one over it put that right."""

    def draw(rng):
        group = rng.choice(len(shares), people, p=shares)
        # Whatever else moves the chance of being drawn has nothing to do with the group.
        own = np.array(chance)[group] * np.exp(-spread * rng.random(people))
        came = rng.random(people) < own
        return pd.DataFrame({"g": np.array(list("abcdef"))[group][came], "w": 1 / own[came]})

    return draw


def households(shares, sizes, mixed=0.0):
    """Draw clusters of so many rows that are of one group, but for a share of rows that are of any."""

    def draw(rng):
        rows = sizes(rng)
        who = np.repeat(np.arange(len(rows)), rows)
        group = rng.choice(len(shares), len(rows), p=shares)[who]
        group = np.where(rng.random(len(who)) < mixed, rng.choice(len(shares), len(who), p=shares), group)
        return pd.DataFrame({"g": np.array(list("abcdef"))[group], "who": who})

    return draw


def weighted(draw, chance):
    """Let clusters be drawn with one chance or another, and weigh them by one over it."""

    def drawn(rng):
        frame = draw(rng)
        own = rng.choice(chance, frame["who"].max() + 1)
        came = (rng.random(len(own)) < own)[frame["who"]]
        return frame[came].assign(w=1 / own[frame["who"]][came])

    return drawn


HALVES, OFF, FAR_OFF = {"a": 0.5, "b": 0.5}, {"a": 0.44, "b": 0.56}, {"a": 0.25, "b": 0.75}
THREE, OFF_THREE = {"a": 0.2, "b": 0.3, "c": 0.5}, {"a": 0.14, "b": 0.3, "c": 0.56}
FAR_OFF_THREE = {"a": 0.05, "b": 0.2, "c": 0.75}
GEOMETRIC, ZIPF = (lambda rng: rng.geometric(0.1, 60)), (lambda rng: np.maximum(200 // np.arange(1, 31), 1))
SAMPLES = (
    Sample(
        "weights, one group answers half as often",
        answering((0.5, 0.5), (0.15, 0.3), 4_000),
        HALVES,
        OFF,
        {"sample_weight": "w"},
    ),
    Sample(
        "weights of 3 to 90 beside that",
        answering((0.5, 0.5), (0.15, 0.3), 8_000, 3.0),
        HALVES,
        OFF,
        {"sample_weight": "w"},
    ),
    Sample(
        "weights, three groups",
        answering((0.2, 0.3, 0.5), (0.05, 0.2, 0.4), 4_000),
        THREE,
        OFF_THREE,
        {"sample_weight": "w"},
    ),
    Sample("60 people of 1 to 50 rows", households((0.5, 0.5), GEOMETRIC), HALVES, FAR_OFF, {"cluster": "who"}),
    Sample(
        "60 households of 1 to 50, partly of one group",
        households((0.5, 0.5), GEOMETRIC, 0.5),
        HALVES,
        FAR_OFF,
        {"cluster": "who"},
    ),
    Sample("30 people of 200/k rows", households((0.5, 0.5), ZIPF), HALVES, FAR_OFF, {"cluster": "who"}),
    Sample("three groups, 60 people", households((0.2, 0.3, 0.5), GEOMETRIC), THREE, FAR_OFF_THREE, {"cluster": "who"}),
    Sample(
        "weights and people of 1 to 50 rows",
        weighted(households((0.5, 0.5), lambda rng: rng.geometric(0.1, 300)), (0.1, 0.4)),
        HALVES,
        FAR_OFF,
        {"cluster": "who", "sample_weight": "w"},
    ),
)


def part_of(frame, rng, name, **asked):
    audit = ba.audit_dataset(frame.assign(y=rng.integers(0, 2, len(frame))), label="y", sensitive_features="g", **asked)
    part = next(part for part in audit.parts if part.name == name)
    tested = pd.DataFrame([row for row in part.rows if not np.isnan(row["p_value"])])
    # Of two groups both ask the same.
    asked_of = tested["hypothesis"].nunique() if "hypothesis" in tested else 1
    return tested, min(1.0, tested["p_value"].min() * asked_of)


def represented(sample, population, tables):
    """Share of tables that say *shown*, and whose smallest p-value of the groups is so small."""
    rng, found = np.random.default_rng(18), []
    for _ in range(tables):
        asked = {"population": {"g": population}, "features": [], **sample.asked}
        rows, p = part_of(sample.draw(rng), rng, "representation", **asked)
        found.append([(rows["verdict"] == "shown").any(), p <= 0.05, p <= 0.0033])
    return np.mean(found, axis=0)


def measure_representation():
    print(f"Representation, {TABLES} tables a row, in %:\n")
    print("| who is in the data | *shown* | p ≤ .05 | p ≤ .0033 | off: *shown* | p ≤ .05 |\n|---|" + "---:|" * 5)
    for sample in SAMPLES:
        level = represented(sample, sample.population, TABLES)
        power = represented(sample, sample.off, POWER_TABLES)
        told = " | ".join(f"{100 * value:.1f}" for value in (*level, *power[:2]))
        print(f"| {sample.name} | {told} |", flush=True)


def people(rng, sizes, values, apart):
    """Draw people of one group with so many rows, each with a value of their own, `apart` between the groups."""
    rows = sizes(rng)
    who, group = np.repeat(np.arange(len(rows)), rows), rng.integers(0, 2, len(rows))
    frame = pd.DataFrame({"who": who, "g": np.array(list("ab"))[group][who], "u": rng.integers(0, 5, len(who))})
    for at in range(values):
        own = rng.normal(size=len(rows)) + (apart * group if at == 0 else 0.0)
        frame[f"v{at}"] = own[who].round(3)
    return frame


TEN = lambda n: lambda rng: np.full(n, 10)  # noqa: E731
PROXIES = (
    ("300 people, ten rows each, one value a person", TEN(300), 1),
    ("300 people, ten rows each, five values", TEN(300), 5),
    ("60 people, ten rows each, one value", TEN(60), 1),
    ("100 people of 1 to 50 rows, one value", lambda rng: rng.geometric(0.1, 100), 1),
)


def rebuilt(sizes, values, apart, tables):
    rng, found = np.random.default_rng(9), []
    for _ in range(tables):
        rows, p = part_of(people(rng, sizes, values, apart), rng, "proxies", cluster="who")
        found.append([(rows["verdict"] == "shown").any(), p <= 0.05, p <= 0.0033, rows["auc"].mean()])
    return np.mean(found, axis=0)


def measure_proxies():
    print(f"Proxies, {PROXY_TABLES} tables a row, in % (AUC: mean):\n")
    heads = "AUC | *shown* | p ≤ .05 | p ≤ .0033 | one standard deviation apart: AUC | *shown*"
    print(f"| people | {heads} |\n|---|" + "---:|" * 6)
    for name, sizes, values in PROXIES:
        level, power = rebuilt(sizes, values, 0.0, PROXY_TABLES), rebuilt(sizes, values, 1.0, PROXY_POWER_TABLES)
        told = " | ".join(f"{100 * value:.1f}" for value in level[:3])
        print(f"| {name} | {level[3]:.3f} | {told} | {power[3]:.3f} | {100 * power[0]:.1f} |", flush=True)


if __name__ == "__main__":
    begun = time.perf_counter()
    with measured_part("people", "representation"):
        measure_representation()
    with measured_part("people", "proxies"):
        measure_proxies()
    print(f"\n{time.perf_counter() - begun:.0f} s", file=sys.stderr)
