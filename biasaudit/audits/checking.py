"""Audit what a policy names, and hold the audit against it: the call behind the command line and the dashboard."""

from __future__ import annotations

import inspect
import os
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

import narwhals.stable.v2 as nw
import numpy as np

from biasaudit.audits.audit_predictions import audit_decisions, audit_predictions
from biasaudit.audits.data.audit_dataset import audit_dataset
from biasaudit.audits.outcomes import BINARY
from biasaudit.audits.request import Request, read_request
from biasaudit.audits.selected import COUNTED
from biasaudit.audits.source import opened
from biasaudit.counts.engines import collected, float_expression, to_floats
from biasaudit.counts.weights import people_per_row
from biasaudit.errors import AuditError
from biasaudit.names import clean
from biasaudit.policy.document import ABOVE_MEDIAN
from biasaudit.policy.reading import load
from biasaudit.policy.rulebook import Policy

if TYPE_CHECKING:
    from biasaudit.audits.answers import Answers
    from biasaudit.policy.verdict import CheckResult

__all__ = ["audit_for", "check"]

# What an audit of a data set calls by another name, or does not ask for.
NOT_OF_DATA = ("y_true", "y_pred", "score", "threshold")


def check(
    data: Any,
    policy: str | os.PathLike[str] | Policy,
    *,
    baseline: Any = None,
    today: date | None = None,
    **columns: Any,
) -> CheckResult:
    """Audit a table as a policy says, and hold the audit against its rules.

    Parameters
    ----------
    data : dataframe, path or Dataset
        As for :func:`biasaudit.audit_predictions`.
    policy : path, str or Policy
        TOML file, name of a ready policy ("four_fifths", "local_law_144", "ai_act_article_10"), or a policy.
    baseline : path or file, optional
        JSON of a saved audit, for rules that say ``not_worse_than_baseline``.
    today : date, optional
        Day on which waivers have to hold.
    **columns
        Arguments of the audit that the policy leaves out, such as ``y_pred="invited"``.

    Returns
    -------
    CheckResult

    Raises
    ------
    AuditError
        If table, policy or baseline are not what they should be: never a pass.

    Examples
    --------
    >>> import biasaudit as ba
    >>> found = ba.check(ba.datasets.load_ricci(), "four_fifths")
    >>> found.outcome, found.exit_code
    ('cannot tell', 3)
    """
    read = load(policy)
    return audit_for(data, read, **columns).check(read, baseline=baseline, today=today)


def audit_for(data: Any, policy: str | os.PathLike[str] | Policy, **columns: Any) -> Answers:
    """Make the audit that a policy is about, such as one to save as a baseline.

    Parameters
    ----------
    data : dataframe, path or Dataset
        As for :func:`check`.
    policy : path, str or Policy
        As for :func:`check`.
    **columns
        As for :func:`check`.

    Returns
    -------
    Audit or another that answers as it does

    Raises
    ------
    AuditError
        If the policy names a column otherwise than `columns`, or the table cannot be audited.

    Examples
    --------
    >>> import biasaudit as ba
    >>> audit = ba.audit_for(ba.datasets.load_ricci(), "four_fifths")
    >>> audit.table.n, audit.check("four_fifths").outcome
    (118, 'cannot tell')
    """
    policy = load(policy)
    arguments = _joined(policy, {name: value for name, value in columns.items() if value is not None})
    if policy.document.audit == "dataset":
        _check_rows(arguments)
        _check_asked_of_data(arguments)
        y_true = arguments.get("y_true") or arguments.get("y_pred")
        return audit_dataset(data, label=y_true, **{k: v for k, v in arguments.items() if k not in NOT_OF_DATA})
    sheet = policy.document.sheet
    if sheet and sheet.name == "local_law_144":
        # Whoever has no label yet was assessed too.
        arguments.pop("y_true", None)
        if arguments.get("score") and not arguments.get("y_pred"):
            arguments.setdefault("threshold", ABOVE_MEDIAN)
    if arguments.get("threshold") != ABOVE_MEDIAN:
        return audit_predictions(data, **arguments)
    if not arguments.get("score"):
        raise AuditError(f'threshold = "{ABOVE_MEDIAN}" needs score: name the column of scores whose median is meant.')
    if arguments.pop("outcome_type", BINARY) != BINARY:
        raise AuditError(
            f'threshold = "{ABOVE_MEDIAN}" makes a yes or no of the score, and outcome_type says something else. Leave '
            "one of them out."
        )
    made = audit_decisions(data, **arguments | {"threshold": _above_median(data, arguments)})
    return replace(made, settings={**made.settings, "threshold": ABOVE_MEDIAN})


def _check_rows(arguments: Mapping[str, Any]) -> None:
    """Refuse published counts where a policy asks for an audit of data: that needs the rows."""
    for role in COUNTED:
        if role in arguments:
            raise AuditError(
                f'{role}="{clean(str(arguments[role]))}" counts decisions, and this policy asks for an audit of a data '
                "set, which needs its rows. Hold the table against four_fifths or local_law_144, or give the rows."
            )


def _check_asked_of_data(arguments: Mapping[str, Any]) -> None:
    """Refuse what the audit of a data set does not ask for."""
    known = inspect.signature(audit_dataset).parameters
    for name, value in arguments.items():
        if name not in known and name not in NOT_OF_DATA:
            raise AuditError(
                f"{name}={clean(repr(value))} is not asked by an audit of a data set, which this policy asks for. "
                'Leave it out, or set audit = "predictions".'
            )


def _joined(policy: Policy, columns: dict[str, Any]) -> dict[str, Any]:
    arguments = policy.columns.model_dump(exclude_none=True)
    for name, value in columns.items():
        if name in arguments and str(arguments[name]) != str(value):
            raise policy.wrong(
                ("columns", name),
                f"the policy says {name} = {arguments[name]!r}, and it was asked with {value!r} as well. Say it once.",
            )
    return {**arguments, **columns}


def _above_median(data: Any, arguments: dict[str, Any]) -> float:
    """Return the smallest score above the median of all: whoever reaches it is above."""
    roles = ("sensitive_features", "score", "count")
    given = {role: arguments.get(role) for role in roles}
    request = read_request(data, given, bins=arguments.get("bins"), join=arguments.get("join"), on=arguments.get("on"))
    with opened(data, request) as source:
        score = str(request.column("score"))
        if request.column("count") is not None:
            return _above_median_counted(collected(source.frame.select(score, str(request.column("count")))), request)
        value = float_expression(source.frame, score)
        known = source.frame.select(value).filter(nw.col(score) * 0 == 0)
        median, most = (
            float(collected(known.select(part))[score][0] or 0.0)
            for part in (nw.col(score).median(), nw.col(score).max())
        )
        above = collected(known.filter(nw.col(score) > median).select(nw.col(score).min()))[score][0]
    return most + 1.0 if above is None or above != above else float(above)


def _above_median_counted(frame: Any, request: Request) -> float:
    """Do the same where each row stands for several people."""
    sizes = people_per_row(frame, str(request.column("count")))
    scores = np.repeat(to_floats(frame[str(request.column("score"))]), sizes)
    scores = scores[np.isfinite(scores)]
    above = scores[scores > np.median(scores)] if len(scores) else scores
    return float(above.min()) if len(above) else float(scores.max(initial=0.0)) + 1.0
