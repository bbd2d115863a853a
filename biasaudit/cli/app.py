"""The command line: audit a table, a shipped data set or a CV sorter, list the data sets, print the schema."""

from __future__ import annotations

import sys
from typing import Annotated, Any

import typer

from biasaudit.cli._learn import learn
from biasaudit.cli._monitor import monitor
from biasaudit.cli._policy import check, init
from biasaudit.cli._reports import Reports, checked, finish, writes
from biasaudit.cli._text import audit_text
from biasaudit.cli.parts import (
    WORDS,
    make_target,
    read_bins,
    read_dials,
    read_pairs,
    read_population,
    read_target,
    read_words,
    say,
    width,
)
from biasaudit.exit_codes import exit_codes
from biasaudit.version import __version__

__all__ = ["app"]

DATA_FINDINGS = 12
ALIKE = "Column in which people are to be alike; once for each."
PRIMARY = "Measure whose gaps matter most, such as accuracy; once for each."

app = typer.Typer(
    name="biasaudit",
    help="Audit data and predictions for gaps between groups, and hear when the data cannot tell.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    epilog=exit_codes(),
)

app.add_typer(monitor)


app.command(epilog=exit_codes())(check)
app.command()(init)
app.command()(audit_text)
app.command()(learn)


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


@app.command()
@writes("the audit")
def audit(
    target: Annotated[str, typer.Argument(help="A shipped data set (see: biasaudit datasets) or a file or pattern.")],
    y_true: Annotated[str | None, typer.Option(help="Column of labels.")] = None,
    y_pred: Annotated[str | None, typer.Option(help="Column of predictions or decisions.")] = None,
    sensitive: Annotated[list[str] | None, typer.Option(help="Sensitive feature; give it once for each.")] = None,
    score: Annotated[str | None, typer.Option(help="Column of scores.")] = None,
    threshold: Annotated[float | None, typer.Option(help="Predict positive from this score on.")] = None,
    pos_label: Annotated[str | None, typer.Option(help="Value that counts as positive.")] = None,
    control_features: Annotated[list[str] | None, typer.Option(help=ALIKE)] = None,
    cluster: Annotated[str | None, typer.Option(help="Column of clusters, such as the person.")] = None,
    bins: Annotated[list[str] | None, typer.Option(help="Edges of a column of numbers: age=25,45.")] = None,
    join: Annotated[str | None, typer.Option(help="File of columns that the first lacks, such as groups.")] = None,
    on: Annotated[str | None, typer.Option(help="Column of ids in both files.")] = None,
    weight: Annotated[str | None, typer.Option(help="Column of sample weights.")] = None,
    count: Annotated[str | None, typer.Option(help="Column of how many people a row stands for.")] = None,
    reference: Annotated[list[str] | None, typer.Option(help="Reference group: feature=value.")] = None,
    confidence: Annotated[float, typer.Option(help="Confidence of the intervals.")] = 0.95,
    words: Annotated[list[str] | None, typer.Option(help=WORDS)] = None,
    primary: Annotated[list[str] | None, typer.Option(help=PRIMARY)] = None,
    *,
    reports: Reports,
) -> None:
    """Audit predictions or decisions for gaps between groups."""
    from biasaudit.audits.predictions.audit_predictions import audit_predictions
    from biasaudit.reporting.formats.sections import section_texts
    from biasaudit.reporting.formats.terminal import rate_tables, to_text
    from biasaudit.reporting.words.breakdowns import printed_metrics

    wanted = checked(reports)
    found = audit_predictions(
        read_target(target),
        sensitive_features=sensitive or None,
        y_true=y_true,
        y_pred=y_pred,
        score=score,
        threshold=threshold,
        pos_label=pos_label,
        control_features=control_features or None,
        sample_weight=weight,
        count=count,
        cluster=cluster,
        bins=read_bins(bins),
        join=join,
        on=on,
        reference=read_pairs("--reference", reference, "race=White"),
        confidence=confidence,
        words=read_words(words),
        primary=primary or None,
    )
    report = found.report()
    parts = [to_text(report, width=width()), rate_tables(report, printed_metrics(report), width=width())]
    parts += [section_texts(report, width=width())] if report.sections else []
    finish(found, "\n\n".join(parts), wanted)


