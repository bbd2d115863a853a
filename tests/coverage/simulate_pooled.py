"""Measure partly pooled rates: how far they are off against raw ones, and how often their limits hold.

Run it with ``make coverage``; it writes a table of docs/measured/small-numbers.md. Seeds are fixed.
"""

import sys
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from biasaudit.inference.pooled import pooled_shares
from biasaudit.inference.variance.effective import Shares
from biasaudit.metrics.wilson import critical_value, wilson

sys.path.insert(0, str(Path(__file__).parents[1]))
from measured_pages import measured_part

TABLES = 2_000


@dataclass(frozen=True)
class Setting:
    """Groups of so many people, and how their true rates come about: from a beta, or as given."""

    name: str
    sizes: tuple[int, ...]
    mean: float
    spread: float = 0.0
    rates: tuple[float, ...] = ()

    def draw(self, rng):
        """Draw true rates and counts, shape (tables, groups)."""
        shape = (TABLES, len(self.sizes))
        true = np.full(shape, self.mean)
        if self.spread:
            weight = 1 / self.spread - 1
            true = rng.beta(weight * self.mean, weight * (1 - self.mean), shape)
        if self.rates:
            true = np.broadcast_to(self.rates, shape)
        return true, rng.binomial(np.array(self.sizes), true).astype(float)


FEW, MIXED = (200, 100, 50, 10), (2000, 1000, 300, 100, 40, 20, 10, 5)
MANY, TINY = (30,) * 40, (1000, 1000, *(5,) * 10)
SETTINGS = tuple(
    Setting(f"{name}, {mean:.0%}, {how}", sizes, mean, spread)
    for name, sizes in (
        ("2 groups: 300, 20", (300, 20)),
        ("4 groups: 200 to 10", FEW),
        ("8 groups: 2,000 to 5", MIXED),
        ("40 groups of 30", MANY),
        ("2 groups of 1,000, 10 of 5", TINY),
    )
    for mean in (0.3, 0.05)
    for how, spread in (("all equal", 0.0), ("differ a little", 0.01), ("differ much", 0.1))
)
OFF = (
    Setting("8 groups: 2,000 to 5, the group of 40 far off", MIXED, 0, rates=(0.2,) * 4 + (0.7,) + (0.2,) * 3),
    Setting("40 groups of 30, one far off", MANY, 0, rates=(0.7,) + (0.2,) * 39),
    Setting("40 groups of 30, half at 10, half at 50 %", MANY, 0, rates=(0.1,) * 20 + (0.5,) * 20),
)


def measured(setting, rng):
    """Squared errors, how often limits hold (mean over groups, and least), widths, and who leads, raw and pooled."""
    true, count = setting.draw(rng)
    rows = np.broadcast_to(np.array(setting.sizes, dtype=float), count.shape)
    raw = count / rows
    found = pooled_shares(Shares(count, rows, raw, rows, np.full(rows.shape, np.inf)))
    out = []
    sides = (raw, *wilson(count, rows, critical=critical_value(0.95))), (found.share, found.low, found.high)
    for share, low, high in sides:
        held = ((low <= true) & (true <= high)).mean(axis=0)
        leads = (share[:, -1] > share[:, :-1].max(axis=1)).mean()
        out.append((((share - true) ** 2).sum(axis=1).mean(), held.mean(), held.min(), (high - low).mean(), leads))
    return out


def told(setting, rng):
    raw, pooled = measured(setting, rng)
    cells = [f"{pooled[0] / raw[0]:.2f}"]
    cells += [f"{100 * side[at]:.1f}" for at in (1, 2, 3, 4) for side in (raw, pooled)]
    print(f"| {setting.name} | " + " | ".join(cells) + " |", flush=True)


def measure():
    pairs = ("held, mean of groups", "held, worst group", "width", "smallest group leads")
    heads = " | ".join(f"{name}: {side}" for name in pairs for side in ("raw", "pooled"))
    print(f"Partly pooled rates, {TABLES:,} tables a row, in %:\n")
    print(f"| groups, mean rate | squared error, pooled to raw | {heads} |\n|---|" + "---:|" * 9)
    rng = np.random.default_rng(19)
    for setting in (*SETTINGS, *OFF):
        told(setting, rng)


if __name__ == "__main__":
    begun = time.perf_counter()
    with measured_part("small-numbers", "pooled"):
        measure()
    print(f"\n{time.perf_counter() - begun:.0f} s", file=sys.stderr)
