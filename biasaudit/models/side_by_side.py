"""Small networks of several seeds, trained side by side: as quick as one, and what a single seed shows may be luck."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import Tensor
from torch.nn.functional import cross_entropy

from biasaudit.models._networks import Networks, as_inputs, device

__all__ = ["Batch", "Networks", "as_inputs", "both_alike", "device", "mean_loss", "new_networks", "train"]

RATE_OF_LEARNING = 3e-3


def new_networks(seeds: int, sizes: Sequence[int], random_state: int) -> Networks:
    """Return untrained networks.

    Parameters
    ----------
    seeds : int
        How many networks, side by side.
    sizes : sequence of int
        Inputs, units of each hidden layer, classes.
    random_state : int
        Seed of their weights.

    Returns
    -------
    Networks

    Examples
    --------
    >>> networks = new_networks(20, (64, 32, 10), random_state=0)
    >>> [tuple(weight.shape) for weight in networks.weights]
    [(20, 64, 32), (20, 32, 10)]
    """
    generator = torch.Generator().manual_seed(random_state)
    weights = [torch.randn(seeds, a, b, generator=generator) * (2 / a) ** 0.5 for a, b in pairwise(sizes)]
    biases = [torch.zeros(seeds, 1, b) for b in sizes[1:]]
    return Networks(*(tuple(part.to(device()) for part in parts) for parts in (weights, biases)))


@dataclass(frozen=True, eq=False)
class Batch:
    """Rows that are learnt from together: the same number for every seed, drawn for each by itself.

    Parameters
    ----------
    x : tensor of shape (seeds, rows, inputs)
        What is learnt from.
    y : int tensor of shape (seeds, rows)
        Their classes.
    index : int tensor of shape (seeds, rows)
        Which rows of the training data they are.

    Examples
    --------
    >>> import numpy as np
    >>> from biasaudit.models.side_by_side import Batch, as_inputs, mean_loss, new_networks
    >>> networks = new_networks(2, (4, 8, 2), random_state=0)
    >>> x, y = as_inputs(np.ones((2, 5, 4))), as_inputs(np.zeros((2, 5), dtype=int))
    >>> batch = Batch(x, y, as_inputs(np.tile(np.arange(5), (2, 1))))
    >>> tuple(batch.losses(networks).shape)
    (2, 5)
    """

    x: Tensor
    y: Tensor
    index: Tensor

    def losses(self, networks: Networks) -> Tensor:
        """Return the log loss of every row, shape (seeds, rows).

        Parameters
        ----------
        networks : Networks
            Whose loss it is.

        Returns
        -------
        tensor

        Examples
        --------
        >>> import numpy as np
        >>> from biasaudit.models.side_by_side import Batch, as_inputs, mean_loss, new_networks
        >>> networks = new_networks(2, (4, 8, 2), random_state=0)
        >>> x, y = as_inputs(np.ones((2, 5, 4))), as_inputs(np.zeros((2, 5), dtype=int))
        >>> batch = Batch(x, y, as_inputs(np.tile(np.arange(5), (2, 1))))
        >>> tuple(batch.losses(networks).mean(1).shape)
        (2,)
        """
        scores = networks.scores(self.x)
        return cross_entropy(scores.flatten(0, 1), self.y.flatten(), reduction="none").view(self.y.shape)


def mean_loss(networks: Networks, batch: Batch) -> Tensor:
    """Return the mean log loss of each seed.

    Parameters
    ----------
    networks : Networks
        Whose loss it is.
    batch : Batch
        On which rows.

    Returns
    -------
    tensor of shape (seeds,)
        One loss for each seed.

    Examples
    --------
    >>> import numpy as np
    >>> from biasaudit.models.side_by_side import Batch, as_inputs, mean_loss, new_networks
    >>> networks = new_networks(2, (4, 8, 2), random_state=0)
    >>> x, y = as_inputs(np.ones((2, 5, 4))), as_inputs(np.zeros((2, 5), dtype=int))
    >>> batch = Batch(x, y, as_inputs(np.tile(np.arange(5), (2, 1))))
    >>> bool((mean_loss(networks, batch) == batch.losses(networks).mean(1)).all())
    True
    """
    return batch.losses(networks).mean(1)


def both_alike(minority: ArrayLike) -> Callable[[Networks, Batch], Tensor]:
    """Return a loss in which the majority and the minority weigh the same, however many they are.

    Parameters
    ----------
    minority : bool array of shape (seeds, rows)
        Of the training data.

    Returns
    -------
    callable
        For `loss` of :func:`train`.

    Examples
    --------
    >>> import numpy as np
    >>> from biasaudit.models.side_by_side import Batch, as_inputs, both_alike, new_networks
    >>> networks = new_networks(2, (4, 8, 2), random_state=0)
    >>> x, y = as_inputs(np.ones((2, 5, 4))), as_inputs(np.zeros((2, 5), dtype=int))
    >>> batch = Batch(x, y, as_inputs(np.tile(np.arange(5), (2, 1))))
    >>> loss = both_alike(np.array([[True, False, False, False, False]] * 2))
    >>> tuple(loss(networks, batch).shape)
    (2,)
    """
    few = as_inputs(np.asarray(minority, dtype=float))
    share = few.mean(1, keepdim=True)
    weight = torch.where(few > 0, 0.5 / share.clamp(min=1e-9), 0.5 / (1 - share).clamp(min=1e-9))
    weight = torch.where((share > 0) & (share < 1), weight, torch.ones_like(weight))
    seed = torch.arange(len(few), device=few.device)[:, None]

    def loss(networks: Networks, batch: Batch) -> Tensor:
        return (batch.losses(networks) * weight[seed, batch.index]).mean(1)

    return loss


def train(
    networks: Networks,
    x: ArrayLike,
    y: ArrayLike,
    *,
    epochs: int,
    random_state: int,
    batch_size: int = 64,
    rate: float = RATE_OF_LEARNING,
    loss: Callable[[Networks, Batch], Tensor] = mean_loss,
    after: Callable[[Networks], Any] | None = None,
) -> Networks:
    """Return the networks after training by Adam; those that were given stay as they are.

    Parameters
    ----------
    networks : Networks
        Where it begins.
    x : float array of shape (seeds, rows, inputs)
        What is learnt from.
    y : int array of shape (seeds, rows)
        Their classes.
    epochs : int
        How often every row is learnt from.
    random_state : int
        Seed of the order of the rows.
    batch_size : int
        Rows of a step.
    rate : float
        Of learning.
    loss : callable
        What each seed minimises, shape (seeds,); seeds do not meet in it.
    after : callable, optional
        Called with the networks after every step, inside ``torch.no_grad``: may change them in place.

    Returns
    -------
    Networks

    Examples
    --------
    >>> import numpy as np
    >>> from biasaudit.models.side_by_side import new_networks
    >>> x = np.random.default_rng(0).random((2, 200, 4)).astype(np.float32)
    >>> y = (x[:, :, 0] > 0.5).astype(int)
    >>> before = new_networks(2, (4, 8, 2), random_state=0)
    >>> after = train(before, x, y, epochs=30, random_state=0, rate=0.01)
    >>> bool((after.right(x, y) > before.right(x, y)).all())
    True
    """
    inputs, labels = as_inputs(x), as_inputs(y)
    trained = Networks(
        tuple(w.detach().clone().requires_grad_() for w in networks.weights),
        tuple(b.detach().clone().requires_grad_() for b in networks.biases),
    )
    optimiser = torch.optim.Adam([*trained.weights, *trained.biases], lr=rate, fused=True)
    generator = torch.Generator().manual_seed(random_state)
    seed = torch.arange(len(inputs), device=inputs.device)[:, None]
    for _ in range(epochs):
        order = torch.rand(labels.shape, generator=generator).argsort(1).to(inputs.device)
        shuffled = (inputs[seed, order], labels[seed, order], order)
        for batch in zip(*(part.split(batch_size, dim=1) for part in shuffled), strict=True):
            optimiser.zero_grad()
            # Summed: the gradient of each seed is then its own.
            loss(trained, Batch(*batch)).sum().backward()
            optimiser.step()
            if after is not None:
                with torch.no_grad():
                    after(trained)
    return Networks(tuple(w.detach() for w in trained.weights), tuple(b.detach() for b in trained.biases))
