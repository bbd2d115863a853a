"""What a reader must know of the data before believing the figures."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import numpy as np

from biasaudit.counts.engines import collected
from biasaudit.counts.moments.table import MomentTable
from biasaudit.counts.table.crosstab import Crosstab
from biasaudit.counts.values import MISSING
from biasaudit.metrics.cell_totals import confusion
from biasaudit.names import clean

__all__ = ["cautions", "group_cautions", "left_out", "repeated_ids", "unnamed_count"]

ID_NAMES = ("id", "uuid", "person", "patient", "speaker", "user", "subject", "applicant", "customer", "name")
SAMPLE_ROWS = 20_000
PROBE_ROWS = 200
MAX_COLUMNS = 50
COUNT_NAMES = ("n", "count", "counts", "freq", "frequency", "number", "people", "persons", "total")
# A table of counts has few rows.
MOST_CELLS = 5_000
MOST_NAMED = 6


def cautions(table: Crosstab) -> tuple[str, ...]:
    """List what the counts themselves give away."""
    missing, similar, same = group_cautions(table, table.rows)
    lacking = np.where(table.usable, 0, table.rows)
    told = "a label or prediction and are left out of the rates"
    found = [left_out(table, lacking, told), *missing, *similar, *_too_perfect(table), *same]
    if table.bin_scores is not None:
        found.append(
            f"AUC, Brier score and calibration are computed from {len(table.bin_scores)} score bins, "
            "and exact for scores cut to these bins."
        )
    return tuple(text for text in found if text)


def group_cautions(table: Crosstab | MomentTable, rows: Any) -> tuple[list[str], list[str], list[str]]:
    """List what the groups of a table give away, given the rows of its cells: those missing, alike, and the same."""
    return _missing_groups(table, rows), _similar_levels(table), _same_features(table, rows)


def left_out(table: Crosstab | MomentTable, rows: Any, told: str) -> str:
    """Say how many `rows` of each cell lack what was `told`, by the groups of the first feature."""
    counts = np.bincount(table.codes[:, 0], weights=rows, minlength=len(table.levels[0]))
    parts = [f"{table.features[0]}={clean(table.levels[0][i])} {int(counts[i]):,}" for i in np.flatnonzero(counts)]
    more = f" and {len(parts) - MOST_NAMED} more groups" if len(parts) > MOST_NAMED else ""
    return f"{int(rows.sum()):,} rows lack {told}: {', '.join(parts[:MOST_NAMED])}{more}." if parts else ""


def _missing_groups(table: Crosstab | MomentTable, rows: Any) -> list[str]:
    found = []
    for at, (feature, levels) in enumerate(zip(table.features, table.levels, strict=True)):
        if MISSING in levels:
            missing = int(rows[table.codes[:, at] == levels.index(MISSING)].sum())
            found.append(f'{missing:,} rows have no value of "{clean(feature)}"; they are the group "{MISSING}".')
    return found


def _similar_levels(table: Crosstab | MomentTable) -> list[str]:
    found = []
    for feature, levels in zip(table.features, table.levels, strict=True):
        alike: dict[str, list[str]] = defaultdict(list)
        for level in levels:
            alike[" ".join(level.casefold().split())].append(level)
        for names in alike.values():
            if len(names) > 1:
                shown = ", ".join(repr(clean(name)) for name in names[:MOST_NAMED])
                found.append(
                    f'"{clean(feature)}" has groups that differ only in capitals or spaces: {shown}. Merge them?'
                )
    return found


def _too_perfect(table: Crosstab) -> list[str]:
    """Notice predictions that repeat the label, and labels or predictions that the group decides."""
    found = []
    cells = confusion(table.without_scores())
    right = np.eye(round(cells.shape[1] ** 0.5), dtype=bool).ravel()
    if table.y_true is not None and table.y_pred is not None and cells.sum() and not cells[:, ~right].any():
        found.append("Predictions equal the labels in every row: was the label passed as the prediction?")
    if table.score_bin is not None and table.y_true is not None:
        known = table.usable & (table.rows > 0)
        low, high = (table.score_bin[known & (table.y_true == value)] for value in (0, 1))
        if low.size and high.size and low.max() < high.min():
            found.append("The score separates the labels without a single error: was the label passed as the score?")
    for what, column in (("The label", table.y_true), ("The prediction", table.y_pred)):
        if column is not None and _decided_by_group(table, column):
            found.append(f"{what} is the same for everyone within each group: is it the group under another name?")
    return found


def _decided_by_group(table: Crosstab, column: Any) -> bool:
    use = table.usable & (table.rows > 0)
    pairs = np.unique(np.stack([table.group[use], column[use]]), axis=1)
    groups, classes = (len(np.unique(side)) for side in pairs)
    return groups == pairs.shape[1] and classes > 1


def _same_features(table: Crosstab | MomentTable, rows: Any) -> list[str]:
    found = []
    for i, first in enumerate(table.features):
        for j in range(i + 1, len(table.features)):
            pairs = {tuple(row) for row in table.codes[rows > 0][:, [i, j]].tolist()}
            if len(pairs) == len({a for a, _ in pairs}) == len({b for _, b in pairs}):
                second = table.features[j]
                found.append(f'"{clean(first)}" and "{clean(second)}" split people the same way; one will do.')
    return found


def repeated_ids(data: Any, cluster: str | None, named: Sequence[str] = ()) -> tuple[str, ...]:
    """Notice, in the first rows, copied rows and ids that repeat while no cluster was named; what is asked is none."""
    if cluster is not None:
        return ()
    import narwhals.stable.v2 as nw

    frame = nw.from_native(data)
    return _copied_rows(frame, named) or _repeated_ids(frame)


def unnamed_count(frame: Any, named: Sequence[str]) -> tuple[str, ...]:
    """Notice a column that may say how many people a row stands for, where no two rows are alike in what was asked."""
    schema = frame.collect_schema()
    names = [n for n, dtype in schema.items() if n.casefold() in COUNT_NAMES and dtype.is_numeric() and n not in named]
    if not names:
        return ()
    few = collected(frame.select(*named, names[0]).head(MOST_CELLS + 1))
    held = few[names[0]].to_numpy().astype(float)
    whole = bool(len(held)) and bool(np.all(np.isfinite(held) & (held >= 0) & (held == np.round(held))))
    if len(few) > MOST_CELLS or not whole or held.max() < 2 or len(few.select(*named).unique()) < len(few):
        return ()
    return (
        f'"{clean(names[0])}" holds whole numbers, and no two rows are alike in what was asked. If it says how many '
        f'people a row stands for, give count="{clean(names[0])}": {held.sum():,.0f} people are more evidence than '
        f"{len(few):,} rows.",
    )


def _copied_rows(frame: Any, named: Sequence[str]) -> tuple[str, ...]:
    """Notice rows that are the same in every column, where one column tells all other rows apart."""
    import narwhals.stable.v2 as nw

    schema = frame.collect_schema()
    if len(schema) > MAX_COLUMNS or any(dtype.is_nested() or dtype == nw.Object for dtype in schema.values()):
        return ()
    head = frame.head(SAMPLE_ROWS)
    head = collected(head)
    probe = head.head(PROBE_ROWS)
    # A number with decimals is a measurement: equal ones need not be the same person.
    ids = [name for name, dtype in schema.items() if not dtype.is_float() and name not in named]
    keys = [name for name in ids if probe[name].n_unique() >= len(probe) / 2][:5]
    if not keys:
        return ()
    distinct, _, key = max((head[name].n_unique(), _looks_like_id(name), name) for name in keys)
    if not len(head) / 10 <= distinct < len(head):
        return ()
    repeated = head.filter(head[key].is_duplicated())
    copies = len(repeated) - len(repeated.unique())
    if 2 * copies < len(head) - distinct:
        return ()
    return (
        f'{copies:,} of the first {len(head):,} rows are exact copies of other rows, though "{clean(key)}" tells '
        "all others apart. Counted twice they make intervals too narrow: remove them, or give the person as cluster=.",
    )


def _repeated_ids(frame: Any) -> tuple[str, ...]:

    names = [name for name in frame.collect_schema().names() if _looks_like_id(name)][:3]
    if not names:
        return ()
    head = frame.select(*names).head(SAMPLE_ROWS)
    head = collected(head)
    for name in names:
        known = head[name].drop_nulls()
        distinct = known.n_unique() if len(known) else 0
        if distinct < len(known) and distinct > len(known) / 1000:
            return (
                f'"{clean(name)}" repeats ({distinct:,} values in {len(known):,} rows). If it names people, '
                f'their rows are not independent and intervals are too narrow: give cluster="{clean(name)}".',
            )
    return ()


def _looks_like_id(name: str) -> bool:
    parts = name.casefold().replace("-", "_").split("_")
    return parts[-1] in ID_NAMES
