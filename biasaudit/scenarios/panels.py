"""What a story is told in: steps that answer a question each, and panels that a page can draw without knowing which."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from biasaudit.reporting.text import clean

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from biasaudit.reporting.plots.base import Plot
    from biasaudit.reporting.report import Finding

__all__ = ["Panel", "Sound", "Step", "tell"]


@dataclass(frozen=True)
class Panel:
    """A part of a story that a page shows by its name.

    Parameters
    ----------
    name, question : str
    hidden : bool
        Whether it tells what nobody can see who has the data alone.
    """

    name: str
    question: str
    hidden: bool = False


@dataclass(frozen=True, eq=False)
class Sound:
    """A clip that can be played.

    Parameters
    ----------
    words : str
        Who says what.
    audio : float array of shape (samples,)
        From -1 to 1.
    rate : int
        Samples a second.
    plot : Plot
        What it looks like.
    """

    words: str
    audio: NDArray[Any]
    rate: int
    plot: Plot


@dataclass(frozen=True, eq=False)
class Step:
    """One step of the story: a question, and what the data answer.

    Parameters
    ----------
    question : str
    sentences : tuple of str
    findings : tuple of Finding
        What is said with a verdict.
    plots : tuple of Plot
    sounds : tuple of Sound
    """

    question: str
    sentences: tuple[str, ...]
    findings: tuple[Finding, ...] = ()
    plots: tuple[Plot, ...] = ()
    sounds: tuple[Sound, ...] = ()


def tell(title: str, story: str, dials: str, steps: Iterable[Step]) -> str:
    """Write a story for a terminal."""
    lines = [title, story, "", dials]
    for step in steps:
        lines += ["", step.question, *(f"  {sentence}" for sentence in step.sentences)]
    return "\n".join(clean(line, 600) for line in lines)
