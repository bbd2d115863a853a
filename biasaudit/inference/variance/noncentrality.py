"""An interval for what cannot be negative: a sum of squared gaps, such as the inequality between groups."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import chndtr, ncfdtr

__all__ = ["SquaredGaps"]

N_BISECTIONS = 60
MAX_DF = 1e9


@dataclass(frozen=True)
class SquaredGaps:
    """A sum of squared gaps, and how it varies with its true value.

    It lies above the truth by `bias` on average, with a variance of twice `bias` · `scale` where there are no gaps, and
    of 4 · `slope` times the truth more where there are.

    Parameters
    ----------
    estimate : float
        0 or more.
    bias : float
        Above 0.
    scale, slope : float
    df : float
        Degrees of freedom of what the variance is estimated from; infinite where that is no question.
    """

    estimate: float
    bias: float
    scale: float
    slope: float
    df: float = np.inf

    def p_value(self, truth: float) -> float:
        """Chance that a sum of squares lies as far from a true value as the one that was seen, on the scale of roots.

        The sum is taken for a multiple of a noncentral chi-square (or F) with its mean and variance.
        """
        factor = (self.scale * self.bias + 2 * self.slope * truth) / (self.bias + 2 * truth)
        center, at = (np.sqrt(value / factor) for value in (truth, self.estimate))
        away = abs(at - center)
        below, above = ((max(center + step, 0.0)) ** 2 for step in (-away, away))
        return 1 - self._up_to(above, truth, factor) + self._up_to(below, truth, factor)

    def _up_to(self, value: float, truth: float, factor: float) -> float:
        dimensions = self.bias / factor
        if self.df < MAX_DF:
            return float(ncfdtr(dimensions, self.df, truth / factor, value / dimensions))
        return float(chndtr(value, dimensions, truth / factor))

    def interval(self, confidence: float) -> tuple[float, float]:
        """Return the smallest and the largest truth that is not rejected.

        References
        ----------
        Kent and Hainsworth (1995), "Confidence intervals for the noncentral chi-squared distribution", the symmetric
        range interval.

        Examples
        --------
        Of one gap, 3 or 1 standard errors wide, it is the root that the interval is about:

        >>> [round(limit**0.5, 2) for limit in SquaredGaps(9.0, 1.0, 1.0, 1.0).interval(0.95)]
        [1.36, 4.96]
        >>> [round(limit**0.5, 2) for limit in SquaredGaps(1.0, 1.0, 1.0, 1.0).interval(0.95)]
        [0.0, 2.96]
        """
        alpha = 1 - confidence
        low = 0.0 if self.p_value(0.0) >= alpha else self._end(self.estimate, 0.0, alpha)
        beyond = self.estimate + self.bias
        while self.p_value(beyond) >= alpha:
            beyond = 2 * beyond
        return low, self._end(self.estimate, beyond, alpha)

    def _end(self, inside: float, outside: float, alpha: float) -> float:
        """Find the last truth that is not rejected on the way from one that is not to one that is."""
        for _ in range(N_BISECTIONS):
            middle = (inside + outside) / 2
            inside, outside = (middle, outside) if self.p_value(middle) >= alpha else (inside, middle)
        return inside
