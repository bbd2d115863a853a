"""The recogniser of words that learnt from male American voices."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from biasaudit.arguments import check_seed
from biasaudit.datasets.speech.voices import ACCENTS
from biasaudit.scenarios.panels import Panel
from biasaudit.scenarios.scenario import Dial, Preset, Scenario
from biasaudit.scenarios.speech._run import SpeechRun

__all__ = ["SPEECH", "SpeechScenario"]

IN_TRAINING = "Accents in training"


@dataclass(frozen=True, eq=False, kw_only=True)
class SpeechScenario(Scenario):
    """A story in sound: who is in the training, who is misheard, what mends it, and how many more women it takes."""

    panels: tuple[Panel, ...]

    def run(self, *, n: int | None = None, random_state: int = 0, **dials: Any) -> SpeechRun:
        """Tell the story; voices are synthesised and recognisers trained when a part is first looked at.

        Parameters
        ----------
        n : int, optional
            Speakers in training.
        random_state : int
            Seed of everything.
        **dials : float
            Dials to turn; the others stay where they start.

        Raises
        ------
        AuditError
            If there is no such dial, a value is out of range, the shares of the accents sum to more than 1, or eSpeak
            NG or PyTorch is not installed.

        Examples
        --------
        >>> SPEECH.run(n=20, share_of_women=0.2).panel("who").sentences[0]
        '20 speakers are in the training: 16 men and 4 women. All speak with the accent of the United States.'
        """
        speakers = self._size(n)
        return SpeechRun(self.title, self.story, self.turned(dials), speakers, check_seed(random_state), self.panels)


SPEECH = SpeechScenario(
    name="speech",
    title="A recogniser that learnt from male American voices",
    question="Whom does a recogniser of words hear, if it has only ever heard men of the United States?",
    story=(
        "A small network learns to tell ten digits from recordings of a few speakers and is then used by everybody. "
        "All say the same words. The voices are synthesised, so it is known that nothing but the voice differs."
    ),
    dials=(
        Dial(
            "share_of_women",
            "Women in training",
            "The share of women among the speakers it learns from.",
            0.0,
            0.5,
            0.05,
            0.0,
            0.5,
        ),
        Dial(
            "noise",
            "Decibels of voice over noise",
            "Less is noisier: 40 is a quiet room, 0 a crowded bar.",
            0.0,
            40.0,
            5.0,
            10.0,
            40.0,
        ),
        *(
            Dial(
                accent.name,
                accent.title,
                f"The share of speakers with this accent: {accent.title}.",
                0.0,
                0.2,
                0.05,
                0.0,
                0.05,
                IN_TRAINING,
            )
            for accent in ACCENTS
            if accent.name != "us"
        ),
    ),
    presets=(
        Preset(
            "One woman in five",
            "As in AudioMNIST, a collection of spoken digits: 12 of its 60 speakers are women.",
            {"share_of_women": 0.2},
        ),
        Preset(
            "As Common Voice counts",
            "Of the English clips whose speaker says so, 29 in 100 are a woman's (Common Voice 25, 2026).",
            {"share_of_women": 0.3},
        ),
        Preset("Half women", "As many women as men, all of the United States.", {"share_of_women": 0.5}),
        Preset(
            "Half women, ten more accents",
            "Half women, and half of the speakers have another accent.",
            {"share_of_women": 0.5, **{accent.name: 0.05 for accent in ACCENTS if accent.name != "us"}},
        ),
    ),
    people=Dial("n", "Speakers in training", "How many speakers it learns from.", 8, 20, 1, 20),
    panels=(
        Panel("who", "Who is in the training?"),
        Panel("model", "Whom does the recogniser hear?"),
        Panel("mend", "What would mend it, and at what cost?"),
        Panel("enough", "How many more women would close the gap?"),
        Panel("others", "Does a recogniser hear better that nobody here built?"),
        Panel("truth", "What is the truth behind it?", hidden=True),
    ),
)
