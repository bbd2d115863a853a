"""What an audit was asked: columns by role, filled from the data set's own and checked, once for every entry point."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field, replace
from numbers import Real
from typing import Any

from biasaudit.arguments import check_confidence, check_mapping, column_name, column_names
from biasaudit.audits.chosen import Chosen, read_metrics
from biasaudit.audits.outcomes import check_cuts, check_outcome_type, check_unit
from biasaudit.audits.selected import check_selected, selected_words, without_rivals
from biasaudit.counts.columns import ColumnRequest
from biasaudit.counts.cuts import Cut, read_cuts
from biasaudit.counts.values import canonical
from biasaudit.datasets.dataset import Dataset
from biasaudit.datasets.files.joining import second_table
from biasaudit.errors import AuditError
from biasaudit.metrics.outcome_words import OutcomeWords, read_words
from biasaudit.metrics.primary import Primary, read_primary
from biasaudit.names import clean

__all__ = ["BINNABLE_ROLES", "Request", "declared", "read_request"]

# What the roles of columns need of them; those in LISTED take several.
ROLE_KINDS = {
    "sensitive_features": "group",
    "y_true": "label",
    "y_pred": "label",
    "score": "number",
    "sample_weight": "number",
    "cluster": "key",
    "count": "number",
    # Published tables of counts are held against better sentences as they are counted.
    "selected": "any",
    "of": "any",
    "features": "any",
    "strata": "stratum",
    "control_features": "group",
    "after_decision": "any",
    "verified": "key",
} | {"rank": "number", "query": "key", "relevance": "number"}
ROLE_KINDS |= dict.fromkeys(("errors", "trials", "said", "heard"), "any")
LISTED = ("sensitive_features", "features", "strata", "control_features", "after_decision")
# Roles whose columns bins may cut.
BINNABLE_ROLES = ("sensitive_features", "strata", "control_features")
# Roles that reports tell of only where somebody named them.
SHOWN_IF_NAMED = ("count", "selected", "of", "control_features", "after_decision")
# What columns of outcomes may be asked to be.
OUTCOME_KINDS = ("label", "outcome")
# What a column is called in a sentence that says it was not used.
UNUSED = {"cluster": "cluster", "sample_weight": "weight", "count": "count"}


@dataclass(frozen=True, eq=False)
class Request:
    """Columns by role, and how they are to be read.

    Parameters
    ----------
    columns : mapping of str to str or tuple of str
        Role to column, or columns; roles that nobody named are left out.
    requested : tuple of ColumnRequest
        Every column with what it has to be.
    argument_names : mapping of str to str
        What the entry point calls a role, where that is not its name.
    threshold : float or None
    pos_label : object
        As given; None where nobody named it.
    reference : mapping of str to str
        Feature to the group that others are held against.
    bins : object
        Edges by column, not yet held against the table.
    join, on : object
        A second table, and the column of ids in both.
    confidence : float
    declared : mapping of str to object
        What a data set says of itself; empty for any other table.
    unused : mapping of str to str
        Role to column that a data set declares and the entry point does not use.
    words : OutcomeWords
        What decisions and labels mean to people.
    primary : Primary
        Whose questions come first.
    metrics : Chosen
        Which measures are asked.
    outcome_type : str or None
        What the outcome was said to be.
    unit : str or None
        Unit of an outcome that is a number.
    reads_outcome : bool
        Whether what the outcome is has still to be read.
    cuts : mapping of str to Cut
        Where columns of numbers are cut into yes and no.
    """

    columns: Mapping[str, Any]
    requested: tuple[ColumnRequest, ...] = ()
    argument_names: Mapping[str, str] = field(default_factory=dict)
    threshold: float | None = None
    pos_label: Any = None
    reference: Mapping[str, str] = field(default_factory=dict)
    bins: Any = None
    join: Any = None
    on: str | None = None
    confidence: float = 0.95
    declared: Mapping[str, Any] = field(default_factory=dict)
    unused: Mapping[str, str] = field(default_factory=dict)
    words: OutcomeWords = field(default_factory=OutcomeWords)
    primary: Primary = field(default_factory=Primary)
    metrics: Chosen = field(default_factory=Chosen)
    outcome_type: str | None = None
    unit: str | None = None
    cuts: Mapping[str, Cut] = field(default_factory=dict)
    reads_outcome: bool = False

    @property
    def features(self) -> tuple[str, ...]:
        """The sensitive features."""
        return tuple(self.columns["sensitive_features"])

    @property
    def binnable(self) -> tuple[str, ...]:
        """The columns that bins may cut."""
        return tuple(name for role in BINNABLE_ROLES for name in self.columns.get(role, ()))

    def column(self, role: str) -> str | None:
        """Return the column of a role, or None."""
        return self.columns.get(role)

    def argument(self, role: str) -> str:
        """Return what the entry point calls a role."""
        return self.argument_names.get(role, role)

    def read_as(self, kind: str) -> Request:
        """Return the request in which labels and predictions are "label", "number", or "outcome" for either."""
        changed = (replace(one, kind=kind) if one.kind in OUTCOME_KINDS else one for one in self.requested)
        return replace(self, requested=tuple(changed), reads_outcome=kind == "outcome")

    def settings(self, *roles: str) -> dict[str, Any]:
        """Return what was asked, for reports: roles, then cuts and bins where there are any."""
        settings: dict[str, Any] = {}
        for role in (*roles, *(role for role in SHOWN_IF_NAMED if role in self.columns)):
            value = self.columns.get(role, [] if role in LISTED else None)
            settings[self.argument(role)] = list(value) if isinstance(value, tuple) else value
        if self.cuts:
            settings["positive"] = [cut.text for cut in self.cuts.values()]
        if self.bins is not None:
            settings["bins"] = {name: list(map(float, edges)) for name, edges in self.bins.items()}
        return settings

    def join_settings(self) -> dict[str, Any]:
        """Tell how the table was joined, where it was."""
        return {} if self.join is None else {"join": second_table(self.join).strip('"'), "on": self.on}

    def notes(self) -> tuple[str, ...]:
        """Say what the data set declares and this audit does not use."""
        return tuple(
            f'The {UNUSED[role]} "{clean(name)}" that the data set declares is not used here: every row counts as '
            "one, and as independent of the others."
            for role, name in self.unused.items()
        )


def declared(data: Any) -> dict[str, Any]:
    """Return what a data set says of itself, by role; nothing for any other table.

    `sensitive_features` are those it is audited by, `every_feature` all it has, and `label` is the column that a model
    would learn.
    """
    if not isinstance(data, Dataset):
        return {}
    own = {name: value for name, value in data.audit_arguments.items() if value is not None}
    if not any(own.get(role) for role in ("y_true", "y_pred", "selected")) and data.label:
        own["y_true"] = data.label
    brought = {
        "sensitive_features": own.get("sensitive_features") or data.sensitive_features,
        "every_feature": data.sensitive_features or own.get("sensitive_features"),
        "label": data.label or own.get("y_true") or own.get("y_pred"),
        "cluster": own.get("cluster") or data.cluster,
        "sample_weight": own.get("sample_weight") or data.weight,
        "count": own.get("count") or data.count,
        "unit": own.get("unit") or data.unit,
    }
    words = {} if data.card is None else data.card.words
    return own | {name: value for name, value in brought.items() if value} | {"features": data.features, "words": words}


def read_request(
    data: Any,
    given: Mapping[str, Any],
    *,
    argument_names: Mapping[str, str] | None = None,
    fill: Mapping[str, str] | None = None,
    threshold: Any = None,
    pos_label: Any = None,
    reference: Any = None,
    bins: Any = None,
    join: Any = None,
    on: Any = None,
    confidence: Any = 0.95,
    words: Any = None,
    primary: Any = None,
    metrics: Any = None,
    outcome_type: Any = None,
    unit: Any = None,
    positive: Any = None,
) -> Request:
    """Read what was asked, and fill what was left out from the data set's own.

    Parameters
    ----------
    data : Dataset, dataframe or path
    given : mapping of str to object
        Role to the column or columns that were named, None where it was left out. Roles that are not there are none
        that the entry point knows.
    argument_names : mapping of str to str, optional
        What the entry point calls a role, for messages.
    fill : mapping of str to str, optional
        What fills a role, as :func:`declared` names it; itself otherwise.
    threshold, pos_label, reference, bins, join, on, confidence, words, primary, metrics, outcome_type, unit,
    positive
        As for :func:`biasaudit.audit_predictions`.

    Raises
    ------
    AuditError
        If anything is not what it should be, whatever the table holds.
    """
    argument_names, own = argument_names or {}, declared(data)
    columns_given = _filled(dict(given), own, fill or {})
    columns = {role: _named(argument_names.get(role, role), role, value) for role, value in columns_given.items()}
    # No features at all is another thing than none that were named.
    columns = {role: n for role, n in columns.items() if n or (role == "features" and columns_given[role] is not None)}
    _check_count(columns, argument_names)
    check_selected(columns, threshold=threshold, pos_label=pos_label, positive=positive, outcome_type=outcome_type)
    if not columns.get("sensitive_features"):
        groups = argument_names.get("sensitive_features", "sensitive_features")
        raise AuditError(f"{groups} is missing. Name at least one column that says who belongs to which group.")
    if threshold is None and not any(given.get(role) is not None for role in ("y_pred", "score")):
        threshold = own.get("threshold") if "score" in columns and "y_pred" not in columns else None
    _check_threshold(threshold)
    if bins is None and own.get("bins"):
        cut = [name for role in BINNABLE_ROLES for name in columns.get(role, ())]
        bins = {name: edges for name, edges in own["bins"].items() if name in cut} or None
    unused = {role: own[role] for role in UNUSED if role not in given and own.get(role)}
    cuts = read_cuts(positive)
    outcomes = [name for role, name in columns.items() if ROLE_KINDS[role] == "label"]
    check_cuts(cuts, outcomes, pos_label)
    return Request(
        columns,
        requested=_requested(columns, argument_names, cuts),
        argument_names=argument_names,
        threshold=threshold,
        pos_label=_positive(pos_label, columns_given, own),
        reference=_read_reference(reference, columns["sensitive_features"], own),
        bins=bins,
        join=join,
        on=column_name("on", on),
        confidence=check_confidence(confidence),
        declared=own,
        unused=unused,
        words=read_words(words, selected_words(columns) | _own_words(own, columns, pos_label, threshold)),
        **_questions(metrics, primary),
        outcome_type=check_outcome_type(outcome_type),
        unit=check_unit(own.get("unit") if unit is None else unit),
        cuts=cuts,
    )


def _read_reference(reference: Any, features: tuple[str, ...], own: Mapping[str, Any]) -> dict[str, str]:
    """Return the group of each feature that the others are held against, the data set's own where none is named."""
    named = check_mapping("reference", reference, "a feature to its group", '{"sex": "man"}')
    if reference is None:
        named = {f: level for f, level in own.get("reference", {}).items() if f in features}
    return {feature: str(canonical(level)) for feature, level in named.items()}


