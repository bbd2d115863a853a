"""Correlation is not causation: the same gap in two worlds, which a swap of the group alone does not tell apart."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from biasaudit.inference.repeats import mean_of_repeats
from biasaudit.reporting.report import Column, Section
from biasaudit.reporting.words.text import points
from biasaudit.scenarios.limits._limit import Limit, Notify
from biasaudit.scenarios.limits._outcomes import Outcomes
from biasaudit.scenarios.scenario import Dial

if TYPE_CHECKING:
    from biasaudit.datasets.dataset import Dataset

__all__ = ["CAUSATION", "same_gap"]

SEEDS = 8
FEATURES = ["years_experience", "education", "skills_test"]
SEX, LABEL = "sex", "hired"
LIMITED = "history"
WORLDS = {"fair": "No bias", LIMITED: "Women kept from experience", "decisions": "Women marked down"}
MEASURES = ("observed", "swapped", "counterfactual")


def measure(dials: Mapping[str, float], n: int, random_state: int, notify: Notify) -> Outcomes:
    """Train a model in each world, with and without the group, and ask three ways what the group does."""
    from biasaudit.datasets.generated.hiring import make_hiring

    past = {
        "fair": {},
        LIMITED: {"historical_bias": same_gap(dials["marked_down"])},
        "decisions": {"label_bias": dials["marked_down"]},
    }
    shares: dict[str, list[Any]] = {name: [] for name in (*WORLDS, "history_blind", "decisions_blind")}
    answers: dict[tuple[str, str], list[float]] = {}
    for seed in range(SEEDS):
        for name, bias in past.items():
            data = make_hiring(2 * n, random_state=random_state + 1_000 * seed, **bias)
            model, invited = _trained(data, [*FEATURES, SEX])
            shares[name].append(invited)
            for key, value in zip(MEASURES, _answers(data, model), strict=True):
                answers.setdefault((name, key), []).append(value)
            if name != "fair":
                shares[f"{name}_blind"].append(_trained(data, FEATURES)[1])
        notify(f"world {seed + 1}")
    ways = WORLDS | {"history_blind": "Kept from it, sex left out", "decisions_blind": "Marked down, sex left out"}
    values = np.array([np.transpose(shares[name]) for name in ways])
    return Outcomes(
        ways,
        values,
        LIMITED,
        ("history_blind",),
        ("men", "women"),
        figure="Invited",
        tables=(_worlds(answers),),
        prices=("decisions", "decisions_blind"),
    )


@lru_cache(maxsize=64)
def same_gap(marked_down: float) -> float:
    """Return how much history has to hold women back so that labels differ as much as if women were marked down.

    Parameters
    ----------
    marked_down : float
        The dial `label_bias`, 0 to 1.

    Returns
    -------
    float
        The dial `historical_bias`: 1 where even that gap is smaller.
    """
    from scipy.optimize import brentq

    from biasaudit.datasets.generated.causal import Dials
    from biasaudit.datasets.generated.hiring import HIRING
    from biasaudit.datasets.generated.laws import quantities

    def gap(**dials: float) -> float:
        return float(quantities(HIRING, Dials(**dials))["label_difference"])

    wanted = gap(label_bias=marked_down)
    if marked_down == 0 or gap(historical_bias=1.0) > wanted:
        return 1.0 if marked_down else 0.0
    found: float = brentq(lambda dial: gap(historical_bias=dial) - wanted, 0.0, 1.0, xtol=1e-3)
    return found


def _trained(data: Dataset, columns: list[str]) -> tuple[Any, tuple[float, float]]:
    """Train on the first half of the people; return the model, and whom it invites of the others: men and women."""
    from biasaudit.models.tabular import make_model

    frame, n_train = data.frame, len(data.frame) // 2
    model = make_model("logistic_regression").fit(frame[columns][:n_train], frame[LABEL][:n_train])
    chance = model.predict_proba(frame[columns][n_train:])[:, 1]
    # As many are invited as were hired.
    threshold = np.quantile(chance, 1 - frame[LABEL][:n_train].mean())
    woman = (frame[SEX][n_train:] == "woman").to_numpy()
    return model, (float((chance[~woman] > threshold).mean()), float((chance[woman] > threshold).mean()))


def _answers(data: Dataset, model: Any) -> tuple[float, float, float]:
    """Return men's less women's: labels as recorded, scores when the sex alone is swapped, labels had all been men."""
    from biasaudit.audits.pairs.audit import audit_pairs

    frame, truth = data.frame, data.truth
    assert truth is not None
    woman, label = (frame[SEX] == "woman").to_numpy(), frame[LABEL].to_numpy()
    observed = label[~woman].mean() - label[woman].mean()
    table = frame[[*FEATURES, SEX]][len(frame) // 2 :].reset_index(drop=True)
    pairs = audit_pairs(
        lambda rows: model.predict_proba(rows)[:, 1], table, swap={SEX: {"man": "man", "woman": "woman"}}
    )
    scores: NDArray[np.float64] = pairs.grids[0].scores
    as_man, as_woman = np.where(woman, truth.counterfactual, label), np.where(woman, label, truth.counterfactual)
    return float(observed), float((scores[:, 0] - scores[:, 1]).mean()), float((as_man - as_woman).mean())


def _worlds(answers: Mapping[tuple[str, str], list[float]]) -> Section:
    """Lay out, world by world, what is seen, what a swap of the sex shows, and what the sex did."""
    rows = []
    for name, words in WORLDS.items():
        row: dict[str, Any] = {"world": words}
        for key in MEASURES:
            found = mean_of_repeats(answers[name, key])
            estimate, low, high = (points(float(part)) for part in found[:3])
            row[key] = f"{estimate} ({low} to {high})"
        rows.append(row)
    columns = (
        Column("world", "World"),
        Column("observed", "Seen in labels"),
        Column("swapped", "Sex alone swapped"),
        Column("counterfactual", "Had the sex been other"),
    )
    sentences = (
        "Points by which men are ahead. Seen: of the recorded labels. Swapped: of the model's scores for the same rows "
        "with the sex alone changed, as audit_pairs does. Had it been other: of the labels that the same people would "
        "have got, with all that follows from their sex, which is known since they were made.",
    )
    return Section("worlds", "What is seen, and what the sex did", sentences, columns, tuple(rows))


CAUSATION = Limit(
    name="causation",
    title="The same gap, two causes",
    question="Can the data say why fewer women are hired?",
    story=(
        "In one world those who hired marked women down. In another they did not, and women had been kept from the "
        "experience that counts. Both leave the same gap in the record, and a model learns it from either."
    ),
    dials=(
        Dial(
            "marked_down",
            "How much women are marked down",
            "The other world is made so that its gap is the same.",
            0.0,
            0.6,
            0.05,
            0.4,
            0.0,
        ),
    ),
    measure=measure,
    stages=SEEDS,
    seconds=20,
    who=(
        "People apply for a job with experience, education and a test. Half are women. What happened to them is known, "
        "since they were made."
    ),
    truth=(
        "The gap in the record is the same in both worlds, and so is what the model does. Where women were marked "
        "down, leaving out the sex mends it; where they were kept from experience, it mends nothing.",
        "A swap of the sex alone sees what is done to the same file, and nothing of what happened before the file was "
        "written. Which world one lives in, the table alone does not say: that takes knowledge of how it came about "
        "(Kusner et al. 2017).",
    ),
    people=Dial("n", "People", "How many the model learns from; as many are tested.", 1_000, 10_000, 500, 3_000),
)
