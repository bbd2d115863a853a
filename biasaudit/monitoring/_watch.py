"""What watching has come to: the gap of every day, whether it has changed, and the words for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np

from biasaudit.audits.findings.gap_records import known, known_interval
from biasaudit.inference.testing.daily_variation import WARM_UP
from biasaudit.inference.verdicts import CANNOT_TELL, SHOWN
from biasaudit.reporting.formats.without_tables import report_without_tables
from biasaudit.reporting.rendered import Rendered
from biasaudit.reporting.report import Column, Finding, Report, Section
from biasaudit.reporting.words.text import count, gap, gap_interval, group_name

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Watch", "WatchedGap"]

COLUMNS = (
    Column("metric", "Metric"),
    Column("group", "Group", "group"),
    Column("reference", "Against", "group"),
    Column("gap", "Mean gap, in points", "points", ("low", "high")),
    Column("alarm", "Alarm since"),
)


@dataclass(frozen=True)
class WatchedGap:
    """One gap that is watched: a metric of a group against its reference.

    Parameters
    ----------
    metric, label : str
        Its name, and its name for people.
    group, reference : mapping of str to str
    alpha : float
        The part of the chance of a false alarm that this gap may spend.
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
        Those that were watched.
    questions : tuple of WatchedGap
        Every gap that was watched, with what came of it.
    alpha : float
        Chance of any false alarm, on any day, in any question.
    warnings : tuple of str
        What a reader has to know about the counts.
    independent_rows : bool
        Whether days were taken to vary by no more than independent rows do; else past days told by how much.

    Examples
    --------
    >>> import tempfile, biasaudit as ba
    >>> folder = tempfile.TemporaryDirectory()
    >>> store = ba.monitoring.Store(f"{folder.name}/counts.db")
    >>> berkeley = ba.datasets.load_berkeley().frame
    >>> for day in range(2):
    ...     rows = berkeley.sample(800, random_state=day)
    ...     counted = ba.count(rows, sensitive_features=["gender"], y_pred="admitted")
    ...     store.append(counted, day=f"2026-01-0{day + 1}")
    >>> watch = store.watch(independent_rows=True)
    >>> watch.alarm, len(watch.days)
    (False, 2)
    >>> watch.questions[0].group
    {'gender': 'Female'}
    >>> folder.cleanup()
    """

    days: tuple[date, ...]
    questions: tuple[WatchedGap, ...]
    alpha: float
    warnings: tuple[str, ...] = ()
    independent_rows: bool = False

    @property
    def alarm(self) -> bool:
        """Whether any gap has changed."""
        return any(question.alarm is not None for question in self.questions)

    def sentences(self) -> tuple[str, ...]:
        """Say of every gap whether it has changed, alarms first.

        Returns
        -------
        tuple of str

        Examples
        --------
        >>> import tempfile, biasaudit as ba
        >>> folder = tempfile.TemporaryDirectory()
        >>> store = ba.monitoring.Store(f"{folder.name}/counts.db")
        >>> berkeley = ba.datasets.load_berkeley().frame
        >>> for day in range(2):
        ...     rows = berkeley.sample(800, random_state=day)
        ...     counted = ba.count(rows, sensitive_features=["gender"], y_pred="admitted")
        ...     store.append(counted, day=f"2026-01-0{day + 1}")
        >>> watch = store.watch(independent_rows=True)
        >>> print(watch.sentences()[0])
        – No change shown: Selection rate of gender = Female against gender = Male: mean gap −12.2 points (−20.5 to −3.8
        points) over 2 days.
        >>> folder.cleanup()
        """
        return tuple(f"{self._mark(question)} {self._sentence(question)}" for question in self._ordered)

    @property
    def _ordered(self) -> list[WatchedGap]:
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
        """Say of every gap whether it has changed, alarms first; without an alarm nobody can tell that it has not.

        Returns
        -------
        tuple of Finding

        Examples
        --------
        >>> import tempfile, biasaudit as ba
        >>> folder = tempfile.TemporaryDirectory()
        >>> store = ba.monitoring.Store(f"{folder.name}/counts.db")
        >>> berkeley = ba.datasets.load_berkeley().frame
        >>> for day in range(2):
        ...     rows = berkeley.sample(800, random_state=day)
        ...     counted = ba.count(rows, sensitive_features=["gender"], y_pred="admitted")
        ...     store.append(counted, day=f"2026-01-0{day + 1}")
        >>> watch = store.watch(independent_rows=True)
        >>> [finding.verdict for finding in watch.findings()]
        ['cannot tell']
        >>> folder.cleanup()
        """
        return tuple(
            Finding(
                self._sentence(q),
                SHOWN if q.alarm is not None else CANNOT_TELL,
                "watched",
                "difference",
                "section",
                group=q.group,
                reference=q.reference,
                estimate=known(q.estimate[-1]),
                interval=known_interval({"low": q.low[-1], "high": q.high[-1]}),
            )
            for q in self._ordered
        )

    def report(self) -> Report:
        """Gather what the renderers in :mod:`biasaudit.reporting` need.

        Returns
        -------
        Report

        Examples
        --------
        >>> import tempfile, biasaudit as ba
        >>> folder = tempfile.TemporaryDirectory()
        >>> store = ba.monitoring.Store(f"{folder.name}/counts.db")
        >>> berkeley = ba.datasets.load_berkeley().frame
        >>> for day in range(2):
        ...     rows = berkeley.sample(800, random_state=day)
        ...     counted = ba.count(rows, sensitive_features=["gender"], y_pred="admitted")
        ...     store.append(counted, day=f"2026-01-0{day + 1}")
        >>> watch = store.watch(independent_rows=True)
        >>> watch.report().rows, watch.report().headline
        (2, 'No alarm.')
        >>> folder.cleanup()
        """
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
        """Return a row a question and day: metric, group, reference, day, gap, weight, estimate, low, high, ….

        Returns
        -------
        DataFrame

        Examples
        --------
        >>> import tempfile, biasaudit as ba
        >>> folder = tempfile.TemporaryDirectory()
        >>> store = ba.monitoring.Store(f"{folder.name}/counts.db")
        >>> berkeley = ba.datasets.load_berkeley().frame
        >>> for day in range(2):
        ...     rows = berkeley.sample(800, random_state=day)
        ...     counted = ba.count(rows, sensitive_features=["gender"], y_pred="admitted")
        ...     store.append(counted, day=f"2026-01-0{day + 1}")
        >>> watch = store.watch(independent_rows=True)
        >>> table = watch.to_frame()
        >>> print(table[["group", "reference", "day", "gap", "low", "high"]].round(2).to_string(index=False))
                       group          reference        day   gap   low  high
        {'gender': 'Female'} {'gender': 'Male'} 2026-01-01 -0.07 -0.19  0.05
        {'gender': 'Female'} {'gender': 'Male'} 2026-01-02 -0.18 -0.21 -0.04
        >>> folder.cleanup()
        """
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
    def _mark(q: WatchedGap) -> str:
        return "✗" if q.alarm is not None else "?" if np.isnan(q.estimate[-1]) else "–"

    def _sentence(self, q: WatchedGap) -> str:
        who = f"{q.label} of {group_name(q.group)} against {group_name(q.reference)}"
        days = int(np.count_nonzero(q.weight > 0))
        if not days:
            return f"Cannot tell: {who}: no day has rows of both."
        if np.isnan(q.estimate[-1]):
            return (
                f"Cannot tell: {who}: mean gap {gap(q.metric, 'difference', q.mean(slice(None)))} over "
                f"{count(days)} days; how much days vary is known from {WARM_UP} days with both groups on."
            )
        limits = gap_interval(q.metric, "difference", q.low[-1], q.high[-1])
        seen = f"mean gap {gap(q.metric, 'difference', float(q.estimate[-1]))} ({limits})"
        if q.alarm is None:
            return f"No change shown: {who}: {seen} over {count(days)} days."
        start = int(q.since[q.alarm])
        before, after = q.mean(slice(0, start)), q.mean(slice(start, None))
        return (
            f"Alarm since {self.days[q.alarm]}: {who}: the gap went from "
            f"{gap(q.metric, 'difference', before)} to {gap(q.metric, 'difference', after)}, probably about "
            f"{self.days[start]}."
        )
