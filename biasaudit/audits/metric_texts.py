"""Words for every metric an audit can hold."""

from biasaudit.audits.rate_table import SHARE_OF_DATA
from biasaudit.reporting.report import MetricText
from biasaudit.statistics.composites import COMPOSITES
from biasaudit.statistics.rates import RATES

__all__ = ["metric_texts"]


def metric_texts() -> dict[str, MetricText]:
    """Return title, meaning and source of every metric by its name."""
    texts = {m.name: MetricText(m.label, m.meaning, m.source) for m in (*RATES, *COMPOSITES)}
    return texts | {
        SHARE_OF_DATA: MetricText("Share of the data", "of all rows, the share that belongs to the group", ""),
        "calibration_error": MetricText(
            "Calibration error",
            "the mean distance between score and outcome over ten bins of the score; it grows as groups shrink",
            "Naeini, Cooper & Hauskrecht 2015",
        ),
        "equalized_odds": MetricText(
            "Equalized odds", "the larger of the gaps in true and in false positive rate", "Hardt, Price & Srebro 2016"
        ),
    }
