"""The commands that gate: hold a table against a policy, and write a policy to start from."""

from __future__ import annotations

import os
import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from biasaudit.cli._options import (
    Count,
    DecisionOptions,
    Of,
    OutcomeType,
    Positive,
    Reference,
    Selected,
    SensitiveFeatures,
    Target,
    Unit,
    Words,
    YPred,
)
from biasaudit.cli._reading import read_target
from biasaudit.cli._reports import Reports, checked, texts_of, writes
from biasaudit.cli._signatures import arguments, takes_options
from biasaudit.cli.printing import print_command, say, width
from biasaudit.errors import AuditError
from biasaudit.github_output import command, is_github
from biasaudit.reporting.render import render

if TYPE_CHECKING:
    from biasaudit.policy.verdict import CheckResult

__all__ = ["check", "init"]


@dataclass(frozen=True)
class CheckOptions(DecisionOptions):
    """Columns of the audit, where the policy does not name them."""

    y_true: Annotated[str | None, typer.Option(help="Column of labels, where the policy does not say.")] = None
    count: Count = None
    selected: Selected = None
    of: Of = None
    reference: Reference = None
    words: Words = None


@writes("the verdict", "CheckResult")
def check(
    target: Target,
    policy: Annotated[
        str, typer.Option(help="TOML file, or four_fifths, local_law_144, ai_act_article_10.", show_default=False)
    ],
    baseline: Annotated[Path | None, typer.Option(help="JSON of a saved audit, to hold this one against.")] = None,
    *,
    options: CheckOptions,
    reports: Reports,
    save_audit: Annotated[Path | None, typer.Option(help="Write the audit itself as JSON: the next baseline.")] = None,
) -> None:
    """Hold a table against a policy: exit 0 if it holds, 1 if not, 3 if the data cannot tell, 2 on bad input."""
    from biasaudit.audits.checking import audit_for
    from biasaudit.policy.reading import load

    try:
        requested = checked(reports, audit=save_audit)
        rules = load(policy)
        made = audit_for(read_target(target), rules, **arguments(options))
        found = made.check(rules, baseline=baseline)
        _finish(found, made, requested)
    except AuditError as error:
        if is_github(os.environ):
            print_command(command("error", str(error), title="biasaudit"))
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
            print_command(annotation)
        write_summary(summary, os.environ)


@dataclass(frozen=True)
class InitOptions:
    """Columns of a policy, where they are not to be guessed."""

    y_true: Annotated[str | None, typer.Option(help="Column of labels, where the guess is wrong.")] = None
    y_pred: YPred = None
    sensitive_features: SensitiveFeatures = None
    selected: Selected = None
    of: Of = None
    positive: Positive = None
    outcome_type: OutcomeType = None
    unit: Unit = None


@takes_options
def init(
    target: Target,
    output: Annotated[Path, typer.Option("--output", "-o", help="File to write.")] = Path("policy.toml"),
    *,
    options: InitOptions,
) -> None:
    """Write a policy to start from: columns guessed from a table, limits for people to set."""
    from biasaudit.audits.selected import check_selected, without_rivals
    from biasaudit.policy.reading import loads
    from biasaudit.policy.template import starting_policy
    from biasaudit.reporting.files import check_writable, write_text

    check_writable(output)
    if output.exists():
        raise AuditError(f'"{output}" is there already. Give another name with --output, or remove it first.')
    given = {name: value for name, value in arguments(options).items() if value}
    data = read_target(target)
    columns = without_rivals(_guessed(data, given), given) | given
    columns |= _kind_of_outcome(data, columns)
    named = {role: column for role, column in columns.items() if column is not None}
    asked = ("threshold", "pos_label", "positive", "outcome_type")
    check_selected(named, **{name: named.get(name) for name in asked})
    text = starting_policy(f"What must hold for {Path(target).stem}", columns)
    loads(text, source=str(output))
    write_text(output, text)
    say(f"Wrote {output}. Set its limits, then: {shlex.join(['biasaudit', 'check', target, '--policy', str(output)])}")


def _kind_of_outcome(data: Any, columns: dict[str, Any]) -> dict[str, Any]:
    """Say that labels or predictions are a number where the audit would read them so, or where that was said."""
    from biasaudit.audits.outcomes import NUMBER, check_outcome_type, look_at_outcome
    from biasaudit.audits.source import table_of
    from biasaudit.counts.columns import check_column_exists
    from biasaudit.counts.frames import as_frame

    asked = check_outcome_type(columns.get("outcome_type"))
    outcomes = {role: columns[role] for role in ("y_true", "y_pred") if columns.get(role)}
    if columns.get("positive") or not outcomes:
        return {}
    frame = as_frame(_head(data) if isinstance(data, str) else table_of(data))
    for role, name in outcomes.items():
        check_column_exists(role, name, frame.collect_schema().names())
    is_decided = any(columns.get(name) is not None for name in ("pos_label", "threshold"))
    if look_at_outcome(frame, outcomes, asked=asked, is_decided=is_decided, text_is_read=True).type != NUMBER:
        return {}
    beside = {} if columns.get("y_pred") is None else {"score": None}
    return {"outcome_type": NUMBER, "threshold": None, **beside}


def _guessed(data: Any, given: dict[str, Any]) -> dict[str, Any]:
    """Guess what columns mean; a shipped data set says it itself, and a number predicts no other outcome."""
    from biasaudit.audits.outcomes import MOST_ORDERED
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
        "selected": guess.selected,
        "of": guess.of,
        "score": guess.score,
        "pos_label": guess.pos_label,
    }
    other_outcome = given.get("y_true") not in (None, guess.y_true) or "positive" in given
    if guess.y_pred and other_outcome and frame[guess.y_pred].nunique() > MOST_ORDERED:
        found["y_pred"] = None
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
