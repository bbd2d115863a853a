"""Mitigations during training that hold any model to a constraint, by fairlearn."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from biasaudit.arraytypes import Floats, Ints
from biasaudit.errors import AuditError
from biasaudit.mitigation.base import Mitigation, check_constraint, quiet
from biasaudit.names import clean

__all__ = ["ExponentiatedGradient", "GridSearch"]


def _moment(constraint: str) -> Any:
    from fairlearn.reductions import DemographicParity, EqualizedOdds

    return EqualizedOdds() if check_constraint(constraint) == "equalized_odds" else DemographicParity()


@contextmanager
def _unlogged() -> Iterator[None]:
    """Keep the advice on the size of the grid, which the docstring gives, from the user's screen."""
    logger = logging.getLogger("fairlearn.reductions")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(level)


class ExponentiatedGradient(Mitigation):
    """Train a mixture of models that holds a constraint at the least loss; fairlearn's own, behind this protocol.

    Each row is decided by a model drawn from the mixture: with a `random_state` the same one each time.

    Parameters
    ----------
    estimator : classifier, optional
        Classifier of numbers that takes sample_weight; logistic regression otherwise.
    constraint : {"equalized_odds", "demographic_parity"}
    random_state : int, optional

    References
    ----------
    Agarwal, Beygelzimer, Dudík, Langford and Wallach (2018), "A reductions approach to fair classification".
    """

    libraries = ("fairlearn.reductions",)

    def __init__(
        self, estimator: Any = None, constraint: str = "equalized_odds", random_state: int | None = None
    ) -> None:
        super().__init__(estimator, random_state)
        self.constraint = constraint

    def _learn(self, rows: Floats, y: Ints, groups: Ints) -> None:
        from fairlearn.reductions import ExponentiatedGradient as Reduction

        with quiet():
            self.model_ = Reduction(self._weighted_classifier(), _moment(self.constraint))
            self.model_.fit(rows, y, sensitive_features=groups)

    def _decide(self, rows: Floats, groups: Ints) -> Any:
        with quiet():
            return self.model_.predict(rows, random_state=self.random_state)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.non_deterministic = True
        return tags


class GridSearch(Mitigation):
    """Train models under a grid of penalties and keep the best trade-off; fairlearn's own, behind this protocol.

    Parameters
    ----------
    estimator : classifier, optional
        Classifier of numbers that takes sample_weight; logistic regression otherwise.
    constraint : {"equalized_odds", "demographic_parity"}
    grid_size : int
        Penalties tried. From four groups on no grid is fine enough to say that there is no better trade-off.
    random_state : int, optional

    References
    ----------
    Agarwal, Beygelzimer, Dudík, Langford and Wallach (2018), "A reductions approach to fair classification",
    section 3.4.
    """

    libraries = ("fairlearn.reductions",)

    def __init__(
        self,
        estimator: Any = None,
        constraint: str = "equalized_odds",
        grid_size: int = 20,
        random_state: int | None = None,
    ) -> None:
        super().__init__(estimator, random_state)
        self.constraint = constraint
        self.grid_size = grid_size

    def _learn(self, rows: Floats, y: Ints, groups: Ints) -> None:
        from fairlearn.reductions import GridSearch as Reduction

        if len(self.groups_) < 2:
            raise AuditError(
                f'All rows are in one group, "{clean(self.groups_[0])}": there is no gap to close. '
                "Give rows of two groups or more."
            )
        with quiet(), _unlogged():
            self.model_ = Reduction(self._weighted_classifier(), _moment(self.constraint), grid_size=self.grid_size)
            self.model_.fit(rows, y, sensitive_features=groups)
