"""What a scorer says of texts, in batches, and what is refused of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from biasaudit.errors import AuditError
from biasaudit.models.parallel import Progress, progress_bar
from biasaudit.names import clean

__all__ = ["Scorer", "score_texts"]

Scorer = Callable[[Sequence[str]], Any]
BATCH = 2_048


def score_texts(scorer: Scorer, texts: Sequence[str], progress: Progress = True) -> NDArray[np.float64]:
    """Score every text once, however often it is there.

    Parameters
    ----------
    scorer : callable
        Takes a list of texts and returns a finite score for each.
    texts : sequence of str
    progress : bool or callable
        Show a bar on a terminal; or what to call with batches done, of all, and the last: it may raise to stop.

    Raises
    ------
    AuditError
        If a text is empty, the scorer fails, or it returns anything but a finite number for each text.
    """
    import pandas as pd

    code, different = pd.factorize(pd.Series(texts, dtype=object))
    empty = [i for i, text in enumerate(different) if not isinstance(text, str) or not text.strip()]
    if empty or (code < 0).any():
        at = int(np.flatnonzero((code < 0) | np.isin(code, empty))[0])
        raise AuditError(f"Text {at + 1:,} of {len(code):,} is empty. Leave it out: nobody said anything in it.")
    starts = range(0, len(different), BATCH)
    scores = np.empty(len(different))
    with progress_bar(len(starts), progress) as notify:
        for start in starts:
            batch = [str(text) for text in different[start : start + BATCH]]
            scores[start : start + len(batch)] = _scored(scorer, batch, start, len(different))
            notify("scored")
    found: NDArray[np.float64] = scores[code]
    return found


def _scored(scorer: Scorer, batch: list[str], start: int, total: int) -> NDArray[np.float64]:
    where = f"texts {start + 1:,} to {start + len(batch):,} of {total:,}"
    try:
        returned = scorer(batch)
    except AuditError:
        raise
    except Exception as error:
        raise AuditError(
            f"The scorer broke off at {where} with {type(error).__name__}: {clean(str(error)).rstrip('.')}. Mend it, "
            "or leave out what it cannot score."
        ) from error
    values = returned.tolist() if hasattr(returned, "tolist") else returned
    try:
        scores = np.asarray(values, dtype=float)
    except (TypeError, ValueError):
        raise AuditError(
            f"The scorer returned {_found(values)} for {where}, which is no number. Have it return a score, such as "
            "the probability that a text is toxic, instead of a label."
        ) from None
    if scores.shape != (len(batch),):
        raise AuditError(
            f"The scorer returned an array of shape {scores.shape} for {where}. Have it return one score for each; of "
            "probabilities by class, choose a column."
        )
    bad = ~np.isfinite(scores)
    if bad.any():
        first = int(np.flatnonzero(bad)[0])
        raise AuditError(
            f"The scorer returned {scores[first]} for “{clean(batch[first])}”, text {start + first + 1:,} of "
            f"{total:,}. Have it return a finite score for every text."
        )
    return scores


def _found(values: Any) -> str:
    first = values[0] if isinstance(values, (list, tuple)) and values else values
    return clean(repr(first))
