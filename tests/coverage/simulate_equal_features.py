"""Measure all causes of a label, and count how often the audit says that nobody measured one: part of make coverage.

The label depends on so many columns, every one of them in the table, and the groups differ in each: nothing is left at
equal features. Beside it stands the power where a gap of 10 points is left. It writes a table of
docs/measured/causes.md, on two cores in about four minutes; a number of tables only tries. Seeds are fixed.
"""

import sys
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pandas as pd

import biasaudit as ba
from biasaudit.audits.data import _build_parts as data_parts
from biasaudit.audits.data._causes import CAUSES
from biasaudit.audits.data.equal_features import ADJUSTED
from biasaudit.audits.parts import Part

sys.path.insert(0, str(Path(__file__).parents[1]))
from measured_pages import measured_part

TABLES = 500
POWER = 60
ROWS = 5_000
GAP = 0.1
COLUMNS = (1, 3, 8, 12)
KINDS = ("much", "little")
LITTLE = 0.09
PROXIES = data_parts.proxies_part


def make(kind, columns, gap, seed):
    """Draw people of two groups who differ by 0.4 standard deviations in every column that the label depends on."""
    rng = np.random.default_rng([seed, KINDS.index(kind), columns, int(100 * gap)])
    woman = rng.random(ROWS) < 0.5
    frame = {}
    for i in range(columns):
        # Every other column holds numbers, and the others five levels.
        frame[f"c{i}"] = rng.normal(-0.4 * woman) if i % 2 else rng.binomial(4, 0.5 - 0.1 * woman)
    strength = sum(c - c.mean() for c in frame.values()) * (LITTLE if kind == "little" else 1 / np.sqrt(columns))
    # Cut off below, so that everybody loses as much.
    chance = np.clip(1 / (1 + np.exp(-strength)), gap, 1) - gap * woman
    frame |= {"sex": np.where(woman, "woman", "man"), "hired": (rng.random(ROWS) < chance).astype(int)}
    return pd.DataFrame(frame)


def audit(frame):
    """Audit as anybody would who knows of no columns that came later."""
    return ba.audit_dataset(frame, label="hired", sensitive_features="sex", reference={"sex": "man"})


def stand_in(data, columns):
    """Ask one question in place of the models that rebuild the groups, which take most of the time: levels stay."""
    row = {"comparison": "finding", "estimate": np.nan, "low": np.nan, "high": np.nan, "p_value": 1.0, "group": {}}
    return Part("proxies", "", (row,), (), to_sentence=lambda row: "", reported=lambda rows: ())


def look(task):
    """Audit one table: whether a cause is named, how many columns are held equal, and how many are told."""
    kind, columns, gap, seed = task
    frame = make(kind, columns, gap, seed)
    data_parts.proxies_part = stand_in
    found = audit(frame)
    told = named(found)
    if seed == 0:
        data_parts.proxies_part = PROXIES
        assert named(audit(frame)) == told
    rows = next(part for part in found.parts if part.name == "equal_features").rows
    if not rows:
        return task[:3], told, False, 0, False
    row = rows[0]
    assert row["what"] == ADJUSTED
    shown_before = row["p_adjusted"] <= 0.05 and row["material"]
    return task[:3], told, shown_before, len(row["used"]), bool(row["left_out"])


def named(found):
    """Say whether the audit names a cause that nobody measured, or label bias."""
    causes = found.causes()
    return bool(causes.loc[causes["cause"] == CAUSES[5], "named"].iloc[0])


def table(results):
    """Lay out a row for each kind and number of columns."""
    frame = pd.DataFrame(results, columns=["cell", "named", "before", "used", "left_out"])
    lines = [
        "| causes measured | weight of each | a cause named, no gap left | were columns left out unsaid | columns held "
        "equal | columns left out | a cause named, 10 points left |",
        "| ---: | --- | ---: | ---: | ---: | ---: | ---: |",
    ]
    for columns in COLUMNS:
        for kind in KINDS:
            none, some = (frame[[cell == (kind, columns, gap) for cell in frame["cell"]]] for gap in (0.0, GAP))
            lines.append(
                f"| {columns} | {kind} | {none['named'].mean():.1%} | {none['before'].mean():.1%} | "
                f"{none['used'].mean():.1f} | {none['left_out'].mean():.0%} | {some['named'].mean():.0%} |"
            )
    return "\n".join(lines).replace("%", " %")


if __name__ == "__main__":
    tables = int(sys.argv[1]) if len(sys.argv) > 1 else TABLES
    seeds = {0.0: tables, GAP: min(tables, POWER)}
    tasks = [(k, c, gap, seed) for gap, upto in seeds.items() for seed in range(upto) for k in KINDS for c in COLUMNS]
    with get_context("spawn").Pool(2) as pool, measured_part("causes", "all-causes", trial=tables != TABLES):
        print(f"{tables} tables a row, of power {seeds[GAP]}:\n\n{table(pool.map(look, tasks, chunksize=8))}")
