"""Reports of numbers: two groups of wages, as an audit gives them."""

import numpy as np
import pandas as pd

import biasaudit as ba

MANY = tuple(f"{name} and people of a rather long name" for name in "ABCDEFGHIJKLMN")


def wages(groups=("female", "male"), *, n=400, unit="dollars an hour", seed=0, **more):
    """Audit wages of `groups`, each of which earns half a dollar more than the one before, and predictions of them."""
    rng = np.random.default_rng(seed)
    parts = [
        pd.DataFrame({"gender": group, "wage": rng.gamma(4, (14 + at / 2) / 4, n).round(2)})
        for at, group in enumerate(groups)
    ]
    frame = pd.concat(parts, ignore_index=True)
    frame["said"] = (frame["wage"] / 2 + 8 + rng.normal(0, 1, len(frame))).round(2)
    return ba.audit_predictions(frame, sensitive_features="gender", y_true="wage", y_pred="said", unit=unit, **more)
