"""Which points of a picture a network's answer hangs on: layer-wise relevance and integrated gradients, by captum."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import torch
from numpy.typing import ArrayLike

from biasaudit.arraytypes import Floats
from biasaudit.models.side_by_side import as_inputs

if TYPE_CHECKING:
    from biasaudit.models.side_by_side import Networks

__all__ = ["integrated_gradients", "layerwise_relevance"]

# Points of Gauss and Legendre on the way: shares of relevance agree with those of 128 to the fourth decimal.
STEPS = 10


def integrated_gradients(networks: Networks, x: ArrayLike, classes: ArrayLike) -> Floats:
    """Return what each point adds to the score of a class, on the way from a blank picture.

    Parameters
    ----------
    networks : Networks
        Trained ones.
    x : float array of shape (seeds, rows, inputs)
        Pictures, as rows of points.
    classes : int array of shape (seeds, rows)
        Whose score is asked about.

    Returns
    -------
    float array of shape (seeds, rows, inputs)
        They add up to the score less that of a blank picture.

    References
    ----------
    Sundararajan, Taly and Yan (2017), "Axiomatic attribution for deep networks".

    Examples
    --------
    >>> import numpy as np
    >>> from biasaudit.models.side_by_side import new_networks, train
    >>> rng = np.random.default_rng(0)
    >>> x = rng.random((2, 200, 4)).astype(np.float32)
    >>> y = (x[:, :, 0] > 0.5).astype(int)
    >>> networks = train(new_networks(2, (4, 8, 2), random_state=0), x, y, epochs=30, random_state=0, rate=0.01)
    >>> relevance = integrated_gradients(networks, x[:, :20], y[:, :20])
    >>> relevance.shape, np.abs(relevance).mean(axis=(0, 1)).argmax().item()
    ((2, 20, 4), 0)
    """
    attr = _captum()
    return _explained(attr.IntegratedGradients, networks, x, classes, n_steps=STEPS)


def layerwise_relevance(networks: Networks, x: ArrayLike, classes: ArrayLike) -> Floats:
    """Return the score of a class, handed back layer by layer to the points that it came from (the epsilon rule).

    Parameters
    ----------
    networks : Networks
        Trained ones.
    x : float array of shape (seeds, rows, inputs)
        Pictures, as rows of points.
    classes : int array of shape (seeds, rows)
        Whose score is asked about.

    Returns
    -------
    float array of shape (seeds, rows, inputs)
        They add up to the score, but for what the biases take.

    References
    ----------
    Bach et al. (2015), "On pixel-wise explanations for non-linear classifier decisions by layer-wise relevance
    propagation", equation 58.

    Examples
    --------
    >>> import numpy as np
    >>> from biasaudit.models.side_by_side import new_networks, train
    >>> rng = np.random.default_rng(0)
    >>> x = rng.random((2, 200, 4)).astype(np.float32)
    >>> y = (x[:, :, 0] > 0.5).astype(int)
    >>> networks = train(new_networks(2, (4, 8, 2), random_state=0), x, y, epochs=30, random_state=0, rate=0.01)
    >>> relevance = layerwise_relevance(networks, x[:, :20], y[:, :20])
    >>> relevance.shape, np.abs(relevance).mean(axis=(0, 1)).argmax().item()
    ((2, 20, 4), 0)
    """
    return _explained(_captum().LRP, networks, x, classes)


def _captum() -> Any:
    import warnings

    with warnings.catch_warnings():
        # tqdm, which captum loads, asks for widgets in a notebook, where none are needed.
        warnings.simplefilter("ignore")
        import captum.attr
    return captum.attr


def _explained(
    method: Callable[[Any], Any], networks: Networks, x: ArrayLike, classes: ArrayLike, **settings: Any
) -> Floats:
    # Networks side by side are explained one by one: captum knows rows, and no seeds.
    inputs, wanted = as_inputs(x), as_inputs(classes)
    found = [
        method(network).attribute(inputs[seed].clone().requires_grad_(), target=wanted[seed], **settings).detach()
        for seed, network in enumerate(networks.modules())
    ]
    stacked: Floats = torch.stack(found).double().cpu().numpy()
    return stacked
