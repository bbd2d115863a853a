import numpy as np
import pandas as pd
import pytest

import biasaudit as ba


@pytest.mark.parametrize("sizes", [(400, 380, 500), (10, 900, 40, 14)])
def test_what_chance_alone_gives_is_a_simulation_of_both_rates(sizes):
    rng = np.random.default_rng(2)
    groups = np.repeat(np.arange(len(sizes)), sizes).astype(str)
    y, p = rng.integers(0, 2, (2, len(groups)))
    audit = ba.audit_predictions(
        pd.DataFrame({"g": groups, "y": y, "p": p}), sensitive_features=["g"], y_true="y", y_pred="p"
    )
    row = audit.disparities("equalized_odds").iloc[0]
    spreads = np.zeros(40_000)
    for label in (0, 1):
        n = np.bincount(groups[y == label].astype(int))
        rates = rng.binomial(n, p[y == label].mean(), (40_000, len(n))) / n
        spreads = np.maximum(spreads, rates.max(axis=1) - rates.min(axis=1))
    assert row["expected_by_chance"] == pytest.approx(spreads.mean(), rel=0.04)
