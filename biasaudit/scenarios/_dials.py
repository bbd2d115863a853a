"""What can be turned in a story, and settings that tell a known case."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from biasaudit.errors import AuditError
from biasaudit.names import clean

__all__ = ["Dial", "Preset"]


@dataclass(frozen=True)
class Dial:
    """Something that can be turned: most often one way in which bias gets in, from 0 (off) to 1 (all the way).

    Parameters
    ----------
    name : str
        Argument of the scenario's `run`.
    label : str
        A few words for a slider.
    meaning : str
        A sentence that says what turning it up does.
    low, high, step : float
        The range, and by how much a slider moves.
    start : float
        Where it stands if nobody turns it.
    off : float
        Where it plants no bias.
    heading : str
        Under which dials of one kind are folded away; none otherwise.

    Examples
    --------
    >>> import biasaudit as ba
    >>> for dial in ba.scenarios.get("hiring").dials[:3]:
    ...     print(f"{dial.name} ({dial.low:g} to {dial.high:g}): {dial.meaning}")
    historical_bias (0 to 1): Women were kept from experience, education and skill.
    label_bias (0 to 1): A share of the women who fit the job were not hired.
    measurement_bias (0 to 1): Marks are read too low for women, and less exactly.
    """

    name: str
    label: str
    meaning: str
    low: float = 0.0
    high: float = 1.0
    step: float = 0.01
    start: float = 0.0
    off: float = 0.0
    heading: str = ""

    def check(self, value: Any) -> float:
        """Return a value that the dial can be turned to.

        Parameters
        ----------
        value : float
            Where to turn it.

        Returns
        -------
        float

        Raises
        ------
        AuditError
            If it is no number or out of range.

        Examples
        --------
        >>> import biasaudit as ba
        >>> dial = ba.scenarios.get("hiring").dials[0]
        >>> dial.check(0.3)
        0.3
        >>> dial.check(3)
        Traceback (most recent call last):
        ...
        biasaudit.errors.AuditError: historical_bias=3 is out of range. Give a number from 0 (off) to 1 (all the way).
        """
        number = isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)
        if not number or not self.low <= value <= self.high:
            ends = f"{self.low:g} to {self.high:g}"
            if (self.low, self.high, self.off) == (0, 1, 0):
                ends = "0 (off) to 1 (all the way)"
            raise AuditError(f"{self.name}={clean(repr(value))} is out of range. Give a number from {ends}.")
        return float(value)


@dataclass(frozen=True)
class Preset:
    """A setting of the dials that tells a case people have heard of.

    Parameters
    ----------
    name, story : str
        What to call it, and what happened in a sentence or two.
    dials : mapping of str to float
        Dials that do not stand where they start.

    Examples
    --------
    >>> import biasaudit as ba
    >>> preset = ba.scenarios.get("hiring").presets[0]
    >>> print(preset.name)
    A sorter trained on ten years of CVs
    >>> preset.dials
    {'label_bias': 0.4, 'proxy_strength': 0.8, 'underrepresentation': 0.6}
    """

    name: str
    story: str
    dials: Mapping[str, float]
