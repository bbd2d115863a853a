"""How the process ends: with an exit code that means what it says, whatever happens inside."""

from __future__ import annotations

import contextlib
import errno
import io
import os
import platform
import re
import signal
import sys
import tempfile
import threading
import traceback
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from typing import Any

from biasaudit.errors import AuditError
from biasaudit.exit_codes import ExitCode
from biasaudit.github_output import harmless_output
from biasaudit.version import __version__

__all__ = ["main"]

SIGNALLED = 128
# SIGHUP comes where a terminal is closed; Windows has none.
STOPPING = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]
FULL = {errno.ENOSPC, errno.EDQUOT}
STOPPED = "Stopped; no file was left half-written."
NO_MEMORY = "There is not enough memory for this table. Audit fewer columns, or split the file."
MOST_LETTERS = 4000
LONG = re.compile(r"(\S{200})\S{100,}")
PACKAGE = Path(__file__).parent
STANDS_ON = ("numpy", "scipy", "pandas", "narwhals", "duckdb", "scikit-learn", "pydantic", "typer")


def main() -> None:
    """Run the command line and exit.

    The codes are those of ``biasaudit --help``. A fault of ours is never 0 or 1, which speak of the data: it is 4, and
    a report of it lies in a file. A signal ends in 128 and its number, after what was unfinished has been removed.
    """
    with _stopping() as signals, harmless_output():
        code = _ended(signals)
    sys.exit(code)


def _ended(signals: list[int]) -> int:
    """Run the command and return the exit code."""
    try:
        code = _run()
    except BaseException as error:
        # Libraries turn a signal into errors of their own.
        if not signals:
            return _failed(error)
        code = SIGNALLED + signals[0]
    if signals or code == SIGNALLED + signal.SIGINT:
        _say(STOPPED)
        return SIGNALLED + (signals or [signal.SIGINT])[0]
    return code


def _run() -> int:
    """Run the command and return the code that it asks for; without one it has done its work."""
    # Here, so that an installation that cannot be imported is a fault as well, and no verdict.
    from biasaudit.cli.app import app

    return app(standalone_mode=False, prog_name="biasaudit") or 0


def _failed(error: BaseException) -> int:
    if isinstance(error, SystemExit):
        return _exit_code(error.code)
    if isinstance(error, KeyboardInterrupt):
        _say(STOPPED)
        return SIGNALLED + signal.SIGINT
    if isinstance(error, AuditError):
        from biasaudit.names import clean

        # One line with its remedy, whatever stands in a name that was given, and however long that is.
        sentence = LONG.sub(lambda found: f"{found[1]}…", str(error))
        _say(f"Error: {clean(sentence, MOST_LETTERS)}")
    elif _is_usage(error):
        shown = io.StringIO()
        error.show(file=shown)  # type: ignore[attr-defined]
        _say(shown.getvalue().rstrip())
    elif isinstance(error, MemoryError):
        _say(f"Error: {NO_MEMORY}")
    elif isinstance(error, OSError) and error.errno in FULL:
        _say(f"Error: The disk is full ({error.strerror}). Make room; TMPDIR names another folder for temporary files.")
    else:
        return _fault(error)
    return ExitCode.BAD_INPUT


def _exit_code(code: Any) -> int:
    return code if isinstance(code, int) else ExitCode.OUR_FAULT if code else 0


def _is_usage(error: BaseException) -> bool:
    """Say whether Typer has something to say of the command's arguments; its class moved between its versions."""
    return hasattr(error, "exit_code") and hasattr(error, "show")


def _fault(error: BaseException) -> int:
    frames = traceback.extract_tb(error.__traceback__)
    where = [frame for frame in frames if Path(frame.filename).is_relative_to(PACKAGE)][-1]
    place = f"{Path(where.filename).relative_to(PACKAGE).as_posix()}, line {where.lineno}"
    message = f"biasaudit failed and it is no fault of yours: {type(error).__name__} in {place}. Nothing was judged."
    try:
        _say(f"Error: {message} Please report it, with what is in {_written(error)}")
    except OSError:
        _say(f"Error: {message} Please report it, with these lines:\n{_report(error).rstrip()}")
    return ExitCode.OUR_FAULT


def _written(error: BaseException) -> str:
    """Write the report to a file that only its owner can read, and return its path."""
    handle, path = tempfile.mkstemp(prefix="biasaudit-fault-", suffix=".txt")
    with os.fdopen(handle, "w", encoding="utf-8", errors="replace") as file:
        file.write(_report(error))
    return path


def _report(error: BaseException) -> str:
    """Say what happened where: the lines of code that ran and the error's own words, no values of variables."""
    versions = ", ".join(f"{name} {_version(name)}" for name in STANDS_ON)
    options = " ".join(word.partition("=")[0] for word in sys.argv[2:] if word.startswith("-"))
    frames = "".join(traceback.format_tb(error.__traceback__))
    return (
        "A fault of biasaudit. Read it before you send it: the last line may quote your data.\n"
        f"biasaudit {__version__}, Python {platform.python_version()}, {platform.platform()}\n{versions}\n"
        f"Command: {' '.join(sys.argv[1:2])} {options}\n{frames}{type(error).__name__}: {str(error)[:300]}\n"
    )


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return "missing"


def _say(text: str) -> None:
    """Print to the error stream; that it is closed or full must not hide how the process ends."""
    with contextlib.suppress(OSError):
        try:
            from biasaudit.cli.printing import say

            say(text, err=True)
        except Exception:
            # A package whose import was broken off fails in ways of its own.
            print(text.encode("ascii", "backslashreplace").decode(), file=sys.stderr)


@contextlib.contextmanager
def _stopping() -> Iterator[list[int]]:
    """Turn the first signal to stop into an exit on which everything is cleaned up; list it."""
    seen: list[int] = []

    def stop(number: int, _: Any) -> None:
        for each in STOPPING:
            signal.signal(each, signal.SIG_IGN)
        seen.append(number)
        raise KeyboardInterrupt if number == signal.SIGINT else SystemExit(SIGNALLED + number)

    if threading.current_thread() is not threading.main_thread():
        yield seen
        return
    # What whoever started us has told us to ignore, as nohup does, stays ignored.
    heard = [number for number in STOPPING if signal.getsignal(number) is not signal.SIG_IGN]
    before = {number: signal.signal(number, stop) for number in heard}
    try:
        yield seen
    finally:
        for number, handler in before.items():
            # What is cleaned up at exit is not to be stopped half-way.
            signal.signal(number, signal.SIG_IGN if seen else handler)
