"""What the commands print: text for people, and commands for GitHub's runner."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator
from typing import TextIO

import typer

from biasaudit.github_output import issue

__all__ = ["print_command", "say", "width"]


def width() -> int:
    """Columns of the terminal, within what can be read."""
    import shutil

    return max(40, min(120, shutil.get_terminal_size((100, 24)).columns))


def say(text: str, *, err: bool = False) -> None:
    """Print text, in plain letters where the terminal has no others."""
    from biasaudit.reporting.formats.terminal import can_show, plain

    stream = sys.stderr if err else sys.stdout
    if stream is not None:
        with _still_written(stream):
            typer.echo(text if can_show(stream.encoding) else plain(text), err=err)


def print_command(written: str) -> None:
    """Print a command of GitHub's runner."""
    if sys.stdout is not None:
        with _still_written(sys.stdout):
            issue(written)


@contextlib.contextmanager
def _still_written(stream: TextIO) -> Iterator[None]:
    """Let a reader who has gone end nothing: reports are still written, and the exit code is that of the verdict."""
    try:
        yield
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
