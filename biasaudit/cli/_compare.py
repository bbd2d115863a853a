"""biasaudit compare: mitigations on the same folds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import typer

from biasaudit.cli._options import SENSITIVE_FEATURES
from biasaudit.cli._reading import make_target
from biasaudit.cli._reports import Reports, checked, finish, writes
from biasaudit.cli._signatures import arguments

__all__ = ["compare"]


@dataclass(frozen=True)
class CompareOptions:
    """Arguments of :func:`biasaudit.mitigation.compare`."""

    model: Annotated[str | None, typer.Option(help="Model to mitigate.")] = None
    sensitive_features: Annotated[
        list[str] | None, typer.Option(*SENSITIVE_FEATURES, help="Sensitive feature; several are crossed.")
    ] = None
    folds: Annotated[int, typer.Option(help="Parts the rows are dealt into.")] = 5
    repeats: Annotated[int, typer.Option(help="How often they are dealt.")] = 1
    harm: Annotated[str | None, typer.Option(help="Gap to be mended.")] = None
    cost: Annotated[str | None, typer.Option(help="What it is held against.")] = None


@writes("the comparison", "Comparison", ("json", "markdown"))
def compare(
    dataset: Annotated[str, typer.Argument(help="A shipped data set, or generated data: hiring, recidivism.")],
    mitigations: Annotated[
        list[str] | None,
        typer.Option("--mitigations", "--mitigation", help="Only this one; give it once for each."),
    ] = None,
    dial: Annotated[
        list[str] | None, typer.Option(help="Bias to plant in generated data: name=value; else label_bias=0.4.")
    ] = None,
    *,
    options: CompareOptions,
    reports: Reports,
) -> None:
    """Compare mitigations on the same folds: what each mends and what it costs."""
    from biasaudit.mitigation import compare as compare_mitigations

    requested = checked(reports)
    found = compare_mitigations(make_target(dataset, dial), mitigations or None, **arguments(options))
    finish(found, repr(found), requested)
