"""The exact sums against the same sums as loops."""

from itertools import product

import numpy as np
import pytest
from scipy.stats import norm

from biasaudit.datasets.generated.causal import Dials
from biasaudit.datasets.generated.hiring import HIRING
from biasaudit.datasets.generated.laws import quantities
from biasaudit.datasets.generated.recidivism import RECIDIVISM


def level_chances(cause, shift):
    edges = np.concatenate([[-np.inf], cause.cuts, [np.inf]])
    return np.diff(norm.cdf(edges, loc=shift))


@pytest.mark.parametrize("model", [HIRING, RECIDIVISM], ids=lambda model: model.name)
def test_mantel_haenszel_weighs_complete_rows(model):
    dials = Dials(historical_bias=0.6, label_bias=0.4, omitted_variable=0.3, underrepresentation=0.5, missingness=1)
    share = 0.5 * model.group_share / (1 - 0.5 * model.group_share)
    rows = {0: (1 - share) * 0.9**3, 1: share * 0.5**3}  # complete where none of three columns is missing
    chances = [[level_chances(c, g * model.harm * 0.6 * c.injustice) for c in model.causes] for g in (0, 1)]
    total = weights = 0.0
    for cell in product(*(range(len(cause.levels)) for cause in model.causes)):
        worth = sum(cause.worth[level] for cause, level in zip(model.causes, cell, strict=True)) - model.threshold
        true = [norm.cdf(worth), norm.cdf(worth + 1.2 * 0.3 * model.harm)]
        recorded = true[1] * 0.6 if model.harm < 0 else true[1] + (1 - true[1]) * 0.4
        reference, group = (
            rows[g] * np.prod([p[level] for p, level in zip(chances[g], cell, strict=True)]) for g in (0, 1)
        )
        total += reference * group / (reference + group) * (recorded - true[0])
        weights += reference * group / (reference + group)
    assert quantities(model, dials)["label_difference_given_features"] == pytest.approx(total / weights)


def test_what_is_remembered_cannot_be_changed():
    found = quantities(HIRING, Dials())
    with pytest.raises(TypeError):
        found["base_rate"] = 0.0
