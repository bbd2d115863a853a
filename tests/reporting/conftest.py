"""Reports made by hand: their numbers are plausible, and no audit is needed to have them."""

import itertools
import math

import pandas as pd
import pytest

from biasaudit.metrics.registry import row_of
from biasaudit.reporting.report import Finding, MetricText, Report

# TN, FP, FN, TP of the public COMPAS table at decile 5, by race.
RACES = {
    "African-American": (990, 805, 532, 1369),
    "Asian": (21, 2, 3, 6),
    "Caucasian": (1139, 349, 461, 505),
    "Hispanic": (318, 87, 129, 103),
    "Native American": (5, 3, 1, 9),
    "Other": (208, 36, 90, 43),
    "Unseen": (0, 0, 0, 0),
}
SEXES = {"Female": (609, 288, 0, 0), "Male": (2072, 994, 998, 1755)}
# Numerator and denominator as positions in TN, FP, FN, TP.
METRICS = {
    "selection_rate": ("Selection rate", "of everyone, the share predicted positive", (1, 3), (0, 1, 2, 3)),
    "base_rate": ("Base rate", "of everyone, the share whose label is positive", (2, 3), (0, 1, 2, 3)),
    "true_positive_rate": ("True positive rate", "of the positive, the share predicted positive", (3,), (2, 3)),
    "false_positive_rate": ("False positive rate", "of the negative, the share predicted positive", (1,), (0, 1)),
    "true_negative_rate": ("True negative rate", "of the negative, the share predicted negative", (0,), (0, 1)),
    "false_negative_rate": ("False negative rate", "of the positive, the share predicted negative", (2,), (2, 3)),
    "positive_predictive_value": ("Positive predictive value", "of those predicted positive, …", (3,), (1, 3)),
    "negative_predictive_value": ("Negative predictive value", "of those predicted negative, …", (0,), (0, 2)),
    "accuracy": ("Accuracy", "of everyone, the share predicted rightly", (0, 3), (0, 1, 2, 3)),
    "treatment_equality": ("False negatives per false positive", "how many of one for each of the other", (2,), (1,)),
}
NAN = math.nan


def wilson(x, n, z=1.96):
    if not n or x > n:
        return NAN, NAN
    middle, half = (x + z * z / 2) / (n + z * z), z * math.sqrt(x * (n - x) / n + z * z / 4) / (n + z * z)
    return max(0.0, middle - half), min(1.0, middle + half)


def rate(metric, group, cells):
    _, _, counted, among = METRICS[metric]
    x, n = sum(cells[i] for i in counted), sum(cells[i] for i in among)
    low, high = wilson(x, n)
    reason = "" if n else ("no rows" if not sum(cells) else "nobody is eligible")
    return {
        "metric": metric,
        "group": group,
        "numerator": float(x),
        "denominator": float(n),
        "estimate": x / n if n else NAN,
        "low": low,
        "high": high,
        "pooled": NAN,
        "pooled_low": NAN,
        "pooled_high": NAN,
        "reason": reason,
    }


def disparity(metric, comparison, kind, features, one, other):
    a, b = one["estimate"], other["estimate"]
    defined = math.isfinite(a) and math.isfinite(b) and (comparison == "difference" or b > 0)
    gap = (a - b if comparison == "difference" else a / b) if defined else NAN
    nothing = 0.0 if comparison == "difference" else 1.0
    shown = defined and abs(gap - nothing) > 0.1
    return {
        "metric": metric,
        "comparison": comparison,
        "kind": kind,
        "sensitive_features": features,
        "group": one["group"],
        "reference": other["group"] if kind != "to_overall" else {},
        "estimate": gap,
        "low": gap - 0.05,
        "high": gap + 0.05,
        "p_value": 0.0004 if shown else 0.2,
        "p_adjusted": 0.003 if shown else 1.0,
        "low_adjusted": gap - 0.07,
        "high_adjusted": gap + 0.07,
        "expected_by_chance": 0.02 if kind == "range" else NAN,
        "smallest_detectable": 0.07 if defined else NAN,
        "material": abs(gap - nothing) > 0.05 if defined else None,
        "verdict": "shown" if shown else "cannot tell" if abs(gap - nothing) > 0.02 or not defined else "not shown",
        "reason": "" if defined else "no rows",
    }


def split_tables(features, cells_by_group, metrics):
    rates, gaps = [], []
    for metric in metrics:
        rows = [rate(metric, dict(zip(features, levels, strict=True)), c) for levels, c in cells_by_group.items()]
        rates += rows
        known = [row for row in rows if math.isfinite(row["estimate"])]
        top, bottom = max(known, key=lambda r: r["estimate"]), min(known, key=lambda r: r["estimate"])
        missing = [row for row in rows if row["reason"] not in {"", "no rows"}]
        for comparison in ("difference", "ratio"):
            gaps.append(disparity(metric, comparison, "range", features, top, *missing[:1] or [bottom]))
            gaps += [disparity(metric, comparison, "pair", features, row, rows[0]) for row in rows[1:]]
            gaps += [disparity(metric, comparison, "to_overall", features, row, top) for row in rows]
    return rates, gaps


