"""What an audit of lines says beyond the decisions at one: what each criterion would choose."""

from __future__ import annotations

import math
from collections.abc import Sequence

from biasaudit.audits.thresholds._choice import Lines
from biasaudit.reporting.report import Column, Section

__all__ = ["BEST", "DECLARED", "MEDIAN", "choices_section", "line_in_words"]

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


def line_in_words(line: float) -> str:
    """Say which scores are decided positively.

    Examples
    --------
    >>> line_in_words(0.5), line_in_words(float("inf")), line_in_words(float("-inf"))
    ('from 0.5 on', 'nobody', 'everybody')
    """
    return f"from {line:g} on" if math.isfinite(line) else ("nobody" if line > 0 else "everybody")


def choices_section(chosen: Sequence[Lines]) -> Section:
    """Lay out the lines that each criterion would choose, group by group, with the gap that is left here and elsewhere.

    Rows bring the group's rates among people who had no say in the choice as well, for those who read them by program.
    """
    rows = [
        {
            "criterion": CHOSEN[lines.criterion],
            "group": group,
            "threshold": line_in_words(line),
            "benefit": lines.benefit,
            "benefit_elsewhere": lines.benefit_elsewhere,
            "gap": lines.gap,
            "gap_elsewhere": lines.gap_elsewhere,
            **{f"{rate}_elsewhere": rates[group] for rate, rates in lines.rates_elsewhere.items()},
        }
        for lines in chosen
        for group, line in lines.thresholds.items()
    ]
    promised = (lines.sentence for lines in chosen if not math.isnan(lines.gap))
    sentences = ("Lines chosen on these rows look better here than they will on others.", *promised)
    return Section("chosen_lines", "What each criterion would choose", sentences, CHOICES, tuple(rows))
