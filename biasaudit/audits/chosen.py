"""Which measures an audit asks: those that the caller names, and functions of the caller's own next to them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from biasaudit.errors import AuditError
from biasaudit.metrics.metric import Metric
from biasaudit.metrics.primary import COLUMN_WORDS, Primary, read_names
from biasaudit.metrics.registry import aliases, is_declared, row_of
from biasaudit.names import clean

__all__ = ["EVERYTHING", "Chosen", "MetricFunction", "check_not_chosen", "read_metrics", "read_names_alone"]

MetricFunction = Callable[..., Any]
Measured = TypeVar("Measured", bound=Metric)


@dataclass(frozen=True, eq=False)
class Chosen:
    """The measures that are asked.

    Parameters
    ----------
    names : tuple of str
        Metrics of the registry; with none, all that the table has columns for.
    functions : mapping of str to callable
        Name of each metric of the caller's own to its function.

    Examples
    --------
    >>> Chosen(("accuracy",)).settings
    {'metrics': ['accuracy']}
    """

    names: tuple[str, ...] = ()
    functions: Mapping[str, MetricFunction] = field(default_factory=dict)

    @property
    def settings(self) -> dict[str, Any]:
        """What reports and JSON say of it, where the caller chose."""
        asked = [*self.names, *self.functions]
        return {"metrics": asked} if asked else {}

    def asks(self, name: str) -> bool:
        """Say whether a metric of the registry is asked: it is named, or part of one that is.

        Examples
        --------
        >>> Chosen(("equalized_odds",)).asks("true_positive_rate"), Chosen().asks("auc"), Chosen(("f1",)).asks("auc")
        (True, True, False)
        """
        return not self.names or any(name in (one, *row_of(one).parts) for one in self.names)

    def of(self, measures: Iterable[Measured]) -> tuple[Measured, ...]:
        """Take the measures that are asked."""
        return tuple(measure for measure in measures if self.asks(measure.name))

    def first(self, primary: Primary) -> Primary:
        """Say whose questions come first: of measures that are named, all, unless the caller names some of them.

        Raises
        ------
        AuditError
            If the caller names one that is not asked.
        """
        if not self.names:
            return primary
        if not primary.names:
            return Primary((*self.names, *self.functions), told=False)
        for name in primary.names:
            if name not in self.functions and not self.asks(name):
                raise AuditError(
                    f'primary names "{name}", which metrics leaves out. Add it to metrics, or name one of: '
                    f"{', '.join((*self.names, *map(clean, self.functions)))}."
                )
        return primary

    def check(self, held: Mapping[str, bool]) -> None:
        """Refuse what a table does not let an audit measure.

        Parameters
        ----------
        held : mapping of str to bool
            Which of the columns that metrics need there are.

        Raises
        ------
        AuditError
            If a measure that is named needs a column that the table lacks.
        """
        for name in self.names:
            lacking = [COLUMN_WORDS[column] for column in row_of(name).needs if not held.get(column, False)]
            if lacking and "y_true_number" in held and not held.keys() & {*row_of(name).needs}:
                raise AuditError(
                    f'metrics names "{name}", which is no measure of a number, and the outcome was read as one. Name '
                    'measures of numbers, such as "mean_prediction", or cut it into yes and no with positive=.'
                )
            if lacking:
                raise AuditError(
                    f'metrics names "{name}", which needs {" and ".join(lacking)}; what is audited here has none. Name '
                    "the column, or leave the measure out."
                )


EVERYTHING = Chosen()


def read_metrics(metrics: Any) -> Chosen:
    """Read which measures are asked: names, or a mapping that gives functions of the caller's own theirs.

    Parameters
    ----------
    metrics : str, sequence of str, mapping of str to callable or None, or None
        As for :func:`biasaudit.audit_predictions`.

    Returns
    -------
    Chosen

    Raises
    ------
    AuditError
        If a name is none, or taken, or what should be a function is none.

    Examples
    --------
    >>> read_metrics(["precision", "f1_score"]).names
    ('positive_predictive_value', 'f1')
    >>> chosen = read_metrics({"f2": lambda y_true, y_pred: 0.5, "recall": None})
    >>> chosen.names, [*chosen.functions]
    (('true_positive_rate',), ['f2'])
    """
    if metrics is None:
        return Chosen()
    if not isinstance(metrics, Mapping):
        if isinstance(metrics, (list, tuple)) and any(callable(one) for one in metrics):
            raise AuditError(
                "metrics lists a function, which has no name there. Give functions by name, such as "
                'metrics={"f2": f2}; names of measures go beside them with None.'
            )
        return Chosen(read_names("metrics", metrics))
    for name, function in metrics.items():
        _check_name(name, function)
    named = [name for name, function in metrics.items() if function is None]
    if not metrics:
        raise AuditError('metrics is empty. Give a name and a function, such as {"f2": f2}, or leave metrics out.')
    functions = {name: function for name, function in metrics.items() if function is not None}
    return Chosen(read_names("metrics", named) if named else (), functions)


def _check_name(name: Any, function: Any) -> None:
    """Refuse what is no name, or is taken, and what is no function."""
    if not isinstance(name, str) or not name.strip():
        raise AuditError(
            f"metrics has {clean(repr(name))} for a name. Give each function a name of text, such as "
            'metrics={"f2": f2}.'
        )
    if function is None:
        return
    if not callable(function):
        raise AuditError(
            f'metrics["{clean(name)}"] is a {type(function).__name__}, not a function. Give a function of y_true and '
            "y_pred that returns a number, or None for a measure that there is."
        )
    if is_declared(name) or name in aliases():
        raise AuditError(
            f'metrics gives a function the name "{name}", which is a measure here. Give it another, such as '
            f'"own_{name}", or None to ask the measure.'
        )


def read_names_alone(metrics: Any) -> Chosen:
    """Read the names of measures; functions need rows, which counts are not."""
    chosen = read_metrics(metrics)
    if chosen.functions:
        raise AuditError(
            f'metrics gives the function "{clean(next(iter(chosen.functions)))}", which needs rows; audit_crosstab has '
            "counts alone. Use audit_predictions on the rows, or name measures that there are."
        )
    return chosen


def check_not_chosen(metrics: Chosen) -> None:
    """Refuse to choose measures of several classes: each class has its own."""
    if metrics.settings:
        raise AuditError(
            "metrics chooses measures of a yes or no, or of a number, and the outcome has several classes. Hold one "
            "class against all others with pos_label, or leave metrics out."
        )
