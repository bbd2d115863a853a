"""A limit of deep learning as a story: who pays first, what mends it and at what price, and why."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from biasaudit.arguments import check_seed
from biasaudit.errors import AuditError
from biasaudit.models.parallel import Progress, progress_bar
from biasaudit.scenarios.limits._outcomes import Outcomes
from biasaudit.scenarios.panels import Panel, Step, find_panel, story_text
from biasaudit.scenarios.scenario import Dial, Scenario
from biasaudit.scenarios.story import Story, at_hand

if TYPE_CHECKING:
    from biasaudit.reporting.plots.base import Plot
    from biasaudit.reporting.report import Finding

__all__ = ["DEGREES", "PICTURES", "SEEDS", "SHARE", "Limit", "LimitRun", "Notify", "pictures_of_turned"]

# Of every figure.
SEEDS = 20
# What a measurement calls with the name of each stage that ended; it may raise to stop.
Notify = Callable[[str], None]
PICTURES = Dial("n", "Pictures to learn from", "How many digits it learns from.", 200, 1_400, 100, 1_200)
SHARE = Dial(
    "share",
    "Share of turned digits",
    "The share of turned digits among those it learns from.",
    0.02,
    0.5,
    0.02,
    0.1,
    0.5,
)
DEGREES = Dial("degrees", "Degrees", "By how much the digits of the minority are turned.", 0, 180, 5, 60, 0)


@dataclass(frozen=True, eq=False, kw_only=True)
class Limit(Scenario):
    """A story about a limit that falls on a minority first.

    Parameters
    ----------
    measure : callable
        Takes the dials, `n`, `random_state` and what to tell of each stage; returns :class:`Outcomes`.
    stages : int
        How many stages it tells of.
    seconds : int
        What it takes about, on two cores.
    who : str
        Who the majority and the minority are, in a sentence or two.
    truth : tuple of str
        Why it falls on the minority: what is known since the data are made.
    pictures : callable, optional
        Takes the dials and returns plots of who the data are.
    """

    measure: Callable[[Mapping[str, float], int, int, Notify], Outcomes]
    stages: int
    seconds: int
    who: str
    truth: tuple[str, ...]
    pictures: Callable[[Mapping[str, float]], tuple[Plot, ...]] | None = None
    people: Dial = PICTURES
    presets: tuple[Any, ...] = ()
    lesson: str = "limits"
    panels: tuple[Panel, ...] = field(
        default=(
            Panel("who", "Who is the minority?"),
            Panel("limit", "Who pays first?"),
            Panel("cure", "What would mend it, and at what price?"),
            Panel("truth", "Why does it fall on them?", hidden=True),
        )
    )

    def run(self, *, n: int | None = None, random_state: int = 0, **dials: Any) -> LimitRun:
        """Tell the story; networks are trained when a part is first looked at.

        Parameters
        ----------
        n : int, optional
            Rows to learn from.
        random_state : int
            Seed of everything.
        **dials : float
            Dials to turn; the others stay where they start.

        Raises
        ------
        AuditError
            If there is no such dial, or a value is out of range.
        """
        rows = self._size(n)
        return LimitRun(self, self.turned(dials), rows, check_seed(random_state))


@dataclass(frozen=True, eq=False, repr=False)
class LimitRun(Story):
    """A limit with its dials set; measured when first looked at, and kept.

    Parameters
    ----------
    limit : Limit
    dials : mapping of str to float
    n : int
        Rows to learn from.
    random_state : int
    """

    limit: Limit
    dials: Mapping[str, float]
    n: int
    random_state: int

    def measured(self, progress: Progress = False) -> Outcomes:
        """Return the figures of all seeds.

        Parameters
        ----------
        progress : bool or callable
            Show a bar on a terminal; or what to call with stages done, of all, and the last: it may raise to stop.

        Raises
        ------
        AuditError
            If PyTorch is needed and not installed.
        """
        if "outcomes" not in vars(self):
            with progress_bar(self.limit.stages, progress) as stage:
                vars(self)["outcomes"] = self._measure(stage)
        return self.outcomes

    def _measure(self, stage: Notify) -> Outcomes:
        try:
            return self.limit.measure(self.dials, self.n, self.random_state, stage)
        except ModuleNotFoundError as error:
            if error.name != "torch":
                raise
            raise AuditError(
                f'"{self.limit.name}" needs PyTorch, which is not installed. Install it with pip install '
                '"biasaudit[torch]".'
            ) from error

    @cached_property
    def outcomes(self) -> Outcomes:
        """The figures of all seeds."""
        return self._measure(lambda name: None)

    @property
    def gap(self) -> Finding:
        """Who pays first."""
        return self.outcomes.gap

    def effort(self, name: str) -> str:
        """Say what a panel will take where that is long; nothing where it is at hand."""
        quick = name in ("who", "truth") or "outcomes" in vars(self)
        if quick:
            return ""
        return f"Models of several seeds are trained, which takes about {self.limit.seconds} seconds."

    def panel(self, name: str, progress: Progress = False) -> Step:
        """Tell one part of the story.

        Raises
        ------
        AuditError
            If there is none of the name, or PyTorch is not installed.
        """
        question = find_panel(self.limit.panels, name).question
        return {"who": self._who, "limit": self._limit, "cure": self._cure, "truth": self._truth}[name](
            question, progress
        )

    def _who(self, question: str, progress: Progress) -> Step:
        drawn = self.limit.pictures
        return Step(question, (self.limit.who,), plots=() if drawn is None else drawn(self.dials))

    def _limit(self, question: str, progress: Progress) -> Step:
        found = self.measured(progress)
        ways = [way for way in found.ways if way not in (*found.cures, *found.prices)]
        tables = (found.table(ways), *found.tables)
        return Step(question, (), (found.gap,), (self._plot(found, ways, found.headline),), tables=tables)

    def _cure(self, question: str, progress: Progress) -> Step:
        found = self.measured(progress)
        cured, ways = found.cured(), (next(iter(found.ways)), found.limited, *found.cures, *found.prices)
        if not cured:
            return Step(question, ("Nothing was tried.",))
        title = f"{found.figure} as it was, under the limit, and with what may mend it"
        return Step(question, (), cured, (self._plot(found, ways, title),), tables=(found.table(ways),))

    def _truth(self, question: str, progress: Progress) -> Step:
        return Step(question, self.limit.truth)

    def _plot(self, found: Outcomes, ways: Iterable[str], title: str) -> Plot:
        from biasaudit.reporting.plots import plot_ways

        words = [found.ways[way] for way in ways]
        frame = found.to_frame()
        return plot_ways(frame[frame["way"].isin(words)], title, unit=found.figure)

    def tell(self, progress: Progress = True) -> str:
        """Write the whole story for a terminal."""
        self.measured(progress)
        return story_text(*self._opening, self._whole())

    @property
    def _opening(self) -> tuple[str, str, str]:
        turned = ", ".join(f"{name} {value:.3g}" for name, value in self.dials.items())
        return self.limit.title, self.limit.story, f"Rows to learn from: {self.n:,}. Dials: {turned}."

    @property
    def _counted(self) -> tuple[int, str]:
        return self.n, "rows to learn from"

    @property
    def _parts(self) -> list[str]:
        return at_hand(self.limit.panels, self.effort)

    def _whole(self) -> list[Step]:
        return [self.panel(panel.name) for panel in self.limit.panels]


def pictures_of_turned(dials: Mapping[str, float]) -> tuple[Plot, ...]:
    """Draw a few digits, upright and as turned as the dial `degrees` says."""
    from biasaudit.datasets.generated.digits import make_turned_digits
    from biasaudit.reporting.plots import plot_pictures

    digits = make_turned_digits(1_000, degrees=dials["degrees"], seeds=1)
    first = [int((digits.test_label[0] == digit).argmax()) for digit in range(10)]
    rows = {"upright": digits.upright[0, first], "turned": digits.turned[0, first]}
    return (plot_pictures(rows, f"The same ten digits, upright and turned by {dials['degrees']:g} degrees"),)
