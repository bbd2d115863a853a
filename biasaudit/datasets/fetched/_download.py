"""Files that are fetched when they are first asked for: checked against a known digest, then kept in a cache folder."""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from http.client import HTTPException
from pathlib import Path
from typing import Any, BinaryIO, NoReturn
from urllib.parse import urlsplit

from biasaudit.errors import AuditError
from biasaudit.names import clean

__all__ = ["MOST_BYTES", "cache_folder", "fetch", "find"]

MOST_BYTES = 100 * 2**20
MOST_SECONDS = 900.0  # a server that drips must not hold a caller for ever
TRIES = 5  # of a connection that breaks off; each goes on where the last one ended
PIECE = 65_536
LOCAL = "127.0.0.1"


def fetch(url: str, sha256: str, name: str, *, most_bytes: int = MOST_BYTES, timeout: float = 30.0) -> Path:
    """Return the path of a file, fetched unless it is at hand.

    Looked for in the folder that BIASAUDIT_DATA names, then in the cache folder; its digest is checked every time. A
    download goes into a `.part` file, which a later call goes on with, and gets its name once the digest is right.

    Parameters
    ----------
    url : str
        https, or http on 127.0.0.1.
    sha256 : str
        Digest that the file must have, in hexadecimal.
    name : str
        Name of the file, without a folder.
    most_bytes : int
        A larger file is refused.
    timeout : float
        Seconds to wait for the server each time.

    Raises
    ------
    AuditError
        If an argument is not what it should be; if the file cannot be fetched, is too large or not the one expected;
        or if the cache folder cannot be written.

    References
    ----------
    RFC 9110, section 14: ranges, by which a download goes on.

    Examples
    --------
    >>> fetch("ftp://example.org/a.csv", 64 * "0", "a.csv")
    Traceback (most recent call last):
    biasaudit.errors.AuditError: "ftp://example.org/a.csv" is not fetched. Give an address that starts with https://.
    """
    if not _allowed(url):
        raise AuditError(f'"{clean(url)}" is not fetched. Give an address that starts with https://.')
    path = find(name, sha256)
    if path is not None:
        return path
    target = cache_folder() / name
    with _writing(target.parent):
        target.parent.mkdir(parents=True, exist_ok=True)
        with _alone(target):
            # Somebody else may have fetched it while this call waited for its turn.
            if _digest(target) != sha256:
                _Download(url, sha256, target, most_bytes, timeout).run()
    return target


def find(name: str, sha256: str) -> Path | None:
    """Return where a file is at hand with the right digest, or None; nothing is fetched.

    Raises
    ------
    AuditError
        If name or digest are none, or the file in the folder of BIASAUDIT_DATA is another one.
    """
    if not re.fullmatch(r"\w[\w.-]*", name) or not re.fullmatch("[0-9a-f]{64}", sha256):
        raise AuditError(
            f'"{clean(name)}" with sha256={clean(sha256)!r} cannot be looked for. '
            "Give the name of a file without a folder, and 64 hexadecimal digits."
        )
    given = os.environ.get("BIASAUDIT_DATA")
    if given and (path := Path(given).expanduser() / name).is_file():
        found = _digest(path)
        if found != sha256:
            raise AuditError(f"{_other(path, found, sha256)} Put the right one there, or unset BIASAUDIT_DATA.")
        return path
    path = cache_folder() / name
    return path if _digest(path) == sha256 else None


def cache_folder() -> Path:
    """Return the folder that fetched files are kept in: BIASAUDIT_CACHE, or where the system keeps caches.

    Raises
    ------
    AuditError
        If the system names no home folder.
    """
    try:
        if given := os.environ.get("BIASAUDIT_CACHE"):
            return Path(given).expanduser()
        if sys.platform == "win32":
            return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local") / "biasaudit" / "Cache"
        if sys.platform == "darwin":
            return Path.home() / "Library" / "Caches" / "biasaudit"
        base = Path(os.environ.get("XDG_CACHE_HOME") or "")
        return (base if base.is_absolute() else Path.home() / ".cache") / "biasaudit"  # the XDG rule on relative ones
    except RuntimeError:
        raise AuditError("There is no home folder to keep files in. Set BIASAUDIT_CACHE to a folder.") from None


def _allowed(url: str, before: str | None = None) -> bool:
    """Whether an address may be asked; nobody is sent from https to http, or from elsewhere to this machine."""
    try:
        parts = urlsplit(url)
        local = parts.scheme == "http" and parts.hostname == LOCAL
    except ValueError:
        return False
    from_here = before is None or urlsplit(before).scheme == "http"
    return (parts.scheme == "https" and bool(parts.hostname)) or (local and from_here)


