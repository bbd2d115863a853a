"""What has to be known before numbers are summed: that they can be, about which pivots, and whether values are few."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np

from biasaudit.arraytypes import Floats
from biasaudit.counts.columns import PROBE_ROWS
from biasaudit.counts.engines import collected
from biasaudit.counts.moments._grouping import blocks
from biasaudit.counts.moments._refusals import refuse_infinite, refuse_missing, refuse_size
from biasaudit.counts.moments._rows import Scan, select_columns
from biasaudit.counts.moments.bins import MAX_EXACT
from biasaudit.counts.number_text import refuse_no_numbers
from biasaudit.counts.weights import drop_empty_cells, sum_weights
from biasaudit.errors import AuditError

__all__ = ["Facts", "has_few_values", "read_facts"]

# Numbers whose powers, and those of whose squared errors, are floats.
LARGEST, SMALLEST = 1e50, 1e-50
# Pivots are rounded, so that rows in another order have the same: by this part of the range of values.
PIVOT_STEP = 2.0**-10


@dataclass(frozen=True, eq=False)
class Facts:
    """What a first look found.

    Parameters
    ----------
    pivots : float array of shape (variables,)
    lacking : bool
        Whether there are rows that are in no sum.
    head : mapping of str to float array
        Numbers of the first rows.
    """

    pivots: Floats
    lacking: bool
    head: Mapping[str, Floats]


def read_facts(frame: Any, scan: Scan, called: Mapping[str, str]) -> Facts:
    """Look at the numbers once, and refuse what cannot be summed.

    Parameters
    ----------
    frame : Narwhals frame
    scan : Scan
    called : mapping of str to str
        What the caller calls the roles y_true and y_pred.

    Returns
    -------
    Facts

    Raises
    ------
    AuditError
        If there are no rows, or a column holds other things than finite numbers that have powers.
    """
    arguments = {"outcome": called.get("y_true", "y_true"), "prediction": called.get("y_pred", "y_pred")}
    schema = frame.collect_schema()
    for role, name in scan.numbers.items():
        if not schema[name].is_numeric():
            refuse_no_numbers(frame, arguments[role], name)
    found = _totals(frame, scan)
    if not found["n"]:
        raise AuditError("The table has no rows. Check the file, or the filter that made it.")
    for role, name in scan.numbers.items():
        if found[f"infinite_{role}"]:
            refuse_infinite(frame, arguments[role], name)
    if scan.count is not None:
        drop_empty_cells({"rows": [found["rows"]], "no_count": [found["no_count"]]}, scan.count)
    if scan.sample_weight is not None:
        sum_weights({name: [found[name]] for name in ("weight", "weight_squared", "unusable")})
    if not found["used"]:
        refuse_missing(frame, {arguments[role]: name for role, name in scan.numbers.items()})
    for role, name in scan.numbers.items():
        largest = max(abs(found[f"low_{role}"]), abs(found[f"high_{role}"]))
        if not (largest == 0 or SMALLEST <= largest <= LARGEST):
            refuse_size(frame, arguments[role], name, largest)
    head = _head(frame, scan)
    pivots = [_pivot(found, name, head[name]) for name in _looked_at(scan)]
    if len(pivots) > 2:
        # Errors far from 0 have absolute and squared ones near those of their pivot; of others 0 is as good.
        pivots += [abs(pivots[2]), pivots[2] ** 2]
    return Facts(np.array(pivots), lacking=found["used"] < found["n"], head=head)


def _looked_at(scan: Scan) -> tuple[str, ...]:
    return scan.variables[:3]


def _totals(frame: Any, scan: Scan) -> dict[str, float]:
    """Add up what the facts are made of, over blocks."""
    parts = [_totals_of(select_columns(rows, scan), scan) for rows in blocks(frame)]
    how = {"low": np.min, "high": np.max}
    return {
        name: float(
            how.get(name.split("_")[0], np.sum)([part[name] for part in parts if part[name] is not None] or [0])
        )
        for name in parts[0]
    }


def _totals_of(selected: Any, scan: Scan) -> dict[str, Any]:
    # Sums of conditions go wrong inside select() on some engines, so the columns are made first.
    used = nw.col("used") == 1
    values = [nw.when(used).then(nw.col(name)).alias(f"v_{name}") for name in _looked_at(scan)]
    infinite = [
        ((nw.col(role) == float("inf")) | (nw.col(role) == float("-inf"))).cast(nw.Int64).alias(f"infinite_{role}")
        for role in scan.numbers
    ]
    sums = ["used", *(f"infinite_{role}" for role in scan.numbers)]
    sums += ["rows", "no_count"] if scan.count is not None else []
    sums += ["weight", "weight_squared", "unusable"] if scan.sample_weight is not None else []
    facts = [nw.len().alias("n"), *(nw.col(name).sum() for name in sums)]
    for name in _looked_at(scan):
        value = nw.col(f"v_{name}")
        facts += [value.sum().alias(f"sum_{name}"), value.min().alias(f"low_{name}"), value.max().alias(f"high_{name}")]
    home = collected(selected.with_columns(*values, *infinite).select(*facts))
    return dict(zip(home.columns, home.row(0), strict=True))


def _head(frame: Any, scan: Scan) -> dict[str, Floats]:
    rows = select_columns(frame.head(PROBE_ROWS), scan).filter(nw.col("used") == 1).select(*_looked_at(scan))
    rows = collected(rows)
    return {name: np.asarray(rows[name].to_numpy(), dtype=float) for name in _looked_at(scan)}


def _pivot(found: Mapping[str, float], name: str, head: Floats) -> float:
    """Return about the mean: exactly the same in any order of the rows, but for a few where it would be near a step.

    A value far out draws the mean away from all others: then the middle of the first rows is nearer to most.
    """
    mean, low, high = found[f"sum_{name}"] / found["used"], found[f"low_{name}"], found[f"high_{name}"]
    if low == high:
        return low
    step = 2.0 ** np.floor(np.log2((high - low) * PIVOT_STEP))
    first, middle, third = np.quantile(head, [0.25, 0.5, 0.75]) if len(head) else (low, mean, high)
    return float(middle if first < third < first + step else np.round(mean / step) * step)


def has_few_values(frame: Any, scan: Scan, facts: Facts, role: str) -> bool:
    """Say whether a variable has at most 1,000 distinct values in the rows that are summed.

    Parameters
    ----------
    frame : Narwhals frame
    scan : Scan
    facts : Facts
    role : {"outcome", "prediction"}
    """
    found = np.unique(facts.head[role])
    for rows in blocks(frame):
        if len(found) > MAX_EXACT:
            return False
        found = np.union1d(found, _distinct(rows, scan, role))
    return len(found) <= MAX_EXACT


def _distinct(frame: Any, scan: Scan, role: str) -> Floats:
    rows = select_columns(frame, scan).filter(nw.col("used") == 1).select(role)
    # With zero and minus zero two values may be one.
    few = collected(rows.unique().head(MAX_EXACT + 2))
    return np.unique(np.asarray(few[role].to_numpy(), dtype=float))
