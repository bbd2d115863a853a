"""The options that write reports, declared once for all commands, and the files they make."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, Any, get_args

import typer
from typer.models import ArgumentInfo

from biasaudit.cli_parts import check_name, say
from biasaudit.errors import AuditError
from biasaudit.reporting.render import FORMATS, render

__all__ = ["Reports", "checked", "finish", "texts_of", "writes"]

Reports = dict[str, Path | None]
Command = Callable[..., None]


def writes(
    what: str, of: str = "Report", formats: Sequence[str] = ("json", "html", "markdown")
) -> Callable[[Command], Command]:
    """Give a command an option for each format in place of its argument `reports`, which is handed what was asked.

    Parameters
    ----------
    what : str
        What is written, for the help: "the audit".
    of : str
        Kind of result that :data:`biasaudit.reporting.render.FORMATS` has these formats for.
    formats : sequence of str
    """
    words = {row.name: row.what for row in FORMATS if row.of == of}
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
        files = [one.name for one in listed if _names_a_file(one)]

        @functools.wraps(command)
        def run(**given: Any) -> None:
            for name in files:
                for named in given[name] if isinstance(given[name], list) else [given[name]]:
                    check_name("" if named is None else str(named))
            command(reports={name: given.pop(name) for name in formats}, **given)

        # Typer reads names and types of options from here.
        run.__signature__ = inspect.Signature(listed)  # type: ignore[attr-defined]
        run.__annotations__ = {one.name: one.annotation for one in listed}
        return run

    return extended


def _names_a_file(parameter: inspect.Parameter) -> bool:
    """Say whether a parameter of a command names a file, or a target that may be one."""
    kind, *how = get_args(parameter.annotation) or (parameter.annotation,)
    return kind is Path or Path in get_args(kind) or any(isinstance(one, ArgumentInfo) for one in how)


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
