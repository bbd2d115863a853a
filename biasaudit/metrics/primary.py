"""Which questions of an audit come first: those that the registry calls primary, or those that the caller names."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from biasaudit.errors import AuditError, nearest
from biasaudit.metrics.classes.composites import CLASS_COMPOSITES
from biasaudit.metrics.composites import COMPOSITES
from biasaudit.metrics.measure_names import parted
from biasaudit.metrics.metric import Metric
from biasaudit.metrics.moments import MOMENTS
from biasaudit.metrics.rankings.measures import RANKS, rank_measure
from biasaudit.metrics.rates import RATES
from biasaudit.metrics.registry import OTHER_METRICS, row_of
from biasaudit.names import clean

__all__ = [
    "COLUMN_WORDS",
    "DEFAULT_PRIMARY",
    "NEEDED_COLUMNS",
    "Primary",
    "gap_metrics",
    "read_names",
    "read_primary",
]

NEEDED_COLUMNS = {
    "y_true": "labels",
    "y_pred": "decisions",
    "score": "scores",
    "probability": "scores from 0 to 1",
    "rank": "ranks, or scores of queries",
    "relevance": "relevance",
    "y_true_number": "labels that are numbers",
    "y_pred_number": "predictions that are numbers",
}

# What a metric needs, with the argument that names it.
COLUMN_WORDS = {
    "y_true": "labels (y_true)",
    "y_pred": "decisions (y_pred, or score with a threshold)",
    "score": "a score",
    "probability": "a score within 0 and 1",
    "y_true_number": "labels that are numbers (y_true)",
    "y_pred_number": "predictions that are numbers (y_pred or score)",
}


@dataclass(frozen=True)
class Primary:
    """The measures whose questions come first, and are told first.

    Parameters
    ----------
    names : tuple of str
        Names of metrics that the caller gave; with none, those that the registry calls primary.
    told : bool
        Whether reports say so: not where the names are all that is asked.

    Examples
    --------
    >>> Primary(("accuracy",)).comes_first("accuracy"), Primary().comes_first("false_positive_rate")
    (True, True)
    """

    names: tuple[str, ...] = ()
    told: bool = True

    @cached_property
    def _primary_names(self) -> tuple[str, ...]:
        """Metrics that are asked for by themselves: of complements the first, and parts of what is made of some."""
        found: list[str] = []
        for name in self.names:
            row = row_of(name)
            found += [part for part in (name, *row.parts) if row_of(part).complement not in found]
        return tuple(dict.fromkeys(found))

    @property
    def settings(self) -> dict[str, Any]:
        """What reports and JSON say of it, where the caller chose."""
        return {"primary": list(self.names)} if self.names and self.told else {}

    def is_primary(self, measure: Metric) -> bool:
        """Say whether the question of a measure is primary; its complement asks the same.

        Examples
        --------
        >>> Primary(("true_positive_rate",)).is_primary(row_of("false_negative_rate"))
        True
        """
        return any(self.comes_first(name) for name in (measure.name, measure.complement) if name)

    def comes_first(self, name: str) -> bool:
        """Say whether a metric is told before others, where its question is answered alike."""
        return parted(name)[0] in self._primary_names if self.names else row_of(name).primary

    def is_reported(self, name: str) -> bool:
        """Say whether a metric is told at all: its complement, or another, may tell the same."""
        row = row_of(name)
        return self.comes_first(name) or (bool(row.report_order) and row.complement not in self._primary_names)

    def check(self, measures: Iterable[Metric]) -> None:
        """Refuse what a table does not let an audit measure.

        Raises
        ------
        AuditError
            If the caller named a metric that is not among `measures`, nor made of them.
        """
        available = {parted(measure.name)[0] for measure in measures}
        for name in self.names:
            row = row_of(name)
            if not available.issuperset(row.parts or (name,)):
                needed = " and ".join(NEEDED_COLUMNS[column] for column in row.needs)
                known = ", ".join(metric.name for metric in gap_metrics() if metric.name in available)
                raise AuditError(
                    f'primary names "{name}", which needs {needed}; what is audited here has less. Name the columns '
                    f"that are missing, or one of: {known}."
                )


DEFAULT_PRIMARY = Primary()


def read_primary(primary: Any, own: Collection[str] = ()) -> Primary:
    """Read the names of measures, or other names that they have; None leaves the choice to the registry.

    Parameters
    ----------
    primary : str, sequence of str or None
    own : collection of str
        Names of the caller's own metrics.

    Returns
    -------
    Primary

    Raises
    ------
    AuditError
        If there is no name, or one of nothing that an audit tests.

    Examples
    --------
    >>> read_primary(["precision", "accuracy"]).names
    ('positive_predictive_value', 'accuracy')
    """
    return Primary() if primary is None else Primary(read_names("primary", primary, own))


def read_names(argument: str, names: Any, own: Collection[str] = ()) -> tuple[str, ...]:
    """Read names of measures, by any name in use, as their rows call them; each once.

    Parameters
    ----------
    argument : str
        The argument that holds them, for messages.
    names : str or sequence of str
    own : collection of str
        Names of the caller's own metrics.

    Returns
    -------
    tuple of str

    Raises
    ------
    AuditError
        If there is no name, or one of nothing that an audit tests.

    Examples
    --------
    >>> read_names("metrics", ["recall", "f2"], own=["f2"])
    ('true_positive_rate', 'f2')
    """
    requested = [names] if isinstance(names, str) else names
    if not isinstance(requested, (list, tuple)) or not all(isinstance(name, str) for name in requested):
        raise AuditError(
            f"{argument}={clean(repr(names))} names no measures. Give one or several names, such as "
            '["accuracy", "false_discovery_rate"].'
        )
    if not requested:
        raise AuditError(f'{argument} is empty. Name a measure, such as "accuracy", or leave {argument} out.')
    known = {name: row.name for row in gap_metrics() for name in (row.name, *row.aliases)}
    known |= {name: name for name in own}
    known |= {name: name for name in requested if rank_measure(name)}
    for name in requested:
        if name not in known:
            measures = ", ".join([row.name for row in gap_metrics()] + [clean(name) for name in own])
            raise AuditError(
                f'{argument} names "{clean(name)}", no measure.{clean(nearest(name, known), 200)} Measures: {measures}.'
            )
    return tuple(dict.fromkeys(known[name] for name in requested))


def gap_metrics() -> tuple[Metric, ...]:
    """Return all metrics whose gaps an audit tests.

    Returns
    -------
    tuple of Metric
    """
    declared = (row for row in OTHER_METRICS if row.parts)
    return (*RATES, *COMPOSITES, *CLASS_COMPOSITES, *declared, *MOMENTS, *RANKS)
