"""Errors over trials, counted in one pass: words wrong of words spoken, by group and speaker."""

from collections.abc import Mapping, Sequence
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np

from biasaudit.arraytypes import Ints
from biasaudit.counts.columns import check_groups
from biasaudit.counts.encoding import encode_clusters, encode_levels
from biasaudit.counts.engines import collected, float_expression
from biasaudit.counts.share_tables import share_table
from biasaudit.counts.table.crosstab import Crosstab
from biasaudit.counts.weights import is_no_count
from biasaudit.errors import AuditError
from biasaudit.names import clean

__all__ = ["count_errors"]


def count_errors(
    frame: Any,
    *,
    features: Sequence[str],
    errors: str,
    trials: str | None = None,
    cluster: str | None = None,
    declared: Mapping[str, tuple[tuple[str, ...], bool]] | None = None,
) -> Crosstab:
    """Count errors and trials by sensitive features, and by cluster where one is named, in one scan.

    Parameters
    ----------
    frame : Narwhals frame
        Whose columns have been checked.
    features : sequence of str
    errors : str
        Column of whole numbers, 0 or more: errors in the row.
    trials : str, optional
        Column of whole numbers, 0 or more: what could have gone wrong in the row. One a row if left out.
    cluster : str, optional
        Column that says which rows belong together, such as the speaker.
    declared : mapping of str to pair of tuple of str and bool, optional
        Levels that a feature declares, and whether they have an order.

    Returns
    -------
    Crosstab
        One row a trial; the "prediction" is whether it went wrong.

    Raises
    ------
    AuditError
        If a column is missing or no column of counts, there is no trial, or there are more errors than trials in a
        cluster (in a group, without clusters).

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"sex": ["F", "M", "M"], "wrong": [2, 0, 1], "words": [5, 4, 6]})
    >>> table = count_errors(nw.from_native(frame), features=["sex"], errors="wrong", trials="words")
    >>> table.codes[:, 0].tolist(), table.y_pred.tolist(), table.rows.tolist()
    ([0, 0, 1, 1], [0, 1, 0, 1], [3, 2, 9, 1])
    """
    cells = _count_cells(frame, list(features), errors, trials, cluster)
    n_errors, n_trials = (_read_counts(cells, role, name) for role, name in (("errors", errors), ("trials", trials)))
    if not n_trials.sum() > 0:
        raise AuditError(
            "There is no trial: the table has no rows."
            if not len(n_trials)
            else f'trials="{clean(str(trials))}" is 0 in every row. There is nothing that could go wrong.'
        )
    levels, codes = [], []
    for i, name in enumerate(features):
        check_groups(name, cells[f"k_{i}"])
        names, column = encode_levels(cells[f"k_{i}"], *(declared or {}).get(name, ((), False)))
        levels.append(names)
        codes.append(column)
    cluster_names, cluster_codes = encode_clusters(cells.get("k_cluster"))
    table = share_table(
        features,
        tuple(levels),
        np.stack(codes, axis=1),
        hits=n_errors,
        trials=n_trials,
        cluster=cluster_codes,
        cluster_names=cluster_names,
    )
    _check_errors(table, errors, trials, cluster)
    return table


def _count_cells(
    frame: Any, features: list[str], errors: str, trials: str | None, cluster: str | None
) -> dict[str, list[Any]]:
    """Sum by group and cluster under names of our own, so that no user's column name can clash."""
    schema = frame.collect_schema()
    keys = [nw.col(name).alias(f"k_{i}") for i, name in enumerate(features)]
    if cluster is not None:
        keys.append(nw.col(cluster).alias("k_cluster"))
    counted = {"errors": errors} | ({"trials": trials} if trials is not None else {})
    for role, name in counted.items():
        if not (schema[name].is_numeric() or schema[name] == nw.Boolean):
            raise AuditError(f'{role}="{clean(name)}" holds no numbers. Name a column of counts, such as 0, 1, 2.')
    selected = frame.select(*keys, *[float_expression(frame, name).alias(role) for role, name in counted.items()])
    # Sums of conditions go wrong inside agg() on some engines, so the columns are made first.
    selected = selected.with_columns(
        *[is_no_count(nw.col(role)).cast(nw.Int64).alias(f"bad_{role}") for role in counted]
    )
    by = [name for name in selected.collect_schema().names() if name.startswith("k_")]
    sums = [nw.col(name).sum() for role in counted for name in (role, f"bad_{role}")]
    found = collected(selected.group_by(*by, drop_null_keys=False).agg(nw.len().alias("rows"), *sums))
    return {name: found[name].to_list() for name in found.columns}


def _read_counts(cells: dict[str, list[Any]], role: str, name: str | None) -> Ints:
    if name is None:
        return np.asarray(cells["rows"], dtype=np.int64)
    bad = int(sum(cells[f"bad_{role}"]))
    if bad:
        raise AuditError(
            f'{role}="{clean(name)}" is missing, negative or no whole number in {bad:,} rows. '
            "Give counts, such as words wrong and words spoken."
        )
    return np.asarray(cells[role], dtype=float).astype(np.int64)


def _check_errors(table: Crosstab, errors: str, trials: str | None, cluster: str | None) -> None:
    """Refuse what is no share: a word error rate counts words put in as well, and can pass 100 %."""
    exceeding = np.flatnonzero(table.rows < 0)
    if not len(exceeding):
        return
    cell = int(exceeding[0])
    group = ", ".join(f"{f}={clean(table.groups[table.group[cell]][f])}" for f in table.features)
    where = group
    if table.cluster is not None and table.cluster_names is not None:
        where = f'{cluster} "{clean(table.cluster_names[table.cluster[cell]])}" ({group})'
    trials_text = "rows" if trials is None else f'in trials="{clean(trials)}"'
    raise AuditError(
        f'{where} has {-int(table.rows[cell]):,} more in errors="{clean(errors)}" than {trials_text}, which is no '
        "share. Count words put in among the trials, too (the match error rate, as said and heard do), or leave them "
        "out."
    )
