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
        The name to get it by, what pages call it, and what it lets people find out.
    story : str
        What happens and to whom, in a few sentences.
    dials : tuple of Dial
        What can be turned.
    presets : tuple of Preset
        Cases that people have heard of.
    people : Dial
        How many people there are: the argument `n` of `run`.
    lesson : str
        Name of the lesson that tells it; where nothing is said, that of its own name.

    Examples
    --------
    >>> import biasaudit as ba
    >>> story = ba.scenarios.get("causation")
    >>> print(story.question)
    Can the data say why fewer women are hired?
    >>> [dial.name for dial in story.dials]
    ['marked_down']
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

        Parameters
        ----------
        dials : mapping of str to float
            Those that are turned.

        Returns
        -------
        dict of str to float

        Raises
        ------
        AuditError
            If there is no such dial, or a value is out of range.

        Examples
        --------
        >>> import biasaudit as ba
        >>> hiring = ba.scenarios.get("hiring")
        >>> turned = hiring.turned({"label_bias": 0.3})
        >>> turned["label_bias"], turned["proxy_strength"]
        (0.3, 0.0)
        >>> hiring.turned({"label_bas": 0.3})
        Traceback (most recent call last):
        ...
        biasaudit.errors.AuditError: "label_bas" is not a dial of "hiring". Did you mean "label_bias"? Dials:
        historical_bias, label_bias, measurement_bias, underrepresentation, proxy_strength, omitted_variable,
        missingness, artefact.
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

        Parameters
        ----------
        name : str
            As people call it.

        Returns
        -------
        Preset

        Raises
        ------
        AuditError
            If there is none of the name.

        Examples
        --------
        >>> import biasaudit as ba
        >>> hiring = ba.scenarios.get("hiring")
        >>> hiring.preset("The test is the problem").dials
        {'measurement_bias': 0.8}
        """
        return by_name(self.presets, name, f'a preset of "{self.name}"', "Presets")

    def biased(self) -> dict[str, float]:
        """Return the dials that show what it is about: as it opens, or its first case if it opens without bias.

        Returns
        -------
        dict of str to float

        Examples
        --------
        >>> import biasaudit as ba
        >>> hiring = ba.scenarios.get("hiring")
        >>> {name: value for name, value in hiring.biased().items() if value}
        {'label_bias': 0.4, 'underrepresentation': 0.6, 'proxy_strength': 0.8}
        """
        opens = any(dial.start != dial.off for dial in self.dials)
        return self.turned({} if opens else self.presets[0].dials)

    def unbiased(self) -> dict[str, float]:
        """Return the dials where none plants a bias.

        Returns
        -------
        dict of str to float

        Examples
        --------
        >>> import biasaudit as ba
        >>> hiring = ba.scenarios.get("hiring")
        >>> set(hiring.unbiased().values())
        {0.0}
        """
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

        Returns
        -------
        object
            The story with its dials set; every one has `gap`, `steps` and `tell()`.

        Raises
        ------
        AuditError
            If there is no such dial, or a value is out of range.

        Examples
        --------
        >>> import biasaudit as ba
        >>> run = ba.scenarios.get("recidivism").run(n=1_000, policing=0.5)
        >>> print(run.gap.verdict, "|", run.gap.sentence)
        shown | Of 100 people with race = black, 43 have a positive label; of 100 with race = white, 19: at least 18
        more, at most 32. Base rate: 43.4 % (175 of 403) and 18.8 % (112 of 597), a gap of 24.7 points (18.0 to 31.2).
        """
        raise NotImplementedError


@dataclass(frozen=True, eq=False, kw_only=True)
class TableScenario(Scenario):
    """A story about a table: its people, their labels, a model that learns them, and what mends it.

    The other parameters are those of :class:`Scenario`.

    Parameters
    ----------
    make : callable
        Makes the data from `n`, `random_state` and the dials.
    model : str
        The model that is trained, by its name in :mod:`biasaudit.models.tabular`.
    mitigations : tuple of str
        What is tried to mend it, by name.

    Examples
    --------
    >>> import biasaudit as ba
    >>> hiring = ba.scenarios.get("hiring")
    >>> hiring.model, hiring.mitigations
    ('logistic_regression', ('reweighing', 'threshold_optimizer'))
    """

    make: Callable[..., Dataset]
    people: Dial = PEOPLE
    model: str = "logistic_regression"
    mitigations: tuple[str, ...] = field(default=("reweighing", "threshold_optimizer"))

    def data(self, *, n: int | None = None, random_state: int = 0, **dials: float) -> Dataset:
        """Make the data of the story.

        Parameters
        ----------
        n : int, optional
            Rows.
        random_state : int, default 0
            Seed of all that is drawn.
        **dials : float
            Dials to turn; the others stay where they start.

        Returns
        -------
        Dataset

        Raises
        ------
        AuditError
            If there is no such dial, or a value is out of range.

        Examples
        --------
        >>> import biasaudit as ba
        >>> hiring = ba.scenarios.get("hiring")
        >>> data = hiring.data(n=1_000, label_bias=0.3)
        >>> shown = data.truth.planted.query("dial == 'label_bias'")[["quantity", "group", "value"]].round(3)
        >>> print(shown.to_string(index=False))
                               quantity    group  value
                       label_difference    woman -0.084
        label_difference_given_features    woman -0.084
                              base_rate everyone  0.239
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
        random_state : int
            Seed of everything.
        model : str or estimator, optional
            What is trained.
        mitigations : tuple of str, optional
            What is tried to mend it; an empty one tries nothing.
        **dials : float
            Dials to turn, from 0 to 1; the others stay at 0.

        Returns
        -------
        ScenarioRun

        Raises
        ------
        AuditError
            If there is no such dial, model or mitigation, or a value is out of range.

        Examples
        --------
        >>> import biasaudit as ba
        >>> hiring = ba.scenarios.get("hiring")
        >>> run = hiring.run(n=1_000, label_bias=0.4, proxy_strength=0.8, mitigations=())
        >>> print(run.gap.verdict, "|", run.gap.sentence)
        shown | Of 100 people with sex = man, 28 have a positive label; of 100 with sex = woman, 17: at least 5 more, at
        most 17. Base rate: 28.2 % (140 of 497) and 17.1 % (86 of 503), a gap of 11.1 points (5.2 to 16.9).
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
