"""What is measured of numbers in each group: means, their roots, R² and quantiles, as declared rows."""

from dataclasses import dataclass

from biasaudit.counts.moments.table import MomentTable

__all__ = ["MEASURES", "MomentMeasure", "available_measures", "get_measure"]


@dataclass(frozen=True)
class MomentMeasure:
    """One thing that is measured of the numbers of a group.

    Parameters
    ----------
    name : str
    kind : {"mean", "root_mean_square", "r_squared", "quantile"}
        The mean of a variable; the root of the mean of squared errors; the part of the outcome's variance that the
        predictions leave no error of; or a quantile of a variable.
    variable : str
        Which of :data:`~biasaudit.counts.moments.table.VARIABLES` it is of.
    quantile : float or None
        Share of the rows at or below a quantile, 0 to 1.
    has_ratio : bool
        Whether one value may be held over another where both are above 0; errors that are meant to be 0 may not.
    """

    name: str
    kind: str
    variable: str
    quantile: float | None = None
    has_ratio: bool = True

    @property
    def complement(self) -> str:
        """No other measure asks the same."""
        return ""

    @property
    def lowest(self) -> float:
        """Lowest value; NaN where the numbers say it."""
        return float("nan") if self.has_ratio else float("-inf")

    @property
    def undefined(self) -> str:
        """Why it has no value in a group that has rows."""
        return "the outcome is the same in every row" if self.kind == "r_squared" else "its uncertainty is unknown"

    @property
    def averages(self) -> bool:
        """Whether the value over everyone is the mean of the groups' values, weighted by their rows."""
        return self.kind == "mean"


def _quantiles(variable: str) -> tuple[MomentMeasure, ...]:
    def at(percent: int) -> MomentMeasure:
        name = f"median_{variable}" if percent == 50 else f"{variable}_quantile_{percent}"
        return MomentMeasure(name, "quantile", variable, percent / 100)

    return tuple(at(percent) for percent in (50, 10, 25, 75, 90))


MEASURES = (
    MomentMeasure("mean_outcome", "mean", "outcome"),
    MomentMeasure("mean_prediction", "mean", "prediction"),
    MomentMeasure("mean_error", "mean", "error", has_ratio=False),
    MomentMeasure("mean_absolute_error", "mean", "absolute_error"),
    MomentMeasure("root_mean_squared_error", "root_mean_square", "squared_error"),
    MomentMeasure("r_squared", "r_squared", "squared_error", has_ratio=False),
    *_quantiles("outcome"),
    *_quantiles("prediction"),
)
_BY_NAME = {measure.name: measure for measure in MEASURES}


def get_measure(name: str) -> MomentMeasure:
    """Return the measure of that name.

    Parameters
    ----------
    name : str
        Of one of :data:`MEASURES`.

    Returns
    -------
    MomentMeasure

    Examples
    --------
    >>> get_measure("median_outcome").quantile
    0.5
    """
    return _BY_NAME[name]


def available_measures(table: MomentTable) -> tuple[MomentMeasure, ...]:
    """Return all that the sums and histograms of a table allow to measure.

    Parameters
    ----------
    table : MomentTable

    Returns
    -------
    tuple of MomentMeasure
    """
    return tuple(measure for measure in MEASURES if _has(table, measure))


def _has(table: MomentTable, measure: MomentMeasure) -> bool:
    if measure.kind == "quantile":
        return measure.variable in table.histograms
    if measure.kind == "r_squared" and (table.products is None or "outcome" not in table.histograms):
        return False
    return measure.variable in table.variables
