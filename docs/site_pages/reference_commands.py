"""A page for each command: usage, arguments and options as it prints them itself, and an example that was run."""

from __future__ import annotations

import contextlib
import io
import os
import re
import shlex
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from biasaudit.exit_codes import ExitCode

from .reference_pages import table, title
from .writing import write_folder

__all__ = ["EXAMPLES", "Command", "Example", "command_pages", "commands", "make_command_pages", "options_page"]

WIDTH = "96"
COUNTED = "--sensitive gender --y-pred admitted"
SPACES = re.compile(r"\s*\[(required|default: .*)\]$")
SPEECH = "speaker,accent,wrong,words\n" + "".join(
    f"{accent[0]}{person},{accent},{wrong},40\n"
    for accent, heard in (("Glasgow", (14, 11, 17, 9, 15, 12)), ("London", (4, 6, 3, 7, 5, 2)))
    for person, wrong in enumerate(heard)
)


class Command(NamedTuple):
    """A command of the program, under the words that call it."""

    words: str
    click: Any
    context: Any

    @property
    def file(self) -> str:
        """Name of its page."""
        return self.words.replace(" ", "-")


class Example(NamedTuple):
    """What to type for a command; what has no lines that run here says why."""

    command: str
    lines: tuple[str, ...]
    shown: int = 18
    not_run: str = ""


EXAMPLES = (
    Example("audit", ("biasaudit audit berkeley --html audit.html",)),
    Example("audit-text", ("biasaudit audit-text alt-profanity-check",), not_run="It needs the extra `text`."),
    Example("check", ("biasaudit check --policy four_fifths berkeley",), 8),
    Example("compare", ("biasaudit compare hiring --mitigation reweighing --folds 2",), 16),
    Example(
        "cv",
        ("biasaudit cv", "biasaudit cv --url https://cv.example/score --header X-Key=secret"),
        not_run="It needs the extra `cv`, or your service.",
    ),
    Example("dashboard", ("biasaudit dashboard",), not_run="It serves until it is stopped; extra `dashboard`."),
    Example("data", ("biasaudit data ricci",), 16),
    Example("datasets", ("biasaudit datasets",)),
    Example(
        "errors", ("biasaudit errors heard.csv --errors wrong --trials words --sensitive accent --cluster speaker",), 16
    ),
    Example("init", ("biasaudit init berkeley",)),
    Example("learn", ("biasaudit learn",)),
    Example("monitor add", (f"biasaudit monitor add counts.db berkeley --day 2026-01-31 {COUNTED}",)),
    Example("monitor report", ("biasaudit monitor report month.db --metric selection_rate",), 30),
    Example("scenario", ("biasaudit scenario",), 16),
    Example("schema", ("biasaudit schema --policy",), 14),
    Example("subgroups", ("biasaudit subgroups law_resumes",), 16),
)


def commands() -> tuple[Command, ...]:
    """List every command by its name, those of a family under theirs."""
    from typer.main import get_command

    from biasaudit.cli.app import app

    root = get_command(app)
    return tuple(sorted(_inside(root, root.context_class(root, info_name="biasaudit")), key=lambda one: one.words))


def _inside(group: Any, context: Any, before: str = "") -> Iterator[Command]:
    for name, click in group.commands.items():
        inner = click.context_class(click, info_name=name, parent=context)
        words = f"{before}{name}"
        if hasattr(click, "commands"):
            yield from _inside(click, inner, f"{words} ")
        else:
            yield Command(words, click, inner)


def make_command_pages(srcdir: str | Path) -> None:
    """Write a page for every command, and the list of them."""
    write_folder(Path(srcdir) / "api" / "commands" / "made", dict(command_pages()))


def command_pages() -> Iterator[tuple[str, str]]:
    """Yield the file and the text of every command's page, and of the list."""
    listed = commands()
    for command in listed:
        yield f"{command.file}.rst", "\n".join(_page(command))
    rows = [(f":doc:`biasaudit {one.words} <made/{one.file}>`", one.click.help) for one in listed]
    inside = [".. toctree::", "   :hidden:", "", *(f"   made/{one.file}" for one in listed), ""]
    yield "list.txt", "\n".join([*table("", rows), *inside])


def _page(command: Command) -> Iterator[str]:
    yield from options_page(command)
    yield from _example(next(one for one in EXAMPLES if one.command == command.words))
    yield from table("Exit codes", [(f"``{int(code)}``", code.means) for code in ExitCode])


def options_page(command: Command) -> Iterator[str]:
    """Write what a command does, how it is called, and each of its arguments and options."""
    yield from title(f"biasaudit {command.words}")
    yield from (command.click.help, "", ".. code-block:: text", "")
    yield f"   {command.click.get_usage(command.context).removeprefix('Usage: ')}"
    yield ""
    for kind, name in (("argument", "Arguments"), ("option", "Options")):
        records = [one.get_help_record(command.context) for one in command.click.params if one.param_type_name == kind]
        rows = [(f"``{shown}``", _said(text)) for shown, text in filter(None, records)]
        yield from table(name, rows) if rows else ()


def _said(text: str) -> str:
    """Set off what is required, and what is taken where nothing is given."""
    found = SPACES.search(text)
    return f"{SPACES.sub('', text)} (*{found[1]}*)" if found else text


def _example(example: Example) -> Iterator[str]:
    yield from (".. rubric:: Example", "")
    if example.not_run:
        yield from (example.not_run, "")
    yield from (".. code-block:: console", "")
    for line, printed in _printed(example):
        yield f"   $ {line}"
        lines = printed.rstrip().splitlines()
        yield from (f"   {one}".rstrip() for one in lines[: example.shown])
        yield from ("   …",) if len(lines) > example.shown else ()
    yield ""


def _printed(example: Example) -> Iterator[tuple[str, str]]:
    if example.not_run:
        yield from ((line, "") for line in example.lines)
        return
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        PREPARED.get(example.command, lambda: None)()
        yield from ((line, _run(line)) for line in example.lines)


def _heard() -> None:
    """Lay down what a recogniser heard of twelve people."""
    Path("heard.csv").write_text(SPEECH, "utf-8")


def _month() -> None:
    """Lay down the counts of fifteen days."""
    import biasaudit as ba

    store, applicants = ba.monitoring.Store("month.db"), ba.datasets.load_berkeley().frame
    for day in range(1, 16):
        rows = applicants.sample(1_000, random_state=day)
        store.append(ba.count(rows, sensitive_features="gender", y_pred="admitted"), day=f"2026-01-{day:02}")


# Files that examples speak of.
PREPARED = {"errors": _heard, "monitor report": _month}


def _run(line: str) -> str:
    """Run a line of the command line in this process, and return what it printed."""
    from biasaudit.cli.app import app

    shown = io.TextIOWrapper(io.BytesIO(), "utf-8")
    before = os.environ.get("COLUMNS")
    os.environ["COLUMNS"] = WIDTH
    try:
        with contextlib.redirect_stdout(shown):
            app(shlex.split(line)[1:], standalone_mode=False, prog_name="biasaudit")
    finally:
        os.environ.pop("COLUMNS") if before is None else os.environ.update(COLUMNS=before)
    shown.seek(0)
    return shown.read()
