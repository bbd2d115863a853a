"""What is told of outcomes and predictions that are numbers: means, errors and quantiles, as declared rows."""

from dataclasses import KW_ONLY, dataclass
from typing import Any, Literal

from biasaudit.metrics.metric import Metric, lower
from biasaudit.metrics.units import NUMBER, OUTCOME, Unit

__all__ = ["MOMENTS", "Moment", "Told"]

Told = Literal["have", "is", "too high", "off by", ""]
OUTCOMES, PREDICTIONS = ("y_true_number",), ("y_pred_number",)
BOTH = (*OUTCOMES, *PREDICTIONS)


@dataclass(frozen=True)
class Moment(Metric):
    """A measure of numbers, in the unit of the outcome unless its row says otherwise.

    Parameters
    ----------
    name, label, meaning : str
        As for any metric.
    noun : str
        Its title within a sentence, with the place of the outcome's own word: "mean {outcome}".
    told : {"have", "is", "too high", "off by", ""}
        How a sentence says its values: people have them, it is so much for them, predictions for them are so much too
        high or too low, or off by so much. Empty where it is said as any metric is.

    Examples
    --------
    >>> from biasaudit.metrics.registry import row_of
    >>> row_of("mean_outcome").called("wage"), row_of("r_squared").called("wage")
    ('Mean wage', 'R²')
    """

    _: KW_ONLY
    noun: str = ""
    told: Told = ""
    unit: Unit = OUTCOME

    def called(self, outcome: str) -> str:
        """Return the title, with the outcome's own word where it names the outcome."""
        if not self.noun:
            return self.label
        noun = self.noun.format(outcome=outcome)
        return noun[:1].upper() + noun[1:]

    @property
    def lower(self) -> str:
        """The title within a sentence."""
        return self.noun.format(outcome="outcome") if self.noun else lower(self.label)


# Told by the distributions, and by who asks for them.
IN_TABLES: dict[str, Any] = {"report_order": 0, "charted": False, "printed": False}
QUANTILES = {
    10: ("tenth percentile", "a tenth of everyone is"),
    25: ("lower quartile", "a quarter of everyone is"),
    75: ("upper quartile", "three quarters of everyone are"),
    90: ("ninetieth percentile", "nine tenths of everyone are"),
}


def _quantiles(variable: str, noun: str, needs: tuple[str, ...]) -> tuple[Moment, ...]:
    """Declare the median and the other quantiles of outcomes or of predictions."""
    median = Moment(
        f"median_{variable}",
        f"Median {noun.format(outcome='outcome')}",
        f"the {variable} that half of everyone is at or below",
        needs=needs,
        source="Hyndman & Fan 1996",
        noun=f"median {noun}",
        told="have",
        **IN_TABLES,
    )
    others = (
        Moment(
            f"{variable}_quantile_{percent}",
            f"{name} of the {noun.format(outcome='outcome')}".capitalize(),
            f"the {variable} that {share} at or below",
            needs=needs,
            source="Hyndman & Fan 1996",
            noun=f"{name} of the {noun}",
            told="is",
            **IN_TABLES,
        )
        for percent, (name, share) in QUANTILES.items()
    )
    return (median, *others)


MOMENTS: tuple[Moment, ...] = (
    Moment(
        "mean_outcome",
        "Mean outcome",
        "of everyone, the mean of the outcome",
        needs=OUTCOMES,
        source="Calders et al. 2013",
        report_order=1,
        primary=True,
        noun="mean {outcome}",
        told="have",
    ),
    Moment(
        "mean_prediction",
        "Mean predicted outcome",
        "of everyone, the mean of the prediction",
        needs=PREDICTIONS,
        source="Calders et al. 2013",
        aliases=("statistical_parity_regression",),
        report_order=2,
        primary=True,
        noun="mean predicted {outcome}",
        told="have",
    ),
    Moment(
        "mean_error",
        "Mean error",
        "of everyone, the mean of prediction minus outcome: above 0, predictions are too high",
        needs=BOTH,
        source="Calders et al. 2013",
        aliases=("mean_bias_error",),
        report_order=3,
        primary=True,
        noun="mean error",
        told="too high",
    ),
    Moment(
        "mean_absolute_error",
        "Mean absolute error",
        "of everyone, the mean of how far the prediction is from the outcome",
        needs=BOTH,
        source="Willmott & Matsuura 2005",
        aliases=("mae",),
        harm="high",
        report_order=4,
        primary=True,
        zero_means="every prediction is right",
        noun="mean absolute error",
        told="off by",
    ),
    Moment(
        "root_mean_squared_error",
        "Root mean squared error",
        "of everyone, the root of the mean squared distance of prediction and outcome: large errors count most",
        needs=BOTH,
        source="Willmott & Matsuura 2005",
        aliases=("rmse",),
        harm="high",
        zero_means="every prediction is right",
        noun="root mean squared error",
        told="is",
        **IN_TABLES,
    ),
    Moment(
        "r_squared",
        "R²",
        "of the variance of the outcome, the part that predictions explain: below 0, the mean outcome predicts better",
        needs=BOTH,
        source="Wright 1921",
        aliases=("r2", "r2_score"),
        unit=Unit("number", "", digits=NUMBER.digits, small=NUMBER.small, from_zero=False),
        harm="low",
        **IN_TABLES,
    ),
    *_quantiles("outcome", "{outcome}", OUTCOMES),
    *_quantiles("prediction", "predicted {outcome}", PREDICTIONS),
)
