"""The rows of the caller's own metrics: a name, a plain number, and no direction that harms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from biasaudit.metrics.metric import Metric
from biasaudit.metrics.units import NUMBER
from biasaudit.names import clean

__all__ = ["OwnMetric", "own_metrics"]


@dataclass(frozen=True)
class OwnMetric(Metric):
    """A metric of the caller's own; its other facts are those of a Metric.

    Parameters
    ----------
    lowest : float
        0 where no value below it was seen, so that there are ratios; -1 otherwise.
    undefined : str
        Why everyone else has no value: nobody asked for it.
    """

    lowest: float = field(default=0.0, kw_only=True)
    undefined: str = field(default="a function of yours is called for groups alone", kw_only=True)


def own_metrics(names: Sequence[str], lowest: Mapping[str, float] | None = None) -> tuple[OwnMetric, ...]:
    """Return the rows of the caller's own metrics, which are plain numbers.

    Parameters
    ----------
    names : sequence of str
    lowest : mapping of str to float, optional
        Smallest value that was seen.

    Examples
    --------
    >>> own_metrics(["f2"])[0].unit.name
    'number'
    """
    seen = lowest or {}
    return tuple(
        OwnMetric(
            name,
            clean(name),
            "a function of yours",
            needs=("y_true", "y_pred"),
            unit=NUMBER,
            lowest=0.0 if seen.get(name, 0.0) >= 0 else -1.0,
        )
        for name in names
    )
