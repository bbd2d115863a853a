"""The commands that gate: hold a table against a policy, and write a policy to start from."""

from __future__ import annotations

import os
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from biasaudit.cli._reports import Reports, checked, texts_of, writes
from biasaudit.cli.parts import (
    WORDS,
    named_files,
    read_pairs,
    read_target,
    read_words,
    say,
    tell_github,
    width,
)
from biasaudit.errors import AuditError
from biasaudit.github_output import command, is_github
from biasaudit.reporting.render import render

if TYPE_CHECKING:
    from biasaudit.policy.verdict import CheckResult

__all__ = ["check", "init"]


@writes("the verdict", "CheckResult")
def check(
    target: Annotated[str, typer.Argument(help="A shipped data set (see: biasaudit datasets) or a file or pattern.")],
    policy: Annotated[
        str, typer.Option(help="TOML file, or four_fifths, local_law_144, ai_act_article_10.", show_default=False)
    ],
    baseline: Annotated[Path | None, typer.Option(help="JSON of a saved audit, to hold this one against.")] = None,
    y_true: Annotated[str | None, typer.Option(help="Column of labels, where the policy does not say.")] = None,
    y_pred: Annotated[str | None, typer.Option(help="Column of predictions or decisions.")] = None,
    sensitive: Annotated[list[str] | None, typer.Option(help="Sensitive feature; give it once for each.")] = None,
    score: Annotated[str | None, typer.Option(help="Column of scores.")] = None,
    threshold: Annotated[float | None, typer.Option(help="Predict positive from this score on.")] = None,
    pos_label: Annotated[str | None, typer.Option(help="Value that counts as positive.")] = None,
    count: Annotated[str | None, typer.Option(help="Column of how many people a row stands for.")] = None,
    reference: Annotated[list[str] | None, typer.Option(help="Reference group: feature=value.")] = None,
    words: Annotated[list[str] | None, typer.Option(help=WORDS)] = None,
    *,
    reports: Reports,
    save_audit: Annotated[Path | None, typer.Option(help="Write the audit itself as JSON: the next baseline.")] = None,
) -> None:
    """Hold a table against a policy: exit 0 if it holds, 1 if not, 3 if the data cannot tell, 2 on bad input."""
    from biasaudit.audits.checking import audit_for
    from biasaudit.policy.reading import load

    try:
        wanted = checked(reports, audit=save_audit)
        read = load(policy)
        made = audit_for(
            read_target(target),
            read,
            y_true=y_true,
            y_pred=y_pred,
            sensitive_features=sensitive or None,
            score=score,
            threshold=threshold,
            pos_label=pos_label,
            count=count,
            reference=read_pairs("--reference", reference, "race=White"),
            words=read_words(words),
        )
        found = made.check(read, baseline=baseline)
        _finish(found, made, wanted)
    except AuditError as error:
        if is_github(os.environ):
            tell_github(command("error", str(error), title="biasaudit"))
        raise
    raise typer.Exit(found.exit_code)


def _finish(found: CheckResult, made: Any, reports: dict[str, Path]) -> None:
    """Write the reports, all or none, and say what was found, to GitHub as well where this runs there."""
    from biasaudit.policy.formats.github import annotations, write_summary
    from biasaudit.reporting.files import write_texts

    texts = texts_of(found, {name: path for name, path in reports.items() if name != "audit"})
    texts |= {path: made.to_json() for name, path in reports.items() if name == "audit"}
    summary = found.to_markdown()
    write_texts(texts)
    say(render(found, "text", width=width()))
    for path in texts:
        say(f"Wrote {path}")
    if is_github(os.environ):
        for annotation in annotations(found):
            tell_github(annotation)
        write_summary(summary, os.environ)


@named_files
def init(
    target: Annotated[str, typer.Argument(help="A shipped data set (see: biasaudit datasets) or a file or pattern.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="File to write.")] = Path("policy.toml"),
    y_true: Annotated[str | None, typer.Option(help="Column of labels, where the guess is wrong.")] = None,
    y_pred: Annotated[str | None, typer.Option(help="Column of predictions or decisions.")] = None,
    sensitive: Annotated[list[str] | None, typer.Option(help="Sensitive feature; give it once for each.")] = None,
) -> None:
    """Write a policy to start from: columns guessed from a table, limits for people to set."""
    from biasaudit.policy.reading import loads
    from biasaudit.policy.starting import starting_policy
    from biasaudit.reporting.files import check_writable, write_text

    check_writable(output)
    if output.exists():
        raise AuditError(f'"{output}" is there already. Give another name with --output, or remove it first.')
    given = {"y_true": y_true, "y_pred": y_pred, "sensitive_features": sensitive}
    columns = _guessed(read_target(target)) | {name: value for name, value in given.items() if value}
    text = starting_policy(f"What must hold for {Path(target).stem}", columns)
    loads(text, source=str(output))
    write_text(output, text)
    say(f"Wrote {output}. Set its limits, then: {shlex.join(['biasaudit', 'check', target, '--policy', str(output)])}")


def _guessed(data: Any) -> dict[str, Any]:
    """Guess what columns mean; a shipped data set says it itself."""
    from biasaudit.audits.request import declared
    from biasaudit.datasets.files.guessing import guess_columns

    own = declared(data)
    if own:
        return own
    frame = _head(data)
    guess = guess_columns(frame)
    found: dict[str, Any] = {
        "sensitive_features": list(guess.sensitive_features),
        "y_true": guess.y_true,
        "y_pred": guess.y_pred,
        "score": guess.score,
        "pos_label": guess.pos_label,
    }
    if guess.score and not guess.y_pred:
        found["threshold"] = 0.5 if frame[guess.score].between(0, 1).all() else "above median"
    return found


def _head(path: str) -> Any:
    """Read the first rows of a table; columns of a text file that hold numbers throughout become numbers."""
    import pandas as pd

    from biasaudit.datasets.files.guessing import PROBE
    from biasaudit.datasets.files.tables import open_table, reading

    table = open_table(path)
    with reading():
        frame = table.frame.limit(PROBE).df()
    for name in frame.columns:
        if not pd.api.types.is_numeric_dtype(frame[name]):
            numbers = pd.to_numeric(frame[name], errors="coerce")
            if numbers.notna().any() and numbers.notna().equals(frame[name].notna()):
                frame[name] = numbers
    return frame
