"""Which points of a picture a network's answer hangs on: layer-wise relevance and integrated gradients."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray

from biasaudit.models.side_by_side import as_inputs

if TYPE_CHECKING:
    from torch import Tensor

    from biasaudit.models.side_by_side import Networks

__all__ = ["integrated_gradients", "layerwise_relevance"]

Floats = NDArray[np.float64]
STEPS, SMALL = 64, 1e-6


def integrated_gradients(networks: Networks, x: ArrayLike, classes: ArrayLike) -> Floats:
    """Return what each point adds to the score of a class, on the way from a blank picture.

    Parameters
    ----------
    networks : Networks
    x : float array of shape (seeds, rows, inputs)
    classes : int array of shape (seeds, rows)

    Returns
    -------
    float array of shape (seeds, rows, inputs)
        They add up to the score less that of a blank picture.

    References
    ----------
    Sundararajan, Taly and Yan (2017), "Axiomatic attribution for deep networks".
    """
    inputs, wanted = as_inputs(x), as_inputs(classes)
    total = torch.zeros_like(inputs)
    # The middle of each step: exact to the second order.
    for step in range(STEPS):
        at = (inputs * ((step + 0.5) / STEPS)).requires_grad_()
        (slope,) = torch.autograd.grad(_score(networks, at, wanted).sum(), at)
        total += slope
    found: Floats = (inputs * total / STEPS).double().cpu().numpy()
    return found


def layerwise_relevance(networks: Networks, x: ArrayLike, classes: ArrayLike) -> Floats:
    """Return the score of a class, handed back layer by layer to the points that it came from (the epsilon rule).

    Parameters
    ----------
    networks : Networks
    x : float array of shape (seeds, rows, inputs)
    classes : int array of shape (seeds, rows)

    Returns
    -------
    float array of shape (seeds, rows, inputs)
        They add up to the score, but for what the biases take.

    References
    ----------
    Bach et al. (2015), "On pixel-wise explanations for non-linear classifier decisions by layer-wise relevance
    propagation", equation 58.
    """
    with torch.no_grad():
        layers, at = [], as_inputs(x)
        for i, (weight, bias) in enumerate(zip(networks.weights, networks.biases, strict=True)):
            out = torch.baddbmm(bias, at, weight)
            layers.append((at, weight, out))
            at = out.relu() if i < len(networks.weights) - 1 else out
        wanted = as_inputs(classes)
        relevance = torch.zeros_like(at).scatter(2, wanted[..., None], at.gather(2, wanted[..., None]))
        for inputs, weight, out in reversed(layers):
            share = relevance / (out + SMALL * torch.where(out >= 0, 1.0, -1.0))
            relevance = inputs * (share @ weight.mT)
    found: Floats = relevance.double().cpu().numpy()
    return found


def _score(networks: Networks, x: Tensor, classes: Tensor) -> Tensor:
    return networks.scores(x).gather(2, classes[..., None])[..., 0]
