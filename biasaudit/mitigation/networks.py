"""Mitigations during training that are neural networks: an adversary, or a loss that looks at the groups."""

from __future__ import annotations

from typing import Any

import numpy as np

from biasaudit.arraytypes import Floats, Ints
from biasaudit.errors import AuditError
from biasaudit.mitigation.base import Mitigation, check_constraint, quiet

__all__ = ["Adversarial", "FairNetwork", "GroupRobust"]


def _network() -> Any:
    try:
        from biasaudit.models import network
    except ImportError:
        raise AuditError('This mitigation needs PyTorch. Install it: pip install "biasaudit[torch]".') from None
    return network


class Adversarial(Mitigation):
    """Train a network against another that guesses the group from its output; fairlearn's own, behind this protocol.

    It trains a network of its own and takes no estimator. Fitted it cannot be pickled, as fairlearn builds it.

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

    libraries = ("biasaudit.models.network", "fairlearn.adversarial")

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
        network = _network()
        from fairlearn.adversarial import AdversarialFairnessClassifier

        with quiet(), network.own_random_state():
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


class _Network(Mitigation):
    """A network with a loss of its own; it takes no estimator."""

    libraries = ("biasaudit.models.network",)

    def _train(self, rows: Floats, y: Ints, groups: Ints, loss: Any) -> None:
        self.network_ = _network().train(
            rows,
            y,
            loss,
            groups=groups,
            hidden=(32,),
            epochs=self.epochs,
            learning_rate=0.005,
            batch_size=256,
            random_state=self.random_state,
        )

    def _decide(self, rows: Floats, groups: Ints) -> Any:
        return _network().probabilities(self.network_, rows) > 0.5


class FairNetwork(_Network):
    """Train a network whose loss has a penalty on the gaps between the groups' mean predictions.

    Parameters
    ----------
    constraint : {"equalized_odds", "demographic_parity"}
    penalty : float
        Weight of the penalty against the mean log loss.
    epochs : int
    random_state : int, optional

    References
    ----------
    Padala and Gujar (2020), "FNNC: achieving fairness through neural networks", IJCAI, for penalties on the gaps
    of mean outputs.
    """

    def __init__(
        self,
        constraint: str = "equalized_odds",
        penalty: float = 20.0,
        epochs: int = 20,
        random_state: int | None = None,
    ) -> None:
        self.constraint = constraint
        self.penalty = penalty
        self.epochs = epochs
        self.random_state = random_state

    def _learn(self, rows: Floats, y: Ints, groups: Ints) -> None:
        by_label = check_constraint(self.constraint) == "equalized_odds"
        loss = _network().ParityLoss(len(self.groups_), self.penalty, by_label)
        self._train(rows, y, groups, loss)


class GroupRobust(_Network):
    """Train a network for the group and label it serves worst (group DRO).

    Parameters
    ----------
    step : float
        How fast the weights of groups follow their losses.
    epochs : int
    random_state : int, optional

    References
    ----------
    Sagawa, Koh, Hashimoto and Liang (2020), "Distributionally robust neural networks for group shifts", algorithm 1.
    """

    def __init__(self, step: float = 0.01, epochs: int = 20, random_state: int | None = None) -> None:
        self.step = step
        self.epochs = epochs
        self.random_state = random_state

    def _learn(self, rows: Floats, y: Ints, groups: Ints) -> None:
        self._train(rows, y, groups, _network().GroupRobustLoss(len(self.groups_), self.step))
