"""A number cut into yes and no: positive is who reaches an edge, such as a grade of 10 or more."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import narwhals.stable.v2 as nw

from biasaudit.counts.engines import float_expression
from biasaudit.errors import AuditError
from biasaudit.names import clean

__all__ = ["Cut", "read_cuts", "with_cuts"]

SIGNS = {">=": "≥", "<=": "≤", ">": ">", "<": "<"}
PATTERN = re.compile(r"\s*(?P<column>.+?)\s*(?P<sign>>=|<=|>|<)\s*(?P<edge>[-+]?\d+(\.\d+)?([eE][-+]?\d+)?)\s*")


@dataclass(frozen=True)
class Cut:
    """Where a column of numbers becomes positive.

    Parameters
    ----------
    column : str
    sign : {">=", "<=", ">", "<"}
    edge : float
    """

    column: str
    sign: str
    edge: float

    @property
    def text(self) -> str:
        """The cut as :func:`read_cuts` takes it.

        Examples
        --------
        >>> read_cuts(" G3 >= 10.0")["G3"].text
        'G3>=10'
        """
        return f"{self.column}{self.sign}{self.edge:.15g}"

    @property
    def words(self) -> str:
        """The cut as people write it.

        Examples
        --------
        >>> Cut("G3", ">=", 10.0).words
        'G3 ≥ 10'
        """
        return f"{clean(self.column)} {SIGNS[self.sign]} {self.edge:g}"

    def expression(self, frame: Any) -> Any:
        """Write it as a column of 1 where it is reached, 0 where it is not, and nothing where there is no number."""
        value = float_expression(frame, self.column)
        compared = {
            ">=": value >= self.edge,
            "<=": value <= self.edge,
            ">": value > self.edge,
            "<": value < self.edge,
        }
        # Compared with an edge, what is no number would be a no.
        return (
            nw.when(~(value.is_null() | (value != value))).then(compared[self.sign].cast(nw.Int64)).alias(self.column)
        )


def read_cuts(positive: Any) -> dict[str, Cut]:
    """Read where columns of numbers are cut.

    Parameters
    ----------
    positive : str, sequence of str or None
        Such as "G3>=10".

    Returns
    -------
    dict of str to Cut
        By column.

    Raises
    ------
    AuditError
        If a text is no such cut, or a column is cut twice.

    Examples
    --------
    >>> read_cuts("G3>=10")
    {'G3': Cut(column='G3', sign='>=', edge=10.0)}
    """
    if positive is None:
        return {}
    texts = [positive] if isinstance(positive, str) else positive
    if not isinstance(texts, (list, tuple)) or not all(isinstance(text, str) for text in texts):
        raise AuditError(f'positive must be a text such as "G3>=10", or several, not a {type(positive).__name__}.')
    cuts: dict[str, Cut] = {}
    for text in texts:
        found = PATTERN.fullmatch(text)
        if found is None:
            raise AuditError(
                f'positive="{clean(text)}" is not a column, a sign (>=, >, <=, <) and a number, such as "G3>=10".'
            )
        if found["column"] in cuts:
            raise AuditError(f'positive cuts "{clean(found["column"])}" twice. Cut each column once.')
        cuts[found["column"]] = Cut(found["column"], found["sign"], float(found["edge"]))
    return cuts


def with_cuts(frame: Any, cuts: Mapping[str, Cut]) -> Any:
    """Put yes and no, as 1 and 0, in place of the numbers that are cut.

    Parameters
    ----------
    frame : Narwhals frame
        Whose columns have been checked.
    cuts : mapping of str to Cut

    Returns
    -------
    Narwhals frame

    Examples
    --------
    >>> import pandas as pd
    >>> frame = nw.from_native(pd.DataFrame({"grade": [9.0, 10.0, None]}))
    >>> with_cuts(frame, read_cuts("grade>=10"))["grade"].to_list()[:2]
    [0.0, 1.0]
    """
    return frame.with_columns(*(cut.expression(frame) for cut in cuts.values())) if cuts else frame
