"""What a column must be before it is counted, and the sentence that says so when it is not."""

import re
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np

from biasaudit.arraytypes import Floats
from biasaudit.counts.engines import collected, float_expression
from biasaudit.counts.number_text import refuse_no_numbers
from biasaudit.counts.values import canonical
from biasaudit.errors import AuditError, nearest
from biasaudit.names import clean

__all__ = [
    "INFINITIES",
    "NUMBER_PATTERN",
    "PROBE_ROWS",
    "ColumnRequest",
    "check_column_exists",
    "check_columns",
    "check_groups",
    "check_labels",
    "check_scores",
    "declared_levels",
]

MAX_LEVELS = 1_000
MAX_NUMBERS = 20
PROBE_ROWS = 10_000
MAX_SHOWN_COLUMNS = 12
SENSITIVE_FEATURE = "Sensitive feature"
KEY_KINDS = ("group", "label", "outcome", "key", "stratum")
# Codes such as 007 are no numbers.
NUMBER_PATTERN = re.compile(r"-?(0|[1-9]\d*)(\.\d+)?(e[+-]?\d+)?")
INFINITIES = {"inf", "-inf"}


@dataclass(frozen=True)
class ColumnRequest:
    """A column that was asked for.

    Parameters
    ----------
    role : str
        The argument that named it, for messages.
    name : str
    kind : {"group", "label", "outcome", "number", "key", "stratum", "any"}
        What it has to be: groups, classes, classes or numbers, numbers, anything that tells rows apart, or that puts
        them together, or just there.
    """

    role: str
    name: str
    kind: str = "any"


def check_columns(frame: Any, requests: Sequence[ColumnRequest]) -> None:
    """Raise an AuditError unless every column is there and is what its role needs.

    Parameters
    ----------
    frame : Narwhals frame
    requests : sequence of ColumnRequest

    Raises
    ------
    AuditError
        If a column is missing, or does not hold what its role needs.
    """
    schema = frame.collect_schema()
    for request in requests:
        check_column_exists(request.role, request.name, schema.names())
    for request in requests:
        dtype = schema[request.name]
        if request.kind == "number" and not dtype.is_numeric():
            refuse_no_numbers(frame, request.role, request.name)
        if request.kind in KEY_KINDS:
            _check_countable(frame, request, dtype)
    _probe(frame, [request for request in requests if request.kind in ("group", "label", "outcome")], schema)


def check_column_exists(role: str, name: Any, names: list[str], *, where: str = "") -> None:
    """Raise an AuditError unless `name` is one of the columns `names`.

    Parameters
    ----------
    role : str
        The argument that named the column, for the message.
    name : object
    names : list of str
        Columns that there are.
    where : str
        Of what they are columns, with a blank before it.

    Raises
    ------
    AuditError
        If `name` is none of `names`, or no text.
    """
    if not isinstance(name, str):
        raise AuditError(
            f"{role} must be the name of a column, not a {type(name).__name__}. "
            "Put the values into the table as a column, so that rows cannot be matched wrongly."
        )
    if name not in names:
        shown = ", ".join(clean(n) for n in names[:MAX_SHOWN_COLUMNS])
        more = f" and {len(names) - MAX_SHOWN_COLUMNS:,} more" if len(names) > MAX_SHOWN_COLUMNS else ""
        hint = nearest(clean(name), map(clean, names))
        raise AuditError(f'{role}="{clean(name)}" is not a column{where}.{hint} Columns: {shown}{more}.')


def _check_countable(frame: Any, request: ColumnRequest, dtype: Any) -> None:
    """Refuse what nothing can be counted by: lists and the like, which pandas holds as objects, and points in time."""
    if request.kind in ("group", "label", "outcome") and dtype.is_temporal():
        _refuse_dates(request.name, str(dtype))
    nested = dtype.is_nested()
    if dtype == nw.Object and isinstance(frame, nw.DataFrame):
        nested = not all(isinstance(value, Hashable) for value in frame[request.name].to_list())
    if nested or dtype == nw.Binary:
        content = "lists, dicts or other values with parts" if nested else "bytes"
        raise AuditError(
            f'{request.role}="{clean(request.name)}" holds {content}, which rows cannot be counted by. '
            "Make it a column of text or numbers."
        )


