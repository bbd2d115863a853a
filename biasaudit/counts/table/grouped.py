"""What every table by groups knows of them: how many there are, which they are, and that of each cell."""

import itertools
import math
from collections.abc import Mapping
from functools import cached_property

import numpy as np

from biasaudit.arraytypes import Ints
from biasaudit.counts.table.headers import MAX_GROUPS
from biasaudit.errors import AuditError

__all__ = ["Group", "Grouped"]

Group = Mapping[str, str]


class Grouped:
    """A table whose cells lie in the groups that features cross into.

    Attributes
    ----------
    features : tuple of str
        Sensitive features.
    levels : tuple of tuple of str
        Levels of each feature in order, those that no row has included.
    codes : int array of shape (cells, features)
        Level of each feature.
    """

    features: tuple[str, ...]
    levels: tuple[tuple[str, ...], ...]
    codes: Ints

    def __post_init__(self) -> None:
        if self.shape_size > MAX_GROUPS:
            raise AuditError(
                f"The sensitive features {list(self.features)} cross into {self.shape_size:,} groups; "
                f"at most {MAX_GROUPS:,} can be audited at once. Leave out a feature or join rare levels."
            )

    @property
    def shape_size(self) -> int:
        """Number of intersections, empty ones included."""
        return math.prod(len(levels) for levels in self.levels)

    @cached_property
    def group(self) -> Ints:
        """Intersection of each cell, as the row-major index of its levels."""
        if not self.features:
            return np.zeros(len(self.codes), dtype=np.int64)
        shape = [len(levels) for levels in self.levels]
        return np.asarray(np.ravel_multi_index(tuple(self.codes.T), shape), dtype=np.int64)

    @cached_property
    def groups(self) -> tuple[dict[str, str], ...]:
        """The intersections in order, each a dict of feature to level; empty ones included."""
        crossed = itertools.product(*self.levels)
        return tuple(dict(zip(self.features, names, strict=True)) for names in crossed)

    @property
    def _named_features(self) -> str:
        """The features, each with how many levels it has."""
        return ", ".join(f"{name} ({len(levels)})" for name, levels in zip(self.features, self.levels, strict=True))
