"""Words for every metric an audit can hold."""

from biasaudit.metrics.moments import Moment
from biasaudit.metrics.registry import OTHER_METRICS, all_metrics
from biasaudit.metrics.units import OUTCOME, Unit
from biasaudit.reporting.report import MetricText

__all__ = ["metric_texts", "number_texts"]


def metric_texts() -> dict[str, MetricText]:
    """Return the words of every metric of yes and no by its name."""
    return {row.name: MetricText.of(row) for row in all_metrics() if not isinstance(row, Moment)}


def number_texts(unit: Unit = OUTCOME, outcome: str = "outcome") -> dict[str, MetricText]:
    """Return the words of every metric of numbers by its name.

    Parameters
    ----------
    unit : Unit
        In which the audit writes outcomes.
    outcome : str
        What the outcome is called, such as "wage".

    Examples
    --------
    >>> from biasaudit.metrics.units import outcome_unit
    >>> texts = number_texts(outcome_unit("dollars an hour", scale=10.6, small=0.5), "wage")
    >>> texts["mean_outcome"].label, texts["mean_outcome"].unit.name, texts["r_squared"].unit.name
    ('Mean wage', 'dollars an hour', 'number')
    """
    numbers = [row for row in all_metrics() if isinstance(row, Moment)]
    shared = {row.name: MetricText.of(row) for row in OTHER_METRICS if not row.needs}
    return shared | {
        row.name: MetricText(row.called(outcome), row.meaning, row.source, unit if row.unit == OUTCOME else row.unit)
        for row in numbers
    }
