"""How much data would settle it: what an audit could have seen, and what chance shows where nobody is treated worse."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from biasaudit.arraytypes import Floats
from biasaudit.audits.predictions.audit import Audit
from biasaudit.counts.arrays import share
from biasaudit.errors import AuditError
from biasaudit.inference.intervals.chance_spread import expected_spread
from biasaudit.inference.references import against_reference
from biasaudit.inference.testing.hypothesis_tests import homogeneity_test
from biasaudit.inference.testing.power import power_two_proportions, rows_needed
from biasaudit.metrics.units import TOLERANCE
from biasaudit.names import clean
from biasaudit.reporting.formats.without_tables import report_without_tables
from biasaudit.reporting.rendered import Rendered
from biasaudit.reporting.report import Column, Report, Section
from biasaudit.reporting.words.breakdowns import records
from biasaudit.reporting.words.text import count, percent

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["ChanceGaps", "plan_sample", "power_curve", "simulate_equal_groups"]

TOLERATED = TOLERANCE["difference"][1]
MOST_GROUPS, MOST_DRAWS, MOST_ROWS = 100, 100_000, 10**9
STEPS = 60


def plan_sample(audit: Audit, metric: str, *, gap: float = TOLERATED, power: float = 0.8) -> pd.DataFrame:
    """Say, for each group against its reference, what could have been seen and how many rows a gap would need.

    Parameters
    ----------
    audit : Audit
        Whose groups and rates it plans with.
    metric : str
        A rate that the audit has.
    gap : float
        Gap that must not stay unseen, above 0 and below 1.
    power : float
        Chance of showing it, 0.5 to 0.99.

    Returns
    -------
    DataFrame
        group, reference, rows and reference_rows (that count for the rate), rate (of the reference), estimate (of the
        gap now), verdict, smallest_detectable, rows_needed and reference_rows_needed (both groups growing alike), and
        times: how many times as many rows as now. All at the `level` at which the audit judges a single gap.

    Raises
    ------
    AuditError
        If the audit has no such rate of pairs, or a number is out of range.

    References
    ----------
    Fleiss, Levin and Paik (2003), Statistical Methods for Rates and Proportions, chapter 4.

    Examples
    --------
    >>> import biasaudit as ba
    >>> plan = ba.plan_sample(ba.audit_predictions(ba.datasets.load_ricci()), "selection_rate", gap=0.2)
    >>> plan[["rows", "rows_needed"]].astype(int).values.tolist()
    [[27, 103], [23, 99]]
    """
    import pandas as pd

    _check_share("gap", gap, 0.0, 1.0)
    _check_share("power", power, 0.49, 0.995)
    if not isinstance(audit, Audit):
        raise AuditError(
            "plan_sample plans with the rates of a yes or no, and this audit has none. Of several classes, hold one "
            "against all others with pos_label."
        )
    gaps, rates = audit.disparities(metric), audit.rates()
    pairs = gaps[(gaps["kind"] == "pair") & (gaps["comparison"] == "difference")]
    pairs = pairs[against_reference(pairs["sensitive_features"], pairs["group"], pairs["reference"])]
    if not len(pairs):
        raise AuditError(f'"{clean(metric)}" has no gaps between two groups in this audit. Name a rate.')
    known = {
        tuple(row["group"].items()): row for row in rates[rates["metric"] == gaps["metric"].iloc[0]].to_dict("records")
    }
    one = [known[tuple(group.items())] for group in pairs["group"]]
    other = [known[tuple(group.items())] for group in pairs["reference"]]
    n1, n2 = (np.array([row["denominator"] for row in side], dtype=float) for side in (one, other))
    rate = np.array([row["estimate"] for row in other], dtype=float)
    levels = audit.gap_levels(gaps["metric"].iloc[0])
    level = np.array([levels[split] for split in pairs["sensitive_features"]])
    needed = rows_needed(gap, rate, ratio=share(n2, n1), alpha=level, power=power)
    return pd.DataFrame(
        {
            "group": pairs["group"].to_numpy(),
            "reference": pairs["reference"].to_numpy(),
            "rows": n1,
            "reference_rows": n2,
            "rate": rate,
            "estimate": pairs["estimate"].to_numpy(),
            "verdict": pairs["verdict"].to_numpy(),
            "smallest_detectable": pairs["smallest_detectable"].to_numpy(),
            "rows_needed": needed,
            "reference_rows_needed": np.ceil(needed * share(n2, n1)),
            "times": needed / n1,
            "level": level,
        }
    )


def power_curve(rate: float, rows: int, reference_rows: int, *, gap: float, level: float = 0.05) -> pd.DataFrame:
    """Compute the chance of showing a gap for from a tenth to a hundred times as many rows.

    Parameters
    ----------
    rate : float
        Rate of the reference group.
    rows, reference_rows : int
        People of the group, and those it is held against.
    gap : float
        Difference of the two rates, above 0 and below 1.
    level : float
        Of the two-sided test.

    Returns
    -------
    DataFrame
        rows (of both groups), power.

    Examples
    --------
    >>> curve = power_curve(0.3, 100, 100, gap=0.2)
    >>> curve["power"].is_monotonic_increasing
    True
    """
    import pandas as pd

    for name, value in (("rate", rate), ("gap", gap), ("level", level)):
        _check_share(name, value, 0.0, 1.0)
    times = np.geomspace(0.1, 100, STEPS)
    other = rate + gap if rate <= 0.5 else rate - gap
    if not 0 <= other <= 1:
        raise AuditError(f"A gap of {gap:g} from a rate of {rate:g} leads outside 0 to 1. Give a smaller gap.")
    power = power_two_proportions(other, rows * times, rate, reference_rows * times, alpha=level)
    return pd.DataFrame({"rows": (rows + reference_rows) * times, "power": power})


@dataclass(frozen=True, eq=False, repr=False)
class ChanceGaps(Rendered):
    """Gaps between groups whose true rates are equal: all that they show is chance.

    Parameters
    ----------
    sizes : tuple of int
        How many people each group has.
    rate : float
        The rate of all of them.
    gaps : float array of shape (draws,)
        Widest gap of each draw.
    shown : bool array of shape (draws,)
        Draws in which the test of homogeneity would call the gap shown.
    expected : float
        Exact mean of the widest gap.

    Examples
    --------
    >>> import biasaudit as ba
    >>> chance = ba.simulate_equal_groups([400, 400, 20], rate=0.3)
    >>> print(chance.sentence())
    Nobody is treated worse here, and yet the widest gap is 9.5 points on average; it is above 5 points in 72.8 % of
    draws. A test that counts on chance calls 4.5 % of them shown.
    """

    sizes: tuple[int, ...]
    rate: float
    gaps: Floats
    shown: NDArray[np.bool_]
    expected: float

    def to_frame(self) -> pd.DataFrame:
        """Return what a reader may take from it: mean and quantiles, and how often it would look like bias.

        Returns
        -------
        DataFrame

        Examples
        --------
        >>> import biasaudit as ba
        >>> table = ba.simulate_equal_groups([400, 400, 20], rate=0.3).to_frame()
        >>> table.columns.tolist()
        ['what', 'value']
        >>> print(table.round(3).to_string(index=False))
                                                what  value
                              mean of the widest gap  0.095
                                      its exact mean  0.097
                              5 % of draws are below  0.018
                             half of draws are below  0.082
                              5 % of draws are above  0.212
                           draws with a gap above 5%  0.728
        draws in which the gap would be called shown  0.045
        """
        import pandas as pd

        low, middle, high = np.quantile(self.gaps, [0.05, 0.5, 0.95])
        rows = {
            "mean of the widest gap": self.gaps.mean(),
            "its exact mean": self.expected,
            "5 % of draws are below": low,
            "half of draws are below": middle,
            "5 % of draws are above": high,
            f"draws with a gap above {TOLERATED:.0%}": (self.gaps > TOLERATED).mean(),
            "draws in which the gap would be called shown": self.shown.mean(),
        }
        return pd.DataFrame({"what": list(rows), "value": [float(value) for value in rows.values()]})

    def report(self) -> Report:
        """Gather what the renderers in :mod:`biasaudit.reporting` need.

        Returns
        -------
        Report

        Examples
        --------
        >>> import biasaudit as ba
        >>> report = ba.simulate_equal_groups([400, 400, 20], rate=0.3).report()
        >>> report.title
        'Chance alone: 3 groups with one true rate of 30.0 %'
        """
        rows = records(self.to_frame())
        columns = (Column("what", "What chance alone does"), Column("value", "Share", "share"))
        return report_without_tables(
            f"Chance alone: {len(self.sizes)} groups with one true rate of {percent(self.rate)}",
            self.sentence(),
            sections=(Section("chance_gaps", "How far apart chance puts them", (), columns, tuple(rows)),),
            rows=sum(self.sizes),
            unit=f"people in each of {count(len(self.gaps))} draws",
        )

    def __repr__(self) -> str:
        return self.sentence()

    def sentence(self) -> str:
        """Say it in a sentence.

        Returns
        -------
        str

        Examples
        --------
        >>> import biasaudit as ba
        >>> print(ba.simulate_equal_groups([2_000, 2_000], rate=0.3).sentence())
        Nobody is treated worse here, and yet the widest gap is 1.2 points on average; it is above 5 points in 0.0 % of
        draws. A test that counts on chance calls 5.4 % of them shown.
        """
        wide, mean = (self.gaps > TOLERATED).mean(), 100 * self.gaps.mean()
        return (
            f"Nobody is treated worse here, and yet the widest gap is {mean:.1f} points on average; it is above "
            f"{100 * TOLERATED:.0f} points in {percent(wide)} of draws. A test that counts on chance calls "
            f"{percent(self.shown.mean())} of them shown."
        )


def simulate_equal_groups(
    sizes: Sequence[int], rate: float, *, draws: int = 2_000, confidence: float = 0.95, random_state: int = 0
) -> ChanceGaps:
    """Draw groups of people with one true rate, and look how far apart chance puts them.

    Parameters
    ----------
    sizes : sequence of int
        Rows of each group, two groups or more.
    rate : float
        True rate of all, 0 to 1.
    draws : int
        How often all groups are drawn anew.
    confidence : float
        Of the intervals, above 0.5 and below 1; one minus it is the level of the verdicts.
    random_state : int
        Seed of all that is drawn.

    Returns
    -------
    ChanceGaps

    Raises
    ------
    AuditError
        If a number is out of range.

    Examples
    --------
    >>> found = simulate_equal_groups([200, 50, 20], 0.3)
    >>> round(found.expected, 3), bool(abs(found.gaps.mean() - found.expected) < 0.01), bool(found.shown.mean() < 0.06)
    (0.12, True, True)
    """
    numbers = list(sizes) if isinstance(sizes, (list, tuple, np.ndarray)) else []
    if not 2 <= len(numbers) <= MOST_GROUPS or not all(_whole(n) and 1 <= n <= MOST_ROWS for n in numbers):
        raise AuditError(
            f"sizes={clean(repr(sizes))} are no group sizes. Give 2 to {MOST_GROUPS} whole numbers from 1 on."
        )
    _check_share("rate", rate, -1e-12, 1 + 1e-12)
    _check_share("confidence", confidence, 0.4999, 1.0)
    if not _whole(draws) or not 1 <= draws <= MOST_DRAWS:
        raise AuditError(f"draws={clean(repr(draws))} is out of range. Give a whole number from 1 to {MOST_DRAWS:,}.")
    n = np.array(numbers, dtype=np.int64)
    x = np.random.default_rng(random_state).binomial(n, rate, size=(draws, len(n)))
    shares = x / n
    p_value = homogeneity_test(x, np.broadcast_to(n, x.shape))
    expected = float(expected_spread(n * rate, n))
    gaps = shares.max(axis=1) - shares.min(axis=1)
    return ChanceGaps(tuple(int(i) for i in n), float(rate), gaps, p_value <= 1 - confidence, expected)


def _whole(value: Any) -> bool:
    return not isinstance(value, bool) and isinstance(value, (int, np.integer))


def _check_share(name: str, value: Any, low: float, high: float) -> None:
    number = isinstance(value, (int, float, np.number)) and not isinstance(value, bool)
    if not number or not low < value < high:
        limits = f"{max(low, 0):g} and {min(high, 1):g}"
        raise AuditError(f"{name}={clean(repr(value))} is out of range. Give a number between {limits}.")
