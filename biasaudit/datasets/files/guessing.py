"""What the columns of a table may mean, guessed from names and values: for people to correct."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from biasaudit.counts.labels import read_classes
from biasaudit.counts.values import canonical, order_levels
from biasaudit.errors import AuditError
from biasaudit.names import clean

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["PROBE", "Guess", "guess_columns", "join_groups", "positive_values"]

GROUPS = (
    "sex", "gender", "race", "ethnicity", "ethnic", "age_cat", "age_group", "age_band", "disability", "religion",
    "nationality", "social_class", "class", "geschlecht", "sexe", "skin", "caste", "accent",
)  # fmt: skip
# Names that say it only where they stand alone: a blood group is another thing.
ALONE = ("group", "groups", "subgroup", "demographic", "demographic_group", "age", "age_range")
LABELS = (
    "label",
    "target",
    "outcome",
    "y_true",
    "truth",
    "actual",
    "y",
    "recid",
    "default",
    "income",
    "two_year_recid",
    "result",
    "response",
    "churn",
    "fraud",
)
DECISIONS = (
    "y_pred", "pred", "prediction", "predicted", "decision", "hired", "admitted", "approved", "invited", "interview",
    "call", "callback", "selected", "passed", "granted", "accepted", "promoted",
)  # fmt: skip
# Of a table of one row a group: how many people there were, as columns beside how many of them were selected.
IN_ALL = (
    "of", "n", "total", "in_all", "applicants", "applied", "candidates", "people", "applications", "n_applicants",
    "n_applied", "n_candidates", "n_total", "n_people", "num_applicants", "number_of_applicants", "total_applicants",
)  # fmt: skip
# Numbers that are outcomes themselves, and what says that a column holds a prediction of one.
AMOUNTS = (
    "wage", "wages", "salary", "salaries", "earnings", "pay", "compensation", "bonus", "price", "rent", "premium",
    "cost", "costs", "charges", "amount", "grade", "grades", "gpa", "mark", "marks", "los", "length_of_stay",
    "duration",
)  # fmt: skip
PREDICTED = ("y_pred", "pred", "prediction", "predicted")
SCORES = ("score", "prob", "probability", "proba", "risk", "logit", "decile", "y_score", "decile_score")
POSITIVE = (
    "1", "true", "yes", "y", "t", "ja", "oui", "sí", "si", "sim", "tak", "positive", "hired", ">50k", "accepted",
    "approved", "pass", "passed",
)  # fmt: skip
MOST_GROUPS = 20
# Whole numbers of fewer values may be classes.
FEWEST_AMOUNTS = 11
PROBE = 10_000


@dataclass(frozen=True)
class Guess:
    """Columns by what they may mean; None or empty where nothing fits.

    Parameters
    ----------
    sensitive_features : tuple of str
        What may say who belongs to which group.
    y_true, y_pred, score : str or None
        What may be the label, the decision and the score. Where there are none, a number may be the outcome, such as
        a wage, and another what was predicted.
    selected, of : str or None
        What may be numbers of people, in a table of one row a group: those selected, and all.
    pos_label : object
        Value of label or decision that may count as positive, where that is not plain by itself.
    features : tuple of str
        All others.

    Examples
    --------
    >>> import biasaudit as ba
    >>> guess = ba.datasets.guess_columns(ba.datasets.load_ricci().frame)
    >>> guess.sensitive_features, guess.y_true, guess.score
    (('race',), None, None)
    >>> guess.features
    ('position', 'oral', 'written', 'combined')
    """

    sensitive_features: tuple[str, ...] = ()
    y_true: str | None = None
    y_pred: str | None = None
    score: str | None = None
    pos_label: Any = None
    features: tuple[str, ...] = ()
    selected: str | None = None
    of: str | None = None


def guess_columns(frame: pd.DataFrame) -> Guess:
    """Guess which columns hold groups, labels, decisions and scores, from names and values.

    Parameters
    ----------
    frame : DataFrame
        A table, of any engine.

    Returns
    -------
    Guess

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"Gender": ["f", "m"], "score": [0.2, 0.7], "hired": ["no", "yes"], "town": ["a", "b"]})
    >>> guess = guess_columns(frame)
    >>> guess.sensitive_features, guess.y_pred, guess.score, guess.pos_label
    (('Gender',), 'hired', 'score', 'yes')
    >>> counted = pd.DataFrame({"sex": ["f", "m"], "n_hired": [12, 30], "applicants": [40, 60]})
    >>> guess = guess_columns(counted)
    >>> guess.selected, guess.of, guess.y_pred
    ('n_hired', 'applicants', None)
    """
    head = frame.head(PROBE)
    values = {name: _values(head[name]) for name in frame.columns}
    few = [name for name in frame.columns if 2 <= len(values[name]) <= MOST_GROUPS]
    groups = tuple(name for name in few if _named(name, GROUPS) or _plain(name) in ALONE)
    counted = _counted(head, groups)
    if counted:
        features = tuple(str(name) for name in frame.columns if name not in (*groups, *counted))
        return Guess(groups, features=features, selected=counted[0], of=counted[1])
    two = [name for name in few if name not in groups and len(values[name]) == 2]
    label = next((name for name in two if _named(name, LABELS)), None)
    decision = next((name for name in two if name != label and _named(name, DECISIONS)), None)
    score = next(
        (
            name
            for name in frame.columns
            if name not in {*groups, label, decision} and _named(name, SCORES) and head[name].dtype.kind in "if"
        ),
        None,
    )
    if label is None and decision is None and score is None:
        label, decision = _amounts(head, groups)
    chosen = {*groups, label, decision, score}
    positive = next((_positive(values[name]) for name in (label, decision) if name in two), None)
    return Guess(groups, label, decision, score, positive, tuple(str(n) for n in frame.columns if n not in chosen))


def _values(column: pd.Series) -> list[Any]:
    """Different values, or none where they are too many or cannot be told apart."""
    try:
        found = column.dropna().unique().tolist()
    except TypeError:
        return []
    return found if len(found) <= 1_000 else []


def _amounts(head: pd.DataFrame, groups: tuple[str, ...]) -> tuple[Any, Any]:
    """Find an outcome that is a number, and a prediction of it; None where there is none."""
    numbers = [
        name
        for name in head.columns
        if name not in groups and head[name].dtype.kind in "iuf" and head[name].nunique() >= FEWEST_AMOUNTS
    ]
    predicted = next((name for name in numbers if _named(name, PREDICTED)), None)
    names = (*AMOUNTS, *LABELS)
    return next((name for name in numbers if name != predicted and _named(name, names)), None), predicted


def _counted(head: pd.DataFrame, groups: tuple[str, ...]) -> tuple[str, str] | None:
    """Find how many were selected, and of how many: whole numbers, never more of the first, and not all 0 or 1."""
    numbers = [name for name in head.columns if name not in groups and head[name].dtype.kind in "iu"]
    everyone = [name for name in numbers if _plain(name) in IN_ALL and head[name].max() > 1]
    selected = [name for name in numbers if name not in everyone and _named(name, DECISIONS)]
    pairs = [(one, of) for of in everyone for one in selected if bool(head[one].between(0, head[of]).all())]
    return pairs[0] if pairs else None


def _plain(name: Any) -> str:
    return re.sub(r"[^a-z0-9]+", "_", re.sub(r"(?<=[a-z])(?=[A-Z])", "_", str(name)).casefold()).strip("_")


def _named(name: Any, words: tuple[str, ...]) -> bool:
    plain = _plain(name)
    return plain in words or any(part in words for part in plain.split("_") if len(part) > 1)


def positive_values(column: pd.Series) -> tuple[list[Any], Any]:
    """Return the values of a label in order, and the one that reads like a yes: None where none does.

    There are no values to choose from where the label says so itself, as 0 and 1 or no and yes do.

    Parameters
    ----------
    column : Series

    Examples
    --------
    >>> import pandas as pd
    >>> positive_values(pd.Series(["nein", "ja"])), positive_values(pd.Series(["late", "early"]))
    ((['ja', 'nein'], 'ja'), (['early', 'late'], None))
    >>> positive_values(pd.Series(["yes", "no"]))
    ([], None)
    """
    named = {name: value for value in _values(column) if (name := canonical(value)) is not None}
    ordered = order_levels(named)
    if not named or read_classes({"label": ordered}, None).positive is not None:
        return [], None
    return [named[name] for name in ordered], _positive(list(named.values()))


def _positive(values: list[Any]) -> Any:
    """Pick the value that reads like a yes; None where 0 and 1 say so themselves."""
    named = {str(canonical(value)).strip().casefold(): value for value in values}
    if set(named) <= {"0", "1", "true", "false"}:
        return None
    return next((value for name, value in named.items() if name in POSITIVE), None)


def join_groups(frame: pd.DataFrame, groups: pd.DataFrame, *, on: str) -> pd.DataFrame:
    """Add the columns of a second table that says who belongs to which group, by an id that both hold.

    Every row is kept, once; a row whose id the second table lacks has no group. Ids are compared as text, so that 7
    and "7" are one, and "007" is another.

    Parameters
    ----------
    frame, groups : DataFrame
        A table that lacks the groups, and one that has them.
    on : str
        Column of ids in both.

    Returns
    -------
    DataFrame

    Raises
    ------
    AuditError
        If a table lacks the id, an id stands twice in the second, no row finds its group, or both have a column more
        in common.

    Examples
    --------
    >>> import pandas as pd
    >>> people = pd.DataFrame({"id": [1, 2], "hired": [1, 0]})
    >>> join_groups(people, pd.DataFrame({"id": ["2", "1"], "sex": ["F", "M"]}), on="id")["sex"].tolist()
    ['M', 'F']
    """
    for which, table in (("first", frame), ("second", groups)):
        if on not in table.columns:
            names = ", ".join(clean(str(name)) for name in table.columns[:20])
            raise AuditError(f'on="{clean(str(on))}" is not a column of the {which} table. Columns: {names}.')
    shared = [name for name in groups.columns if name != on and name in frame.columns]
    if shared:
        raise AuditError(f'Both tables have a column "{clean(str(shared[0]))}". Rename it in one of them.')
    keys = groups[on].map(_key)
    twice = keys[keys.notna() & keys.duplicated()]
    if len(twice):
        raise AuditError(
            f"The id {clean(str(twice.iloc[0]))} stands twice in the second table, so nobody can say which group is "
            "meant. Keep one row for each id."
        )
    known = keys.notna()
    lookup = groups[known].set_index(keys[known]).drop(columns=[on])
    found = lookup.reindex(frame[on].map(_key).to_numpy())
    if not len(lookup.columns) or not found.notna().any(axis=None):
        raise AuditError(f'No row finds its group by "{clean(on)}". Check that both tables hold the same ids.')
    return frame.assign(**{str(name): found[name].to_numpy() for name in lookup.columns})


def _key(value: Any) -> str | None:
    if value is None or value != value:
        return None
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
