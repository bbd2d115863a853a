"""What the chatbot story shows, panel by panel."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from biasaudit.models.parallel import Progress
from biasaudit.scenarios.chatbot._language import SPOKEN, spoken
from biasaudit.scenarios.chatbot._names import audit_filter, names_step
from biasaudit.scenarios.chatbot._policies import Talk, talk_of_town
from biasaudit.scenarios.chatbot._steps import (
    cost_step,
    gap_of,
    hours_step,
    language_step,
    policies_step,
    truth_step,
    who_step,
)
from biasaudit.scenarios.panels import Panel, Step, find_panel, story_text
from biasaudit.scenarios.story import Story, at_hand

if TYPE_CHECKING:
    import pandas as pd

    from biasaudit.audits.text.audit import TextAudit
    from biasaudit.reporting.report import Finding

__all__ = ["ChatbotRun"]

SECONDS = 15


@dataclass(frozen=True, eq=False, repr=False)
class ChatbotRun(Story):
    """The chatbot story with its dials set: a town that talks under every policy, and a language model that listens.

    Each part is computed when it is first looked at, and kept.

    Parameters
    ----------
    title, story : str
    dials : mapping of str to float
    n : int
        Benign users.
    random_state : int
    panels : tuple of Panel
    """

    title: str
    story: str
    dials: Mapping[str, float]
    n: int
    random_state: int
    panels: tuple[Panel, ...]

    @property
    def trolls(self) -> int:
        """How many teach it insults."""
        return int(self.dials["trolls"])

    @cached_property
    def talk(self) -> Talk:
        """Twenty hours under every policy."""
        return talk_of_town(
            self.n,
            trolls=self.trolls,
            cap=int(self.dials["cap"]),
            recall=self.dials["recall"],
            random_state=self.random_state,
        )

    @cached_property
    def names(self) -> TextAudit:
        """Audit of the filter: which names make it take kind messages for insults."""
        return audit_filter(self.talk.filter, self.random_state)

    @property
    def gap(self) -> Finding:
        """What the story is about: how much oftener replies about group A are toxic in the last hours."""
        return gap_of(self.talk)

    def spoken(self, progress: Progress = False) -> pd.DataFrame:
        """Return what a language model replies, hour by hour, under some policies.

        Parameters
        ----------
        progress : bool or callable
            Show a bar on a terminal; or what to call with models done, of all, and the last: it may raise to stop.
        """
        if "_spoken" not in vars(self):
            vars(self)["_spoken"] = spoken(self.talk, self.random_state, progress)
        found: pd.DataFrame = vars(self)["_spoken"]
        return found

    def effort(self, name: str) -> str:
        """Say what a panel will take where that is long; nothing where it is at hand."""
        if name != "language" or "_spoken" in vars(self):
            return ""
        return f"{len(SPOKEN)} language models are trained, message by message, which takes about {SECONDS} seconds."

    def panel(self, name: str, progress: Progress = False) -> Step:
        """Tell one part of the story.

        Parameters
        ----------
        name : str
            Of one of `panels`.
        progress : bool or callable
            As for :meth:`spoken`.

        Raises
        ------
        AuditError
            If there is none of the name, or PyTorch is not installed and a language model is asked for.
        """
        question = find_panel(self.panels, name).question
        return {
            "who": lambda: who_step(question, self.talk, self.n, self.trolls),
            "hours": lambda: hours_step(question, self.talk),
            "policies": lambda: policies_step(question, self.talk, self.n, self.trolls, int(self.dials["cap"])),
            "cost": lambda: cost_step(question, self.talk),
            "names": lambda: names_step(question, self.names),
            "language": lambda: language_step(question, self.spoken(progress)),
            "truth": lambda: truth_step(question, self.talk, self.n, self.trolls, int(self.dials["cap"])),
        }[name]()

    def tell(self, progress: Progress = True) -> str:
        """Write the whole story for a terminal."""
        self.spoken(progress)
        return story_text(*self._opening, self._whole())

    @property
    def _opening(self) -> tuple[str, str, str]:
        turned = ", ".join(f"{name} {value:.2g}" for name, value in self.dials.items())
        return self.title, self.story, f"Kind people: {self.n}. Dials: {turned}."

    @property
    def _counted(self) -> tuple[int, str]:
        return self.n, "kind people"

    @property
    def _parts(self) -> list[str]:
        return at_hand(self.panels, self.effort)

    def _whole(self) -> list[Step]:
        return [self.panel(panel.name) for panel in self.panels]
