"""Measure the search for subgroups where people come in clusters, weigh differently or are counted.

Four features of three levels (50, 30 and 20 %) make some 210 patterns with at least 1 % of the people. Planted is one
of 15 % of them, in which the rate is ten points higher. Rates are those of a population: who is drawn seldom, weighs
much. Run by ``make coverage``; it writes a table of docs/measured/subgroups.md.
"""

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

import biasaudit as ba
from biasaudit.search._confirmation import NOMINAL_LEVEL
from biasaudit.search.selection import SEARCHED

sys.path.insert(0, str(Path(__file__).parents[1]))
from measured_pages import measured_part

NOTHING, PLANTED, LARGER = 500, 200, 4
FEATURES = [f"f{j}" for j in range(4)]
PATTERN = {"f1": "b", "f3": "a"}
RATE, GAP = 0.3, 0.1


@dataclass(frozen=True)
class Kind:
    """How people are drawn, and what the search is told of it."""

    name: str
    draw: Callable[[np.random.Generator, float, int], pd.DataFrame]
    asked: dict[str, str]


def featured(rng, people):
    return pd.DataFrame({name: rng.choice(list("abc"), people, p=[0.5, 0.3, 0.2]) for name in FEATURES})


def rates(frame, gap):
    return RATE + gap * np.all([frame[name] == level for name, level in PATTERN.items()], axis=0)


def varied(rng, rate, correlation):
    """Draw the rate of each cluster around its mean."""
    return rng.beta(rate * (1 / correlation - 1), (1 - rate) * (1 / correlation - 1))


def rows(rng, gap, times):
    frame = featured(rng, 4_000 * times)
    return frame.assign(out=rng.random(len(frame)) < rates(frame, gap))


def persons(rng, gap, times, sizes, correlation):
    """Rows of a person have the person's features."""
    sizes = np.tile(sizes, times)
    who = featured(rng, len(sizes))
    rate = varied(rng, rates(who, gap), correlation)
    person = rng.permutation(np.repeat(np.arange(len(sizes)), sizes))
    return who.iloc[person].reset_index(drop=True).assign(who=person, out=rng.random(len(person)) < rate[person])


def schools(rng, gap, times):
    """Rows of a school have features of their own."""
    frame = featured(rng, 4_000 * times)
    school = np.repeat(np.arange(100 * times), 40)
    shift = varied(rng, np.full(100 * times, RATE), 0.2)[school] - RATE
    return frame.assign(who=school, out=rng.random(len(frame)) < np.clip(rates(frame, gap) + shift, 0, 1))


def weighed(rng, frame, rate, heavy, weight):
    """Draw outcome and weight: of the positives in the population a share weighs more and is drawn as seldom."""
    shares = np.stack([1 - rate, rate * (1 - heavy), rate * heavy / weight])
    at = (rng.random(len(frame)) * shares.sum(axis=0) > np.cumsum(shares, axis=0)).sum(axis=0)
    return frame.assign(out=at > 0, w=np.where(at == 2, float(weight), 1.0))


def weights(rng, gap, times, heavy, weight):
    frame = featured(rng, 4_000 * times)
    return weighed(rng, frame, rates(frame, gap), heavy, weight)


def inverse(rng, gap, times):
    """Weights of 1 to 50 that rise with the rate; people are drawn as seldom as they weigh much."""
    frame = featured(rng, 4_000 * times)
    depth = -np.log(1 - rng.random(len(frame)) * (1 - 1 / 50)) / np.log(50)
    rate = rates(frame, gap) + 0.4 * (depth - 0.5)
    return frame.assign(w=50**depth, out=rng.random(len(frame)) < rate)


def counts(rng, gap, times):
    """People who are alike are one row, and a row stands for as many as there are."""
    frame = rows(rng, gap, times)
    return frame.groupby([*FEATURES, "out"]).size().reset_index(name="n")


