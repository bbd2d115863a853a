"""What an outcome is: a yes or no, one of a few classes, or a number. Read once, for every entry point, and said."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Any

import numpy as np

from biasaudit.counts.columns import INFINITIES, NUMBER_PATTERN, PROBE_ROWS, check_labels
from biasaudit.counts.cuts import Cut
from biasaudit.counts.engines import collected
from biasaudit.counts.values import canonical
from biasaudit.errors import AuditError, nearest
from biasaudit.names import clean

__all__ = [
    "BINARY",
    "CLASSES",
    "MOST_ORDERED",
    "NUMBER",
    "Outcome",
    "check_cuts",
    "check_outcome_type",
    "check_unit",
    "look_at_outcome",
]

BINARY, CLASSES, NUMBER = "binary", "classes", "number"
OUTCOME_TYPES = (BINARY, CLASSES, NUMBER)
# Whole numbers of no more values than these are classes in order.
MOST_ORDERED = 10
# What no shell takes for anything else within double quotes.
PLAIN = re.compile(r"[\w .,:;()/+=<>-]*")


@dataclass(frozen=True)
class Column:
    """What the first rows of a column of outcomes hold.

    Parameters
    ----------
    role, name : str
    levels : int
        How many different values.
    numbers : bool
        Whether all of them are numbers.
    whole : bool
        Whether all of them are whole numbers.
    middle : float
        About the median of these values; NaN where they are no numbers.
    in_unit_interval : bool
        Whether they lie within 0 and 1, as probabilities do.
    ordered : bool
        Whether the column declares an order of its values.
    """

    role: str
    name: str
    levels: int
    numbers: bool
    whole: bool
    middle: float
    in_unit_interval: bool = False
    ordered: bool = False

    @property
    def threshold(self) -> str:
        """An argument that cuts scores into decisions."""
        return f"threshold={self.middle:g}"

    @property
    def is_number(self) -> bool:
        """Whether it holds numbers that are no classes."""
        return self.numbers and self.levels > 2 and (not self.whole or self.levels > MOST_ORDERED)


@dataclass(frozen=True)
class Outcome:
    """How an outcome is read.

    Parameters
    ----------
    type : {"binary", "classes", "number"}
        As far as the first rows tell.
    columns : tuple of Column
        Those of labels and predictions.
    asked : bool
        Whether somebody said so, so that it is no guess.
    """

    type: str
    columns: tuple[Column, ...]
    asked: bool = False

    def check_finite(self, classes: Sequence[str]) -> None:
        """Refuse an infinite number for a class.

        Raises
        ------
        AuditError
            If one is among the `classes` of columns of numbers.
        """
        infinite = [name for name in classes if name in INFINITIES]
        if infinite and all(column.numbers for column in self.columns):
            names = " or ".join(f'"{clean(column.name)}"' for column in self.columns)
            raise AuditError(
                f"{names} holds {infinite[0]}, which is no class. Leave a cell empty where nobody knows it."
            )

    @property
    def is_ordered(self) -> bool:
        """Whether its classes have an order."""
        return bool(self.columns) and all(
            column.ordered or (column.numbers and column.whole) for column in self.columns
        )

    @property
    def may_be_number(self) -> bool:
        """Whether it turns into a number where more values come than the first rows hold."""
        return not self.asked and bool(self.columns) and all(column.numbers for column in self.columns)

    def note(self) -> str:
        """Say how the outcome was read, and how to have it read otherwise; nothing of a yes or no."""
        names = " and ".join(f'"{clean(column.name)}"' for column in self.columns)
        verb = "is" if len(self.columns) == 1 else "are"
        if self.asked or not self.columns or self.type == BINARY:
            return ""
        if self.type == CLASSES:
            order = " in their order" if self.is_ordered else ""
            return f"{names} {verb} read as classes{order}. Name pos_label= to hold one of them against all others" + (
                ', or outcome_type="number" for their mean.' if self.may_be_number else "."
            )
        if self.columns[0].role == "score":
            return (
                f"{names} is read as a number. For decisions, say from where on, such as {self.columns[0].threshold}."
            )
        cuts = [f"{column.name}>={column.middle:g}" for column in self.columns]
        quoted = ", ".join(f'"{clean(cut)}"' for cut in cuts)
        shown = quoted if len(cuts) == 1 else f"[{quoted}]"
        typed = " ".join(f"--positive {_in_shell(cut)}" for cut in cuts)
        return f"{names} {verb} read as a number. For a yes or no, say who counts, such as positive={shown} ({typed})."


def _in_shell(cut: str) -> str:
    """Quote a cut for a command line, with the quotes that every shell knows where they do."""
    return f'"{cut}"' if PLAIN.fullmatch(cut) else clean(shlex.quote(cut))


def check_outcome_type(outcome_type: Any) -> str | None:
    """Return what the outcome was said to be, or None.

    Raises
    ------
    AuditError
        If it is none of the three.
    """
    if outcome_type is None or outcome_type in OUTCOME_TYPES:
        return outcome_type or None
    shown = clean(str(outcome_type))
    raise AuditError(
        f'outcome_type="{shown}" is not known.{nearest(shown, OUTCOME_TYPES)} Give one of: {", ".join(OUTCOME_TYPES)}.'
    )


def check_unit(unit: Any) -> str | None:
    """Return the unit of a number, or None.

    Raises
    ------
    AuditError
        If it is no text.
    """
    if unit is None or (isinstance(unit, str) and unit.strip()):
        return str(unit) if unit else None
    raise AuditError(f'unit must be a text such as "dollars an hour", not {clean(repr(unit))}.')


def check_cuts(cuts: Mapping[str, Cut], outcomes: Sequence[str], pos_label: Any) -> None:
    """Refuse to cut what is no label or prediction, or to read it in two ways.

    Raises
    ------
    AuditError
        If a cut is of another column, or a positive value was named as well.
    """
    for name in cuts:
        if name not in outcomes:
            shown = ", ".join(f'"{clean(outcome)}"' for outcome in outcomes) or "none was named"
            raise AuditError(
                f'positive cuts "{clean(name)}", which is no label or prediction of this audit ({shown}).'
                f"{nearest(name, outcomes)}"
            )
    if cuts and pos_label is not None:
        raise AuditError("Give either positive (where a number is cut) or pos_label (a value), not both.")


def look_at_outcome(
    frame: Any, named: Mapping[str, str], *, asked: str | None, is_decided: bool, text_is_read: bool = False
) -> Outcome:
    """Look at the first rows, and say what labels and predictions are.

    Two values, a positive one that was named or a threshold make a yes or no. Whole numbers of at most ten values are
    classes in order, all other numbers are numbers; text of more than two values is classes.

    Parameters
    ----------
    frame : Narwhals frame
    named : mapping of str to str
        Role to column, of y_true and y_pred, or of score where there is neither.
    asked : {"binary", "classes", "number"} or None
        What the outcome was said to be.
    is_decided : bool
        Whether a positive value or a threshold was named.
    text_is_read : bool
        Whether text that holds nothing but numbers is one, as in a CSV, whose cells are all text.

    Raises
    ------
    AuditError
        If label and prediction are not of one kind.
    """
    head = collected(frame.select(*dict.fromkeys(named.values())).head(PROBE_ROWS))
    values = {role: _distinct(head[name]) for role, name in named.items()}
    if not text_is_read and asked is None and not is_decided:
        for role, name in named.items():
            _check_stored(role, name, head[name], values[role])
    columns = tuple(
        _column(role, name, head[name], values[role], text_is_read=text_is_read) for role, name in named.items()
    )
    outcome = Outcome(asked or (BINARY if is_decided else _type_of(columns)), columns, asked=asked is not None)
    if outcome.type != NUMBER:
        _check_classes(outcome, values, is_decided=is_decided)
    return outcome


def _check_classes(outcome: Outcome, values: Mapping[str, Sequence[Any]], *, is_decided: bool) -> None:
    """Refuse values that are no classes, of which some may have been said to be."""
    for column in outcome.columns:
        if column.role == "score":
            continue
        if outcome.asked and column.is_number and not is_decided:
            raise AuditError(
                f'outcome_type="{outcome.type}" is for values that are few, and "{clean(column.name)}" holds '
                f"{column.levels:,} different numbers. Leave outcome_type out, or cut the number, such as with "
                f'positive="{clean(column.name)}>={column.middle:g}".'
            )
        check_labels(column.role, column.name, values[column.role])


def _distinct(values: Any) -> list[Any]:
    if values.implementation.is_pandas():
        return list(values.to_native().unique().tolist())
    return list(set(values.to_list()))


def _type_of(columns: Sequence[Column]) -> str:
    if "score" in {column.role for column in columns}:
        return NUMBER
    numbers = [column for column in columns if column.is_number]
    others = [column for column in columns if not column.is_number]
    if not numbers:
        return CLASSES if any(column.levels > 2 for column in columns) else BINARY
    one = numbers[0]
    # Probabilities beside a yes or no are refused where labels are checked, with what to do.
    if one.in_unit_interval and any(column.levels <= 2 for column in others):
        return BINARY
    for other in others:
        if not other.numbers or (other.levels == 2 and other.whole):
            what = "two values" if other.levels <= 2 else "text"
            raise AuditError(
                f'{one.role}="{clean(one.name)}" is a number, and {other.role}="{clean(other.name)}" holds {what}. '
                "Name two columns of one kind, leave one out, or say who counts as positive, such as "
                f'positive="{clean(one.name)}>={one.middle:g}".'
            )
    return NUMBER


def _column(role: str, name: str, values: Any, distinct: Sequence[Any], *, text_is_read: bool) -> Column:
    """Look at the values of one column; a few texts among many numbers are for who reads the numbers to refuse."""
    levels = {level for value in distinct if (level := canonical(value)) is not None}
    if text_is_read and _are_numbers(levels):
        levels = {level for level in levels if _is_number(level)}
        text_is_read = bool(levels)
    else:
        text_is_read = False
    numeric = values.dtype.is_numeric() or text_is_read
    found = np.array([float(level.replace(",", ".")) for level in levels]) if numeric and levels else np.array([np.nan])
    finite = found[np.isfinite(found)]
    return Column(
        role,
        name,
        levels=len(levels),
        numbers=bool(numeric),
        whole=bool(numeric and len(finite) and (finite == np.round(finite)).all()),
        middle=float(f"{np.quantile(finite, 0.5, method='higher'):.3g}") if len(finite) else float("nan"),
        in_unit_interval=bool(len(finite) and finite.min() >= 0 and finite.max() <= 1),
        ordered=_has_order(values),
    )


def _check_stored(role: str, name: str, values: Any, distinct: Sequence[Any]) -> None:
    """Refuse many numbers that are stored as something else, of which nobody could want as many classes."""
    if values.dtype.is_numeric():
        return
    levels = {level for value in distinct if (level := canonical(value)) is not None}
    if len(levels) <= MOST_ORDERED or not _are_numbers(levels):
        return
    one = next(value for value in distinct if value is not None and _is_number(str(value)))
    what = "text" if isinstance(one, str) else type(one).__name__
    raise AuditError(
        f'{role}="{clean(name)}" holds {len(levels):,} different numbers as {what}, such as {clean(str(one), 40)}. '
        'Make it a column of numbers, or say outcome_type="classes" if they are names of classes.'
    )


def _are_numbers(levels: Set[str]) -> bool:
    """Say whether values are numbers, but for some texts among many."""
    texts = sum(not _is_number(level) for level in levels)
    return not texts or len(levels) - texts > max(MOST_ORDERED, texts)


def _is_number(level: str) -> bool:
    return NUMBER_PATTERN.fullmatch(level.replace(",", ".", 1)) is not None


def _has_order(values: Any) -> bool:
    import narwhals.stable.v2 as nw

    if values.dtype == nw.Enum:
        return True
    native = values.to_native()
    return bool(values.implementation.is_pandas() and getattr(native.dtype, "ordered", False))
