"""A call of the package, which a page runs and shows: the numbers on it come from the code under it."""

from __future__ import annotations

import hashlib
import keyword
import operator
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import biasaudit as ba

__all__ = ["Attribute", "Call", "Upload", "call", "method"]

WIDTH = 88


@dataclass(frozen=True)
class Upload:
    """A file that somebody uploaded: its name for people, and the digest under which its session keeps it.

    Parameters
    ----------
    name : str
        As the browser sent it: for display alone, never a path.
    digest : str
        SHA-256 of the content.
    """

    name: str
    digest: str

    def __repr__(self) -> str:
        return repr(self.name)


@dataclass(frozen=True)
class Attribute:
    """An attribute of what a call returns, such as the data of a scenario."""

    of: Call
    name: str

    def __repr__(self) -> str:
        return f"{self.of.variable}.{self.name}"

    def python(self) -> str:
        """Write the code that gives it."""
        return f"{self.of.python()}\n{self.name} = {self!r}"


@dataclass(frozen=True)
class Call:
    """One call: a function of the package (or a method of what another call returns) and its arguments.

    Parameters
    ----------
    function : str
        Dotted path below ``ba``, or the name of a method where `on` is given.
    positional : tuple
        Literals, uploads, calls or attributes of calls.
    named : tuple of (str, object)
        The same by keyword.
    variable : str
        What the printed code calls the result.
    on : Call, optional
        The call whose result has the method.
    """

    function: str
    positional: tuple[Any, ...] = ()
    named: tuple[tuple[str, Any], ...] = ()
    variable: str = "audit"
    on: Call | None = field(default=None)

    @property
    def needs(self) -> tuple[Call, ...]:
        """The calls whose results this one takes."""
        given = (*self.positional, *(value for _, value in self.named))
        inner = [value.of if isinstance(value, Attribute) else value for value in given]
        found = [value for value in inner if isinstance(value, Call)]
        return (*([self.on] if self.on else []), *found)

    @property
    def uploads(self) -> frozenset[Upload]:
        """The uploads that it or what it needs reads: their results belong to one session."""
        own = frozenset(v for v in (*self.positional, *(v for _, v in self.named)) if isinstance(v, Upload))
        return own.union(*(needed.uploads for needed in self.needs))

    @property
    def key(self) -> str:
        """Digest of the code and of the content of what was uploaded."""
        parts = [self.python(), *sorted(upload.digest for upload in self.uploads), ba.__version__]
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()

    def lines(self) -> Iterator[str]:
        """Yield the statements in the order in which they run, each once."""
        seen: set[str] = set()
        for needed in self.needs:
            for line in needed.lines():
                if line not in seen:
                    seen.add(line)
                    yield line
        yield self._statement()

    def _statement(self) -> str:
        where = f"{self.on.variable}." if self.on else "ba."
        given = [_code(value) for value in self.positional]
        given += [f"{name}={_code(value)}" for name, value in self.named]
        start = f"{self.variable} = {where}{self.function}("
        short = f"{start}{', '.join(given)})"
        if len(short) <= WIDTH or not given:
            return short
        return "\n".join([start, *(f"    {item}," for item in given), ")"])

    def python(self) -> str:
        """Write the code that gives the same result."""
        return "\n".join(["import biasaudit as ba", "", *self.lines()])

    def run(self, results: Any, content: Any, how: Mapping[str, Any] | None = None) -> Any:
        """Make the call.

        Parameters
        ----------
        results : callable
            Gives the result of a call that this one needs.
        content : callable
            Gives the content of an upload.
        how : mapping, optional
            Arguments beside those that are printed.
        """

        def value(given: Any) -> Any:
            if isinstance(given, Call):
                return results(given)
            if isinstance(given, Attribute):
                return getattr(results(given.of), given.name)
            return content(given) if isinstance(given, Upload) else _thawed(given)

        owner = results(self.on) if self.on else ba
        function = operator.attrgetter(self.function)(owner)
        return function(
            *map(value, self.positional), **{name: value(given) for name, given in self.named}, **(how or {})
        )


def call(function: str, /, *positional: Any, variable: str = "audit", **named: Any) -> Call:
    """Make a call; arguments that are None are left out, as nobody would write them.

    Examples
    --------
    >>> print(call("audit_predictions", call("datasets.load_ricci", variable="data"), threshold=None).python())
    import biasaudit as ba
    <BLANKLINE>
    data = ba.datasets.load_ricci()
    audit = ba.audit_predictions(data)
    """
    return Call(function, tuple(map(_frozen, positional)), _named(named), _variable(variable))


def method(on: Call, function: str, /, *positional: Any, variable: str = "found", **named: Any) -> Call:
    """Make a call of a method of what another call returns."""
    return Call(function, tuple(map(_frozen, positional)), _named(named), _variable(variable), on)


def _named(named: dict[str, Any]) -> tuple[tuple[str, Any], ...]:
    return tuple((name, _frozen(value)) for name, value in named.items() if value is not None)


def _variable(name: str) -> str:
    cleaned = re.sub(r"\W", "_", name)
    return f"{cleaned}_" if keyword.iskeyword(cleaned) else cleaned


@dataclass(frozen=True)
class _List:
    items: tuple[Any, ...]


@dataclass(frozen=True)
class _Dict:
    items: tuple[tuple[Any, Any], ...]


def _frozen(value: Any) -> Any:
    """Turn lists and dicts into what can be hashed."""
    if isinstance(value, list):
        return _List(tuple(map(_frozen, value)))
    if isinstance(value, dict):
        return _Dict(tuple((key, _frozen(item)) for key, item in value.items()))
    return value


def _thawed(value: Any) -> Any:
    if isinstance(value, _List):
        return [_thawed(item) for item in value.items]
    return {key: _thawed(item) for key, item in value.items} if isinstance(value, _Dict) else value


def _code(value: Any) -> str:
    if isinstance(value, Call):
        return value.variable
    return repr(_thawed(value))
