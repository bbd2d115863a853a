"""Forgetting: a network that learns on from the majority alone unlearns the minority."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from biasaudit.datasets.generated.digits import TurnedDigits, make_turned_digits
from biasaudit.scenarios.limits._limit import DEGREES, SEEDS, SHARE, Limit, Notify, pictures_of_turned
from biasaudit.scenarios.limits._outcomes import Outcomes
from biasaudit.scenarios.scenario import Dial

if TYPE_CHECKING:
    from torch import Tensor

    from biasaudit.models.side_by_side import Batch, Networks

__all__ = ["FORGETTING"]

UNITS, EPOCHS = 64, 30
# Penalties that are tried for elastic weight consolidation; the one that does best on what was learnt from is shown.
PENALTIES = (10.0, 100.0, 1_000.0)
LIMITED = "updated"


def measure(dials: Mapping[str, float], n: int, random_state: int, notify: Notify) -> Outcomes:
    """Train on both groups, learn on from the majority alone, and try what may keep the minority."""
    from biasaudit.models.side_by_side import new_networks, train

    digits = make_turned_digits(
        n, share=dials["share"], degrees=dials["degrees"], seeds=SEEDS, random_state=random_state
    )
    x, y, epochs = digits.train, digits.train_label, int(dials["epochs"])
    few = int(digits.minority[0].sum())
    start = new_networks(SEEDS, (64, UNITS, 10), random_state)
    before = train(start, x, y, epochs=EPOCHS, random_state=random_state)
    notify("trained")
    # The minority comes first in every seed.
    more, label = x[:, few:], y[:, few:]
    made = {"before": before, LIMITED: train(before, more, label, epochs=epochs, random_state=random_state)}
    notify("updated")
    made["replay"] = train(before, x, y, epochs=epochs, random_state=random_state)
    notify("replayed")
    made["anew"] = train(start, x, y, epochs=EPOCHS, random_state=random_state)
    notify("anew")
    made["ewc"] = _consolidated(before, digits, few, epochs, random_state)
    notify("consolidated")
    right = [[net.right(part, digits.test_label) for part in (digits.upright, digits.turned)] for net in made.values()]
    ways = {
        "before": "Trained on both",
        LIMITED: f"{epochs} epochs of upright alone",
        "replay": "Turned ones replayed",
        "anew": "Trained anew on both",
        "ewc": "Weights held (EWC)",
    }
    return Outcomes(
        ways,
        np.array(right),
        LIMITED,
        ("replay", "anew", "ewc"),
        ("upright digits", "turned digits"),
        overlap=digits.overlap,
    )


def fisher(networks: Networks, x: Tensor) -> tuple[Tensor, Tensor]:
    """Return the diagonal of the Fisher information of both layers' weights, averaged over rows.

    The labels' expectation is taken exactly: the variance of a softmax is known in closed form.

    Parameters
    ----------
    networks : Networks
        With one hidden layer.
    x : tensor of shape (seeds, rows, inputs)

    Returns
    -------
    pair of tensors
        Of the shapes of the weights.

    References
    ----------
    Kirkpatrick et al. (2017), "Overcoming catastrophic forgetting in neural networks", PNAS.
    """
    import torch

    with torch.no_grad():
        hidden = torch.baddbmm(networks.biases[0], x, networks.weights[0]).relu()
        chance = torch.baddbmm(networks.biases[1], hidden, networks.weights[1]).softmax(2)
        out = networks.weights[1]
        spread = chance @ out.mT**2 - (chance @ out.mT) ** 2
        rows = x.shape[1]
        first = (x**2).mT @ (spread * (hidden > 0)) / rows
        second = (hidden**2).mT @ (chance * (1 - chance)) / rows
    return first, second


def _consolidated(before: Networks, digits: TurnedDigits, few: int, epochs: int, random_state: int) -> Networks:
    """Learn on with weights held the more, the more the minority hangs on them; how much, what was learnt decides."""
    from biasaudit.models.side_by_side import as_inputs, train

    x, y = digits.train, digits.train_label
    held = fisher(before, as_inputs(x[:, :few])) if few else None
    best, best_share = before, -1.0
    for penalty in PENALTIES if held is not None else ():

        def loss(networks: Networks, batch: Batch, penalty: float = penalty) -> Tensor:
            moved = [(w - old) ** 2 for w, old in zip(networks.weights, before.weights, strict=True)]
            pulls = [(part * away).sum((1, 2)) for part, away in zip(held or (), moved, strict=True)]
            return batch.losses(networks).mean(1) + penalty / 2 * sum(pulls[1:], pulls[0])

        tried = train(before, x[:, few:], y[:, few:], epochs=epochs, random_state=random_state, loss=loss)
        shares = [tried.right(part, label).mean() for part, label in _parts(x, y, few)]
        if min(shares) > best_share:
            best, best_share = tried, min(shares)
    return best


def _parts(x: np.ndarray, y: np.ndarray, few: int) -> list[tuple[np.ndarray, np.ndarray]]:
    return [(x[:, :few], y[:, :few]), (x[:, few:], y[:, few:])]


FORGETTING = Limit(
    name="forgetting",
    title="A network that keeps learning",
    question="Whom does a network forget that learns on from new users?",
    story=(
        "A network learns to read upright digits and a few turned ones. Then it learns on from those who use it, and "
        "all of them write upright. Nothing was taken away from it, and what it is shown no more it forgets."
    ),
    dials=(
        Dial("epochs", "Epochs of updates", "How often it learns on from upright digits alone.", 0, 100, 5, 40, 0),
        SHARE,
        DEGREES,
    ),
    measure=measure,
    stages=5,
    seconds=15,
    who=(
        "Most digits are upright, and a few are turned: they stand for people of whom there are few among the users. "
        "Both are tested on the same pictures."
    ),
    truth=(
        "The updates hold nothing that speaks against the turned digits: they only move weights that those hang on.",
        "Weights that are held (EWC) keep what they are held for as well as the Fisher information tells what matters; "
        "old examples that are shown again tell it outright.",
    ),
    pictures=pictures_of_turned,
)
