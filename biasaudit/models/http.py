"""A scoring service behind a URL, called like any model, so that what one buys can be audited too."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from http.client import HTTPException, HTTPResponse
from typing import Any
from urllib.parse import urlsplit

import numpy as np
from numpy.typing import NDArray

from biasaudit.errors import AuditError
from biasaudit.models.deadline import Http, Https, left
from biasaudit.names import clean

__all__ = ["HttpScorer"]

LOCAL = {"localhost", "127.0.0.1", "::1"}
PASSING = {429, 500, 502, 503, 504}
MOST_BYTES, BYTES_A_SCORE = 65_536, 256
FIRST_WAIT, LONGEST_WAIT = 0.2, 5.0
PIECE = 65_536


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A redirect could carry CVs and keys to a host nobody named."""

    def redirect_request(self, *args: Any, **kwargs: Any) -> None:
        return None


class HttpScorer:
    """Posts texts as JSON to a scoring service and reads their scores.

    The service gets ``{"texts": [...]}`` and answers ``{"scores": [...]}``, or the list alone: a finite number or
    true/false for each text, in order.

    Parameters
    ----------
    url : str
        https, or http on this machine.
    field : str
        Name under which the texts are sent.
    extra : mapping of str to object, optional
        Sent along with every batch, such as the job description.
    headers : mapping of str to str, optional
        Such as a key; never part of a message or a report.
    timeout : float
        Seconds for one batch: its answer, its repeats and the waiting between them included.
    batch_size : int
        Texts sent at once.
    retries : int
        How often a batch is sent again where the service is busy or cannot be reached.
    insecure : bool
        Allow http to other machines, which anyone on the way can read.

    Raises
    ------
    AuditError
        If the URL is none or not safe; when called, if the service fails or answers anything else.

    Examples
    --------
    >>> import json, threading
    >>> from http.server import BaseHTTPRequestHandler, HTTPServer
    >>> class Service(BaseHTTPRequestHandler):
    ...     def do_POST(self):
    ...         sent = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
    ...         self.send_response(200)
    ...         self.end_headers()
    ...         self.wfile.write(json.dumps({"scores": [len(text) for text in sent["texts"]]}).encode())
    ...     def log_message(self, *_):
    ...         pass
    >>> server = HTTPServer(("localhost", 0), Service)
    >>> threading.Thread(target=server.serve_forever, daemon=True).start()
    >>> scorer = HttpScorer(f"http://localhost:{server.server_port}/score", extra={"job": "Line cook"})
    >>> scorer(["I cook.", "I cook well."]).tolist()
    [7.0, 12.0]
    >>> server.shutdown()
    >>> server.server_close()
    """

    def __init__(
        self,
        url: str,
        *,
        field: str = "texts",
        extra: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        timeout: float = 30.0,
        batch_size: int = 64,
        retries: int = 2,
        insecure: bool = False,
    ) -> None:
        self.host = _checked_host(url, insecure)
        self.url, self.field, self.timeout = url, field, timeout
        self.extra = _checked_extra(extra or {}, field)
        self.headers = {"Content-Type": "application/json", "Accept": "application/json", **_checked(headers or {})}
        self.batch_size, self.retries = _at_least("batch_size", batch_size, 1), _at_least("retries", retries, 0)
        if not (isinstance(timeout, (int, float)) and 0 < timeout <= 3600):
            raise AuditError(f"timeout={timeout!r} is out of range. Give seconds above 0, up to 3600.")
        # What stays on this machine must not go through a proxy elsewhere.
        direct = [urllib.request.ProxyHandler({})] if self.host in LOCAL else []
        self._opener = urllib.request.build_opener(_NoRedirect, Http, Https, *direct)

    def __call__(self, texts: Sequence[str]) -> NDArray[np.float64]:
        """Score texts, in their order."""
        starts = range(0, len(texts), self.batch_size)
        parts = [self._batch(list(texts[i : i + self.batch_size])) for i in starts]
        return np.concatenate(parts) if parts else np.zeros(0)

    @property
    def name(self) -> str:
        """What a report calls it."""
        return f"service at {self.host}"

    def __repr__(self) -> str:
        return f"HttpScorer(host={self.host!r})"

    def _batch(self, texts: list[str]) -> NDArray[np.float64]:
        body = json.dumps({**self.extra, self.field: texts}).encode("utf-8")
        end = time.monotonic() + self.timeout
        for attempt in range(self.retries + 1):
            try:
                return self._read(self._post(body, len(texts), end), len(texts))
            except _PassingError as problem:
                wait = min(FIRST_WAIT * 2**attempt, LONGEST_WAIT)
                if attempt == self.retries or time.monotonic() + wait >= end:
                    tried = f" {attempt + 1} times" if attempt and problem.each_time else ""
                    raise AuditError(f"The service at {self.host} {problem}{tried}. Try again later.") from None
                time.sleep(wait)
        raise AssertionError("unreachable")

    def _post(self, body: bytes, texts: int, end: float) -> bytes:
        request = urllib.request.Request(self.url, data=body, headers=self.headers, method="POST")
        late = _PassingError(f"gave no answer within {self.timeout:g} seconds", each_time=False)
        try:
            with self._opener.open(request, timeout=left(end)) as answer:
                return self._content(answer, MOST_BYTES + BYTES_A_SCORE * texts)
        except urllib.error.HTTPError as error:
            with error:
                raise self._refused(error.code) from None
        except TimeoutError:
            raise late from None
        except (OSError, HTTPException) as error:
            if isinstance(error, urllib.error.URLError) and isinstance(error.reason, TimeoutError):
                raise late from None
            raise _PassingError("could not be reached or broke off") from None

    def _refused(self, status: int) -> Exception:
        if status in PASSING:
            return _PassingError(f"answered {status}")
        if 300 <= status < 400:
            return AuditError(
                f"The service at {self.host} redirects elsewhere ({status}), which is not followed. "
                "Give the address that it redirects to, if you trust it."
            )
        return AuditError(
            f"The service at {self.host} refused the texts ({status}). Check the address, field= and headers=."
        )

    def _content(self, answer: HTTPResponse, most: int) -> bytes:
        """Read an answer in pieces, so that its length is not without end."""
        pieces, size = [], 0
        while piece := answer.read1(PIECE):
            pieces.append(piece)
            size += len(piece)
            if size > most:
                raise AuditError(
                    f"The service at {self.host} answered with more than {most:,} bytes, too many for scores. "
                    "Check the address."
                )
        return b"".join(pieces)

    def _read(self, content: bytes, texts: int) -> NDArray[np.float64]:
        try:
            answer = json.loads(content)
        except (ValueError, RecursionError):
            raise AuditError(f"The service at {self.host} did not answer with JSON. {_WANTED}") from None
        scores = answer.get("scores") if isinstance(answer, dict) else answer
        if not isinstance(scores, list):
            raise AuditError(f"The service at {self.host} answered with JSON that holds no list of scores. {_WANTED}")
        if len(scores) != texts:
            raise AuditError(f"The service at {self.host} gave {len(scores):,} scores for {texts:,} texts. {_WANTED}")
        if not all(isinstance(score, (int, float)) and abs(score) < 1e300 for score in scores):
            raise AuditError(
                f"The service at {self.host} gave a score that is no finite number. A text without a score "
                "cannot be compared; ask the service why it has none."
            )
        return np.array(scores, dtype=float)


