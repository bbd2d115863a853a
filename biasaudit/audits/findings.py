"""Plain sentences about what was found, each with its verdict."""

from __future__ import annotations

from typing import Any

import pandas as pd

from biasaudit.reporting.report import Finding, MetricText
from biasaudit.reporting.text import clean, group_name, number, points, value
from biasaudit.statistics.verdicts import CANNOT_TELL, NOT_SHOWN, SHOWN, TOLERANCE

__all__ = ["findings", "headline"]

# One question each: complements and composites would say the same thing twice.
TOLD = (
    "error_rate",
    "false_positive_rate",
    "false_negative_rate",
    "selection_rate",
    "positive_predictive_value",
    "base_rate",
    "accuracy",
    "auc",
)
PAIRED = ("error_rate", "false_positive_rate", "false_negative_rate", "selection_rate")
ORDER = {SHOWN: 0, CANNOT_TELL: 1, NOT_SHOWN: 2}


def findings(
    disparities: pd.DataFrame, rates: pd.DataFrame, metrics: dict[str, MetricText], confidence: float
) -> tuple[Finding, ...]:
    """Tell the main gaps of each split, what is shown and largest first."""
    told = disparities[(disparities["kind"] == "range") & (disparities["comparison"] == "difference")]
    told = pd.concat([told[told["metric"].isin(TOLD)], _largest_pairs(disparities, rates)])
    values = {
        (m, tuple(g.items())): e for m, g, e in zip(rates["metric"], rates["group"], rates["estimate"], strict=True)
    }
    records: list[dict[str, Any]] = told.to_dict("records")  # type: ignore[assignment]
    rows = sorted(records, key=_importance)
    return tuple(_finding(row, metrics[row["metric"]], values) for row in rows)


def _largest_pairs(disparities: pd.DataFrame, rates: pd.DataFrame) -> pd.DataFrame:
    """Pick what the two largest groups of each feature get, where more than two groups blur it."""
    sizes = rates[rates["metric"] == "share_of_data"]
    rows = {tuple(g.items()): n for g, n in zip(sizes["group"], sizes["numerator"], strict=True) if len(g) == 1}
    pairs = disparities[(disparities["kind"] == "pair") & (disparities["comparison"] == "difference")]
    pairs = pairs[pairs["metric"].isin(PAIRED) & (pairs["sensitive_features"].map(len) == 1)]
    chosen = []
    for _, family in pairs.groupby("sensitive_features"):
        groups = [tuple(g.items()) for g in family["group"]]
        if len(set(groups)) > 1:
            largest = max(groups, key=lambda g: rows[g])
            chosen.append(family[[g == largest for g in groups]])
    return pd.concat(chosen) if chosen else pairs.iloc[:0]


def _importance(row: dict[str, Any]) -> tuple[Any, ...]:
    trifle = row["verdict"] == SHOWN and not row["material"]
    gap = abs(row["estimate"]) if row["estimate"] == row["estimate"] else -1.0
    # What the two largest groups get concerns most people, so it comes before the extremes.
    several = len(row["sensitive_features"]) > 1
    return (several, ORDER[row["verdict"]], trifle, row["kind"] != "pair", -gap, TOLD.index(row["metric"]))


def _finding(row: dict[str, Any], text: MetricText, values: dict[Any, float]) -> Finding:
    sentence = {SHOWN: _shown, NOT_SHOWN: _not_shown, CANNOT_TELL: _cannot_tell}[row["verdict"]](row, text, values)
    names = ("verdict", "metric", "comparison", "kind", "group", "reference")
    return Finding(sentence=sentence, **{name: row[name] for name in names})


def _split(row: dict[str, Any]) -> str:
    return " × ".join(clean(name) for name in row["sensitive_features"])


def _gap(row: dict[str, Any], at: str) -> str:
    if row["metric"] == "auc":
        return number(row[at])
    return f"{points(row[at])} points"


