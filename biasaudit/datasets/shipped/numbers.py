"""The shipped data whose label is a number, and the unit it is in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from biasaudit.datasets.shipped.loading import load

if TYPE_CHECKING:
    from biasaudit.datasets.dataset import Dataset

__all__ = ["load_law_school", "load_salaries", "load_wages"]


def load_wages() -> Dataset:
    """Load the hourly earnings of full-time workers in the United States, 2004.

    The label is a number, in dollars an hour. There are no predictions.

    Returns
    -------
    Dataset

    References
    ----------
    Stock and Watson (2007), Introduction to Econometrics, 2nd edition, chapter 8: the return to education and the
    gender gap.

    Examples
    --------
    >>> data = load_wages()
    >>> means = data.frame.groupby("gender")["earnings"].mean()
    >>> print(f"{means['male'] - means['female']:.2f} {data.unit}")
    3.75 dollars an hour
    """
    return load("wages")


def load_salaries() -> Dataset:
    """Load the salaries of professors at a college in the United States, 2008-09.

    The label is a number, in dollars. 39 of 397 are women: enough for the gap, too few for the gap at equal rank.

    Returns
    -------
    Dataset

    References
    ----------
    Fox and Weisberg (2019), An R Companion to Applied Regression, 3rd edition.

    Examples
    --------
    >>> load_salaries().frame.groupby("sex")["salary"].mean().round().to_dict()
    {'female': 101002.0, 'male': 115090.0}
    """
    return load("salaries")


def load_law_school() -> Dataset:
    """Load first-year grades at law schools in the United States, class of 1991.

    The label is a number: the average grade of the first year, in standard deviations from the school's mean.

    Returns
    -------
    Dataset

    References
    ----------
    Wightman (1998), LSAC National Longitudinal Bar Passage Study, LSAC Research Report Series.
    Kusner, Loftus, Russell and Silva (2017), "Counterfactual fairness", NeurIPS: which made these columns public.

    Examples
    --------
    >>> means = load_law_school().frame.groupby("race")["grade"].mean()
    >>> print(f"{means['White'] - means['Black']:.2f}")
    1.04
    """
    return load("law_school")
