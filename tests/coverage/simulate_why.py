"""Measure the parts of a gap in error rates: how often their intervals hold, and how often a part is found.

Run it with ``make coverage``; it writes a table of docs/measured/small-numbers.md. Seeds are fixed. True parts are
those of all 100 scores; people are put into wider bins by the number there are.
"""

import sys
import time
from dataclasses import dataclass
from itertools import permutations
from pathlib import Path

import numpy as np
from scipy.stats import beta

from biasaudit.counts.table.crosstab import Crosstab
from biasaudit.inference.strata.standardisation import COMPONENTS, decompose_by_score
from biasaudit.metrics.rates import get_rate

sys.path.insert(0, str(Path(__file__).parents[1]))
from measured_pages import measured_part

TABLES = 1_000
BINS = 100
SCORES = (np.arange(BINS) + 0.5) / BINS
RATES = ("false_positive_rate", "false_negative_rate")
SHOWN = ("scores", "outcomes", "left")


@dataclass(frozen=True)
class Setting:
    """Two groups of people: how scores are spread, how often a label is positive at each, and who is decided how."""

    name: str
    rows: tuple[int, int]
    spread: tuple[tuple[float, float], tuple[float, float]] = ((3, 3), (2, 4))
    meaning: tuple[float, float] = (0.0, 0.0)
    overruled: tuple[float, float] = (0.0, 0.0)
    clusters: int = 0

    def chances(self):
        """How likely each score, label and decision is, shape (2, bins, 2, 2)."""
        out = np.empty((2, BINS, 2, 2))
        for g in (0, 1):
            at = np.diff(beta.cdf(np.linspace(0, 1, BINS + 1), *self.spread[g]))
            positive = 1 / (1 + np.exp(-(np.log(SCORES / (1 - SCORES)) + self.meaning[g])))
            label = np.stack([1 - positive, positive], axis=1)
            decided = np.where(SCORES >= 0.5, 1.0, self.overruled[g])
            out[g] = at[:, None, None] * label[:, :, None] * np.stack([1 - decided, decided], axis=1)[:, None]
        return out

    def draw(self, rng, chances):
        """Draw a table; people of a cluster share their score and label mostly."""
        flat = chances.reshape(2, -1)
        if not self.clusters:
            counts = np.stack([rng.multinomial(n, p / p.sum()) for n, p in zip(self.rows, flat, strict=True)])
            group, cell = np.nonzero(counts)
            return table(group, cell, counts[group, cell])
        group = np.repeat([0, 1], self.rows)
        cluster = np.arange(len(group)) // self.clusters
        own, shared = (
            np.concatenate([rng.choice(flat.shape[1], n, p=p / p.sum()) for n, p in zip(self.rows, flat, strict=True)])
            for _ in (0, 1)
        )
        cell = np.where(rng.random(len(group)) < 0.5, shared[cluster * self.clusters], own)
        return table(group, cell, np.ones(len(group), dtype=np.int64), cluster)


def table(group, cell, rows, cluster=None):
    score, label, decision = np.unravel_index(cell, (BINS, 2, 2))
    return Crosstab(
        ("g",),
        (("a", "b"),),
        ("0", "1"),
        group[:, None],
        label,
        decision,
        rows,
        score_bin=score,
        edges=np.linspace(0, 1, BINS + 1)[1:-1],
        bin_scores=SCORES,
        cluster=cluster,
    )


def truth(setting, rate):
    """Parts when each score is a bin of its own and nothing is chance: every order of exchange in a plain loop."""
    among, counted = (np.array(mask).reshape(2, 2) for mask in (get_rate(rate).among.mask, get_rate(rate).counted.mask))
    cells = setting.chances()
    spread = cells.sum(axis=(2, 3))
    eligible, hit = (cells * among).sum(axis=(2, 3)), (cells * counted).sum(axis=(2, 3))
    things = spread, eligible / spread, hit / eligible

    def value(groups):
        f, e, d = (thing[g] for thing, g in zip(things, groups, strict=True))
        return (f * e * d).sum() / (f * e).sum()

    moved = np.zeros(3)
    for order in permutations(range(3)):
        groups = [0, 0, 0]
        for thing in order:
            before = value(groups)
            groups[thing] = 1
            moved[thing] += (before - value(groups)) / 6
    return np.array([value((0, 0, 0)) - value((1, 1, 1)), *moved, moved[1] + moved[2]])


ALIKE, MEANT = ((3, 3), (3, 3)), (-0.6, 0.0)
SETTINGS = (
    *(
        Setting(f"{rows[0]:,} and {rows[1]:,}, {name}", rows, **what)
        for rows in ((200, 200), (1_000, 200), (3_000, 1_000))
        for name, what in (
            ("nothing differs", {"spread": ALIKE}),
            ("scores differ", {}),
            ("scores mean something else", {"spread": ALIKE, "meaning": MEANT}),
            ("both", {"meaning": MEANT}),
            ("both, and one in five of one group is overruled", {"meaning": MEANT, "overruled": (0.2, 0.0)}),
        )
    ),
    Setting("1,000 and 500, both, clusters of 5", (1_000, 500), meaning=MEANT, clusters=5),
)


def told(setting, rng):
    chances, places = setting.chances(), [COMPONENTS.index(name) for name in SHOWN]
    for rate in RATES:
        true, held, found, width, kept = truth(setting, rate), 0, 0, 0, 0
        for _ in range(TABLES):
            parts = decompose_by_score(setting.draw(rng, chances), get_rate(rate), 0, 1)
            if np.isfinite(parts.estimate).all():
                kept += 1
                held = held + ((parts.low - 1e-12 <= true) & (true <= parts.high + 1e-12))
                found = found + ((parts.low > 0) | (parts.high < 0))
                width = width + (parts.high - parts.low)
        cells = [
            f"{round(100 * true[i], 1) + 0.0:.1f} | {100 * held[i] / kept:.1f} | {100 * found[i] / kept:.1f}"
            for i in places
        ]
        wide = f"{100 * width[places[-1]] / kept:.1f}"
        print(f"| {setting.name} | {get_rate(rate).lower} | {' | '.join(cells)} | {wide} |", flush=True)


def measure():
    heads = " | ".join(f"{name}, points | held | found" for name in ("from scores", "from outcomes", "left"))
    print(f"Parts of gaps in error rates, {TABLES:,} tables a row, in %:\n")
    print(f"| people | rate | {heads} | width of left, points |\n|---|---|" + "---:|" * 10)
    for place, setting in enumerate(SETTINGS):
        told(setting, np.random.default_rng([55, place]))


if __name__ == "__main__":
    begun = time.perf_counter()
    with measured_part("small-numbers", "why"):
        measure()
    print(f"\n{time.perf_counter() - begun:.0f} s", file=sys.stderr)
