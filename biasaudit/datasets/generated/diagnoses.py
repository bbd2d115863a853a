"""Generated diagnoses: five classes, one of which is overlooked on dark skin and taken for a named other one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from biasaudit.arguments import check_seed
from biasaudit.arraytypes import Floats
from biasaudit.datasets.dataset import Dataset
from biasaudit.datasets.generated._drawing import Noise, text_column
from biasaudit.datasets.generated._known import Planted, check_between, generated_card, planted_table
from biasaudit.datasets.generated.causal import check_count
from biasaudit.datasets.truth import Truth

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["make_diagnoses"]

CLASSES = ("eczema", "fungus", "melanoma", "mole", "psoriasis")
PREVALENCE = np.array([0.30, 0.15, 0.10, 0.25, 0.20])
OVERLOOKED, TAKEN_FOR = CLASSES.index("melanoma"), CLASSES.index("mole")
GROUPS = {2: ("light", "dark"), 3: ("light", "medium", "dark")}
SHARES = {2: (0.7, 0.3), 3: (0.5, 0.3, 0.2)}
# What guessing among the classes gets right.
LEAST_RECALL = 0.2


def make_diagnoses(
    n: int = 10_000, *, groups: int = 2, recall: float = 0.85, overlooked: float = 0.3, random_state: int = 0
) -> Dataset:
    """Make diagnoses of skin diseases and what a model says of them, with a known table of confusions for each group.

    Parameters
    ----------
    n : int, default 10,000
        Rows.
    groups : int, default 2
        2 for light and dark skin; 3 for medium as well, which fares as light does.
    recall : float
        Share of each disease that the model recognises; what it misses is spread over the other four alike.
    overlooked : float
        Share of the melanomas recognised otherwise that the model takes for moles on dark skin.
    random_state : int, default 0
        Seed; the same seed makes the same table.

    Returns
    -------
    Dataset
        `truth.label` is what the model would say if it overlooked nobody's melanoma, `truth.counterfactual` what it
        would say of the same disease on other skin: dark where it is not dark, else light. `truth.planted` holds, of an
        endless sample, by group:

        accuracy, macro_recall
            Share of all that is right, and the mean of the recalls.
        recall:<class>, precision:<class>
            Share of the class that is recognised, and of those said to have it that do.
        confusion:<class>:<other>
            Share of the class that is taken for the other.
        recall_difference:<class>
            Of the class that is overlooked: dark minus light.

    Raises
    ------
    AuditError
        If a dial is out of its range, or `n` or `random_state` is not a whole number in range.

    Notes
    -----
    The structural equations, with independent U, and the dials by their names::

        diagnosis = eczema, fungus, melanoma, mole or psoriasis: 30, 15, 10, 25, 20 %, whatever the skin
        predicted = diagnosis with the chance recall, else one of the other four
        predicted = mole with the chance overlooked, of melanomas recognised on dark skin

    The accuracy hardly moves, since one disease in ten is overlooked in one group: the classes tell, one by one.

    References
    ----------
    Daneshjou et al. (2022), "Disparities in dermatology AI performance on a diverse, curated clinical image set",
    Science Advances 8, eabq6147: models that were worse on dark skin. The figures here are made up.

    Examples
    --------
    >>> data = make_diagnoses(40_000, overlooked=0.3, random_state=0)
    >>> ill = data.frame[data.frame["diagnosis"] == "melanoma"]
    >>> found = (ill["predicted"] == "melanoma").groupby(ill["skin"], observed=True).mean()
    >>> print(f"{found['light']:.2f} {found['dark']:.2f}")
    0.85 0.57
    """
    rows, seed = check_count("n", n, least=1), check_seed(random_state)
    skins = GROUPS[check_count("groups", groups, least=2, most=3)]
    recognised, taken = check_between("recall", recall, LEAST_RECALL, 1), check_between("overlooked", overlooked, 0, 1)
    frame, truth = _drawn(skins, recognised, taken, Noise(rows, seed))
    return Dataset(
        name="diagnoses",
        frame=frame,
        label="diagnosis",
        features=(),
        sensitive_features=("skin",),
        card=generated_card(
            "make_diagnoses",
            rows,
            title="Generated diagnoses of skin diseases",
            question="Which disease does the model overlook on whose skin, and what does it take it for?",
            columns=MEANINGS,
            faults=[f"On dark skin the model takes melanomas for moles. (overlooked={taken:g})"] if taken else [],
            words={"people": "patients"},
        ),
        truth=truth,
        audit_arguments={
            "y_true": "diagnosis",
            "y_pred": "predicted",
            "sensitive_features": ["skin"],
            "reference": {"skin": skins[0]},
        },
    )


MEANINGS = {
    "skin": "light, dark or, with three groups, medium",
    "diagnosis": "The disease: one of five",
    "predicted": "The disease that a model names",
}


def _drawn(groups: tuple[str, ...], recall: float, overlooked: float, noise: Noise) -> tuple[pd.DataFrame, Truth]:
    import pandas as pd

    group = np.searchsorted(np.cumsum(SHARES[len(groups)])[:-1], noise.uniform("skin"), side="right")
    true = np.searchsorted(np.cumsum(PREVALENCE)[:-1], noise.uniform("diagnosis"), side="right")
    another = (true + 1 + noise.level("another", len(CLASSES) - 1)) % len(CLASSES)
    fair = np.where(noise.uniform("recognised") < recall, true, another)
    lost = (true == OVERLOOKED) & (fair == OVERLOOKED) & (noise.uniform("overlooked") < overlooked)
    harmed = np.where(lost, TAKEN_FOR, fair)
    dark = group == len(groups) - 1
    frame = pd.DataFrame(
        {
            "skin": text_column(group, groups),
            "diagnosis": text_column(true, CLASSES),
            "predicted": text_column(np.where(dark, harmed, fair), CLASSES),
        }
    )
    names = np.array(CLASSES)
    planted = planted_table(_planted(groups, _confusion(recall, 0.0), _confusion(recall, overlooked)))
    return frame, Truth(names[fair], names[np.where(dark, fair, harmed)], planted)


def _confusion(recall: float, overlooked: float) -> Floats:
    """Chance of each prediction by true class, of shape (classes, classes)."""
    table = np.full((len(CLASSES), len(CLASSES)), (1 - recall) / (len(CLASSES) - 1))
    np.fill_diagonal(table, recall)
    table[OVERLOOKED, TAKEN_FOR] += recall * overlooked
    table[OVERLOOKED, OVERLOOKED] -= recall * overlooked
    return table


def _planted(groups: tuple[str, ...], fair: Floats, harmed: Floats) -> Iterator[Planted]:
    """Give what an endless sample would show of each group."""
    for group in groups:
        table = harmed if group == groups[-1] else fair
        cells = PREVALENCE[:, None] * table
        said = cells.sum(axis=0)
        yield "all", "accuracy", group, "", float(np.trace(cells))
        yield "all", "macro_recall", group, "", float(np.diag(table).mean())
        for i, name in enumerate(CLASSES):
            yield "all", f"recall:{name}", group, "", float(table[i, i])
            yield "all", f"precision:{name}", group, "", float(cells[i, i] / said[i])
            for j, other in enumerate(CLASSES):
                if i != j:
                    yield "all", f"confusion:{name}:{other}", group, "", float(table[i, j])
    gap = float(harmed[OVERLOOKED, OVERLOOKED] - fair[OVERLOOKED, OVERLOOKED])
    for dial in ("all", "overlooked") if gap else ("all",):
        yield dial, f"recall_difference:{CLASSES[OVERLOOKED]}", groups[-1], groups[0], gap