def _ends(row: dict[str, Any], values: dict[Any, float]) -> str:
    top, bottom = (values[row["metric"], tuple(row[side].items())] for side in ("group", "reference"))
    return (
        f"{value(row['metric'], top)} for {group_name(row['group'])} and "
        f"{value(row['metric'], bottom)} for {group_name(row['reference'])}"
    )


def _shown(row: dict[str, Any], text: MetricText, values: dict[Any, float]) -> str:
    if row["kind"] == "pair":
        return (
            f"{text.label}, {text.meaning}: {_ends(row, values)}, a gap of {_gap(row, 'estimate')} ({_between(row)})."
        )
    trifle = "" if row["material"] else ", though too small a gap to matter much"
    return (
        f"By {_split(row)}, {_lower(text.label)} differs: {_ends(row, values)}. The gap of {_gap(row, 'estimate')} "
        f"({_between(row)}) is more than chance explains{trifle}; equal groups would show about "
        f"{_gap(row, 'expected_by_chance')} by chance."
    )


def _not_shown(row: dict[str, Any], text: MetricText, values: dict[Any, float]) -> str:
    if row["kind"] == "pair":
        return f"{text.label}: {_ends(row, values)}, no gap beyond {_limit(row)} ({_between(row)} points)."
    return (
        f"By {_split(row)}, no gap in {_lower(text.label)} beyond {_limit(row)}: "
        f"at most {_gap(row, 'high')} between any two groups."
    )


def _cannot_tell(row: dict[str, Any], text: MetricText, values: dict[Any, float]) -> str:
    start = f"By {_split(row)}, the data cannot tell about {_lower(text.label)}: "
    if row["kind"] == "pair":
        start = f"The data cannot tell about {_lower(text.label)} between {group_name(row['group'])} and "
        start += f"{group_name(row['reference'])}: "
        if row["estimate"] == row["estimate"]:
            return start + f"a gap of {_gap(row, 'estimate')} was seen, {_between(row)} points are possible."
    if row["estimate"] != row["estimate"]:
        return start + f"{clean(row['reason'], 120)}."
    seen = f"the gap of {_gap(row, 'estimate')} may be chance (equal groups would show about "
    seen += f"{_gap(row, 'expected_by_chance')})"
    if row["smallest_detectable"] != row["smallest_detectable"]:
        return start + f"{seen}, and the groups are too small to show any gap."
    return start + f"{seen}; only gaps above {_gap(row, 'smallest_detectable')} could have been seen."


def _between(row: dict[str, Any]) -> str:
    if row["metric"] == "auc":
        return f"{number(row['low'])} to {number(row['high'])}"
    return f"{points(row['low'])} to {points(row['high'])}"


def _limit(row: dict[str, Any]) -> str:
    most = TOLERANCE["difference"][1]
    return number(most) if row["metric"] == "auc" else f"{points(most)} points"


def _lower(label: str) -> str:
    return label if label.isupper() or label == "F1" else label[0].lower() + label[1:]


def headline(found: tuple[Finding, ...], metrics: dict[str, MetricText]) -> str:
    """Answer in one sentence whether some group fares worse, and whether the data can say so."""
    overall = [f for f in found if f.kind == "range"]
    single = [f for f in overall if len(f.group) == 1]
    by_verdict = {v: [f for f in overall if f.verdict == v] for v in (SHOWN, CANNOT_TELL, NOT_SHOWN)}
    if by_verdict[SHOWN]:
        told = [f for f in single if f.verdict == SHOWN] or by_verdict[SHOWN]
        features = list(dict.fromkeys(" × ".join(clean(name) for name in f.group) for f in told))
        names = list(dict.fromkeys(_lower(metrics[f.metric].label) for f in told))
        return f"People fare differently by {_and(features)}: gaps are shown in {_and(names)}."
    if by_verdict[CANNOT_TELL]:
        undecided = len(by_verdict[CANNOT_TELL])
        return (
            f"No gap is shown, but the data cannot tell for {undecided} of {len(overall)} questions: "
            "that is not a clean bill of health."
        )
    return (
        f"No gap of more than {points(TOLERANCE['difference'][1])} points is shown on any of {len(overall)} questions."
    )


def _and(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
