"""Where to draw the line on a score: what each line does to each group, and lines that do what is asked of them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from biasaudit.audits.audit import Audit
from biasaudit.audits.counts import binary_table, check_two_groups, counted
from biasaudit.audits.predictions import audit_crosstab
from biasaudit.audits.request import read_request
from biasaudit.audits.source import opened
from biasaudit.errors import AuditError, nearest
from biasaudit.reporting.text import clean, level_name, percent
from biasaudit.statistics.arrays import share
from biasaudit.statistics.crosstab import Crosstab
from biasaudit.statistics.dense import rows_by_group, score_counts
from biasaudit.statistics.intervals import critical_value, wilson
from biasaudit.statistics.lines import BENEFITS, LineCounts, best_lines
from biasaudit.statistics.names import shorten
from biasaudit.statistics.verdicts import SHOWN, TOLERANCE

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["CRITERIA", "Lines", "ThresholdAudit", "audit_thresholds"]

ACCURACY = {"true_positive": 1.0, "false_positive": 0.0, "false_negative": 0.0, "true_negative": 1.0}
ALIKE = TOLERANCE["difference"][1]
FEWEST = 100
# What each criterion holds alike; "one_threshold" holds the line itself.
CRITERIA: Mapping[str, tuple[str, ...]] = {
    "one_threshold": (),
    "demographic_parity": ("selection_rate",),
    "equal_opportunity": ("true_positive_rate",),
    "equalized_odds": ("true_positive_rate", "false_positive_rate"),
    "greatest_benefit": (),
}


@dataclass(frozen=True)
class Lines:
    """Lines that were chosen, and what they reach on the rows they were chosen on.

    Parameters
    ----------
    criterion : str
    thresholds : mapping of str to float
        Group to the score from which on it is decided positively: minus infinity for everybody, infinity for nobody.
    benefit : float
        Sum over all rows.
    gap : float
        Largest gap left in the rates that the criterion holds alike; NaN where it holds none.
    """

    criterion: str
    thresholds: Mapping[str, float]
    benefit: float
    gap: float


@dataclass(frozen=True, eq=False)
class ThresholdAudit:
    """A score counted once by group and label; every line on it is arithmetic on those counts.

    Lines chosen on these rows look a little better here than they will on others.

    Parameters
    ----------
    table : Crosstab
        Binary table with score bins.
    confidence : float
    reference : mapping of str to str
    """

    table: Crosstab
    confidence: float = 0.95
    reference: Mapping[str, str] | None = None

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
        return {level_name(group): i for i, group in enumerate(self.table.groups)}

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
    def _counts(self) -> LineCounts:
        return LineCounts.of(self._score_counts, labelled=self.labelled)

    def histogram(self) -> pd.DataFrame:
        """Return the rows in each score bin: group, score (that stands for the bin), label, rows, share of the group.

        Without labels, `label` is empty.
        """
        import pandas as pd

        counts = self._score_counts
        _, labels, bins = counts.shape
        g, y, b = (axis.ravel() for axis in np.indices(counts.shape))
        names = np.array([level_name(group) for group in self.table.groups], dtype=object)
        assert self.table.bin_scores is not None
        rows = counts.ravel()
        total = np.repeat(counts.sum(axis=(1, 2)), labels * bins)
        label = np.array(["negative", "positive"] if self.labelled else ["", ""], dtype=object)[y]
        share = np.divide(rows, total, out=np.zeros(len(rows)), where=total > 0)
        frame = pd.DataFrame(
            {"group": names[g], "score": self.table.bin_scores[b], "label": label, "rows": rows, "share": share}
        )
        return frame[(frame["rows"] > 0)].reset_index(drop=True)

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
        """
        import pandas as pd

        if not self.labelled:
            raise AuditError("Calibration needs labels: name y_true.")
        counts, scores = self._score_counts, self.table.bin_scores
        assert scores is not None
        joined = np.arange(len(scores)) * min(most_bins, len(scores)) // len(scores)
        starts = np.flatnonzero(np.diff(joined, prepend=-1))
        x = np.add.reduceat(counts[:, 1], starts, axis=1)
        n = x + np.add.reduceat(counts[:, 0], starts, axis=1)
        total = np.add.reduceat(counts.sum(axis=1) * scores, starts, axis=1)
        low, high = wilson(x, n, critical=critical_value(self.confidence))
        names = np.array([level_name(group) for group in self.table.groups], dtype=object)
        frame = pd.DataFrame(
            {
                "group": np.repeat(names, len(starts)), "score": share(total, n).ravel(), "numerator": x.ravel(),
                "denominator": n.ravel(), "estimate": share(x, n).ravel(), "low": low.ravel(), "high": high.ravel(),
            }
        )  # fmt: skip
        return frame[frame["denominator"] > 0].reset_index(drop=True)

    def sweep(self) -> pd.DataFrame:
        """Return what every line does to every group.

        Returns
        -------
        DataFrame
            group, threshold, selection_rate and, with labels, true_positive_rate, false_positive_rate and
            positive_predictive_value; NaN where a rate is undefined.
        """
        import pandas as pd

        names = ["selection_rate"]
        names += ["true_positive_rate", "false_positive_rate", "positive_predictive_value"] if self.labelled else []
        groups, lines = self._counts.positive.shape
        every = np.array([level_name(group) for group in self.table.groups], dtype=object)
        columns = {name: getattr(self._counts, name).ravel() for name in names}
        return pd.DataFrame({"group": np.repeat(every, lines), "threshold": np.tile(self.lines, groups), **columns})

    def at(self, thresholds: float | Mapping[str, float], *, otherwise: float | None = None) -> Audit:
        """Audit the decisions that lines make.

        Parameters
        ----------
        thresholds : float or mapping of str to float
            One line for all, or group to line: scores of :attr:`lines`.
        otherwise : float, optional
            Line of the groups that are not named.

        Returns
        -------
        Audit

        Raises
        ------
        AuditError
            If a group is not there or has no line, or no line can be drawn at a score.
        """
        at = self._at(thresholds, otherwise)
        assert self.table.score_bin is not None
        decided = (self.table.score_bin >= at[self.table.group]).astype(np.int64)
        table = replace(self.table, y_pred=decided, score_bin=None, edges=None, bin_scores=None).merge_cells()
        return audit_crosstab(table, reference=self.reference, confidence=self.confidence)

    def _at(self, thresholds: float | Mapping[str, float], otherwise: float | None) -> NDArray[np.int64]:
        """Return the number of the line of each group."""
        if not isinstance(thresholds, Mapping):
            return np.full(self.table.shape_size, self._line(thresholds), dtype=np.int64)
        for name in thresholds:
            if name not in self._index:
                raise AuditError(
                    f'thresholds names the group "{shorten(str(name))}", which is not there.'
                    f"{nearest(str(name), self.groups)} Groups: {', '.join(shorten(g) for g in self.groups[:20])}."
                )
        lacking = [name for name in self.groups if name not in thresholds]
        if lacking and otherwise is None:
            raise AuditError(f'thresholds gives no line to "{shorten(lacking[0])}". Name it, or give otherwise=.')
        at = np.full(self.table.shape_size, self._line(math.inf if otherwise is None else otherwise), dtype=np.int64)
        for name, value in thresholds.items():
            at[self._index[name]] = self._line(value)
        return at

    def _line(self, value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, (int, float, np.number)) or math.isnan(float(value)):
            raise AuditError(f"A threshold must be a number, not {shorten(repr(value))}.")
        at = (
            int(np.argmin(np.abs(self.lines - value)))
            if math.isfinite(value)
            else (0 if value < 0 else len(self.lines) - 1)
        )
        if math.isfinite(value) and not math.isclose(self.lines[at], value, rel_tol=1e-9, abs_tol=1e-12):
            above = int(np.searchsorted(self.lines, value))
            low, high = self.lines[above - 1], self.lines[above]
            raise AuditError(
                f"No line can be drawn at {value:g}: the counts cannot tell which rows reach it. "
                f"The nearest are {low:g} and {high:g}."
            )
        return at

    def choose(
        self,
        criterion: str,
        *,
        benefits: Mapping[str, float] | None = None,
        tolerance: float = TOLERANCE["difference"][1],
    ) -> Lines:
        """Choose the lines of greatest benefit that do what a criterion asks.

        Parameters
        ----------
        criterion : {"one_threshold", "demographic_parity", "equal_opportunity", "equalized_odds", "greatest_benefit"}
            One line for all; lines that bring selection rates, true positive rates, or both these and false positive
            rates within the tolerance of each other; or the best line for each group by itself. Nothing is decided by
            lot, as fairlearn's ThresholdOptimizer does, so that gaps are small and not zero; where the score is so
            coarse that only deciding alike about everybody keeps the tolerance, it is widened. Groups of fewer than
            100 people take the line that comes nearest.
        benefits : mapping of str to float, optional
            What a true positive, false positive, false negative and true negative are worth; by default each right
            decision is worth 1.
        tolerance : float
            Largest gap in the rates that are held alike, above 0 and at most 1.

        Returns
        -------
        Lines

        Raises
        ------
        AuditError
            If the criterion is unknown or needs labels that are not there, or a benefit is no number.

        References
        ----------
        Hardt, Price and Srebro (2016), "Equality of opportunity in supervised learning"; Corbett-Davies et al. (2017),
        "Algorithmic decision making and the cost of fairness", for one threshold as the greatest benefit of all.
        """
        if criterion not in CRITERIA:
            raise AuditError(
                f'"{shorten(str(criterion))}" is not a criterion.{nearest(str(criterion), list(CRITERIA))} '
                f"Criteria: {', '.join(CRITERIA)}."
            )
        if not self.labelled:
            raise AuditError("Choosing lines needs labels: without them nobody can say which decisions are right.")
        if isinstance(tolerance, bool) or not isinstance(tolerance, (int, float)) or not 0 < tolerance <= 1:
            raise AuditError(f"tolerance={shorten(repr(tolerance))} is out of range. Give a number above 0, at most 1.")
        benefit = self._counts.benefit(_benefits(benefits))
        rates = tuple(getattr(self._counts, name) for name in CRITERIA[criterion])
        if criterion == "one_threshold":
            at = np.full(len(benefit), int(benefit.sum(axis=0).argmax()))
        else:
            at = best_lines(benefit, rates, rows_by_group(self.table) >= FEWEST, tolerance)
        chosen = np.take_along_axis(benefit, at[:, None], axis=1)
        found = [np.take_along_axis(rate, at[:, None], axis=1)[:, 0] for rate in rates]
        gap = max((float(np.nanmax(rate) - np.nanmin(rate)) for rate in found), default=math.nan)
        thresholds = {name: float(self.lines[at[self._index[name]]]) for name in self.groups}
        return Lines(criterion, thresholds, float(chosen.sum()), gap)

    def impossibility(self, thresholds: float | Mapping[str, float], *, otherwise: float | None = None) -> pd.DataFrame:
        """Show with these data why not everything can be equal where base rates differ.

        Were the positive predictive value and the false negative rate of everybody those of each group, its false
        positive rate would have to be p / (1 - p) · (1 - PPV) / PPV · (1 - FNR), p being its base rate.

        Returns
        -------
        DataFrame
            group, base_rate, low, high, positive_predictive_value and false_negative_rate (everybody's),
            false_positive_rate (that would follow), false_positive_rate_now, verdict on the base rates' gap.

        References
        ----------
        Chouldechova (2017), "Fair prediction with disparate impact", equation 2.6; Kleinberg, Mullainathan and
        Raghavan (2016), "Inherent trade-offs in the fair determination of risk scores".
        """
        import pandas as pd

        if not self.labelled:
            raise AuditError("Nothing is impossible to show without labels: name y_true.")
        rates = self.at(thresholds, otherwise=otherwise).rates()
        everyone = rates[[not group for group in rates["group"]]].set_index("metric")["estimate"]
        ppv, fnr = everyone["positive_predictive_value"], everyone["false_negative_rate"]
        wide = len(self.table.features)
        rows = rates[[len(group) == wide for group in rates["group"]]]
        base = rows[rows["metric"] == "base_rate"].reset_index(drop=True)
        now = rows[rows["metric"] == "false_positive_rate"]["estimate"].to_numpy()
        p = base["estimate"].to_numpy()
        with np.errstate(invalid="ignore", divide="ignore"):
            forced = p / (1 - p) * (1 - ppv) / ppv * (1 - fnr)
        return pd.DataFrame(
            {
                "group": [level_name(group) for group in base["group"]], "base_rate": p, "low": base["low"],
                "high": base["high"], "positive_predictive_value": ppv, "false_negative_rate": fnr,
                "false_positive_rate": forced, "false_positive_rate_now": now, "verdict": self._base_rates_differ,
            }
        )  # fmt: skip

    @cached_property
    def _base_rates_differ(self) -> str:
        """Verdict on the gap between base rates, which no line moves."""
        gaps = self.at(-math.inf).disparities("base_rate")
        spread = gaps[(gaps["kind"] == "range") & (gaps["comparison"] == "difference")]["verdict"]
        return SHOWN if (spread == SHOWN).any() else str(spread.iloc[0])

    def impossible(self, thresholds: float | Mapping[str, float], *, otherwise: float | None = None) -> str:
        """Say it in a sentence or two, with the numbers of the two largest groups."""
        table = self.impossibility(thresholds, otherwise=otherwise).set_index("group")
        if table["verdict"].iloc[0] != SHOWN:
            return "Base rates are not shown to differ here, so nothing keeps all rates from being equal."
        one, other = (table.loc[name].to_dict() for name in self.groups[:2])
        if not (math.isfinite(one["false_positive_rate"]) and math.isfinite(other["false_positive_rate"])):
            return "With these lines some rates are undefined, so there is nothing to hold against each other."
        first, second = (clean(name) for name in self.groups[:2])
        base, other_base = percent(one["base_rate"]), percent(other["base_rate"])
        right, missed = percent(one["positive_predictive_value"]), percent(one["false_negative_rate"])
        forced, other_forced = percent(one["false_positive_rate"]), percent(other["false_positive_rate"])
        return (
            f"Of {first}, {base} have a positive label, of {second} {other_base}. If a positive decision were right "
            f"equally often ({right}) and equally many positive people were missed ({missed}) in both, then {forced} "
            f"of the negative people of {first} and {other_forced} of {second} would be decided positively: not all "
            "three can be equal."
        )


