"""What the columns of a table hold, read off a random sample of its rows: names, numbers, days or too many values."""

import re
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np

from biasaudit.arraytypes import Floats, Ints
from biasaudit.counts.engines import collected, to_floats
from biasaudit.counts.values import canonical_each

__all__ = ["BLANKS", "ColumnKind", "column_kinds", "draw_positions", "is_number", "sample_people", "sample_rows"]

# Cells of text that say no more than that the value is unknown.
BLANKS = ("", "?")
MAX_LEVELS = 200
MAX_DAYS = 5_000
MAX_NUMBERS = 30
N_BINS = 50
# Of text that repeats less than this, every value is nearly a row: an id, or free text.
MIN_REPEATS = 3
# Text that repeats less than this is an id or free text, and not only a name of many.
MAX_ID_REPEATS = 1.1
# Whole numbers that measure something coincide so often by chance at least where rows have none alike.
MIN_COINCIDENCES = 5
DAY_PATTERN = re.compile(r"\d{4}-\d{2}(-\d{2})?([ T].*)?")


@dataclass(frozen=True, eq=False)
class ColumnKind:
    """How a column is cut into levels.

    Parameters
    ----------
    name : str
    role : {"names", "numbers", "days", "bins", "many"}
        Unordered names, numbers with few values, days or months, numbers in bins of about equal size, or so many
        values that only missing ones are told apart.
    ordered : bool
        Whether neighbouring levels belong together.
    edges : float array
        Bin k holds ``edges[k - 1] <= value < edges[k]``; empty where values are levels themselves.
    letters : int
        Letters of a day to keep: 10 for days, 7 for months, 0 for all of any other text.
    unique : bool
        Whether hardly two rows share a value: an id, the number of a row, or free text.
    """

    name: str
    role: str
    ordered: bool
    edges: Floats = field(default_factory=lambda: np.empty(0))
    letters: int = 0
    unique: bool = False

    def level_name(self, code: int) -> str:
        """Name a bin by its edges."""
        if code == 0:
            return f"under {self.edges[0]:g}"
        if code == len(self.edges):
            return f"{self.edges[-1]:g} or more"
        return f"{self.edges[code - 1]:g} to {self.edges[code]:g}"


def sample_rows(frame: Any, columns: Sequence[str], rows: int, random_state: int) -> Any:
    """Draw rows without replacement; all of them, as they stand, where there are no more than `rows`.

    Parameters
    ----------
    frame : Narwhals frame
        In memory, or of DuckDB, Spark or lazy Polars, which are sampled where they lie.
    columns : sequence of str
    rows : int
        The most that are drawn.
    random_state : int

    Returns
    -------
    Narwhals frame
        In memory.
    """
    frame = frame.select(*columns)
    if isinstance(frame, nw.LazyFrame):
        first = collected(frame.head(rows + 1))
        if len(first) <= rows:
            return first
        frame = collected(_sampled(frame, rows, random_state))
    # Narwhals' own sample() of a pyarrow table is its first rows.
    return frame[draw_positions(len(frame), rows, random_state)] if len(frame) > rows else frame


def sample_people(frame: Any, columns: Sequence[str], count: str, max_people: int, random_state: int) -> Any:
    """Draw people without replacement where each row stands for several: a row comes as often as it was drawn.

    Parameters
    ----------
    frame : Narwhals frame
    columns : sequence of str
    count : str
        Column of how many people a row stands for.
    max_people : int
        The most that are drawn.
    random_state : int

    Returns
    -------
    Narwhals frame
        In memory.
    """
    rows = collected(frame.select(*dict.fromkeys([*columns, count])))
    counts = to_floats(rows[count]).astype(np.int64)
    if counts.sum() > max_people:
        counts = np.random.default_rng(random_state).multivariate_hypergeometric(counts, max_people, method="marginals")
    return rows.select(*columns)[np.repeat(np.arange(len(counts)), counts)]


def draw_positions(total: int, rows: int, random_state: int) -> Ints:
    """Draw numbers of rows without replacement, in order.

    Parameters
    ----------
    total : int
        Rows that there are, numbered from 0.
    rows : int
        Rows to draw, no more than `total`.
    random_state : int

    Returns
    -------
    int array of shape (rows,)

    Examples
    --------
    >>> draw_positions(10, 3, 0).tolist()
    [5, 6, 9]
    """
    return np.sort(np.random.default_rng(random_state).choice(total, rows, replace=False))


