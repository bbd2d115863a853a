"""What a story is told in: steps that answer a question each, and panels that a page can draw without knowing which."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from biasaudit.lookup import by_name
from biasaudit.reporting.words.text import clean
from biasaudit.reporting.words.words import verdict_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from biasaudit.reporting.plots.base import Plot
    from biasaudit.reporting.report import Finding, Section

__all__ = ["Animation", "Panel", "Sound", "Step", "find_panel", "finding_sentences", "story_text"]

MOST_ROWS = 60


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
class Animation:
    """Moments that follow each other, which a page can run and pause.

    Parameters
    ----------
    names : tuple of str
        What to call each moment.
    show : callable
        Takes the place of a moment, from 0, and returns its sentences and its plot.
    """

    names: tuple[str, ...]
    show: Callable[[int], tuple[tuple[str, ...], Plot]]


@dataclass(frozen=True, eq=False)
class Step:
    """One step of the story: a question, and what the data answer.

    Parameters
    ----------
    question : str
    unjudged : tuple of str
        Sentences that no finding says.
    findings : tuple of Finding
        What is said with a verdict.
    plots : tuple of Plot
    sounds : tuple of Sound
    tables : tuple of Section
        What is better read in rows.
    reel : Animation, optional
        What happens moment by moment, for a page to run.
    """

    question: str
    unjudged: tuple[str, ...]
    findings: tuple[Finding, ...] = ()
    plots: tuple[Plot, ...] = ()
    sounds: tuple[Sound, ...] = ()
    tables: tuple[Section, ...] = ()
    reel: Animation | None = None

    @property
    def sentences(self) -> tuple[str, ...]:
        """All that is said, what has a verdict with its words."""
        return (*self.unjudged, *finding_sentences(self.findings))

    def _ipython_display_(self) -> None:
        from biasaudit.reporting.formats.notebook import show_clip, show_words
        from biasaudit.reporting.plots.base import show_plot

        show_words(self.question, self.unjudged, self.findings)
        for drawn in self.plots:
            show_plot(drawn)
        if self.tables:
            show_words(tables=self.tables)
        for sound in self.sounds:
            show_plot(sound.plot)
            show_clip(sound.audio, sound.rate)


def find_panel(panels: Sequence[Panel], name: str) -> Panel:
    """Look a part of a story up by its name.

    Raises
    ------
    AuditError
        If there is none of the name.
    """
    return by_name(panels, name, "a part of this story", "Parts")


def finding_sentences(findings: Sequence[Finding]) -> tuple[str, ...]:
    """Put findings into words, each with its verdict."""
    return tuple(f"{words.label if (words := verdict_of(f)) else f.verdict}: {f.sentence}" for f in findings)


def story_text(title: str, story: str, dials: str, steps: Iterable[Step]) -> str:
    """Write a story for a terminal."""
    lines = [title, story, "", dials]
    for step in steps:
        lines += ["", step.question, *(f"  {sentence}" for sentence in step.sentences)]
        for table in step.tables:
            lines += ["", *(f"  {line}" for line in _rows(table))]
    return "\n".join(clean(line, 600) for line in lines)


def _rows(table: Section) -> list[str]:
    from biasaudit.reporting.formats.sections import section_lines

    columns = shutil.get_terminal_size((100, 24)).columns
    return section_lines(table, {}, width=max(38, min(118, columns - 2)), most=MOST_ROWS)
