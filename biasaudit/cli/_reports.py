"""The options that write reports, declared once for all commands, and the files they make."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from biasaudit.cli._signatures import Command, OptionGroup, takes_options
from biasaudit.cli.printing import say, width
from biasaudit.errors import AuditError
from biasaudit.reporting.render import FORMATS, render

__all__ = ["Reports", "checked", "finish", "texts_of", "texts_to_print", "writes"]

Reports = dict[str, Path | None]


# The formats that have an option in every command come first, in this order.
FIRST = ("json", "html", "markdown")


def writes(what: str, of: str = "Report", formats: Sequence[str] = ()) -> Callable[[Command], Command]:
    """Give a command an option for each format in place of its argument `reports`, which is handed what was given.

    Parameters
    ----------
    what : str
        What is written, for the help: "the audit".
    of : str
        Kind of result that :data:`biasaudit.reporting.render.FORMATS` has these formats for.
    formats : sequence of str
        All that go to a file and ask for nothing more, unless some are named.
    """
    words = {row.name: row.what for row in FORMATS if row.of == of and row.ending and not row.requires}
    formats = formats or sorted(words, key=(*FIRST, *words).index)
    options = tuple(
        inspect.Parameter(
            name,
            inspect.Parameter.KEYWORD_ONLY,
            default=None,
            annotation=Annotated[Path | None, typer.Option(help=f"Write {what} as {words[name]}.")],
        )
        for name in formats
    )
    return lambda command: takes_options(command, reports=OptionGroup(options, dict))


def checked(reports: Reports, **others: Path | None) -> dict[str, Path]:
    """Check that every report can be written, before anything is counted; return those that were asked for."""
    from biasaudit.reporting.files import check_writable

    requested = {name: path for name, path in {**reports, **others}.items() if path is not None}
    for path in requested.values():
        check_writable(path)
    if len({path.resolve() for path in requested.values()}) < len(requested):
        raise AuditError("Two reports would go to the same file. Give each a name of its own.")
    return requested


def texts_to_print(report: Any, **how: Any) -> list[str]:
    """Write what a terminal shows of a report: the answer, the rates of each group, and the sections."""
    from biasaudit.reporting.formats.sections import section_texts
    from biasaudit.reporting.formats.terminal import rate_tables, to_text
    from biasaudit.reporting.words.breakdowns import printed_metrics

    return [
        to_text(report, width=width(), **how),
        rate_tables(report, printed_metrics(report), width=width()),
        section_texts(report, width=width()),
    ]


def finish(found: Any, text: str, reports: dict[str, Path]) -> None:
    """Print what was found and write the reports."""
    from biasaudit.reporting.files import write_texts

    texts = texts_of(found, reports)
    say(text)
    write_texts(texts)
    for path in texts:
        say(f"Wrote {path}")


def texts_of(found: Any, reports: dict[str, Path]) -> dict[Path, str]:
    """Make every text before the first file is written: a failure leaves nothing behind."""
    return {path: render(found, name) for name, path in reports.items()}
