"""Words for every metric an audit can hold."""

from biasaudit.metrics.registry import all_metrics
from biasaudit.reporting.report import MetricText

__all__ = ["metric_texts"]


def metric_texts() -> dict[str, MetricText]:
    """Return the words of every metric by its name."""
    return {row.name: MetricText.of(row) for row in all_metrics()}
