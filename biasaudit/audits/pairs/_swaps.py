"""Which values are swapped for which, and the texts or tables that the swap makes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from biasaudit.errors import AuditError, nearest
from biasaudit.names import clean

__all__ = ["Swap", "as_eager", "filled_tables", "filled_texts", "read_swap"]

MOST_TEXTS = 5_000_000


@dataclass(frozen=True, eq=False)
class Swap:
    """Values to fill in, and the group that each stands for.

    Parameters
    ----------
    feature : str
        The first placeholder or column, after which the groups are named.
    groups : tuple of str
    member : int array of shape (values,)
        Group of each value.
    columns : mapping of str to tuple
        For each placeholder or column what it becomes with each value.
    """

    feature: str
    groups: tuple[str, ...]
    member: NDArray[np.int64]
    columns: Mapping[str, tuple[Any, ...]]

    @property
    def sizes(self) -> NDArray[np.int64]:
        """Values of each group."""
        return np.bincount(self.member, minlength=len(self.groups))


def read_swap(swap: Any) -> Swap:
    """Check a swap: placeholder or column -> group -> value or values.

    Raises
    ------
    AuditError
        If it names fewer than two groups, a value stands for two groups, or columns disagree.
    """
    if not isinstance(swap, Mapping) or not swap:
        raise AuditError('swap is empty. Give it like swap={"name": {"woman": ["Anna"], "man": ["Otto"]}}.')
    tables = {_name(key): _values(key, groups) for key, groups in swap.items()}
    feature = next(iter(tables))
    first = tables[feature]
    for name, other in tables.items():
        _check_alike(feature, first, name, other)
    groups = tuple(first)
    counts = [len(first[group]) for group in groups]
    columns = {name: tuple(_spread(other, groups, counts)) for name, other in tables.items()}
    _check_distinct(feature, first)
    return Swap(feature, groups, np.repeat(np.arange(len(groups)), counts), columns)


def _name(key: Any) -> str:
    if not isinstance(key, str) or not key:
        raise AuditError(f"swap names {clean(repr(key))}, which is no name of a placeholder or column. Use text.")
    return key


def _values(key: str, groups: Any) -> dict[str, tuple[Any, ...]]:
    if not isinstance(groups, Mapping) or len(groups) < 2:
        raise AuditError(
            f'swap["{clean(key)}"] needs at least two groups. '
            f'Give them like {{"{clean(key)}": {{"woman": [...], "man": [...]}}}}.'
        )
    found = {}
    for group, values in groups.items():
        listed = tuple(values) if isinstance(values, (list, tuple)) else (values,)
        if not isinstance(group, str) or not group or not listed:
            raise AuditError(
                f'swap["{clean(key)}"] has a group without a name in text or without a value: '
                f"{clean(repr(group))}. Name it and give it one value or more."
            )
        found[group] = listed
    return found


def _check_alike(feature: str, first: Mapping[str, Any], name: str, other: Mapping[str, Any]) -> None:
    if set(first) != set(other):
        odd = sorted(set(first) ^ set(other))[0]
        raise AuditError(
            f'swap["{clean(feature)}"] and swap["{clean(name)}"] name different groups, such as "{clean(odd)}". '
            "Give every placeholder or column the same groups."
        )
    for group, values in first.items():
        if len(other[group]) not in {1, len(values)}:
            raise AuditError(
                f'swap["{clean(name)}"] gives "{clean(group)}" {len(other[group])} values and '
                f'swap["{clean(feature)}"] {len(values)}. Give one for all, or as many in the same order.'
            )


def _spread(table: Mapping[str, tuple[Any, ...]], groups: Sequence[str], counts: Sequence[int]) -> Iterator[Any]:
    for group, count in zip(groups, counts, strict=True):
        yield from table[group] * (count if len(table[group]) == 1 else 1)


def _check_distinct(feature: str, first: Mapping[str, tuple[Any, ...]]) -> None:
    owner: dict[Any, str] = {}
    for group, values in first.items():
        for value in values:
            known = owner.setdefault(value, group) if isinstance(value, (str, int, float, bool)) else None
            if known is None:
                raise AuditError(
                    f'swap["{clean(feature)}"] holds a {type(value).__name__} for "{clean(group)}". '
                    "Use text, numbers or true and false."
                )
            if known != group or values.count(value) > 1:
                raise AuditError(
                    f'swap["{clean(feature)}"] lists "{clean(str(value))}" twice. '
                    "A value can stand for one group only, and counts once."
                )


def filled_texts(templates: Sequence[str], swap: Swap) -> list[str]:
    """Fill every template with every value; the values of the first template come first.

    Raises
    ------
    AuditError
        If a template is no text, has no placeholder or comes twice.

    Examples
    --------
    >>> filled_texts(["{who} sings"], read_swap({"who": {"woman": "She", "man": "He"}}))
    ['She sings', 'He sings']
    """
    marks = {name: "{" + name + "}" for name in swap.columns}
    _check_templates(templates, marks, len(swap.member))
    texts = []
    for template in templates:
        for at in range(len(swap.member)):
            text = template
            for name, mark in marks.items():
                # Not str.format: other braces in a text mean nothing.
                text = text.replace(mark, str(swap.columns[name][at]))
            texts.append(text)
    return texts


def _check_templates(templates: Sequence[Any], marks: Mapping[str, str], values: int) -> None:
    if not templates:
        raise AuditError("There is no template. Give at least one text with a placeholder.")
    first = next(iter(marks.values()))
    seen: dict[str, int] = {}
    for number, template in enumerate(templates, start=1):
        if not isinstance(template, str):
            raise AuditError(f"Template {number:,} is a {type(template).__name__}, not text. Give texts with {first}.")
        if first not in template:
            raise AuditError(
                f"Template {number:,} has no {clean(first)}, so that nothing in it would be swapped: "
                f'"{clean(template, 40)}". Write {clean(first)} where the value goes.'
            )
        if seen.setdefault(template, number) != number:
            raise AuditError(
                f"Templates {seen[template]:,} and {number:,} are the same text, which would count as two. Remove one."
            )
    for name, mark in marks.items():
        if not any(mark in template for template in templates):
            raise AuditError(f'No template has {clean(mark)}, which swap["{clean(name)}"] would fill. Remove it.')
    if len(templates) * values > MOST_TEXTS:
        raise AuditError(
            f"{len(templates):,} templates and {values:,} values make more than {MOST_TEXTS:,} texts. Use fewer."
        )


def filled_tables(frame: Any, swap: Swap) -> Iterator[Any]:
    """Yield the table with the columns of the swap set to each value, all else as it is.

    Raises
    ------
    AuditError
        If a column is missing, or never holds a value that it would be set to.
    """
    import narwhals.stable.v2 as nw

    eager = as_eager(frame)
    if not len(eager):
        raise AuditError("The table has no rows. Check the file, or the filter that made it.")
    for name, values in swap.columns.items():
        _check_column(eager, name, values)
    for at in range(len(swap.member)):
        columns = {name: values[at] for name, values in swap.columns.items()}
        if eager.implementation.is_pandas():
            yield _set_pandas(frame, columns)
        else:
            yield eager.with_columns(nw.lit(v).cast(eager.schema[n]).alias(n) for n, v in columns.items()).to_native()


def as_eager(frame: Any) -> Any:
    """Wrap a table that is in memory.

    Raises
    ------
    AuditError
        If it is none, or two of its columns share a name.
    """
    import narwhals.stable.v2 as nw

    try:
        return nw.from_native(frame, eager_only=True)
    except (TypeError, ValueError):
        raise AuditError(
            f"Neither texts nor a table in memory: a {type(frame).__name__}. "
            "Give a list of texts, or a pandas, Polars or Arrow table whose columns have different names."
        ) from None


def _set_pandas(frame: Any, columns: Mapping[str, Any]) -> Any:
    """Set columns to one value each; pandas shares the others, and categories stay as they are."""
    import pandas as pd

    return frame.assign(
        **{
            name: pd.Series([value] * len(frame), index=frame.index, dtype=frame[name].dtype)
            for name, value in columns.items()
        }
    )


def _check_column(frame: Any, name: str, values: Sequence[Any]) -> None:
    if name not in frame.columns:
        shown = ", ".join(clean(column) for column in frame.columns[:12]) + (", …" if frame.shape[1] > 12 else "")
        raise AuditError(f'swap["{clean(name)}"] is not a column.{nearest(name, frame.columns)} Columns: {shown}.')
    held = frame[name].unique().to_list()
    for value in values:
        if value not in held:
            found = sorted(str(v) for v in held[:12])
            raise AuditError(
                f'Column "{clean(name)}" never holds "{clean(str(value))}", so that the model may not know it.'
                f"{nearest(str(value), found)} It holds: {clean(', '.join(found), 200)}."
            )
