"""Mitigations during training by the loss of a neural network that looks at the groups."""

from __future__ import annotations

from typing import Any

from biasaudit.errors import AuditError
from biasaudit.mitigation.base import Floats, Ints, Mitigation, check_constraint

__all__ = ["FairNetwork", "GroupRobust"]


def _network() -> Any:
    try:
        from biasaudit.models import network
    except ImportError:
        raise AuditError('This mitigation needs PyTorch. Install it: pip install "biasaudit[torch]".') from None
    return network


class _Network(Mitigation):
    """A network with a loss of its own; it takes no estimator."""

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
