"""What functions of the caller's own say of each group, and how sure that is: from rows resampled group by group."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from biasaudit.arraytypes import Floats
from biasaudit.audits.own._draws import LEFT_OUT, PART, RESAMPLES, Draws, Job, Split, drawn
from biasaudit.audits.own.functions import OwnFunction
from biasaudit.audits.own.metrics import OwnMetric, own_metrics
from biasaudit.audits.own.rows import OwnRows
from biasaudit.inference.resampled import Resampled
from biasaudit.models.parallel import Progress, in_parallel, progress_bar
from biasaudit.names import clean
from biasaudit.reporting.words.text import count, group_name

__all__ = ["DEFAULT_RESAMPLING", "RESAMPLES", "OwnEstimates", "Resampling", "SplitEstimates", "estimate"]

# Of fewer rows, or clusters, resamples say little of how far an estimate varies.
FEWEST = 10
# Share of the resamples that may have no value.
MOST_UNDEFINED = 0.05
# Seconds of work that are not worth starting other processes for.
SHORT = 3.0


@dataclass(frozen=True)
class Resampling:
    """How rows are resampled.

    Parameters
    ----------
    random_state : int
    n_jobs : int
        Processes; -1 uses every core.
    progress : bool or callable
        As for :func:`biasaudit.audit_model`.
    """

    random_state: int = 0
    n_jobs: int = -1
    progress: Progress = False


DEFAULT_RESAMPLING = Resampling()


@dataclass(frozen=True, eq=False)
class SplitEstimates:
    """Estimates of the groups of one way of splitting people.

    Parameters
    ----------
    found : Resampled
        Arrays of shape (functions, groups).
    reasons : object array of shape (functions, groups)
        Why there is no estimate, or nobody knows how sure it is; empty otherwise.
    correlation : float array of shape (functions, groups, groups) or None
        Of the estimates of two groups that share clusters; None where no cluster spans groups.
    """

    found: Resampled
    reasons: Any
    correlation: Floats | None = None

    @property
    def apart(self) -> Resampled:
        """Estimates with the part of their error that tells the groups apart: clusters that they share do not."""
        if self.correlation is None:
            return self.found
        groups = self.correlation.shape[1]
        shared = (self.correlation.sum(axis=2) - 1) / max(groups - 1, 1)
        return replace(self.found, error=self.found.error * np.sqrt(1 - np.clip(shared, -1.0, 0.99)))


@dataclass(frozen=True, eq=False)
class OwnEstimates:
    """Estimates of the caller's own functions.

    Parameters
    ----------
    metrics : tuple of OwnMetric
    splits : dict of tuple of str to SplitEstimates
        By sensitive features; none of them is everyone.
    notes : tuple of str
        What a reader has to know of how they came about.
    """

    metrics: tuple[OwnMetric, ...]
    splits: dict[tuple[str, ...], SplitEstimates]
    notes: tuple[str, ...]


def estimate(
    rows: OwnRows,
    functions: Sequence[OwnFunction],
    tables: Sequence[Any],
    *,
    features: Sequence[str],
    how: Resampling,
) -> OwnEstimates:
    """Call each function for each group, and again for 500 resamples of its rows.

    Rows are drawn within each group, as many as it has; clusters are drawn as a whole, over all groups where some of
    them have rows in several. Every tenth of the resamples has a seed of its own, so that the answer does not depend on
    how many processes work.

    Parameters
    ----------
    rows : OwnRows
    functions : sequence of OwnFunction
    tables : sequence of Crosstab or MomentTable
        What was counted, rolled up to each way of splitting people.
    features : sequence of str
        All sensitive features, in the order of the codes of the rows.
    how : Resampling

    Returns
    -------
    OwnEstimates

    Raises
    ------
    AuditError
        If a function fails for the rows of a group, or returns no number.
    """
    splits = tuple(_split(rows, table, features) for table in tables)
    started = time.perf_counter()
    values, warned = _values(rows, functions, tables, splits)
    each = time.perf_counter() - started
    draws = Draws(rows, splits, tuple(functions), how.random_state)
    workers = how.n_jobs if each * (RESAMPLES + LEFT_OUT) > SHORT and _can_travel(draws) else 1
    resampled, left_out = _drawn(draws, workers, how.progress)
    found = {
        table.features: _estimates(draws, number, values[number], resampled[number], left_out[number])
        for number, table in enumerate(tables)
    }
    lowest = [np.min([one.found.lowest[at].min() for one in found.values()]) for at in range(len(functions))]
    names = [function.name for function in functions]
    metrics = own_metrics(names, dict(zip(names, lowest, strict=True)))
    return OwnEstimates(metrics, found, (*_told(rows, functions), *warned))


def _split(rows: OwnRows, table: Any, features: Sequence[str]) -> Split:
    places = [list(features).index(name) for name in table.features]
    shape = [len(levels) for levels in table.levels]
    group = np.zeros(len(rows), dtype=np.int64)
    if places:
        group = np.asarray(np.ravel_multi_index(tuple(rows.codes[:, places].T), shape), dtype=np.int64)
    joint = False
    if rows.cluster is not None and len(group):
        pairs = np.unique(np.stack([rows.cluster, group], axis=1), axis=0)
        joint = len(np.unique(pairs[:, 0])) < len(pairs)
    return Split(group, table.shape_size, joint)


def _values(
    rows: OwnRows, functions: Sequence[OwnFunction], tables: Sequence[Any], splits: Sequence[Split]
) -> tuple[list[Floats], tuple[str, ...]]:
    """Call each function for the rows of each group, and note the first warning of each."""
    values: list[Floats] = []
    warned: dict[str, str] = {}
    for table, split in zip(tables, splits, strict=True):
        of_split = np.full((len(functions), split.groups), np.nan)
        for group in np.flatnonzero(np.diff(split.starts)).tolist():
            called, where = rows.called(split.rows_of(group)), group_name(table.groups[group])
            for at, function in enumerate(functions):
                of_split[at, group], warning = function.value(called, where)
                if warning:
                    warned.setdefault(function.name, f'"{clean(function.name)}" warned for {where}: {warning}')
        values.append(of_split)
    return values, tuple(warned.values())


def _can_travel(draws: Draws) -> bool:
    """Say whether the functions can be sent to other processes; one that holds a connection or a lock cannot."""
    from joblib.externals.loky.backend.reduction import dumps

    try:
        dumps(draws.functions)
    except Exception:
        return False
    return True


def _drawn(draws: Draws, workers: int, progress: Progress) -> tuple[list[Floats], list[Floats]]:
    """Do all jobs, and put what they found where it belongs."""
    functions = len(draws.functions)
    resampled = [np.full((functions, split.groups, RESAMPLES), np.nan) for split in draws.splits]
    left_out = [np.full((functions, split.groups, LEFT_OUT), np.nan) for split in draws.splits]
    jobs = draws.jobs()
    with progress_bar(len(jobs), progress, what="Resampling") as ended:
        for done in in_parallel(drawn, jobs, (draws,), workers):
            ended(None if done is None else ", ".join(clean(f.name) for f in draws.functions))
            if done is not None:
                _put(left_out if done[0].left_out else resampled, *done)
    return resampled, left_out


def _put(into: list[Floats], job: Job, found: Floats) -> None:
    groups = slice(None) if job.group < 0 else slice(job.group, job.group + 1)
    start = job.part * PART
    into[job.split][:, groups, start : start + found.shape[-1]] = found


def _estimates(draws: Draws, number: int, values: Floats, resampled: Floats, left_out: Floats) -> SplitEstimates:
    """Read errors, bias and skewness off the resamples, and the acceleration off what was left out."""
    split = draws.splits[number]
    n_rows = np.diff(split.starts)
    units = n_rows if draws.rows.cluster is None else _clusters_of(draws.rows.cluster, split)
    known = np.isfinite(resampled)
    drawn_values = np.where(known, resampled, 0.0)
    n_known = known.sum(axis=-1)
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = drawn_values.sum(axis=-1) / n_known
        from_mean = np.where(known, resampled - mean[..., None], 0.0)
        variance = (from_mean**2).sum(axis=-1) / (n_known - 1)
        skew = (from_mean**3).sum(axis=-1) / n_known / variance**1.5
        bias = mean - values
        # What 500 resamples show by chance alone is no skewness, and no bias.
        skew *= np.clip(1 - 6 / n_known / skew**2, 0.0, 1.0)
        bias *= np.clip(1 - variance / n_known / bias**2, 0.0, 1.0)
        # Resamples vary less than samples do, since they have the mean of the sample.
        error = np.sqrt(variance * units / (units - 1))
        df = 1 / (1 / (units - 1) + 1 / (n_known - 1))
        lowest = np.fmin(values, np.fmin.reduce(resampled, axis=-1))
    reasons = _reasons(draws.functions, values, n_rows, units, n_known, variance)
    error = np.where(reasons == "", error, np.nan)
    value = np.where(np.isfinite(values), values, np.nan)
    shape = values.shape
    found = Resampled(
        value=value,
        rows=np.broadcast_to(n_rows.astype(float), shape),
        error=error,
        df=np.where(reasons == "", df, np.nan),
        bias=np.where(np.isfinite(values), np.nan_to_num(bias), 0.0),
        skew=np.nan_to_num(skew),
        acceleration=_acceleration(left_out),
        lowest=np.nan_to_num(lowest, nan=np.inf),
    )
    return SplitEstimates(found, reasons, _correlation(from_mean, known) if split.joint else None)


def _clusters_of(cluster: Any, split: Split) -> Any:
    """Count the clusters of each group."""
    pairs = np.unique(np.stack([split.group, cluster], axis=1), axis=0)
    return np.bincount(pairs[:, 0], minlength=split.groups)


def _acceleration(left_out: Floats) -> Floats:
    known = np.isfinite(left_out)
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = np.where(known, left_out, 0.0).sum(axis=-1) / known.sum(axis=-1)
        influence = np.where(known, mean[..., None] - left_out, 0.0)
        return np.asarray(np.nan_to_num((influence**3).sum(axis=-1) / (6 * (influence**2).sum(axis=-1) ** 1.5)))


def _correlation(from_mean: Floats, known: Any) -> Floats:
    """Correlate the resamples of every two groups."""
    filled = np.where(known, from_mean, 0.0)
    covariance = np.einsum("fgr,fhr->fgh", filled, filled)
    spread = np.sqrt(np.einsum("fgg->fg", covariance))
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.nan_to_num(covariance / spread[:, :, None] / spread[:, None, :]))


def _reasons(
    functions: Sequence[OwnFunction], values: Floats, rows: Any, units: Any, n_known: Any, variance: Floats
) -> Any:
    """Say why a group has no estimate, or why nobody knows how sure it is; nothing where all is well."""
    out = np.full(values.shape, "", dtype=object)
    for at, function in enumerate(functions):
        name = clean(function.name)
        lost = RESAMPLES - n_known[at]
        size = np.abs(np.where(np.isfinite(values[at]), values[at], 0.0))
        still = ~(np.sqrt(variance[at]) > 1e-12 * size)
        # Later ones come first.
        out[at, still] = f"{name} is the same in every resample, so its uncertainty is unknown"
        for group in np.flatnonzero(lost > MOST_UNDEFINED * RESAMPLES).tolist():
            out[at, group] = f"{name} has no value in {lost[group]} of {RESAMPLES} resamples"
        what = "rows" if units is rows else "clusters"
        out[at, units < FEWEST] = f"fewer than {FEWEST} {what}, so its uncertainty is unknown"
        out[at, np.isnan(values[at])] = f"{name} returned nan"
        out[at, np.isinf(values[at])] = f"{name} is infinite"
        out[at, rows == 0] = "no rows"
    return out


def _told(rows: OwnRows, functions: Sequence[OwnFunction]) -> tuple[str, ...]:
    """Say how limits of own functions came about, and whom weights do not reach."""
    names = ", ".join(f'"{clean(function.name)}"' for function in functions)
    drawn_as = "rows" if rows.cluster is None else "clusters"
    one = len(functions) == 1
    notes = [
        f"{names} {'is a function' if one else 'are functions'} of yours: {'its' if one else 'their'} limits come from "
        f"{count(RESAMPLES)} resamples of {drawn_as} within each group, which takes longer than counting."
    ]
    deaf = [f'"{clean(function.name)}"' for function in functions if not function.weighted]
    if rows.weight is not None and deaf:
        notes.append(f"{', '.join(deaf)} takes no sample_weight: every row counts alike there.")
    return tuple(notes)
