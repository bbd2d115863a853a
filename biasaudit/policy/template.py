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
CROSSED = """
[[rules]]
name = "{metric} where groups cross"
metric = "{metric}"
comparison = "difference"
by = {by}
max = 0.2
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
# margin = 0.05
"""
ORDER = (
    "sensitive_features",
    "y_true",
    "y_pred",
    "score",
    "threshold",
    "pos_label",
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
    if not decided and "y_true" not in given:
        raise AuditError(
            "No column of labels or decisions was found. Name one: --y-true, --y-pred, --score, --selected and --of."
        )
    rules = [SELECTED] if decided else [LABELLED]
    rules += [CHANCES, WRONGED] if decided and "y_true" in given else []
    metric = "selection_rate" if decided else "base_rate"
    crossed = [CROSSED.format(metric=metric, by=_value(features))] if len(features) > 1 else []
    written = "\n".join(f"{key} = {_value(value)}" for key, value in given.items())
    return HEAD.format(name=_value(name), columns=written) + "".join(rules + crossed) + LATER.format(metric=metric)


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
