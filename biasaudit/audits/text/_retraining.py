"""What learning from balanced templates would change in a scorer: tried on templates that were not learnt from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from biasaudit.arraytypes import Floats

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["retrained_scores"]

EDGE = 1e-6


def retrained_scores(frame: pd.DataFrame, random_state: int) -> Floats:
    """Return the probability that each text is toxic, by a model that corrects the scorer and has not met its template.

    A logistic regression learns from the scorer's own score and the words of half of the templates, in which every term
    is as often harmless as not, and judges the other half; then the halves change places. What a scorer's owners would
    do is much the same: add such sentences to what it learns from.

    Parameters
    ----------
    frame : DataFrame
        Columns text, toxic, score, and template where there are any; each text is one otherwise.
    random_state : int
        Seed of the halves.
    """
    from scipy import sparse
    from sklearn.feature_extraction.text import CountVectorizer
    from sklearn.linear_model import LogisticRegression

    in_first = _first_half(frame, random_state)
    given = sparse.csr_matrix(_scaled(frame["score"].to_numpy())[:, None])
    y_true = frame["toxic"].to_numpy()
    chance = np.empty(len(frame))
    for learnt in (True, False):
        train, test = in_first == learnt, in_first != learnt
        words = CountVectorizer(token_pattern=r"(?u)\b\w+\b")
        known = words.fit_transform(frame["text"][train])
        model = LogisticRegression(max_iter=2_000).fit(sparse.hstack([given[train], known]).tocsr(), y_true[train])
        held_out: Any = sparse.hstack([given[test], words.transform(frame["text"][test])]).tocsr()
        chance[test] = model.predict_proba(held_out)[:, 1]
    return chance


def _first_half(frame: pd.DataFrame, random_state: int) -> NDArray[np.bool_]:
    """Put half of the templates of each label in the first half."""
    named = frame["template"] if "template" in frame else frame["text"]
    templates = frame.groupby(named, sort=True)["toxic"].max()
    rng = np.random.default_rng(random_state)
    first: set[Any] = set()
    for toxic in (0, 1):
        names = templates.index[templates == toxic].to_numpy()
        first |= set(rng.permutation(names)[: (len(names) + 1) // 2])
    return named.isin(first).to_numpy()


def _scaled(score: Floats) -> Floats:
    """Take a probability to its logit, and bring any other score to the same scale."""
    if score.min() >= 0 and score.max() <= 1:
        inside = np.clip(score, EDGE, 1 - EDGE)
        return np.log(inside / (1 - inside))
    spread = score.std() or 1.0
    found: Floats = (score - score.mean()) / spread
    return found