def make_report(splits, *, metrics=tuple(METRICS), title='Audit of "compas"', **changes):
    """Build a report of `splits`: feature names to {levels: confusion cells}."""
    first = next(iter(splits.values()))
    everyone = [sum(cells[i] for cells in first.values()) for i in range(4)]
    rates, gaps, groups = [rate(metric, {}, everyone) for metric in metrics], [], []
    for features, cells_by_group in splits.items():
        more_rates, more_gaps = split_tables(features, cells_by_group, metrics)
        rates, gaps = rates + more_rates, gaps + more_gaps
        groups += [
            (features, dict(zip(features, levels, strict=True)), sum(cells), sum(cells) / sum(everyone))
            for levels, cells in cells_by_group.items()
        ]
    told = [gap for gap in gaps if gap["kind"] == "range" and gap["comparison"] == "difference"]
    contents = {
        "title": title,
        "headline": "Groups by race and sex are treated differently: gaps are shown in false positive rate.",
        "findings": tuple(
            Finding(
                f"By {' × '.join(gap['sensitive_features'])}, {METRICS[gap['metric']][0].lower()} differs: the gap is "
                f"{gap['estimate']:.3f}.".replace("nan", "not known"),
                **{key: gap[key] for key in ("verdict", "metric", "comparison", "kind", "group", "reference")},
            )
            for gap in told
        ),
        "rates": pd.DataFrame(rates),
        "disparities": pd.DataFrame(gaps),
        "metrics": {
            name: MetricText(text[0], text[1], "Berk et al. 2018", row_of(name).unit) for name, text in METRICS.items()
        },
        "settings": {
            "y_true": "two_year_recid",
            "y_pred": None,
            "score": "decile_score",
            "threshold": 5,
            "pos_label": 1,
            "sensitive_features": ["race", "sex"],
            "reference": {"race": "Caucasian"},
            "cluster": None,
            "sample_weight": None,
            "confidence": 0.95,
            "tolerance_difference": [-0.05, 0.05],
            "tolerance_ratio": [0.8, 1.25],
        },
        "rows": sum(everyone),
        "groups": pd.DataFrame(groups, columns=["sensitive_features", "group", "rows", "share"]),
        "left_out": pd.DataFrame([("no label", {"race": "Other"}, 12)], columns=["reason", "group", "rows"]),
        "warnings": ("12 rows have no label and were left out.", "AUC is exact for binned scores only."),
        "inequality": pd.DataFrame(
            [("theil", ("race",), part, 0.2, 0.1, 0.3) for part in ("total", "between", "within")],
            columns=["index", "sensitive_features", "part", "estimate", "low", "high"],
        ),
        "package_version": "0.1.0",
    }
    return Report(**contents | changes)


def single(feature, cells_by_level):
    return {(feature,): {(level,): cells for level, cells in cells_by_level.items()}}


@pytest.fixture(scope="session")
def report():
    """Six races and one that no row has, two sexes of which one has no positive label."""
    return make_report(single("race", RACES) | single("sex", SEXES))


@pytest.fixture(scope="session")
def small_report():
    """One split and three metrics, for snapshots."""
    return make_report(single("sex", SEXES), metrics=("selection_rate", "false_positive_rate", "false_negative_rate"))


HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    '=HYPERLINK("http://x")',
    "![](http://x/y.png)",
    "[click](javascript:alert(1))",
    "\x1b[31mred\x1b]0;title\x07",
    "a|b`c\n# heading\n- item",
    "\u202etxt.exe",
    "{{ 7 * 7 }}{% raw %}",
    "@everyone see www.example.com and #12",
    "\ud800",
    "' onmouseover='alert(1)",
    "</style></title></textarea>-->",
    "",
    "x" * 5000,
)


def with_names(names):
    """Build a report that has `names` wherever text of the user can come from."""
    evil = names[0]
    cells = {level: (10 + i, 5, 4, 8 + i) for i, level in enumerate(names)}
    made = make_report(
        single(evil, cells),
        title=f"Audit of {names[1]}",
        headline=" ".join(names),
        warnings=names,
        settings={"y_true": evil, "reference": {evil: evil}, evil: [evil], "confidence": 0.9},
        left_out=pd.DataFrame([(evil, {evil: evil}, 3)], columns=["reason", "group", "rows"]),
        package_version=evil,
    )
    first = made.findings[0]
    findings = tuple(Finding(text, first.verdict, *[first.metric, "difference", "range"]) for text in names)
    metrics = dict(made.metrics) | {"accuracy": MetricText(evil, evil, evil)}
    rates = made.rates.assign(reason=evil)
    return Report(**vars(made) | {"findings": findings, "metrics": metrics, "rates": rates})


@pytest.fixture(scope="session")
def hostile_report():
    """Markup, formulas and escape sequences in every name and sentence."""
    return with_names(HOSTILE)


@pytest.fixture(scope="session")
def tame_report():
    """The twin of the hostile report, with plain names."""
    return with_names(tuple(name and f"name {i}" for i, name in enumerate(HOSTILE)))


@pytest.fixture(scope="session")
def large_report():
    """Thirty intersections and their margins: about 2,000 rates and 5,000 disparities."""
    races, sexes, ages = (
        [f"Race of people {i}" for i in range(15)],
        ["Female", "Male"],
        [f"{i}0 to {i}9" for i in range(2, 9)],
    )
    cells = itertools.cycle([(40, 9, 11, 30), (400, 90, 100, 300), (7, 1, 0, 0)])
    both = {(race, sex): next(cells) for race in races for sex in sexes}
    all_three = {(race, sex, age): next(cells) for race in races for sex in sexes for age in ages[:4]}
    splits = single("race", {race: next(cells) for race in races}) | single("age", {age: next(cells) for age in ages})
    return make_report(splits | {("race", "sex"): both, ("race", "sex", "age"): all_three})
