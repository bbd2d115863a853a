"""Words for every metric an audit can hold."""

from biasaudit.metrics.registry import all_metrics
from biasaudit.metrics.units import OUTCOME, Unit
from biasaudit.reporting.report import MetricText

__all__ = ["metric_texts"]


def metric_texts(outcome: Unit = OUTCOME) -> dict[str, MetricText]:
    """Return the words of every metric by its name, with the unit in which an audit writes outcomes.

    Examples
    --------
    >>> from biasaudit.metrics.units import outcome_unit
    >>> metric_texts(outcome_unit("dollars", scale=10.0, small=0.5))["selection_rate"].unit.name
    'share'
    """
    return {row.name: MetricText.of(row, outcome) for row in all_metrics()}
