"""The chatbot that learns from its users."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from biasaudit.arguments import check_seed
from biasaudit.scenarios.chatbot._run import ChatbotRun
from biasaudit.scenarios.panels import Panel
from biasaudit.scenarios.scenario import Dial, Preset, Scenario

__all__ = ["CHATBOT", "ChatbotScenario"]


@dataclass(frozen=True, eq=False, kw_only=True)
class ChatbotScenario(Scenario):
    """A story in messages: who writes, what the chatbot comes to say, what keeps it from that, and who pays for it."""

    panels: tuple[Panel, ...]

    def run(self, *, n: int | None = None, random_state: int = 0, **dials: Any) -> ChatbotRun:
        """Tell the story; the town talks when a part is first looked at.

        Parameters
        ----------
        n : int, optional
            Benign users.
        random_state : int
            Seed of everything.
        **dials : float
            Dials to turn; the others stay where they start.

        Raises
        ------
        AuditError
            If there is no such dial, or a value is out of range.

        Examples
        --------
        >>> CHATBOT.run().gap.verdict
        'shown'
        """
        users = self._size(n)
        return ChatbotRun(self.title, self.story, self.turned(dials), users, check_seed(random_state), self.panels)


CHATBOT = ChatbotScenario(
    name="chatbot",
    title="A chatbot that learns from its users",
    question="What does a chatbot come to say of a group, if a few people set out to teach it?",
    story=(
        "A chatbot learns from every message that it is sent. A town of kind people writes to it, and after "
        "four hours a few others, who agreed to teach it insults about one group. Microsoft's Tay was launched on 23 "
        "March 2016 and taken down after about 16 hours. How toxic it became was never published, so all figures here "
        "are of this town; its insults are placeholders."
    ),
    dials=(
        Dial(
            "trolls",
            "People who teach it insults",
            "How many write 3.55 insults an hour each, after four hours.",
            0,
            80,
            1,
            40,
            0,
        ),
        Dial(
            "cap",
            "Messages that count",
            "How many messages of an account count in an hour, where they are counted.",
            1,
            10,
            1,
            1,
            1,
        ),
        Dial(
            "recall",
            "Share that the filter finds",
            "Of the insults, where there is a filter.",
            0.5,
            0.99,
            0.01,
            0.9,
            0.9,
        ),
    ),
    presets=(
        Preset("A handful", "Ten people among three hundred.", {"trolls": 10}),
        Preset(
            "A strict filter", "It finds 97 of 100 insults, and takes more kind messages for insults.", {"recall": 0.97}
        ),
    ),
    people=Dial(
        "n",
        "Kind people",
        "How many write kindly, 0.2 messages an hour about each of three groups.",
        100,
        1_000,
        10,
        290,
    ),
    panels=(
        Panel("who", "Who writes to it?"),
        Panel("hours", "What does it come to say?"),
        Panel("policies", "What keeps it from that?"),
        Panel("cost", "Who pays for the filter?"),
        Panel("names", "Which names does the filter punish?"),
        Panel("language", "Does a language model do the same?"),
        Panel("truth", "What is known in closed form?", hidden=True),
    ),
)
