"""A policy to start from: rules over the columns of a table, with limits that are a choice to be made by people."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from biasaudit.errors import AuditError
from biasaudit.policy._toml_lines import BARE

__all__ = ["starting_policy"]

HEAD = """\
# What must hold before this ships. Limits are choices about people: set them with those who answer for them.
# A rule fails where the whole interval is past its limit, passes where it is within it, and else the data cannot tell.
name = {name}
owner = ""

[columns]
{columns}
"""
SELECTED = """
[[rules]]
name = "selected alike"
metric = "selection_rate"
comparison = "ratio"
min = 0.8
when_cannot_tell = "warn"  # or "pass", or "fail"
reason = "Nobody should be decided positively much less often for the group they belong to."
owner = ""
"""
CHANCES = """
[[rules]]
name = "equal chances"
metric = "true_positive_rate"
comparison = "difference"
max = 0.1
reason = "Of those whose label is positive, each group should be found about as often."
owner = ""
"""
WRONGED = """
[[rules]]
name = "wronged alike"
metric = "false_positive_rate"
comparison = "difference"
max = 0.1
reason = "Of those whose label is negative, no group should be flagged much more often."
owner = ""
"""
LABELLED = """
[[rules]]
name = "labels alike"
metric = "base_rate"
comparison = "difference"
max = 0.1
reason = "A model will pass on what the labels say of each group."
owner = ""
"""
APART = """
[[rules]]
name = "{noun} alike"
metric = "{metric}"
comparison = "difference"
max_sd = 0.2  # of a standard deviation of the outcome; or max, in its unit
when_cannot_tell = "warn"  # or "pass", or "fail"
reason = "{reason}"
owner = ""
"""
CROSSED = """
[[rules]]
name = "{metric} where groups cross"
metric = "{metric}"
comparison = "difference"
by = {by}
{limit} = 0.2
reason = "Two features that look fair alone can hide harm where they cross."
owner = ""
"""
LATER = """
# Once an audit is saved (biasaudit audit … --json baseline.json), hold the next one against it:
# [[rules]]
# name = "not worse than last time"
# metric = "{metric}"
# comparison = "difference"
# not_worse_than_baseline = true
# margin = {margin}
"""
# What is asked of a number: of predictions, of their errors, and of the outcome alone.
PREDICTED = {
    "metric": "mean_prediction",
    "noun": "predictions",
    "reason": "Nobody should have much less predicted for the group they belong to.",
}
ERRORS = {
    "metric": "mean_error",
    "noun": "errors",
    "reason": "No group should have what it comes to overestimated, or underestimated, much more than others.",
}
OFF = {
    "metric": "mean_absolute_error",
    "noun": "distances from the truth",
    "reason": "Predictions should be about as exact for each group.",
}
OUTCOMES = {
    "metric": "mean_outcome",
    "noun": "outcomes",
    "reason": "A model will pass on what the outcomes say of each group.",
}
ORDER = (
    "sensitive_features",
    "y_true",
    "y_pred",
    "score",
    "threshold",
    "pos_label",
    "positive",
    "outcome_type",
    "unit",
    "tolerance",
    "cluster",
    "sample_weight",
    "count",
    "selected",
    "of",
    "reference",
    "confidence",
)


def starting_policy(name: str, columns: Mapping[str, Any]) -> str:
    """Write a policy to start from, as TOML text.

    Parameters
    ----------
    name : str
        Name of the policy.
    columns : mapping of str to object
        Arguments of :func:`biasaudit.audit_predictions`; what is None or empty is left out.

    Returns
    -------
    str

    Raises
    ------
    AuditError
        If no column says who belongs to which group, or none holds labels or decisions.

    Examples
    --------
    >>> print(starting_policy("Hiring", {"y_pred": "hired", "sensitive_features": ["sex"]}).split("[[rules]]")[0])
    # What must hold ...
    name = "Hiring"
    owner = ""
    <BLANKLINE>
    [columns]
    sensitive_features = ["sex"]
    y_pred = "hired"
    <BLANKLINE>
    <BLANKLINE>
    """
    given = {key: columns[key] for key in ORDER if columns.get(key) not in (None, "", (), [], {})}
    features = list(given.get("sensitive_features", ()))
    if not features:
        raise AuditError(
            "No column was found that says who belongs to which group. Name one: --sensitive, or sensitive_features."
        )
    decided = any(role in given for role in ("y_pred", "threshold", "selected"))
    is_number = given.get("outcome_type") == "number"
    if not decided and "y_true" not in given and not (is_number and "score" in given):
        raise AuditError(
            "No column of labels or decisions was found. Name one: --y-true, --y-pred, --score, --selected and --of."
        )
    metric, rules = _of_numbers(given) if is_number else _of_decisions(given, decided)
    limit, margin = ("max_sd", "1  # in the unit of the outcome") if is_number else ("max", "0.05")
    crossed = [CROSSED.format(metric=metric, by=_value(features), limit=limit)] if len(features) > 1 else []
    written = "\n".join(f"{key} = {_value(value)}" for key, value in given.items())
    later = LATER.format(metric=metric, margin=margin)
    return HEAD.format(name=_value(name), columns=written) + "".join(rules + crossed) + later


def _of_decisions(given: Mapping[str, Any], decided: bool) -> tuple[str, list[str]]:
    """Return the metric that matters most, and rules about a yes or no."""
    if not decided:
        return "base_rate", [LABELLED]
    return "selection_rate", [SELECTED, *([CHANCES, WRONGED] if "y_true" in given else [])]


def _of_numbers(given: Mapping[str, Any]) -> tuple[str, list[str]]:
    """Return the metric that matters most, and rules about a number."""
    rows = [PREDICTED] if "y_pred" in given or "score" in given else [OUTCOMES]
    if rows == [PREDICTED] and "y_true" in given:
        rows = [PREDICTED, ERRORS, OFF]
    return rows[0]["metric"], [APART.format(**row) for row in rows]


def _value(value: Any) -> str:
    """Write a value as TOML."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(_value, value))}]"
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{_key(str(key))} = {_value(str(level))}" for key, level in value.items()) + " }"
    if hasattr(value, "item"):
        return _value(value.item())
    return repr(value) if isinstance(value, (int, float)) else _text(str(value))


def _key(name: str) -> str:
    return name if BARE.fullmatch(name) else _text(name)


def _text(text: str) -> str:
    """Write text in quotes; what TOML does not allow in them is escaped."""
    return '"' + "".join(map(_letter, text)) + '"'


def _letter(letter: str) -> str:
    if letter in '"\\':
        return f"\\{letter}"
    return letter if letter.isprintable() else f"\\U{ord(letter):08x}"