_WANTED = 'It should answer {"scores": [...]} with one number a text.'


class _PassingError(Exception):
    """A failure that may pass."""

    def __init__(self, message: str, *, each_time: bool = True) -> None:
        super().__init__(message)
        # Time runs out once for all tries together.
        self.each_time = each_time


def _checked_host(url: str, insecure: bool) -> str:
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except (ValueError, AttributeError, TypeError):
        parts, host = urlsplit(""), ""
    if parts.scheme not in {"http", "https"} or not host or not url.isprintable() or " " in url:
        raise AuditError(f'"{clean(str(url))}" is no web address. Give one such as https://example.org/score.')
    if parts.username or parts.password:
        raise AuditError("The address holds a user name or password. Send them with headers= instead.")
    if parts.scheme == "http" and host not in LOCAL and not insecure:
        raise AuditError(
            f"http to {clean(host)} can be read on the way. Use https, or insecure=True where that does no harm."
        )
    return clean(host)


def _checked(headers: Mapping[str, str]) -> Mapping[str, str]:
    for name, value in headers.items():
        plain = all(isinstance(part, str) and part.isascii() and part.isprintable() for part in (name, value))
        if not plain or not name or set(name) & set(" :"):
            raise AuditError(
                f'The header "{clean(str(name))}" is not plain text on one line. Remove line breaks and accents.'
            )
    return headers


def _checked_extra(extra: Mapping[str, Any], field: str) -> Mapping[str, Any]:
    if field in extra:
        raise AuditError(f'extra has "{clean(field)}", which is where the texts go. Use another name for it.')
    try:
        json.dumps(dict(extra), allow_nan=False)
    except (TypeError, ValueError):
        raise AuditError("extra holds a value that JSON cannot carry. Use text, numbers, lists and mappings.") from None
    return extra


def _at_least(name: str, value: int, least: int) -> int:
    if not isinstance(value, int) or value < least:
        raise AuditError(f"{name}={value!r} is out of range. Give a whole number from {least} on.")
    return value
