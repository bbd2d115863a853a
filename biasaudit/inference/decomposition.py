"""Where an error comes from: what all trainings get wrong, and what changes from one training to the next."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from biasaudit.arraytypes import Ints

__all__ = ["Decomposition", "decompose"]


class Decomposition(NamedTuple):
    """Parts of a mean error, which add up to it: what is wrong at the noise of labels, bias, and what varies."""

    error: float
    noise: float
    bias: float
    variance: float


def decompose(y_pred: ArrayLike, y_true: ArrayLike, case: ArrayLike, *, noise: float = 0.0) -> Decomposition:
    """Split the zero-one loss of repeated trainings into noise, bias and net variance.

    The main prediction of a case is what most trainings say of it. Where that is wrong, training again does not help:
    bias. Where it is right, a training that says otherwise errs by variance; where it is wrong, one that says what is
    right gains by it, so that the net variance may be negative.

    Parameters
    ----------
    y_pred, y_true : int array of shape (predictions,)
        Classes from 0 on.
    case : int array of shape (predictions,)
        Which case each prediction is of, from 0 on; a case has as many predictions as trainings tested it.
    noise : float
        Share of labels that are wrong, where it is known: taken out of what is left as bias.

    Returns
    -------
    Decomposition
        Each case weighs as many predictions as it has.

    References
    ----------
    Domingos (2000), "A unified bias-variance decomposition", for the zero-one loss.
    Chen, Johansson and Sontag (2018), "Why is my classifier discriminatory?", for what it says of groups.

    Examples
    --------
    >>> decompose([1, 1, 0, 1, 1, 1], [1, 1, 1, 0, 0, 0], [0, 0, 0, 1, 1, 1])
    Decomposition(error=0.6666666666666666, noise=0.0, bias=0.5, variance=0.16666666666666663)
    """
    prediction, truth, index = (np.asarray(values, dtype=np.int64) for values in (y_pred, y_true, case))
    classes = int(max(prediction.max(), truth.max())) + 1
    counts: Ints = np.zeros((int(index.max()) + 1, classes), dtype=np.int64)
    np.add.at(counts, (index, prediction), 1)
    main = counts.argmax(axis=1)[index]
    error, bias = float((prediction != truth).mean()), float((main != truth).mean())
    return Decomposition(error, noise, bias - noise, error - bias)
