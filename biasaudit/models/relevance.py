"""Which points of a picture a network's answer hangs on: integrated gradients, and layer-wise relevance by captum."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray

from biasaudit.models.side_by_side import as_inputs

if TYPE_CHECKING:
    from biasaudit.models.side_by_side import Networks

__all__ = ["integrated_gradients", "layerwise_relevance"]

Floats = NDArray[np.float64]
# Points of Gauss and Legendre on the way: shares of relevance agree with those of 128 to the fourth decimal.
STEPS = 10


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
    inputs, wanted = as_inputs(x), as_inputs(classes)[..., None]
    places, weights = np.polynomial.legendre.leggauss(STEPS)
    slopes = torch.zeros_like(inputs)
    for place, weight in zip(((1 + places) / 2).tolist(), (weights / 2).tolist(), strict=True):
        there = (place * inputs).requires_grad_()
        # Rows do not meet in a network: the slope of the sum of their scores is that of each.
        (slope,) = torch.autograd.grad(networks.scores(there).gather(2, wanted).sum(), there)
        slopes += weight * slope
    return _floats(inputs * slopes)


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
    # Networks side by side are explained one by one: captum knows rows, and no seeds.
    inputs, wanted, rule = as_inputs(x), as_inputs(classes), _captum().LRP
    found = [
        rule(network).attribute(inputs[seed].clone().requires_grad_(), target=wanted[seed]).detach()
        for seed, network in enumerate(networks.modules())
    ]
    return _floats(torch.stack(found))


def _captum() -> Any:
    import warnings

    with warnings.catch_warnings():
        # tqdm, which captum loads, asks for widgets in a notebook, where none are needed.
        warnings.simplefilter("ignore")
        import captum.attr
    return captum.attr


def _floats(found: torch.Tensor) -> Floats:
    values: Floats = found.double().cpu().numpy()
    return values
