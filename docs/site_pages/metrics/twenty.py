"""The twenty people of a picture as a table, and every figure of them as biasaudit counts it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

import pandas as pd

import biasaudit as ba
from biasaudit.errors import AuditError
from biasaudit.metrics.metric import Metric
from biasaudit.metrics.outcome_words import OutcomeWords
from biasaudit.metrics.rates import Cell, Rate
from biasaudit.metrics.registry import ERRORS_OF_PREDICTIONS

__all__ = ["APPLICANTS", "CELLS", "Figures", "Twenty", "cell_of", "twenty"]

APPLICANTS = OutcomeWords(
    people="applicants",
    selected="were invited",
    rejected="were turned down",
    positive="were right for the job",
    negative="were not right for the job",
    good="positive",
)
# Cell of a person's row: whether right for the job, whether invited.
CELLS = {"TP": (True, True), "FN": (True, False), "FP": (False, True), "TN": (False, False)}
# Whoever scores .5 or more is invited. In the order of the cells, and each in the middle of its bin of a hundredth, so
# that what is counted from the bins is what a reader adds up.
SCORES = {
    "A": {"TP": (0.905, 0.805, 0.705, 0.605), "FN": (0.355,), "FP": (0.555,), "TN": (0.405, 0.305, 0.205, 0.105)},
    "B": {"TP": (0.755,), "FN": (0.455, 0.405, 0.255), "FP": (0.655, 0.555), "TN": (0.355, 0.305, 0.205, 0.105)},
}
STANDARD = {"A": "4 TP, 1 FN, 1 FP, 4 TN", "B": "1 TP, 3 FN, 2 FP, 4 TN"}


@dataclass(frozen=True)
class Figures:
    """What an audit says of the twenty, looked up by metric and group."""

    rates: pd.DataFrame
    gaps: pd.DataFrame

    def rate(self, metric: str, group: str) -> tuple[float, float, float]:
        """Return how many are counted, of how many, and the value; of everyone where no group is named."""
        named = self.rates["group"].map(lambda levels: next(iter(levels.values()), "") == group)
        found = self.rates[named & (self.rates["metric"] == metric)].iloc[0]
        return float(found["numerator"]), float(found["denominator"]), float(found["estimate"])

    def gap(self, metric: str, comparison: str, kind: str = "range") -> float:
        """Return a difference or a ratio: over all groups, or of group B against group A."""
        wanted = {"metric": metric, "comparison": comparison, "kind": kind}
        keep = pd.concat([self.gaps[column] == value for column, value in wanted.items()], axis=1).all(axis=1)
        return float(self.gaps[keep]["estimate"].iloc[0])


@dataclass(frozen=True)
class Twenty:
    """Twenty people in two groups; columns group, right, invited and, where they have one, score.

    Parameters
    ----------
    frame : DataFrame
        One row a person, in the order in which they are drawn.
    """

    frame: pd.DataFrame

    @cached_property
    def figures(self) -> Figures:
        """Count the people: one audit of their rows, and one of the errors among them."""
        score = "score" if "score" in self.frame else None
        audit = ba.audit_predictions(
            self.frame,
            y_true="right",
            y_pred="invited",
            score=score,
            sensitive_features="group",
            reference={"group": "A"},
        )
        wrong = self.frame.assign(wrong=(self.frame["right"] != self.frame["invited"]).astype(int))
        errors = ba.audit_errors(wrong, errors="wrong", sensitive_features="group", reference={"group": "A"})
        return Figures(
            pd.concat([audit.rates(), errors.rates()], ignore_index=True),
            pd.concat([audit.disparities(), errors.disparities()], ignore_index=True),
        )

    @property
    def groups(self) -> dict[str, pd.DataFrame]:
        """Return the rows of each group."""
        return {str(name): rows for name, rows in self.frame.groupby("group", sort=True)}

    def overstated(self, group: str, by: float) -> Twenty:
        """Return the same people with the scores of a group raised by so much."""
        raised = self.frame["score"] + by * (self.frame["group"] == group)
        return Twenty(self.frame.assign(score=raised.round(3)))

    def in_order_of_score(self) -> Twenty:
        """Return the same people, the highest score first."""
        return Twenty(self.frame.sort_values(["group", "score"], ascending=[True, False], kind="stable"))


def cell_of(right: Any, invited: Any) -> Cell:
    """Return the cell of a confusion matrix that a row falls into."""
    name = next(name for name, cell in CELLS.items() if cell == (bool(right), bool(invited)))
    return Cell[name]


@cache
def twenty(a: str = "", b: str = "") -> Twenty:
    """Read how many people of groups A and B fall into each cell, such as "4 TP, 1 FN, 1 FP, 4 TN".

    The people that most pictures show, who are meant where nothing is said, have scores, too: whoever has .5 or more is
    invited.
    """
    spec = {"A": a, "B": b} if a else STANDARD
    rows = [
        {"group": group, "right": CELLS[cell][0], "invited": CELLS[cell][1]}
        for group, text in spec.items()
        for count, cell in re.findall(r"(\d+) (TP|FN|FP|TN)", text)
        for _ in range(int(count))
    ]
    frame = pd.DataFrame(rows).astype({"right": int, "invited": int})
    if len(frame) != 20:
        raise AuditError(
            f"A picture shows twenty people, not {len(frame)}: {spec}. Mend it in docs/site_pages/metrics."
        )
    if not a:
        frame["score"] = [score for cells in SCORES.values() for scores in cells.values() for score in scores]
    return Twenty(frame)


def rate_of(row: Metric) -> Rate | None:
    """Return the rate that a metric is, among predictions; nothing where it is made otherwise."""
    if row.name == ERRORS_OF_PREDICTIONS.name:
        return ERRORS_OF_PREDICTIONS
    return row if isinstance(row, Rate) else None
