"""Generated wages: a gap that education, hours and occupation explain, one that they do not, and a model of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from biasaudit.arguments import check_seed
from biasaudit.arraytypes import Floats, Ints
from biasaudit.datasets.dataset import Dataset
from biasaudit.datasets.generated._drawing import Noise, text_column
from biasaudit.datasets.generated._known import Planted, check_between, generated_card, planted_table
from biasaudit.datasets.generated.causal import check_count
from biasaudit.datasets.truth import Truth

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["make_wages"]

GROUPS = ("man", "woman", "nonbinary")
SHARES = {2: (0.5, 0.5), 3: (0.48, 0.47, 0.05)}
BASE = 12.0
MOST_GAP, MOST_UNDERESTIMATION, MOST_SPREAD = 10.0, 10.0, 1.5
MISS = 1.0  # standard deviation of what the model gets wrong by itself, in dollars


@dataclass(frozen=True)
class Feature:
    """What explains a wage: its levels, what each adds in dollars, how men and how others hold them at explained=1."""

    name: str
    levels: tuple[Any, ...]
    worth: tuple[float, ...]
    men: tuple[float, ...]
    others: tuple[float, ...]
    meaning: str

    def shares(self, other: bool, explained: float) -> Floats:
        """Share of each level in a group."""
        men = np.array(self.men)
        return men + explained * (np.array(self.others) - men) if other else men


FEATURES = (
    Feature(
        "education",
        ("school", "apprenticeship", "bachelor", "master"),
        (0.0, 3.0, 6.0, 10.0),
        (0.25, 0.30, 0.30, 0.15),
        (0.25, 0.30, 0.30, 0.15),
        "Highest education",
    ),
    Feature(
        "occupation",
        ("care", "office", "technical", "management"),
        (0.0, 2.0, 5.0, 9.0),
        (0.10, 0.30, 0.40, 0.20),
        (0.35, 0.35, 0.20, 0.10),
        "Kind of work",
    ),
    Feature(
        "hours",
        (20, 30, 40, 45),
        (0.0, 1.0, 2.0, 2.5),
        (0.05, 0.10, 0.65, 0.20),
        (0.30, 0.30, 0.35, 0.05),
        "Hours worked in a week",
    ),
)


@dataclass(frozen=True)
class Pay:
    """How wages are made."""

    groups: int = 2
    gap: float = 0.0
    explained: float = 0.0
    spread: float = 0.0
    underestimation: float | None = None

    def turned(self) -> dict[str, float]:
        """Return the dials that are not at 0."""
        dials = {"gap": self.gap, "explained": self.explained, "underestimation": self.underestimation or 0.0}
        return {name: value for name, value in dials.items() if value}

    def only(self, dial: str) -> Pay:
        """Turn every dial off but one."""
        known = None if self.underestimation is None else 0.0
        return replace(
            self,
            gap=self.gap if dial == "gap" else 0.0,
            explained=self.explained if dial == "explained" else 0.0,
            underestimation=self.underestimation if dial == "underestimation" else known,
        )


def make_wages(
    n: int = 10_000,
    *,
    groups: int = 2,
    gap: float = 1.5,
    explained: float = 1.0,
    spread: float = 0.35,
    underestimation: float | None = None,
    random_state: int = 0,
) -> Dataset:
    """Make wages of men and others, whose gap is known: how much the columns explain, and how much they do not.

    Parameters
    ----------
    n : int, default 10,000
        Rows.
    groups : int, default 2
        2 for men and women; 3 for a twentieth of the people who are nonbinary as well, and fare as women do.
    gap : float
        Dollars an hour that others earn less than men of the same education, occupation and hours.
    explained : float
        How far others are kept in other occupations and shorter hours: at 0 they hold all as men do, at 1 that alone
        makes them earn 2.575 dollars an hour less.
    spread : float
        Standard deviation of the logarithm of wages at equal columns.
    underestimation : float, optional
        Dollars by which a model's prediction is too low for others, on average; it is right for men. Without it there
        are no predictions.
    random_state : int, default 0
        Seed; the same seed makes the same table.

    Returns
    -------
    Dataset
        Its unit is dollars an hour. `truth.label` is the wage without the unexplained gap, `truth.counterfactual` the
        wage that a man would have been paid as a woman, and others as a man; `truth.planted` holds, of an endless
        sample:

        mean_outcome, mean_error, root_mean_squared_error
            By group, in dollars; errors are prediction minus wage, where there are predictions.
        mean_outcome_difference
            Group minus men.
        mean_outcome_difference_given_features
            The same at equal education, occupation and hours: minus the gap.

    Raises
    ------
    AuditError
        If a dial is out of its range, or `n` or `random_state` is not a whole number in range.

    Notes
    -----
    The structural equations, with independent standard normal Z, the dials by their names, and `other` for everyone
    who is no man::

        education = school, apprenticeship, bachelor or master: 25, 30, 30, 15 %, whoever it is
        occupation = care, office, technical or management: 10, 30, 40, 20 % of men; 35, 35, 20, 10 % of others
        hours = 20, 30, 40 or 45: 5, 10, 65, 20 % of men; 30, 30, 35, 5 % of others (both at explained = 1)
        expected = 12 + (0, 3, 6, 10 by education) + (0, 2, 5, 9 by occupation) + .1 (hours - 20)
        wage = (expected - gap other) exp(spread Z - spread^2 / 2)
        predicted = expected - gap other - underestimation other + Z

    So that wages are lognormal at equal columns, and a regression on the columns finds the gap in dollars.

    References
    ----------
    Blau and Kahn (2017), "The gender wage gap: extent, trends, and explanations", Journal of Economic Literature 55(3):
    what occupation and hours explain of it, and what is left.

    Examples
    --------
    >>> data = make_wages(20_000, gap=1.5, random_state=0)
    >>> means = data.frame.groupby("sex", observed=True)["wage"].mean()
    >>> print(f"{means['woman'] - means['man']:.2f} {data.unit}")
    -4.04 dollars an hour
    >>> planted = data.truth.planted.query("dial == 'all'").set_index("quantity")["value"]
    >>> planted[["mean_outcome_difference", "mean_outcome_difference_given_features"]].round(3).tolist()
    [-4.075, -1.5]
    """
    rows, seed = check_count("n", n, least=1), check_seed(random_state)
    pay = Pay(
        check_count("groups", groups, least=2, most=3),
        check_between("gap", gap, 0, MOST_GAP, "dollars an hour"),
        check_between("explained", explained, 0, 1),
        check_between("spread", spread, 0, MOST_SPREAD),
        None
        if underestimation is None
        else check_between("underestimation", underestimation, 0, MOST_UNDERESTIMATION, "dollars an hour"),
    )
    frame, truth = _drawn(pay, rows, seed)
    predicted = {} if pay.underestimation is None else {"y_pred": "predicted"}
    return Dataset(
        name="pay",
        frame=frame,
        label="wage",
        features=tuple(feature.name for feature in FEATURES),
        sensitive_features=("sex",),
        card=generated_card(
            "make_wages",
            rows,
            title="Generated wages",
            question="How much less do others earn than men, and how much of it at equal columns?",
            columns={name: meaning for name, meaning in MEANINGS.items() if name in frame},
            faults=(f"{FAULTS[dial]} ({dial}={value:g})" for dial, value in pay.turned().items()),
            words={"people": "workers", "good": "positive"},
            unit=UNIT,
        ),
        truth=truth,
        audit_arguments={
            "y_true": "wage",
            **predicted,
            "sensitive_features": ["sex"],
            "reference": {"sex": GROUPS[0]},
            "unit": UNIT,
        },
        unit=UNIT,
    )


UNIT = "dollars an hour"
MEANINGS = {
    "sex": "man, woman or, with three groups, nonbinary",
    **{feature.name: feature.meaning for feature in FEATURES},
    "wage": "Wage in dollars an hour",
    "predicted": "Wage that a model expects, in dollars an hour",
}
FAULTS = {
    "gap": "Others are paid less for the same work.",
    "explained": "Others are kept in worse paid occupations and in shorter hours.",
    "underestimation": "The model's predictions are too low for others.",
}


def _drawn(pay: Pay, rows: int, seed: int) -> tuple[pd.DataFrame, Truth]:
    import pandas as pd

    noise = Noise(rows, seed)
    group = np.searchsorted(np.cumsum(SHARES[pay.groups])[:-1], noise.uniform("sex"), side="right")
    there = np.where(group == 0, 1, 0)  # men in the first other group, others as men
    luck = np.exp(pay.spread * noise.normal("wage") - pay.spread**2 / 2)
    codes, expected = _expected(pay, noise, group)
    _, elsewhere = _expected(pay, noise, there)
    loss = pay.gap * (group > 0)
    columns: dict[str, Any] = {"sex": text_column(group, GROUPS[: pay.groups])}
    for feature, code in zip(FEATURES, codes, strict=True):
        texts = isinstance(feature.levels[0], str)
        columns[feature.name] = text_column(code, feature.levels) if texts else np.take(feature.levels, code)
    columns["wage"] = (expected - loss) * luck
    if pay.underestimation is not None:
        miss = MISS * noise.normal("prediction")
        columns["predicted"] = expected - loss - pay.underestimation * (group > 0) + miss
    truth = Truth(expected * luck, (elsewhere - pay.gap * (there > 0)) * luck, planted_table(_planted(pay)))
    return pd.DataFrame(columns), truth


def _expected(pay: Pay, noise: Noise, group: Ints) -> tuple[list[Ints], Floats]:
    """Draw the columns of people in these groups; return their levels, and the wage that these alone are worth."""
    expected, codes = np.full(len(group), BASE), []
    for feature in FEATURES:
        fate = noise.uniform(feature.name)
        men, others = (
            np.searchsorted(np.cumsum(feature.shares(other, pay.explained))[:-1], fate, side="right")
            for other in (False, True)
        )
        code = np.where(group > 0, others, men)
        codes.append(code)
        expected += np.take(feature.worth, code)
    return codes, expected


def _planted(pay: Pay) -> Iterator[Planted]:
    """Give what an endless sample would show: with all dials as they stand, then with each alone."""
    names = GROUPS[: pay.groups]
    for i, name in enumerate(names):
        mean, square = _moments(pay, i > 0)
        yield "all", "mean_outcome", name, "", mean
        if pay.underestimation is not None:
            low = pay.underestimation * (i > 0)
            yield "all", "mean_error", name, "", -low
            spread = np.expm1(pay.spread**2) * square
            yield "all", "root_mean_squared_error", name, "", float(np.sqrt(low**2 + MISS**2 + spread))
    for dial in ("all", *pay.turned()):
        alone = pay if dial == "all" else pay.only(dial)
        difference = _moments(alone, True)[0] - _moments(alone, False)[0]
        for name in names[1:]:
            if dial != "underestimation":
                yield dial, "mean_outcome_difference", name, names[0], difference
            if dial in ("all", "gap"):
                yield dial, "mean_outcome_difference_given_features", name, names[0], -alone.gap
            if dial == "underestimation":
                yield dial, "mean_error", name, "", -float(alone.underestimation or 0.0)


def _moments(pay: Pay, other: bool) -> tuple[float, float]:
    """Mean and mean square of the expected wage in a group: the columns are independent within it."""
    shares = [feature.shares(other, pay.explained) for feature in FEATURES]
    worths = [np.array(feature.worth) for feature in FEATURES]
    mean = BASE - pay.gap * other + sum(float(share @ worth) for share, worth in zip(shares, worths, strict=True))
    spread = sum(float(share @ worth**2 - (share @ worth) ** 2) for share, worth in zip(shares, worths, strict=True))
    return mean, mean**2 + spread
