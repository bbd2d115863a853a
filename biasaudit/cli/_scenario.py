"""biasaudit scenario: how bias gets in, told."""

from __future__ import annotations

import textwrap
from typing import Annotated, Any

import typer

from biasaudit.cli._options import RANDOM_STATE
from biasaudit.cli._reading import read_dials
from biasaudit.cli.printing import say, width

__all__ = ["scenario"]


def scenario(
    name: Annotated[str | None, typer.Argument(help="A scenario; without one they are listed.")] = None,
    dial: Annotated[list[str] | None, typer.Option(help="Turn a dial: name=value, from 0 to 1.")] = None,
    preset: Annotated[str | None, typer.Option(help="Set the dials to tell a case people have heard of.")] = None,
    n: Annotated[int | None, typer.Option("--n", "--rows", help="How many people.")] = None,
    model: Annotated[str | None, typer.Option(help="What is trained.")] = None,
    random_state: Annotated[int, typer.Option(*RANDOM_STATE, help="Seed of everything.")] = 0,
) -> None:
    """Tell how bias gets in: make the data, train, audit, try to mend it, and show the truth."""
    from biasaudit.scenarios import get

    if name is None:
        _list()
        return
    chosen = get(name)
    dials: dict[str, Any] = dict(chosen.preset(preset).dials) if preset else {}
    trained = {} if model is None else {"model": model}
    story = chosen.run(n=n, random_state=random_state, **trained, **dials | read_dials(dial)).tell()
    for line in story.split("\n"):
        indent = "  " if line.startswith("  ") else ""
        say(textwrap.fill(line, width(), subsequent_indent=indent * 2, break_on_hyphens=False))


def _list() -> None:
    from biasaudit.scenarios import SCENARIOS

    for known in SCENARIOS:
        say(f"{known.name:<14}{known.title}\n{'':<14}{known.question}")
        say(f"{'':<14}Dials: {', '.join(d.name for d in known.dials)}")
        say("\n".join(f"{'':<14}Preset: {p.name}" for p in known.presets))
