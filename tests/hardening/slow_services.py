"""Services on this machine that speak slowly for ever, one kind for each place where a request can be kept waiting."""

import socket
import threading
from contextlib import contextmanager

__all__ = ["KINDS", "slow_service", "texts_for"]

OK = b"HTTP/1.1 200 OK\r\n"
# What is sent at once, and what then comes again and again.
SPEECH = {
    "silence": (b"", b""),
    "status line": (b"HTTP/1.1 200 ", b"O"),
    "header": (OK + b"X: ", b"a"),
    "headers": (OK, b"X: a\r\n"),
    "continue": (b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 200),
    "body": (OK + b"Content-Length: 60000\r\n\r\n[", b" "),
    "body without length": (OK + b"\r\n[", b" "),
    "gzip": (OK + b"Content-Encoding: gzip\r\nContent-Length: 60000\r\n\r\n\x1f\x8b", b"\x00"),
    "chunk size": (OK + b"Transfer-Encoding: chunked\r\n\r\n", b"0"),
    "chunks": (OK + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n"),
    "trailers": (OK + b"Transfer-Encoding: chunked\r\n\r\n0\r\n", b"X: a\r\n"),
    "redirect": (b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1/", b"a"),
    "busy": (b"HTTP/1.1 503 Busy\r\nContent-Length: 9\r\n\r\n", b" "),
    "handshake": (b"\x16\x03\x03\x40\x00\x02\x00\x3f\xfc", b"\x00"),
}
KINDS = (*SPEECH, "deaf", "no room")
# More than the buffers of two sockets, so that somebody has to read it.
MUCH = ["x" * 1_000_000] * 64


def texts_for(kind):
    """Return the texts that a kind of service has to be sent."""
    return MUCH if kind == "deaf" else ["a", "b"]


@contextmanager
def slow_service(kind, pause):
    """Serve one kind of slowness at a free port, a piece every `pause` seconds until the block ends; give the URL."""
    stop, threads, fillers = threading.Event(), [], []
    server = socket.create_server(("127.0.0.1", 0), backlog=0 if kind == "no room" else 100)
    server.settimeout(0.02)

    def speak(client):
        with client:
            client.settimeout(5)
            try:
                if kind != "deaf":
                    client.recv(65_536)
                    client.sendall(SPEECH[kind][0])
                while not stop.wait(pause):
                    client.sendall(SPEECH[kind][1] if kind != "deaf" else b"")
            except OSError:
                return

    def accept():
        while not stop.is_set():
            try:
                client, _ = server.accept()
            except TimeoutError:
                continue
            except OSError:
                return
            threads.append(threading.Thread(target=speak, args=(client,), daemon=True))
            threads[-1].start()

    scheme = "https" if kind == "handshake" else "http"
    try:
        if kind == "no room":
            fillers += [_waiting(server.getsockname()) for _ in range(4)]
        else:
            threads.append(threading.Thread(target=accept, daemon=True))
            threads[0].start()
        yield f"{scheme}://127.0.0.1:{server.getsockname()[1]}/score"
    finally:
        stop.set()
        server.close()
        for one in fillers:
            one.close()
        for thread in list(threads):
            thread.join(10)


def _waiting(place):
    """Take a place in the queue of a server that lets nobody in."""
    one = socket.socket()
    one.setblocking(False)
    one.connect_ex(place)
    return one