def _sampled(frame: Any, rows: int, random_state: int) -> Any:
    """Draw the rows in the engine, or a few more than these."""
    native = nw.to_native(frame)
    if frame.implementation.is_duckdb():
        query = f"SELECT * FROM people USING SAMPLE reservoir({rows} ROWS) REPEATABLE ({random_state})"
        return nw.from_native(native.query("people", query))
    if frame.implementation.is_polars():
        total = int(collected(frame.select(nw.len().alias("rows")))["rows"][0])
        # Longer than any name of a column, so it is none of them.
        number = "n" * (1 + max(map(len, frame.collect_schema().names())))
        chosen = nw.from_native(native.with_row_index(number))
        return chosen.filter(nw.col(number).is_in(draw_positions(total, rows, random_state).tolist())).drop(number)
    if frame.implementation.is_spark_like() and hasattr(native, "sample"):
        total = int(collected(frame.select(nw.len().alias("rows")))["rows"][0])
        # Each row is drawn by itself, so the number drawn varies: this share is as good as never too small.
        share = (rows + 6 * rows**0.5) / total
        return frame if share >= 1 else nw.from_native(native.sample(False, share, random_state))
    return frame


def column_kinds(sample: Any, columns: Sequence[str]) -> tuple[ColumnKind, ...]:
    """Tell for each column how to cut it into levels.

    Parameters
    ----------
    sample : Narwhals frame
        In memory.
    columns : sequence of str

    Returns
    -------
    tuple of ColumnKind

    Examples
    --------
    >>> import pandas as pd
    >>> frame = nw.from_native(pd.DataFrame({"day": ["2014-04-01"] * 9, "city": list("aabbccddd"), "age": range(9)}))
    >>> [(kind.role, kind.ordered) for kind in column_kinds(frame, ["day", "city", "age"])]
    [('days', True), ('names', False), ('numbers', True)]
    """
    return tuple(_column_kind(name, sample[name]) for name in columns)


def _column_kind(name: str, column: Any) -> ColumnKind:
    dtype = column.dtype
    if dtype.is_nested() or dtype in (nw.Binary, nw.Time, nw.Duration):
        return ColumnKind(name, "many", False)
    if dtype.is_temporal():
        days = column.cast(nw.String).drop_nulls().to_list()
        return _day_kind(name, days)
    if dtype.is_numeric():
        return _number_kind(name, to_floats(column))
    values = column.drop_nulls().to_list() if dtype != nw.Object else column.to_list()
    if not all(isinstance(value, Hashable) for value in values):
        # Lists and the like, which pandas holds as objects, cannot be grouped by.
        return ColumnKind(name, "many", False)
    texts = [text for text in canonical_each(values) if text is not None and text not in BLANKS]
    distinct = set(texts)
    if distinct and all(DAY_PATTERN.fullmatch(text) for text in distinct):
        return _day_kind(name, texts)
    if len(distinct) > MAX_LEVELS or (len(distinct) > MAX_NUMBERS and len(texts) < MIN_REPEATS * len(distinct)):
        return ColumnKind(name, "many", False, unique=len(texts) < MAX_ID_REPEATS * len(distinct))
    ordered = bool(distinct) and (all(map(is_number, distinct)) or distinct <= {"False", "True"})
    return ColumnKind(name, "names", ordered)


def _day_kind(name: str, days: Sequence[str]) -> ColumnKind:
    letters = 10 if len({day[:10] for day in days}) <= MAX_DAYS else 7
    return ColumnKind(name, "days", True, letters=letters)


def _number_kind(name: str, values: Floats) -> ColumnKind:
    values = values[np.isfinite(values)]
    distinct = np.unique(values)
    if len(distinct) <= MAX_NUMBERS:
        return ColumnKind(name, "numbers", True)
    if len(distinct) == len(values) and _is_row_number(distinct):
        return ColumnKind(name, "many", False, unique=True)
    edges = np.unique(np.quantile(values, np.arange(1, N_BINS) / N_BINS, method="inverted_cdf"))
    return ColumnKind(name, "bins", True, edges=edges[edges > values.min()])


def _is_row_number(values: Floats) -> bool:
    """Say whether whole numbers, none of them twice, are so close to each other that they were dealt out.

    Of numbers that measure something, some would be alike by chance: at least as many as if all were equally likely.
    """
    if not np.array_equal(values, np.round(values)):
        return False
    return bool(len(values) ** 2 / (2 * (values[-1] - values[0] + 1)) >= MIN_COINCIDENCES)


def is_number(text: str) -> bool:
    """Say whether a text is a plain number.

    Parameters
    ----------
    text : str

    Examples
    --------
    >>> is_number("2.5"), is_number("nan"), is_number("1_000")
    (True, False, False)
    """
    return re.fullmatch(r"-?\d+(\.\d+)?", text) is not None