@app.command()
@writes("the audit")
def data(
    target: Annotated[str, typer.Argument(help="A shipped data set (see: biasaudit datasets) or a file or pattern.")],
    label: Annotated[str | None, typer.Option(help="Column of labels or decisions.")] = None,
    sensitive: Annotated[list[str] | None, typer.Option(help="Sensitive feature; give it once for each.")] = None,
    feature: Annotated[list[str] | None, typer.Option(help="Column a model may learn from; once for each.")] = None,
    population: Annotated[
        list[str] | None, typer.Option(help="Share of a group in the population: feature:group=share, once for each.")
    ] = None,
    strata: Annotated[list[str] | None, typer.Option(help=ALIKE)] = None,
    control_features: Annotated[list[str] | None, typer.Option(help="Another name of --strata.")] = None,
    after_decision: Annotated[
        list[str] | None, typer.Option(help="Column that came after the label was decided; once for each.")
    ] = None,
    verified: Annotated[str | None, typer.Option(help="Column of verified labels, empty where there is none.")] = None,
    pos_label: Annotated[str | None, typer.Option(help="Value that counts as positive.")] = None,
    cluster: Annotated[str | None, typer.Option(help="Column of clusters, such as the person.")] = None,
    bins: Annotated[list[str] | None, typer.Option(help="Edges of a column of numbers: age=25,45.")] = None,
    weight: Annotated[str | None, typer.Option(help="Column of sample weights.")] = None,
    count: Annotated[str | None, typer.Option(help="Column of how many people a row stands for.")] = None,
    reference: Annotated[list[str] | None, typer.Option(help="Reference group: feature=value.")] = None,
    confidence: Annotated[float, typer.Option(help="Confidence of the intervals.")] = 0.95,
    seed: Annotated[int, typer.Option(help="Seed of samples and folds.")] = 0,
    words: Annotated[list[str] | None, typer.Option(help=WORDS)] = None,
    primary: Annotated[list[str] | None, typer.Option(help=PRIMARY)] = None,
    *,
    reports: Reports,
) -> None:
    """Audit data before any model: who is missing, what labels say, and where that comes from."""
    from biasaudit.audits.data.audit import audit_dataset
    from biasaudit.reporting.formats.sections import section_texts
    from biasaudit.reporting.formats.terminal import rate_tables, to_text
    from biasaudit.reporting.words.breakdowns import printed_metrics

    wanted = checked(reports)
    found = audit_dataset(
        read_target(target),
        label=label,
        sensitive_features=sensitive or None,
        features=feature or None,
        population=read_population(population),
        strata=strata or None,
        control_features=control_features or None,
        after_decision=after_decision or None,
        verified=verified,
        pos_label=pos_label,
        sample_weight=weight,
        count=count,
        cluster=cluster,
        bins=read_bins(bins),
        reference=read_pairs("--reference", reference, "race=White"),
        confidence=confidence,
        random_state=seed,
        words=read_words(words),
        primary=primary or None,
    )
    report = found.report()
    parts = [
        to_text(report, width=width(), findings=DATA_FINDINGS),
        rate_tables(report, printed_metrics(report), width=width()),
        section_texts(report, width=width()),
    ]
    finish(found, "\n\n".join(parts), wanted)


