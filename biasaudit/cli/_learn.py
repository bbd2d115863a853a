"""biasaudit learn: the lessons, listed, or one of them opened."""

from __future__ import annotations

import importlib.util
import runpy
import sys
from pathlib import Path
from typing import Annotated

import typer

from biasaudit.cli.printing import say
from biasaudit.lessons import LESSONS, Lesson, copy_lesson, get_lesson

__all__ = ["learn"]

# What each extra brings that a lesson stands on.
NEEDED = {"torch": "torch", "speech": "espeakng_loader"}
# JupyterLab would ask elsewhere for news and for versions of itself; nothing leaves this machine.
QUIET = ("--LabApp.news_url=None", "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate")


def learn(
    name: Annotated[str | None, typer.Argument(help="A lesson; without one they are listed.")] = None,
) -> None:
    """Work through a lesson: copy its notebook into this folder and open it in JupyterLab."""
    if name is None:
        for known in LESSONS:
            say(f"{known.name:<16}{known.title}\n{'':<16}{known.question}{_needs(known)}")
        say("Open one with: biasaudit learn NAME")
        return
    lesson = get_lesson(name)
    copy, new = copy_lesson(lesson, Path.cwd())
    if new:
        say(f"Wrote {copy.name} into this folder: it is yours to change.")
    else:
        say(f"{copy.name} is here already and is kept as you left it. Rename it to start anew.")
    missing = tuple(extra for extra in lesson.extras if not _installed(NEEDED[extra]))
    if missing:
        say(f"This lesson trains what is not installed here: {_install(*missing)}")
    if not _installed("jupyterlab"):
        say(f"Any program for notebooks opens it; for JupyterLab: {_install('learn')}")
        return
    say("Ctrl-C stops JupyterLab.")
    # In this process, so that whoever stops it leaves no child behind.
    sys.argv = ["jupyter-lab", str(copy), *QUIET]
    runpy.run_module("jupyterlab", run_name="__main__", alter_sys=True)


def _needs(lesson: Lesson) -> str:
    return f"\n{'':<16}Needs: {', '.join(lesson.extras)}" if lesson.extras else ""


def _install(*extras: str) -> str:
    # Without a full stop: it is copied.
    return f'pip install "biasaudit[{",".join(extras)}]"'


def _installed(module: str) -> bool:
    return importlib.util.find_spec(module) is not None
