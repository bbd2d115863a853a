"""The commands that watch a model: add the counts of a day to a store, and report on any window of it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from biasaudit.cli._options import (
    Count,
    PosLabel,
    Reference,
    SampleWeight,
    Score,
    SensitiveFeatures,
    Threshold,
    YPred,
    YTrue,
)
from biasaudit.cli._reading import is_shipped, read_target
from biasaudit.cli._reports import Reports, checked, finish, writes
from biasaudit.cli._signatures import arguments, takes_options
from biasaudit.cli.printing import say, width
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


@dataclass(frozen=True)
class CountOptions:
    """Arguments of :func:`biasaudit.audit_predictions` that say how rows are counted."""

    sensitive_features: SensitiveFeatures = None
    y_true: YTrue = None
    y_pred: YPred = None
    score: Score = None
    threshold: Threshold = None
    pos_label: PosLabel = None
    sample_weight: SampleWeight = None
    count: Count = None


@monitor.command()
@takes_options
def add(
    store: Annotated[Path, typer.Argument(help="File of the store; the first day makes it.")],
    tables: Annotated[
        list[str], typer.Argument(help="The day's rows, as files; without --sensitive, tables of counts saved before.")
    ],
    day: Annotated[str, typer.Option(help="The day, such as 2026-01-31.", show_default=False)],
    options: CountOptions,
    min_cell: Annotated[int, typer.Option(help="Withhold the counts of cells with fewer rows.")] = 0,
    replace: Annotated[bool, typer.Option("--replace", help="Take the place of the day's table.")] = False,
) -> None:
    """Add the counts of a day; it is on the disk, whole, when the command ends."""
    from biasaudit.monitoring import Store

    columns = {name: value for name, value in arguments(options).items() if value is not None}
    read = _counted if options.sensitive_features else _saved
    total = reduce(lambda sum_, table: sum_ + table, read(tables, columns))
    Store(store).append(total, day=day, min_cell=min_cell, replace=replace)
    say(f"Added {day} to {store}: {total.n:,} rows.")


def _counted(tables: list[str], columns: dict[str, Any]) -> list[Crosstab]:
    from biasaudit.audits.audit_predictions import audit_decisions

    return [audit_decisions(read_target(target), **columns).table for target in tables]


def _saved(tables: list[str], columns: dict[str, Any]) -> list[Crosstab]:
    """Read tables of counts, in which no column is left to be named."""
    from biasaudit.counts.table.crosstab import Crosstab

    if columns:
        option = f"--{next(iter(columns)).replace('_', '-')}"
        raise AuditError(f"{option} is for files of rows: name their sensitive features too, with --sensitive.")
    rows = [target for target in tables if is_shipped(target)]
    if rows:
        raise AuditError(
            f'"{rows[0]}" is a data set and no table of counts. Name its --sensitive features, to count it.'
        )
    return [Crosstab.load(target) for target in tables]


@dataclass(frozen=True)
class WindowOptions:
    """Arguments of both :meth:`biasaudit.monitoring.Store.watch` and :meth:`biasaudit.monitoring.Store.audit`."""

    since: Annotated[str | None, typer.Option(help="First day; the same in every look.")] = None
    until: Annotated[str | None, typer.Option(help="Last day.")] = None
    reference: Reference = None


@monitor.command(epilog=exit_codes())
@writes("the audit of the window")
def report(
    store: Annotated[Path, typer.Argument(help="File of the store.")],
    metrics: Annotated[
        list[str] | None,
        typer.Option("--metrics", "--metric", help="Rate to watch, once for each; else selection_rate."),
    ] = None,
    *,
    options: WindowOptions,
    alpha: Annotated[float, typer.Option(help="Chance of any false alarm, however often one looks.")] = 0.05,
    independent_rows: Annotated[
        bool, typer.Option("--independent-rows", help="Take days as alike but for independent rows.")
    ] = False,
    confidence: Annotated[float, typer.Option(help="Confidence of the audit's intervals.")] = 0.95,
    reports: Reports,
) -> None:
    """Audit a window and say whether a gap has changed: exit 0 if not, 1 on an alarm, 2 on bad input."""
    from biasaudit.monitoring import Store
    from biasaudit.reporting.formats.terminal import to_text

    requested = checked(reports)
    counts, window = Store(store), arguments(options)
    watched = counts.watch(metrics or "selection_rate", **window, alpha=alpha, independent_rows=independent_rows)
    found = counts.audit(**window, confidence=confidence)
    finish(found, f"{to_text(found.report(), width=width())}\n\n{watched!r}", requested)
    if watched.alarm:
        raise typer.Exit(ExitCode.DOES_NOT_HOLD)
