"""What a limit does to a majority and a minority, and what mends it: figures of several seeds, and findings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from biasaudit.inference.repeats import RepeatedMean, mean_of_repeats
from biasaudit.inference.testing.multiple_comparisons import judge_gaps
from biasaudit.inference.verdicts import SHOWN
from biasaudit.reporting.report import Column, Finding, Section
from biasaudit.reporting.words.text import percent, points, signed_points
from biasaudit.reporting.words.words import SECTION_VERDICTS

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Outcomes"]

CONFIDENCE = 0.95
COLUMNS = (
    Column("way", "Way"),
    Column("majority", "Majority"),
    Column("minority", "Minority"),
    Column("lost", "Minority loses more"),
    Column("verdict", "Verdict"),
)


@dataclass(frozen=True, eq=False)
class Outcomes:
    """A figure of the majority and the minority, under each way of training, for each seed.

    Parameters
    ----------
    ways : mapping of str to str
        Name of each way and what to call it; the first is without the limit.
    values : float array of shape (ways, 2, seeds)
        Shares, the more the better, of the majority and of the minority; seeds are paired over the ways.
    limited : str
        The way that shows the limit.
    cures : tuple of str
        Ways that may mend it.
    groups : pair of str
        What to call the majority and the minority, in the plural.
    figure : str
        What the values are.
    overlap : float
        As :func:`biasaudit.inference.repeats.mean_of_repeats` takes it.
    tables : tuple of Section
        What else there is to show of the limit.
    prices : tuple of str
        Ways that show what a cure costs where the limit does not bite.
    """

    ways: Mapping[str, str]
    values: NDArray[np.float64]
    limited: str
    cures: tuple[str, ...]
    groups: tuple[str, str]
    figure: str = "Accuracy"
    overlap: float = 0.0
    tables: tuple[Section, ...] = ()
    prices: tuple[str, ...] = ()

    def _at(self, way: str) -> int:
        return list(self.ways).index(way)

    def _mean(self, values: NDArray[np.float64]) -> RepeatedMean:
        return mean_of_repeats(values, overlap=self.overlap, confidence=CONFIDENCE)

    def _judged(self, found: RepeatedMean, together: ArrayLike, questions: int) -> list[str]:
        answer = judge_gaps(
            found.estimate,
            found.low,
            found.high,
            found.p_value,
            "difference",
            alpha=1 - CONFIDENCE,
            questions=questions,
            together=together,
            df=self.values.shape[-1] - 1,
        )
        return [str(verdict) for verdict in answer.verdicts]

    @cached_property
    def _levels(self) -> RepeatedMean:
        found = self._mean(self.values)
        return found._replace(low=np.clip(found.low, 0, 1), high=np.clip(found.high, 0, 1))

    @cached_property
    def _lost(self) -> tuple[RepeatedMean, list[str]]:
        """How much more the minority loses than the majority under each way, and the verdicts."""
        gap = self.values[:, 0] - self.values[:, 1]
        found = self._mean(gap - gap[0])
        # What the story asks is asked by itself; the other ways are looked at beside it, and adjusted for their number.
        beside = [bool(w) and way != self.limited for w, way in enumerate(self.ways)]
        return found, self._judged(found, beside, sum(beside))

    def to_frame(self) -> pd.DataFrame:
        """Return a row a way and group: way, group, estimate, low, high."""
        import pandas as pd

        levels = self._levels
        return pd.DataFrame(
            [
                {
                    "way": words,
                    "group": group,
                    "estimate": levels.estimate[w, g],
                    "low": levels.low[w, g],
                    "high": levels.high[w, g],
                }
                for w, words in enumerate(self.ways.values())
                for g, group in enumerate(self.groups)
            ]
        )

    def table(self, ways: Sequence[str] | None = None) -> Section:
        """Lay out the majority, the minority, and how much more the minority loses, a row a way."""
        lost, judged = self._lost
        rows = [
            {
                "way": self.ways[way],
                "majority": _share(self._levels, (w, 0)),
                "minority": _share(self._levels, (w, 1)),
                "lost": f"{points(lost.estimate[w])} ({_limits(lost, w)})" if w else "",
                "verdict": _word(judged[w], lost.estimate[w]) if w else "",
            }
            for way in (self.ways if ways is None else ways)
            for w in [self._at(way)]
        ]
        title = f"{self.figure} of {self.groups[0]} (majority) and {self.groups[1]} (minority)"
        note = (
            f"Means of {self.values.shape[2]} seeds with 95 % intervals; each draws its data and starts anew. What the "
            "minority loses more is in points, against the first row."
        )
        return Section("outcomes", title, (note,), COLUMNS, tuple(rows))

    @property
    def headline(self) -> str:
        """Who pays first, in a few words."""
        lost = self._lost[0].estimate[self._at(self.limited)]
        return f"{self.ways[self.limited]}: {_gap_words(self.groups[1], lost)}"

    @property
    def gap(self) -> Finding:
        """Who pays first: how much more the minority loses by the limit than the majority."""
        (lost, judged), w = self._lost, self._at(self.limited)
        before, limit, (majority, minority) = next(iter(self.ways.values())), self.ways[self.limited], self.groups
        levels = self._levels.estimate
        sentence = (
            f"{limit}: {minority} go from {percent(levels[0, 1])} ({before.lower()}) to {percent(levels[w, 1])}, "
            f"{majority} from {percent(levels[0, 0])} to {percent(levels[w, 0])}. "
            f"{_gap_words(minority, lost.estimate[w]).capitalize()} ({_limits(lost, w)})."
        )
        gains = bool(lost.estimate[w] < 0)
        return Finding(sentence, judged[w], "limit", "difference", "section", benefit=gains, **_numbers(lost, w))

    def cured(self) -> tuple[Finding, ...]:
        """Say of each cure what it does for the minority, and its price for the majority."""
        limit = self._at(self.limited)
        at = [self._at(cure) for cure in self.cures]
        change = self._mean(self.values[at] - self.values[limit])
        gap = self.values[:, 0] - self.values[:, 1]
        closed = self._mean(gap[at] - gap[limit])
        judged = self._judged(closed, True, len(at))
        findings = []
        for i, cure in enumerate(self.cures):
            gain, price = (_signed(change, (i, g)) for g in (1, 0))
            sentence = (
                f"{self.ways[cure]}: {gain} points for {self.groups[1]}, {price} for {self.groups[0]}. The gap changes "
                f"by {signed_points(closed.estimate[i])} ({_limits(closed, i)})."
            )
            better, numbers = bool(closed.estimate[i] < 0), _numbers(closed, i)
            findings.append(Finding(sentence, judged[i], "cure", "difference", "section", benefit=better, **numbers))
        return tuple(findings)


def _numbers(found: RepeatedMean, i: int) -> dict[str, Any]:
    return {"estimate": float(found.estimate[i]), "interval": (float(found.low[i]), float(found.high[i]))}


def _word(verdict: str, lost: float) -> str:
    """Write a verdict on a loss, which may be a gain."""
    words = SECTION_VERDICTS[verdict]
    return "Shown: gains" if verdict == SHOWN and lost < 0 else f"{words.mark} {words.label}"


def _share(found: RepeatedMean, at: tuple[int, int]) -> str:
    return f"{percent(found.estimate[at])} ({100 * found.low[at]:.0f}–{100 * found.high[at]:.0f})"


def _gap_words(minority: str, lost: float) -> str:
    more = "more" if lost >= 0 else "less"
    return f"{minority} lose {points(abs(lost))} points {more}"


def _signed(found: RepeatedMean, at: tuple[int, int]) -> str:
    estimate, low, high = (signed_points(part[at]) for part in found[:3])
    return f"{estimate} ({low} to {high})"


def _limits(found: RepeatedMean, i: int) -> str:
    return f"{points(found.low[i])} to {points(found.high[i])}"
