"""A score counted by group and label: its histogram, its calibration, and the sweep of all lines."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from biasaudit.audits.thresholds._choice import RATES
from biasaudit.counts.arrays import share
from biasaudit.counts.table.crosstab import Crosstab
from biasaudit.errors import AuditError
from biasaudit.inference.intervals.calibration import rows_in_bins
from biasaudit.inference.thresholds import ThresholdCounts
from biasaudit.metrics.cell_totals import rows_by_group, score_counts
from biasaudit.metrics.wilson import critical_value, wilson
from biasaudit.reporting.words.text import level_name

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["ScoreTables"]


class ScoreTables:
    """What a table of counts with score bins tells, whatever line is drawn."""

    table: Crosstab
    confidence: float

    @cached_property
    def lines(self) -> NDArray[np.float64]:
        """Scores where a line can be drawn: minus infinity, the edges between bins, infinity."""
        assert self.table.edges is not None
        return np.concatenate([[-np.inf], self.table.edges, [np.inf]])

    @cached_property
    def groups(self) -> tuple[str, ...]:
        """Names of the groups that have rows, the largest first."""
        rows = rows_by_group(self.table)
        order = np.argsort(-rows, kind="stable")
        return tuple(level_name(self.table.groups[i]) for i in order if rows[i] > 0)

    @cached_property
    def _index(self) -> dict[str, int]:
        return {name: i for i, name in enumerate(self._names)}

    @cached_property
    def _names(self) -> tuple[str, ...]:
        """Every group, with rows or without."""
        return tuple(level_name(group) for group in self.table.groups)

    @property
    def _bin_scores(self) -> NDArray[np.float64]:
        assert self.table.bin_scores is not None
        return self.table.bin_scores

    @property
    def labelled(self) -> bool:
        """Whether there are labels."""
        return self.table.y_true is not None

    @cached_property
    def _score_counts(self) -> NDArray[np.float64]:
        table = self.table
        if table.y_true is None:
            table = replace(table, y_true=np.zeros(len(table.rows), dtype=np.int64))
        return score_counts(table)

    @cached_property
    def _counts(self) -> ThresholdCounts:
        return ThresholdCounts.of(self._score_counts, has_labels=self.labelled)

    def histogram(self) -> pd.DataFrame:
        """Return the rows in each score bin: group, score (that stands for the bin), label, rows, share of the group.

        Without labels, `label` is empty.

        Returns
        -------
        DataFrame

        Examples
        --------
        >>> import biasaudit as ba
        >>> lines = ba.audit_thresholds(ba.datasets.load_compas())
        >>> print(lines.histogram().head(3).round(3).to_string(index=False))
                   group  score    label  rows  share
        African-American    1.0 negative 307.0  0.083
        African-American    2.0 negative 274.0  0.074
        African-American    3.0 negative 201.0  0.054
        """
        import pandas as pd

        counts = self._score_counts
        _, labels, bins = counts.shape
        g, y, b = (axis.ravel() for axis in np.indices(counts.shape))
        rows = counts.ravel()
        total = np.repeat(counts.sum(axis=(1, 2)), labels * bins)
        label = np.array(["negative", "positive"] if self.labelled else ["", ""], dtype=object)[y]
        part = np.divide(rows, total, out=np.zeros(len(rows)), where=total > 0)
        names = np.array(self._names, dtype=object)
        frame = pd.DataFrame(
            {"group": names[g], "score": self._bin_scores[b], "label": label, "rows": rows, "share": part}
        )
        return frame[frame["rows"] > 0].reset_index(drop=True)

    def calibration(self, most_bins: int = 10) -> pd.DataFrame:
        """Return how often the label is positive at each score, by group.

        Parameters
        ----------
        most_bins : int
            Neighbouring scores are put together until there are at most so many.

        Returns
        -------
        DataFrame
            group, score (mean of the scores in the bin), numerator, denominator, estimate, low, high (Wilson); bins
            that a group has nobody in are left out.

        Raises
        ------
        AuditError
            If there are no labels.

        Examples
        --------
        >>> import biasaudit as ba
        >>> lines = ba.audit_thresholds(ba.datasets.load_compas())
        >>> table = lines.calibration(most_bins=2)
        >>> shown = table[["group", "score", "numerator", "denominator", "estimate"]].head(4).round(2)
        >>> print(shown.to_string(index=False))
                   group  score  numerator  denominator  estimate
        African-American   2.96      708.0       1887.0      0.38
        African-American   7.88     1193.0       1809.0      0.66
                   Asian   1.72        4.0         25.0      0.16
                   Asian   7.29        5.0          7.0      0.71
        """
        import pandas as pd

        if not self.labelled:
            raise AuditError("Calibration needs labels: name y_true.")
        counts, scores = self._score_counts, self._bin_scores
        joined = np.arange(len(scores)) * min(most_bins, len(scores)) // len(scores)
        starts = np.flatnonzero(np.diff(joined, prepend=-1))
        x = np.add.reduceat(counts[:, 1], starts, axis=1)
        n = x + np.add.reduceat(counts[:, 0], starts, axis=1)
        total = np.add.reduceat(counts.sum(axis=1) * scores, starts, axis=1)
        nobs = rows_in_bins(self.table, np.cumsum(np.diff(joined, prepend=-1) > 0) - 1)
        low, high = wilson(share(x, n) * nobs, nobs, critical=critical_value(self.confidence))
        frame = pd.DataFrame(
            {
                "group": np.repeat(np.array(self._names, dtype=object), len(starts)),
                "score": share(total, n).ravel(),
                "numerator": x.ravel(),
                "denominator": n.ravel(),
                "estimate": share(x, n).ravel(),
                "low": low.ravel(),
                "high": high.ravel(),
            }
        )
        return frame[frame["denominator"] > 0].reset_index(drop=True)

    def sweep(self) -> pd.DataFrame:
        """Return what every line does to every group.

        Returns
        -------
        DataFrame
            group, threshold, selection_rate and, with labels, true_positive_rate, false_positive_rate and
            positive_predictive_value; NaN where a rate is undefined.

        Examples
        --------
        >>> import biasaudit as ba
        >>> lines = ba.audit_thresholds(ba.datasets.load_compas())
        >>> table = lines.sweep().query("threshold == 5")
        >>> print(table[["group", "selection_rate", "false_positive_rate"]].head(3).round(3).to_string(index=False))
                   group  selection_rate  false_positive_rate
        African-American           0.588                0.448
                   Asian           0.250                0.087
               Caucasian           0.348                0.235
        """
        import pandas as pd

        names = list(RATES) if self.labelled else ["selection_rate"]
        groups, lines = self._counts.positive.shape
        every = np.repeat(np.array(self._names, dtype=object), lines)
        rates = {name: RATES[name](self._counts).ravel() for name in names}
        return pd.DataFrame({"group": every, "threshold": np.tile(self.lines, groups), **rates})
