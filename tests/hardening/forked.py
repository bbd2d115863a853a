"""Runs of the command line in children, with an end to each, and what they leave behind."""

import atexit
import importlib
import os
import signal
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from hardening.children import biasaudit, forked

# Loaded once, unused: threads do not outlive a fork.
HEAVY = (
    "duckdb",
    "pandas",
    "pyarrow.dataset",
    "sklearn.linear_model",
    "biasaudit.process",
    "biasaudit.cli.app",
    "biasaudit.audits.audit_predictions",
    "biasaudit.audits.data.audit_dataset",
    "biasaudit.audits.subgroups.search",
    "biasaudit.audits.errors.audit",
    "biasaudit.audits.text.audit",
    "biasaudit.audits.checking",
    "biasaudit.monitoring._store",
    "biasaudit.monitoring._watching",
)


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
    with tempfile.NamedTemporaryFile() as out, tempfile.NamedTemporaryFile() as err:
        child = forked(lambda: _here(arguments, folder, temporary), out.name, err.name)
        while not (ended := os.waitpid(child, os.WNOHANG))[0]:
            if time.monotonic() - started > limit:
                os.kill(child, signal.SIGKILL)
                limit = float("inf")
            time.sleep(0.002)
        texts = [Path(stream.name).read_bytes().decode("utf-8", "replace") for stream in (out, err)]
    return Ended(os.waitstatus_to_exitcode(ended[1]), *texts, time.monotonic() - started)


def _here(arguments, folder, temporary):
    os.chdir(folder)
    tempfile.tempdir = str(temporary)
    try:
        biasaudit(*arguments)
    finally:
        atexit._run_exitfuncs()


def left(folder):
    """Name what no run may leave: parts of files."""
    return sorted(path.name for path in Path(folder).rglob("*") if path.name.startswith(".") or ".part" in path.name)
