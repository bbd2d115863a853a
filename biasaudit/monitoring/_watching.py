"""Has a gap changed? An answer that may be asked for every day without crying wolf more often for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np

from biasaudit.audits.findings.gap_records import known, known_interval
from biasaudit.counts.table.crosstab import Crosstab
from biasaudit.errors import AuditError, nearest
from biasaudit.inference.testing.daily_variation import WARM_UP, varying_change, varying_days, varying_gap
from biasaudit.inference.testing.sequences import change_evidence, daily_gap, gap_sequence
from biasaudit.inference.verdicts import CANNOT_TELL, SHOWN
from biasaudit.metrics.rates import Rate, available_rates, get_rate
from biasaudit.monitoring._series import Series, series_of
from biasaudit.reporting.formats.without_tables import report_without_tables
from biasaudit.reporting.rendered import Rendered
from biasaudit.reporting.report import Column, Finding, Report, Section
from biasaudit.reporting.words.text import count, gap, gap_interval, group_name

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Question", "Watch", "watch"]

COLUMNS = (
    Column("metric", "Metric"),
    Column("group", "Group", "group"),
    Column("reference", "Against", "group"),
    Column("gap", "Mean gap, in points", "points", ("low", "high")),
    Column("alarm", "Alarm since"),
)


@dataclass(frozen=True)
class Question:
    """One gap that is watched: a metric of a group against its reference.

    Parameters
    ----------
    metric, label : str
        Its name, and its name for people.
    group, reference : mapping of str to str
    alpha : float
        The part of the chance of a false alarm that this question may spend.
    gap, weight, estimate, low, high : float array of shape (days,)
        Gap of each day and its weight; mean gap until the day, with limits that hold on all days at once (NaN where
        too few days tell by how much days vary).
    log_evidence : float array of shape (days,)
        Logarithm of the evidence that the gap has changed.
    since : int array of shape (days,)
        Number of the day since when it seems to have changed.
    """

    metric: str
    label: str
    group: Mapping[str, str]
    reference: Mapping[str, str]
    alpha: float
    gap: Any
    weight: Any
    estimate: Any
    low: Any
    high: Any
    log_evidence: Any
    since: Any

    @property
    def alarm(self) -> int | None:
        """Number of the first day with an alarm, if there is one."""
        past = self.log_evidence >= -np.log(self.alpha)
        return int(past.argmax()) if past.any() else None

    def mean(self, days: slice) -> float:
        """Mean gap of some days, each with its weight."""
        total = self.weight[days].sum()
        return float((self.gap[days] * self.weight[days]).sum() / total) if total else float("nan")


@dataclass(frozen=True, repr=False)
class Watch(Rendered):
    """What watching a store has come to.

    Parameters
    ----------
    days : tuple of date
    questions : tuple of Question
    alpha : float
        Chance of any false alarm, on any day, in any question.
    warnings : tuple of str
        What a reader has to know about the counts.
    independent_rows : bool
        Whether days were taken to vary by no more than independent rows do; else past days told by how much.
    """

    days: tuple[date, ...]
    questions: tuple[Question, ...]
    alpha: float
    warnings: tuple[str, ...] = ()
    independent_rows: bool = False

    @property
    def alarm(self) -> bool:
        """Whether any gap has changed."""
        return any(question.alarm is not None for question in self.questions)

    def sentences(self) -> tuple[str, ...]:
        """Say of every gap whether it has changed, alarms first."""
        return tuple(f"{self._mark(question)} {self._told(question)}" for question in self._ordered)

    @property
    def _ordered(self) -> list[Question]:
        return sorted(self.questions, key=lambda question: question.alarm is None)

    @property
    def _opening(self) -> str:
        found = sum(question.alarm is not None for question in self.questions)
        return f"Alarm: {found} of {len(self.questions)} gaps changed." if found else "No alarm."

    @property
    def _guarantee(self) -> str:
        often = f"However often one looks, the chance of any false alarm is at most {100 * self.alpha:g} %"
        if self.independent_rows:
            return f"Rows were taken as independent. {often}, if they are and the gaps are the same every day."
        return (
            f"Past days told by how much days vary. {often}, if the gap of a day varies around a mean that does not "
            "change, each day by itself or by the day of the week, and nearly as a normal law."
        )

    def findings(self) -> tuple[Finding, ...]:
        """Say of every gap whether it has changed, alarms first; without an alarm nobody can tell that it has not."""
        return tuple(
            Finding(
                self._told(q),
                SHOWN if q.alarm is not None else CANNOT_TELL,
                "watched",
                "difference",
                "section",
                q.group,
                q.reference,
                known(q.estimate[-1]),
                known_interval({"low": q.low[-1], "high": q.high[-1]}),
            )
            for q in self._ordered
        )

    def report(self) -> Report:
        """Gather what the renderers in :mod:`biasaudit.reporting` need."""
        rows = tuple(
            {
                "metric": q.label,
                "group": dict(q.group),
                "reference": dict(q.reference),
                "gap": float(q.estimate[-1]),
                "low": float(q.low[-1]),
                "high": float(q.high[-1]),
                "alarm": "" if q.alarm is None else str(self.days[q.alarm]),
            }
            for q in self._ordered
        )
        return report_without_tables(
            f"Gaps from {self.days[0]} to {self.days[-1]}",
            self._opening,
            findings=self.findings(),
            sections=(Section("watched", "Mean gaps of the window", (self._guarantee,), COLUMNS, rows),),
            settings={"confidence": 1 - self.alpha},
            rows=len(self.days),
            unit="days",
            warnings=self.warnings,
        )

    def to_frame(self) -> pd.DataFrame:
        """Return a row a question and day: metric, group, reference, day, gap, weight, estimate, low, high, …."""
        import pandas as pd

        parts = [
            pd.DataFrame(
                {
                    "metric": q.metric,
                    "group": [dict(q.group)] * len(self.days),
                    "reference": [dict(q.reference)] * len(self.days),
                    "day": list(self.days),
                    "gap": np.where(q.weight > 0, q.gap, np.nan),
                    "weight": q.weight,
                    "estimate": q.estimate,
                    "low": q.low,
                    "high": q.high,
                    "log_evidence": q.log_evidence,
                    "alarm": q.log_evidence >= -np.log(q.alpha),
                }
            )
            for q in self.questions
        ]
        return pd.concat(parts, ignore_index=True)

    def __repr__(self) -> str:
        lines = [f"Watched {len(self.days)} days, {self.days[0]} to {self.days[-1]}. {self._opening}"]
        lines += [f"  {sentence}" for sentence in self.sentences()]
        lines += [f"  Note: {warning}" for warning in self.warnings]
        return "\n".join([*lines, self._guarantee])

    @staticmethod
    def _mark(q: Question) -> str:
        return "✗" if q.alarm is not None else "?" if np.isnan(q.estimate[-1]) else "–"

    def _told(self, q: Question) -> str:
        who = f"{q.label} of {group_name(q.group)} against {group_name(q.reference)}"
        known = np.flatnonzero(q.weight > 0)
        if not len(known):
            return f"Cannot tell: {who}: no day has rows of both."
        if np.isnan(q.estimate[-1]):
            return (
                f"Cannot tell: {who}: mean gap {gap(q.metric, 'difference', q.mean(slice(None)))} over "
                f"{count(len(known))} days; how much days vary is known from {WARM_UP} days with both groups on."
            )
        seen = f"mean gap {_gap(q, 'estimate')} ({gap_interval(q.metric, 'difference', q.low[-1], q.high[-1])})"
        if q.alarm is None:
            return f"No change shown: {who}: {seen} over {count(len(known))} days."
        start = int(q.since[q.alarm])
        before, after = q.mean(slice(0, start)), q.mean(slice(start, None))
        return (
            f"Alarm since {self.days[q.alarm]}: {who}: the gap went from "
            f"{gap(q.metric, 'difference', before)} to {gap(q.metric, 'difference', after)}, probably about "
            f"{self.days[start]}."
        )


def _gap(question: Question, at: str) -> str:
    return gap(question.metric, "difference", float(getattr(question, at)[-1]))


def watch(
    tables: Mapping[date, Crosstab],
    metrics: Sequence[str],
    *,
    reference: Mapping[str, str] | None = None,
    alpha: float = 0.05,
    independent_rows: bool = False,
) -> Watch:
    """Watch the gaps of one window of days.

    How much days vary is told by the days before, or, with `independent_rows`, by the rows alone.

    Groups of the first day share half of `alpha`. The other half is for groups that come later, the j-th of a feature
    getting 1 / (j (j + 1)) of its part: so no group that comes later changes what an earlier look has said.

    Raises
    ------
    AuditError
        If a metric or a reference is not there, or nobody can be compared.
    """
    if not 0 < alpha < 1:
        raise AuditError(f"alpha={alpha!r} is not between 0 and 1. Use 0.05 for one false alarm in twenty.")
    rates = [_rate(name, next(iter(tables.values()))) for name in metrics]
    if not rates:
        raise AuditError("metrics is empty. Name at least one, such as selection_rate.")
    days = list(tables)
    by_feature = series_of(tables, rates)
    _check_reference(by_feature, reference or {})
    held = {series.feature: series.reference(dict(reference or {})) for series in by_feature}
    at_first = [level for s in by_feature for level in s.levels[: s.at_start] if level != held[s.feature]]
    questions = []
    for series in by_feature:
        late = 0
        for at, level in enumerate(series.levels):
            if level == held[series.feature]:
                continue
            late += at >= series.at_start
            part = 1 / len(at_first) if at < series.at_start else 1 / (late * (late + 1) * len(by_feature))
            each = alpha / 2 * part / len(rates)
            against = series.levels.index(held[series.feature])
            questions += [
                _question(series, i, rate, at, against, each, independent_rows) for i, rate in enumerate(rates)
            ]
    if not questions:
        raise AuditError("Only one group has rows in this window, so that nobody can be compared. Choose a longer one.")
    withheld = sum(series.withheld for series in by_feature)
    notes = (
        (
            f"{withheld:,} times a group was left out of a day because a count was withheld: the days that are left "
            "are not all of them, and the guarantee is no longer exact.",
        )
        if withheld
        else ()
    )
    return Watch(tuple(days), tuple(questions), alpha, notes, independent_rows)


def _rate(name: str, table: Crosstab) -> Rate:
    rate = get_rate(name)
    if rate.transform is not None:
        raise AuditError(f'"{name}" is no share of rows, so that it cannot be watched. Watch the rates it is made of.')
    available = available_rates(table.y_true is not None, table.y_pred is not None)
    if rate not in available:
        raise AuditError(
            f'"{name}" needs {" and ".join(rate.needs)}, and the store has not both. '
            f"It can watch: {', '.join(r.name for r in available if r.transform is None)}."
        )
    return rate


def _check_reference(by_feature: list[Series], reference: Mapping[str, str]) -> None:
    features = [series.feature for series in by_feature]
    for feature, level in reference.items():
        if feature not in features:
            raise AuditError(
                f'reference names "{feature}", which is not a sensitive feature.{nearest(feature, features)} '
                f"Sensitive features: {', '.join(features)}."
            )
        levels = sorted(by_feature[features.index(feature)].levels)
        if level not in levels:
            raise AuditError(
                f'reference {feature}="{level}" is not a group.{nearest(level, levels)} '
                f"Groups: {', '.join(levels[:12])}{', …' if len(levels) > 12 else ''}."
            )


def _question(
    series: Series, metric: int, rate: Rate, at: int, other: int, alpha: float, independent_rows: bool
) -> Question:
    share, rows = series.share[metric], series.rows[metric]
    answer = _by_rows if independent_rows else _by_days
    group, reference = ({series.feature: series.levels[level]} for level in (at, other))
    return Question(
        rate.name, rate.label, group, reference, alpha, *answer(share[at], rows[at], share[other], rows[other], alpha)
    )


def _by_rows(share1: Any, nobs1: Any, share2: Any, nobs2: Any, alpha: float) -> tuple[Any, ...]:
    d, weight = daily_gap(share1, nobs1, share2, nobs2)
    return d, weight, *gap_sequence(d, weight, alpha=alpha), *change_evidence(d, weight)


def _by_days(share1: Any, nobs1: Any, share2: Any, nobs2: Any, alpha: float) -> tuple[Any, ...]:
    days = varying_days(share1, nobs1, share2, nobs2)
    return days.gap, days.weight, *varying_gap(days, alpha=alpha), *varying_change(days)
