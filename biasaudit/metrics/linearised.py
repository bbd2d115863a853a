"""How many independent rows of weight 1 a weighted share is worth, whatever the weights have to do with it."""

import numpy as np

from biasaudit.arraytypes import Floats

__all__ = ["linearised_rows"]

MIN_ROWS = 24
MIN_ROWS_OF_OWN_SPREAD = 50
ROUNDING = 1e-9


def linearised_rows(weights: Floats, squares: Floats) -> Floats:
    """Find how many rows would be as uncertain as the linearised variance, Σ w² (x - p)² / (Σ w)², of a share p.

    Kish's (Σ w)² / Σ w² is right only for weights that have nothing to do with the outcome x. Here those counted and
    those not counted may carry other weights, as after undersampling, selection or non-response.

    Parameters
    ----------
    weights, squares : float array of shape (measures, 2, groups)
        Sums of weights and of squared weights over the rows counted, and over the eligible ones that are not.

    Returns
    -------
    float array of shape (measures, groups)
        Rows; 0 where nobody is eligible. Where those counted and those not carry like weights, and where no row is on
        one side, so that no variance can be seen, they are Kish's. Where one side is carried by less than 24 rows they
        are no more than it alone would promise. Where it is carried by less than 50, or by none, they take the loss
        against Kish's that all groups have together, if it is larger.

    References
    ----------
    Särndal, Swensson and Wretman (1992), Model Assisted Survey Sampling, section 5.6. Kish (1965), Survey Sampling,
    section 8.2.

    Examples
    --------
    Twenty rows of weight 20 are counted, 1,980 of weight 1 are not: Kish sees 567 rows.

    >>> import numpy as np
    >>> weights, squares = np.array([[[400.0], [1980.0]]]), np.array([[[8000.0], [1980.0]]])
    >>> linearised_rows(weights, squares).round(1).tolist()
    [[119.0]]
    """
    total = weights.sum(axis=1)
    seen = (weights > 0).all(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        kish = np.where(total > 0, total**2 / squares.sum(axis=1), 0.0)
        if squares is weights:
            return kish
        size = squares / weights
        equal_weights = np.isclose(size[:, 0], size[:, 1], rtol=ROUNDING, atol=0) | (total == 0)
        if equal_weights.all():
            return kish
        # What the rows on one side would promise if the other side's were without number.
        single_side = total[:, None] / size
        share = weights / total[:, None]
        rows = np.where(seen, 1 / (share[:, 1] / single_side[:, 0] + share[:, 0] / single_side[:, 1]), kish)
        smaller_side = np.where(seen, (weights**2 / squares).min(axis=1), 0.0)
        # Few rows misjudge the spread of their weights, mostly downwards, and none tell nothing of it.
        loss = np.where(seen, rows, 0).sum(axis=1) / np.where(seen, kish, 0).sum(axis=1)
        # What rounding takes is no loss: rows stay rows.
        loss = np.where(np.abs(loss - 1) < ROUNDING, 1.0, loss)
        borrowed = np.fmin(rows, loss[:, None] * kish)
    rows = np.where(smaller_side < MIN_ROWS_OF_OWN_SPREAD, borrowed, rows)
    rows = np.where(seen & (smaller_side < MIN_ROWS), np.minimum(rows, single_side.min(axis=1)), rows)
    return np.where(equal_weights, kish, rows)