@app.command()
@writes("the audit")
def errors(
    target: Annotated[str, typer.Argument(help="A file or pattern: a row an utterance, a test or a speaker.")],
    sensitive: Annotated[list[str], typer.Option(help="Sensitive feature; give it once for each.")],
    wrong: Annotated[str | None, typer.Option("--errors", help="Column of counts: what went wrong in the row.")] = None,
    trials: Annotated[str | None, typer.Option(help="Column of counts: what could have; else one a row.")] = None,
    said: Annotated[str | None, typer.Option(help="Instead of counts, column of text: what was said.")] = None,
    heard: Annotated[str | None, typer.Option(help="Column of text: what the recogniser heard.")] = None,
    cluster: Annotated[str | None, typer.Option(help="Column of who speaks: rows that belong together.")] = None,
    bins: Annotated[list[str] | None, typer.Option(help="Edges of a column of numbers: age=25,45.")] = None,
    reference: Annotated[list[str] | None, typer.Option(help="Reference group: feature=value.")] = None,
    confidence: Annotated[float, typer.Option(help="Confidence of the intervals.")] = 0.95,
    *,
    reports: Reports,
) -> None:
    """Audit errors over trials, such as words heard wrong of words spoken, counted by speaker."""
    from biasaudit.audits.errors.audit import audit_errors
    from biasaudit.reporting.formats.sections import section_texts
    from biasaudit.reporting.formats.terminal import rate_tables, to_text
    from biasaudit.reporting.words.breakdowns import printed_metrics

    wanted = checked(reports)
    found = audit_errors(
        target,
        errors=wrong,
        trials=trials,
        said=said,
        heard=heard,
        sensitive_features=sensitive,
        cluster=cluster,
        bins=read_bins(bins),
        reference=read_pairs("--reference", reference, "accent=us"),
        confidence=confidence,
    )
    report = found.report()
    parts = [
        to_text(report, width=width()),
        rate_tables(report, printed_metrics(report), width=width()),
        section_texts(report, width=width()),
    ]
    finish(found, "\n\n".join(filter(None, parts)), wanted)


@app.command()
@writes("the audit")
def subgroups(
    target: Annotated[str, typer.Argument(help="A shipped data set (see: biasaudit datasets) or a file or pattern.")],
    outcome: Annotated[str | None, typer.Option(help="Column of what is compared.")] = None,
    feature: Annotated[list[str] | None, typer.Option(help="Feature that makes subgroups; once for each.")] = None,
    y_true: Annotated[str | None, typer.Option(help="Column of labels, to search for errors.")] = None,
    y_pred: Annotated[str | None, typer.Option(help="Column of predictions, to search for errors.")] = None,
    metric: Annotated[str | None, typer.Option(help="Rate to search for; error_rate if left out.")] = None,
    pos_label: Annotated[str | None, typer.Option(help="Value that counts as positive.")] = None,
    weight: Annotated[str | None, typer.Option(help="Column of sample weights.")] = None,
    cluster: Annotated[str | None, typer.Option(help="Column of clusters, such as the person.")] = None,
    count: Annotated[str | None, typer.Option(help="Column of how many people a row stands for.")] = None,
    bins: Annotated[list[str] | None, typer.Option(help="Edges of a feature of numbers: age=25,45.")] = None,
    max_features: Annotated[int | None, typer.Option(help="Conditions of the longest pattern.")] = None,
    min_support: Annotated[float, typer.Option(help="Share of rows that a subgroup must have.")] = 0.01,
    rank_by: Annotated[str, typer.Option(help="Order: p_value, effect or sliceline.")] = "p_value",
    confidence: Annotated[float, typer.Option(help="Confidence of the intervals.")] = 0.95,
    device: Annotated[str, typer.Option(help="Where to count: auto, cpu or cuda.")] = "auto",
    seed: Annotated[int, typer.Option(help="Seed of the halves.")] = 0,
    words: Annotated[list[str] | None, typer.Option(help=WORDS)] = None,
    *,
    reports: Reports,
) -> None:
    """Search every intersection of features for subgroups that fare differently, and confirm what is found."""
    from biasaudit.audits.subgroups.search import find_subgroups
    from biasaudit.reporting.formats.sections import section_texts

    wanted = checked(reports)
    found = find_subgroups(
        read_target(target),
        outcome=outcome,
        features=feature or None,
        y_true=y_true,
        y_pred=y_pred,
        metric=metric,
        pos_label=pos_label,
        sample_weight=weight,
        cluster=cluster,
        count=count,
        bins=read_bins(bins),
        max_features=max_features,
        min_support=min_support,
        rank_by=rank_by,
        confidence=confidence,
        device=device,
        random_state=seed,
        words=read_words(words),
    )
    finish(found, found.to_text(width=width()) + "\n\n" + section_texts(found.report(), width=width()), wanted)


