"""What pages say that the registry does not: read from metrics.toml and names.toml, and what is missing is said."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from biasaudit.errors import AuditError
from biasaudit.metrics.metric import Metric
from biasaudit.metrics.rates import Rate
from biasaudit.metrics.registry import all_metrics

__all__ = ["Fact", "Name", "fact_of", "facts", "names", "rows"]

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Fact:
    """What is said of a metric; metrics.toml tells what each key means."""

    answers: str
    misleads: str
    neighbours: tuple[str, ...]
    picture: str = "people"
    eligible: str = ""
    counted: str = ""
    formula: str = ""
    symbols: str = ""
    ask: str = "predictions"
    policy_comparison: str = "difference"
    parts: tuple[str, ...] = ()
    joined: str = ""
    searched: tuple[str, ...] = ()
    example: dict[str, str] | None = None


@dataclass(frozen=True)
class Name:
    """A name in another tool and where it leads; names.toml tells what each key means."""

    tool: str
    name: str
    page: str = ""
    here: str = ""
    call: str = ""
    says: str = ""
    not_here: bool = False
    printed: float | None = None


@cache
def facts() -> dict[str, Fact]:
    """Return what is said of each metric, by its name."""
    read = tomllib.loads((HERE / "metrics.toml").read_text("utf-8"))
    return {name: Fact(**{key: _frozen(value) for key, value in entry.items()}) for name, entry in read.items()}


@cache
def names() -> tuple[Name, ...]:
    """Return every name in another tool."""
    read = tomllib.loads((HERE / "names.toml").read_text("utf-8"))
    return tuple(Name(tool, name, **entry) for tool, entries in read.items() for name, entry in entries.items())


def fact_of(row: Metric, known: dict[str, Fact] | None = None) -> Fact:
    """Return what is said of a metric.

    Raises
    ------
    AuditError
        If nobody has written it, or it lacks a formula that the row's cells do not give.
    """
    found = (facts() if known is None else known).get(row.name)
    if found is None:
        raise AuditError(
            f'The metric "{row.name}" has no entry for its page. Write [{row.name}] with answers, misleads and '
            "neighbours into docs/site_pages/metrics/metrics.toml; the head of that file says what each key means."
        )
    shares_cells = isinstance(row, Rate) and row.transform is None
    if not (found.formula or shares_cells):
        raise AuditError(
            f'The metric "{row.name}" is no share of cells, so its page needs a formula. Write formula, in MathML, '
            f"into [{row.name}] of docs/site_pages/metrics/metrics.toml."
        )
    return found


def rows() -> Iterator[Metric]:
    """Go through the metrics that have a page: rows of one name share one."""
    yield from {row.name: row for row in all_metrics()}.values()


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
