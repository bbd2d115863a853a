"""Mitigations of numbers compared on the same folds: what each mends and what it costs, with intervals."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import pandas as pd

from biasaudit.metrics.units import NUMBER, SMALL, Unit
from biasaudit.mitigation.comparison import Comparison
from biasaudit.mitigation.measures import NUMBER_MEASURES, Estimates, Measure
from biasaudit.mitigation.numbers.figures import NumberFigures
from biasaudit.reporting.report import Column

if TYPE_CHECKING:
    from biasaudit.reporting.report import Finding

__all__ = ["NumberComparison"]


@dataclass(frozen=True, eq=False, repr=False)
class NumberComparison(Comparison):
    """What mitigations do to the numbers predicted for the same rows, which their models did not see.

    As a :class:`Comparison`, with labels and predictions that are numbers; a harm is the gap between the highest and
    the lowest mean of the groups.

    Parameters
    ----------
    trials, y, true_label, groups, levels, cluster, large, settings, warnings
        As for :class:`Comparison`; labels are floats.
    unit : Unit
        That of the label. A change within its `small` is too small to matter.

    Examples
    --------
    >>> import biasaudit as ba
    >>> wages = ba.datasets.make_wages(2_000, random_state=0)
    >>> found = ba.mitigation.compare(wages, ["mean_alignment"], folds=2, n_jobs=1)
    >>> [finding.verdict for finding in found.findings()]
    ['shown', 'not shown', 'shown', 'shown']
    """

    unit: Unit = NUMBER
    moved: ClassVar[dict[str, str]] = {
        "mean_prediction": "Mean prediction",
        "mean_error": "Mean error",
        "mean_absolute_error": "Mean absolute error",
    }
    gain_columns: ClassVar[tuple[Column, ...]] = (
        Column("mitigation", "Mitigation"),
        Column("group", "Group", "group"),
        Column("before", "Before", "number"),
        Column("after", "After", "number"),
        Column("difference", "Difference", "number", ("low", "high")),
        Column("verdict", "Verdict", "verdict"),
    )
    always: ClassVar[tuple[str, ...]] = ("root_mean_squared_error",)

    @property
    def figures(self) -> tuple[Measure, ...]:
        """The figures that this comparison has."""
        true = self.true_label is not None
        return tuple(f for f in NUMBER_MEASURES if f.name != "true_root_mean_squared_error" or true)

    @cached_property
    def _measured(self) -> NumberFigures:
        return NumberFigures(
            self.trials.predictions.astype(float),
            np.asarray(self.y, dtype=float),
            None if self.true_label is None else np.asarray(self.true_label, dtype=float),
            self.groups,
            self.cluster,
            self.large,
            self.settings["confidence"],
            self.settings["random_state"] or 0,
        )

    @cached_property
    def _both(self) -> tuple[dict[str, Estimates], dict[str, Any]]:
        return self._measured.estimates(), self._measured.drawn()

    def _small(self, table: pd.DataFrame) -> Any:
        """Return the changes that are too small to matter, one for each row."""
        return np.where(table["figure"] == "r_squared", SMALL, self.unit.small or 0.0)

    @cached_property
    def _gains(self) -> pd.DataFrame:
        return self._measured.group_changes(self.names, list(self.levels), self.unit.small or 0.0)

    def value_text(self, value: float, figure: str) -> str:
        """Write the value of a figure, without its unit."""
        if value != value:
            return "undefined"
        digits = {"seconds": 2, "r_squared": 3}.get(figure, self.unit.digits)
        return f"{value:.{digits}f}"

    def findings(self) -> tuple[Finding, ...]:
        """Return what was found in plain sentences, each with its verdict.

        Returns
        -------
        tuple of Finding

        Examples
        --------
        >>> import biasaudit as ba
        >>> wages = ba.datasets.make_wages(2_000, random_state=0)
        >>> found = ba.mitigation.compare(wages, ["mean_alignment"], folds=2, n_jobs=1)
        >>> print(found.findings()[0].sentence)
        Mean alignment: gap in mean predictions falls from 3.12 to 0.02 dollars an hour (by 2.50 to 3.64); root mean
        squared error rises from 7.32 to 7.61 dollars an hour (by 0.09 to 0.49). Nothing tried here is better in both;
        nor is it in 100 % of resamples.
        """
        from biasaudit.mitigation.numbers.sentences import findings

        return findings(self)
