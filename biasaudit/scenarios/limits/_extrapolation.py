"""No extrapolation: beyond what it has seen a network guesses, and says that it is sure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from biasaudit.datasets.generated.digits import TurnedDigits, make_turned_digits, turn
from biasaudit.inference.repeats import mean_of_repeats
from biasaudit.reporting.report import Column, Section
from biasaudit.scenarios.limits._limit import SEEDS, SHARE, Limit, Notify, pictures_of_turned
from biasaudit.scenarios.limits._outcomes import Outcomes
from biasaudit.scenarios.scenario import Dial

if TYPE_CHECKING:
    from biasaudit.models.side_by_side import Networks

__all__ = ["EXTRAPOLATION"]

UNITS, EPOCHS = 128, 30
# Of the training digits, the share that is kept to choose when to abstain; and how often its answers are to be right.
HOLDOUT, WANTED = 0.2, 0.98
LIMITED = "beyond"


def measure(dials: Mapping[str, float], n: int, random_state: int, notify: Notify) -> Outcomes:
    """Train on digits turned so far, and test on digits turned farther."""
    from biasaudit.models.side_by_side import new_networks, train

    known, far = dials["degrees"], dials["degrees"] + dials["beyond"]
    digits = make_turned_digits(n, share=dials["share"], degrees=known, seeds=SEEDS, random_state=random_state)
    beyond = turn(digits.upright, far)
    learnt, holdout = _holdout(digits)
    start = new_networks(SEEDS, (64, UNITS, 10), random_state)
    x, y = digits.train[:, learnt], digits.train_label[:, learnt]
    plain = train(start, x, y, epochs=EPOCHS, random_state=random_state)
    notify("trained")
    wide = train(
        start,
        _farther(x, digits.minority[:, learnt], far - known, random_state),
        y,
        epochs=EPOCHS,
        random_state=random_state,
    )
    notify("augmented")
    threshold = _threshold(plain, digits.train[:, holdout], digits.train_label[:, holdout])
    parts = {"upright": digits.upright, "known": digits.turned, "beyond": beyond}
    sure = {name: _sure(plain, part) for name, part in parts.items()}
    right = {name: plain.predict(part) == digits.test_label for name, part in parts.items()}
    answered = {name: _among(right[name], sure[name] >= threshold) for name in parts}
    values = np.array(
        [
            [right["upright"].mean(1), right["known"].mean(1)],
            [right["upright"].mean(1), right["beyond"].mean(1)],
            [answered["upright"], answered["beyond"]],
            [wide.right(digits.upright, digits.test_label), wide.right(beyond, digits.test_label)],
        ]
    )
    notify("tested")
    ways = {
        "inside": f"Turned by {known:g} degrees, as learnt",
        LIMITED: f"Turned by {far:g} degrees",
        "abstain": "Answers where sure",
        "wide": "Learnt up to there",
    }
    return Outcomes(
        ways,
        values,
        LIMITED,
        ("abstain", "wide"),
        ("upright digits", "turned digits"),
        overlap=digits.overlap,
        tables=(_confidence(sure, right, threshold, digits.overlap, known, far),),
    )


def _holdout(digits: TurnedDigits) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Set training digits aside to choose when to abstain: every fifth, of both groups."""
    n = digits.train.shape[1]
    holdout = np.arange(n) % round(1 / HOLDOUT) == 0
    return ~holdout, holdout


def _farther(x: NDArray[Any], minority: NDArray[np.bool_], degrees: float, random_state: int) -> NDArray[Any]:
    """Turn the minority's digits on by steps up to so many degrees: what one who knew of them would have collected."""
    rng = np.random.default_rng(random_state)
    step = rng.integers(0, 5, minority.shape)
    turned = x.copy()
    for k in range(1, 5):
        at = minority & (step == k)
        turned[at] = turn(x[at], degrees * k / 4)
    return turned


