"""What ``biasaudit dashboard`` starts: the app behind a door that opens to its own pages only."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import streamlit as st
from starlette.middleware import Middleware
from streamlit.runtime import get_instance

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

POLICY_VIOLATION = 1008
# Seconds.
COLLECT = 15
HEADERS = (
    # The browser itself refuses what a name of a group might make it fetch from elsewhere.
    (
        b"content-security-policy",
        b"default-src 'self' 'unsafe-inline' 'unsafe-eval' data: blob:; "
        b"object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'",
    ),
    (b"referrer-policy", b"same-origin"),
    (b"x-content-type-options", b"nosniff"),
)


class OwnPagesOnly:
    """Refuse connections that another web page opens, and tell the browser to fetch from here alone.

    Streamlit lets pages of any port of this machine connect, and looks up its public address at a service on the
    internet before it refuses the others.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request or connection."""

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                given = {name.lower() for name, _ in message["headers"]}
                message["headers"] = [*message["headers"], *(pair for pair in HEADERS if pair[0] not in given)]
            await send(message)

        if scope["type"] == "websocket" and _from_elsewhere(dict(scope["headers"])):
            await send({"type": "websocket.close", "code": POLICY_VIOLATION})
        else:
            await self.app(scope, receive, answer)


def _from_elsewhere(headers: dict[bytes, bytes]) -> bool:
    """Say whether a page of another origin asks; programs, which send no origin, are no pages."""
    origin = headers.get(b"origin")
    return origin is not None and urlsplit(origin).netloc != headers.get(b"host")


async def _collect_garbage() -> None:
    """Give back what sessions held that have left.

    Streamlit lets go of them when the next one leaves, which may be never.
    """
    while True:
        await asyncio.sleep(COLLECT)
        # It has no public way to ask for that; where this one is gone, the next session's end does it.
        with suppress(AttributeError, RuntimeError):
            manager: Any = get_instance()._session_mgr
            manager._session_storage._cache.expire()
        gc.collect()


@asynccontextmanager
async def _running(_: st.App) -> AsyncIterator[None]:
    collecting = asyncio.create_task(_collect_garbage())
    yield
    collecting.cancel()
    with suppress(asyncio.CancelledError):
        await collecting


app = st.App("app.py", middleware=[Middleware(OwnPagesOnly)], lifespan=_running)
