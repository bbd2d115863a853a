"""What generators of numbers, rankings and classes share: the card, the table of what was planted, ranges of dials."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from biasaudit.datasets.dataset import Card
from biasaudit.datasets.generated.causal import NUMBER
from biasaudit.errors import AuditError
from biasaudit.names import clean

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Planted", "check_between", "generated_card", "planted_table"]

# Dial, quantity, group, reference, value.
Planted = tuple[str, str, str, str, float]


def check_between(name: str, value: Any, low: float, high: float, unit: str = "") -> float:
    """Return a number inside its range.

    Raises
    ------
    AuditError
        If it is none.
    """
    if isinstance(value, bool) or not isinstance(value, NUMBER) or not low <= value <= high:
        raise AuditError(
            f"{name}={clean(str(value))} is out of range. Give a number from {low:g} to {high:g}{unit and ' ' + unit}."
        )
    return float(value)


def planted_table(rows: Iterable[Planted]) -> pd.DataFrame:
    """Return what was planted, as :class:`~biasaudit.datasets.truth.Truth` has it; every value is exact."""
    import pandas as pd

    columns = ["dial", "quantity", "group", "reference", "value"]
    return pd.DataFrame(list(rows), columns=columns).assign(error=np.float64(0))


def generated_card(
    makes: str,
    rows: int,
    *,
    title: str,
    question: str,
    columns: Mapping[str, str],
    faults: Iterable[str],
    words: Mapping[str, str],
    unit: str | None = None,
) -> Card:
    """Return the card of a generated table: `makes` is the name of its generator."""
    return Card(
        title=title,
        source=f"Drawn by biasaudit.datasets.{makes}; nobody in it exists",
        url="",
        licence="CC0 1.0",
        collected="Generated",
        citation="biasaudit",
        rows=rows,
        question=question,
        columns=columns,
        known_faults=tuple(faults),
        published_figures=(),
        sha256="",
        words=words,
        unit=unit,
    )
