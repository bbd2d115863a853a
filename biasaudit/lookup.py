"""Look a declared row up by its name, or say which names there are."""

from __future__ import annotations

from collections.abc import Sequence
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


def by_name(rows: Sequence[NamedRow], name: Any, what: str, listed: str) -> NamedRow:
    """Return the row of a name.

    Parameters
    ----------
    rows : sequence
        With a `name` each.
    name : object
        What was asked for.
    what, listed : str
        What a row is, with its article, and what all of them are called, for the message.

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
    names = [row.name for row in rows]
    if name not in names:
        shown = clean(str(name))
        raise AuditError(f'"{shown}" is not {what}.{nearest(shown, names)} {listed}: {", ".join(names)}.')
    return rows[names.index(name)]
