"""Train every mitigation on the same folds and keep what each decided for each row."""

from __future__ import annotations

import importlib
import os
import sys
import threading
import time
import warnings
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from biasaudit.audits.crossfit import Folds
from biasaudit.errors import AuditError
from biasaudit.statistics.columns import shorten

__all__ = ["Trials", "run_trials"]

Ints = NDArray[np.int64]
# Seconds between two calls of who listens, and after which a worker without work leaves.
TICK, IDLE = 0.25, 10
THREADS = dict.fromkeys(
    ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"), "1"
)


@dataclass(frozen=True)
class Trials:
    """Decisions for rows that the deciding model had not seen.

    Parameters
    ----------
    names : tuple of str
        The unmitigated model first.
    predictions : int array of shape (mitigations, repeats, rows)
        0 or 1.
    seconds : float array of shape (mitigations, repeats * folds)
        Time to train and decide.
    notes : tuple of str
        What could not be run and why, and warnings on the way.
    """

    names: tuple[str, ...]
    predictions: NDArray[np.int8]
    seconds: NDArray[np.float64]
    notes: tuple[str, ...]


def run_trials(
    models: Mapping[str, Any],
    X: pd.DataFrame,
    y: Ints,
    groups: NDArray[np.object_],
    deals: list[Folds],
    *,
    n_jobs: int,
    progress: bool | Callable[[int, int, str], None],
) -> Trials:
    """Train each model on each fold of each deal, in parallel.

    Parameters
    ----------
    models : mapping of str to mitigation
        The unmitigated one first.
    X : DataFrame of shape (rows, columns)
    y : int array of shape (rows,)
    groups : array of str of shape (rows,)
    deals : list of Folds
        One for each repeat.
    n_jobs : int
        Processes; -1 uses every core. Each keeps to one thread.
    progress : bool or callable
        Show a progress bar where standard error is a terminal; or what to call with the number of trials done,
        of all, and the mitigation last done: after each, and with several processes four times a second in between.
        What it raises ends the processes and passes through.

    Raises
    ------
    AuditError
        If the unmitigated model cannot be trained.
    """
    parts = [(repeat, fold, *rows) for repeat, deal in enumerate(deals) for fold, rows in enumerate(deal)]
    jobs = [(name, at) for at in range(len(parts)) for name in models]
    predictions = np.full((len(models), len(deals), len(y)), -1, dtype=np.int8)
    seconds = np.full((len(models), len(parts)), np.nan)
    place, failed, said = {name: i for i, name in enumerate(models)}, dict[str, str](), dict[str, None]()
    trials = _in_parallel(jobs, (models, parts, X, y, groups), n_jobs)
    with closing(trials), _bar(len(jobs), progress) as advance:
        for trial in trials:
            if trial is None:
                advance(None)
                continue
            (name, at), decided, took, notes = trial
            if isinstance(decided, str):
                failed.setdefault(name, decided)
            else:
                repeat, _, _, test = parts[at]
                predictions[place[name], repeat, test] = decided
                seconds[place[name], at] = took
            said |= dict.fromkeys(f"{name}: {note}" for note in notes)
            advance(name)
    baseline = next(iter(models))
    if baseline in failed:
        raise AuditError(failed[baseline])
    kept = [place[name] for name in models if name not in failed]
    lost = [f"{name} could not be run and is left out: {why}" for name, why in failed.items()]
    return Trials(
        tuple(name for name in models if name not in failed), predictions[kept], seconds[kept], (*lost, *said)
    )


def _in_parallel(jobs: Sequence[Any], given: tuple[Any, ...], n_jobs: int) -> Generator[Any]:
    """Yield each trial as it ends, and None while none does, so that whoever listens can stop them all."""
    from joblib import effective_n_jobs

    workers = min(effective_n_jobs(n_jobs), len(jobs))
    if workers == 1:
        from threadpoolctl import threadpool_limits

        with threadpool_limits(1):
            yield from (_trial(job, *given) for job in jobs)
        return
    yield from _in_processes(jobs, given, workers)


def _in_processes(jobs: Sequence[Any], given: tuple[Any, ...], workers: int) -> Generator[Any]:
    """Try in processes of this comparison's own: stopping it ends them and nobody else's."""
    from concurrent.futures import FIRST_COMPLETED, wait
    from concurrent.futures.process import BrokenProcessPool

    from joblib.externals.loky import ProcessPoolExecutor

    # More threads than cores make every library slower.
    pool = ProcessPoolExecutor(workers, timeout=IDLE, initializer=_hold, initargs=given, env=THREADS)
    try:
        left = {pool.submit(_held_trial, job) for job in jobs}
        while left:
            ended, left = wait(left, timeout=TICK, return_when=FIRST_COMPLETED)
            yield from (future.result() for future in ended) if ended else (None,)
    except BrokenProcessPool as error:
        raise AuditError(
            "A process that trained a model was killed, most likely for want of memory. Take fewer rows, or n_jobs=1."
        ) from error
    finally:
        pool.shutdown(wait=True, kill_workers=True)


# What a worker tries on: handed to it once, not with every trial.
_HELD: list[tuple[Any, ...]] = []


def _hold(*given: Any) -> None:
    _HELD[:] = [given]
    threading.Thread(target=_leave_with, args=[os.getppid()], daemon=True).start()


def _leave_with(parent: int) -> None:
    """End this worker when the process that started it is gone, however that came."""
    while os.getppid() == parent:
        time.sleep(1)
    os._exit(1)


def _held_trial(job: Any) -> Any:
    return _trial(job, *_HELD[0])


def _trial(
    key: tuple[str, int],
    models: Mapping[str, Any],
    parts: Sequence[tuple[int, int, Ints, Ints]],
    X: pd.DataFrame,
    y: Ints,
    groups: NDArray[np.object_],
) -> tuple[tuple[str, int], NDArray[np.int8] | str, float, list[str]]:
    """Train on some rows and decide for others; a failure comes back as its sentence."""
    from sklearn.base import clone

    model, (_, _, train, test) = models[key[0]], parts[key[1]]
    for library in getattr(model, "libraries", ()):
        # Loaded before the clock starts, where it is there at all.
        with suppress(ImportError):
            importlib.import_module(library)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("default")
        start = time.perf_counter()
        try:
            fitted = clone(model).fit(X.iloc[train], y[train], sensitive_features=groups[train])
            decided = fitted.predict(X.iloc[test], sensitive_features=groups[test])
        except Exception as error:  # Whatever a library raises must not cost the user the other mitigations.
            sentence = str(error) if isinstance(error, AuditError) else f"{type(error).__name__}: {error}"
            return key, shorten(sentence, 300), 0.0, []
        took = time.perf_counter() - start
    notes = sorted({f"{w.category.__name__}: {shorten(str(w.message), 150)}" for w in caught})
    return key, np.asarray(decided).astype(np.int8), took, notes


@contextmanager
def _bar(total: int, wanted: bool | Callable[[int, int, str], None]) -> Iterator[Any]:
    if callable(wanted):
        done, last = 0, ""

        def tell(name: str | None) -> None:
            nonlocal done, last
            done, last = (done, last) if name is None else (done + 1, name)
            wanted(done, total, last)

        tell(None)
        yield tell
        return
    if not (wanted and sys.stderr.isatty()):
        yield lambda name: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("Training", total=total)
        yield lambda name: None if name is None else bar.update(task, advance=1, description=name)
