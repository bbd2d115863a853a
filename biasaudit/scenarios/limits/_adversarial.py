"""Adversarial examples: a change that nobody sees, and whose digits it turns into others."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from biasaudit.datasets.generated.digits import make_turned_digits
from biasaudit.scenarios.limits._limit import DEGREES, SEEDS, SHARE, Limit, Notify, pictures_of_turned
from biasaudit.scenarios.limits._outcomes import Outcomes
from biasaudit.scenarios.scenario import Dial

if TYPE_CHECKING:
    from torch import Tensor

    from biasaudit.models.side_by_side import Batch, Networks

__all__ = ["ADVERSARIAL", "attacked"]

UNITS, EPOCHS, STEPS = 128, 20, 7
# Of the size of the attack, how far a step goes.
STRIDE = 0.3
LIMITED = "pgd"


def measure(dials: Mapping[str, float], n: int, random_state: int, notify: Notify) -> Outcomes:
    """Train as usual and against attacks, and test with and without them."""
    from biasaudit.models.side_by_side import both_alike, mean_loss, new_networks, train

    digits = make_turned_digits(
        n, share=dials["share"], degrees=dials["degrees"], seeds=SEEDS, random_state=random_state
    )
    size, start = dials["size"], new_networks(SEEDS, (64, UNITS, 10), random_state)
    losses = {"plain": mean_loss} | {
        name: _against(size, loss) for name, loss in (("robust", mean_loss), ("alike", both_alike(digits.minority)))
    }
    nets = {}
    for name, loss in losses.items():
        nets[name] = train(start, digits.train, digits.train_label, epochs=EPOCHS, random_state=random_state, loss=loss)
        notify(name)
    rng = np.random.default_rng(random_state)

    def right(name: str, steps: int) -> list[NDArray[np.float64]]:
        return [
            nets[name].right(attacked(nets[name], part, digits.test_label, size, steps), digits.test_label)
            for part in (digits.upright, digits.turned)
        ]

    noise = [
        nets["plain"].right(np.clip(part + size * rng.choice([-1, 1], part.shape), 0, 1), digits.test_label)
        for part in (digits.upright, digits.turned)
    ]
    values = np.array(
        [
            right("plain", 0),
            right("plain", STEPS),
            right("plain", 1),
            noise,
            right("robust", STEPS),
            right("alike", STEPS),
            right("robust", 0),
            right("alike", 0),
        ]
    )
    notify("attacked")
    ways = {
        "clean": "Not attacked",
        LIMITED: f"Attacked (PGD, {size:g})",
        "fgsm": "One step (FGSM)",
        "noise": "As much noise",
        "robust": "Trained against, attacked",
        "alike": "Both alike, attacked",
        "robust_clean": "Trained against, not attacked",
        "alike_clean": "Both alike, not attacked",
    }
    return Outcomes(
        ways,
        values,
        LIMITED,
        ("robust", "alike"),
        ("upright digits", "turned digits"),
        overlap=digits.overlap,
        prices=("robust_clean", "alike_clean"),
    )


def attacked(
    networks: Networks, x: NDArray[np.float64], y: NDArray[np.int64], size: float, steps: int
) -> NDArray[np.float64]:
    """Return pictures changed by no more than `size` a point so that they are misread.

    Parameters
    ----------
    networks : Networks
    x : float array of shape (seeds, rows, inputs)
        From 0 to 1, as the result is.
    y : int array of shape (seeds, rows)
    size : float
        By how much a point may change.
    steps : int
        0 changes nothing, 1 is the fast gradient sign method, more are projected gradient descent.

    References
    ----------
    Goodfellow, Shlens and Szegedy (2015), "Explaining and harnessing adversarial examples".
    Madry et al. (2018), "Towards deep learning models resistant to adversarial attacks".
    """
    from biasaudit.models.side_by_side import as_inputs

    found: NDArray[np.float64] = _moved(networks, as_inputs(x), as_inputs(y), size, steps).double().cpu().numpy()
    return found


def _moved(networks: Networks, x: Tensor, y: Tensor, size: float, steps: int) -> Tensor:
    import torch
    from torch.nn.functional import cross_entropy

    stride = size if steps == 1 else STRIDE * size
    moved = x.clone()
    for _ in range(steps if size > 0 else 0):
        moved.requires_grad_()
        scores = networks.scores(moved)
        (slope,) = torch.autograd.grad(cross_entropy(scores.flatten(0, 1), y.flatten(), reduction="sum"), moved)
        with torch.no_grad():
            moved = (moved + stride * slope.sign()).clamp(x - size, x + size).clamp(0, 1)
    return moved.detach()


def _against(size: float, loss: Callable[[Networks, Batch], Tensor]) -> Callable[[Networks, Batch], Tensor]:
    """Return the loss on pictures that are attacked anew in every step, by three strides."""
    from dataclasses import replace

    def worst(networks: Networks, batch: Batch) -> Tensor:
        return loss(networks, replace(batch, x=_moved(networks, batch.x, batch.y, size, 3)))

    return worst


ADVERSARIAL = Limit(
    name="adversarial",
    title="Pictures changed by a hair",
    question="Whose pictures are the easiest to turn into something else?",
    story=(
        "A network reads digits, most of them upright and a few turned. Somebody changes every point of a picture by a "
        "little, in the direction that misleads the network most. People read the picture as before."
    ),
    dials=(
        Dial(
            "size",
            "Size of the change",
            "How much a point may change; from white to black is 1.",
            0.0,
            0.3,
            0.01,
            0.08,
            0.0,
        ),
        SHARE,
        DEGREES,
    ),
    measure=measure,
    stages=4,
    seconds=20,
    who=(
        "Most digits are upright, and a few are turned: they stand for people of whom there are few in the data. Both "
        "are tested on the same pictures."
    ),
    truth=(
        "A picture is the easier to mislead, the nearer it lies to where the network changes its mind, and the network "
        "has drawn that line more narrowly around what it has seen least of.",
        "Training against attacks may cost accuracy where nobody attacks: the table shows whose.",
    ),
    pictures=pictures_of_turned,
)
