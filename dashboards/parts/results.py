"""Results of calls, computed once for the same content and options, whatever page asks."""

from __future__ import annotations

import io
import threading
from collections import OrderedDict
from typing import Any

import streamlit as st

from parts.call import Call, Upload

__all__ = ["forget", "is_cached", "put", "result", "store_upload"]

# Results of shipped and generated data are shared by all sessions; those of uploads live in their session alone.
SHARED = 128
OWN = 24
_UPLOADS, _RESULTS = "_uploads", "_results"


class _Store:
    """The last results of this process; two sessions that want the same one wait for one computation."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._found: OrderedDict[str, Any] = OrderedDict()
        self._making: dict[str, threading.RLock] = {}
        self._lock = threading.Lock()

    def get(self, call: Call) -> Any:
        key = call.key
        with self._lock:
            if key in self._found:
                self._found.move_to_end(key)
                return self._found[key]
            making = self._making.setdefault(key, threading.RLock())
        with making:
            if key not in self._found:
                made = call.run(result, _content)
                self.put(key, made)
                return made
        return self.get(call)

    def put(self, key: str, made: Any) -> None:
        with self._lock:
            self._found[key] = made
            while len(self._found) > self._most:
                self._found.popitem(last=False)
            self._making.pop(key, None)

    def __contains__(self, key: object) -> bool:
        return key in self._found


_SHARED = _Store(SHARED)


def result(call: Call) -> Any:
    """Return what a call returns; an :class:`biasaudit.AuditError` passes through.

    Parameters
    ----------
    call : Call

    Raises
    ------
    biasaudit.AuditError
        As the call does.
    """
    if not call.uploads:
        return _SHARED.get(call)
    own: OrderedDict[str, Any] = st.session_state.setdefault(_RESULTS, OrderedDict())
    if call.key not in own:
        own[call.key] = call.run(result, _content)
        while len(own) > OWN:
            own.popitem(last=False)
    own.move_to_end(call.key)
    return own[call.key]


def is_cached(call: Call) -> bool:
    """Say whether the result is there already, so that showing it costs nothing."""
    return call.key in (st.session_state.get(_RESULTS, {}) if call.uploads else _SHARED)


def put(call: Call, made: Any) -> None:
    """Take in a result that was computed beside the page."""
    if call.uploads:
        st.session_state.setdefault(_RESULTS, OrderedDict())[call.key] = made
    else:
        _SHARED.put(call.key, made)


def store_upload(upload: Upload, content: bytes) -> None:
    """Keep the content of an upload for this session."""
    st.session_state.setdefault(_UPLOADS, {})[upload.digest] = content


def forget(digest: str) -> None:
    """Let go of an upload and of all that was computed from uploads."""
    st.session_state.get(_UPLOADS, {}).pop(digest, None)
    st.session_state.pop(_RESULTS, None)


def _content(upload: Upload) -> io.BytesIO:
    file = io.BytesIO(st.session_state[_UPLOADS][upload.digest])
    file.name = upload.name
    return file