def _refuse_dates(name: str, what: str) -> None:
    raise AuditError(
        f'Column "{clean(name)}" holds dates or times ({what}), not groups or labels. '
        "Make a column of periods or age bands, and drop time zones first."
    )


def _probe(frame: Any, requests: Sequence[ColumnRequest], schema: Any) -> None:
    """Look at the first rows, so that an id or a probability is refused before the whole table is scanned."""
    if not requests:
        return
    head = collected(frame.select(*dict.fromkeys(request.name for request in requests)).head(PROBE_ROWS))
    for request in requests:
        values = _values(head[request.name])
        if request.kind == "outcome" and head[request.name].dtype == nw.Object and _are_measured(values):
            refuse_no_numbers(frame, request.role, request.name)
        _check_types_agree(request.name, head[request.name])
        if request.kind == "group":
            check_groups(
                request.name, values, "Control feature" if request.role == "control_features" else SENSITIVE_FEATURE
            )
        elif request.kind == "label":
            check_labels(request.role, request.name, values)


def _are_measured(values: Sequence[Any]) -> bool:
    """Say whether values are text among more numbers than there are groups of."""
    numbers = {value for value in values if isinstance(value, int | float) and not isinstance(value, bool)}
    return len(numbers) > MAX_NUMBERS and any(isinstance(value, str) for value in values)


def _values(column: Any) -> list[Any]:
    if column.implementation.is_pandas():
        return list(column.to_native().unique().tolist())
    return list(set(column.to_list()))


def _check_types_agree(name: str, column: Any) -> None:
    """Refuse a column that mixes text and numbers: "30" and 30 may or may not be the same person's age."""
    if column.dtype != nw.Object:
        return
    samples: dict[str, Any] = {}
    for value in column.to_list():
        if isinstance(value, date):
            _refuse_dates(name, type(value).__name__)
        if canonical(value) is not None and not (isinstance(value, float) and value != value):
            samples.setdefault("text" if isinstance(value, str) else "numbers", value)
    if len(samples) > 1:
        found = " and ".join(f"{value!r} ({type(value).__name__})" for value in samples.values())
        raise AuditError(
            f'Column "{clean(name)}" mixes types: {clean(found)}. Write every value as text, or every one as a number.'
        )


def check_groups(name: str, values: Sequence[Any], what: str = SENSITIVE_FEATURE) -> None:
    """Raise an AuditError if a sensitive feature, or `what` else, looks like an id or a measurement, and not groups.

    Parameters
    ----------
    name : str
        Of the column.
    values : sequence
        Distinct values, or all.
    what : str
        What the column is called in messages.

    Raises
    ------
    AuditError
        If values are numbers with decimals, more than 20 numbers or more than 1,000 levels.
    """
    levels = {level for value in values if (level := canonical(value)) is not None}
    numbers = all(NUMBER_PATTERN.fullmatch(level) or level in INFINITIES for level in levels)
    decimals = numbers and not all(float(level).is_integer() for level in levels)
    if numbers and (decimals or len(levels) > MAX_NUMBERS):
        raise AuditError(
            f'{what} "{clean(name)}" holds {"numbers with decimals" if decimals else "numbers"} '
            f"with {_at_least(levels)} different values. "
            f'Declare edges, such as bins={{"{clean(name)}": [25, 45]}}, or make a column of groups.'
        )
    if len(levels) > MAX_LEVELS:
        raise AuditError(
            f'{what} "{clean(name)}" has {_at_least(levels)} different values: an id, or a number to bin. '
            f"Name a column with at most {MAX_LEVELS:,} groups."
        )


def _at_least(levels: set[Any]) -> str:
    return f"at least {len(levels):,}"


