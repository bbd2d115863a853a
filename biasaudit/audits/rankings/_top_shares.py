"""The share of each group in the first places of all rankings, beside what fair draws would give."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from biasaudit.audits.rankings.family import RankFamily
from biasaudit.metrics.wilson import critical_value

__all__ = ["top_share_table"]

BAND = 0.95


def top_share_table(splits: Sequence[RankFamily]) -> pd.DataFrame:
    """Lay out a row for each group and number of places."""
    return pd.concat([_of_family(family) for family in splits], ignore_index=True)


def _of_family(family: RankFamily) -> pd.DataFrame:
    table = family.table
    there = np.flatnonzero(family.present)
    in_top = np.cumsum(table.by_place, axis=1)
    everybody = in_top.sum(axis=0, keepdims=True)
    reach = critical_value(BAND) * np.sqrt(table.spread)
    shares = {
        "share": in_top / everybody,
        "expected": table.expected / everybody,
        "low": np.clip((table.expected - reach) / everybody, 0, 1),
        "high": np.clip((table.expected + reach) / everybody, 0, 1),
    }
    depth = table.by_place.shape[1]
    return pd.DataFrame(
        {
            "sensitive_features": [table.features] * (len(there) * depth),
            "group": [family.groups[at] for at in there for _ in range(depth)],
            "k": np.tile(np.arange(1, depth + 1), len(there)),
            **{name: values[there].ravel() for name, values in shares.items()},
        }
    )
