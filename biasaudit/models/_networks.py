"""Fully connected networks of several seeds, each layer one stack of weights."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import Tensor

__all__ = ["Networks", "as_inputs", "device"]


def device() -> torch.device:
    """Return a CUDA device where there is one.

    Returns
    -------
    torch.device
        The first CUDA device, else the CPU.

    Examples
    --------
    >>> device().type in ("cpu", "cuda")
    True
    """
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def as_inputs(values: ArrayLike) -> Tensor:
    """Turn an array into a tensor on the device: numbers into floats, labels into whole numbers.

    Parameters
    ----------
    values : array
        Numbers or labels.

    Returns
    -------
    tensor

    Examples
    --------
    >>> import numpy as np
    >>> as_inputs(np.eye(2)).dtype, as_inputs([0, 1]).dtype
    (torch.float32, torch.int64)
    """
    array = np.asarray(values)
    kind = torch.float32 if array.dtype.kind == "f" else torch.int64
    return torch.as_tensor(array, dtype=kind, device=device())


@dataclass(frozen=True, eq=False)
class Networks:
    """Networks of fully connected layers with rectified units, one for each seed.

    Parameters
    ----------
    weights : tuple of tensors of shape (seeds, inputs, outputs)
        Of each layer.
    biases : tuple of tensors of shape (seeds, 1, outputs)
        Of each layer.

    Examples
    --------
    >>> import numpy as np
    >>> from biasaudit.models.side_by_side import new_networks, train
    >>> rng = np.random.default_rng(0)
    >>> x = rng.random((2, 200, 4)).astype(np.float32)
    >>> y = (x[:, :, 0] > 0.5).astype(int)
    >>> networks = train(new_networks(2, (4, 8, 2), random_state=0), x, y, epochs=30, random_state=0, rate=0.01)
    >>> (networks.right(x, y) > 0.9).tolist()
    [True, True]
    """

    weights: tuple[Tensor, ...]
    biases: tuple[Tensor, ...]

    def scores(self, x: Tensor) -> Tensor:
        """Return the scores of every class, before they are made to sum to one.

        Parameters
        ----------
        x : tensor of shape (seeds, rows, inputs)
            What is named.

        Returns
        -------
        tensor of shape (seeds, rows, classes)

        Examples
        --------
        >>> from biasaudit.models.side_by_side import as_inputs, new_networks
        >>> import numpy as np
        >>> networks = new_networks(3, (4, 8, 2), random_state=0)
        >>> tuple(networks.scores(as_inputs(np.ones((3, 5, 4)))).shape)
        (3, 5, 2)
        """
        last = len(self.weights) - 1
        for layer, (weight, bias) in enumerate(zip(self.weights, self.biases, strict=True)):
            x = torch.baddbmm(bias, x, weight)
            if layer < last:
                x = x.relu()
        return x

    @torch.no_grad()
    def predict(self, x: ArrayLike) -> NDArray[np.int64]:
        """Return the class of each row, shape (seeds, rows).

        Parameters
        ----------
        x : float array of shape (seeds, rows, inputs)
            What is named.

        Returns
        -------
        int array

        Examples
        --------
        >>> import numpy as np
        >>> from biasaudit.models.side_by_side import new_networks, train
        >>> rng = np.random.default_rng(0)
        >>> x = rng.random((2, 200, 4)).astype(np.float32)
        >>> y = (x[:, :, 0] > 0.5).astype(int)
        >>> networks = train(new_networks(2, (4, 8, 2), random_state=0), x, y, epochs=30, random_state=0, rate=0.01)
        >>> networks.predict(x)[0, :8].tolist(), y[0, :8].tolist()
        ([1, 1, 0, 1, 1, 0, 1, 1], [1, 1, 1, 1, 1, 0, 1, 1])
        """
        found: NDArray[np.int64] = self.scores(as_inputs(x)).argmax(2).cpu().numpy()
        return found

    @torch.no_grad()
    def probabilities(self, x: ArrayLike) -> NDArray[np.float64]:
        """Return the probability of each class, shape (seeds, rows, classes).

        Parameters
        ----------
        x : float array of shape (seeds, rows, inputs)
            What is named.

        Returns
        -------
        float array

        Examples
        --------
        >>> import numpy as np
        >>> from biasaudit.models.side_by_side import new_networks, train
        >>> rng = np.random.default_rng(0)
        >>> x = rng.random((2, 200, 4)).astype(np.float32)
        >>> y = (x[:, :, 0] > 0.5).astype(int)
        >>> networks = train(new_networks(2, (4, 8, 2), random_state=0), x, y, epochs=30, random_state=0, rate=0.01)
        >>> networks.probabilities(x).sum(axis=2).round(3).min().item()
        1.0
        """
        found: NDArray[np.float64] = self.scores(as_inputs(x)).softmax(2).double().cpu().numpy()
        return found

    def right(self, x: ArrayLike, y: ArrayLike) -> NDArray[np.float64]:
        """Return the share of rows that are named right, shape (seeds,).

        Parameters
        ----------
        x : float array of shape (seeds, rows, inputs)
            What is named.
        y : int array of shape (seeds, rows)
            Their classes.

        Returns
        -------
        float array

        Examples
        --------
        >>> import numpy as np
        >>> from biasaudit.models.side_by_side import new_networks, train
        >>> rng = np.random.default_rng(0)
        >>> x = rng.random((2, 200, 4)).astype(np.float32)
        >>> y = (x[:, :, 0] > 0.5).astype(int)
        >>> networks = train(new_networks(2, (4, 8, 2), random_state=0), x, y, epochs=30, random_state=0, rate=0.01)
        >>> bool((networks.right(x, y) > 0.9).all())
        True
        """
        share: NDArray[np.float64] = (self.predict(x) == np.asarray(y)).mean(axis=1)
        return share

    def modules(self) -> list[torch.nn.Sequential]:
        """Return each network by itself, as PyTorch's modules.

        Returns
        -------
        list of torch.nn.Sequential

        Examples
        --------
        >>> from biasaudit.models.side_by_side import new_networks
        >>> networks = new_networks(3, (4, 8, 2), random_state=0)
        >>> len(networks.modules()), [type(layer).__name__ for layer in networks.modules()[0]]
        (3, ['Linear', 'ReLU', 'Linear'])
        """
        return [self._module(seed) for seed in range(len(self.weights[0]))]

    def _module(self, seed: int) -> torch.nn.Sequential:
        layers: list[torch.nn.Module] = []
        for weight, bias in zip(self.weights, self.biases, strict=True):
            _, inputs, outputs = weight.shape
            layer = torch.nn.Linear(inputs, outputs, device=weight.device)
            layer.load_state_dict({"weight": weight[seed].T, "bias": bias[seed, 0]})
            layers += [layer, torch.nn.ReLU()]
        return torch.nn.Sequential(*layers[:-1])

    def with_weights(self, weights: Sequence[Tensor]) -> Networks:
        """Return the networks with other weights and the same biases.

        Parameters
        ----------
        weights : sequence of tensor
            Of each layer, shaped as those that there are.

        Returns
        -------
        Networks

        Examples
        --------
        >>> from biasaudit.models.side_by_side import new_networks
        >>> networks = new_networks(1, (4, 8, 2), random_state=0)
        >>> pruned = networks.with_weights([weight * (weight.abs() > 0.5) for weight in networks.weights])
        >>> bool((pruned.weights[0] == 0).any()), pruned.biases is networks.biases
        (True, True)
        """
        return replace(self, weights=tuple(weights))