def _requested(
    columns: Mapping[str, Any], argument_names: Mapping[str, str], cuts: Mapping[str, Cut]
) -> tuple[ColumnRequest, ...]:
    """Say of each column what it has to be: numbers, where it is cut into yes and no."""
    return tuple(
        ColumnRequest(
            argument_names.get(role, role),
            name,
            "number" if ROLE_KINDS[role] == "label" and name in cuts else ROLE_KINDS[role],
        )
        for role, names in columns.items()
        for name in ((names,) if isinstance(names, str) else names)
    )


def _questions(metrics: Any, primary: Any) -> dict[str, Any]:
    """Read which measures are asked, and whose questions come first."""
    chosen = read_metrics(metrics)
    return {"metrics": chosen, "primary": chosen.first(read_primary(primary, chosen.functions))}


def _own_words(own: Mapping[str, Any], columns: Mapping[str, Any], pos_label: Any, threshold: Any) -> dict[str, str]:
    """Return what a data card says of the columns that are audited; it says nothing of others, nor of another line."""
    labels = {own.get(role) for role in ("label", "y_true", "y_pred")} - {None}
    decided = columns.get("y_pred") or columns.get("score") or columns.get("selected")
    other_value = pos_label is not None and canonical(pos_label) != canonical(own.get("pos_label", pos_label))
    theirs = decided in labels | {own.get("score"), own.get("selected")}
    same_threshold = theirs and threshold in (None, own.get("threshold"))
    known = {
        "positive": columns.get("y_true") in labels,
        "negative": columns.get("y_true") in labels,
        "selected": same_threshold,
        "rejected": same_threshold,
        "people": True,
        "good": decided is None or theirs,
    }
    return {
        name: text
        for name, text in own.get("words", {}).items()
        if known[name] and (not other_value or name == "people")
    }


