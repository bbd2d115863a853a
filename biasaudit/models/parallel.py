"""Trainings side by side in processes of their own, which can be watched and stopped."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from biasaudit.errors import AuditError

__all__ = ["Progress", "in_parallel", "progress_bar"]

# True shows a bar where standard error is a terminal; a function is told of every job, and may raise to stop them.
Progress = bool | Callable[[int, int, str], None]
# Seconds between two calls of who listens, and after which a worker without work leaves.
TICK, IDLE = 0.25, 10
THREADS = dict.fromkeys(
    ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"), "1"
)


def in_parallel(
    work: Callable[..., Any], jobs: Sequence[Any], given: tuple[Any, ...], n_jobs: int = -1
) -> Generator[Any]:
    """Yield ``work(job, *given)`` of each job as it ends, and None while none does, so that who listens can stop them.

    Parameters
    ----------
    work : callable
        A function of a module; what it returns is not None.
    jobs : sequence
        The first argument of each call.
    given : tuple
        What every job needs: handed to each process once.
    n_jobs : int
        Processes; -1 uses every core. Each keeps to one thread: more threads than cores make every library slower.

    Yields
    ------
    object
        What a call returned, in the order in which they end; None while none does.

    Raises
    ------
    AuditError
        If a process is killed.

    Examples
    --------
    >>> sorted(in_parallel(pow, [2, 3, 4], (2,), n_jobs=1))
    [4, 9, 16]
    """
    from joblib import effective_n_jobs

    workers = min(effective_n_jobs(n_jobs), len(jobs))
    if workers > 1:
        yield from _in_processes(work, jobs, given, workers)
        return
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1):
        yield from (work(job, *given) for job in jobs)


def _in_processes(
    work: Callable[..., Any], jobs: Sequence[Any], given: tuple[Any, ...], workers: int
) -> Generator[Any]:
    """Work in processes of this call's own: stopping it ends them and nobody else's."""
    from concurrent.futures import FIRST_COMPLETED, wait
    from concurrent.futures.process import BrokenProcessPool

    from joblib.externals.loky import ProcessPoolExecutor

    initial = (os.getpid(), work, *given)
    pool = ProcessPoolExecutor(workers, timeout=IDLE, initializer=_hold, initargs=initial, env=THREADS)
    try:
        left = {pool.submit(_held, job) for job in jobs}
        while left:
            ended, left = wait(left, timeout=TICK, return_when=FIRST_COMPLETED)
            yield from (future.result() for future in ended) if ended else (None,)
    except BrokenProcessPool as error:
        raise AuditError(
            "A process that trained a model was killed, most likely for want of memory. Take fewer rows, or n_jobs=1."
        ) from error
    finally:
        pool.shutdown(wait=True, kill_workers=True)


# What a worker works on: handed to it once, not with every job.
_HELD: list[tuple[Any, ...]] = []


def _hold(parent: int, *given: Any) -> None:
    _HELD[:] = [given]
    # Told who asked, not who its parent is by now: that may have been killed while this worker started.
    threading.Thread(target=_leave_with, args=[parent], daemon=True).start()


def _leave_with(parent: int) -> None:
    """End this worker when the process that started it is gone, however that came."""
    while os.getppid() == parent:
        time.sleep(1)
    os._exit(1)


def _held(job: Any) -> Any:
    work, *given = _HELD[0]
    return work(job, *given)


@contextmanager
def progress_bar(total: int, wanted: Progress, what: str = "Training") -> Iterator[Callable[[str | None], None]]:
    """Give a function to call with the name of a job that ended, or with None while none does.

    Parameters
    ----------
    total : int
        Jobs.
    wanted : bool or callable
        Show a bar where standard error is a terminal; or what to call with the number of jobs done, of all, and the
        name of the last.
    what : str
        What a bar says before the first job ends.

    Yields
    ------
    callable
        To be called with the name of a job that ended, or with None.

    Examples
    --------
    >>> with progress_bar(2, lambda done, total, last: print(f"{done} of {total} {last}")) as ended:
    ...     ended("fold 1")
    ...     ended("fold 2")
    0 of 2
    1 of 2 fold 1
    2 of 2 fold 2
    """
    if callable(wanted):
        done, last = 0, ""

        def notify(name: str | None) -> None:
            nonlocal done, last
            done, last = (done, last) if name is None else (done + 1, name)
            wanted(done, total, last)

        notify(None)
        yield notify
        return
    if not (wanted and sys.stderr.isatty()):
        yield lambda name: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress as Bar, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=total)
        yield lambda name: None if name is None else bar.update(task, advance=1, description=name)
