"""Compression: a network made small forgets first what it has seen least of."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from biasaudit.datasets.generated.digits import TurnedDigits, make_turned_digits
from biasaudit.reporting.report import Column, Section
from biasaudit.scenarios.limits._limit import DEGREES, SEEDS, SHARE, Limit, Notify, pictures_of_turned
from biasaudit.scenarios.limits._outcomes import Outcomes
from biasaudit.scenarios.scenario import Dial

if TYPE_CHECKING:
    from torch import Tensor

    from biasaudit.models.side_by_side import Batch, Networks

__all__ = ["COMPRESSION"]

UNITS, FEW_UNITS = 256, 12
EPOCHS, TUNED, DISTILLED = 30, 10, 40
BITS = (8, 4, 3, 2)
# How soft the teacher's answers are that the small network learns (Hinton, Vinyals and Dean 2015).
TEMPERATURE = 4.0
LIMITED = "pruned"


def measure(dials: Mapping[str, float], n: int, random_state: int, notify: Notify) -> Outcomes:
    """Train, make small in several ways, and learn on after weights were cut, as before or with both weighing alike."""
    from biasaudit.models.side_by_side import both_alike, mean_loss, train

    given = n, dials["share"], dials["degrees"], SEEDS, random_state
    digits, whole = _trained(*given)
    x, y = digits.train, digits.train_label
    notify("trained")
    cut, masks = _pruned(whole, dials["pruned"])
    made = {"whole": whole}
    for name, loss in {LIMITED: mean_loss, "balanced": both_alike(digits.minority)}.items():
        made[name] = train(
            cut, x, y, epochs=TUNED, random_state=random_state, loss=loss, after=lambda net: _mask(net, masks)
        )
        notify(name)
    made |= {"cut": cut, **{f"bits_{bits}": _rounded(whole, bits) for bits in BITS}}
    made["distilled"] = _distilled(*given)
    notify("distilled")
    right = [[net.right(part, digits.test_label) for part in (digits.upright, digits.turned)] for net in made.values()]
    ways = {
        "whole": "As trained",
        LIMITED: f"Pruned by {100 * dials['pruned']:.0f} %",
        "balanced": "Pruned, both weigh alike",
        "cut": "Pruned, not tuned after",
        **{f"bits_{bits}": f"Rounded to {bits} bits" for bits in BITS},
        "distilled": f"Distilled to {FEW_UNITS} units",
    }
    return Outcomes(
        ways,
        np.array(right),
        LIMITED,
        ("balanced",),
        ("upright digits", "turned digits"),
        overlap=digits.overlap,
        tables=(_flipped(digits, made, ways),),
    )


# Kept, since they are the same however much is cut out after.
@lru_cache(maxsize=1)
def _trained(n: int, share: float, degrees: float, seeds: int, random_state: int) -> tuple[TurnedDigits, Networks]:
    """Train the whole networks."""
    from biasaudit.models.side_by_side import new_networks, train

    digits = make_turned_digits(n, share=share, degrees=degrees, seeds=seeds, random_state=random_state)
    start = new_networks(seeds, (64, UNITS, 10), random_state)
    return digits, train(start, digits.train, digits.train_label, epochs=EPOCHS, random_state=random_state)


def _pruned(networks: Networks, share: float) -> tuple[Networks, list[Tensor]]:
    """Set the smallest weights of each layer to zero (Han et al. 2015); return also which are kept."""
    masks = [w.abs() > w.abs().flatten(1).quantile(share, dim=1)[:, None, None] for w in networks.weights]
    if share == 0:
        masks = [mask | True for mask in masks]
    return networks.with_weights([w * mask for w, mask in zip(networks.weights, masks, strict=True)]), masks


def _mask(networks: Networks, masks: list[Tensor]) -> None:
    for weight, mask in zip(networks.weights, masks, strict=True):
        weight.mul_(mask)


def _rounded(networks: Networks, bits: int) -> Networks:
    """Round weights to whole steps, as many as the bits have, the same on both sides of zero (Jacob et al. 2018)."""
    steps = [w.abs().amax((1, 2), keepdim=True) / (2 ** (bits - 1) - 1) for w in networks.weights]
    return networks.with_weights([(w / s).round() * s for w, s in zip(networks.weights, steps, strict=True)])


@lru_cache(maxsize=1)
def _distilled(n: int, share: float, degrees: float, seeds: int, random_state: int) -> Networks:
    """Train few units to answer as the whole network does (Hinton, Vinyals and Dean 2015)."""
    import torch

    from biasaudit.models.side_by_side import as_inputs, new_networks, train

    digits, teacher = _trained(n, share, degrees, seeds, random_state)
    with torch.no_grad():
        answers = (teacher.scores(as_inputs(digits.train)) / TEMPERATURE).softmax(2)
    seed = torch.arange(seeds, device=answers.device)[:, None]

    def loss(networks: Networks, batch: Batch) -> Tensor:
        log_chances = (networks.scores(batch.x) / TEMPERATURE).log_softmax(2)
        return -(answers[seed, batch.index] * log_chances).sum(2).mean(1)

    small = new_networks(seeds, (64, FEW_UNITS, 10), random_state + 1)
    return train(small, digits.train, digits.train_label, epochs=DISTILLED, random_state=random_state, loss=loss)


def _flipped(digits: TurnedDigits, made: Mapping[str, Networks], ways: Mapping[str, str]) -> Section:
    """Say whose pictures flip: named right before, and wrong since (exemplars of Hooker et al. 2020)."""
    rows = []
    right = {
        name: [net.predict(part) == digits.test_label for part in (digits.upright, digits.turned)]
        for name, net in made.items()
    }
    for name in list(made)[1:]:
        flips = [int((before & ~after).sum()) for before, after in zip(right["whole"], right[name], strict=True)]
        total = sum(flips)
        rows.append({"way": ways[name], "flips": total, "of_minority": flips[1] / total if total else None})
    columns = (
        Column("way", "Way"),
        Column("flips", "Pictures that flip", "count"),
        Column("of_minority", "Of them turned", "share"),
    )
    note = "Each picture is tested upright and turned, so half of the pictures that flip would be turned by chance."
    return Section("flips", "Pictures that were named right and are not any more", (note,), columns, tuple(rows))


COMPRESSION = Limit(
    name="compression",
    title="A network made small for a phone",
    question="Whose accuracy pays when a network is made small?",
    story=(
        "A network learns to read digits, most of them upright and a few turned. To fit on a phone it is then made "
        "small: weights are cut out, rounded, or a smaller network is taught to answer alike. The average hardly moves."
    ),
    dials=(
        Dial("pruned", "Share of weights cut out", "How much of each layer is set to zero.", 0.0, 0.95, 0.05, 0.9, 0.0),
        SHARE,
        DEGREES,
    ),
    presets=(),
    measure=measure,
    stages=4,
    seconds=10,
    who=(
        "Most digits are upright, and a few are turned: they stand for people of whom there are few in the data. "
        "Both are tested on the same pictures, so nothing but their number in training sets them apart."
    ),
    truth=(
        "Both groups show the same digits, written by the same people. The network needs extra weights for the "
        "turned ones; they carry little of the average error, so they are the first to be cut.",
        "A report of accuracy before and after would not show it: the average is nearly all the majority's.",
    ),
    pictures=pictures_of_turned,
)
