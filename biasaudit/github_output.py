"""What GitHub's runner takes for a command, kept out of everything that is printed but the commands meant as such."""

from __future__ import annotations

import io
import os
import re
import sys
import unicodedata
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TextIO

__all__ = ["command", "escaped", "harmless", "harmless_output", "is_github", "issue"]

LINE_END = re.compile(r"([\r\n])")


def is_github(environment: Mapping[str, str]) -> bool:
    """Say whether this is a step of GitHub Actions."""
    return environment.get("GITHUB_ACTIONS") == "true"


def escaped(text: str) -> str:
    r"""Escape what would end a command.

    Examples
    --------
    >>> escaped("50 %\n::error::x")
    '50 %25%0A::error::x'
    """
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def command(kind: str, text: str, **properties: str) -> str:
    """Write a command, such as an annotation; nothing in its text and properties can start another one.

    Examples
    --------
    >>> command("error", "50 %", title="a, b: c")
    '::error title=a%2C b%3A c::50 %25'

    References
    ----------
    GitHub Docs, "Workflow commands for GitHub Actions".
    """
    written = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
    return f"::{kind}{' ' * bool(written)}{written}::{escaped(text)}"


def _property(text: str) -> str:
    return escaped(text).replace(":", "%3A").replace(",", "%2C")


def harmless(text: str) -> str:
    r"""Write text so that no line of it is a command: ``::`` where a line starts, and ``##[`` anywhere.

    The runner ends lines at ``\r`` as well as at ``\n``, and passes over space of any kind before ``::``; what cannot
    be seen counts as space here.

    Examples
    --------
    >>> harmless("a ::b::\n ::error::c ##[group]d")
    'a ::b::\n : :error::c ## [group]d'
    """
    return "".join(map(_line, LINE_END.split(text))) if "::" in text or "##[" in text else text


def _line(line: str) -> str:
    start = len(line) - len(_shown(line))
    if line.startswith("::", start):
        line = f"{line[:start]}: :{line[start + 2 :]}"
    return line.replace("##[", "## [")


def _shown(line: str) -> str:
    """Leave out what stands at the start of a line and is not seen."""
    start = next((at for at, letter in enumerate(line) if _is_seen(letter)), len(line))
    return line[start:]


def _is_seen(letter: str) -> bool:
    return letter.isprintable() and not letter.isspace() and not unicodedata.category(letter).startswith("M")


class _Harmless(io.TextIOBase):
    """A stream that passes text on with no command in it, in however many pieces that text comes.

    It has no `buffer`: whoever wrote bytes there would go past it.
    """

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream
        # Of the line that has not ended, what decides whether the next piece makes it a command.
        self.unfinished = ""

    @property
    def encoding(self) -> str:  # type: ignore[override]
        return self.stream.encoding

    @property
    def errors(self) -> str | None:  # type: ignore[override]
        return self.stream.errors

    def writable(self) -> bool:
        return True

    def isatty(self) -> bool:
        return self.stream.isatty()

    def fileno(self) -> int:
        return self.stream.fileno()

    def flush(self) -> None:
        self.stream.flush()

    def write(self, text: str, /) -> int:
        # Of a piece that is made harmless nothing changes when another one follows it.
        whole = harmless(self.unfinished + text)
        self.stream.write(whole[len(self.unfinished) :])
        shown = _shown(LINE_END.split(whole)[-1])
        self.unfinished = shown if shown in ("", ":") else f"x{shown[-2:]}"
        return len(text)


def issue(written: str) -> None:
    """Print a command that is meant as one, on a line of its own."""
    stream = sys.stdout
    if isinstance(stream, _Harmless):
        stream.write("\n" * bool(stream.unfinished))
        stream = stream.stream
    stream.write(f"{written}\n")
    stream.flush()


@contextmanager
def harmless_output() -> Iterator[None]:
    """Let nothing that is printed inside be a command of GitHub's runner, where this runs there.

    Only :func:`issue` prints commands: text of tables, policies and arguments reaches messages, warnings and usage
    errors alike.
    """
    if not is_github(os.environ):
        yield
        return
    before = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = (stream and _Harmless(stream) for stream in before)
    try:
        yield
    finally:
        sys.stdout, sys.stderr = before