def weighed_persons(rng, gap, times):
    """Persons of ten rows and more, of whom the positive weigh more."""
    sizes = np.repeat([5, 15], 200 * times)
    who = featured(rng, len(sizes))
    rate = varied(rng, rates(who, gap), 0.3)
    person = np.repeat(np.arange(len(sizes)), sizes)
    frame = who.iloc[person].reset_index(drop=True).assign(who=person)
    return weighed(rng, frame, rate[person], 0.1, 5)


SIZES = (400 / np.arange(1, 401) ** 0.7).astype(int) + 1
CLUSTER, WEIGHT = {"cluster": "who"}, {"sample_weight": "w"}
KINDS = (
    Kind("rows, each a person", rows, {}),
    Kind("400 people of 10 rows, correlation .5", partial(persons, sizes=np.full(400, 10), correlation=0.5), CLUSTER),
    Kind("400 people of 401 to 7 rows, correlation .2", partial(persons, sizes=SIZES, correlation=0.2), CLUSTER),
    Kind("100 schools of 40, features of their own", schools, CLUSTER),
    Kind("two in three positive weigh 20, 1 % of rows", partial(weights, heavy=2 / 3, weight=20), WEIGHT),
    Kind("one in ten positive weighs 20, 0.2 % of rows", partial(weights, heavy=0.1, weight=20), WEIGHT),
    Kind("weights 1 to 50 that rise with the rate", inverse, WEIGHT),
    Kind("counts", counts, {"count": "n"}),
    Kind("400 people of 5 or 15, the positive weigh more", weighed_persons, CLUSTER | WEIGHT),
)


def searched(kind, seed, gap, times=1):
    frame = kind.draw(np.random.default_rng([seed, round(100 * gap)]), gap, times)
    return ba.find_subgroups(frame, outcome="out", features=FEATURES, random_state=seed, **kind.asked)


def planted(kind, seed):
    """Say if the planted pattern was chosen, is shown, what is told and was seen of it, and if the interval holds."""
    audit = searched(kind, seed, GAP, LARGER)
    table = audit._subgroups
    row = table[table["pattern"] == PATTERN].iloc[0]
    chosen = audit.found.claims[row.name, SEARCHED] <= NOMINAL_LEVEL
    holds = row["low"] <= GAP <= row["high"]
    return chosen, row["verdict"] == "shown", row["effect"], row["effect_searched"], holds


def main():
    print(
        f"Other kinds of people, {NOTHING} tables with nothing planted and {PLANTED} of {LARGER} times as many "
        "people with 10 points, a row:\n"
    )
    heads = (
        "people",
        "nothing there: any shown",
        "planted: chosen",
        "seen where chosen",
        "told where chosen",
        "interval holds",
        "shown (power)",
        "told where shown",
        "told of all",
    )
    print(f"| {' | '.join(heads)} |\n|---|{'---:|' * (len(heads) - 1)}", flush=True)
    for kind in KINDS:
        nothing = [(searched(kind, seed, 0.0).subgroups()["verdict"] == "shown").any() for seed in range(NOTHING)]
        tables = np.array([planted(kind, seed) for seed in range(PLANTED)], dtype=float)
        chosen, shown = (tables[:, i] > 0 for i in range(2))
        told, seen, holds = tables[:, 2:].T
        cells = (
            f"{100 * np.mean(nothing):.1f} %",
            f"{100 * chosen.mean():.0f} %",
            f"{100 * seen[chosen].mean():.1f}",
            f"{100 * told[chosen].mean():.1f}",
            f"{100 * holds[chosen].mean():.1f} %",
            f"{100 * shown.mean():.0f} %",
            f"{100 * told[shown].mean():.1f}",
            f"{100 * told.mean():.1f}",
        )
        print(f"| {kind.name} | {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    begun = time.process_time()
    with measured_part("subgroups", "kinds"):
        main()
    print(f"\n{time.process_time() - begun:.0f} s", file=sys.stderr)
