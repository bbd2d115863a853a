"""The command line, put together: each command stands in the file of its family."""

from __future__ import annotations

from typing import Annotated

import typer

from biasaudit.cli._audit import audit
from biasaudit.cli._catalogue import datasets, schema
from biasaudit.cli._compare import compare
from biasaudit.cli._cv import cv
from biasaudit.cli._dashboard import dashboard
from biasaudit.cli._data import data
from biasaudit.cli._errors import errors
from biasaudit.cli._learn import learn
from biasaudit.cli._monitor import monitor
from biasaudit.cli._policy import check, init
from biasaudit.cli._scenario import scenario
from biasaudit.cli._subgroups import subgroups
from biasaudit.cli._text import audit_text
from biasaudit.cli.printing import say
from biasaudit.exit_codes import exit_codes
from biasaudit.version import __version__

__all__ = ["app"]

app = typer.Typer(
    name="biasaudit",
    help="Audit data and predictions for gaps between groups, and hear when the data cannot tell.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    epilog=exit_codes(),
)

app.command(epilog=exit_codes())(check)
for _command in (
    init,
    audit_text,
    learn,
    audit,
    data,
    errors,
    subgroups,
    cv,
    compare,
    datasets,
    scenario,
    dashboard,
    schema,
):
    app.command()(_command)
app.add_typer(monitor)


def _version(wanted: bool) -> None:
    if wanted:
        say(f"biasaudit {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version and stop.", callback=_version, is_eager=True)
    ] = False,
) -> None:
    pass
