"""The one maker of connections: DuckDB reaches the files named and nothing else, and nobody can change that."""

from collections.abc import Sequence
from typing import Any

from biasaudit.errors import AuditError
from biasaudit.names import clean

__all__ = ["check_file_name", "connect_locked", "quote"]


def connect_locked(files: Sequence[str], *, spill: str = "", **config: str) -> Any:
    """Connect to a DuckDB in memory that reaches these files alone, for good.

    Parameters
    ----------
    files : sequence of str
        Names as its statements will write them.
    spill : str
        Folder for what does not fit into memory; without one nothing is put aside.
    **config
        Settings of DuckDB.

    Returns
    -------
    duckdb.DuckDBPyConnection

    Raises
    ------
    AuditError
        If a name is none that DuckDB can open.
    """
    import duckdb

    for file in files:
        check_file_name(file)
    connection = duckdb.connect(config=dict(config))
    connection.execute(f"SET temp_directory={quote(spill)}")
    connection.execute(f"SET allowed_paths=[{', '.join(map(quote, dict.fromkeys(files)))}]")
    # Its progress bar would land in the middle of what we print.
    connection.execute("SET enable_progress_bar=false")
    connection.execute("SET enable_external_access=false")
    connection.execute("SET lock_configuration=true")
    return connection


def check_file_name(file: object) -> None:
    """Raise an AuditError if the name of a file holds bytes that are no text: DuckDB knows names as text alone.

    Parameters
    ----------
    file : object
        Name or path.

    Raises
    ------
    AuditError
        If it is no text.
    """
    try:
        str(file).encode("utf-8")
    except UnicodeEncodeError:
        raise AuditError(f'"{clean(file, 200)}" is a name with bytes that are no UTF-8 text. Rename it.') from None


def quote(text: object) -> str:
    """Write a text as a literal of SQL.

    Parameters
    ----------
    text : object

    Returns
    -------
    str

    Examples
    --------
    >>> quote("it's")
    "'it''s'"
    """
    return "'" + str(text).replace("'", "''") + "'"
