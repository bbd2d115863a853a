"""Measure how often an audit says of a gap at the tolerance that it is small, and how often of none.

Run it with ``make coverage``; it writes a table of docs/measured/clusters.md. Seeds are fixed.
"""

import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd

import biasaudit as ba

sys.path.insert(0, str(Path(__file__).parents[1]))
from measured_pages import measured_part

TABLES = 1_000
BASE = 0.3


def said(groups, rows, gap, tables):
    """Share of tables in which any pair is called small, and share of all pairs that are."""
    any_small, small = 0, 0
    for seed in range(tables):
        rng = np.random.default_rng([18, groups, seed])
        positive = rng.binomial(rows, np.where(np.arange(groups) == 0, BASE, BASE + gap))
        frame = pd.DataFrame(
            {
                "g": np.repeat([f"g{i:02}" for i in range(groups)], 2),
                "p": np.tile([0, 1], groups),
                "n": np.stack([rows - positive, positive], axis=1).ravel(),
            }
        )
        asked = {"sensitive_features": "g", "y_pred": "p", "count": "n", "reference": {"g": "g00"}}
        found = ba.audit_predictions(frame, **asked).disparities("selection_rate")
        pairs = found[(found["comparison"] == "difference") & (found["kind"] == "pair")]
        # The others, which are told where groups are seen to differ, are truly alike.
        verdicts = pairs[pairs["reference"] == {"g": "g00"}]["verdict"]
        any_small, small = any_small + (verdicts == "not shown").any(), small + (verdicts == "not shown").mean()
    return any_small / tables, small / tables


def measure():
    print(f"Gaps to one reference: falsely *not shown* at 5 points, and truly at 0, {TABLES:,} tables a row:\n")
    print(
        "| groups | rows each | any pair falsely *not shown*, % | pairs truly *not shown*, % |\n|---:|---:|---:|---:|"
    )
    for groups in (3, 8, 16):
        for rows in (2_000, 4_000, 8_000):
            (wrong, _), (_, right) = said(groups, rows, 0.05, TABLES), said(groups, rows, 0.0, TABLES // 5)
            print(f"| {groups} | {rows:,} | {100 * wrong:.1f} | {100 * right:.0f} |", flush=True)


if __name__ == "__main__":
    begun = time.perf_counter()
    with measured_part("clusters", "small-gaps"):
        measure()
    print(f"\n{time.perf_counter() - begun:.0f} s", file=sys.stderr)
