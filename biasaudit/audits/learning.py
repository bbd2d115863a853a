"""Learning curves by group: how many more people in training would close a gap, where the data can say so."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from biasaudit.errors import AuditError
from biasaudit.reporting.text import count, points
from biasaudit.statistics.columns import check_there
from biasaudit.statistics.learning_curves import PowerLaw, fit_power_law, size_for_gap
from biasaudit.statistics.names import shorten
from biasaudit.statistics.verdicts import CANNOT_TELL, NOT_SHOWN, SHOWN

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["LearningCurves", "Needed", "learning_curves"]

Floats = NDArray[np.float64]
DRAWS = 2_000
# A law that was fitted up to some size says little about sizes far beyond it.
BEYOND = 4
LEAST_CLUSTERS = 5
# Points closer to the law than this are on it.
ROUNDING = 0.005


@dataclass(frozen=True)
class Needed:
    """How many more would close a gap.

    Parameters
    ----------
    group, reference : str
    gap : float
        What the gap is to stay within.
    estimate, low, high : float
        Added to training; infinite where it is more than the fit can say, NaN where nothing was fitted.
    verdict : {"shown", "not shown", "cannot tell"}
        "not shown" where the gap lies within `gap` already.
    sentence : str
    """

    group: str
    reference: str
    gap: float
    estimate: float
    low: float
    high: float
    verdict: str
    sentence: str


@dataclass(frozen=True, eq=False)
class LearningCurves:
    """The error of each group against how many were added to training.

    Parameters
    ----------
    groups : tuple of str
    added : int array of shape (sizes,)
        Ascending.
    errors : float array of shape (groups, sizes)
    draws : float array of shape (draws, groups, sizes)
        The same of resampled clusters and repeats.
    clusters : tuple of int
        People of each group that were tested.
    unit : str
        What was added, for people.
    confidence : float
    """

    groups: tuple[str, ...]
    added: NDArray[np.int64]
    errors: Floats
    draws: Floats
    clusters: tuple[int, ...]
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
        """Return the limits of what was computed from each draw, over the first axis."""
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
        """
        import pandas as pd

        low, high = self.interval(self.draws)
        fitted = self.laws.at(self.added + 1)
        return pd.DataFrame(
            {
                "group": np.repeat(self.groups, len(self.added)), "added": np.tile(self.added, len(self.groups)),
                "estimate": self.errors.ravel(), "low": low.ravel(), "high": high.ravel(), "fitted": fitted.ravel(),
            }
        )  # fmt: skip

    def needed(self, group: str, reference: str, *, gap: float = 0.05) -> Needed:
        """Say how many more would keep the group's error within `gap` of the reference's.

        Parameters
        ----------
        group, reference : str
        gap : float
            Above 0, below 1.

        Returns
        -------
        Needed
            With the interval of resampled people and repeats. It is refused, as "cannot tell", where the law does not
            fit the points, adding more is not shown to help, or the interval ends beyond four times what was tried.

        Raises
        ------
        AuditError
            If a group is not there, or `gap` is out of range.
        """
        at, of = (self._place(name) for name in (group, reference))
        if isinstance(gap, bool) or not isinstance(gap, (int, float)) or not 0 < gap < 1:
            raise AuditError(
                f"gap={shorten(repr(gap))} is out of range. Give a share above 0 and below 1, such as 0.05."
            )
        sizes = np.arange(1, BEYOND * (int(self.added[-1]) + 1) + 1)
        estimate = float(size_for_gap(self._law(self.laws, at), self._law(self.laws, of), gap, sizes)) - 1
        drawn = size_for_gap(self._law(self._drawn_laws, at), self._law(self._drawn_laws, of), gap, sizes) - 1
        low, high = map(float, self.interval(drawn))
        verdict, sentence = self._judged(at, of, gap, estimate, low, high)
        return Needed(group, reference, gap, estimate, low, high, verdict, sentence)

    def _judged(self, at: int, of: int, gap: float, estimate: float, low: float, high: float) -> tuple[str, str]:
        who, most = f"{self.groups[at]} and {self.groups[of]}", int(self.added[-1])
        few = min(self.clusters[at], self.clusters[of])
        if few < LEAST_CLUSTERS:
            return CANNOT_TELL, f"Only {few} of a group were tested; nobody can say from so few how many more it takes."
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
            raise AuditError(f'"{shorten(str(name))}" is not a group. Groups: {", ".join(self.groups)}.')
        return self.groups.index(name)

    @staticmethod
    def _law(laws: PowerLaw, at: int) -> PowerLaw:
        return PowerLaw(laws.limit[..., at], laws.scale[..., at], laws.exponent[..., at])


