"""Written digits, of which a minority is turned: what is known of them is all there is to know."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from biasaudit.errors import AuditError

__all__ = ["SIDE", "TurnedDigits", "make_turned_digits", "turn"]

SIDE = 8
MOST = 1_400


@dataclass(frozen=True, eq=False)
class TurnedDigits:
    """Digits to learn from, of which some are turned, and others to be tested on, each upright and turned.

    Parameters
    ----------
    train : float array of shape (seeds, n, 64)
        Pictures of 8 by 8 points, from 0 to 1.
    train_label : int array of shape (seeds, n)
        The digit.
    minority : bool array of shape (seeds, n)
        Whether it is turned.
    upright, turned : float array of shape (seeds, m, 64)
        The same pictures, for testing.
    test_label : int array of shape (seeds, m)
    tested : int array of shape (seeds, m)
        Which of the 1,797 pictures they are.
    """

    train: NDArray[np.float64]
    train_label: NDArray[np.int64]
    minority: NDArray[np.bool_]
    upright: NDArray[np.float64]
    turned: NDArray[np.float64]
    test_label: NDArray[np.int64]
    tested: NDArray[np.int64]

    @property
    def overlap(self) -> float:
        """Rows tested on over rows learnt from: every seed splits the same pictures anew."""
        return float(self.test_label.shape[1] / self.train_label.shape[1])


def turn(pictures: NDArray[np.float64], degrees: float) -> NDArray[np.float64]:
    """Turn pictures about their middle.

    Parameters
    ----------
    pictures : float array of shape (..., 64)
    degrees : float
        Against the clock.
    """
    from scipy.ndimage import rotate

    if degrees == 0:
        return pictures
    square = pictures.reshape(-1, SIDE, SIDE)
    turned: NDArray[np.float64] = rotate(square, degrees, axes=(2, 1), reshape=False, order=1)
    return turned.reshape(pictures.shape)


def make_turned_digits(
    n: int, *, share: float = 0.1, degrees: float = 60.0, seeds: int = 10, random_state: int = 0
) -> TurnedDigits:
    """Split the 1,797 digits that scikit-learn ships, once for each seed, and turn a share of those to learn from.

    Parameters
    ----------
    n : int
        Pictures to learn from, 20 to 1,400; the others are for testing.
    share : float
        Of them that are turned, from 0 to 1.
    degrees : float
        By how much.
    seeds : int
        How many splits.
    random_state : int

    Raises
    ------
    AuditError
        If `n` is out of range.

    Examples
    --------
    >>> digits = make_turned_digits(1_000, share=0.1, seeds=2)
    >>> digits.train.shape, digits.turned.shape, int(digits.minority.sum())
    ((2, 1000, 64), (2, 797, 64), 200)
    """
    from sklearn.datasets import load_digits

    if not 20 <= n <= MOST:
        raise AuditError(f"n={n} pictures is out of range. Give a number from 20 to {MOST:,}: the others are to test.")
    pictures, digit = load_digits(return_X_y=True)
    pictures, digit = pictures / 16, digit.astype(np.int64)
    both = np.stack([pictures, turn(pictures, degrees)])
    rng = np.random.default_rng(random_state)
    order = rng.permuted(np.tile(np.arange(len(digit)), (seeds, 1)), axis=1)
    learnt, tested = order[:, :n], order[:, n:]
    # Of a shuffled row, the first are as good as any.
    minority = np.broadcast_to(np.arange(n) < round(share * n), (seeds, n))
    return TurnedDigits(
        train=both[minority.astype(int), learnt],
        train_label=digit[learnt],
        minority=minority,
        upright=both[0, tested],
        turned=both[1, tested],
        test_label=digit[tested],
        tested=tested,
    )
