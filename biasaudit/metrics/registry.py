"""Every metric that an audit can hold, each a declared row, and how one is looked up by its name.

Look rows up when they are needed, never at import: a registry may gain a row.
"""

from collections.abc import Iterable
from dataclasses import replace

from biasaudit.metrics import composites, moments, rates
from biasaudit.metrics.classes.composites import CLASS_COMPOSITES
from biasaudit.metrics.classes.rates import row_of_class
from biasaudit.metrics.measure_names import parted
from biasaudit.metrics.metric import Metric
from biasaudit.metrics.rankings.measures import RANKS, rank_measure
from biasaudit.metrics.rates import Cell, Rate
from biasaudit.metrics.units import SCORE

__all__ = [
    "ERRORS_OF_PREDICTIONS",
    "ERRORS_OF_TRIALS",
    "OTHER_METRICS",
    "aliases",
    "all_metrics",
    "in_registry_order",
    "is_declared",
    "row_of",
]

WRONG, RIGHT = Cell.TP | Cell.FP, Cell.TN | Cell.FN
EVERY = WRONG | RIGHT
ERRORS_OF_TRIALS = Rate(
    "error_rate",
    "Error rate",
    "of all trials, the share that went wrong",
    WRONG,
    EVERY,
    "no trials",
    needs=("y_pred",),
    source="Morris, Maier & Green 2004",
    harm="high",
    report_order=1,
    primary=True,
    zero_means="nothing went wrong",
)
ERRORS_OF_PREDICTIONS = Rate(
    "error_rate",
    "Error rate",
    "of everyone, the share predicted wrongly",
    Cell.FP | Cell.FN,
    EVERY,
    "no rows",
    source="Berk et al. 2018",
    complement="accuracy",
    harm="high",
    report_order=1,
    primary=True,
    zero_means="nobody is predicted wrongly",
)
# What audits of other things than predictions, and sections of their own, bring.
OTHER_METRICS: tuple[Metric, ...] = (
    ERRORS_OF_TRIALS,
    Metric(
        "word_error_rate",
        "Word error rate",
        "errors for each word that was spoken",
        needs=(),
        source="Morris, Maier & Green 2004",
        harm="high",
        zero_means="no word went wrong",
    ),
    Metric(
        "mean_score",
        "Mean score",
        "the mean score of identical inputs under each group",
        needs=(),
        unit=SCORE,
    ),
    Metric(
        "top_quartile_share",
        "Share in the top quartile",
        "of inputs that are identical but for the group, the share that ranks in the highest quarter",
        needs=(),
        zero_means="nobody ranks in the highest quarter",
    ),
    Metric("outcome", "Rate of the outcome", "of everyone, the share with the outcome", needs=()),
    Metric(
        "equalized_odds",
        "Equalized odds",
        "the larger of the gaps in true and in false positive rate",
        source="Hardt, Price & Srebro 2016",
        harm="high",
        report_order=0,
        charted=False,
        printed=False,
        parts=("true_positive_rate", "false_positive_rate"),
    ),
    Metric(
        "calibration_error",
        "Calibration error",
        "the mean distance between score and outcome over ten bins of the score; it grows as groups shrink",
        needs=("y_true", "probability"),
        source="Naeini, Cooper & Hauskrecht 2015",
        harm="high",
        report_order=0,
        charted=False,
        printed=False,
    ),
    Metric(
        "share_of_data",
        "Share of the data",
        "of all rows, the share that belongs to the group",
        needs=(),
        report_order=0,
        charted=False,
        printed=False,
        gated=False,
    ),
)


def all_metrics() -> tuple[Metric, ...]:
    """Return every declared row, in the order of reports.

    Returns
    -------
    tuple of Metric

    Examples
    --------
    >>> [row.name for row in all_metrics() if row.harm == "low"][:2]
    ['true_positive_rate', 'true_negative_rate']
    """
    rows = (*rates.RATES, *composites.COMPOSITES, *CLASS_COMPOSITES, *moments.MOMENTS)
    return (*rows, *RANKS, *OTHER_METRICS)


def row_of(name: str) -> Metric:
    """Look a metric up by its own name; one that nobody declared is a share without more words.

    Parameters
    ----------
    name : str
        Of a metric, or of what is measured of a class.

    Returns
    -------
    Metric

    Examples
    --------
    >>> row_of("auc").unit.name, row_of("no_shows").label, row_of("true_positive_rate[flu]").label
    ('number', 'No shows', 'True positive rate of flu')
    """
    metric, class_name = parted(name)
    if class_name and (of_class := row_of_class(metric, class_name)) is not None:
        return of_class
    for row in all_metrics():
        if row.name == metric:
            return row if metric == name else replace(row, name=name, label=f"{row.label} of {class_name}")
    return rank_measure(name) or Metric(name, name.replace("_", " ").capitalize(), "", needs=())


def is_declared(name: str) -> bool:
    """Say whether a row declares the metric.

    Parameters
    ----------
    name : str
    """
    return any(row.name == parted(name)[0] for row in all_metrics()) or rank_measure(name) is not None


def aliases() -> dict[str, str]:
    """Return the metric behind every other name in use.

    Returns
    -------
    dict of str to str

    Examples
    --------
    >>> aliases()["recall"]
    'true_positive_rate'
    """
    return {other: row.name for row in all_metrics() for other in row.aliases}


def in_registry_order(names: Iterable[str]) -> list[str]:
    """Put names of metrics in the order of the registry, those that nobody declared last and as they come.

    What is measured of classes stands where its metric does, in the order of the classes.

    Parameters
    ----------
    names : iterable of str

    Returns
    -------
    list of str
        Each once.

    Examples
    --------
    >>> in_registry_order(["no_shows", "auc", "base_rate"])
    ['base_rate', 'auc', 'no_shows']
    """
    place = {row.name: at for at, row in enumerate(all_metrics())}
    return sorted(dict.fromkeys(names), key=lambda name: place.get(parted(name)[0], len(place)))
