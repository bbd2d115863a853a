"""What a column must be before it is counted, and the sentence that says so when it is not."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
from numpy.typing import NDArray

from biasaudit.errors import AuditError, nearest
from biasaudit.statistics.engines import collected
from biasaudit.statistics.labels import canonical

__all__ = ["check_columns", "check_labels", "check_scores", "check_there", "declared_levels"]

MAX_LEVELS = 1_000
MAX_NUMBERS = 20
PROBE_ROWS = 10_000
SHOWN_COLUMNS = 12
SHOWN_LETTERS = 60
Floats = NDArray[np.float64]


def shorten(text: str, most: int = SHOWN_LETTERS) -> str:
    """Cut a long name for a message, and write control characters so that they do nothing.

    Examples
    --------
    >>> shorten("a" * 100, 10)
    'aaaaaaaaa…'
    """
    text = "".join(letter if letter.isprintable() else "�" for letter in text[: most + 1])
    return text if len(text) <= most else text[: most - 1] + "…"


def check_columns(frame: Any, features: Sequence[str], columns: dict[str, str | None]) -> None:
    """Raise an AuditError unless every named column is there and is what its role needs."""
    if not features:
        raise AuditError("sensitive_features is empty. Name at least one column that says who belongs to which group.")
    schema = frame.collect_schema()
    named = [("sensitive_features", name) for name in features]
    named += [(role, name) for role, name in columns.items() if name is not None]
    for role, name in named:
        check_there(role, name, schema.names())
    for i, name in enumerate(features):
        if name in features[:i]:
            raise AuditError(f'sensitive_features names "{shorten(name)}" twice. Name each column once.')
    for role, name in named:
        if role in {"score", "sample_weight"} and not schema[name].is_numeric():
            raise AuditError(
                f'{role}="{shorten(name)}" holds {_dtype(schema[name])}, not numbers. Name a column of numbers.'
            )
        if role == "sensitive_features":
            _check_feature_type(name, schema[name])
    _probe(frame, features, {role: columns[role] for role in ("y_true", "y_pred")}, schema)


def check_there(role: str, name: Any, names: list[str], *, where: str = "") -> None:
    """Raise an AuditError unless `name` is one of the columns `names`."""
    if not isinstance(name, str):
        raise AuditError(
            f"{role} must be the name of a column, not a {type(name).__name__}. "
            "Put the values into the table as a column, so that rows cannot be matched wrongly."
        )
    if name not in names:
        shown = ", ".join(shorten(n) for n in names[:SHOWN_COLUMNS])
        more = f" and {len(names) - SHOWN_COLUMNS:,} more" if len(names) > SHOWN_COLUMNS else ""
        hint = nearest(shorten(name), map(shorten, names))
        raise AuditError(f'{role}="{shorten(name)}" is not a column{where}.{hint} Columns: {shown}{more}.')


def _dtype(dtype: Any) -> str:
    return "text" if dtype in (nw.String, nw.Categorical, nw.Enum) else str(dtype)


def _check_feature_type(name: str, dtype: Any) -> None:
    if dtype.is_temporal():
        _refuse_dates(name, str(dtype))
    if dtype.is_nested() or dtype in (nw.Binary,):
        raise AuditError(f'Sensitive feature "{shorten(name)}" holds {dtype} values. Make it a column of text.')


def _refuse_dates(name: str, what: str) -> None:
    raise AuditError(
        f'Column "{shorten(name)}" holds dates or times ({what}), not groups or labels. '
        "Make a column of periods or age bands, and drop time zones first."
    )


def _probe(frame: Any, features: Sequence[str], labels: dict[str, str | None], schema: Any) -> None:
    """Look at the first rows, so that an id or a probability is refused before the whole table is scanned."""
    roles = dict.fromkeys(features, "sensitive feature")
    roles |= {name: role for role, name in labels.items() if name is not None and name not in roles}
    head = frame.select(*roles).head(PROBE_ROWS)
    head = collected(head)
    for name, role in roles.items():
        _check_types_agree(name, head[name])
        values = head[name].unique().to_list() if schema[name] != nw.Object else list(set(head[name].to_list()))
        if role == "sensitive feature":
            check_groups(name, values, schema[name].is_float(), schema[name].is_numeric())
        else:
            check_labels(role, name, values)


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
            f'Column "{shorten(name)}" mixes types: {shorten(found)}. '
            "Write every value as text, or every one as a number."
        )


def check_groups(name: str, values: Sequence[Any], is_float: bool, is_number: bool) -> None:
    """Raise an AuditError if a sensitive feature looks like an id or a measurement instead of groups."""
    levels = {canonical(value) for value in values} - {None}
    whole = not is_float or all(float(level).is_integer() for level in levels if level is not None)
    if is_number and (len(levels) > MAX_NUMBERS or not whole):
        raise AuditError(
            f'Sensitive feature "{shorten(name)}" holds {"numbers with decimals" if not whole else "numbers"} '
            f"with {_at_least(levels)} different values. "
            f'Declare edges, such as bins={{"{shorten(name)}": [25, 45]}}, or make a column of groups.'
        )
    if len(levels) > MAX_LEVELS:
        raise AuditError(
            f'Sensitive feature "{shorten(name)}" has {_at_least(levels)} different values: an id, or a number to bin. '
            f"Name a column with at most {MAX_LEVELS:,} groups."
        )


def _at_least(levels: set[Any]) -> str:
    return f"at least {len(levels):,}"


def check_labels(role: str, name: str, values: Sequence[Any]) -> None:
    """Raise an AuditError if labels look like probabilities or like anything but a few classes."""
    numbers = [v for v in values if isinstance(v, float) and v == v]
    if any(0 < value < 1 for value in numbers):
        raise AuditError(
            f'{role}="{shorten(name)}" holds probabilities such as {next(v for v in numbers if 0 < v < 1):g}. '
            + ("Round" if role == "label" else "Pass them as score= with a threshold=, or round")
            + " them to 0 and 1 yourself."
        )
    if len(values) > MAX_LEVELS:
        raise AuditError(
            f'{role}="{shorten(name)}" has at least {len(values):,} different values, so it holds no classes. '
            "Name the column of labels; a column of scores goes to score=."
        )


def check_scores(frame: Any, score: str, bins: int) -> tuple[Floats, Floats]:
    """Choose the edges between score bins and the score that stands for each bin.

    Raises
    ------
    AuditError
        If a score is missing or infinite.
    """
    column = nw.col(score).cast(nw.Float64)
    facts = (
        frame.select(column.alias("s"))
        .with_columns(((nw.col("s").is_null()) | (nw.col("s") * 0 != 0)).cast(nw.Int64).alias("bad"))
        .select(nw.col("s").min().alias("low"), nw.col("s").max().alias("high"), nw.col("bad").sum())
    )
    low, high, bad = _row(facts)
    if bad:
        raise AuditError(
            f'score="{shorten(score)}" is missing, NaN or infinite in {int(bad):,} rows. '
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
    return edges, np.append(edges - half, edges[-1] + half)


def _row(frame: Any) -> tuple[Any, ...]:
    frame = collected(frame)
    return tuple(frame.row(0))


def _distinct(frame: Any, score: str, most: int) -> Floats | None:
    """Return the distinct scores in order, or None where there are more than `most`."""
    distinct = frame.select(nw.col(score).cast(nw.Float64)).unique().head(most + 1)
    distinct = collected(distinct)
    values = np.sort(distinct[score].to_numpy().astype(float))
    return values if len(values) <= most else None


def declared_levels(
    frame: Any, features: Sequence[str], bins: Mapping[str, tuple[str, ...]] | None = None
) -> list[tuple[str, ...]]:
    """Return the levels a categorical column or its bins declare, whether or not a row has them."""
    schema = frame.collect_schema()
    declared: list[tuple[str, ...]] = []
    for name in features:
        categories: Sequence[Any] = (bins or {}).get(name, ())
        if schema[name] == nw.Enum and getattr(schema[name], "categories", None):
            categories = schema[name].categories
        elif schema[name] == nw.Categorical and isinstance(frame, nw.DataFrame):
            categories = frame[name].cat.get_categories().to_list()
        declared.append(tuple(str(canonical(value)) for value in categories))
    return declared