def check_labels(role: str, name: str, values: Sequence[Any]) -> None:
    """Raise an AuditError if labels look like probabilities or like anything but a few classes."""
    numbers = [v for v in values if isinstance(v, float) and v == v]
    if any(0 < value < 1 for value in numbers):
        raise AuditError(
            f'{role}="{clean(name)}" holds probabilities such as {next(v for v in numbers if 0 < v < 1):g}. '
            + ("Round" if role == "label" else "Pass them as score= with a threshold=, or round")
            + " them to 0 and 1 yourself."
        )
    # Every missing number is a value of its own to Python.
    levels = {level for value in values if (level := canonical(value)) is not None}
    if len(levels) > MAX_LEVELS:
        raise AuditError(
            f'{role}="{clean(name)}" has {_at_least(levels)} different values, so it holds no classes. '
            "Name the column of labels; a column of scores goes to score=."
        )


def check_scores(frame: Any, score: str, bins: int) -> tuple[Floats, Floats]:
    """Choose the edges between score bins and the score that stands for each bin.

    Parameters
    ----------
    frame : Narwhals frame
    score : str
        Column of numbers.
    bins : int

    Returns
    -------
    edges : float array of shape (bins - 1,)
    bin_scores : float array of shape (bins,)
        Fewer where there are fewer scores than bins and some lie outside 0–1.

    Raises
    ------
    AuditError
        If a score is missing or infinite.
    """
    column = float_expression(frame, score)
    facts = (
        frame.select(column.alias("s"))
        .with_columns(((nw.col("s").is_null()) | (nw.col("s") * 0 != 0)).cast(nw.Int64).alias("bad"))
        .select(nw.col("s").min().alias("low"), nw.col("s").max().alias("high"), nw.col("bad").sum())
    )
    low, high, bad = _first_row(facts)
    if bad:
        raise AuditError(
            f'score="{clean(score)}" is missing, NaN or infinite in {int(bad):,} rows. '
            "Remove these rows or give them a score first."
        )
    if low is None:
        raise AuditError("The table has no rows. Check the file, or the filter that made it.")
    if low >= 0 and high <= 1:
        edges = np.arange(1, bins) / bins
        return edges, (np.arange(bins) + 0.5) / bins
    values = _distinct(frame, score, bins)
    if values is not None:
        return values[1:], values
    edges = float(low) + (float(high) - float(low)) * np.arange(1, bins) / bins
    half = (float(high) - float(low)) / bins / 2
    if not (np.isfinite(edges).all() and (np.diff(edges) > 0).all()):
        raise AuditError(
            f'score="{clean(score)}" goes from {low:g} to {high:g}, which {bins} bins of equal width cannot part. '
            "Scale the scores, such as to 0–1."
        )
    return edges, np.append(edges - half, edges[-1] + half)


def _first_row(frame: Any) -> tuple[Any, ...]:
    frame = collected(frame)
    return tuple(frame.row(0))


def _distinct(frame: Any, score: str, max_values: int) -> Floats | None:
    """Return the distinct scores in order, or None where there are more than `max_values`."""
    distinct = frame.select(float_expression(frame, score)).unique().head(max_values + 1)
    distinct = collected(distinct)
    values = np.sort(distinct[score].to_numpy().astype(float))
    return values if len(values) <= max_values else None


def declared_levels(frame: Any, features: Sequence[str]) -> dict[str, tuple[tuple[str, ...], bool]]:
    """Return the levels that categorical columns declare, whether or not a row has them, and if they have an order.

    Parameters
    ----------
    frame : Narwhals frame
    features : sequence of str

    Returns
    -------
    dict of str to pair of tuple of str and bool
        Of the features that declare any.
    """
    schema = frame.collect_schema()
    declared = {}
    for name in features:
        categories: Sequence[Any] = ()
        if schema[name] == nw.Enum:
            categories = getattr(schema[name], "categories", None) or ()
        elif schema[name] == nw.Categorical and isinstance(frame, nw.DataFrame):
            categories = frame[name].cat.get_categories().to_list()
        levels = tuple(str(canonical(value)) for value in categories)
        if levels:
            declared[name] = levels, schema[name] == nw.Enum or _is_ordered(frame, name)
    return declared


def _is_ordered(frame: Any, name: str) -> bool:
    """Say whether a dictionary of Arrow has an order; Narwhals does not tell."""
    return bool(frame.implementation.is_pyarrow() and nw.to_native(frame[name]).type.ordered)
