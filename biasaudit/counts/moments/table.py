"""The one table that numbers are computed from: sums of outcome, prediction and error by group, about stored pivots."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import cast

import numpy as np

from biasaudit.arraytypes import Floats, Ints
from biasaudit.counts.moments._merging import add_tables, by_features, cell_columns, merged
from biasaudit.counts.moments.storage import load_fields, save_moments
from biasaudit.counts.table.grouped import Group, Grouped
from biasaudit.errors import AuditError, nearest

__all__ = ["VARIABLES", "Histogram", "MomentTable"]

# What may be summed in each row; errors are prediction minus outcome.
VARIABLES = ("outcome", "prediction", "error", "absolute_error", "squared_error")


@dataclass(frozen=True, eq=False)
class Histogram:
    """How the values of one variable are spread in each group, as bins that merge with those of other tables.

    Every array has one entry a bin of a group; bins without rows are left out. Bins do not depend on the data, so that
    tables of two sites have the same ones. A table of at most 1,000 distinct values keeps each in a bin of its own.

    Parameters
    ----------
    group : int array of shape (bins,)
        Index of the group, as in :attr:`MomentTable.groups`.
    bin : int array of shape (bins,)
        Number of the bin, rising with its values; meaningless where `exact`.
    low, high : float array of shape (bins,)
        Smallest and largest value in it.
    rows : int array of shape (bins,)
    weight : float array of shape (bins,)
        Sum of the sample weights; as many as rows without any.
    outcome : float array of shape (bins,) or None
        Sum of the weighted outcomes of the rows of the bin: calibration stands on that of predictions.
    exact : bool
        Whether each bin holds a single value.
    """

    group: Ints
    bin: Ints
    low: Floats
    high: Floats
    rows: Ints
    weight: Floats
    outcome: Floats | None = None
    exact: bool = True


@dataclass(frozen=True, eq=False, repr=False)
class MomentTable(Grouped):
    """Sums of numbers by sensitive features (× cluster × stratum).

    Every array has one entry a cell; cells that hold no row are left out. Rows that lack the outcome or the prediction
    are in no sum: `left_out` counts them.

    Parameters
    ----------
    features : tuple of str
        Sensitive features.
    levels : tuple of tuple of str
        Levels of each feature in order, those that no row has included.
    codes : int array of shape (cells, features)
        Level of each feature.
    variables : tuple of str
        Which of :data:`VARIABLES` the sums are of.
    pivots : float array of shape (variables,)
        What the sums are taken about: values less the pivot, so that squares of large values lose no digits.
    rows, left_out : int array of shape (cells,)
        Rows that every sum is of, and rows that lack a value.
    sums : float array of shape (variables, 3, cells)
        Sum of weight × (value − pivot) to the power of 1, 2 and 3; the weight is 1 without `weight`.
    squared_sums : float array of shape (variables, 2, cells) or None
        Sum of weight² × (value − pivot) to the power of 1 and 2; None without weights, where it is that of `sums`.
    products : float array of shape (2, cells) or None
        Sum of weight × squared error × (outcome − pivot) to the power of 1 and 2, for the uncertainty of R²; None
        without outcome or prediction.
    weight, weight_squared : float array of shape (cells,) or None
        Sum of the sample weights and of their squares, of the rows in the sums.
    cluster : int array of shape (cells,) or None
        Cluster of each cell, as a code.
    cluster_names : tuple of str or None
    stratum : int array of shape (cells,) or None
    strata : tuple of mapping of str to str or None
    suppressed : bool array of shape (cells,) or None
        Cells withheld because they held fewer rows than the sharing site shows.
    histograms : mapping of str to Histogram
        Of "outcome" and "prediction", over the groups, strata together. A group with a part withheld has no bins.

    Examples
    --------
    >>> import pandas as pd
    >>> import biasaudit as ba
    >>> frame = pd.DataFrame({"sex": ["F", "M", "M"], "wage": [10.0, 14.0, 18.0], "predicted": [11.0, 14.0, 15.0]})
    >>> table = ba.count(frame, sensitive_features="sex", y_true="wage", y_pred="predicted", outcome_type="number")
    >>> table
    MomentTable of 3 rows by sex (2), with outcomes, predictions
    >>> error = table.variables.index("error")
    >>> (table.pivots[error] + table.sums[error, 0] / table.rows).tolist()
    [1.0, -1.5]
    >>> table.histograms["outcome"].low.tolist()
    [10.0, 14.0, 18.0]
    """

    features: tuple[str, ...]
    levels: tuple[tuple[str, ...], ...]
    codes: Ints
    variables: tuple[str, ...]
    pivots: Floats
    rows: Ints
    left_out: Ints
    sums: Floats
    squared_sums: Floats | None = None
    products: Floats | None = None
    weight: Floats | None = None
    weight_squared: Floats | None = None
    cluster: Ints | None = None
    cluster_names: tuple[str, ...] | None = None
    stratum: Ints | None = None
    strata: tuple[Group, ...] | None = None
    suppressed: np.ndarray | None = None
    histograms: Mapping[str, Histogram] = field(default_factory=dict)

    @cached_property
    def n(self) -> int:
        """Rows counted, those without a value included."""
        return int(self.rows.sum() + self.left_out.sum())

    def __repr__(self) -> str:
        parts = {
            "outcomes": "outcome" in self.variables,
            "predictions": "prediction" in self.variables,
            "clusters": self.cluster is not None,
            "weights": self.weight is not None,
        }
        contents = ", ".join(name for name, there in parts.items() if there)
        return f"MomentTable of {self.n:,} rows by {self._named_features}, with {contents}"

    def rollup(self, features: Sequence[str]) -> "MomentTable":
        """Sum over all but the named sensitive features.

        Parameters
        ----------
        features : sequence of str
            Features to keep, in the order wanted; none sums over everyone.

        Returns
        -------
        MomentTable

        Raises
        ------
        AuditError
            If a name is not among the table's features.

        Examples
        --------
        >>> import pandas as pd
        >>> import biasaudit as ba
        >>> frame = pd.DataFrame({"sex": ["F", "M", "M"], "site": ["a", "a", "b"], "wage": [10.0, 14.0, 18.0]})
        >>> table = ba.count(frame, sensitive_features=["sex", "site"], y_true="wage", outcome_type="number")
        >>> table.rollup(["sex"]).rows.tolist(), table.rollup([]).rows.tolist()
        ([1, 2], [3])
        """
        for name in features:
            if name not in self.features:
                raise AuditError(
                    f'"{name}" is not a sensitive feature of this table.{nearest(name, self.features)} '
                    f"It counts by {list(self.features)}."
                )
        return cast(MomentTable, by_features(self, [self.features.index(name) for name in features]))

    def without_clusters(self) -> "MomentTable":
        """Sum over the clusters.

        Returns
        -------
        MomentTable

        Examples
        --------
        >>> import pandas as pd
        >>> import biasaudit as ba
        >>> frame = pd.DataFrame({"person": list("aab"), "sex": ["F", "F", "M"], "wage": [10.0, 14.0, 18.0]})
        >>> table = ba.count(frame, sensitive_features="sex", y_true="wage", cluster="person", outcome_type="number")
        >>> table.cluster_names, table.without_clusters().cluster_names
        (('a', 'b'), None)
        """
        return replace(self, cluster=None, cluster_names=None).merge_cells()

    def without_strata(self) -> "MomentTable":
        """Sum over the strata.

        Returns
        -------
        MomentTable

        Examples
        --------
        >>> import pandas as pd
        >>> import biasaudit as ba
        >>> frame = pd.DataFrame({"sex": ["F", "M"], "wage": [10.0, 14.0]})
        >>> table = ba.count(frame, sensitive_features="sex", y_true="wage", outcome_type="number")
        >>> table.without_strata() is table
        True
        """
        if self.stratum is None:
            return self
        return replace(self, stratum=None, strata=None).merge_cells()

    def in_stratum(self, stratum: int) -> "MomentTable":
        """Keep the cells of one stratum; histograms are of all strata, and are left out.

        Parameters
        ----------
        stratum : int
            Its place in `strata`.

        Returns
        -------
        MomentTable

        Examples
        --------
        >>> import narwhals.stable.v2 as nw
        >>> import pandas as pd
        >>> from biasaudit.counts.moments.counting import count_moments
        >>> frame = nw.from_native(pd.DataFrame({"sex": ["F", "M"], "job": ["a", "b"], "wage": [10.0, 14.0]}))
        >>> table = count_moments(frame, features=["sex"], declared={}, y_true="wage", controls=["job"]).table
        >>> table.strata, table.in_stratum(1).n
        (({'job': 'a'}, {'job': 'b'}), 1)
        """
        assert self.stratum is not None
        chosen = self.stratum == stratum
        columns = {name: column[..., chosen] for name, column in cell_columns(self).items()}
        return replace(self, codes=self.codes[chosen], **columns | {"stratum": None, "strata": None, "histograms": {}})

    def __add__(self, other: "MomentTable") -> "MomentTable":
        """Count two sets of rows as one, about the pivots of the larger.

        Levels that only one table has are kept. Clusters with the same name are the same cluster. Strata are summed
        over. Values that both tables keep one by one go into bins where they are more than 1,000 together.

        Examples
        --------
        >>> import pandas as pd
        >>> import biasaudit as ba
        >>> asked = {"sensitive_features": "sex", "y_true": "wage", "outcome_type": "number"}
        >>> one = ba.count(pd.DataFrame({"sex": ["F"], "wage": [10.0]}), **asked)
        >>> other = ba.count(pd.DataFrame({"sex": ["F"], "wage": [14.0]}), **asked)
        >>> both = one + other
        >>> both.rows.tolist(), (both.pivots[0] + both.sums[0, 0] / both.rows).tolist()
        ([2], [12.0])
        """
        if not isinstance(other, MomentTable):
            return NotImplemented
        return cast(MomentTable, add_tables(self, other))

    def save(self, path: str | os.PathLike[str], *, min_cell: int = 0) -> None:
        """Write the table as Parquet.

        Parameters
        ----------
        path : str or path-like
            Where to write it.
        min_cell : int, default 0
            Cells with fewer rows are written without their sums, and so is what would give them away: a group that has
            such a cell is written without its histograms, as is one of single values of which fewer people share one;
            in bins small ones are joined to the next. Fewer rows that lack a value are written as none.

        Raises
        ------
        AuditError
            If the table has clusters, or the file cannot be written.

        Examples
        --------
        >>> import tempfile
        >>> import pandas as pd
        >>> import biasaudit as ba
        >>> frame = pd.DataFrame({"sex": ["F"] * 30 + ["M"] * 3, "wage": [10.0, 14.0, 18.0] * 11})
        >>> table = ba.count(frame, sensitive_features="sex", y_true="wage", outcome_type="number")
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     table.save(f"{folder}/site.parquet", min_cell=10)
        ...     shared = ba.MomentTable.load(f"{folder}/site.parquet")
        >>> shared.rows.tolist(), shared.suppressed.tolist()
        ([30, 0], [False, True])
        """
        save_moments(self, path, min_cell=min_cell)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> "MomentTable":
        """Read a table that :meth:`save` wrote.

        Parameters
        ----------
        path : str or path-like
            A file that :meth:`save` wrote.

        Returns
        -------
        MomentTable

        Raises
        ------
        AuditError
            If it is no table of moments, or is damaged.

        Examples
        --------
        >>> import tempfile
        >>> import pandas as pd
        >>> import biasaudit as ba
        >>> frame = pd.DataFrame({"sex": ["F", "M", "M"], "wage": [10.0, 14.0, 18.0]})
        >>> table = ba.count(frame, sensitive_features="sex", y_true="wage", outcome_type="number")
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     table.save(f"{folder}/site.parquet")
        ...     (ba.MomentTable.load(f"{folder}/site.parquet") + table).n
        6
        """
        fields = load_fields(path)
        histograms = {role: Histogram(**bins) for role, bins in fields.pop("histograms").items()}
        return cls(**fields, histograms=histograms)

    def merge_cells(self) -> "MomentTable":
        """Sum cells with equal keys and put them in order.

        Returns
        -------
        MomentTable

        Examples
        --------
        >>> import pandas as pd
        >>> import biasaudit as ba
        >>> frame = pd.DataFrame({"sex": ["F", "M", "M"], "wage": [10.0, 14.0, 18.0]})
        >>> table = ba.count(frame, sensitive_features="sex", y_true="wage", outcome_type="number")
        >>> table.merge_cells().rows.tolist()
        [1, 2]
        """
        return cast(MomentTable, merged(self))
