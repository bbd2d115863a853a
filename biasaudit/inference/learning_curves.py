"""Power laws of error against how much was learnt from, and from which size on a gap stays small."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from biasaudit.arraytypes import Floats

__all__ = ["PowerLaw", "fit_power_law", "size_for_gap"]

# So fine that no curve moves by as much as errors are known to; a law without a limit at all would fall more slowly.
EXPONENTS = np.arange(0.04, 3.001, 0.02)


@dataclass(frozen=True)
class PowerLaw:
    """Error after learning from so much: limit + scale × size^-exponent.

    Parameters
    ----------
    limit, scale, exponent : float arrays of shape (...)
        The error that is left whatever the size, 0 or more; how much more there is at size 1; how fast that goes.
    """

    limit: Floats
    scale: Floats
    exponent: Floats

    def at(self, sizes: ArrayLike) -> Floats:
        """Return the error at sizes, shape (..., sizes)."""
        size = np.asarray(sizes, float)
        falls: Floats = size ** -self.exponent[..., None]
        return self.limit[..., None] + self.scale[..., None] * falls


def fit_power_law(sizes: ArrayLike, errors: ArrayLike) -> PowerLaw:
    """Fit a power law with a limit to errors by least squares, with no limit or scale below 0.

    Parameters
    ----------
    sizes : float array of shape (sizes,)
        Above 0, three or more different ones.
    errors : float array of shape (..., sizes)
        0 to 1. Fitted over the last axis.

    Returns
    -------
    PowerLaw
        Of shape (...).

    Raises
    ------
    ValueError
        If there are fewer than three different sizes, or one is not above 0.

    References
    ----------
    Hestness et al. (2017), "Deep learning scaling is predictable, empirically". Lawson and Hanson (1974), Solving Least
    Squares Problems, for the bounds.

    Examples
    --------
    >>> law = fit_power_law([1, 2, 4, 8], [0.5, 0.3, 0.2, 0.15])
    >>> law.limit.round(2).item(), law.scale.round(2).item(), law.exponent.round(2).item()
    (0.1, 0.4, 1.0)
    """
    size, error = np.asarray(sizes, float), np.asarray(errors, float)
    if len(np.unique(size)) < 3 or not (size > 0).all():
        raise ValueError("a power law takes three different sizes or more, all above 0")
    falls = size ** -EXPONENTS[:, None]
    mean, of_fall = error.mean(axis=-1)[..., None], falls.mean(axis=1)
    spread = falls - of_fall[:, None]
    scale = (error @ spread.T) / (spread**2).sum(axis=1)
    limit = mean - scale * of_fall
    # Where a bound is passed, the best fit lies on it.
    scale_without_limit = (error @ falls.T) / (falls**2).sum(axis=1)
    below, rises = limit < 0, scale < 0
    scale = np.where(rises, 0.0, np.where(below, scale_without_limit, scale))
    limit = np.where(rises, np.broadcast_to(mean, limit.shape), np.where(below, 0.0, limit))
    fitted = limit[..., None] + scale[..., None] * falls
    best = ((fitted - error[..., None, :]) ** 2).sum(axis=-1).argmin(axis=-1)[..., None]
    limit, scale = (np.take_along_axis(part, best, axis=-1)[..., 0] for part in (limit, scale))
    return PowerLaw(limit, scale, EXPONENTS[best[..., 0]])


def size_for_gap(group: PowerLaw, reference: PowerLaw, gap: float, sizes: ArrayLike) -> Floats:
    """Return the smallest of the sizes from which on the group's error exceeds the reference's by no more than the gap.

    Parameters
    ----------
    group, reference : PowerLaw
        Of shape (...).
    gap : float
    sizes : float array of shape (sizes,)
        Those that are looked at, ascending.

    Returns
    -------
    float array of shape (...)
        Infinite where the gap is still wider at the largest size.

    Examples
    --------
    >>> import numpy as np
    >>> women, men = PowerLaw(*map(np.array, (0.1, 0.4, 1.0))), PowerLaw(*map(np.array, (0.1, 0.0, 1.0)))
    >>> size_for_gap(women, men, 0.05, np.arange(1, 21)).item()
    8.0
    """
    size = np.asarray(sizes, float)
    wider = group.at(size) - reference.at(size) > gap + 1e-12
    last = np.where(wider.any(axis=-1), len(size) - 1 - wider[..., ::-1].argmax(axis=-1), -1)
    found: Floats = np.append(size, np.inf)[last + 1]
    return found
