"""What follows from a causal model with dials, summed exactly over every kind of person there can be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import ndtr

from biasaudit.arraytypes import Floats
from biasaudit.datasets.generated.causal import (
    ARTEFACT,
    MISREAD_SHIFT,
    MISREAD_SPREAD,
    OMITTED,
    OMITTED_SHIFT,
    Dials,
    Model,
    Proxy,
)

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Law", "planted", "quantities", "true_rates"]

NOTHING = 1e-12  # a quantity that moves by less is not moved by the dial
WITHOUT_GROUP = {"base_rate", "representation_ratio"}  # known where nobody of the group is in the sample


@dataclass(frozen=True, eq=False)
class Law:
    """The distribution of a model's sample; arrays lead with the axis (reference, group)."""

    model: Model
    dials: Dials

    @cached_property
    def shares(self) -> Floats:
        """Shares of the groups in the sample, shape (2,)."""
        share = self.model.share(self.dials)
        return np.array([1 - share, share])

    @cached_property
    def causes(self) -> list[Floats]:
        """Chances of every level of each cause, shape (2, levels)."""
        moved = self.model.harm * self.dials.historical_bias * np.array([[0.0], [1.0]])
        return [_chances(np.array(cause.cuts) - moved * cause.injustice) for cause in self.model.causes]

    @cached_property
    def combinations(self) -> Floats:
        """Chances of every combination of causes, shape (2, levels, levels, levels)."""
        first, second, third = self.causes
        return np.asarray(np.einsum("ga,gb,gc->gabc", first, second, third))

    @cached_property
    def true(self) -> Floats:
        """Chance of true label 1 for every combination of causes."""
        first, second, third = (np.array(cause.worth) for cause in self.model.causes)
        worth = first[:, None, None] + second[:, None] + third - self.model.threshold
        omitted = OMITTED * OMITTED_SHIFT * self.model.harm * self.dials.omitted_variable
        return np.asarray(ndtr(worth + omitted * np.array([0.0, 1.0])[:, None, None, None]))

    @cached_property
    def recorded(self) -> Floats:
        """Chance of recorded label 1 for every combination of causes."""
        right = self.model.true_positive_share(self.dials)[:, None, None, None]
        invented = self.model.false_positive_share(self.dials)[:, None, None, None]
        artefact = ARTEFACT * self.dials.artefact
        return artefact + (1 - artefact) * (right * self.true + invented * (1 - self.true))

    @cached_property
    def reading(self) -> Floats:
        """Chance that level c of the misread cause is recorded as level d, shape (2, c, d)."""
        levels = np.arange(len(self.model.causes[-1].levels))
        exact, dial = np.eye(len(levels)), self.dials.measurement_bias
        if dial == 0:
            return np.stack([exact, exact])
        mean = levels[:, None] + dial * self.model.harm * MISREAD_SHIFT
        spread = dial * MISREAD_SPREAD
        below = _ramp(levels[:-1] + 1 - mean, spread) - _ramp(levels[:-1] - mean, spread)
        return np.stack([exact, _between(below)])

    def rates(self, chances: Floats) -> Floats:
        """Average chances over the people of each group."""
        return np.asarray((self.combinations * chances).sum(axis=(1, 2, 3)))


def _chances(cuts: Floats) -> Floats:
    """Chances of the levels into which cuts, the last axis, part a standard normal."""
    return _between(ndtr(cuts))


def _ramp(x: Floats, spread: float) -> Floats:
    """Integral of a normal distribution function up to x: its differences smooth the function by a uniform."""
    with np.errstate(over="ignore"):
        z = x / spread
        return np.asarray(x * ndtr(z) + spread * np.exp(-z * z / 2) / np.sqrt(2 * np.pi))


def _between(below: Floats) -> Floats:
    edge = np.zeros((*below.shape[:-1], 1))
    return np.diff(np.concatenate([edge, below, edge + 1], axis=-1))


