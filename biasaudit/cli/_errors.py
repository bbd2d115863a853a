"""biasaudit errors: errors over trials, such as words heard wrong of words spoken."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import typer

from biasaudit.cli._options import SENSITIVE_FEATURES, Bins, Confidence
from biasaudit.cli._reading import read_pairs
from biasaudit.cli._reports import Reports, checked, finish, texts_to_print, writes
from biasaudit.cli._signatures import arguments

__all__ = ["errors"]


def _read_reference(given: list[str] | None) -> dict[str, str] | None:
    return read_pairs("--reference", given, "accent=us")


@dataclass(frozen=True)
class ErrorOptions:
    """Arguments of :func:`biasaudit.audit_errors`."""

    sensitive_features: Annotated[
        list[str], typer.Option(*SENSITIVE_FEATURES, help="Sensitive feature; give it once for each.")
    ]
    errors: Annotated[str | None, typer.Option(help="Column of counts: what went wrong in the row.")] = None
    trials: Annotated[str | None, typer.Option(help="Column of counts: what could have; else one a row.")] = None
    said: Annotated[str | None, typer.Option(help="Instead of counts, column of text: what was said.")] = None
    heard: Annotated[str | None, typer.Option(help="Column of text: what the recogniser heard.")] = None
    cluster: Annotated[str | None, typer.Option(help="Column of who speaks: rows that belong together.")] = None
    bins: Bins = None
    reference: Annotated[list[str] | None, typer.Option(help="Reference group: feature=value."), _read_reference] = None
    confidence: Confidence = 0.95


@writes("the audit")
def errors(
    target: Annotated[str, typer.Argument(help="A file or pattern: a row an utterance, a test or a speaker.")],
    options: ErrorOptions,
    reports: Reports,
) -> None:
    """Audit errors over trials, such as words heard wrong of words spoken, counted by speaker."""
    from biasaudit.audits.errors.audit import audit_errors

    requested = checked(reports)
    found = audit_errors(target, **arguments(options))
    finish(found, "\n\n".join(filter(None, texts_to_print(found.report()))), requested)
