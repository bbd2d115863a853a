"""A scenario: a story with dials, from the data over the model to what mends it, in one call."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from biasaudit.lookup import by_name
from biasaudit.scenarios._dials import Dial, Preset

if TYPE_CHECKING:
    from biasaudit.datasets.dataset import Dataset
    from biasaudit.scenarios.run import ScenarioRun

__all__ = ["Dial", "Preset", "Scenario", "TableScenario"]

PEOPLE = Dial("n", "People", "How many people are in the data.", 500, 20_000, 500, 4_000)


@dataclass(frozen=True, eq=False, kw_only=True)
class Scenario:
    """A story that is told with generated data, whose truth is known.

    Parameters
    ----------
    name, title, question : str
    story : str
        What happens and to whom, in a few sentences.
    dials : tuple of Dial
    presets : tuple of Preset
    people : Dial
        How many people there are: the argument `n` of `run`.
    lesson : str
        Name of the lesson that tells it; where nothing is said, that of its own name.
    """

    name: str
    title: str
    question: str
    story: str
    dials: tuple[Dial, ...]
    presets: tuple[Preset, ...]
    people: Dial
    lesson: str = ""

    def turned(self, dials: Mapping[str, Any]) -> dict[str, float]:
        """Return every dial with its value, those that were not turned where they start.

        Raises
        ------
        AuditError
            If there is no such dial, or a value is out of range.
        """
        for name in dials:
            by_name(self.dials, name, f'a dial of "{self.name}"', "Dials")
        return {dial.name: dial.check(dials[dial.name]) if dial.name in dials else dial.start for dial in self.dials}

    def _size(self, n: int | None) -> int:
        """Return how many people there are: where nobody says, as many as the dial starts with.

        Raises
        ------
        AuditError
            If it is out of range.
        """
        return int(self.people.check(self.people.start if n is None else n))

    def preset(self, name: str) -> Preset:
        """Look a preset up by its name.

        Raises
        ------
        AuditError
            If there is none of the name.
        """
        return by_name(self.presets, name, f'a preset of "{self.name}"', "Presets")

    def biased(self) -> dict[str, float]:
        """Return the dials that show what it is about: as it opens, or its first case if it opens without bias."""
        opens = any(dial.start != dial.off for dial in self.dials)
        return self.turned({} if opens else self.presets[0].dials)

    def unbiased(self) -> dict[str, float]:
        """Return the dials where none plants a bias."""
        return {dial.name: dial.off for dial in self.dials}

    def run(self, *, n: int | None = None, random_state: int = 0, **dials: Any) -> Any:
        """Tell the story; its parts are computed when they are first looked at.

        What it returns has a `gap`: the finding that the story is about, whose verdict is *shown* as the dials of
        :meth:`biased` stand, and not with those of :meth:`unbiased`.

        Parameters
        ----------
        n : int, optional
            People.
        random_state : int
            Seed of everything.
        **dials : float
            Dials to turn; the others stay where they start.
        """
        raise NotImplementedError


@dataclass(frozen=True, eq=False, kw_only=True)
class TableScenario(Scenario):
    """A story about a table: its people, their labels, a model that learns them, and what mends it.

    Parameters
    ----------
    make : callable
        Makes the data from `n`, `random_state` and the dials.
    model : str
        The model that is trained, by its name in :mod:`biasaudit.models.tabular`.
    mitigations : tuple of str
        What is tried to mend it, by name.
    """

    make: Callable[..., Dataset]
    people: Dial = PEOPLE
    model: str = "logistic_regression"
    mitigations: tuple[str, ...] = field(default=("reweighing", "threshold_optimizer"))

    def data(self, *, n: int | None = None, random_state: int = 0, **dials: float) -> Dataset:
        """Make the data of the story.

        Raises
        ------
        AuditError
            If there is no such dial, or a value is out of range.
        """
        self.turned(dials)
        return self.make(n=int(self.people.start) if n is None else n, random_state=random_state, **dials)

    def run(
        self,
        *,
        n: int | None = None,
        random_state: int = 0,
        model: Any = None,
        mitigations: tuple[str, ...] | None = None,
        **dials: Any,
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
