"""What is known of generated data and never of real ones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from numpy.typing import NDArray

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Truth"]


@dataclass(frozen=True, eq=False)
class Truth:
    """The unbiased label, what the other group would have been given, and what the dials planted.

    Parameters
    ----------
    label : array of shape (rows,)
        What a process without any bias would have written: 0 or 1, or the number or the class.
    counterfactual : array of shape (rows,)
        What would have been written of the person in the other group, all else being as it was drawn.
    planted : DataFrame
        Columns dial, quantity, group, reference, value, error. A row names what a sample of endless size would show
        of a quantity: with this dial alone turned up, or with all dials as they stand (dial "all", every quantity,
        zeros too). A dial is listed with those quantities that it moves. `error` is the standard error of the value,
        0 for an exact sum. The quantities:

        label_difference
            Share of label 1, group minus reference.
        label_difference_given_features
            The same at equal recorded causes, complete rows: the Mantel–Haenszel risk difference over every
            combination of the three recorded causes of the label.
        true_label_difference
            As the first, of the true label.
        base_rate
            Share of label 1 of everyone.
        representation_ratio
            Share of the group in the sample over its share in the population.
        reconstruction_auc
            The best area under the ROC curve with which the features tell the group.
        score_shift
            Mean of the column that `measurement_bias` misreads, group minus reference, among recorded values.
        missing_difference:<column>
            Share of missing values, group minus reference.
        artefact_rows
            Share of rows in the batches where the label is constant.

        Generators of numbers, rankings and classes plant other quantities, and say which.

    References
    ----------
    Mantel and Haenszel (1959), JNCI 22; Greenland and Robins (1985), Biometrics 41: the risk difference.

    Examples
    --------
    >>> import biasaudit as ba
    >>> data = ba.datasets.make_hiring(10_000, label_bias=0.4, random_state=0)
    >>> recorded, true = data.frame[data.label], data.truth.label
    >>> women = data.frame["sex"] == "woman"
    >>> print(f"{recorded[women].mean():.2f} of women by the record, {true[women].mean():.2f} in truth")
    0.17 of women by the record, 0.30 in truth
    """

    label: NDArray[Any]
    counterfactual: NDArray[Any]
    planted: pd.DataFrame
