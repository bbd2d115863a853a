"""The one table everything is computed from: rows counted by group, label, prediction and score bin."""

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import cast

import numpy as np

from biasaudit.arraytypes import Bools, Floats, Ints
from biasaudit.counts.table import _views as views
from biasaudit.counts.table._merging import add_tables, merged
from biasaudit.counts.table.grouped import Group, Grouped
from biasaudit.counts.table.storage import load_fields, save_crosstab

__all__ = ["Crosstab"]


@dataclass(frozen=True, eq=False, repr=False)
class Crosstab(Grouped):
    """Counts of rows by sensitive features × y_true × y_pred × score bin (× cluster).

    Every array has one entry a cell; cells that hold no row are left out. Codes of -1 in
    `y_true` and `y_pred` say that the value was missing in those rows.

    Parameters
    ----------
    features : tuple of str
        Sensitive features.
    levels : tuple of tuple of str
        Levels of each feature in order, those that no row has included.
    classes : tuple of str
        Class names of the labels; for two classes the second is the positive one.
    codes : int array of shape (cells, features)
        Level of each feature.
    y_true, y_pred : int array of shape (cells,) or None
        Class of label and prediction; None where the table has none.
    rows : int array of shape (cells,)
        Rows in each cell.
    score_bin : int array of shape (cells,) or None
        Number of `edges` that the score has reached.
    edges : float array of shape (bins - 1,) or None
        Score bin k holds ``edges[k - 1] <= score < edges[k]``.
    bin_scores : float array of shape (bins,) or None
        The score that stands for each bin.
    cluster : int array of shape (cells,) or None
        Cluster of each cell, as a code.
    cluster_names : tuple of str or None
        Names of the clusters, where they are still known.
    weight, weight_squared : float array of shape (cells,) or None
        Sum of the sample weights and of their squares.
    suppressed : bool array of shape (cells,) or None
        Cells withheld because they held fewer rows than the sharing site shows.
    stratum : int array of shape (cells,) or None
        Combination of control features of each cell, as a code; only tables that are split by strata have it.
    strata : tuple of mapping of str to str or None
        Value of each control feature in each stratum.

    Examples
    --------
    >>> import biasaudit as ba
    >>> table = ba.audit_predictions(ba.datasets.load_law_resumes()).table
    >>> table.n, table.features, table.levels
    (316, ('social_class', 'gender'), (('high', 'low'), ('female', 'male')))
    >>> (table + table).n
    632
    """

    features: tuple[str, ...]
    levels: tuple[tuple[str, ...], ...]
    classes: tuple[str, ...]
    codes: Ints
    y_true: Ints | None
    y_pred: Ints | None
    rows: Ints
    score_bin: Ints | None = None
    edges: Floats | None = None
    bin_scores: Floats | None = None
    cluster: Ints | None = None
    cluster_names: tuple[str, ...] | None = None
    weight: Floats | None = None
    weight_squared: Floats | None = None
    suppressed: Bools | None = None
    stratum: Ints | None = None
    strata: tuple[Group, ...] | None = None

    def __repr__(self) -> str:
        parts = {
            "labels": self.y_true,
            "predictions": self.y_pred,
            "scores": self.score_bin,
            "clusters": self.cluster,
            "weights": self.weight,
        }
        contents = ", ".join(name for name, part in parts.items() if part is not None)
        return f"Crosstab of {self.n:,} rows by {self._named_features}{f', with {contents}' if contents else ''}"

    @cached_property
    def n(self) -> int:
        """Rows counted, those without a label or prediction included."""
        return int(self.rows.sum())

    @cached_property
    def usable(self) -> Bools:
        """Cells whose rows have every label and prediction that the table has."""
        usable = np.ones(len(self.rows), dtype=bool)
        for column in (self.y_true, self.y_pred):
            if column is not None:
                usable &= column >= 0
        return usable

    @property
    def is_binary(self) -> bool:
        """Whether there are just two classes, no and yes."""
        return len(self.classes) == 2

    def rollup(self, features: Sequence[str]) -> "Crosstab":
        """Sum over all but the named sensitive features.

        Parameters
        ----------
        features : sequence of str
            Features to keep, in the order wanted; none sums over everyone.

        Returns
        -------
        Crosstab

        Raises
        ------
        AuditError
            If a name is not among the table's features.

        Examples
        --------
        >>> import biasaudit as ba
        >>> table = ba.audit_predictions(ba.datasets.load_law_resumes()).table
        >>> table.rollup(["social_class"]).groups
        ({'social_class': 'high'}, {'social_class': 'low'})
        """
        return cast(Crosstab, views.by_features(self, features)).merge_cells()

    def one_vs_rest(self, pos_label: str) -> "Crosstab":
        """Turn any number of classes into two: `pos_label` and all the others.

        Parameters
        ----------
        pos_label : str
            Name of the class that counts as positive.

        Returns
        -------
        Crosstab

        Raises
        ------
        AuditError
            If `pos_label` is not a class of the table.

        Examples
        --------
        >>> import pandas as pd
        >>> import biasaudit as ba
        >>> frame = pd.DataFrame({"sex": ["woman", "woman", "man"], "grade": ["fail", "pass", "merit"]})
        >>> table = ba.count(frame, sensitive_features="sex", y_pred="grade")
        >>> table.classes, table.one_vs_rest("merit").classes
        (('fail', 'merit', 'pass'), ('not merit', 'merit'))
        """
        return cast(Crosstab, views.one_vs_rest(self, pos_label)).merge_cells()

    def at_threshold(self, threshold: float) -> "Crosstab":
        """Predict positive where ``score >= threshold``, from the score bins alone.

        Parameters
        ----------
        threshold : float
            One of `edges`: only there does a bin hold scores on one side.

        Returns
        -------
        Crosstab

        Raises
        ------
        AuditError
            If the table has no score bins or `threshold` is not an edge between two.

        Examples
        --------
        >>> import biasaudit as ba
        >>> table = ba.audit_thresholds(ba.datasets.load_compas()).table
        >>> rates = ba.audit_crosstab(table.at_threshold(5)).rates().query("metric == 'selection_rate'")
        >>> print(rates[["group", "estimate"]].round(3).head(3).to_string(index=False))
                               group  estimate
                                  {}     0.460
        {'race': 'African-American'}     0.588
                   {'race': 'Asian'}     0.250
        """
        return cast(Crosstab, views.at_threshold(self, threshold)).merge_cells()

    def without_scores(self) -> "Crosstab":
        """Sum over the score bins.

        Returns
        -------
        Crosstab

        Examples
        --------
        >>> import biasaudit as ba
        >>> table = ba.audit_thresholds(ba.datasets.load_compas()).table
        >>> len(table.rows), len(table.without_scores().rows)
        (103, 12)
        """
        if self.score_bin is None:
            return self
        return replace(self, score_bin=None, edges=None, bin_scores=None).merge_cells()

    def without_clusters(self) -> "Crosstab":
        """Sum over the clusters.

        Returns
        -------
        Crosstab

        Examples
        --------
        >>> import pandas as pd
        >>> import biasaudit as ba
        >>> frame = pd.DataFrame({"person": list("aabb"), "sex": ["woman"] * 2 + ["man"] * 2, "invited": [0, 1, 1, 1]})
        >>> table = ba.count(frame, sensitive_features="sex", y_pred="invited", cluster="person")
        >>> table.cluster_names, table.without_clusters().cluster_names
        (('a', 'b'), None)
        """
        return replace(self, cluster=None, cluster_names=None).merge_cells()

    def without_strata(self) -> "Crosstab":
        """Sum over the strata.

        Returns
        -------
        Crosstab

        Examples
        --------
        >>> import biasaudit as ba
        >>> audit = ba.audit_predictions(ba.datasets.load_berkeley(), control_features="department")
        >>> len(audit.controls.table.rows), len(audit.controls.table.without_strata().rows)
        (24, 4)
        """
        if self.stratum is None:
            return self
        return replace(self, stratum=None, strata=None).merge_cells()

    def in_stratum(self, stratum: int) -> "Crosstab":
        """Keep the cells of one stratum.

        Parameters
        ----------
        stratum : int
            Its place in `strata`.

        Returns
        -------
        Crosstab

        Examples
        --------
        >>> import biasaudit as ba
        >>> audit = ba.audit_predictions(ba.datasets.load_berkeley(), control_features="department")
        >>> audit.controls.table.strata[0], audit.controls.table.in_stratum(0).n
        ({'department': 'A'}, 933)
        """
        return cast(Crosstab, views.in_stratum(self, stratum))

    def __add__(self, other: "Crosstab") -> "Crosstab":
        """Count two sets of rows as one; see :func:`biasaudit.counts.table._merging.add_tables`."""
        if not isinstance(other, Crosstab):
            return NotImplemented
        return cast(Crosstab, add_tables(self, other))

    def save(self, path: str | os.PathLike[str], *, min_cell: int = 0) -> None:
        """Write the table as Parquet; see :func:`biasaudit.counts.table.storage.save_crosstab`.

        Parameters
        ----------
        path : str or path-like
            Where to write it.
        min_cell : int, default 0
            Cells with fewer rows are written without their count, and so are others that would give it away.

        Raises
        ------
        AuditError
            If the table has clusters, or the file cannot be written.

        Examples
        --------
        >>> import biasaudit as ba
        >>> table = ba.audit_predictions(ba.datasets.load_law_resumes()).table
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     table.save(f"{folder}/site.parquet", min_cell=20)
        ...     shared = ba.Crosstab.load(f"{folder}/site.parquet")
        >>> f"{shared.suppressed.sum()} cells are withheld"
        '4 cells are withheld'
        """
        save_crosstab(self, path, min_cell=min_cell)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> "Crosstab":
        """Read a table that :meth:`save` wrote.

        Parameters
        ----------
        path : str or path-like
            A file that :meth:`save` wrote.

        Returns
        -------
        Crosstab

        Raises
        ------
        AuditError
            If it is no table of counts, or is damaged.

        Examples
        --------
        >>> import biasaudit as ba
        >>> table = ba.audit_predictions(ba.datasets.load_law_resumes()).table
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     table.save(f"{folder}/site.parquet")
        ...     (ba.Crosstab.load(f"{folder}/site.parquet") + table).n
        632
        """
        return cls(**load_fields(path))

    @cached_property
    def keys(self) -> dict[str, Ints]:
        """The columns that tell one cell from another, by name."""
        columns: dict[str, Ints | None] = {
            "group": self.group,
            "y_true": self.y_true,
            "y_pred": self.y_pred,
            "score_bin": self.score_bin,
            "cluster": self.cluster,
            "stratum": self.stratum,
        }
        return {name: column for name, column in columns.items() if column is not None}

    def merge_cells(self) -> "Crosstab":
        """Sum cells with equal keys and put them in order.

        Returns
        -------
        Crosstab

        Examples
        --------
        >>> import biasaudit as ba
        >>> table = ba.audit_predictions(ba.datasets.load_law_resumes()).table
        >>> len(table.rows) == len(table.merge_cells().rows)
        True
        """
        return cast(Crosstab, merged(self))
