"""A small table, and what it takes to compare two of them."""

import numpy as np
import pandas as pd
import pytest

from biasaudit import AuditError

FRAME = pd.DataFrame(
    {
        "g": ["b", "a", None, "a", "b", "a"],
        "h": [2, 10, 2, 10, 2, 2],
        "y": [1, 0, 1, None, 0, 1],
        "p": [True, False, True, True, False, True],
        "s": [0.29, 0.1, 0.999, 0.5, 0.0, 1.0],
        "w": [1.0, 2.0, 0.5, 1.5, 0.0, 3.0],
        "c": ["k1", "k1", "k2", "k3", "k2", "k2"],
    }
)
BOTH = {"sensitive_features": ["g", "h"], "y_true": "y", "y_pred": "p"}


def same(left, right):
    assert {k: v.tolist() for k, v in left.keys.items()} == {k: v.tolist() for k, v in right.keys.items()}
    assert left.rows.tolist() == right.rows.tolist()
    for name in ("features", "levels", "classes", "cluster_names"):
        assert getattr(left, name) == getattr(right, name)
    for name in ("edges", "bin_scores", "weight", "weight_squared", "suppressed"):
        a, b = getattr(left, name), getattr(right, name)
        assert (a is None) == (b is None)
        if a is not None:
            np.testing.assert_array_equal(a, b)


def refused(action):
    with pytest.raises(AuditError) as caught:
        action()
    return str(caught.value)