def _named(argument: str, role: str, value: Any) -> Any:
    """Read one name or several, whichever the role takes; the empty text is the name of no column."""
    if role == "verified" and not isinstance(value, str):
        return None
    names = column_names(argument, value) if role in LISTED else column_name(argument, value)
    if "" in (names if isinstance(names, tuple) else (names,)):
        raise AuditError(f"{argument} names a column whose name is empty. Give it a name first.")
    return names


def _check_count(columns: Mapping[str, Any], argument_names: Mapping[str, str]) -> None:
    """Refuse a count that is something else as well: people would be told by how many they are."""
    for role, names in columns.items():
        if role != "count" and columns.get("count") in ((names,) if isinstance(names, str) else names):
            raise AuditError(
                f'count="{clean(columns["count"])}" is {argument_names.get(role, role)} as well. Name the column that '
                "says how many people a row stands for, and that alone."
            )


def _filled(given: dict[str, Any], own: Mapping[str, Any], fill: Mapping[str, str]) -> dict[str, Any]:
    """Fill what was not named; predictions that were named take the place of all that the data set has."""
    if given.get("y_pred") is not None or given.get("score") is not None:
        own = {role: value for role, value in own.items() if role not in ("y_pred", "score", "threshold")}
    own = without_rivals(own, given)
    return {role: own.get(fill.get(role, role)) if value is None else value for role, value in given.items()}


def _positive(pos_label: Any, columns_given: Mapping[str, Any], own: Mapping[str, Any]) -> Any:
    """Return the positive value: as given, or the data set's own where one of its own labels is audited."""
    if pos_label is None:
        labels = {own.get(role) for role in ("label", "y_true", "y_pred")} - {None}
        return own.get("pos_label") if labels & {columns_given.get("y_true"), columns_given.get("y_pred")} else None
    if not isinstance(pos_label, Hashable) or callable(pos_label) or isinstance(pos_label, (tuple, frozenset)):
        raise AuditError(
            f"pos_label must be a value, not a {type(pos_label).__name__}. Give the value that counts as positive, "
            'such as "yes".'
        )
    if canonical(pos_label) is None:
        raise AuditError(f"pos_label={pos_label} is a missing value. Give the value that counts as positive.")
    return pos_label


def _check_threshold(threshold: Any) -> None:
    if threshold is None:
        return
    if isinstance(threshold, bool) or not isinstance(threshold, Real) or math.isnan(threshold):
        raise AuditError(
            f"threshold={clean(repr(threshold))} is no number. Give the score from which on it is decided positively."
        )
