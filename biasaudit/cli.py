"""The command line: audit a table, a shipped data set or a CV sorter, list the data sets, print the schema."""

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
MADE_ROWS = 10_000
DATA_FINDINGS = 12
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
    from biasaudit.reporting.terminal import rate_tables, to_text

    outputs = _outputs(json, html, markdown)
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
        reference=_pairs("--reference", reference, "race=White"),
        confidence=confidence,
    )
    report = found.report()
    told = to_text(report, width=_width()) + "\n\n" + rate_tables(report, SHOWN_METRICS, width=_width())
    _finish(found, told, outputs)


@app.command()
def data(
    target: Annotated[str, typer.Argument(help="A shipped data set (see: biasaudit datasets) or a file or pattern.")],
    label: Annotated[str | None, typer.Option(help="Column of labels or decisions.")] = None,
    sensitive: Annotated[list[str] | None, typer.Option(help="Sensitive feature; give it once for each.")] = None,
    feature: Annotated[list[str] | None, typer.Option(help="Column a model may learn from; once for each.")] = None,
    population: Annotated[
        list[str] | None, typer.Option(help="Share of a group in the population: feature:group=share, once for each.")
    ] = None,
    strata: Annotated[list[str] | None, typer.Option(help="Column in which people are to be alike.")] = None,
    verified: Annotated[str | None, typer.Option(help="Column of verified labels, empty where there is none.")] = None,
    pos_label: Annotated[str | None, typer.Option(help="Value that counts as positive.")] = None,
    cluster: Annotated[str | None, typer.Option(help="Column of clusters, such as the person.")] = None,
    weight: Annotated[str | None, typer.Option(help="Column of sample weights.")] = None,
    reference: Annotated[list[str] | None, typer.Option(help="Reference group: feature=value.")] = None,
    confidence: Annotated[float, typer.Option(help="Confidence of the intervals.")] = 0.95,
    seed: Annotated[int, typer.Option(help="Seed of samples and folds.")] = 0,
    json: Annotated[Path | None, typer.Option(help="Write the audit as JSON.")] = None,
    html: Annotated[Path | None, typer.Option(help="Write the audit as one page of HTML.")] = None,
    markdown: Annotated[Path | None, typer.Option(help="Write the audit as Markdown.")] = None,
) -> None:
    """Audit data before any model: who is missing, what labels say, and where that comes from."""
    from biasaudit.audits.dataset import audit_dataset
    from biasaudit.reporting.sections import section_texts
    from biasaudit.reporting.terminal import rate_tables, to_text

    outputs = _outputs(json, html, markdown)
    found = audit_dataset(
        _data(target),
        label=label,
        sensitive_features=sensitive or None,
        features=feature or None,
        population=_population(population),
        strata=strata or None,
        verified=verified,
        pos_label=pos_label,
        sample_weight=weight,
        cluster=cluster,
        reference=_pairs("--reference", reference, "race=White"),
        confidence=confidence,
        random_state=seed,
    )
    report = found.report()
    parts = [
        to_text(report, width=_width(), findings=DATA_FINDINGS),
        rate_tables(report, SHOWN_METRICS, width=_width()),
        section_texts(report, width=_width()),
    ]
    _finish(found, "\n\n".join(parts), outputs)


@app.command()
def cv(
    url: Annotated[str | None, typer.Option(help="Scoring service to audit instead of the built-in sorter.")] = None,
    field: Annotated[str, typer.Option(help="Name under which the service gets the texts.")] = "texts",
    job_field: Annotated[str, typer.Option(help="Name under which it gets the job description.")] = "job",
    header: Annotated[list[str] | None, typer.Option(help="Header to send: name=value, such as a key.")] = None,
    job: Annotated[list[str] | None, typer.Option(help="Only this job; give it once for each.")] = None,
    confidence: Annotated[float, typer.Option(help="Confidence of the intervals.")] = 0.95,
    json: Annotated[Path | None, typer.Option(help="Write the audit as JSON.")] = None,
    html: Annotated[Path | None, typer.Option(help="Write the audit as one page of HTML.")] = None,
    markdown: Annotated[Path | None, typer.Option(help="Write the audit as Markdown.")] = None,
) -> None:
    """Audit a CV sorter: identical CVs under names of different groups, job by job."""
    from biasaudit.audits.cv import audit_cv
    from biasaudit.models.cv import CvSorter
    from biasaudit.models.http import HttpScorer
    from biasaudit.reporting.crossed import crossed_tables
    from biasaudit.reporting.terminal import to_text

    outputs = _outputs(json, html, markdown)
    headers = _pairs("--header", header, "Authorization=Bearer …")

    def sorter(description: str) -> Any:
        if url is None:
            return CvSorter(description, progress=sys.stderr.isatty())
        return HttpScorer(url, field=field, extra={job_field: description}, headers=headers)

    found = audit_cv(sorter, jobs=job or None, confidence=confidence)
    report = found.report()
    told = to_text(report, width=_width()) + "\n\n" + crossed_tables(report)
    _finish(found, told, outputs)