@app.command()
@writes("the audit")
def cv(
    url: Annotated[str | None, typer.Option(help="Scoring service to audit instead of the built-in sorter.")] = None,
    field: Annotated[str, typer.Option(help="Name under which the service gets the texts.")] = "texts",
    job_field: Annotated[str, typer.Option(help="Name under which it gets the job description.")] = "job",
    header: Annotated[list[str] | None, typer.Option(help="Header to send: name=value, such as a key.")] = None,
    job: Annotated[list[str] | None, typer.Option(help="Only this job; give it once for each.")] = None,
    confidence: Annotated[float, typer.Option(help="Confidence of the intervals.")] = 0.95,
    *,
    reports: Reports,
) -> None:
    """Audit a CV sorter: identical CVs under names of different groups, job by job."""
    from biasaudit.audits.pairs.cv import audit_cv
    from biasaudit.models.cv import CvSorter
    from biasaudit.models.http import HttpScorer
    from biasaudit.reporting.formats.intersections import crossed_tables
    from biasaudit.reporting.formats.terminal import to_text

    wanted = checked(reports)
    headers = read_pairs("--header", header, "Authorization=Bearer …")

    def sorter(description: str) -> Any:
        if url is None:
            return CvSorter(description, progress=sys.stderr.isatty())
        return HttpScorer(url, field=field, extra={job_field: description}, headers=headers)

    found = audit_cv(sorter, jobs=job or None, confidence=confidence)
    report = found.report()
    told = to_text(report, width=width()) + "\n\n" + crossed_tables(report)
    finish(found, told, wanted)


@app.command()
@writes("the comparison", "Comparison", ("json", "markdown"))
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
    *,
    reports: Reports,
) -> None:
    """Compare mitigations on the same folds: what each mends and what it costs."""
    from biasaudit.mitigation import compare as compare_mitigations

    wanted = checked(reports)
    found = compare_mitigations(
        make_target(dataset, dial),
        mitigation or None,
        model=model,
        sensitive_features=sensitive or None,
        folds=folds,
        repeats=repeats,
        harm=harm,
        cost=cost,
    )
    finish(found, repr(found), wanted)


@app.command()
def datasets() -> None:
    """List the shipped data sets and what one can ask of them."""
    from biasaudit.datasets.shipped.loading import list_datasets

    for name, card in list_datasets():
        say(f"{name:<14}{card.rows:>7,} rows  {card.title}")
        say(f"{'':<14}{card.question}")


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
            say(f"{known.name:<14}{known.title}\n{'':<14}{known.question}")
            say(f"{'':<14}Dials: {', '.join(d.name for d in known.dials)}")
            say("\n".join(f"{'':<14}Preset: {p.name}" for p in known.presets))
        return
    chosen = get(name)
    dials: dict[str, Any] = dict(chosen.preset(preset).dials) if preset else {}
    named = {} if model is None else {"model": model}
    told = chosen.run(n=rows, random_state=seed, **named, **dials | read_dials(dial)).tell()
    for line in told.split("\n"):
        indent = "  " if line.startswith("  ") else ""
        say(textwrap.fill(line, width(), subsequent_indent=indent * 2, break_on_hyphens=False))


@app.command()
def dashboard(
    port: Annotated[int, typer.Option(help="Port on this machine.")] = 8501,
    address: Annotated[
        str, typer.Option(help="Where to listen; beyond this machine, sign-in must be set up.")
    ] = "127.0.0.1",
) -> None:
    """Explore in the browser: scenarios, audits of your own tables, thresholds, mitigations."""
    from biasaudit.serving import serve

    say(f"Open http://{address}:{port} in a browser; Ctrl-C stops it.")
    serve(port=port, address=address)


@app.command()
def schema(
    policy: Annotated[bool, typer.Option("--policy", help="That of policy files instead.")] = False,
    verdict: Annotated[bool, typer.Option("--verdict", help="That of verdicts instead.")] = False,
) -> None:
    """Print the JSON Schema of the reports, of policy files or of verdicts."""
    import json

    from biasaudit.policy.document import policy_schema
    from biasaudit.policy.formats.as_json import check_schema
    from biasaudit.reporting.formats.as_json import json_schema

    chosen = policy_schema if policy else check_schema if verdict else json_schema
    say(json.dumps(chosen(), indent=1, ensure_ascii=False))
