"""Runs of the command line, each in a process of its own that starts with everything imported."""

import atexit
import importlib
import os
import signal
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

# Loaded once, unused: threads do not outlive a fork.
HEAVY = ("duckdb", "pandas", "pyarrow.dataset", "sklearn.linear_model", "biasaudit.cli", "biasaudit.audits.predictions",
         "biasaudit.audits.dataset", "biasaudit.audits.subgroups", "biasaudit.audits.errors", "biasaudit.audits.text",
         "biasaudit.audits.checking", "biasaudit.monitoring.store", "biasaudit.monitoring.watching")  # fmt: skip


class Ended(NamedTuple):
    """How a run ended: negative codes are signals."""

    code: int
    out: str
    err: str
    seconds: float


def load():
    for name in HEAVY:
        importlib.import_module(name)


def run(arguments, folder, temporary, limit=120.0):
    """Run one command in `folder`, its temporary files in `temporary`; past the limit it is killed (code -9)."""
    started = time.monotonic()
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        child = os.fork()
        if not child:
            _child(arguments, folder, temporary, out, err)
        while not (ended := os.waitpid(child, os.WNOHANG))[0]:
            if time.monotonic() - started > limit:
                os.kill(child, signal.SIGKILL)
                limit = float("inf")
            time.sleep(0.002)
        texts = [_text(stream) for stream in (out, err)]
    return Ended(os.waitstatus_to_exitcode(ended[1]), *texts, time.monotonic() - started)


def apart(call, *arguments):
    """Call something in a child, so that no threads of it are here at the next fork; return its exit code."""
    child = os.fork()
    if not child:
        code = 1
        try:
            call(*arguments)
            code = 0
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def _child(arguments, folder, temporary, out, err):
    code = 99
    try:
        os.dup2(out.fileno(), 1)
        os.dup2(err.fileno(), 2)
        os.chdir(folder)
        tempfile.tempdir = str(temporary)
        sys.argv = ["biasaudit", *arguments]
        from biasaudit.process import main

        try:
            main()
        except SystemExit as stop:
            code = stop.code or 0
        atexit._run_exitfuncs()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _text(stream):
    stream.seek(0)
    return stream.read().decode("utf-8", "replace")


def left(folder):
    """Name what no run may leave: parts of files."""
    return sorted(path.name for path in Path(folder).rglob("*") if path.name.startswith(".") or ".part" in path.name)
