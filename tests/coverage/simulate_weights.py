"""Measure intervals and tests where weights go with the outcome, and where they do not.

Run it with ``make coverage``; it writes tables of docs/measured/coverage.md. Seeds are fixed. Beside the level stands
the power: how often the first group is told apart from the others, with twice their odds.
"""

import sys
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

import biasaudit as ba
from biasaudit.inference.disparities import compare_pairs
from biasaudit.inference.testing.hypothesis_tests import homogeneity_test
from biasaudit.inference.variance.effective import Shares
from biasaudit.metrics.linearised import linearised_rows
from biasaudit.metrics.rates import get_rate

sys.path.insert(0, str(Path(__file__).parents[1]))
from measured_pages import measured_part

TABLES = 2_000
RATE = get_rate("selection_rate")


@dataclass(frozen=True)
class Weights:
    """Weights of those counted and of those not, and how often each pair is drawn; arrays of shape (kinds, 2)."""

    name: str
    weight: np.ndarray
    chance: np.ndarray

    def draw(self, rng, rows, groups, odds):
        """Draw tables; `odds` multiply the chance of being counted in the first group."""
        chance = np.broadcast_to(self.chance, (groups, *self.chance.shape)).copy()
        chance[0, :, 1] *= odds
        chance /= chance.sum(axis=(1, 2), keepdims=True)
        flat = [rng.multinomial(rows, p.ravel(), TABLES).reshape(TABLES, *p.shape) for p in chance]
        counts = np.stack(flat, axis=1).astype(float)
        sums, squares = ((counts * self.weight**power).sum(axis=2).swapaxes(1, 2)[:, ::-1] for power in (1, 2))
        total = sums.sum(axis=1)
        share = sums[:, 0] / total
        return Shares(sums[:, 0], total, share, linearised_rows(sums, squares), np.full(total.shape, np.inf))


def of_outcome(name, share, counted, others=1.0):
    return Weights(name, np.array([[others, counted]]), np.array([[1 - share, share]]))


def inverse_probability(name, rate):
    """Weights of 1 to 50, each person drawn as seldom as it weighs much."""
    depth = (np.arange(25) + 0.5) / 25
    weight = 50**depth
    chance = np.stack([1 - rate(depth), rate(depth)], axis=1) / weight[:, None]
    return Weights(name, np.stack([weight, weight], axis=1), chance / chance.sum())


WEIGHTS = (
    of_outcome("1 % weigh 5, being positive", 0.01, 5.0),
    of_outcome("1 % weigh 10, being positive", 0.01, 10.0),
    of_outcome("1 % weigh 20, being positive", 0.01, 20.0),
    inverse_probability("inverse probability, 1 to 50, with the outcome", lambda u: 0.3 * u**4),
    inverse_probability("inverse probability, 1 to 50, unrelated", lambda u: 0.2 + 0 * u),
    of_outcome("negatives of 5 % drawn 1 in 10", 0.05 / (0.05 + 0.95 / 10), 1.0, 10.0),
    of_outcome("all alike", 0.2, 3.0, 3.0),
)


def judged(shares):
    """Share of the tables whose interval of the first two groups holds no gap, and that give p-values so small."""
    first, second = (shares.each(lambda a, j=j: a[:, [j]].T) for j in (0, 1))
    pair = compare_pairs((RATE,), first, second, confidence=0.95, alpha=0.05)
    held = [np.mean((g.low <= same) & (g.high >= same)) for g, same in zip(pair.values(), (0, 1), strict=True)]
    everyone = homogeneity_test(np.nan_to_num(shares.count), shares.nobs)
    tests = [np.mean(p <= level) for p in (pair["difference"].p_value, everyone) for level in (0.05, 0.0033)]
    return [*held, *tests]


def told(name, level, power):
    values = [*level, power[2], power[4]]
    print(f"| {name} | " + " | ".join(f"{100 * value:.1f}" for value in values) + " |", flush=True)


def heading(title):
    tests = "pair p ≤ .05 | ≤ .0033 | all groups p ≤ .05 | ≤ .0033 | power, pair | power, all"
    columns = f"difference holds | ratio holds | {tests}"
    print(f"\n{title}, {TABLES:,} tables a row, in %:\n\n| setting | {columns} |\n|---|" + "---:|" * 8)


def measure_weights():
    for rows in (300, 2_000):
        for groups in (2, 4, 10):
            heading(f"Weights, {groups} equal groups of {rows:,} rows")
            for setting in WEIGHTS:
                # Power: the odds of the first group doubled.
                level, power = (
                    judged(setting.draw(np.random.default_rng([rows, groups]), rows, groups, k)) for k in (1, 2)
                )
                told(setting.name, level, power)


def whole_audit(rng):
    """Draw a table of four equal groups whose weights go with labels and predictions."""
    rows = 2_000
    frame = pd.DataFrame({"g": np.array(list("abcd"))[np.arange(rows) % 4]})
    frame["y"] = (rng.random(rows) < 0.3).astype(int)
    frame["p"] = (rng.random(rows) < np.where(frame["y"] == 1, 0.7, 0.2)).astype(int)
    return frame.assign(w=np.where(frame["p"] * frame["y"] == 1, 8.0, 1.0) * rng.gamma(2, 0.5, rows))


def measure_audits(tables):
    rng, shown = np.random.default_rng(11), 0
    for _ in range(tables):
        audit = ba.audit_predictions(
            whole_audit(rng), sensitive_features="g", y_true="y", y_pred="p", sample_weight="w"
        )
        shown += (audit.disparities()["verdict"] == "shown").any()
    print(f"Four equal groups, 2,000 rows: {100 * shown / tables:.1f} % of {tables:,} audits say *shown* anywhere.")


if __name__ == "__main__":
    begun = time.perf_counter()
    with measured_part("coverage", "weights"):
        measure_weights()
    with measured_part("coverage", "weighted-audits"):
        measure_audits(1_000)
    print(f"\n{time.perf_counter() - begun:.0f} s", file=sys.stderr)