def _sure(networks: Networks, x: NDArray[Any]) -> NDArray[np.float64]:
    """Return how sure the networks say they are: the chance of the class they name."""
    return np.asarray(networks.probabilities(x).max(axis=2))


def _threshold(networks: Networks, x: NDArray[Any], y: NDArray[Any]) -> NDArray[np.float64]:
    """Return how sure each network has to be so that enough of its answers to the kept digits are right."""
    sure, right = _sure(networks, x), networks.predict(x) == y
    order = np.argsort(-sure, axis=1)
    share = np.take_along_axis(right, order, 1).cumsum(1) / np.arange(1, right.shape[1] + 1)
    enough = share >= WANTED
    last = np.where(enough.any(1), right.shape[1] - 1 - enough[:, ::-1].argmax(1), 0)
    return np.take_along_axis(np.take_along_axis(sure, order, 1), last[:, None], 1)


def _among(right: NDArray[np.bool_], chosen: NDArray[np.bool_]) -> NDArray[np.float64]:
    return np.asarray((right & chosen).sum(1) / np.maximum(chosen.sum(1), 1))


def _confidence(
    sure: Mapping[str, Any], right: Mapping[str, Any], threshold: Any, overlap: float, known: float, far: float
) -> Section:
    """Lay out how sure it says it is, how often it is right, and who gets no answer."""
    words = {"upright": "Upright", "known": f"Turned by {known:g}", "beyond": f"Turned by {far:g}"}
    rows = []
    for name, called in words.items():
        over = mean_of_repeats(sure[name].mean(1) - right[name].mean(1), overlap=overlap)
        none = mean_of_repeats((sure[name] < threshold).mean(1), overlap=overlap)
        rows.append(
            {
                "digits": called,
                "sure": float(sure[name].mean()),
                "right": float(right[name].mean()),
                "over": float(over.estimate),
                "over_low": float(over.low),
                "over_high": float(over.high),
                "none": float(none.estimate),
                "none_low": max(0.0, float(none.low)),
                "none_high": float(none.high),
            }
        )
    columns = (
        Column("digits", "Digits"),
        Column("sure", "Says it is sure", "share"),
        Column("right", "Is right", "share"),
        Column("over", "Too sure by, points", "points", ("over_low", "over_high")),
        Column("none", "No answer", "share", ("none_low", "none_high")),
    )
    note = (
        f"No answer: less sure than it has to be so that {100 * WANTED:.0f} % of its answers to digits like those that "
        "it learnt are right."
    )
    return Section("confidence", "How sure it is, and who gets no answer", (note,), columns, tuple(rows))


EXTRAPOLATION = Limit(
    name="extrapolation",
    title="A network beyond what it has seen",
    question="Who is the first to stand outside of what a network has learnt?",
    story=(
        "A network learns to read digits that are upright or turned a little. Then somebody writes farther aslant than "
        "anybody in the data. It answers all the same, and says that it is sure."
    ),
    dials=(
        Dial(
            "beyond",
            "Degrees beyond training",
            "How much farther the minority's digits are turned than any it learnt from.",
            0,
            90,
            5,
            45,
            0,
        ),
        SHARE,
        Dial(
            "degrees", "Degrees in training", "How far the minority's digits are turned in training.", 0, 180, 5, 30, 0
        ),
    ),
    measure=measure,
    stages=3,
    seconds=10,
    who=(
        "Most digits are upright, and a few are turned: they stand for people whom the data end with. All are tested "
        "on the same pictures."
    ),
    truth=(
        "The digits are the same and just as easy to read for a person who turns the page. Nothing in the training "
        "said what a turned digit looks like, so the network takes it for the nearest thing that it knows.",
        "Its chances add up to one over what it knows. They hold no word for “I have not seen this”.",
    ),
    pictures=lambda dials: pictures_of_turned({**dials, "degrees": dials["degrees"] + dials["beyond"]}),
)
