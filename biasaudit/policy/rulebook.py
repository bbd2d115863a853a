"""A policy that was read: its rules, and where each key of them stands in its file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from biasaudit.errors import AuditError
from biasaudit.names import clean
from biasaudit.policy._toml_lines import line_of

if TYPE_CHECKING:
    from biasaudit.policy.document import Columns, Document, Rule

__all__ = ["Policy"]


@dataclass(frozen=True)
class Policy:
    """Rules over an audit, and where each key of them stands.

    Parameters
    ----------
    document : Document
        What the file says.
    source : str
        Name of the file, for messages and annotations.
    lines : mapping of path to int
        Line of each key.

    Examples
    --------
    >>> from biasaudit.policy import loads
    >>> text = '''
    ... name = "Invitations"
    ... [[rules]]
    ... metric = "selection_rate"
    ... comparison = "ratio"
    ... min = 0.8
    ... '''
    >>> policy = loads(text.strip(), source="policy.toml")
    >>> policy.name, len(policy.rules), policy.rules[0].min
    ('Invitations', 1, 0.8)
    """

    document: Document
    source: str = "policy"
    lines: Mapping[tuple[str | int, ...], int] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Name of the policy."""
        return self.document.name

    @property
    def rules(self) -> tuple[Rule, ...]:
        """Its rules, in the order of the file."""
        return tuple(self.document.rules)

    @property
    def columns(self) -> Columns:
        """Which column means what."""
        return self.document.columns

    def line(self, *path: str | int) -> int:
        """Return the line of a key.

        Parameters
        ----------
        *path : str or int
            Keys and places in lists that lead to it.

        Returns
        -------
        int

        Examples
        --------
        >>> from biasaudit.policy import loads
        >>> text = '''
        ... name = "Invitations"
        ... [[rules]]
        ... metric = "selection_rate"
        ... comparison = "ratio"
        ... min = 0.8
        ... '''
        >>> policy = loads(text.strip(), source="policy.toml")
        >>> policy.line("rules", 0, "min")
        5
        """
        return line_of(self.lines, path)

    def wrong(self, path: tuple[str | int, ...], sentence: str) -> AuditError:
        """Make the error that says what is wrong with a key.

        Parameters
        ----------
        path : tuple of str or int
            Keys and places in lists that lead to it.
        sentence : str
            What is wrong.

        Returns
        -------
        AuditError

        Examples
        --------
        >>> from biasaudit.policy import loads
        >>> text = '''
        ... name = "Invitations"
        ... [[rules]]
        ... metric = "selection_rate"
        ... comparison = "ratio"
        ... min = 0.8
        ... '''
        >>> policy = loads(text.strip(), source="policy.toml")
        >>> raise policy.wrong(("rules", 0, "min"), "0.8 is not what was agreed.")
        Traceback (most recent call last):
        ...
        biasaudit.errors.AuditError: policy.toml, line 5: 0.8 is not what was agreed.
        """
        # Names of groups and columns are data: nothing in them may steer a screen.
        return AuditError(f"{self.source}, line {self.line(*path)}: {clean(sentence, 2000)}")
