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
    """Return a CUDA device where there is one."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def as_inputs(values: ArrayLike) -> Tensor:
    """Turn an array into a tensor on the device: numbers into floats, labels into whole numbers."""
    array = np.asarray(values)
    kind = torch.float32 if array.dtype.kind == "f" else torch.int64
    return torch.as_tensor(array, dtype=kind, device=device())


@dataclass(frozen=True, eq=False)
class Networks:
    """Networks of fully connected layers with rectified units, one for each seed.

    Parameters
    ----------
    weights : tuple of tensors of shape (seeds, inputs, outputs)
    biases : tuple of tensors of shape (seeds, 1, outputs)
    """

    weights: tuple[Tensor, ...]
    biases: tuple[Tensor, ...]

    def scores(self, x: Tensor) -> Tensor:
        """Return the scores of every class, before they are made to sum to one.

        Parameters
        ----------
        x : tensor of shape (seeds, rows, inputs)

        Returns
        -------
        tensor of shape (seeds, rows, classes)
        """
        last = len(self.weights) - 1
        for layer, (weight, bias) in enumerate(zip(self.weights, self.biases, strict=True)):
            x = torch.baddbmm(bias, x, weight)
            if layer < last:
                x = x.relu()
        return x

    @torch.no_grad()
    def predict(self, x: ArrayLike) -> NDArray[np.int64]:
        """Return the class of each row, shape (seeds, rows)."""
        found: NDArray[np.int64] = self.scores(as_inputs(x)).argmax(2).cpu().numpy()
        return found

    @torch.no_grad()
    def probabilities(self, x: ArrayLike) -> NDArray[np.float64]:
        """Return the probability of each class, shape (seeds, rows, classes)."""
        found: NDArray[np.float64] = self.scores(as_inputs(x)).softmax(2).double().cpu().numpy()
        return found

    def right(self, x: ArrayLike, y: ArrayLike) -> NDArray[np.float64]:
        """Return the share of rows that are named right, shape (seeds,)."""
        share: NDArray[np.float64] = (self.predict(x) == np.asarray(y)).mean(axis=1)
        return share

    def modules(self) -> list[torch.nn.Sequential]:
        """Return each network by itself, as PyTorch's modules."""
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
        """Return the networks with other weights and the same biases."""
        return replace(self, weights=tuple(weights))
