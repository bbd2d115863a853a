"""Published tables, counted in one pass: how many people were selected, of how many there were, one row a group."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NoReturn

import narwhals.stable.v2 as nw
import numpy as np

from biasaudit.counts._grouping import count_by_keys
from biasaudit.counts.columns import PROBE_ROWS
from biasaudit.counts.counting import CountResult
from biasaudit.counts.encoding import encode_clusters, encode_features, encode_strata
from biasaudit.counts.engines import collected, float_expression
from biasaudit.counts.labels import LabelReading
from biasaudit.counts.share_tables import share_table
from biasaudit.counts.table.crosstab import Crosstab
from biasaudit.counts.weights import is_no_count
from biasaudit.errors import AuditError
from biasaudit.names import clean

__all__ = ["count_selected"]

ROLES = ("selected", "of")
# Thousands may be parted by commas; three digits behind a point may be thousands as well, and are not read.
WRITTEN_NUMBER = r"^-?(?:\d+|\d{1,3}(?:,\d{3})+)(?:\.\d{1,2})?$"
# What tables call the row that adds up the others.
TOTALS = ("total", "totals", "all", "overall", "sum", "everyone", "grand total", "gesamt", "summe", "insgesamt")


def count_selected(
    frame: Any,
    *,
    features: Sequence[str],
    declared: Mapping[str, tuple[tuple[str, ...], bool]],
    selected: str,
    of: str,
    cluster: str | None = None,
    controls: Sequence[str] = (),
) -> CountResult:
    """Add up those selected and all there were, by sensitive features, in one scan.

    Parameters
    ----------
    frame : Narwhals frame
        Whose columns have been checked.
    features : sequence of str
    declared : mapping of str to pair of tuple of str and bool
        Levels that a feature declares, and whether they have an order.
    selected, of : str
        Columns of whole numbers, 0 or more: people selected in the row, and people there were. Several rows of a
        group add up. Texts such as "1,390" are read as the numbers that they are.
    cluster : str, optional
        Column that says which rows belong together, such as the employer.
    controls : sequence of str
        Columns that make strata; the table then keeps them apart.

    Returns
    -------
    CountResult
        One row a person; the prediction is whether they were selected.

    Raises
    ------
    AuditError
        If a count is none, more are selected than there are, nobody is counted, or a row adds up the others.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = nw.from_native(pd.DataFrame({"sex": ["F", "M"], "hired": [2, 1], "applied": [5, 4]}))
    >>> table = count_selected(frame, features=["sex"], declared={}, selected="hired", of="applied").table
    >>> table.y_pred.tolist(), table.rows.tolist()
    ([0, 1, 0, 1], [3, 2, 3, 1])
    """
    columns = {"selected": selected, "of": of}
    shown = {f"k_feature_{i}": name for i, name in enumerate(features)}
    shown |= {f"k_control_{i}": name for i, name in enumerate(controls)}
    shown |= {} if cluster is None else {"k_cluster": cluster}
    numbers = [_number(frame, role, name, shown).alias(role) for role, name in columns.items()]
    read = frame.select(*[nw.col(name).alias(key) for key, name in shown.items()], *numbers)
    people, in_all = nw.col("selected"), nw.col("of")
    # Sums of conditions go wrong inside agg() on some engines, so the column is made first.
    bad = is_no_count(people) | is_no_count(in_all) | (people > in_all)
    cells = count_by_keys(read.with_columns(bad.cast(nw.Int64).alias("bad")), list(shown), [*ROLES, "bad"])
    if sum(cells["bad"]):
        _refuse(collected(read.filter(bad).head(1)), columns, shown)
    hits, trials = (np.asarray(cells[role], dtype=float).astype(np.int64) for role in ROLES)
    _check_anybody(trials, of)
    levels, codes, notes = encode_features({name: cells[f"k_feature_{i}"] for i, name in enumerate(features)}, declared)
    cluster_names, cluster_codes = encode_clusters(cells.get("k_cluster"))
    strata, stratum = encode_strata(cells, controls)
    table = share_table(
        features,
        levels,
        codes,
        hits=hits,
        trials=trials,
        cluster=cluster_codes,
        cluster_names=cluster_names,
        stratum=stratum,
        strata=strata,
    )
    _check_totals(table)
    return CountResult(table, LabelReading({}, "1"), notes)


def _number(frame: Any, role: str, name: str, shown: Mapping[str, str]) -> Any:
    """Write a column of counts as an expression of floats; texts are read where they are plainly numbers."""
    dtype = frame.collect_schema()[name]
    if dtype.is_numeric():
        return float_expression(frame, name)
    if dtype == nw.String:
        text = nw.col(name).str.strip_chars()
        rows = collected(_with(frame, shown, name).filter(~text.str.contains(WRITTEN_NUMBER)).head(1))
        if len(rows):
            _refuse_text(role, name, rows, shown)
        return text.str.replace_all(",", "", literal=True).cast(nw.Float64)
    rows = collected(_with(frame, shown, name).head(PROBE_ROWS))
    at = next((i for i, value in enumerate(rows[name].to_list()) if isinstance(value, str)), None)
    if at is not None:
        _refuse_text(role, name, rows[at : at + 1], shown)
    raise AuditError(
        f'{role}="{clean(name)}" holds {"yes and no" if dtype == nw.Boolean else clean(str(dtype))}, not numbers of '
        "people. Make it a column of whole numbers."
    )


def _with(frame: Any, shown: Mapping[str, str], name: str) -> Any:
    return frame.select(*dict.fromkeys([*shown.values(), name]))


def _refuse_text(role: str, name: str, rows: Any, shown: Mapping[str, str]) -> NoReturn:
    where = _where({key: rows[column][0] for key, column in shown.items()}, shown)
    raise AuditError(
        f'{role}="{clean(name)}" is {clean(str(rows[name][0]), 40)!r}{where}, which is no count. Write a whole number '
        "of people there, or leave the row out."
    )


def _where(row: Mapping[str, Any], shown: Mapping[str, str]) -> str:
    """Name the row by what tells it apart: a published table has one a group."""
    named = ", ".join(f"{clean(name)}={clean(str(row[key]), 40)}" for key, name in shown.items())
    return f" where {named}"


def _refuse(rows: Any, columns: Mapping[str, str], shown: Mapping[str, str]) -> NoReturn:
    """Say what is wrong with the counts of a row."""
    row = dict(zip(rows.columns, rows.row(0), strict=True))
    where = _where(row, shown)
    found = {role: row[role] for role in ROLES}
    for role, value in found.items():
        said = f'{role}="{clean(columns[role])}" is'
        if value is None or value != value:
            raise AuditError(f"{said} missing{where}. Give the count, or leave the row out where nobody knows it.")
        if value < 0 or value in (float("inf"), float("-inf")):
            raise AuditError(f"{said} {value:g}{where}. Give whole numbers of people, 0 or more.")
        if not float(value).is_integer():
            hint = "a share and " if 0 < value < 1 else ""
            raise AuditError(
                f"{said} {value:g}{where}, which is {hint}no whole number of people. Give counts as they were counted; "
                "where only weighted or averaged ones are published, round them, and say so beside the results."
            )
    selected, of = (f'{role}="{clean(columns[role])}"' for role in ROLES)
    if found["selected"] <= found["of"]:
        raise AuditError(f"{of} is {found['of']:g}{where}, more people than can be counted. Check the column.")
    raise AuditError(
        f"{selected} is {found['selected']:,.0f} and {of} is {found['of']:,.0f}{where}: more were selected than there "
        "were. Check that the columns are not swapped."
    )


def _check_anybody(trials: Any, of: str) -> None:
    if not len(trials):
        raise AuditError("The table has no rows. Check the file, or the filter that made it.")
    if not trials.any():
        raise AuditError(f'of="{clean(of)}" is 0 in every row. Nobody is counted; name another column.')


def _check_totals(table: Crosstab) -> None:
    """Refuse a row of totals: as a group it would count everyone twice, and be held against its own parts."""
    for feature, levels in zip(table.features, table.levels, strict=True):
        split = table.rollup([feature])
        rows = np.bincount(split.group, weights=split.rows, minlength=len(levels))
        for level, people in zip(levels, rows.tolist(), strict=True):
            if level.strip().casefold() in TOTALS and len(levels) > 2 and 2 * people == rows.sum():
                raise AuditError(
                    f'{clean(feature)}="{clean(level)}" has as many people as all others together: a row of totals '
                    "counts everyone twice. Leave it out."
                )
