"""Mitigations during training by fairlearn: a constraint, or an adversary that guesses the group."""

from __future__ import annotations

from typing import Any

import numpy as np

from biasaudit.errors import AuditError
from biasaudit.mitigation.base import Floats, Ints, Mitigation, check_constraint, quiet

__all__ = ["Adversarial", "ExponentiatedGradient", "GridSearch"]


def _moment(constraint: str) -> Any:
    from fairlearn.reductions import DemographicParity, EqualizedOdds

    return EqualizedOdds() if check_constraint(constraint) == "equalized_odds" else DemographicParity()


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
        Penalties tried; many groups need many.
    random_state : int, optional

    References
    ----------
    Agarwal, Beygelzimer, Dudík, Langford and Wallach (2018), "A reductions approach to fair classification",
    section 3.4.
    """

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

        with quiet():
            self.model_ = Reduction(self._weighted_classifier(), _moment(self.constraint), grid_size=self.grid_size)
            self.model_.fit(rows, y, sensitive_features=groups)


class Adversarial(Mitigation):
    """Train a network against another that guesses the group from its output; fairlearn's own, behind this protocol.

    It trains a network of its own and takes no estimator.

    Parameters
    ----------
    constraint : {"equalized_odds", "demographic_parity"}
    alpha : float
        Weight of the adversary.
    epochs : int
    random_state : int, optional

    References
    ----------
    Zhang, Lemoine and Mitchell (2018), "Mitigating unwanted biases with adversarial learning".
    """

    def __init__(
        self,
        constraint: str = "equalized_odds",
        alpha: float = 1.0,
        epochs: int = 20,
        random_state: int | None = None,
    ) -> None:
        self.constraint = constraint
        self.alpha = alpha
        self.epochs = epochs
        self.random_state = random_state

    def _learn(self, rows: Floats, y: Ints, groups: Ints) -> None:
        try:
            import torch
        except ImportError:
            raise AuditError('Adversarial needs PyTorch. Install it: pip install "biasaudit[torch]".') from None
        from fairlearn.adversarial import AdversarialFairnessClassifier

        with quiet(), torch.random.fork_rng(devices=[]):
            self.model_ = AdversarialFairnessClassifier(
                backend="torch",
                predictor_model=[32, "relu"],
                adversary_model=[16, "relu"],
                constraints=check_constraint(self.constraint),
                learning_rate=0.005,
                alpha=self.alpha,
                epochs=self.epochs,
                batch_size=256,
                shuffle=True,
                random_state=self.random_state,
            )
            self.model_.fit(rows, y, sensitive_features=np.asarray(self.groups_)[groups])

    def _decide(self, rows: Floats, groups: Ints) -> Any:
        with quiet():
            return np.asarray(self.model_.predict(rows)).reshape(-1)
