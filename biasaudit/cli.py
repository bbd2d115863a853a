"""The command line: audit a table or a shipped data set, list the data sets, print the schema."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from biasaudit.errors import AuditError
from biasaudit.version import __version__

__all__ = ["app", "main"]

BAD_INPUT = 2
INTERRUPTED = 130
SHOWN_METRICS = (
    "selection_rate",
    "base_rate",
    "false_positive_rate",
    "false_negative_rate",
    "positive_predictive_value",
)

app = typer.Typer(
    name="biasaudit",
    help="Audit data and predictions for gaps between groups, and hear when the data cannot tell.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"biasaudit {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version and stop.", callback=_version, is_eager=True)
    ] = False,
) -> None:
    pass


@app.command()
def audit(
    target: Annotated[str, typer.Argument(help="A shipped data set (see: biasaudit datasets) or a file or pattern.")],
    y_true: Annotated[str | None, typer.Option(help="Column of labels.")] = None,
    y_pred: Annotated[str | None, typer.Option(help="Column of predictions or decisions.")] = None,
    sensitive: Annotated[list[str] | None, typer.Option(help="Sensitive feature; give it once for each.")] = None,
    score: Annotated[str | None, typer.Option(help="Column of scores.")] = None,
    threshold: Annotated[float | None, typer.Option(help="Predict positive from this score on.")] = None,
    pos_label: Annotated[str | None, typer.Option(help="Value that counts as positive.")] = None,
    cluster: Annotated[str | None, typer.Option(help="Column of clusters, such as the person.")] = None,
    weight: Annotated[str | None, typer.Option(help="Column of sample weights.")] = None,
    reference: Annotated[list[str] | None, typer.Option(help="Reference group: feature=value.")] = None,
    confidence: Annotated[float, typer.Option(help="Confidence of the intervals.")] = 0.95,
    json: Annotated[Path | None, typer.Option(help="Write the audit as JSON.")] = None,
    html: Annotated[Path | None, typer.Option(help="Write the audit as one page of HTML.")] = None,
    markdown: Annotated[Path | None, typer.Option(help="Write the audit as Markdown.")] = None,
) -> None:
    """Audit predictions or decisions for gaps between groups."""
    from biasaudit.audits.predictions import audit_predictions
    from biasaudit.reporting.files import check_writable, write_text
    from biasaudit.reporting.terminal import rate_tables, to_text

    outputs = {"to_json": json, "to_html": html, "to_markdown": markdown}
    chosen = [path for path in outputs.values() if path is not None]
    for path in chosen:
        check_writable(path)
    if len({path.resolve() for path in chosen}) < len(chosen):
        raise AuditError("Two reports would go to the same file. Give each a name of its own.")
    found = audit_predictions(
        _data(target),
        sensitive_features=sensitive or None,
        y_true=y_true,
        y_pred=y_pred,
        score=score,
        threshold=threshold,
        pos_label=pos_label,
        sample_weight=weight,
        cluster=cluster,
        reference=_reference(reference),
        confidence=confidence,
    )
    # Every text is made before the first file is written: a failure leaves nothing behind.
    texts = {path: getattr(found, name)() for name, path in outputs.items() if path is not None}
    report = found.report()
    _say(to_text(report, width=_width()))
    _say("\n" + rate_tables(report, SHOWN_METRICS, width=_width()))
    for path, text in texts.items():
        write_text(path, text)
        _say(f"Wrote {path}")


def _data(target: str) -> Any:
    from biasaudit.datasets import shipped

    if target in shipped.SHIPPED and not Path(target).exists():
        return shipped.load(target)
    if not Path(target).exists() and not Path(target).suffix and not any(sign in target for sign in "*?[/\\:"):
        return shipped.load(target)
    return target


def _reference(pairs: list[str] | None) -> dict[str, str] | None:
    if not pairs:
        return None
    split = [pair.partition("=") for pair in pairs]
    for feature, equals, level in split:
        if not (feature and equals and level):
            raise AuditError(f'--reference "{feature}{equals}{level}" is not feature=value, such as race=White.')
    return {feature: level for feature, _, level in split}


def _width() -> int:
    import shutil

    return max(40, min(120, shutil.get_terminal_size((100, 24)).columns))


def _say(text: str) -> None:
    from biasaudit.reporting.terminal import can_show, plain

    typer.echo(text if can_show(sys.stdout.encoding) else plain(text))


@app.command()
def datasets() -> None:
    """List the shipped data sets and what one can ask of them."""
    from biasaudit.datasets.shipped import list_datasets

    for name, card in list_datasets():
        _say(f"{name:<14}{card.rows:>7,} rows  {card.title}")
        _say(f"{'':<14}{card.question}")


@app.command()
def schema() -> None:
    """Print the JSON Schema of the reports."""
    import json

    from biasaudit.reporting.as_json import json_schema

    typer.echo(json.dumps(json_schema(), indent=1, ensure_ascii=False))


def main() -> None:
    """Run the command line: exit 2 with one sentence on bad input, 130 when interrupted."""
    try:
        app(standalone_mode=True)
    except AuditError as error:
        typer.echo(f"Error: {error}", err=True)
        sys.exit(BAD_INPUT)
    except (KeyboardInterrupt, SystemExit) as stop:
        # Typer turns Ctrl-C into an exit by itself.
        if isinstance(stop, SystemExit) and stop.code != INTERRUPTED:
            raise
        typer.echo("Stopped; no file was left half-written.", err=True)
        sys.exit(INTERRUPTED)


if __name__ == "__main__":
    main()