@lru_cache(maxsize=1024)
def quantities(model: Model, dials: Dials) -> Mapping[str, float]:
    """Return what a sample of endless size would show, by the names that :class:`~biasaudit.datasets.truth.Truth` has.

    A quantity is NaN where the sample would hold nobody to compute it from.
    """
    law = Law(model, dials)
    recorded, true = law.rates(law.recorded), law.rates(law.true)
    found = {
        "label_difference": recorded[1] - recorded[0],
        "label_difference_given_features": _difference_given_features(law),
        "true_label_difference": true[1] - true[0],
        "base_rate": recorded @ law.shares,
        "representation_ratio": law.shares[1] / model.group_share,
        "reconstruction_auc": _reconstruction_auc(law),
        "score_shift": _score_shift(law),
    }
    reference, group = model.missing(dials)
    found |= {f"missing_difference:{cause.name}": group - reference for cause in model.causes}
    if law.shares[1] == 0:
        found = {name: value if name in WITHOUT_GROUP else np.nan for name, value in found.items()}
    found["artefact_rows"] = ARTEFACT * dials.artefact
    return MappingProxyType({name: float(value) for name, value in found.items()})


def true_rates(model: Model, dials: Dials) -> tuple[float, float]:
    """Return the share of true label 1 in the reference and in the group."""
    law = Law(model, dials)
    reference, group = law.rates(law.true)
    return float(reference), float(group)


def _difference_given_features(law: Law) -> float:
    """Mantel–Haenszel risk difference over strata of the recorded causes, among complete rows."""
    complete = (1 - law.model.missing(law.dials)) ** len(law.causes) * law.shares
    chances = np.einsum("gabc,gcd->gabd", law.combinations, law.reading)
    ones = np.einsum("gabc,gcd->gabd", law.combinations * law.recorded, law.reading)
    rows = chances * complete[:, None, None, None]
    with np.errstate(invalid="ignore"):
        rates = np.where(chances > 0, ones / chances, 0)
        weights = np.where(rows.sum(axis=0) > 0, rows.prod(axis=0) / rows.sum(axis=0), 0)
        return float((weights * (rates[1] - rates[0])).sum() / weights.sum())


def _score_shift(law: Law) -> float:
    values = np.array(law.model.causes[-1].levels, dtype=float)
    means = np.einsum("gc,gcd,d->g", law.causes[-1], law.reading, values)
    return float(means[1] - means[0])


def _reconstruction_auc(law: Law) -> float:
    """Area under the ROC curve of the likelihood ratio, the best score there can be (Neyman and Pearson)."""
    atoms = np.ones((2, 1))
    for column in _columns(law):
        if not np.array_equal(column[0], column[1]):  # a column that is alike in both groups tells nothing
            atoms = (atoms[:, :, None] * column[:, None, :]).reshape(2, -1)
    with np.errstate(divide="ignore", invalid="ignore"):
        order = np.argsort(atoms[1] / atoms.sum(axis=0))
    reference, group = atoms[:, order]
    # Atoms of one ratio share their mass in one proportion, so that any order among them gives ties their half.
    return float(group @ (np.cumsum(reference) - reference / 2))


def _columns(law: Law) -> list[Floats]:
    """Chances of every value of every feature, missing last, shape (2, values); independent within a group."""
    *exact, misread = law.causes
    causes = [*exact, np.einsum("gc,gcd->gd", misread, law.reading)]
    missing = law.model.missing(law.dials)[:, None]
    recorded = [np.concatenate([cause * (1 - missing), missing], axis=1) for cause in causes]
    return [*recorded, *(_proxy(proxy, law.dials) for proxy in law.model.proxies)]


def _proxy(proxy: Proxy, dials: Dials) -> Floats:
    given_away = dials.proxy_strength * proxy.strength
    even = np.full((2, len(proxy.levels)), (1 - given_away) / len(proxy.levels))
    even[[0, 1], proxy.gives_away] += given_away
    return even


def planted(model: Model, dials: Dials) -> pd.DataFrame:
    """Return what each dial plants alone, and what all plant together, as a table."""
    import pandas as pd

    off = quantities(model, Dials())
    rows = []
    for dial, value in dials.turned().items():
        alone = quantities(model, Dials(**{dial: value}))
        rows += [(dial, name, found) for name, found in alone.items() if abs(found - off[name]) > NOTHING]
    rows += [("all", name, found) for name, found in quantities(model, dials).items()]
    table = pd.DataFrame(rows, columns=["dial", "quantity", "value"])
    everyone = table["quantity"].isin(["base_rate", "artefact_rows"])
    population = table["quantity"] == "representation_ratio"
    table.insert(2, "group", np.where(everyone, "everyone", model.group))
    table.insert(3, "reference", np.select([everyone, population], ["", "population"], model.reference))
    return table.assign(error=0.0)
