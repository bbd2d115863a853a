"""The units of metrics: how their values and gaps are written, and which gaps are too small to matter."""

import math
import re
from dataclasses import dataclass
from typing import Any, NamedTuple

from biasaudit.errors import AuditError
from biasaudit.names import clean

__all__ = [
    "NUMBER",
    "OUTCOME",
    "RANK",
    "SCORE",
    "SHARE",
    "SMALL",
    "SMALL_IN_DEVIATIONS",
    "TOLERANCE",
    "Tolerance",
    "Unit",
    "outcome_unit",
    "read_tolerance",
]

# Gaps within these are held to be too small to matter unless the caller says otherwise.
TOLERANCE = {"difference": (-0.05, 0.05), "ratio": (0.8, 1.25)}
MOST_DIGITS = 12
# Of groups that differ by less, statisticians say that they are balanced (Austin 2009).
SMALL_IN_DEVIATIONS = 0.1
IN_DEVIATIONS = re.compile(r"\s*(\d+(?:\.\d+)?)\s*sd\s*", re.IGNORECASE)
# "%" or "$" may stand after each number of an axis.
LONGEST_WORD = 3


@dataclass(frozen=True)
class Unit:
    """What the values of a metric are.

    Parameters
    ----------
    name : str
        Its name in reports, such as "dollars".
    word, gap_word : str or None
        What is written after a value and after a gap between two; its name, and what is written after a value, where
        left out.
    factor : float
        What a value is multiplied by before it is written: 100 for per cent.
    digits : int
        Digits after the point.
    head : str
        Head of a column of values.
    small : float or None
        Gap that is too small to matter; None where any gap matters.
    from_zero : bool
        Whether 0 means nothing, so that an axis starts there.
    deviation : float or None
        Standard deviation of the outcome over everyone; None where there is none, or no limit is told in it.

    Examples
    --------
    >>> Unit("dollars").word, SHARE.after_gap
    (None, 'points')
    """

    name: str
    word: str | None = None
    gap_word: str | None = None
    factor: float = 1.0
    digits: int = 1
    head: str = "Value"
    small: float | None = None
    from_zero: bool = True
    deviation: float | None = None

    @property
    def after_value(self) -> str:
        """What is written after a value."""
        return self.name if self.word is None else self.word

    @property
    def after_gap(self) -> str:
        """What is written after a gap."""
        return self.after_value if self.gap_word is None else self.gap_word

    @property
    def is_long(self) -> bool:
        """Whether it is so long that a plot writes it once, and not after each value."""
        return len(self.after_value) > LONGEST_WORD

    @property
    def is_share(self) -> bool:
        """Whether values lie between 0 and 1, nobody and everybody."""
        return self == SHARE


SMALL = TOLERANCE["difference"][1]
SHARE = Unit("share", "%", "points", factor=100.0, head="Rate", small=SMALL)
NUMBER = Unit("number", "", digits=3, head="Rate", small=SMALL)
# Scores have a scale of their own, and no zero that means anything; how large a gap matters, their spread says.
SCORE = Unit("score", "", digits=3, head="Mean", small=SMALL, from_zero=False)
# Places of classes in their order; a tenth of a step is small, however many there are.
RANK = Unit("ranks", "", "ranks", digits=2, head="Mean", small=0.1, from_zero=False)
# Stands on the rows of measures that are in the unit of the outcome, which only an audit knows.
OUTCOME = Unit("the outcome's unit", "", digits=3, from_zero=False)


def outcome_unit(word: str, *, scale: float, small: float) -> Unit:
    """Return the unit of an outcome that is a number, with as many digits as its values need.

    Values that are thousands apart are written whole, those that are hundreds apart with one digit, those that are
    between one and a hundred apart with two, as money is; finer ones with the first three digits of their standard
    deviation.

    Parameters
    ----------
    word : str
        What is written after a value and after a gap, such as "dollars an hour"; empty for a plain number.
    scale : float
        Standard deviation of the outcome over everyone, in its unit; two digits where it is 0 or unknown.
    small : float
        Gap that is too small to matter, in the unit.

    Returns
    -------
    Unit

    Examples
    --------
    >>> [outcome_unit("", scale=scale, small=0.1).digits for scale in (80_000, 250, 10.6, 0.2)]
    [0, 1, 2, 3]
    >>> outcome_unit("dollars an hour", scale=10.6, small=0.5).after_gap
    'dollars an hour'
    """
    known = math.isfinite(scale) and scale > 0
    magnitude = math.floor(math.log10(scale)) if known else 0
    digits = max(0, 3 - magnitude) if magnitude > 1 else 2 - min(magnitude, 0)
    return Unit(
        word or NUMBER.name,
        word,
        digits=min(digits, MOST_DIGITS),
        small=small,
        from_zero=False,
        deviation=scale if known else None,
    )


class Tolerance(NamedTuple):
    """A gap between numbers that is too small to matter, in their unit or in standard deviations of the outcome."""

    amount: float
    in_deviations: bool

    @property
    def text(self) -> str:
        """The tolerance as people write it, however it was typed."""
        return f"{self.amount:g} sd" if self.in_deviations else f"{self.amount:.15g}"

    def of(self, deviation: float) -> float:
        """Return it in the unit of an outcome of this standard deviation."""
        return self.amount * deviation if self.in_deviations else self.amount


def read_tolerance(tolerance: Any) -> Tolerance:
    """Read a gap that is too small to matter.

    Parameters
    ----------
    tolerance : float, str or None
        A number in the unit of the outcome, or such as "0.2 sd"; a tenth of a standard deviation where it is None.

    Returns
    -------
    Tolerance

    Raises
    ------
    AuditError
        If it is no such gap, or below 0.

    Examples
    --------
    >>> read_tolerance("0.20 SD").text, read_tolerance(2).of(10.6), read_tolerance(None).of(10.0)
    ('0.2 sd', 2.0, 1.0)
    """
    if tolerance is None:
        return Tolerance(SMALL_IN_DEVIATIONS, True)
    found = IN_DEVIATIONS.fullmatch(tolerance) if isinstance(tolerance, str) else None
    if found is not None:
        return Tolerance(float(found[1]), True)
    try:
        amount = math.nan if isinstance(tolerance, bool) else float(tolerance)
    except (TypeError, ValueError):
        amount = math.nan
    if not (math.isfinite(amount) and amount >= 0):
        raise AuditError(
            f"tolerance={clean(repr(tolerance))} is no difference. Give a number of 0 or more in the unit of the "
            'outcome, or one in standard deviations, such as "0.2 sd".'
        )
    return Tolerance(amount, False)
