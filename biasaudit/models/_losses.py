"""Losses of a network that may look at the groups: of skorch's batches, as the network's own module calls them."""

from __future__ import annotations

import torch
from torch import Tensor, nn

__all__ = ["GroupRobustLoss", "ParityLoss", "WeightedLoss"]


def _errors(scores: Tensor, y: Tensor) -> Tensor:
    return nn.functional.binary_cross_entropy_with_logits(scores, y, reduction="none")


class WeightedLoss(nn.Module):
    """The mean log loss of the rows, each with its weight.

    Examples
    --------
    >>> import torch
    >>> scores, y = torch.tensor([2.0, -2.0, 0.0, 0.0]), torch.tensor([1.0, 0.0, 1.0, 0.0])
    >>> batch = {"groups": torch.tensor([0, 0, 1, 1]), "weights": torch.ones(4)}
    >>> round(float(WeightedLoss()(scores, y, batch)), 3)
    0.41
    """

    def forward(self, scores: Tensor, y: Tensor, batch: dict[str, Tensor]) -> Tensor:
        """Return the loss of a batch."""
        return (_errors(scores, y) * batch["weights"]).mean()


class ParityLoss(nn.Module):
    """The mean log loss plus a penalty on the spread of the groups' mean predictions.

    Parameters
    ----------
    groups : int
        How many there are.
    penalty : float
        Weight of the penalty, the weighted variance between the groups of the mean predicted probability.
    by_label : bool
        Compare groups among rows of one label (equalized odds) instead of among all (demographic parity).

    Examples
    --------
    >>> import torch
    >>> scores, y = torch.tensor([2.0, -2.0, 0.0, 0.0]), torch.tensor([1.0, 0.0, 1.0, 0.0])
    >>> batch = {"groups": torch.tensor([0, 0, 1, 1]), "weights": torch.ones(4)}
    >>> round(float(ParityLoss(groups=2, penalty=1.0, by_label=True)(scores, y, batch)), 3)
    0.483
    """

    def __init__(self, groups: int, penalty: float, by_label: bool) -> None:
        super().__init__()
        self.groups, self.penalty, self.by_label = groups, penalty, by_label

    def forward(self, scores: Tensor, y: Tensor, batch: dict[str, Tensor]) -> Tensor:
        """Return the loss of a batch."""
        strata = y.long() if self.by_label else torch.zeros_like(y, dtype=torch.long)
        cell = strata * self.groups + batch["groups"]
        chance = torch.sigmoid(scores)
        zeros = torch.zeros(2 * self.groups)
        rows = zeros.index_add(0, cell, torch.ones_like(chance)).reshape(2, self.groups)
        sums = zeros.index_add(0, cell, chance).reshape(2, self.groups)
        total = rows.sum(1, keepdim=True).clamp(min=1)
        gaps = sums / rows.clamp(min=1) - sums.sum(1, keepdim=True) / total
        return _errors(scores, y).mean() + self.penalty * (rows / total * gaps**2).sum()


class GroupRobustLoss(nn.Module):
    """The loss of the groups, the worse off a group the more it weighs.

    Parameters
    ----------
    groups : int
        How many there are.
    step : float
        How fast the weights follow the losses.

    References
    ----------
    Sagawa, Koh, Hashimoto and Liang (2020), "Distributionally robust neural networks", algorithm 1.

    Examples
    --------
    >>> import torch
    >>> scores, y = torch.tensor([2.0, -2.0, 0.0, 0.0]), torch.tensor([1.0, 0.0, 1.0, 0.0])
    >>> batch = {"groups": torch.tensor([0, 0, 1, 1]), "weights": torch.ones(4)}
    >>> round(float(GroupRobustLoss(groups=2, step=0.5)(scores, y, batch)), 3)
    0.45
    """

    def __init__(self, groups: int, step: float) -> None:
        super().__init__()
        self.groups, self.step = groups, step
        self.shares = torch.full((2 * groups,), 1 / (2 * groups))

    def forward(self, scores: Tensor, y: Tensor, batch: dict[str, Tensor]) -> Tensor:
        """Return the loss of a batch; the groups are those of group and label, as in the paper."""
        cell = y.long() * self.groups + batch["groups"]
        zeros = torch.zeros(2 * self.groups)
        rows = zeros.index_add(0, cell, torch.ones_like(scores))
        losses = zeros.index_add(0, cell, _errors(scores, y)) / rows.clamp(min=1)
        shares = self.shares * torch.exp(self.step * losses.detach())
        self.shares = shares / shares.sum()
        return (self.shares * losses).sum()
