"""What mends a recogniser and what that costs: errors by way of training, as sure as there are voices."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from biasaudit.arraytypes import Floats
from biasaudit.inference.verdicts import CANNOT_TELL, NOT_SHOWN, SHOWN
from biasaudit.reporting.report import Finding
from biasaudit.reporting.words.text import points, signed_points

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["WAYS", "SpeechMitigation"]

WAYS: Mapping[str, str] = {
    "unmitigated": "As it is",
    "balanced": "As many women as men",
    "vtlp": "Vocal tracts warped",
    "pitch": "Other pitches",
    "group_dro": "The worst heard first",
    "balanced_vtlp": "As many women, warped",
}
BASELINE = "unmitigated"
GROUPS = ("men, US", "women, US", "men, other accents", "women, other accents")
DRAWS, CONFIDENCE, TOLERANCE = 2_000, 0.95, 0.05


@dataclass(frozen=True, eq=False)
class SpeechMitigation:
    """Errors of men and women, of the United States and with other accents, under each way of training.

    Parameters
    ----------
    recognised : DataFrame
        Columns way, gender, accent, voice, wrong: a row a clip.
    random_state : int
    """

    recognised: pd.DataFrame
    random_state: int = 0

    @cached_property
    def ways(self) -> tuple[str, ...]:
        """What was tried, as it is first."""
        return tuple(dict.fromkeys(self.recognised["way"]))

    @cached_property
    def _draws(self) -> Floats:
        """Errors of resampled voices, shape (draws + 1, ways, groups); the first are those that were measured."""
        wrong, tried = self._sums
        rng = np.random.default_rng(self.random_state)
        n = wrong.shape[2]
        # Each gender's voices are drawn by themselves, since their number was chosen and not found.
        weight = np.ones((DRAWS + 1, n))
        for woman in (False, True):
            at = np.flatnonzero(self._of_women == woman)
            weight[1:, at] = rng.multinomial(len(at), np.full(len(at), 1 / len(at)), size=DRAWS)
        above, below = (np.einsum("bv,wgv->bwg", weight, part) for part in (wrong, tried))
        with np.errstate(invalid="ignore", divide="ignore"):
            drawn: Floats = np.where(below > 0, above / below, above[0] / below[0])
        return drawn

    @cached_property
    def _sums(self) -> tuple[Floats, Floats]:
        """Wrong and tried by way, group and voice; one draw of voices serves all ways, since all were heard in each."""
        frame = self.recognised
        way = frame["way"].map({name: i for i, name in enumerate(self.ways)}).to_numpy()
        group = frame["gender"].eq("woman").to_numpy() + 2 * frame["accent"].ne("us").to_numpy()
        names, voice = np.unique(frame["voice"].to_numpy().astype(str), return_inverse=True)
        sums = np.zeros((2, len(self.ways), len(GROUPS), len(names)))
        np.add.at(sums[0], (way, group, voice), frame["wrong"].to_numpy())
        np.add.at(sums[1], (way, group, voice), 1)
        return sums[0], sums[1]

    @property
    def _of_women(self) -> NDArray[np.bool_]:
        tried = self._sums[1].sum(axis=0)
        women: NDArray[np.bool_] = tried[[1, 3]].sum(axis=0) > tried[[0, 2]].sum(axis=0)
        return women

    def errors(self) -> pd.DataFrame:
        """Return way, group, estimate, low, high: words heard wrong."""
        import pandas as pd

        low, high = _interval(self._draws)
        rows = [
            {"way": WAYS[way], "group": group, "estimate": self._draws[0, w, g], "low": low[w, g], "high": high[w, g]}
            for w, way in enumerate(self.ways)
            for g, group in enumerate(GROUPS)
        ]
        return pd.DataFrame(rows)

    def gaps(self) -> pd.DataFrame:
        """Return the gaps under each way of training and how they change.

        Returns
        -------
        DataFrame
            Columns way, gap, estimate, low, high, change, change_low, change_high, verdict. The gap "gender" is that of
            women less men of the United States, "accent" that of other accents less the United States, women and men
            alike. A negative change mends.
        """
        import pandas as pd

        d = self._draws
        gaps = {"gender": d[..., 1] - d[..., 0], "accent": (d[..., 2] + d[..., 3] - d[..., 0] - d[..., 1]) / 2}
        rows = []
        for name, drawn in gaps.items():
            changes = drawn - drawn[:, :1]
            (low, high), (less, more) = _interval(drawn), _interval(changes)
            rows += [
                {
                    "way": way,
                    "gap": name,
                    "estimate": drawn[0, w],
                    "low": low[w],
                    "high": high[w],
                    "change": changes[0, w],
                    "change_low": less[w],
                    "change_high": more[w],
                    "verdict": _verdict(less[w], more[w]) if w else "",
                }
                for w, way in enumerate(self.ways)
            ]
        return pd.DataFrame(rows)

    def findings(self) -> tuple[Finding, ...]:
        """Say of each way what it does to the gap between women and men, what to accents, and what to men."""
        found, gaps = [], {(row["way"], row["gap"]): row for row in self.gaps().to_dict("records")}
        men = self._draws[..., 0] - self._draws[:, :1, 0]
        low, high = _interval(men)
        for w, way in enumerate(self.ways[1:], start=1):
            gender, accent = (gaps[way, name] for name in ("gender", "accent"))
            before = gaps[BASELINE, "gender"]["estimate"]
            sentence = (
                f"{WAYS[way]}: women of the United States are misheard {_more(gender['estimate'])} than men, "
                f"{points(before)} before ({_change(gender)}). The gap of other accents changes by "
                f"{_change(accent)}. For men of the United States errors change by "
                f"{signed_points(men[0, w])} points ({signed_points(low[w])} to {signed_points(high[w])})."
            )
            found.append(
                Finding(
                    sentence,
                    gender["verdict"],
                    "gender",
                    "difference",
                    "section",
                    estimate=gender["change"],
                    interval=(gender["change_low"], gender["change_high"]),
                    values=(gender["estimate"], before),
                    benefit=bool(abs(gender["estimate"]) < abs(before)),
                )
            )
        return tuple(found)

    def title(self) -> str:
        """Say which way does most for women, in a line."""
        gaps = [row for row in self.gaps().to_dict("records") if row["gap"] == "gender"]
        best = min(gaps, key=lambda row: abs(row["estimate"]))
        return (
            f"Women less men of the United States: {points(gaps[0]['estimate'])} points as it is, "
            f"{points(best['estimate'])} with “{WAYS[best['way']].lower()}”"
        )


def _interval(drawn: Floats) -> tuple[Floats, Floats]:
    tail = (1 - CONFIDENCE) / 2
    low, high = np.quantile(drawn[1:], [tail, 1 - tail], axis=0)
    return low, high


def _verdict(low: float, high: float) -> str:
    if low > 0 or high < 0:
        return SHOWN
    return NOT_SHOWN if low > -TOLERANCE and high < TOLERANCE else CANNOT_TELL


def _more(gap: float) -> str:
    return f"{points(abs(gap))} points {'more' if gap >= 0 else 'less'} often"


def _change(row: Any) -> str:
    change, low, high = (signed_points(row[name]) for name in ("change", "change_low", "change_high"))
    return f"{change} points, {low} to {high}"
