"""People drawn from a causal model, each with the label of the other group."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from biasaudit.arraytypes import Bools, Floats, Ints
from biasaudit.datasets.generated.causal import (
    ARTEFACT,
    CHANCE,
    MISREAD_SHIFT,
    MISREAD_SPREAD,
    OMITTED,
    OMITTED_SHIFT,
    Cause,
    Dials,
    Model,
    Proxy,
)

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Noise", "Sample", "draw", "text_column"]


@dataclass(frozen=True, eq=False)
class Sample:
    """What was drawn: the table, the true label and the label in the other group."""

    frame: pd.DataFrame
    label: Ints
    counterfactual: Ints


class Noise:
    """Random numbers, a stream a name: one dial more in use leaves the numbers of all others as they were."""

    def __init__(self, rows: int, random_state: int) -> None:
        self.rows, self.random_state = rows, random_state

    def _stream(self, name: str) -> np.random.Generator:
        seed = np.random.SeedSequence(self.random_state, spawn_key=(zlib.crc32(name.encode()),))
        return np.random.default_rng(seed)

    def normal(self, name: str) -> Floats:
        return self._stream(name).standard_normal(self.rows)

    def uniform(self, name: str) -> Floats:
        return self._stream(name).random(self.rows)

    def level(self, name: str, levels: int) -> Ints:
        return self._stream(name).integers(levels, size=self.rows)


@dataclass(frozen=True, eq=False)
class _Population:
    """The noise of every person; what becomes of it depends on the group they are in."""

    model: Model
    dials: Dials
    noise: Noise

    @cached_property
    def latent(self) -> list[Floats]:
        return [self.noise.normal(cause.name) for cause in self.model.causes]

    @cached_property
    def residual(self) -> Floats:
        return OMITTED * self.noise.normal("omitted") + CHANCE * self.noise.normal("chance") - self.model.threshold

    @cached_property
    def fate(self) -> Floats:
        return self.noise.uniform("record")

    @cached_property
    def artefact(self) -> Bools:
        return self.noise.uniform("artefact") < ARTEFACT * self.dials.artefact

    def levels(self, group: Bools) -> list[Ints]:
        """Cut the latent causes of people in `group` into levels."""
        moved = self.model.harm * self.dials.historical_bias
        return [
            np.searchsorted(cause.cuts, latent + group * (moved * cause.injustice))
            for cause, latent in zip(self.model.causes, self.latent, strict=True)
        ]

    def true_label(self, group: Bools, levels: Sequence[Ints]) -> Bools:
        score = self.residual + group * (OMITTED * OMITTED_SHIFT * self.model.harm * self.dials.omitted_variable)
        for cause, level in zip(self.model.causes, levels, strict=True):
            score += np.take(cause.worth, level)
        return score > 0

    def recorded_label(self, group: Bools, true: Bools) -> Bools:
        """Record 1 where the truth is 1 and kept, or is 0 and turned into 1, or where the batch knows only 1."""
        index = group.view(np.int8)
        right, invented = self.model.true_positive_share(self.dials), self.model.false_positive_share(self.dials)
        return (self.fate < np.where(true, np.take(right, index), np.take(invented, index))) | self.artefact


def draw(model: Model, dials: Dials, rows: int, random_state: int) -> Sample:
    """Draw people from a causal model."""
    noise = Noise(rows, random_state)
    population = _Population(model, dials, noise)
    group = noise.uniform("group") < model.share(dials)
    levels = population.levels(group)
    true = population.true_label(group, levels)
    columns = _recorded_causes(population, group, levels)
    columns |= {proxy.name: _proxy(proxy, group, dials, noise) for proxy in model.proxies}
    columns[model.batch.name] = _batch(population)
    columns[model.sensitive_feature] = text_column(group.view(np.int8), (model.reference, model.group))
    columns[model.label] = population.recorded_label(group, true).astype(np.int64)
    other = ~group
    flipped = population.recorded_label(other, population.true_label(other, population.levels(other)))
    return Sample(_frame(columns), true.astype(np.int64), flipped.astype(np.int64))


def _frame(columns: dict[str, Any]) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame(columns, copy=False)


def text_column(codes: NDArray[Any], levels: Sequence[str]) -> Any:
    """Make a column of texts from their places in `levels`; -1 is missing."""
    import pandas as pd

    return pd.Categorical.from_codes(codes.astype(np.int8), pd.Index(list(levels), dtype="str"))


def _recorded_causes(population: _Population, group: Bools, levels: Sequence[Ints]) -> dict[str, Any]:
    columns: dict[str, Any] = {}
    *read, misread = levels
    chance = np.take(population.model.missing(population.dials), group.view(np.int8))
    for cause, level in zip(population.model.causes, [*read, _misread(population, group, misread)], strict=True):
        missing = population.noise.uniform(f"missing {cause.name}") < chance if population.dials.missingness else None
        columns[cause.name] = _column(cause, level, missing)
    return columns


def _misread(population: _Population, group: Bools, level: Ints) -> Ints:
    dial, most = population.dials.measurement_bias, len(population.model.causes[-1].levels) - 1
    if dial == 0:
        return level
    error = population.model.harm * MISREAD_SHIFT + MISREAD_SPREAD * population.noise.normal("misread")
    # Noise as wide as a level makes rounding right on average: without it a small error would round away.
    rounding = population.noise.uniform("rounding") - 0.5
    return np.clip(np.rint(level + group * (dial * error + rounding)), 0, most).astype(np.int64)


def _column(cause: Cause, level: Ints, missing: Bools | None) -> Any:
    if isinstance(cause.levels[0], str):
        return text_column(level if missing is None else np.where(missing, -1, level), cause.levels)
    values = np.take(np.array(cause.levels, dtype=float), level)
    if missing is not None:
        values[missing] = np.nan
    return values


def _proxy(proxy: Proxy, group: Bools, dials: Dials, noise: Noise) -> Any:
    codes = noise.level(proxy.name, len(proxy.levels))
    given_away = noise.uniform(f"{proxy.name} gives away") < dials.proxy_strength * proxy.strength
    return text_column(np.where(given_away, np.take(proxy.gives_away, group.view(np.int8)), codes), proxy.levels)


def _batch(population: _Population) -> Any:
    batch = population.model.batch
    usual = population.noise.level(batch.name, len(batch.levels))
    odd = len(batch.levels) + population.noise.level(f"{batch.name} of the artefact", len(batch.artefact_levels))
    return text_column(np.where(population.artefact, odd, usual), (*batch.levels, *batch.artefact_levels))
