"""How often limits from resampled rows hold the truth, for functions of one's own, and how often they alarm falsely.

F1 and a mean absolute error of skewed errors (gamma, shape 2), two groups that nothing sets apart, rows or clusters;
then whole audits with such a function beside the measures that there are. Run by ``make coverage``; it writes the
tables of docs/measured/own-metrics.md. Seeds are fixed.
"""

import sys
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

import biasaudit as ba
from biasaudit.audits.own.estimates import Resampling, estimate
from biasaudit.audits.own.functions import own_functions
from biasaudit.audits.own.rows import OwnRows
from biasaudit.counts.table.crosstab import Crosstab
from biasaudit.inference.resampled import compare_resampled, resampled_interval

sys.path.insert(0, str(Path(__file__).parents[2]))
from measured_pages import measured_part

TABLES, AUDITS, PER_GROUP = 1_000, 500, 100
# Labels and predictions lie above and below 0; right in eight of ten rows, of which four in ten are positive.
POSITIVE, RIGHT = 0.4, 0.8
F1, MEAN_ERROR = 2 * POSITIVE * RIGHT / (POSITIVE + POSITIVE * RIGHT + (1 - POSITIVE) * (1 - RIGHT)), 2.0


def f1(y_true, y_pred):
    """Return F1 of what lies above 0."""
    true, decided = y_true > 0, y_pred > 0
    both, either = np.count_nonzero(true & decided), np.count_nonzero(true) + np.count_nonzero(decided)
    return 2 * both / either if either else float("nan")


def mean_error(y_true, y_pred):
    """Return the mean absolute error, beside the offset that makes signs."""
    return np.abs(np.abs(y_pred) - 10).mean()


@dataclass(frozen=True)
class Setting:
    """Two groups of so many rows, or of so many clusters of 1 to 9 rows that go alike."""

    name: str
    sizes: tuple[int, int]
    clusters: bool = False

    def draw(self, rng):
        """Draw rows: y_pred is 10 and an error, with the sign of the prediction."""
        units = sum(self.sizes)
        rows = rng.integers(1, 10, units) if self.clusters else np.ones(units, dtype=int)
        of = np.repeat(np.arange(units), rows)
        group = np.repeat((0, 1), self.sizes)[of]
        true = self._uniform(rng, units, of) < POSITIVE
        right = self._uniform(rng, units, of) < RIGHT
        error = _gamma(self._uniform(rng, units, of))
        rows = OwnRows(
            np.where(true, 1.0, -1.0),
            np.where(true == right, 1.0, -1.0) * (10 + error),
            group[:, None],
            cluster=of if self.clusters else None,
        )
        return rows, np.bincount(group, minlength=2)

    def _uniform(self, rng, units, of):
        """Draw one number a row; half of the rows of a cluster have that of the cluster."""
        own = rng.random(len(of))
        return np.where(rng.random(len(of)) < 0.5, rng.random(units)[of], own) if self.clusters else own


GRID = np.linspace(0, 60, 200_001)
GAMMA = 1 - np.exp(-GRID) * (1 + GRID)


def _gamma(uniform):
    """Turn uniform numbers into those of a gamma distribution of shape 2."""
    return np.interp(uniform, GAMMA, GRID)


SETTINGS = (
    *(Setting(f"{n:,} and {n:,} rows", (n, n)) for n in (50, 100, 300, 1_000)),
    Setting("50 and 1,000 rows", (50, 1_000)),
    *(Setting(f"{n} and {n} clusters of 1 to 9 rows", (n, n), clusters=True) for n in (30, 100)),
)
FUNCTIONS = own_functions({"f1": f1, "mean error": mean_error})
TRUTHS = np.array([F1, MEAN_ERROR])


def table_of(sizes):
    """Count the rows of the groups, as an audit does."""
    return Crosstab(
        features=("g",),
        levels=(("a", "b"),),
        codes=np.array([[0], [1]]),
        rows=sizes,
        classes=("0", "1"),
        y_true=None,
        y_pred=None,
    )


