"""Long calls that run beside the page: it stays usable, shows how far they are, and can stop them."""

from __future__ import annotations

import threading
import time
from typing import Any

import streamlit as st
from streamlit import runtime
from streamlit.runtime.scriptrunner import get_script_run_ctx

import biasaudit as ba
from parts.call import Call
from parts.results import put, result

__all__ = ["BackgroundCall", "job_of", "start", "stop"]

_JOBS = "_jobs"
# Seconds that a session may be away (a page that is loaded anew, a network that drops) before its jobs stop.
GRACE = 5.0
# Sessions that want the same result of shared data wait for one job; jobs of the whole server take turns.
_RUNNING: dict[str, BackgroundCall] = {}
_LOCK = threading.Lock()
_TURN = threading.Semaphore(1)


class _StoppedError(Exception):
    """Nobody waits for the job any more."""


class BackgroundCall:
    """A call that runs in a thread of its own, as long as a session waits for it.

    Attributes
    ----------
    call : Call
        It has to take `progress`.
    done, total : int
        Parts that are finished, of all; 0 of 0 until its turn comes.
    name : str
        What was finished last.
    began : float or None
        When its turn came, on the monotonic clock.
    ended : bool
    made : object
        What the call returned.
    error : Exception or None
        Why it returned nothing.
    """

    def __init__(self, call: Call) -> None:
        self.call = call
        self.done, self.total, self.name = 0, 0, ""
        self.began: float | None = None
        self.ended = False
        self.made: Any = None
        self.error: Exception | None = None
        self._waiting: dict[str, float] = {}
        # Uploads are within reach of their own session's thread alone.
        self._needed = {needed.key: result(needed) for needed in call.needs}

    def join(self, session: str) -> None:
        """Have the session wait for the result."""
        self._waiting[session] = time.monotonic()

    def leave(self, session: str) -> None:
        """Have the session wait no more; the last one to leave stops the job."""
        self._waiting.pop(session, None)

    def run(self) -> None:
        """Wait for the turn and make the call."""
        try:
            while not _TURN.acquire(timeout=0.2):
                self._check()
            try:
                self.began = time.monotonic()
                self.made = self.call.run(lambda needed: self._needed[needed.key], None, {"progress": self._progress})
            finally:
                _TURN.release()
            if not self.call.uploads:
                put(self.call, self.made)
        except _StoppedError:
            pass
        except Exception as error:  # The session that waits is told, whatever it was.
            self.error = error
        finally:
            with _LOCK:
                if _RUNNING.get(self.call.key) is self:
                    del _RUNNING[self.call.key]
            self.ended = True

    def _progress(self, done: int, total: int, name: str) -> None:
        self._check()
        self.done, self.total, self.name = done, total, name

    def _check(self) -> None:
        now = time.monotonic()
        if not threading.main_thread().is_alive():
            raise _StoppedError
        for session, seen in list(self._waiting.items()):
            if _is_here(session):
                self._waiting[session] = now
            elif now - seen > GRACE:
                self.leave(session)
        if not self._waiting:
            raise _StoppedError


def _is_here(session: str) -> bool:
    """Say whether the session's page is open."""
    return not runtime.exists() or runtime.get_instance().is_active_session(session)


def _session() -> str:
    context = get_script_run_ctx()
    return context.session_id if context else ""


def job_of(place: str, call: Call) -> BackgroundCall | None:
    """Return the job of a place on a page; one with other options than those of now is stopped.

    Raises
    ------
    biasaudit.AuditError
        As the call does.
    """
    job: BackgroundCall | None = st.session_state.setdefault(_JOBS, {}).get(place)
    if job is None or job.call.key != call.key:
        stop(place)
        return None
    if job.ended:
        del st.session_state[_JOBS][place]
        if isinstance(job.error, ba.AuditError):
            raise job.error
        if job.error is not None:
            raise ba.AuditError(
                "It broke off for a reason of its own. Try again, or run the code below."
            ) from job.error
        if job.made is not None:
            put(call, job.made)
        return None
    return job


def start(place: str, call: Call) -> None:
    """Start the call beside the page, or wait with the sessions that wait for it already."""
    stop(place)
    made = BackgroundCall(call)
    with _LOCK:
        job = made if call.uploads else _RUNNING.setdefault(call.key, made)
        job.join(_session())
    st.session_state[_JOBS][place] = job
    if job is made:
        threading.Thread(target=job.run, name="biasaudit-job").start()


def stop(place: str) -> None:
    """Let go of the job of a place; it ends unless another session waits for it."""
    job = st.session_state.setdefault(_JOBS, {}).pop(place, None)
    if job is not None:
        job.leave(_session())
