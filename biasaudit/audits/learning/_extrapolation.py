"""What learning curves tell: how many more people in training would close a gap, where the data can say so."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from biasaudit.arraytypes import Floats
from biasaudit.errors import AuditError
from biasaudit.inference.learning_curves import PowerLaw, fit_power_law, size_for_gap
from biasaudit.inference.verdicts import CANNOT_TELL, NOT_SHOWN, SHOWN
from biasaudit.names import clean
from biasaudit.reporting.formats.without_tables import report_without_tables
from biasaudit.reporting.rendered import Rendered
from biasaudit.reporting.report import Column, Report, Section
from biasaudit.reporting.words.breakdowns import records
from biasaudit.reporting.words.text import count, percent, points

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["LearningCurves", "RequiredSize"]

# A law that was fitted up to some size says little about sizes far beyond it.
BEYOND = 4
LEAST_CLUSTERS = 5
# Of fewer than 4 degrees of freedom t is not to be trusted (Pustejovsky and Tipton 2018).
LEAST_TRAININGS = 5
# Points closer to the law than this are on it.
ROUNDING = 0.005
COLUMNS = (
    Column("group", "Group"),
    Column("added", "Added", "count"),
    Column("estimate", "Errors", "share", ("low", "high")),
    Column("fitted", "By the power law", "share"),
)


@dataclass(frozen=True)
class RequiredSize:
    """How many more would close a gap.

    Parameters
    ----------
    group, reference : str
        Whose error is held against whose.
    gap : float
        What the gap is to stay within.
    estimate, low, high : float
        Added to training; infinite where it is more than the fit can say, NaN where nothing was fitted.
    verdict : {"shown", "not shown", "cannot tell"}
        "not shown" where the gap lies within `gap` already.
    sentence : str
        The same in words.

    Examples
    --------
    >>> import pandas as pd
    >>> from biasaudit.audits.learning import learning_curves
    >>> rows = [
    ...     {"added": k, "seed": seed, "who": f"{g}{i}", "sex": g, "wrong": w, "words": 100}
    ...     for seed in range(5) for i in range(20) for g, k, w in
    ...     [(g, k, round(5 + (g == "f") * (2 + 40 / (k + 1)) + i % 3)) for g in "fm" for k in (0, 1, 3, 7, 15)]
    ... ]
    >>> asked = {"added": "added", "errors": "wrong", "trials": "words", "group": "sex", "cluster": "who"}
    >>> curves = learning_curves(pd.DataFrame(rows), **asked, repeat="seed", unit="women")
    >>> needed = curves.needed("f", "m", gap=0.1)
    >>> needed.verdict, round(needed.estimate), needed.sentence
    ('shown', 5, 'About 5 more women (4 to 5) would bring the gap between f and m within 10.0 points.')
    """

    group: str
    reference: str
    gap: float
    estimate: float
    low: float
    high: float
    verdict: str
    sentence: str


# What it was called before; whoever imports it by that name still can.
Needed = RequiredSize


@dataclass(frozen=True, eq=False, repr=False)
class LearningCurves(Rendered):
    """The error of each group against how many were added to training.

    Parameters
    ----------
    groups : tuple of str
        Whose errors they are.
    added : int array of shape (sizes,)
        Ascending.
    errors : float array of shape (groups, sizes)
        Share of what each group said that was wrong.
    draws : float array of shape (draws, groups, sizes)
        The same of resampled clusters and repeats.
    clusters : tuple of int
        People of each group that were tested.
    trainings : int
        How many were made with each number added.
    unit : str
        What was added, for people.
    confidence : float
        Of the intervals, above 0.5 and below 1; one minus it is the level of the verdicts.

    Examples
    --------
    >>> import pandas as pd
    >>> from biasaudit.audits.learning import learning_curves
    >>> rows = [
    ...     {"added": k, "seed": seed, "who": f"{g}{i}", "sex": g, "wrong": w, "words": 100}
    ...     for seed in range(5) for i in range(20) for g, k, w in
    ...     [(g, k, round(5 + (g == "f") * (2 + 40 / (k + 1)) + i % 3)) for g in "fm" for k in (0, 1, 3, 7, 15)]
    ... ]
    >>> asked = {"added": "added", "errors": "wrong", "trials": "words", "group": "sex", "cluster": "who"}
    >>> curves = learning_curves(pd.DataFrame(rows), **asked, repeat="seed", unit="women")
    >>> print(curves.to_frame().head(3).round(3).to_string(index=False))
    group  added  estimate   low  high  fitted
        f      0      0.48 0.476 0.483   0.479
        f      1      0.28 0.276 0.283   0.280
        f      3      0.18 0.176 0.183   0.180
    """

    groups: tuple[str, ...]
    added: NDArray[np.int64]
    errors: Floats
    draws: Floats
    clusters: tuple[int, ...]
    trainings: int
    unit: str
    confidence: float

    @cached_property
    def laws(self) -> PowerLaw:
        """The power law of each group, in one more than were added: with none the error is no infinite one."""
        return fit_power_law(self.added + 1, self.errors)

    @cached_property
    def _drawn_laws(self) -> PowerLaw:
        return fit_power_law(self.added + 1, self.draws)

    def interval(self, values: Floats) -> tuple[Floats, Floats]:
        """Return the limits of what was computed from each draw, over the first axis.

        Parameters
        ----------
        values : float array of shape (draws, ...)
            Something computed from each draw; NaN and infinity are taken as they come.

        Returns
        -------
        low, high : float array
            Limits, of the shape of one draw.

        Examples
        --------
        >>> import pandas as pd
        >>> from biasaudit.audits.learning import learning_curves
        >>> rows = [
        ...     {"added": k, "seed": seed, "who": f"{g}{i}", "sex": g, "wrong": w, "words": 100}
        ...     for seed in range(5) for i in range(20) for g, k, w in
        ...     [(g, k, round(5 + (g == "f") * (2 + 40 / (k + 1)) + i % 3)) for g in "fm" for k in (0, 1, 3, 7, 15)]
        ... ]
        >>> asked = {"added": "added", "errors": "wrong", "trials": "words", "group": "sex", "cluster": "who"}
        >>> curves = learning_curves(pd.DataFrame(rows), **asked, repeat="seed", unit="women")
        >>> low, high = curves.interval(curves.draws)
        >>> low[0].round(2).tolist(), high[0].round(2).tolist()
        ([0.48, 0.28, 0.18, 0.13, 0.1], [0.48, 0.28, 0.18, 0.13, 0.11])
        """
        tail = (1 - self.confidence) / 2
        # Some are infinite, and between two of them nothing can be interpolated.
        low, high = np.quantile(values, [tail, 1 - tail], axis=0, method="inverted_cdf")
        return low, high

    def to_frame(self) -> pd.DataFrame:
        """Return the points and the curves.

        Returns
        -------
        DataFrame
            Columns group, added, estimate, low, high (error, measured), fitted.

        Examples
        --------
        >>> import pandas as pd
        >>> from biasaudit.audits.learning import learning_curves
        >>> rows = [
        ...     {"added": k, "seed": seed, "who": f"{g}{i}", "sex": g, "wrong": w, "words": 100}
        ...     for seed in range(5) for i in range(20) for g, k, w in
        ...     [(g, k, round(5 + (g == "f") * (2 + 40 / (k + 1)) + i % 3)) for g in "fm" for k in (0, 1, 3, 7, 15)]
        ... ]
        >>> asked = {"added": "added", "errors": "wrong", "trials": "words", "group": "sex", "cluster": "who"}
        >>> curves = learning_curves(pd.DataFrame(rows), **asked, repeat="seed", unit="women")
        >>> curves.to_frame().query("group == 'f'")[["added", "estimate", "fitted"]].round(2).to_numpy().tolist()
        [[0.0, 0.48, 0.48], [1.0, 0.28, 0.28], [3.0, 0.18, 0.18], [7.0, 0.13, 0.13], [15.0, 0.11, 0.11]]
        """
        import pandas as pd

        low, high = self.interval(self.draws)
        fitted = self.laws.at(self.added + 1)
        return pd.DataFrame(
            {
                "group": np.repeat(self.groups, len(self.added)),
                "added": np.tile(self.added, len(self.groups)),
                "estimate": self.errors.ravel(),
                "low": low.ravel(),
                "high": high.ravel(),
                "fitted": fitted.ravel(),
            }
        )

    def report(self) -> Report:
        """Gather what the renderers in :mod:`biasaudit.reporting` need.

        Returns
        -------
        Report

        Examples
        --------
        >>> import pandas as pd
        >>> from biasaudit.audits.learning import learning_curves
        >>> rows = [
        ...     {"added": k, "seed": seed, "who": f"{g}{i}", "sex": g, "wrong": w, "words": 100}
        ...     for seed in range(5) for i in range(20) for g, k, w in
        ...     [(g, k, round(5 + (g == "f") * (2 + 40 / (k + 1)) + i % 3)) for g in "fm" for k in (0, 1, 3, 7, 15)]
        ... ]
        >>> asked = {"added": "added", "errors": "wrong", "trials": "words", "group": "sex", "cluster": "who"}
        >>> curves = learning_curves(pd.DataFrame(rows), **asked, repeat="seed", unit="women")
        >>> curves.report().title
        'Errors by how many women were added to training'
        """
        rows = tuple(records(self.to_frame()))
        return report_without_tables(
            f"Errors by how many {self.unit} were added to training",
            repr(self),
            sections=(Section("learning_curves", "Errors by group and size", (), COLUMNS, rows),),
            settings={"confidence": self.confidence},
            rows=sum(self.clusters),
            unit="people tested",
        )

    def __repr__(self) -> str:
        ends = zip(self.groups, self.errors[:, 0], self.errors[:, -1], strict=True)
        first, last = self.added[[0, -1]].tolist()
        errors = "; ".join(f"{group} {percent(before)} and {percent(after)}" for group, before, after in ends)
        return f"Errors with {count(first)} and with {count(last)} {self.unit} added to training: {errors}."

    def needed(self, group: str, reference: str, *, gap: float = 0.05) -> RequiredSize:
        """Say how many more would keep the group's error within `gap` of the reference's.

        Parameters
        ----------
        group, reference : str
            Whose error is held against whose.
        gap : float
            Above 0, below 1.

        Returns
        -------
        RequiredSize
            With the interval of resampled people and trainings. It is refused, as "cannot tell", where fewer than five
            people of a group were tested or fewer than five trainings made, the law does not fit the points, adding
            more is not shown to help, or the interval ends beyond four times what was tried.

        Raises
        ------
        AuditError
            If a group is not there, or `gap` is out of range.

        Examples
        --------
        >>> import pandas as pd
        >>> from biasaudit.audits.learning import learning_curves
        >>> rows = [
        ...     {"added": k, "seed": seed, "who": f"{g}{i}", "sex": g, "wrong": w, "words": 100}
        ...     for seed in range(5) for i in range(20) for g, k, w in
        ...     [(g, k, round(5 + (g == "f") * (2 + 40 / (k + 1)) + i % 3)) for g in "fm" for k in (0, 1, 3, 7, 15)]
        ... ]
        >>> asked = {"added": "added", "errors": "wrong", "trials": "words", "group": "sex", "cluster": "who"}
        >>> curves = learning_curves(pd.DataFrame(rows), **asked, repeat="seed", unit="women")
        >>> curves.needed("f", "m", gap=0.05).sentence
        'About 13 more women (11 to 17) would bring the gap between f and m within 5.0 points.'
        >>> curves.needed("f", "m", gap=0.5).verdict
        'not shown'
        """
        at, of = (self._place(name) for name in (group, reference))
        if isinstance(gap, bool) or not isinstance(gap, (int, float)) or not 0 < gap < 1:
            raise AuditError(f"gap={clean(repr(gap))} is out of range. Give a share above 0 and below 1, such as 0.05.")
        sizes = np.arange(1, BEYOND * (int(self.added[-1]) + 1) + 1)
        estimate = float(size_for_gap(self._law(self.laws, at), self._law(self.laws, of), gap, sizes)) - 1
        drawn = size_for_gap(self._law(self._drawn_laws, at), self._law(self._drawn_laws, of), gap, sizes) - 1
        low, high = map(float, self.interval(drawn))
        verdict, sentence = self._judged(at, of, gap, estimate, low, high)
        return RequiredSize(
            group=group,
            reference=reference,
            gap=gap,
            estimate=estimate,
            low=low,
            high=high,
            verdict=verdict,
            sentence=sentence,
        )

    def _judged(self, at: int, of: int, gap: float, estimate: float, low: float, high: float) -> tuple[str, str]:
        who, most = f"{self.groups[at]} and {self.groups[of]}", int(self.added[-1])
        few = min(self.clusters[at], self.clusters[of])
        if few < LEAST_CLUSTERS:
            return CANNOT_TELL, f"Only {few} of a group were tested; nobody can say from so few how many more it takes."
        if self.trainings < LEAST_TRAININGS:
            return CANNOT_TELL, (
                f"Each number was trained {_times(self.trainings)}; nobody can say from so few what another training "
                f"would show, nor how many more it takes. {LEAST_TRAININGS} trainings of each would do."
            )
        now = self.interval(self.draws[:, at, 0] - self.draws[:, of, 0])
        if now[1] <= gap:
            return NOT_SHOWN, f"The gap between {who} lies within {points(gap)} points already, with none added."
        if self._misfit(at) or self._misfit(of):
            return CANNOT_TELL, "No power law fits these errors, so nobody can say how many more it takes."
        fall = self.interval(self.draws[:, at, 0] - self.draws[:, at, -1])
        if fall[0] <= 0:
            return CANNOT_TELL, (
                f"Adding up to {most} {self.unit} is not shown to help: the error of {self.groups[at]} falls by "
                f"{points(float(fall[0]))} to {points(float(fall[1]))} points. Nobody can say how many more it takes."
            )
        goal = f"bring the gap between {who} within {points(gap)} points"
        if not np.isfinite(high):
            least = f"at least {count(low)}" if np.isfinite(low) else f"more than {count(BEYOND * (most + 1))}"
            return CANNOT_TELL, (
                f"It takes {least} more {self.unit} to {goal}; how many at most, these data cannot tell: up to {most} "
                "were tried."
            )
        return SHOWN, f"About {count(estimate)} more {self.unit} ({count(low)} to {count(high)}) would {goal}."

    def _misfit(self, at: int) -> bool:
        """Say whether the law passes by a point at a distance that chance does not explain."""
        off = self._drawn_laws.at(self.added + 1)[:, at] - self.draws[:, at]
        # Bonferroni, so that five points are no more likely to raise the alarm than one.
        tail = (1 - self.confidence) / 2 / len(self.added)
        low, high = np.quantile(off, [tail, 1 - tail], axis=0)
        return bool(((low > ROUNDING) | (high < -ROUNDING)).any())

    def _place(self, name: str) -> int:
        if name not in self.groups:
            raise AuditError(f'"{clean(str(name))}" is not a group. Groups: {", ".join(self.groups)}.')
        return self.groups.index(name)

    @staticmethod
    def _law(laws: PowerLaw, at: int) -> PowerLaw:
        return PowerLaw(laws.limit[..., at], laws.scale[..., at], laws.exponent[..., at])


def _times(number: int) -> str:
    return "once" if number == 1 else f"{count(number)} times"
