"""Look a declared row up by its name, or say which names there are."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Protocol, TypeVar

from biasaudit.errors import AuditError, nearest
from biasaudit.names import clean

__all__ = ["by_name"]


class Named(Protocol):
    """What has a name."""

    @property
    def name(self) -> str:
        """Name that no other row has."""


NamedRow = TypeVar("NamedRow", bound=Named)


def by_name(
    rows: Sequence[NamedRow],
    name: Any,
    what: str,
    listed: str,
    *,
    aliases: Callable[[NamedRow], Iterable[str]] | None = None,
) -> NamedRow:
    """Return the row of a name.

    Parameters
    ----------
    rows : sequence
        With a `name` each.
    name : object
        What was asked for.
    what, listed : str
        What a row is, with its article, and what all of them are called, for the message.
    aliases : callable, optional
        Returns the other names that a row goes by.

    Returns
    -------
    object
        The row.

    Raises
    ------
    AuditError
        If there is none of the name.

    Examples
    --------
    >>> from biasaudit.scenarios import SCENARIOS
    >>> by_name(SCENARIOS, "hiring", "a scenario", "Scenarios").name
    'hiring'
    """
    known = [(called, row) for row in rows for called in (row.name, *(aliases(row) if aliases else ()))]
    for called, row in known:
        if called == name:
            return row
    shown, names = clean(str(name)), ", ".join(row.name for row in rows)
    raise AuditError(f'"{shown}" is not {what}.{nearest(shown, [called for called, _ in known])} {listed}: {names}.')
