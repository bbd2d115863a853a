"""What the speech story shows, panel by panel."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from biasaudit.errors import AuditError
from biasaudit.models.parallel import Progress
from biasaudit.scenarios.panels import Panel, Step, find_panel, story_text
from biasaudit.scenarios.speech._mitigation import SpeechMitigation
from biasaudit.scenarios.speech._steps import (
    enough_step,
    mitigation_step,
    model_step,
    others_step,
    truth_step,
    who_step,
)
from biasaudit.scenarios.speech._training import (
    FOLDS,
    OTHERS,
    WOMEN,
    Training,
    World,
    WorldKey,
    make_world,
    recognise,
    share_out,
    trainings_missing,
)
from biasaudit.scenarios.story import Story, at_hand

if TYPE_CHECKING:
    import pandas as pd

    from biasaudit.audits.errors.audit import ErrorAudit
    from biasaudit.audits.learning.curves import LearningCurves
    from biasaudit.reporting.report import Finding

__all__ = ["SpeechRun"]

ADDED = (0, 1, 3, 6, 12)
REPEATS = 5
# Seconds of a training on one core, and what processes and voices take to start: the order on all machines tried.
EACH, START = 2.5, 8.0
Speakers = tuple[tuple[str, str, int], ...]


@dataclass(frozen=True, eq=False, repr=False)
class SpeechRun(Story):
    """The speech story with its dials set: voices, trainings, audits of who is misheard, and what mends it.

    Each part is computed when it is first looked at, and kept; trainings are kept on disk.

    Parameters
    ----------
    title, story : str
    dials : mapping of str to float
    n : int
        Speakers in training.
    random_state : int
    panels : tuple of Panel
    """

    title: str
    story: str
    dials: Mapping[str, float]
    n: int
    random_state: int
    panels: tuple[Panel, ...]

    def __post_init__(self) -> None:
        # Shares that cannot be are an error now, not when somebody looks.
        self._share_out()

    @cached_property
    def speakers(self) -> Speakers:
        """Who is in the training: gender, accent and how many."""
        return self._share_out()

    def _share_out(self) -> Speakers:
        accents = {name: self.dials[name] for name in OTHERS if self.dials[name]}
        return share_out(self.n, self.dials["share_of_women"], accents)

    @property
    def _key(self) -> WorldKey:
        return WorldKey(self.dials["noise"], self.random_state)

    @property
    def world(self) -> World:
        """All clips; synthesised when first asked for."""
        return make_world(self._key)

    def _ways(self) -> dict[str, list[Training]]:
        """List the trainings of every way: each third of the voices is tested by a training that never met it."""
        accents = {name: self.dials[name] for name in OTHERS if self.dials[name]}
        balanced = share_out(self.n, 0.5, accents)
        ways: dict[str, tuple[Speakers, str]] = {
            "unmitigated": (self.speakers, "plain"),
            "balanced": (balanced, "plain"),
            "vtlp": (self.speakers, "vtlp"),
            "pitch": (self.speakers, "pitch"),
            "group_dro": (self.speakers, "group_dro"),
            "balanced_vtlp": (balanced, "vtlp"),
        }
        if len(self.speakers) == 1:
            del ways["group_dro"]
        if balanced == self.speakers:
            del ways["balanced"], ways["balanced_vtlp"]
        return {way: _thirds(*given) for way, given in ways.items()}

    def _sizes(self) -> dict[str, list[Training]]:
        """List the trainings with more and more women."""
        plain: dict[tuple[str, str], int] = {(gender, accent): n for gender, accent, n in self.speakers}
        sizes = {}
        for more in ADDED:
            women = plain.get(("woman", "us"), 0) + more
            if women <= self._most_women:
                groups = plain | ({("woman", "us"): women} if women else {})
                speakers = tuple((gender, accent, n) for (gender, accent), n in sorted(groups.items()))
                sizes[str(more)] = [t for repeat in range(REPEATS) for t in _thirds(speakers, "plain", repeat)]
        return sizes

    @property
    def _most_women(self) -> int:
        return WOMEN * (FOLDS - 1) // FOLDS

    @cached_property
    def audit(self) -> ErrorAudit:
        """Audit of the words that are heard wrong, by gender and accent, of voices that no training met."""
        return _audited(recognise(self._key, {"unmitigated": self._ways()["unmitigated"]}), "Words heard wrong")

    def mended(self, progress: Progress = False) -> SpeechMitigation:
        """Compare ways of training on the same voices.

        Parameters
        ----------
        progress : bool or callable
            Show a bar on a terminal; or what to call with trainings done, of all, and the last: it may raise to stop.
        """
        return SpeechMitigation(recognise(self._key, self._ways(), progress=progress), self.random_state)

    def learning(self, progress: Progress = False) -> LearningCurves:
        """Return the errors of men and women of the United States against how many women were added.

        Raises
        ------
        AuditError
            If too few women's voices are left to add.
        """
        from biasaudit.audits.learning.curves import learning_curves

        sizes = self._sizes()
        if len(sizes) < 3:
            raise AuditError(
                "Nearly all women's voices that there are stand in the training already, so nobody can say what more "
                "would do. Turn down share_of_women, or take fewer speakers."
            )
        recognised = recognise(self._key, sizes, progress=progress)
        recognised = recognised[recognised["accent"] == "us"].assign(added=recognised["way"].astype(int))
        return learning_curves(
            recognised,
            added="added",
            errors="wrong",
            group="gender",
            cluster="voice",
            repeat="deal",
            unit="women",
            random_state=self.random_state,
        )

    @property
    def gap(self) -> Finding:
        """What the story is about: women held against men."""
        found = (f for f in self.audit.findings() if set(f.group) == {"gender"})
        return next(f for f in found if f.comparison == "difference")

    @cached_property
    def others(self) -> ErrorAudit:
        """Audit of PocketSphinx on the same clips, each word of each speaker once.

        Raises
        ------
        AuditError
            If PocketSphinx is not installed.
        """
        from biasaudit.models.sphinx import PocketSphinx

        clips = self.world.clips
        return _audited(PocketSphinx().errors(clips.take(clips.frame["take"].eq(0).to_numpy())), "PocketSphinx")

    def effort(self, name: str) -> str:
        """Say what a panel will take where that is long; nothing where it is at hand.

        Parameters
        ----------
        name : str
            Of a panel.
        """
        import os

        if name == "others":
            return "" if "others" in vars(self) else "PocketSphinx listens to every voice: about half a minute."
        trainings = {"mend": self._ways, "enough": self._sizes}.get(name)
        missing = trainings_missing(self._key, [t for part in trainings().values() for t in part]) if trainings else 0
        if not missing:
            return ""
        seconds = START + EACH * missing / (os.cpu_count() or 1)
        return f"{missing} recognisers are trained, which takes about {10 * math.ceil(seconds / 10)} seconds here."

    def panel(self, name: str, progress: Progress = False) -> Step:
        """Tell one part of the story.

        Parameters
        ----------
        name : str
            Of one of `panels`.
        progress : bool or callable
            As for :meth:`mended`.

        Raises
        ------
        AuditError
            If there is none of the name, or something that it needs is not installed.
        """
        question = find_panel(self.panels, name).question
        return {
            "who": lambda: who_step(question, self.speakers, self.world.clips),
            "model": lambda: model_step(question, self.audit),
            "mend": lambda: mitigation_step(question, self.mended(progress)),
            "enough": lambda: enough_step(question, self.learning(progress)),
            "others": lambda: others_step(question, self.others),
            "truth": lambda: truth_step(question, self.world.clips.frame),
        }[name]()

    def tell(self, progress: Progress = True) -> str:
        """Write the whole story for a terminal; what is not at hand is trained, PocketSphinx left out."""
        # All at once: processes have to start and voices to be read but once.
        recognise(self._key, self._ways() | self._sizes(), progress=progress)
        return story_text(*self._opening, self._whole())

    @property
    def _opening(self) -> tuple[str, str, str]:
        return self.title, self.story, f"Speakers in training: {self.n}. Dials: {self._turned}."

    @property
    def _counted(self) -> tuple[int, str]:
        return self.n, "speakers in training"

    @property
    def _parts(self) -> list[str]:
        return at_hand(self.panels, self.effort)

    def _whole(self) -> list[Step]:
        return [self.panel(panel.name) for panel in self.panels if panel.name != "others"]


def _thirds(speakers: Speakers, method: str, repeat: int = 0) -> list[Training]:
    return [Training(speakers, method, repeat, fold) for fold in range(FOLDS)]


def _audited(recognised: pd.DataFrame, title: str) -> ErrorAudit:
    from dataclasses import replace

    from biasaudit.audits.errors.audit import audit_errors

    audit = audit_errors(
        recognised,
        errors="wrong",
        sensitive_features=["gender", "accent"],
        cluster="voice",
        reference={"gender": "man", "accent": "us"},
    )
    return replace(audit, title=title, errors="words heard wrong", trials="words spoken")
