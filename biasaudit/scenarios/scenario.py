"""A scenario: a story with dials, from the data over the model to what mends it, in one call."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from biasaudit.errors import AuditError, nearest
from biasaudit.statistics.columns import shorten

if TYPE_CHECKING:
    from biasaudit.datasets.dataset import Dataset
    from biasaudit.scenarios.run import ScenarioRun

__all__ = ["Dial", "Preset", "Scenario"]


@dataclass(frozen=True)
class Dial:
    """One way in which bias gets in, from 0 (off) to 1 (all the way).

    Parameters
    ----------
    name : str
        Argument of the generator.
    label : str
        A few words for a slider.
    meaning : str
        A sentence that says what turning it up does.
    """

    name: str
    label: str
    meaning: str


@dataclass(frozen=True)
class Preset:
    """A setting of the dials that tells a case people have heard of.

    Parameters
    ----------
    name, story : str
        What to call it, and what happened in a sentence or two.
    dials : mapping of str to float
        Dials that are not at 0.
    """

    name: str
    story: str
    dials: Mapping[str, float]


@dataclass(frozen=True, eq=False)
class Scenario:
    """A story that is told with generated data, whose truth is known.

    Parameters
    ----------
    name, title, question : str
    story : str
        What happens and to whom, in a few sentences.
    make : callable
        Makes the data from `n`, `random_state` and the dials.
    dials : tuple of Dial
    presets : tuple of Preset
    rows : int
        How many people, if nobody says.
    model : str
        The model that is trained, by its name in :mod:`biasaudit.models.tabular`.
    mitigations : tuple of str
        What is tried to mend it, by name.
    """

    name: str
    title: str
    question: str
    story: str
    make: Callable[..., Dataset]
    dials: tuple[Dial, ...]
    presets: tuple[Preset, ...]
    rows: int = 4_000
    model: str = "logistic_regression"
    mitigations: tuple[str, ...] = field(default=("reweighing", "threshold_optimizer"))

    def data(self, *, n: int | None = None, random_state: int = 0, **dials: float) -> Dataset:
        """Make the data of the story.

        Raises
        ------
        AuditError
            If there is no such dial, or a value is out of range.
        """
        names = [dial.name for dial in self.dials]
        for name in dials:
            if name not in names:
                shown = shorten(name)
                raise AuditError(
                    f'"{shown}" is not a dial of "{self.name}".{nearest(shown, names)} Dials: {", ".join(names)}.'
                )
        return self.make(n=self.rows if n is None else n, random_state=random_state, **dials)

    def preset(self, name: str) -> Preset:
        """Look a preset up by its name.

        Raises
        ------
        AuditError
            If there is none of the name.
        """
        names = [preset.name for preset in self.presets]
        if name not in names:
            shown = shorten(name)
            raise AuditError(
                f'"{shown}" is not a preset of "{self.name}".{nearest(shown, names)} Presets: {", ".join(names)}.'
            )
        return self.presets[names.index(name)]

    def run(
        self,
        *,
        n: int | None = None,
        model: Any = None,
        mitigations: tuple[str, ...] | None = None,
        random_state: int = 0,
        **dials: float,
    ) -> ScenarioRun:
        """Make the data; the audits, the model and what may mend it follow as they are looked at.

        Parameters
        ----------
        n : int, optional
            Rows.
        model : str or estimator, optional
            What is trained.
        mitigations : tuple of str, optional
            What is tried to mend it; an empty one tries nothing.
        random_state : int
            Seed of everything.
        **dials : float
            Dials to turn, from 0 to 1; the others stay at 0.

        Returns
        -------
        ScenarioRun

        Raises
        ------
        AuditError
            If there is no such dial, model or mitigation, or a value is out of range.
        """
        from biasaudit.mitigation.registry import get_mitigation
        from biasaudit.models.tabular import make_classifier
        from biasaudit.scenarios.run import ScenarioRun

        dataset = self.data(n=n, random_state=random_state, **dials)
        learner = model or self.model
        tried = tuple(self.mitigations if mitigations is None else mitigations)
        if isinstance(learner, str):
            make_classifier(learner)
        for name in tried:
            get_mitigation(name)
        return ScenarioRun(self.title, self.story, dict(dials), dataset, learner, tried, random_state)