def learning_curves(
    frame: pd.DataFrame,
    *,
    added: str,
    errors: str,
    group: str,
    cluster: str,
    repeat: str,
    trials: str | None = None,
    unit: str = "speakers",
    confidence: float = 0.95,
    random_state: int = 0,
) -> LearningCurves:
    """Count the errors of each group by how many were added to training, with the uncertainty of people and trainings.

    Parameters
    ----------
    frame : DataFrame
        A row a trial, or some trials of one person.
    added : str
        Column of whole numbers: how many were added to the training that was tested in the row.
    errors, trials : str
        Columns of counts; one trial a row where `trials` is left out.
    group, cluster : str
        Columns of the group that is tested, and of who is: rows of a person belong together.
    repeat : str
        Column of which training: another seed or other people in it.
    unit : str
        What was added, for people.
    confidence : float
    random_state : int

    Returns
    -------
    LearningCurves

    Raises
    ------
    AuditError
        If a column is missing, fewer than three sizes were tried, or a group was not tested at every size.

    References
    ----------
    Hestness et al. (2017), "Deep learning scaling is predictable, empirically", for the law. Davison and Hinkley
    (1997), Bootstrap Methods and their Application, section 3.8, for resampling people whole.

    Examples
    --------
    >>> import pandas as pd
    >>> rows = [
    ...     {"added": k, "seed": seed, "who": f"{g}{i}", "sex": g, "wrong": w, "words": 100}
    ...     for seed in range(3) for i in range(20) for g, k, w in
    ...     [(g, k, round(5 + (g == "f") * (2 + 40 / (k + 1)) + i % 3)) for g in "fm" for k in (0, 1, 3, 7, 15)]
    ... ]
    >>> curves = learning_curves(pd.DataFrame(rows), added="added", errors="wrong", trials="words", group="sex",
    ...                          cluster="who", repeat="seed", unit="women")
    >>> curves.needed("f", "m").sentence
    'About 13 more women (11 to 16) would bring the gap between f and m within 5.0 points.'
    """
    asked = {"added": added, "errors": errors, "group": group, "cluster": cluster, "repeat": repeat}
    for role, name in (asked | ({} if trials is None else {"trials": trials})).items():
        check_there(role, name, list(map(str, frame.columns)))
    sizes, of_size = np.unique(frame[added].to_numpy(), return_inverse=True)
    if len(sizes) < 3:
        raise AuditError(f"{len(sizes)} sizes were tried; a curve takes three or more. Train with more sizes.")
    rng = np.random.default_rng(random_state)
    trainings, of_repeat = np.unique(frame[repeat].to_numpy(), return_inverse=True)
    # The same trainings are drawn for every group, since all were heard by them.
    repeats = rng.multinomial(len(trainings), np.full(len(trainings), 1 / len(trainings)), size=DRAWS)
    wrong = frame[errors].to_numpy(float)
    tried = np.ones(len(frame)) if trials is None else frame[trials].to_numpy(float)
    names, of_group = np.unique(frame[group].to_numpy().astype(str), return_inverse=True)
    found = []
    for i, name in enumerate(names):
        rows = of_group == i
        _, person = np.unique(frame[cluster].to_numpy()[rows], return_inverse=True)
        place = of_repeat[rows], person, of_size[rows]
        shape = len(trainings), int(person.max()) + 1, len(sizes)
        sums = [_summed(part[rows], place, shape) for part in (wrong, tried)]
        if (sums[1].sum(axis=(0, 1)) == 0).any():
            raise AuditError(
                f'Nobody of "{shorten(name)}" was tested at one of the sizes. Test every group at every size.'
            )
        found.append((*_curve(sums[0], sums[1], repeats, rng), shape[1]))
    curves, draws, clusters = zip(*found, strict=True)
    return LearningCurves(
        tuple(names.tolist()), sizes.astype(np.int64), np.stack(curves), np.stack(draws, axis=1), clusters, unit,
        confidence,
    )  # fmt: skip


def _summed(values: Floats, place: tuple[Any, ...], shape: tuple[int, ...]) -> Floats:
    out = np.zeros(shape)
    np.add.at(out, place, values)
    return out


def _curve(wrong: Floats, tried: Floats, repeats: Any, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Return the errors at each size, and the same of each draw of people and trainings."""
    n = wrong.shape[1]
    people = rng.multinomial(n, np.full(n, 1 / n), size=len(repeats))
    above, below = (np.einsum("br,bc,rcs->bs", repeats, people, part, optimize=True) for part in (wrong, tried))
    overall = wrong.sum(axis=(0, 1)) / tried.sum(axis=(0, 1))
    with np.errstate(invalid="ignore", divide="ignore"):
        # A draw without anybody at a size says what all do.
        return overall, np.where(below > 0, above / below, overall)
