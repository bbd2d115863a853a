"""Has a gap changed? An answer that may be asked for every day without crying wolf more often for it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from biasaudit.counts.table.crosstab import Crosstab
from biasaudit.errors import AuditError, nearest
from biasaudit.inference.testing.daily_variation import varying_change, varying_days, varying_gap
from biasaudit.inference.testing.sequences import change_evidence, daily_gap, gap_sequence
from biasaudit.metrics.rates import Rate, available_rates, get_rate
from biasaudit.monitoring._series import Series, series_of
from biasaudit.monitoring._watch import Watch, WatchedGap

__all__ = ["watch"]


@dataclass(frozen=True)
class _Pair:
    """A group of a feature, the one it is held against, and its part of the chance of a false alarm."""

    series: Series
    group: int
    reference: int
    part: float

    def named(self) -> tuple[dict[str, str], dict[str, str]]:
        group, reference = ({self.series.feature: self.series.levels[at]} for at in (self.group, self.reference))
        return group, reference


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
    by_feature = series_of(tables, rates)
    _check_reference(by_feature, reference or {})
    gaps = [
        _watched_gap(pair, at, rate, alpha=alpha / 2 * pair.part / len(rates), independent_rows=independent_rows)
        for pair in _pairs(by_feature, reference or {})
        for at, rate in enumerate(rates)
    ]
    if not gaps:
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
    return Watch(tuple(tables), tuple(gaps), alpha, notes, independent_rows)


def _pairs(by_feature: Sequence[Series], reference: Mapping[str, str]) -> Iterator[_Pair]:
    """Pair every group with its reference; those of the first day share one half of alpha, later ones the other."""
    held = {series.feature: series.reference(reference) for series in by_feature}
    at_first = sum(level != held[series.feature] for series in by_feature for level in series.levels[: series.at_start])
    for series in by_feature:
        late = 0
        for at, level in enumerate(series.levels):
            if level == held[series.feature]:
                continue
            late += at >= series.at_start
            part = 1 / at_first if at < series.at_start else 1 / (late * (late + 1) * len(by_feature))
            yield _Pair(series, at, series.levels.index(held[series.feature]), part)


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


def _watched_gap(pair: _Pair, metric: int, rate: Rate, *, alpha: float, independent_rows: bool) -> WatchedGap:
    share, rows = pair.series.share[metric], pair.series.rows[metric]
    follow = _by_rows if independent_rows else _by_days
    followed = follow(share[pair.group], rows[pair.group], share[pair.reference], rows[pair.reference], alpha)
    return WatchedGap(rate.name, rate.label, *pair.named(), alpha, *followed)


def _by_rows(share1: Any, nobs1: Any, share2: Any, nobs2: Any, alpha: float) -> tuple[Any, ...]:
    d, weight = daily_gap(share1, nobs1, share2, nobs2)
    return d, weight, *gap_sequence(d, weight, alpha=alpha), *change_evidence(d, weight)


def _by_days(share1: Any, nobs1: Any, share2: Any, nobs2: Any, alpha: float) -> tuple[Any, ...]:
    days = varying_days(share1, nobs1, share2, nobs2)
    return days.gap, days.weight, *varying_gap(days, alpha=alpha), *varying_change(days)
