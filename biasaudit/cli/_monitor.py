"""The commands that watch a model: add the counts of a day to a store, and report on any window of it."""

from __future__ import annotations

from functools import reduce
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from biasaudit.cli._reports import Reports, checked, finish, writes
from biasaudit.cli.parts import is_shipped, named_files, read_pairs, read_target, say, width
from biasaudit.errors import AuditError
from biasaudit.exit_codes import ExitCode, exit_codes

if TYPE_CHECKING:
    from biasaudit.counts.table.crosstab import Crosstab

__all__ = ["monitor"]

monitor = typer.Typer(
    name="monitor",
    help="Watch a model: append each day's counts to a small store, audit any window, hear when a gap has changed.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@monitor.command()
@named_files
def add(
    store: Annotated[Path, typer.Argument(help="File of the store; the first day makes it.")],
    tables: Annotated[
        list[str], typer.Argument(help="The day's rows, as files; without --sensitive, tables of counts saved before.")
    ],
    day: Annotated[str, typer.Option(help="The day, such as 2026-01-31.", show_default=False)],
    sensitive: Annotated[list[str] | None, typer.Option(help="Sensitive feature; give it once for each.")] = None,
    y_true: Annotated[str | None, typer.Option(help="Column of labels.")] = None,
    y_pred: Annotated[str | None, typer.Option(help="Column of predictions or decisions.")] = None,
    score: Annotated[str | None, typer.Option(help="Column of scores.")] = None,
    threshold: Annotated[float | None, typer.Option(help="Predict positive from this score on.")] = None,
    pos_label: Annotated[str | None, typer.Option(help="Value that counts as positive.")] = None,
    weight: Annotated[str | None, typer.Option(help="Column of sample weights.")] = None,
    count: Annotated[str | None, typer.Option(help="Column of how many people a row stands for.")] = None,
    min_cell: Annotated[int, typer.Option(help="Withhold the counts of cells with fewer rows.")] = 0,
    replace: Annotated[bool, typer.Option("--replace", help="Take the place of the day's table.")] = False,
) -> None:
    """Add the counts of a day; it is on the disk, whole, when the command ends."""
    from biasaudit.counts.table.crosstab import Crosstab
    from biasaudit.monitoring import Store

    asked = {
        "y_true": y_true,
        "y_pred": y_pred,
        "score": score,
        "threshold": threshold,
        "pos_label": pos_label,
        "sample_weight": weight,
        "count": count,
    }
    named = [f"--{name.replace('_', '-')}" for name, value in asked.items() if value is not None]
    if sensitive is None and named:
        raise AuditError(f"{named[0]} is for files of rows: name their sensitive features too, with --sensitive.")
    rows = [target for target in tables if sensitive is None and is_shipped(target)]
    if rows:
        raise AuditError(
            f'"{rows[0]}" is a data set and no table of counts. Name its --sensitive features, to count it.'
        )
    counted = [_counted(target, sensitive, asked) if sensitive else Crosstab.load(target) for target in tables]
    total = reduce(lambda sum_, table: sum_ + table, counted)
    Store(store).append(total, day=day, min_cell=min_cell, replace=replace)
    say(f"Added {day} to {store}: {total.n:,} rows.")


def _counted(target: str, sensitive: list[str], asked: dict[str, Any]) -> Crosstab:
    from biasaudit.audits.predictions.audit_predictions import audit_predictions

    return audit_predictions(read_target(target), sensitive_features=sensitive, **asked).table


@monitor.command(epilog=exit_codes())
@writes("the audit of the window")
def report(
    store: Annotated[Path, typer.Argument(help="File of the store.")],
    metric: Annotated[list[str] | None, typer.Option(help="Rate to watch, once for each; else selection_rate.")] = None,
    since: Annotated[str | None, typer.Option(help="First day; the same in every look.")] = None,
    until: Annotated[str | None, typer.Option(help="Last day.")] = None,
    reference: Annotated[list[str] | None, typer.Option(help="Reference group: feature=value.")] = None,
    alpha: Annotated[float, typer.Option(help="Chance of any false alarm, however often one looks.")] = 0.05,
    independent_rows: Annotated[
        bool, typer.Option("--independent-rows", help="Take days as alike but for independent rows.")
    ] = False,
    confidence: Annotated[float, typer.Option(help="Confidence of the audit's intervals.")] = 0.95,
    *,
    reports: Reports,
) -> None:
    """Audit a window and say whether a gap has changed: exit 0 if not, 1 on an alarm, 2 on bad input."""
    from biasaudit.monitoring import Store
    from biasaudit.reporting.formats.terminal import to_text

    wanted = checked(reports)
    kept, pairs = Store(store), read_pairs("--reference", reference, "race=White")
    asked: dict[str, Any] = {"since": since, "until": until, "reference": pairs}
    watched = kept.watch(metric or "selection_rate", **asked, alpha=alpha, independent_rows=independent_rows)
    found = kept.audit(**asked, confidence=confidence)
    finish(found, f"{to_text(found.report(), width=width())}\n\n{watched!r}", wanted)
    if watched.alarm:
        raise typer.Exit(ExitCode.DOES_NOT_HOLD)
