"""Causal models with dials: what is declared about one, and how far each bias is turned up."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from biasaudit.arraytypes import Floats
from biasaudit.errors import AuditError
from biasaudit.names import clean

__all__ = ["BatchColumn", "Cause", "Dials", "Model", "Proxy", "check_count", "check_dials"]


NUMBER = (int, float, np.integer, np.floating)
MOST_ROWS = 100_000_000
OMITTED, CHANCE = 0.6, 0.8  # loadings of the unrecorded cause and of luck: their squares sum to one
OMITTED_SHIFT = 2.0  # standard deviations at omitted_variable=1
MISREAD_SHIFT, MISREAD_SPREAD = 2.0, 2.0  # levels of the misread column at measurement_bias=1
MISSING_GROUP, MISSING_REFERENCE = 0.5, 0.1  # share of missing values a column at missingness=1
ARTEFACT = 0.25  # share of rows in batches of a constant label at artefact=1


@dataclass(frozen=True)
class Dials:
    """How far each bias is turned up: 0 is off, 1 is all the way."""

    historical_bias: float = 0.0
    label_bias: float = 0.0
    measurement_bias: float = 0.0
    underrepresentation: float = 0.0
    proxy_strength: float = 0.0
    omitted_variable: float = 0.0
    missingness: float = 0.0
    artefact: float = 0.0
    policing: float = 0.0

    def turned(self) -> dict[str, float]:
        """Return the dials that are not at 0."""
        return {field.name: value for field in fields(self) if (value := getattr(self, field.name))}


def check_dials(**values: Any) -> Dials:
    """Return dials that all are numbers from 0 to 1.

    Raises
    ------
    AuditError
        If one is not.
    """
    for name, value in values.items():
        if isinstance(value, bool) or not isinstance(value, NUMBER) or not 0 <= value <= 1:
            raise AuditError(
                f"{name}={clean(str(value))} is out of range. Give a number from 0 (off) to 1 (all the way)."
            )
    return Dials(**{name: float(value) for name, value in values.items()})


def check_count(name: str, value: Any, *, least: int = 0, most: int = MOST_ROWS) -> int:
    """Return a whole number inside its range.

    Raises
    ------
    AuditError
        If it is none.
    """
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or not least <= value <= most:
        raise AuditError(f"{name}={clean(str(value))} is out of range. Give a whole number from {least:,} to {most:,}.")
    return int(value)


@dataclass(frozen=True)
class Cause:
    """A recorded cause of the label: where a standard normal is cut into levels, and what a level is worth."""

    name: str
    levels: tuple[Any, ...]
    cuts: tuple[float, ...]
    worth: tuple[float, ...]
    injustice: float  # standard deviations that the group is moved by at historical_bias=1
    meaning: str


@dataclass(frozen=True)
class Proxy:
    """A column that causes nothing: all its values are as likely, until some give the group away."""

    name: str
    levels: tuple[str, ...]
    gives_away: tuple[int, int]  # positions of the levels that stand for the reference and for the group
    strength: float
    meaning: str


@dataclass(frozen=True)
class BatchColumn:
    """Where or when a row was gathered; the artefact fills batches of its own, in which every label is 1."""

    name: str
    levels: tuple[str, ...]
    artefact_levels: tuple[str, ...]
    meaning: str


@dataclass(frozen=True, eq=False)
class Model:
    """All that is declared about a causal model; `biasaudit.datasets.generated.hiring` writes its equations out."""

    name: str
    title: str
    question: str
    label: str
    label_meaning: str
    sensitive_feature: str
    reference: str
    group: str
    group_share: float
    causes: tuple[Cause, Cause, Cause]  # the last one is the one that measurement_bias misreads
    threshold: float
    harm: int  # what bias does to the group: -1 lowers causes and label, +1 raises them
    proxies: tuple[Proxy, ...]
    batch: BatchColumn

    def features(self) -> dict[str, str]:
        """Return the columns that a model may learn from, each with what it means."""
        columns: list[Cause | Proxy | BatchColumn] = [*self.causes, *self.proxies, self.batch]
        return {column.name: column.meaning for column in columns}

    def share(self, dials: Dials) -> float:
        """Return the share of the group in the sample."""
        kept_share = self.group_share * (1 - dials.underrepresentation)
        return kept_share / (kept_share + 1 - self.group_share)

    def true_positive_share(self, dials: Dials) -> Floats:
        """Return the share of true labels 1 that are recorded as 1, reference and group."""
        marked_down = dials.label_bias if self.harm < 0 else 0.0
        seen = np.minimum(1, [1 - dials.policing, 1 + dials.policing])
        return seen * [1, 1 - marked_down]

    def false_positive_share(self, dials: Dials) -> Floats:
        """Return the share of true labels 0 that are recorded as 1, reference and group."""
        return np.array([0.0, dials.label_bias if self.harm > 0 else 0.0])

    def missing(self, dials: Dials) -> Floats:
        """Return the share of missing values of every cause, reference and group."""
        return dials.missingness * np.array([MISSING_REFERENCE, MISSING_GROUP])