def _digest(path: Path) -> str:
    """Return the digest of a file; of one that cannot be read, nothing."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return ""


def _other(path: object, found: str, wanted: str) -> str:
    return f'"{path}" is not the file expected: its sha256 is {found[:12]}…, not {wanted[:12]}….'


@contextlib.contextmanager
def _writing(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise AuditError(
            f'The cache folder "{folder}" cannot be written: {error.strerror or error}. '
            "Set BIASAUDIT_CACHE to a folder that can be."
        ) from None


@contextlib.contextmanager
def _alone(target: Path) -> Iterator[None]:
    """Let one process at a time fetch a file; the others wait and find it there."""
    try:
        import fcntl
    except ImportError:  # Windows: two at once would spoil each other's part, which the digest tells
        yield
        return
    with target.with_name(f".{target.name}.lock").open("a") as lock:
        with contextlib.suppress(OSError):  # a network drive without locks
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


class _Redirects(urllib.request.HTTPRedirectHandler):
    def http_error_302(self, req: Any, fp: Any, code: int, msg: str, headers: Any) -> Any:
        try:
            return super().http_error_302(req, fp, code, msg, headers)
        except ValueError:  # sent on to something that is no address
            return None

    http_error_301 = http_error_303 = http_error_307 = http_error_308 = http_error_302

    def redirect_request(self, req: Any, fp: Any, code: int, msg: str, headers: Any, newurl: str) -> Any:
        allowed = _allowed(newurl, req.full_url)
        return super().redirect_request(req, fp, code, msg, headers, newurl) if allowed else None


class _BrokenError(Exception):
    """The connection ended before the file did."""


class _TooLargeError(Exception):
    """The file is larger than it may be."""


class _Download:
    """One file on its way into the cache."""

    def __init__(self, url: str, sha256: str, target: Path, most_bytes: int, timeout: float) -> None:
        self.url, self.sha256, self.target = url, sha256, target
        self.most_bytes, self.timeout = most_bytes, timeout
        self.part = target.with_name(target.name + ".part")
        self.until = time.monotonic() + MOST_SECONDS
        direct = [urllib.request.ProxyHandler({})] if urlsplit(url).scheme == "http" else []
        self.opener = urllib.request.build_opener(_Redirects, *direct)

    def run(self) -> None:
        old = self._size()
        if not (old and _digest(self.part) == self.sha256):
            self._complete()
            if _digest(self.part) != self.sha256 and old:
                # What lay there from an earlier time was of another file.
                self.part.unlink()
                self._complete()
            if (found := _digest(self.part)) != self.sha256:
                self.part.unlink()
                raise AuditError(
                    f"{_other(self.url, found, self.sha256)} It was thrown away. "
                    f'Try again later, or put the right file by hand at "{self.target}".'
                )
        self.part.replace(self.target)

    def _size(self) -> int:
        return self.part.stat().st_size if self.part.is_file() else 0

    def _complete(self) -> None:
        for left in reversed(range(TRIES)):
            before = self._size()
            try:
                return self._once(before)
            except _BrokenError as broken:
                # Another try only where this one brought something, and time is left.
                if not left or self._size() <= before or time.monotonic() > self.until:
                    self._fail(str(broken))
            except _TooLargeError:
                self.part.unlink(missing_ok=True)
                raise AuditError(
                    f'"{self.url}" is larger than the {self.most_bytes:,} bytes that were declared for it. '
                    "Nothing of it was kept; check the address."
                ) from None

    def _once(self, start: int) -> None:
        """Ask for what is missing and append it; start over where the server sends everything."""
        request = urllib.request.Request(self.url, headers={"User-Agent": "biasaudit", "Accept-Encoding": "identity"})
        if start:
            request.add_header("Range", f"bytes={start}-")
        response = self._open(request)
        if response is None:  # there is no such range: the part is not a part of this file
            self.part.unlink()
            return self._once(0)
        with response:
            span = re.match(r"bytes (\d+)-", response.headers.get("Content-Range", ""))
            goes_on = response.status == 206 and span is not None and int(span[1]) == start
            if response.status == 206 and not goes_on:
                self._fail("it answered with another part than was asked for")
            start = start if goes_on else 0
            self._receive(response, start)

    def _open(self, request: urllib.request.Request) -> Any:
        try:
            return self.opener.open(request, timeout=self.timeout)
        except urllib.error.HTTPError as error:
            error.close()
            if error.code == 416 and request.has_header("Range"):
                return None
            if 300 <= error.code < 400:
                self._fail("it sends on to an address that is not https")
            self._fail(f"the server answered {error.code}")
        except urllib.error.URLError as error:
            self._fail(_reason(error.reason))
        except (OSError, HTTPException, ValueError) as error:
            self._fail(_reason(error))

    def _receive(self, response: Any, start: int) -> None:
        length = response.headers.get("Content-Length", "")
        whole = start + int(length) if length.isdecimal() else None
        self._check_size(whole or 0)
        with self.part.open("ab" if start else "wb") as file, _bar(self.target.name, whole) as show:
            got = self._copy(response, file, start, show)
        if whole is not None and got < whole:
            raise _BrokenError(f"the connection broke off after {got:,} of {whole:,} bytes")

    def _copy(self, response: Any, file: BinaryIO, got: int, show: Any) -> int:
        while piece := self._read(response):
            got += len(piece)
            self._check_size(got)
            file.write(piece)
            show(got)
        return got

    def _read(self, response: Any) -> bytes:
        try:
            if time.monotonic() > self.until:
                raise TimeoutError
            piece: bytes = response.read1(PIECE)
            return piece
        except (OSError, HTTPException) as error:
            raise _BrokenError(f"the connection broke off: {_reason(error)}") from None

    def _check_size(self, size: int) -> None:
        if size > self.most_bytes:
            raise _TooLargeError

    def _fail(self, why: str) -> NoReturn:
        raise AuditError(
            f'"{self.target.name}" could not be fetched from {self.url}: {why}. '
            f'Try again with a connection to the internet, or put the file by hand at "{self.target}".'
        ) from None


def _reason(error: Any) -> str:
    if isinstance(error, TimeoutError):
        return "the server took too long"
    return clean(str(getattr(error, "strerror", None) or error or type(error).__name__))


@contextlib.contextmanager
def _bar(name: str, whole: int | None) -> Iterator[Any]:
    """Show how far a download is, where somebody looks on."""
    if sys.stderr is None or not sys.stderr.isatty():
        yield lambda got: None
        return
    of = f" of {whole / 2**20:.1f}" if whole else ""
    yield lambda got: print(f"\r{name}: {got / 2**20:.1f}{of} MB", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
