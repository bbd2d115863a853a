"""biasaudit dashboard: exploring in the browser."""

from __future__ import annotations

from typing import Annotated

import typer

from biasaudit.cli.printing import say

__all__ = ["dashboard"]


def dashboard(
    port: Annotated[int, typer.Option(help="Port on this machine.")] = 8501,
    address: Annotated[
        str, typer.Option(help="Where to listen; beyond this machine, sign-in must be set up.")
    ] = "127.0.0.1",
) -> None:
    """Explore in the browser: scenarios, audits of your own tables, thresholds, mitigations."""
    from biasaudit.serving import serve

    say(f"Open http://{address}:{port} in a browser; Ctrl-C stops it.")
    serve(port=port, address=address)
