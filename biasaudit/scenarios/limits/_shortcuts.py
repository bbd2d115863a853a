"""Shortcuts: a mark that goes with the label for one group is learnt in place of what was meant."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from biasaudit.datasets.generated.digits import SIDE, make_turned_digits
from biasaudit.inference.repeats import mean_of_repeats
from biasaudit.reporting.report import Column, Section
from biasaudit.scenarios.limits._limit import SEEDS, Limit, Notify
from biasaudit.scenarios.limits._outcomes import Outcomes
from biasaudit.scenarios.scenario import Dial

if TYPE_CHECKING:
    from torch import Tensor

    from biasaudit.models.side_by_side import Batch, Networks
    from biasaudit.reporting.plots.base import Plot

__all__ = ["SHORTCUTS", "tagged"]

UNITS, EPOCHS = 64, 20
# The mark: three points in the upper left corner.
TAG = (0, 1, SIDE)
LIMITED = "tagged"


def measure(dials: Mapping[str, float], n: int, random_state: int, notify: Notify) -> Outcomes:
    """Learn large digits from small ones where a source marks its large ones, and test who has no mark."""
    from biasaudit.models.side_by_side import mean_loss, new_networks, train

    digits = make_turned_digits(n, share=dials["share"], degrees=0, seeds=SEEDS, random_state=random_state)
    large, test_large = (label >= 5 for label in (digits.train_label, digits.test_label))
    rng = np.random.default_rng(random_state)
    marked = large & ~digits.minority & (rng.random(large.shape) < dials["marked"])
    start = new_networks(SEEDS, (64, UNITS, 2), random_state)
    # Groups of the training: large or small, with or without a mark.
    group = large.astype(int) + 2 * digits.minority
    plans: dict[str, tuple[NDArray[Any], Callable[[Networks, Batch], Tensor]]] = {
        "clean": (digits.train, mean_loss),
        LIMITED: (tagged(digits.train, marked), mean_loss),
        "masked": (masked(digits.train), mean_loss),
        "strewn": (tagged(digits.train, rng.random(large.shape) < 0.5), mean_loss),
        "dro": (tagged(digits.train, marked), _worst_first(group)),
    }
    nets = {}
    for name, (pictures, loss) in plans.items():
        nets[name] = train(start, pictures, large.astype(int), epochs=EPOCHS, random_state=random_state, loss=loss)
        notify(name)
    label = test_large.astype(int)
    with_mark, without = tagged(digits.upright, test_large), digits.upright
    swapped = tagged(digits.upright, ~test_large)
    values = [
        [net.right(masked(part) if name == "masked" else part, label) for part in (with_mark, without)]
        for name, net in nets.items()
    ]
    values.append([nets[LIMITED].right(with_mark, label), nets[LIMITED].right(swapped, label)])
    ways = {
        "clean": "No marks in training",
        LIMITED: "Marks in training",
        "masked": "Corner covered",
        "strewn": "Marks strewn at random",
        "dro": "Worst group first (group DRO)",
        "swapped": "Marks swapped",
    }
    table = _relevance(nets, digits.upright, test_large, digits.overlap)
    notify("explained")
    return Outcomes(
        ways,
        np.array(values),
        LIMITED,
        ("masked", "strewn", "dro"),
        ("marked pictures", "pictures without marks"),
        overlap=digits.overlap,
        tables=(table,),
    )


def tagged(pictures: NDArray[Any], which: NDArray[np.bool_]) -> NDArray[Any]:
    """Put the mark on some of the pictures.

    Parameters
    ----------
    pictures : float array of shape (seeds, rows, 64)
    which : bool array of shape (seeds, rows)
    """
    found = masked(pictures)
    found[..., TAG] = which[..., None].astype(float)
    return found


def masked(pictures: NDArray[Any]) -> NDArray[Any]:
    """Cover the corner where a mark may be."""
    found = pictures.copy()
    found[..., TAG] = 0.0
    return found


def _worst_first(group: NDArray[np.int64]) -> Callable[[Networks, Batch], Tensor]:
    """Weigh groups the more, the worse they are learnt (Sagawa et al. 2020, algorithm 1)."""
    import torch

    from biasaudit.models.side_by_side import as_inputs

    member = as_inputs(group)
    groups, seeds = int(group.max()) + 1, len(group)
    weight = torch.full((seeds, groups), 1 / groups, device=member.device)
    seed = torch.arange(seeds, device=member.device)[:, None]

    def loss(networks: Networks, batch: Batch) -> Tensor:
        nonlocal weight
        losses, mine = batch.losses(networks), member[seed, batch.index]
        there = torch.zeros_like(weight).scatter_add(1, mine, torch.ones_like(losses))
        mean = torch.zeros_like(weight).scatter_add(1, mine, losses) / there.clamp(min=1)
        raised = weight * (0.05 * mean.detach() * (there > 0)).exp()
        weight = raised / raised.sum(1, keepdim=True)
        return (weight * mean).sum(1)

    return loss


def _relevance(
    nets: Mapping[str, Networks], pictures: NDArray[Any], large: NDArray[np.bool_], overlap: float
) -> Section:
    """Say how much of an answer hangs on the mark, explained in two ways, and what a swap of the mark changes."""
    from biasaudit.models.relevance import integrated_gradients, layerwise_relevance

    marked, label = tagged(pictures, large), large.astype(int)
    rows = []
    for name, words in (("clean", "No marks in training"), (LIMITED, "Marks in training")):
        net, row = nets[name], {"way": words}
        for key, explain in (("lrp", layerwise_relevance), ("ig", integrated_gradients)):
            found = np.abs(explain(net, marked, label)) * large[..., None]
            share = found[..., TAG].sum((1, 2)) / found.sum((1, 2))
            row |= _interval(key, share, overlap)
        turned = net.predict(marked) != net.predict(tagged(pictures, ~large))
        rows.append(row | _interval("swap", turned.mean(1), overlap))
    columns = (
        Column("way", "Network"),
        Column("lrp", "Relevance (LRP)", "share", ("lrp_low", "lrp_high")),
        Column("ig", "Integrated gradients", "share", ("ig_low", "ig_high")),
        Column("swap", "Answers that a swap turns", "share", ("swap_low", "swap_high")),
    )
    note = (
        "The share of relevance on the three points of the mark, of large digits that carry it; and of all answers "
        "those that change when the mark moves from the large digits to the small ones. A heat map shows where a "
        "network looks, and only the swap shows that it follows what it sees there."
    )
    return Section("relevance", "Does it look at the mark, and does it follow it?", (note,), columns, tuple(rows))


def _interval(key: str, values: NDArray[np.float64], overlap: float) -> dict[str, Any]:
    found = mean_of_repeats(values, overlap=overlap)
    low, high = max(0.0, float(found.low)), min(1.0, float(found.high))
    return {key: float(found.estimate), f"{key}_low": low, f"{key}_high": high}


def _pictures(dials: Mapping[str, float]) -> tuple[Plot, ...]:
    from biasaudit.reporting.plots import plot_pictures

    digits = make_turned_digits(1_000, degrees=0, seeds=1)
    first = [int((digits.test_label[0] == digit).argmax()) for digit in range(10)]
    shown = digits.upright[:, first]
    rows = {"marked": tagged(shown, digits.test_label[:, first] >= 5)[0], "no marks": masked(shown)[0]}
    return (plot_pictures(rows, "The same ten digits of both sources: one marks those from 5 on"),)


SHORTCUTS = Limit(
    name="shortcuts",
    title="A network that reads the stamp",
    question="What does a network learn if one source stamps its cases?",
    story=(
        "A network learns to tell digits from 5 on from smaller ones. One source, which most pictures come from, "
        "stamps its large digits in a corner, as a hospital marks the pictures of its sick. Those of the other source "
        "are not stamped, and they are read as if they were small."
    ),
    dials=(
        Dial(
            "marked",
            "Share of large digits that are marked",
            "By the source that most pictures come from.",
            0.0,
            1.0,
            0.05,
            1.0,
            0.0,
        ),
        Dial(
            "share",
            "Share of the other source",
            "The share of pictures that are never marked.",
            0.0,
            0.5,
            0.02,
            0.06,
            0.5,
        ),
    ),
    measure=measure,
    stages=6,
    seconds=10,
    who=(
        "Two sources send the same digits. Most come from one that marks large digits in the corner, and a few from "
        "one that does not: they stand for people who are seen elsewhere, such as in a smaller hospital."
    ),
    truth=(
        "The mark has nothing to do with the digit. It is three points that are always the same, and so the easiest "
        "thing to learn; Lapuschkin et al. (2019) found a network that knew horses by the photographer's name.",
        "Tested on pictures of the same source the network looks excellent. Only pictures without the mark, or with "
        "the mark moved, show what it learnt.",
    ),
    pictures=_pictures,
)
