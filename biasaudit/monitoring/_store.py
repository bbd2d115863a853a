"""A store of counts, a table a day, in one file."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Mapping, Sequence
from datetime import date
from functools import reduce
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from biasaudit.audits.audit_crosstab import audit_crosstab
from biasaudit.audits.counts import binary_table
from biasaudit.audits.predictions.audit import Audit
from biasaudit.counts.table.crosstab import Crosstab
from biasaudit.counts.table.headers import DamagedTable, read_header
from biasaudit.counts.table.storage import check_table, suppress, table_columns, table_header
from biasaudit.counts.table.validation import damage_refused, read_column, table_fields
from biasaudit.counts.values import resolve_level
from biasaudit.errors import AuditError
from biasaudit.monitoring._creation import create
from biasaudit.monitoring._days import as_day
from biasaudit.monitoring._files import opened
from biasaudit.monitoring._replacement import changing

if TYPE_CHECKING:
    import pandas as pd

    from biasaudit.monitoring._watch import Watch

__all__ = ["Store"]

COUNT = "Count rows first: biasaudit.count(frame, sensitive_features=…, y_pred=…); cut a number with positive=."
_CELLS = ("y_true", "y_pred", "score_bin", "rows", "weight", "weight_squared", "suppressed")


class Store:
    """Counts of a model's decisions day by day; any window of them is audited as if counted at once.

    A day is a table of counts, no person. It is acknowledged (:meth:`append` has returned) only after it is on the
    disk: a process that is killed loses nothing acknowledged. It is written into a copy of the file, which takes the
    file's place, so that the disk needs room for two. Writers wait for each other, readers for nobody.

    Parameters
    ----------
    path : str or path-like
        One DuckDB file; the first day appended makes it.
    wait : float, default 30
        Seconds to wait while another process has the file.

    Examples
    --------
    >>> import tempfile, biasaudit as ba
    >>> from biasaudit.monitoring import Store
    >>> ricci = ba.datasets.load_ricci()
    >>> table = ba.count(ricci.frame, sensitive_features=["race"], y_pred="passed")
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     store = Store(f"{folder}/counts.duckdb")
    ...     store.append(table, day="2026-01-01")
    ...     store.append(table, day="2026-01-02")
    ...     store.days()["rows"].tolist(), store.audit(since="2026-01-02").table.n
    ([118, 118], 118)
    """

    def __init__(self, path: str | os.PathLike[str], *, wait: float = 30.0):
        self.path = Path(path)
        self.wait = wait

    def __repr__(self) -> str:
        return f"Store({str(self.path)!r})"

    def append(
        self,
        table: Crosstab | Audit,
        *,
        day: date | str,
        min_cell: int = 0,
        replace: bool = False,
        pos_label: Any = None,
    ) -> None:
        """Add the counts of a day.

        Parameters
        ----------
        table : Crosstab or Audit
            What :func:`biasaudit.count` or an audit of predictions has counted.
        day : date or str
            Such as "2026-01-31".
        min_cell : int
            Cells with fewer rows are stored without their count.
        replace : bool
            Let the table take the place of one that the day has already.
        pos_label : label, optional
            The class that counts as positive, where it is not plain.

        Raises
        ------
        AuditError
            If the day has a table, the table has clusters or counts something else than the store does, or the file
            cannot be written.

        Examples
        --------
        >>> import tempfile, biasaudit as ba
        >>> folder = tempfile.TemporaryDirectory()
        >>> store = ba.monitoring.Store(f"{folder.name}/counts.db")
        >>> berkeley = ba.datasets.load_berkeley().frame
        >>> for day, rows in (("2026-01-01", berkeley[:2000]), ("2026-01-02", berkeley[2000:])):
        ...     store.append(ba.count(rows, sensitive_features=["gender"], y_pred="admitted"), day=day)
        >>> counted = ba.count(berkeley, sensitive_features=["gender"], y_pred="admitted")
        >>> store.append(counted, day="2026-01-02", replace=True)
        >>> store.days()["rows"].tolist()
        [2000, 4526]
        >>> folder.cleanup()
        """
        day, table = as_day(day), _plain(table, pos_label)
        table = suppress(table, min_cell) if min_cell else table
        create(self.path)
        with changing(self.path, wait=self.wait) as connection:
            known = connection.execute("SELECT rows FROM days WHERE day = ?", [day]).fetchone()
            if known and not replace:
                raise AuditError(
                    f"{day} is in the store already, with {known[0]:,} rows. Say replace (--replace) if this table is "
                    "to take its place."
                )
            others = _tables(self.path, connection, "WHERE day = (SELECT min(day) FROM days WHERE day <> ?)", [day])
            for other in others.values():
                # Raises where the two do not count the same thing.
                other + table
            _write(connection, day, table)

    def days(self) -> pd.DataFrame:
        """Return the days in order: day, rows.

        Returns
        -------
        DataFrame

        Examples
        --------
        >>> import tempfile, biasaudit as ba
        >>> folder = tempfile.TemporaryDirectory()
        >>> store = ba.monitoring.Store(f"{folder.name}/counts.db")
        >>> berkeley = ba.datasets.load_berkeley().frame
        >>> for day, rows in (("2026-01-01", berkeley[:2000]), ("2026-01-02", berkeley[2000:])):
        ...     store.append(ba.count(rows, sensitive_features=["gender"], y_pred="admitted"), day=day)
        >>> print(store.days().to_string(index=False))
               day  rows
        2026-01-01  2000
        2026-01-02  2526
        >>> folder.cleanup()
        """
        with opened(self.path, wait=self.wait) as connection:
            found: pd.DataFrame = connection.execute("SELECT day, rows FROM days ORDER BY day").df()
            return found

    def tables(self, since: date | str | None = None, until: date | str | None = None) -> dict[date, Crosstab]:
        """Return the table of each day from `since` to `until`, both included.

        Parameters
        ----------
        since, until : date or str, optional
            First and last day, both included; all of them otherwise.

        Returns
        -------
        dict of date to Crosstab

        Raises
        ------
        AuditError
            If the store has no day between them.

        Examples
        --------
        >>> import tempfile, biasaudit as ba
        >>> folder = tempfile.TemporaryDirectory()
        >>> store = ba.monitoring.Store(f"{folder.name}/counts.db")
        >>> berkeley = ba.datasets.load_berkeley().frame
        >>> for day, rows in (("2026-01-01", berkeley[:2000]), ("2026-01-02", berkeley[2000:])):
        ...     store.append(ba.count(rows, sensitive_features=["gender"], y_pred="admitted"), day=day)
        >>> [(f"{day:%d %B}", table.n) for day, table in store.tables(since="2026-01-02").items()]
        [('02 January', 2526)]
        >>> folder.cleanup()
        """
        first, last = as_day(since or date.min), as_day(until or date.max)
        with opened(self.path, wait=self.wait) as connection:
            found = _tables(self.path, connection, "WHERE day BETWEEN ? AND ?", [first, last])
            if not found:
                ends = connection.execute("SELECT min(day), max(day) FROM days").fetchone()
                held = f"It holds {ends[0]} to {ends[1]}" if ends[0] else "It is empty"
                raise AuditError(f"The store has no day in the window asked for. {held}.")
        return found

    def table(self, since: date | str | None = None, until: date | str | None = None) -> Crosstab:
        """Return the counts of a window as one table.

        Parameters
        ----------
        since, until : date or str, optional
            First and last day, both included; all of them otherwise.

        Returns
        -------
        Crosstab

        Raises
        ------
        AuditError
            If the store has no day between them.

        Examples
        --------
        >>> import tempfile, biasaudit as ba
        >>> folder = tempfile.TemporaryDirectory()
        >>> store = ba.monitoring.Store(f"{folder.name}/counts.db")
        >>> berkeley = ba.datasets.load_berkeley().frame
        >>> for day, rows in (("2026-01-01", berkeley[:2000]), ("2026-01-02", berkeley[2000:])):
        ...     store.append(ba.count(rows, sensitive_features=["gender"], y_pred="admitted"), day=day)
        >>> store.table().n
        4526
        >>> folder.cleanup()
        """
        return reduce(lambda total, day: total + day, self.tables(since, until).values())

    def audit(
        self,
        *,
        since: date | str | None = None,
        until: date | str | None = None,
        reference: Mapping[str, Any] | None = None,
        confidence: float = 0.95,
    ) -> Audit:
        """Audit a window as if it had been counted at once.

        Its intervals are those of one look. For a look every day there is :meth:`watch`.

        Parameters
        ----------
        since, until : date or str, optional
            First and last day, both included; all of them otherwise.
        reference : mapping of str to str, optional
            Group of a feature that the others are held against; the largest otherwise.
        confidence : float, default 0.95
            Of the intervals, above 0.5 and below 1; one minus it is the level of the verdicts.

        Returns
        -------
        Audit

        Raises
        ------
        AuditError
            If the store has no day between them, or a group is not there.

        Examples
        --------
        >>> import tempfile, biasaudit as ba
        >>> folder = tempfile.TemporaryDirectory()
        >>> store = ba.monitoring.Store(f"{folder.name}/counts.db")
        >>> berkeley = ba.datasets.load_berkeley().frame
        >>> for day, rows in (("2026-01-01", berkeley[:2000]), ("2026-01-02", berkeley[2000:])):
        ...     store.append(ba.count(rows, sensitive_features=["gender"], y_pred="admitted"), day=day)
        >>> gap = store.audit().disparities("selection_rate").iloc[0]
        >>> f"{gap['estimate']:.3f}", gap["verdict"]
        ('0.142', 'shown')
        >>> folder.cleanup()
        """
        return cast(Audit, audit_crosstab(self.table(since, until), reference=reference, confidence=confidence))

    def watch(
        self,
        metrics: Sequence[str] | str = "selection_rate",
        *,
        since: date | str | None = None,
        until: date | str | None = None,
        reference: Mapping[str, str] | None = None,
        alpha: float = 0.05,
        independent_rows: bool = False,
    ) -> Watch:
        """Ask whether a gap has changed, as often as one likes.

        Parameters
        ----------
        metrics : str or sequence of str
            Rates that are shares of rows.
        since, until : date or str, optional
            First and last day; `since` has to be the same in every look.
        reference : mapping of str to str, optional
            Group of each feature that the others are held against; the largest of the first day otherwise.
        alpha : float
            Chance of any false alarm, over all days, groups and metrics.
        independent_rows : bool
            Take rows as independent and days as alike but for them: exact where that holds, false where it does not.
            Otherwise past days tell by how much days vary, and the first 14 bring no alarm.

        Returns
        -------
        Watch

        Raises
        ------
        AuditError
            If a metric or a reference is not there, or nobody can be compared.

        Examples
        --------
        >>> import tempfile, biasaudit as ba
        >>> folder = tempfile.TemporaryDirectory()
        >>> store = ba.monitoring.Store(f"{folder.name}/counts.db")
        >>> berkeley = ba.datasets.load_berkeley().frame
        >>> for day in range(2):
        ...     rows = berkeley.sample(800, random_state=day)
        ...     counted = ba.count(rows, sensitive_features=["gender"], y_pred="admitted")
        ...     store.append(counted, day=f"2026-01-0{day + 1}")
        >>> watch = store.watch(independent_rows=True)
        >>> watch.alarm
        False
        >>> folder.cleanup()
        """
        from biasaudit.monitoring._watching import watch

        names = [metrics] if isinstance(metrics, str) else list(metrics)
        tables = self.tables(since, until)
        return watch(tables, names, reference=reference, alpha=alpha, independent_rows=independent_rows)


def _plain(table: Any, pos_label: Any) -> Crosstab:
    table = table.table if isinstance(table, Audit) else table
    if not isinstance(table, Crosstab):
        raise AuditError(
            f"A store takes tables of counts or audits of predictions, not a {type(table).__name__}. {COUNT}"
        )
    if table.cluster is not None:
        raise AuditError(
            "The table has clusters, and a store keeps no people: its audits take rows as independent. Count one row "
            "a person and day, without cluster; of a data set that declares one, count its frame."
        )
    check_table(table)
    return binary_table(table.without_strata(), None if pos_label is None else resolve_level(pos_label, table.classes))


def _write(connection: Any, day: date, table: Crosstab) -> None:
    """Write a day as one transaction: it is on the disk as a whole once COMMIT returns."""
    columns = {"levels": table.group} | {n: c for n, c in table_columns(table).items() if n in _CELLS}
    connection.register("counted", columns)
    names = ", ".join(columns)
    connection.execute("BEGIN")
    connection.execute("DELETE FROM cells WHERE day = ?", [day])
    connection.execute("INSERT OR REPLACE INTO days VALUES (?, ?, ?)", [day, table.n, json.dumps(table_header(table))])
    connection.execute(f"INSERT INTO cells (day, {names}) SELECT CAST(? AS DATE), {names} FROM counted", [day])
    connection.execute("COMMIT")


def _tables(path: Path, connection: Any, where: str, values: list[Any]) -> dict[date, Crosstab]:
    headers = connection.execute(f"SELECT day, rows, header FROM days {where} ORDER BY day", values).fetchall()
    cells = connection.execute(
        f"SELECT day, levels, {', '.join(_CELLS)} FROM cells {where} ORDER BY day", values
    ).fetchnumpy()
    days = np.asarray(cells.pop("day")).astype("datetime64[D]")
    out, seen = {}, 0
    for day, rows, header in headers:
        here = slice(*np.searchsorted(days, [np.datetime64(day, "D"), np.datetime64(day, "D") + 1]))
        with damage_refused(f'The table of {day} in "{path}"', "Put back a copy of the store, or replace that day."):
            out[day] = _table(header, rows, {name: column[here] for name, column in cells.items()}, day)
        seen += here.stop - here.start
    if seen < len(days):
        raise AuditError(f'"{path}" holds cells of a day that it does not know. Put back a copy, or start a new store.')
    return out


def _table(text: str, rows: int, cells: dict[str, Any], day: date) -> Crosstab:
    header = read_header(text, f"The table of {day}")
    explained = header.get("columns") or []
    others = [name for name in _CELLS if name not in explained and not np.ma.getmaskarray(cells[name]).all()]
    if others:
        raise DamagedTable(f'it has a column "{others[0]}", which its header does not explain')
    fields = table_fields(
        header, {name: cells[name] for name in _CELLS if name in explained} | _codes(header, cells["levels"])
    )
    counted = int(fields["rows"].sum())
    if counted != rows:
        raise DamagedTable(f"its cells count {counted:,} rows, and the day says {rows}")
    return Crosstab(**fields)


def _codes(header: dict[str, Any], column: Any) -> dict[str, Any]:
    """Take the number of a group apart into the codes of its levels."""
    shape = [len(levels) for levels in header["levels"]]
    group = read_column("levels", column)
    if len(group) and not 0 <= group.min() <= group.max() < math.prod(shape):
        raise DamagedTable(
            f'the column "levels" holds {group.max() if group.min() >= 0 else group.min():,}, which is no group'
        )
    codes = np.unravel_index(group, shape) if shape else ()
    return {f"level_{i}": code for i, code in enumerate(codes)}
