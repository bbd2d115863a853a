"""Bins that need no look at the data: every number rounded to seven significant bits, the same on every engine."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from biasaudit.arraytypes import Floats, Ints

__all__ = ["MAX_EXACT", "PER_DOUBLING", "bin_bounds", "bin_key", "bin_number"]

# Distinct values up to which a table keeps each of them.
MAX_EXACT = 1_000
# Bins between a number and its double.
PER_DOUBLING = 64
# A product of a float and this one is so long that taking it off again leaves the first seven bits of the float.
_SPLITTER = 2.0**46 + 1
# Above every exponent of a float with its sign turned.
_OFFSET = 1_100


def bin_key(value: Any) -> Any:
    """Round numbers to the middle of their bin: to seven significant bits, so that each bin is 0.8–1.6 % wide.

    Multiplication and subtraction alone, which IEEE 754 fixes to the last bit: logarithms differ between engines.

    Parameters
    ----------
    value : Narwhals expression, or float array
        Finite, up to 1e290 in size.

    Returns
    -------
    Narwhals expression, or float array

    References
    ----------
    Dekker, T. J. (1971). A floating-point technique for extending the available precision. *Numerische Mathematik*,
    18(3), 224–242.

    Examples
    --------
    >>> bin_key(np.array([0.0, 1.0, 1.005, 100.4, -3.1415])).tolist()
    [0.0, 1.0, 1.0, 100.0, -3.15625]
    """
    long = value * _SPLITTER
    return long - (long - value)


def bin_number(values: ArrayLike) -> Ints:
    """Return the number of the bin of each value: 0 for zero, rising with the values.

    Parameters
    ----------
    values : float array
        Finite, up to 1e290 in size.

    Returns
    -------
    int array of the shape of `values`

    Examples
    --------
    >>> first, second, doubled = bin_number([1.0, 1.02, 2.0]).tolist()
    >>> second - first, doubled - first, bin_number([0.0, -1.0]).tolist() == [0, -first]
    (1, 64, True)
    """
    mantissa, exponent = np.frexp(bin_key(np.asarray(values, dtype=float)))
    step = np.abs(mantissa) * (2 * PER_DOUBLING) - PER_DOUBLING + 1
    return np.asarray(np.sign(mantissa) * ((exponent + _OFFSET) * PER_DOUBLING + step), dtype=np.int64)


def bin_bounds(number: ArrayLike) -> tuple[Floats, Floats]:
    """Return the lower and upper edges of bins.

    Parameters
    ----------
    number : int array
        As :func:`bin_number` gives.

    Returns
    -------
    low, high : float array of the shape of `number`

    Examples
    --------
    >>> low, high = bin_bounds(bin_number([1.0, 100.0]))
    >>> low.tolist(), high.tolist()
    ([0.99609375, 99.5], [1.0078125, 100.5])
    """
    number = np.asarray(number, dtype=np.int64)
    exponent, step = np.divmod(np.abs(number) - 1, PER_DOUBLING)
    quarters, scale = 4 * (PER_DOUBLING + step), exponent - _OFFSET - 9
    # Below a power of two bins are half as wide.
    inner = np.ldexp(quarters - np.where(step == 0, 1.0, 2.0), scale)
    outer = np.ldexp(quarters + 2.0, scale)
    negative = number < 0
    low, high = np.where(negative, -outer, inner), np.where(negative, -inner, outer)
    return np.where(number == 0, 0.0, low), np.where(number == 0, 0.0, high)
