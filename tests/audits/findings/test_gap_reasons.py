"""What is said beside a gap whose own limits leave out no gap while the data, all questions together, cannot tell."""

import json
import re

import numpy as np
import pandas as pd

import biasaudit as ba
from biasaudit.integrations.limits import UNSURE, hold
from biasaudit.policy.estimates import WITHIN
from biasaudit.reporting.words.words import UNSETTLED

NONE = {"difference": 0.0, "ratio": 1.0}


def people(seed, rows=600, groups=5):
    rng = np.random.default_rng(seed)
    sizes = rng.dirichlet(np.full(groups, rng.choice([0.4, 3.0])))
    group = rng.choice(groups, rows, p=sizes)
    rate = 0.3 + rng.choice([0.0, 0.03, 0.1]) * rng.standard_normal(groups)[group]
    y = rng.random(rows) < rng.uniform(0.05, 0.6)
    p = rng.random(rows) < np.clip(rate + 0.3 * y, 0.01, 0.99)
    return pd.DataFrame({"g": [f"g{i}" for i in group], "y": y.astype(int), "p": p.astype(int)})


def audits():
    for seed in range(25):
        frame = people(seed, rows=80 + 60 * seed, groups=2 + seed % 6)
        if seed % 2:
            # Nobody in this group has a negative label, so it has no false positive rate.
            frame = pd.concat([frame, pd.DataFrame({"g": ["few"] * 2, "y": 1, "p": [0, 1]})])
        yield ba.audit_predictions(frame, sensitive_features="g", y_true="y", y_pred="p")
    rng = np.random.default_rng(0)
    for seed in range(4):
        frame = people(seed).assign(h=rng.integers(0, 2, 600).astype(str), c=rng.integers(0, 90, 600))
        yield ba.audit_predictions(frame, sensitive_features=["g", "h"], y_true="y", y_pred="p", cluster="c")
        yield ba.audit_dataset(frame[["g", "h", "y"]], sensitive_features=["g", "h"], label="y")
        yield ba.find_subgroups(frame[["g", "h", "y"]], features=["g", "h"], outcome="y")


def leaves_out(row, names):
    none = NONE[row.comparison]
    return getattr(row, names[0]) > none or getattr(row, names[1]) < none


def test_limits_that_contradict_the_verdict_have_a_reason_and_no_others():
    seen, kept = set(), 0
    for audit in audits():
        for row in audit.disparities().itertuples():
            by_itself = leaves_out(row, ("low", "high")) or leaves_out(row, ("low_adjusted", "high_adjusted"))
            contradicts = row.verdict == "cannot tell" and by_itself
            assert (UNSETTLED in row.reason) is contradicts, row
            if contradicts:
                seen.add((row.kind, row.comparison))
                kept += row.reason.startswith("left out: ")
    kinds = ("pair", "to_overall", "range")
    assert seen >= {(kind, comparison) for kind in kinds for comparison in NONE}
    assert kept, "a range that leaves somebody out keeps that reason"


def unsettled_range():
    """Return an audit whose range of selection rates is unsettled and not wide, and of which nobody is left out."""
    for seed in range(200):
        frame = people(seed, rows=2_000, groups=3)
        audit = ba.audit_predictions(frame, sensitive_features="g", y_true="y", y_pred="p")
        rows = audit.disparities("selection_rate").query("kind == 'range' and comparison == 'difference'")
        if rows["reason"].iloc[0] == UNSETTLED:
            return audit
    raise AssertionError("no such table")


def test_nobody_is_left_out_where_only_the_limits_contradict():
    audit = unsettled_range()
    assert not any(one.left_out for one in audit.findings())
    found = hold(audit, ["selection_rate"], max_difference=1.0)
    assert [one.state for one in found] == [WITHIN]
    lacking = people(1, rows=900).assign(y=lambda f: np.where(f["g"] == "g1", 1, f["y"]))
    other = ba.audit_predictions(lacking, sensitive_features="g", y_true="y", y_pred="p")
    assert [one.state for one in hold(other, ["false_positive_rate"], max_difference=1.0)] == [UNSURE]


def test_a_scorer_has_a_value_where_only_the_limits_contradict():
    from biasaudit.integrations.scoring import make_disparity_scorer

    audit = unsettled_range()
    wanted = audit.disparities("selection_rate").query("kind == 'range' and comparison == 'difference'")
    scorer = make_disparity_scorer("selection_rate", transform="difference", sensitive_features=["g"])
    assert scorer._value(audit) == wanted["estimate"].iloc[0]


def test_reports_say_it():
    audit = unsettled_range()
    row = next(r for r in json.loads(audit.to_json())["disparities"] if UNSETTLED in r["reason"])
    assert row["verdict"] == "cannot tell"
    for text in (audit.to_markdown(), audit.to_html()):
        words = re.sub(r"\s+", " ", text.replace("\\", ""))
        assert f"Cannot tell: {UNSETTLED}" in words


def test_a_report_of_a_line_says_it_once():
    rng = np.random.default_rng(3)
    frame = people(3, rows=900).assign(s=lambda f: np.clip(0.5 * f["p"] + 0.5 * rng.random(len(f)), 0, 1))
    found = ba.audit_thresholds(frame, sensitive_features="g", y_true="y", score="s").disparities()["reason"]
    assert found.str.count(UNSETTLED).max() == 1


def test_the_line_above_the_rates_says_it_as_well():
    """An interval beside "cannot tell" left out 0 without a word."""
    audit = ba.audit_predictions(ba.datasets.load_compas())
    said = f"{UNSETTLED[:1].upper()}{UNSETTLED[1:]}."
    lines = {line for line in audit.to_markdown().splitlines() if "the two groups furthest apart" in line}
    told = {line for line in lines if said in line}
    assert any("20.8 points (0.2 to 43.9 points)" in line for line in told)
    assert all("Cannot tell" in line for line in told)
    assert lines - told
