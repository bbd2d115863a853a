"""Finite data: errors of those of whom there are few fall with more of them, and a curve says how many it takes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from biasaudit.datasets.generated.digits import TurnedDigits, make_turned_digits
from biasaudit.inference.decomposition import decompose
from biasaudit.inference.verdicts import SHOWN
from biasaudit.reporting.report import Column, Section
from biasaudit.reporting.words.text import points
from biasaudit.scenarios.limits._limit import DEGREES, SEEDS, Limit, Notify, pictures_of_turned
from biasaudit.scenarios.limits._outcomes import Outcomes
from biasaudit.scenarios.scenario import Dial

if TYPE_CHECKING:
    from biasaudit.models.side_by_side import Networks

__all__ = ["FINITE_DATA"]

UNITS, EPOCHS = 64, 25
# Turned digits that are added, as far as there are so many.
ADDED = (40, 80, 160, 320)
LIMITED, UPRIGHT, TURNED = "few", "upright digits", "turned digits"


def measure(dials: Mapping[str, float], n: int, random_state: int, notify: Notify) -> Outcomes:
    """Train with as many turned digits as upright ones, with few, and with more and more."""
    from biasaudit.models.side_by_side import new_networks, train

    digits = make_turned_digits(n, share=0.5, degrees=dials["degrees"], seeds=SEEDS, random_state=random_state)
    all_turned = int(digits.minority[0].sum())
    few = max(1, round(dials["share"] * all_turned))
    sizes = {"enough": all_turned, LIMITED: few}
    sizes |= {f"added_{more}": few + more for more in ADDED if few + more < all_turned}
    start, made = new_networks(SEEDS, (64, UNITS, 10), random_state), {}
    for name, turned in sizes.items():
        # Turned digits come first: those that are there already stay when more are added.
        x, y = (
            np.concatenate([part[:, :turned], part[:, all_turned:]], axis=1)
            for part in (digits.train, digits.train_label)
        )
        made[name] = train(start, x, y, epochs=EPOCHS, random_state=random_state)
    notify("trained")
    right = [[net.right(part, digits.test_label) for part in (digits.upright, digits.turned)] for net in made.values()]
    tables = [_error_parts(made[LIMITED], digits)]
    if len(sizes) > 3:
        tables.append(_needed(made, digits, sizes, few, random_state))
    notify("fitted")
    ways = {"enough": f"{all_turned} turned digits", LIMITED: f"{few} turned digits"}
    ways |= {name: f"{name.removeprefix('added_')} more turned digits" for name in sizes if name not in ways}
    return Outcomes(
        ways, np.array(right), LIMITED, tuple(ways)[2:], (UPRIGHT, TURNED), overlap=digits.overlap, tables=tuple(tables)
    )


def _error_parts(networks: Networks, digits: TurnedDigits) -> Section:
    """Say how much of each group's error is bias, and how much varies from one training to the next."""
    case = np.unique(digits.tested, return_inverse=True)[1].ravel()
    rows = []
    for group, part in ((UPRIGHT, digits.upright), (TURNED, digits.turned)):
        found = decompose(networks.predict(part).ravel(), digits.test_label.ravel(), case)
        rows.append({"group": group, "error": found.error, "bias": found.bias, "variance": found.variance})
    columns = (
        Column("group", "Group"),
        Column("error", "Error", "share"),
        Column("bias", "Bias", "share"),
        Column("variance", "Variance", "share"),
    )
    note = (
        "Bias is what most of the trainings get wrong with so few examples; variance is what differs from one to the "
        "next. Neither says by itself whether more data or another model would help: that takes a curve. That labels "
        "are wrong (noise) is held to be none: they were checked."
    )
    return Section("split", "Where the errors come from", (note,), columns, tuple(rows))


def _needed(
    made: Mapping[str, Networks], digits: TurnedDigits, sizes: Mapping[str, int], few: int, random_state: int
) -> Section:
    """Say how many more turned digits would bring their error near that of upright ones."""
    import pandas as pd

    from biasaudit.audits.learning.curves import learning_curves

    seed = np.repeat(np.arange(len(digits.tested)), digits.tested.shape[1])
    frames = [
        pd.DataFrame(
            {
                "turned": sizes[name],
                "group": group,
                "picture": digits.tested.ravel(),
                "seed": seed,
                "wrong": (made[name].predict(part) != digits.test_label).ravel().astype(int),
            }
        )
        for name in sizes
        if name != "enough"
        for group, part in ((UPRIGHT, digits.upright), (TURNED, digits.turned))
    ]
    curves = learning_curves(
        pd.concat(frames),
        added="turned",
        errors="wrong",
        group="group",
        cluster="picture",
        repeat="seed",
        unit=TURNED,
        random_state=random_state,
    )
    frame = curves.to_frame()
    rows: list[dict[str, Any]] = [
        {"turned": row["added"], **{name: row[name] for name in ("group", "estimate", "low", "high", "fitted")}}
        for row in frame.to_dict("records")
    ]
    columns = (
        Column("turned", "Turned digits", "count"),
        Column("group", "Group"),
        Column("estimate", "Wrong", "share", ("low", "high")),
        Column("fitted", "Fitted", "share"),
    )
    found = curves.needed(TURNED, UPRIGHT)
    note = found.sentence
    if found.verdict == SHOWN:
        # The law is one of how many there are, and those that are there need not be collected.
        more, low, high = (max(0.0, value - few) for value in (found.estimate, found.low, found.high))
        note = (
            f"About {more:.0f} more turned digits ({low:.0f} to {high:.0f}) would bring the gap to upright ones within "
            f"{points(found.gap)} points."
        )
    return Section("needed", "How many more would close the gap?", (note,), columns, tuple(rows))


FINITE_DATA = Limit(
    name="finite_data",
    title="A network that has seen few of some",
    question="Is it the model, or are there too few of somebody in the data?",
    story=(
        "A network learns to read digits, many of them upright and very few turned. It errs more on the turned ones. "
        "Another model may mend that, or more data: a curve says which."
    ),
    dials=(
        Dial(
            "share",
            "Share of the turned digits",
            "Of as many turned digits as upright ones, how many are there.",
            0.02,
            1.0,
            0.02,
            0.06,
            1.0,
        ),
        DEGREES,
    ),
    measure=measure,
    stages=2,
    seconds=15,
    who=(
        "Many digits are upright, and a few are turned: they stand for people whom nobody took the trouble to collect. "
        "Both are tested on the same pictures."
    ),
    truth=(
        "Turned digits are as easy to learn as upright ones: with as many of them the network reads both alike. What "
        "they lack is data, and nothing else.",
    ),
    pictures=pictures_of_turned,
)