def _benefits(given: Mapping[str, float] | None) -> dict[str, float]:
    benefits = ACCURACY if given is None else {**dict.fromkeys(BENEFITS, 0.0), **given}
    for name, value in benefits.items():
        if name not in BENEFITS:
            raise AuditError(f'benefits names "{shorten(str(name))}". Name: {", ".join(BENEFITS)}.')
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
            raise AuditError(f"benefits gives {name} the worth {shorten(repr(value))}. Give a number.")
    return {name: float(value) for name, value in benefits.items()}


def audit_thresholds(
    data: Any,
    *,
    score: str | None = None,
    y_true: str | None = None,
    sensitive_features: Sequence[str] | str | None = None,
    pos_label: Any = None,
    sample_weight: str | None = None,
    cluster: str | None = None,
    bins: Mapping[str, Sequence[float]] | None = None,
    reference: Mapping[str, Any] | None = None,
    confidence: float = 0.95,
) -> ThresholdAudit:
    """Count a score by group and label, to see what every line on it does.

    Parameters
    ----------
    data : dataframe, path or Dataset
        As for :func:`biasaudit.audit_predictions`.
    score : str
        Column of finite scores; at most 100 different values, or 100 bins of equal width, make the lines.
    y_true : str, optional
        Column of labels. Without them there are selection rates alone.
    sensitive_features : str or sequence of str
    pos_label, sample_weight, cluster, bins, reference, confidence
        As for :func:`biasaudit.audit_predictions`.

    Returns
    -------
    ThresholdAudit

    Raises
    ------
    AuditError
        If there is no score, or a column is not what it should be.

    Examples
    --------
    >>> import biasaudit as ba
    >>> lines = ba.audit_thresholds(ba.datasets.load_compas())
    >>> chosen = lines.choose("equal_opportunity")
    >>> chosen.thresholds["African-American"], chosen.thresholds["Caucasian"]
    (7.0, 5.0)
    """
    given = {"sensitive_features": sensitive_features, "y_true": y_true, "score": score,
             "sample_weight": sample_weight, "cluster": cluster}  # fmt: skip
    request = read_request(data, given, pos_label=pos_label, reference=reference, bins=bins, confidence=confidence)
    if request.one("score") is None:
        raise AuditError("There is no score to draw a line on. Name the column of scores with score=.")
    with opened(data, replace(request, threshold=None)) as source:
        found = counted(source, replace(request, threshold=None))
    table = found.table if found.table.y_true is None else binary_table(found.table, found.reading.positive)
    check_two_groups(table)
    return ThresholdAudit(table, request.confidence, request.reference)
