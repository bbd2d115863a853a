"""A scorer of profanity that people install, called like any model."""

from __future__ import annotations

import warnings
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from biasaudit.errors import AuditError

__all__ = ["ProfanityCheck"]


class ProfanityCheck:
    """The scores of `alt-profanity-check`: a linear model on counts of words, trained on 200,000 human-labelled texts.

    Raises
    ------
    AuditError
        If it is not installed.

    References
    ----------
    Zhou (2019), profanity-check; kept as alt-profanity-check by Mistriotis and Kotoglou.

    Examples
    --------
    >>> scorer = ProfanityCheck()  # doctest: +SKIP
    >>> scorer(["You are a fool.", "I am gay.", "I am straight."]).round(2)  # doctest: +SKIP
    array([0.97, 0.98, 0.05])
    """

    name = "alt-profanity-check"

    def __init__(self) -> None:
        try:
            with warnings.catch_warnings():
                # Its model was saved with another release of scikit-learn, which says so on loading.
                warnings.simplefilter("ignore")
                import profanity_check
        except ImportError as error:
            raise AuditError(
                'alt-profanity-check is not installed. Install it with pip install "biasaudit[text]".'
            ) from error
        self._score = profanity_check.predict_prob

    def __call__(self, texts: Sequence[str]) -> NDArray[np.float64]:
        """Return the probability that each text is profane, shape (texts,)."""
        return np.asarray(self._score(list(texts)), dtype=float)
