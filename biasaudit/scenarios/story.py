"""What every story answers once its dials are set: findings, pages and files, and a short look that trains nothing."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from biasaudit.reporting.formats.without_tables import report_without_tables
from biasaudit.reporting.rendered import Rendered
from biasaudit.reporting.report import Section
from biasaudit.reporting.words.text import clean
from biasaudit.scenarios.panels import Panel, Step

if TYPE_CHECKING:
    from biasaudit.reporting.report import Finding, Report

__all__ = ["Story", "at_hand"]

WIDTH = 100


class Story(Rendered):
    """A story with its dials set; a run fills in what it tells."""

    dials: Mapping[str, float]

    @property
    def _turned(self) -> str:
        """The dials that are not at 0."""
        return ", ".join(f"{name} {value:.2g}" for name, value in self.dials.items() if value)

    @property
    def _opening(self) -> tuple[str, str, str]:
        """Title, story and dials."""
        raise NotImplementedError

    @property
    def _counted(self) -> tuple[int, str]:
        """How many there are, and of what."""
        raise NotImplementedError

    @property
    def _parts(self) -> Sequence[str]:
        """What can be asked of it, without training anything."""
        raise NotImplementedError

    def _whole(self) -> Sequence[Step]:
        """Tell every step; what is not at hand is trained."""
        raise NotImplementedError

    def findings(self) -> tuple[Finding, ...]:
        """Return what the whole story says with a verdict; what is not at hand is trained."""
        return tuple(found for step in self._whole() for found in step.findings)

    def report(self) -> Report:
        """Gather what the renderers in :mod:`biasaudit.reporting` need; what is not at hand is trained."""
        (title, story, _), (rows, unit), steps = self._opening, self._counted, self._whole()
        return report_without_tables(
            title,
            story,
            findings=tuple(found for step in steps for found in step.findings),
            sections=tuple(section for i, step in enumerate(steps) for section in _sections(f"step_{i + 1}", step)),
            settings={"dials": dict(self.dials)},
            rows=rows,
            unit=unit,
        )

    def __repr__(self) -> str:
        title, story, dials = (clean(text, 400) for text in self._opening)
        lines = [title, *textwrap.wrap(story, WIDTH), dials, *(f"  {clean(part, 200)}" for part in self._parts)]
        return "\n".join([*lines, 'Next: tell(), findings(), to_html("story.html")'])

    def _repr_html_(self) -> str:
        from biasaudit.reporting.formats.notebook import to_words

        title, *texts = self._opening
        return to_words(title, (*texts, *self._parts))


def _sections(name: str, step: Step) -> Iterator[Section]:
    yield Section(name, step.question, step.sentences)
    yield from step.tables


def at_hand(panels: Sequence[Panel], effort: Callable[[str], str]) -> list[str]:
    """List the questions of panels that are at hand, and what the others take."""
    efforts = {panel: effort(panel.name) for panel in panels}
    return [f'{takes} Ask for panel("{panel.name}").' if takes else panel.question for panel, takes in efforts.items()]
