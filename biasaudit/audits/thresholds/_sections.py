"""What an audit of lines says beyond the decisions at one: what each criterion would choose."""

from __future__ import annotations

import math
from collections.abc import Sequence

from biasaudit.audits.thresholds._choice import Thresholds
from biasaudit.reporting.report import Column, Section

__all__ = ["BEST", "DECLARED", "MEDIAN", "choices_section", "threshold_in_words"]

# Where the line comes from that an audit reports on.
DECLARED = "the line that the data set declares"
BEST = "the one line of greatest benefit"
MEDIAN = "the line nearest the median score"
CHOSEN = {
    "one_threshold": "One line for all",
    "demographic_parity": "Selection rates alike",
    "equal_opportunity": "True positive rates alike",
    "equalized_odds": "True and false positive rates alike",
    "greatest_benefit": "Each group's best line",
}
CHOICES = (
    Column("criterion", "What is asked"),
    Column("group", "Group"),
    Column("threshold", "Decided positively"),
    Column("benefit", "Right decisions in all", "count"),
    Column("benefit_elsewhere", "Of as many others", "count"),
    Column("gap", "Gap left, in points", "points"),
    Column("gap_elsewhere", "Among others", "points"),
)


def threshold_in_words(threshold: float) -> str:
    """Say which scores are decided positively.

    Examples
    --------
    >>> threshold_in_words(0.5), threshold_in_words(float("inf")), threshold_in_words(float("-inf"))
    ('from 0.5 on', 'nobody', 'everybody')
    """
    return f"from {threshold:g} on" if math.isfinite(threshold) else ("nobody" if threshold > 0 else "everybody")


def choices_section(chosen: Sequence[Thresholds]) -> Section:
    """Lay out the lines that each criterion would choose, group by group, with the gap that is left here and elsewhere.

    Rows bring the group's rates among people who had no say in the choice as well, for those who read them by program.
    """
    rows = [
        {
            "criterion": CHOSEN[one.criterion],
            "group": group,
            "threshold": threshold_in_words(threshold),
            "benefit": one.benefit,
            "benefit_elsewhere": one.benefit_elsewhere,
            "gap": one.gap,
            "gap_elsewhere": one.gap_elsewhere,
            **{f"{rate}_elsewhere": rates[group] for rate, rates in one.rates_elsewhere.items()},
        }
        for one in chosen
        for group, threshold in one.thresholds.items()
    ]
    promised = (one.sentence for one in chosen if not math.isnan(one.gap))
    sentences = ("Lines chosen on these rows look better here than they will on others.", *promised)
    return Section("chosen_lines", "What each criterion would choose", sentences, CHOICES, tuple(rows))