@app.command()
def compare(
    dataset: Annotated[str, typer.Argument(help="A shipped data set, or generated data: hiring, recidivism.")],
    mitigation: Annotated[list[str] | None, typer.Option(help="Only this one; give it once for each.")] = None,
    dial: Annotated[
        list[str] | None, typer.Option(help="Bias to plant in generated data: name=value; else label_bias=0.4.")
    ] = None,
    model: Annotated[str, typer.Option(help="Model to mitigate.")] = "logistic_regression",
    sensitive: Annotated[list[str] | None, typer.Option(help="Sensitive feature; several are crossed.")] = None,
    folds: Annotated[int, typer.Option(help="Parts the rows are dealt into.")] = 5,
    repeats: Annotated[int, typer.Option(help="How often they are dealt.")] = 1,
    harm: Annotated[str, typer.Option(help="Gap to be mended.")] = "equalized_odds",
    cost: Annotated[str, typer.Option(help="What it is held against.")] = "accuracy",
    json: Annotated[Path | None, typer.Option(help="Write the comparison as JSON.")] = None,
    markdown: Annotated[Path | None, typer.Option(help="Write the comparison as Markdown.")] = None,
) -> None:
    """Compare mitigations on the same folds: what each mends and what it costs."""
    from biasaudit.mitigation import compare as compare_mitigations

    outputs = _outputs(json, None, markdown)
    found = compare_mitigations(
        _made(dataset, dial),
        mitigation or None,
        model=model,
        sensitive_features=sensitive or None,
        folds=folds,
        repeats=repeats,
        harm=harm,
        cost=cost,
    )
    _finish(found, repr(found), outputs)


def _outputs(json: Path | None, html: Path | None, markdown: Path | None) -> dict[str, Path]:
    """Check that every report can be written, before anything is counted."""
    from biasaudit.reporting.files import check_writable

    chosen = {"to_json": json, "to_html": html, "to_markdown": markdown}
    outputs = {name: path for name, path in chosen.items() if path is not None}
    for path in outputs.values():
        check_writable(path)
    if len({path.resolve() for path in outputs.values()}) < len(outputs):
        raise AuditError("Two reports would go to the same file. Give each a name of its own.")
    return outputs


def _finish(found: Any, told: str, outputs: dict[str, Path]) -> None:
    """Say what was found and write the reports."""
    from biasaudit.reporting.files import write_text

    # Every text is made before the first file is written: a failure leaves nothing behind.
    texts = {path: getattr(found, name)() for name, path in outputs.items()}
    _say(told)
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


def _made(target: str, dial: list[str] | None) -> Any:
    """Load a shipped data set, or make that of a scenario, whose truth is known."""
    from biasaudit import datasets as known
    from biasaudit.scenarios import SCENARIOS, get

    made = [scenario.name for scenario in SCENARIOS]
    if target in made:
        return get(target).data(n=MADE_ROWS, **(_dials(dial) or {"label_bias": 0.4}))
    if dial:
        raise AuditError(f"--dial turns generated data only: {', '.join(made)}. Leave it out for shipped data.")
    return known.load(target)


def _dials(given: list[str] | None) -> dict[str, Any]:
    """Read dials as name=number pairs."""
    dials = {}
    for name, value in (_pairs("--dial", given, "label_bias=0.4") or {}).items():
        try:
            dials[name] = float(value)
        except ValueError:
            raise AuditError(f'--dial "{name}={value}" is not a number. Give one from 0 to 1.') from None
    return dials


def _pairs(option: str, given: list[str] | None, example: str) -> dict[str, str] | None:
    """Read name=value pairs."""
    if not given:
        return None
    split = [pair.partition("=") for pair in given]
    for name, equals, value in split:
        if not (name and equals and value):
            kind = "feature" if option == "--reference" else "name"
            raise AuditError(f'{option} "{name}{equals}{value}" is not {kind}=value, such as {example}.')
    return {name: value for name, _, value in split}


def _population(given: list[str] | None) -> dict[str, dict[str, float]] | None:
    """Read shares as feature:group=share."""
    found: dict[str, dict[str, float]] = {}
    for pair, value in (_pairs("--population", given, "sex:woman=0.5") or {}).items():
        feature, colon, group = pair.partition(":")
        try:
            found.setdefault(feature, {})[group] = float(value)
        except ValueError:
            colon = ""
        if not (feature and colon and group):
            raise AuditError(f'--population "{pair}={value}" is not feature:group=share, such as sex:woman=0.5.')
    return found or None


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
def scenario(
    name: Annotated[str | None, typer.Argument(help="A scenario; without one they are listed.")] = None,
    dial: Annotated[list[str] | None, typer.Option(help="Turn a dial: name=value, from 0 to 1.")] = None,
    preset: Annotated[str | None, typer.Option(help="Set the dials to tell a case people have heard of.")] = None,
    rows: Annotated[int | None, typer.Option(help="How many people.")] = None,
    model: Annotated[str | None, typer.Option(help="What is trained.")] = None,
    seed: Annotated[int, typer.Option(help="Seed of everything.")] = 0,
) -> None:
    """Tell how bias gets in: make the data, train, audit, try to mend it, and show the truth."""
    import textwrap

    from biasaudit.scenarios import SCENARIOS, get

    if name is None:
        for known in SCENARIOS:
            _say(f"{known.name:<14}{known.title}\n{'':<14}{known.question}")
            _say(f"{'':<14}Dials: {', '.join(d.name for d in known.dials)}")
            _say("\n".join(f"{'':<14}Preset: {p.name}" for p in known.presets))
        return
    chosen = get(name)
    dials: dict[str, Any] = dict(chosen.preset(preset).dials) if preset else {}
    told = repr(chosen.run(n=rows, model=model, random_state=seed, **dials | _dials(dial)))
    for line in told.split("\n"):
        indent = "  " if line.startswith("  ") else ""
        _say(textwrap.fill(line, _width(), subsequent_indent=indent * 2, break_on_hyphens=False))


@app.command()
def dashboard(
    port: Annotated[int, typer.Option(help="Port on this machine.")] = 8501,
    address: Annotated[
        str, typer.Option(help="Where to listen; beyond this machine, sign-in must be set up.")
    ] = "127.0.0.1",
) -> None:
    """Explore in the browser: scenarios, audits of your own tables, thresholds, mitigations."""
    from biasaudit.serving import serve

    _say(f"Open http://{address}:{port} in a browser; Ctrl-C stops it.")
    serve(port=port, address=address)


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