def held(setting, rng):
    """Count how often the limits of each group and of the difference hold the truth."""
    groups, gaps = np.zeros((2, 2)), np.zeros(2)
    for seed in range(TABLES):
        rows, sizes = setting.draw(rng)
        own = estimate(rows, FUNCTIONS, [table_of(sizes)], features=("g",), how=Resampling(seed, n_jobs=1))
        found = own.splits[("g",)].found
        low, high = resampled_interval(found, 0.95)
        groups += (low <= TRUTHS[:, None]) & (TRUTHS[:, None] <= high)
        first, second = (found.each(lambda a, at=at: a[:, [at]]) for at in (0, 1))
        gap = compare_resampled((), first, second, confidence=0.95, alpha=0.05)["difference"]
        gaps += ((gap.low <= 0) & (gap.high >= 0))[:, 0]
    return 100 * groups / TABLES, 100 * gaps / TABLES


def measure():
    """Print a row for each setting."""
    print(f"95 % limits hold the truth, in % of {TABLES:,} tables:\n")
    heads = ("F1, first", "F1, second", "F1, difference", "mean absolute error, first", "its second", "its difference")
    print(f"| two groups | {' | '.join(heads)} |")
    print("|---|" + "---:|" * 6)
    for place, setting in enumerate(SETTINGS):
        groups, gaps = held(setting, np.random.default_rng([57, place]))
        cells = [f"{groups[at, 0]:.1f} | {groups[at, 1]:.1f} | {gaps[at]:.1f}" for at in (0, 1)]
        print(f"| {setting.name} | {' | '.join(cells)} |", flush=True)


def people(rng, gap):
    """Draw four groups; of the first, so many more are predicted wrongly."""
    group = np.repeat(np.arange(4), PER_GROUP)
    y = rng.random(len(group)) < POSITIVE
    right = rng.random(len(group)) < RIGHT - gap * (group == 0)
    return pd.DataFrame({"g": np.array(list("abcd"))[group], "y": y.astype(int), "p": (y == right).astype(int)})


def own_f1(y_true, y_pred):
    """Return F1 of 0 and 1."""
    either = y_true.sum() + y_pred.sum()
    return 2 * (y_true & y_pred).sum() / either if either else float("nan")


def alarms():
    """Print how often whole audits say *shown*, where nothing differs and where something does."""
    of = f"{AUDITS} audits (of {AUDITS // 5} where something differs)"
    print(f"Whole audits of four groups of {PER_GROUP} rows, *shown* in % of {of}:\n")
    print("| asked | groups | own F1 | F1 that is there | anything |\n|---|---|---:|---:|---:|")
    asked = (
        ("beside all measures", {"own": own_f1}, None),
        ("own F1 and F1 alone", {"own": own_f1, "f1": None}, None),
        ("own F1 comes first", {"own": own_f1}, "own"),
    )
    for place, (name, metrics, primary) in enumerate(asked):
        for gap, words in ((0.0, "alike"), (0.3, "one is predicted worse")):
            rng, shown = np.random.default_rng([58, place, int(10 * gap)]), np.zeros(3)
            for _ in range(AUDITS if gap == 0 else AUDITS // 5):
                audit = ba.audit_predictions(
                    people(rng, gap),
                    sensitive_features="g",
                    y_true="y",
                    y_pred="p",
                    metrics=metrics,
                    primary=primary,
                    progress=False,
                    n_jobs=1,
                )
                gaps = audit.disparities()
                told = set(gaps[gaps["verdict"] == "shown"]["metric"])
                shown += ["own" in told, "f1" in told, bool(told)]
            cells = " | ".join(f"{100 * one / (AUDITS if gap == 0 else AUDITS // 5):.1f}" for one in shown)
            print(f"| {name} | {words} | {cells} |", flush=True)


if __name__ == "__main__":
    begun = time.perf_counter()
    with measured_part("own-metrics", "own-coverage", trial=len(sys.argv) > 1):
        TABLES = int(sys.argv[1]) if len(sys.argv) > 1 else TABLES
        measure()
    with measured_part("own-metrics", "own-alarms", trial=len(sys.argv) > 1):
        AUDITS = int(sys.argv[1]) if len(sys.argv) > 1 else AUDITS
        alarms()
    print(f"\n{time.perf_counter() - begun:.0f} s", file=sys.stderr)
