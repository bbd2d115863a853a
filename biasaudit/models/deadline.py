"""Web requests that end by a moment, however slowly the other side speaks: each step has the time that is left."""

from __future__ import annotations

import io
import ipaddress
import queue
import socket
import threading
import time
import urllib.request
from functools import partial
from http.client import HTTPConnection, HTTPResponse, HTTPSConnection
from typing import Any

__all__ = ["Http", "Https", "left"]

# No larger than a TLS record, so that each one that is sent has its own wait.
PIECE = 16_384


def left(end: float) -> float:
    """Return the seconds until a moment of :func:`time.monotonic`.

    Parameters
    ----------
    end : float
        A moment of :func:`time.monotonic`.

    Returns
    -------
    float

    Raises
    ------
    TimeoutError
        If it has passed.

    Examples
    --------
    >>> import time
    >>> 0 < left(time.monotonic() + 5) <= 5
    True
    >>> left(time.monotonic() - 1)
    Traceback (most recent call last):
    ...
    TimeoutError: timed out
    """
    seconds = end - time.monotonic()
    if seconds <= 0:
        raise TimeoutError("timed out")
    return seconds


class _Paced(io.RawIOBase):
    """What a socket receives, until a moment."""

    def __init__(self, sock: socket.socket, end: float) -> None:
        self._sock, self._end = sock, end
        self._received = sock.makefile("rb", buffering=0)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        self._sock.settimeout(left(self._end))
        size = self._received.readinto(buffer)
        # Whatever uses the socket next, such as a handshake behind a proxy, has what is left as well.
        self._sock.settimeout(left(self._end))
        return size

    def close(self) -> None:
        self._received.close()
        super().close()


class _Answer(HTTPResponse):
    """An answer that is read until a moment: its status, its headers and its content."""

    def __init__(self, sock: socket.socket, *given: Any, end: float, **options: Any) -> None:
        super().__init__(sock, *given, **options)
        self.fp.close()
        self.fp = io.BufferedReader(_Paced(sock, end))


class _Timed(HTTPConnection):
    """A connection whose timeout is for all of it: looking up the name, connecting, sending and receiving."""

    def __init__(self, host: str, *, timeout: float = 60.0, **options: Any) -> None:
        super().__init__(host, timeout=timeout, **options)
        self.end = time.monotonic() + timeout
        self.response_class = partial(_Answer, end=self.end)  # type: ignore[assignment]
        self._create_connection = self._reached

    def _reached(self, address: tuple[str, int], *_: Any) -> socket.socket:
        """Connect to the first address of a host that answers."""
        problem: OSError = OSError("no address")
        for family, kind, protocol, _name, place in _addresses(*address, self.end):
            sock = socket.socket(family, kind, protocol)
            try:
                sock.settimeout(left(self.end))
                sock.connect(place)
                sock.settimeout(left(self.end))
                return sock
            except OSError as error:
                problem = error
                sock.close()
        raise problem

    def send(self, data: Any) -> None:
        if self.sock is None:
            self.connect()
        for at in range(0, len(data), PIECE):
            self.sock.settimeout(left(self.end))
            self.sock.sendall(data[at : at + PIECE])


class _TimedTls(_Timed, HTTPSConnection):
    """The same, encrypted: the handshake has what is left as well."""


def _addresses(host: str, port: int, end: float) -> list[Any]:
    """Look a name up; nothing stops a lookup that hangs, so it is waited for elsewhere."""
    if _is_plain(host):
        return socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    found: queue.SimpleQueue[list[Any] | OSError] = queue.SimpleQueue()

    def look_up() -> None:
        try:
            found.put(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
        except OSError as error:
            found.put(error)

    threading.Thread(target=look_up, daemon=True, name="biasaudit-lookup").start()
    try:
        answer = found.get(timeout=left(end))
    except queue.Empty:
        raise TimeoutError("timed out") from None
    if isinstance(answer, OSError):
        raise answer
    return answer


def _is_plain(host: str) -> bool:
    """Say whether a host is an address, or this machine, so that nobody is asked for it."""
    try:
        ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return host == "localhost"
    return True


class Http(urllib.request.HTTPHandler):
    """Opens http so that a request's timeout is for all of it.

    Examples
    --------
    >>> import urllib.request
    >>> opener = urllib.request.build_opener(Http)
    >>> any(isinstance(handler, Http) for handler in opener.handlers)
    True
    """

    def http_open(self, req: urllib.request.Request) -> HTTPResponse:
        """Open a request."""
        return self.do_open(_Timed, req)


class Https(urllib.request.HTTPSHandler):
    """Opens https so that a request's timeout is for all of it.

    Examples
    --------
    >>> import urllib.request
    >>> opener = urllib.request.build_opener(Https)
    >>> any(isinstance(handler, Https) for handler in opener.handlers)
    True
    """

    def https_open(self, req: urllib.request.Request) -> HTTPResponse:
        """Open a request."""
        return self.do_open(_TimedTls, req)
