"""Twenty people in two lists, as the metrics of rankings see them, each counted by an audit of rankings."""

from __future__ import annotations

from functools import cache

import pandas as pd

import biasaudit as ba
from biasaudit.metrics.metric import Metric
from biasaudit.metrics.rankings.measures import RANKS, at_k

from .pictures import COUNTED, ELIGIBLE, Picture, Row
from .sentences import GROUPS, compared, value
from .twenty import Figures

__all__ = ["LISTS", "TOP", "ranked"]

TOP = 3
# Who stands at each place of two lists, and who was right for the job.
LISTS = (("AABABABBAB", (1, 0, 1, 1, 0, 1, 0, 1, 0, 0)), ("ABAABBABAB", (1, 1, 0, 1, 0, 1, 1, 0, 0, 1)))


@cache
def _figures() -> Figures:
    rows = [
        (job, place, group, fit)
        for job, (groups, fits) in enumerate(LISTS)
        for place, (group, fit) in enumerate(zip(groups, fits, strict=True), 1)
    ]
    frame = pd.DataFrame(rows, columns=["job", "rank", "group", "right"])
    asked = {"sensitive_features": "group", "rank": "rank", "query": "job", "relevance": "right"}
    audit = ba.audit_rankings(frame, k=TOP, **asked)
    return Figures(audit.rates(), audit.disparities())


def ranked(row: Metric) -> tuple[str, str]:
    """Draw both lists from the top down, and say what each group gets of them."""
    figures, measure = _figures(), at_k(TOP) if row.name == RANKS[0].name else row
    states = {
        f"List {at}": [COUNTED if place < TOP else ELIGIBLE for place in range(len(groups))]
        for at, (groups, _) in enumerate(LISTS, 1)
    }
    lines = {
        f"List {at}": (Row("group", list(groups)), Row("right", [bool(fit) for fit in fits]))
        for at, (groups, fits) in enumerate(LISTS, 1)
    }
    legend = {COUNTED: f"one of the first {TOP} places", ELIGIBLE: "a place below"}
    drawn = Picture(row.name, f"{row.label}, counted in two lists of ten", states, lines, legend).svg()
    told = [f"**{value(figures.rate(measure.name, group)[2], row.unit)}** for group {group}" for group in GROUPS]
    return drawn, f"{measure.label}: {' and '.join(told)}. {compared(measure, figures)}"
