"""Tables of moments of small frames, counted as audits count them."""

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd

from biasaudit.counts.moments.counting import count_moments
from biasaudit.metrics.moment_measures import get_measure

MEAN = (get_measure("mean_outcome"),)


def table_of(outcome, group, **columns):
    """Count outcomes by group; `prediction`, `weight` and `cluster` are columns that may be given."""
    roles = {"prediction": "y_pred", "weight": "sample_weight", "cluster": "cluster"}
    frame = pd.DataFrame({"g": np.asarray(group).astype(str), "outcome": outcome, **columns})
    given = {roles[name]: name for name in columns}
    return count_moments(nw.from_native(frame), features=["g"], declared={}, y_true="outcome", **given).table


def drawn(seed=3, sizes=(40, 120, 15)):
    """Draw skew outcomes of groups far from 0, with predictions, weights and clusters."""
    rng = np.random.default_rng(seed)
    group = np.repeat(np.arange(len(sizes)), sizes)
    outcome = 1e4 + rng.gamma(2, 3, len(group)) + 0.5 * group
    prediction = outcome + rng.normal(0.2, 2, len(group))
    return outcome, group, prediction, rng.uniform(1, 10, len(group)), rng.integers(0, 12, len(group))


def column(means, at):
    """Choose one group."""
    return means.each(lambda array: array[:, [at]])
