"""The parts of docs/measured that commands make anew: each stands between two marks, and one script writes it.

A part begins with ``<!-- NAME: begin -->`` and ends with ``<!-- NAME: end -->``, each on a line of its own. What stands
around it is written by hand and stays as it is.
"""

import os
import re
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from datetime import date
from io import StringIO
from pathlib import Path

import biasaudit

MEASURED = Path(__file__).parents[1] / "docs" / "measured"


class Told(StringIO):
    """Keeps what is printed, and lets it be seen on stderr while it comes."""

    def write(self, text: str) -> int:
        sys.stderr.write(text)
        sys.stderr.flush()
        return super().write(text)


@contextmanager
def measured_part(
    page: str, part: str, *, command: str = "make coverage", trial: bool = False, begun: float | None = None
) -> Iterator[None]:
    """Put what is printed inside between the marks of a part of a page; a trial, or a failure, leaves it as it is.

    Parameters
    ----------
    page, part : str
        The page of docs/measured, without its ``.md``, and the name in its marks.
    command : str
        What makes the part anew, for the line below it.
    trial : bool
        Whether less was measured than the page tells of.
    begun : float, optional
        When measuring began by ``time.perf_counter()``, where that was before this part.
    """
    check_part(page, part)
    started, told = begun or time.perf_counter(), Told()
    with redirect_stdout(told):
        yield
    if trial:
        print(f"A trial: docs/measured/{page}.md stays as it is.", file=sys.stderr)
    else:
        write_part(page, part, f"{told.getvalue().strip()}\n\n{_made(command, time.perf_counter() - started)}")


def check_part(page: str, part: str) -> None:
    """Stop with a sentence where a page has no such part, before anything is measured."""
    path, marks = MEASURED / f"{page}.md", _marks(part)
    lines = path.read_text("utf-8").splitlines() if path.exists() else []
    found = [lines.count(mark) for mark in marks]
    if found != [1, 1] or lines.index(marks[0]) > lines.index(marks[1]):
        begin, end = marks
        raise SystemExit(f"docs/measured/{page}.md needs {begin} and below it {end}, each once on a line of its own.")


def write_part(page: str, part: str, text: str) -> None:
    """Replace what stands between the marks of a part, and nothing else; a reader sees the old page or the new one."""
    check_part(page, part)
    path, (begin, end) = MEASURED / f"{page}.md", _marks(part)
    written = _between(part).sub(lambda _: f"{begin}\n\n{text.strip()}\n\n{end}", path.read_text("utf-8"))
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    beside.write_text(written, "utf-8")
    beside.replace(path)


def _marks(part: str) -> tuple[str, str]:
    return f"<!-- {part}: begin -->", f"<!-- {part}: end -->"


def _between(part: str) -> re.Pattern[str]:
    begin, end = (re.escape(mark) for mark in _marks(part))
    return re.compile(f"^{begin}$.*?^{end}$", re.DOTALL | re.MULTILINE)


def _made(command: str, seconds: float) -> str:
    """Say what made a part, when, of which version, and how long it took."""
    number, unit = (seconds / 60, "minute") if seconds >= 90 else (seconds, "second")
    number = max(1, round(number))
    took = f"{number} {unit}{'s' if number > 1 else ''}"
    return f"*Made by `{command}` on {date.today()}, biasaudit {biasaudit.__version__}, in {took}.*"
