"""The options that write reports, declared once for all commands, and the files they make."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from biasaudit.cli.parts import named_files, say
from biasaudit.errors import AuditError
from biasaudit.reporting.render import FORMATS, render

__all__ = ["Reports", "checked", "finish", "texts_of", "writes"]

Reports = dict[str, Path | None]
Command = Callable[..., None]


# The formats that have an option in every command come first, in this order.
FIRST = ("json", "html", "markdown")


def writes(what: str, of: str = "Report", formats: Sequence[str] = ()) -> Callable[[Command], Command]:
    """Give a command an option for each format in place of its argument `reports`, which is handed what was asked.

    Parameters
    ----------
    what : str
        What is written, for the help: "the audit".
    of : str
        Kind of result that :data:`biasaudit.reporting.render.FORMATS` has these formats for.
    formats : sequence of str
        All that go to a file and ask for nothing more, unless some are named.
    """
    words = {row.name: row.what for row in FORMATS if row.of == of and row.ending and not row.asks}
    formats = formats or sorted(words, key=(*FIRST, *words).index)
    options = [
        inspect.Parameter(
            name,
            inspect.Parameter.KEYWORD_ONLY,
            default=None,
            annotation=Annotated[Path | None, typer.Option(help=f"Write {what} as {words[name]}.")],
        )
        for name in formats
    ]

    def extended(command: Command) -> Command:
        listed = []
        for own in inspect.signature(command, eval_str=True).parameters.values():
            listed += options if own.name == "reports" else [own.replace(kind=inspect.Parameter.KEYWORD_ONLY)]

        @functools.wraps(command)
        def run(**given: Any) -> None:
            command(reports={name: given.pop(name) for name in formats}, **given)

        run.__signature__ = inspect.Signature(listed)  # type: ignore[attr-defined]
        return named_files(run)

    return extended


def checked(reports: Reports, **others: Path | None) -> dict[str, Path]:
    """Check that every report can be written, before anything is counted; return those that were asked for."""
    from biasaudit.reporting.files import check_writable

    asked = {name: path for name, path in {**reports, **others}.items() if path is not None}
    for path in asked.values():
        check_writable(path)
    if len({path.resolve() for path in asked.values()}) < len(asked):
        raise AuditError("Two reports would go to the same file. Give each a name of its own.")
    return asked


def finish(found: Any, told: str, reports: dict[str, Path]) -> None:
    """Say what was found and write the reports."""
    from biasaudit.reporting.files import write_texts

    texts = texts_of(found, reports)
    say(told)
    write_texts(texts)
    for path in texts:
        say(f"Wrote {path}")


def texts_of(found: Any, reports: dict[str, Path]) -> dict[Path, str]:
    """Make every text before the first file is written: a failure leaves nothing behind."""
    return {path: render(found, name) for name, path in reports.items()}
