"""What a finding says of people: how many, of whom, in whose words, and first."""

import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, strategies as st
from named_groups import PAIR, block, decisions, holds

import biasaudit as ba
from biasaudit.audits.findings.counted_words import natural_frequencies
from biasaudit.audits.findings.findings import _importance
from biasaudit.audits.findings.gap_records import recorded, worst_first
from biasaudit.metrics.outcome_words import OutcomeWords
from biasaudit.metrics.primary import DEFAULT_PRIMARY
from biasaudit.metrics.rates import RATES
from biasaudit.metrics.registry import row_of
from biasaudit.reporting.report import Finding


def gap_of(metric, values, interval, **more):
    return Finding(
        "",
        "shown",
        metric,
        "difference",
        "pair",
        {"sex": "F"},
        {"sex": "M"},
        estimate=values[0] - values[1],
        interval=interval,
        values=values,
        **more,
    )


HIRING = OutcomeWords(
    people="applicants",
    selected="were invited",
    rejected="were turned down",
    positive="were right for the job",
    negative="were not right for the job",
    good="positive",
)


@pytest.mark.parametrize(
    ("metric", "values", "interval", "said"),
    [
        (
            "false_negative_rate",
            (0.41, 0.0),
            (0.37, 0.45),
            "of 100 applicants with sex = F who were right for the job, 41 were turned down; of 100 with sex = M, "
            "none: at least 37 more, at most 45",
        ),
        (
            "selection_rate",
            (1.0, 0.5),
            (0.4, 0.6),
            "of 100 applicants with sex = F, all 100 were invited; of 100 with sex = M, 50: at least 40 more, at "
            "most 60",
        ),
        (
            "selection_rate",
            (0.04, 0.01),
            (0.021, 0.0401),
            "of 1,000 applicants with sex = F, 40 were invited; of 1,000 with sex = M, 10: at least 21 more, at "
            "most 41",
        ),
        (
            "selection_rate",
            (0.5002, 0.4998),
            (-0.01, 0.0104),
            "of 10,000 applicants with sex = F, 5,002 were invited; of 10,000 with sex = M, 4,998: between 100 "
            "fewer and 104 more",
        ),
        (
            "positive_predictive_value",
            (0.3, 0.6),
            (-0.4, -0.2),
            "of 100 applicants with sex = F who were invited, 30 were right for the job; of 100 with sex = M, 60: "
            "at least 20 fewer, at most 40",
        ),
        ("auc", (0.3, 0.6), (-0.4, -0.2), ""),
        ("f1", (0.3, 0.6), (-0.4, -0.2), ""),
        ("selection_rate", (None, 0.5), (0.4, 0.6), ""),
        ("selection_rate", (0.9, 0.5), None, ""),
    ],
)
def test_gaps_are_told_in_people(metric, values, interval, said):
    if None in values:
        assert (
            natural_frequencies(
                Finding("", "shown", metric, "difference", "pair", values=values, interval=interval), HIRING
            )
            == said
        )
    else:
        assert natural_frequencies(gap_of(metric, values, interval), HIRING) == said


@given(high=st.floats(0, 1), low=st.floats(0, 1), least=st.floats(-1, 1), width=st.floats(0, 1))
def test_what_is_told_in_people_leaves_nothing_possible_out(high, low, least, width):
    said = natural_frequencies(gap_of("selection_rate", (high, low), (least, least + width)), HIRING)
    base = int(re.match(r"of ([\d,]+)", said)[1].replace(",", ""))
    said = said.partition(": ")[2]
    found = [int(text.replace(",", "")) for text in re.findall(r"(?:least|most|between|and) ([\d,]+\d|\d)", said)]
    one, other = (-found[0] if "fewer" in said else found[0]), found[1]
    if "between" not in said and "fewer" in said:
        one, other = -found[1], -found[0]
    assert one <= least * base + 1e-6
    assert other >= (least + width) * base - 1e-6


def test_every_rate_of_people_has_words():
    without = [rate.name for rate in RATES if not rate.event]
    assert without == ["f1", "treatment_equality"]
    assert OutcomeWords().event(row_of("accuracy")) == "were predicted rightly"


def test_who_is_worse_off_comes_first():
    row = {
        "metric": "selection_rate",
        "comparison": "difference",
        "kind": "pair",
        "group": {"sex": "F"},
        "reference": {"sex": "M"},
        "estimate": 0.2,
        "low": 0.1,
        "high": 0.3,
        "verdict": "shown",
        "material": True,
        "sensitive_features": ("sex",),
        "reason": "",
        "expected_by_chance": None,
        "smallest_detectable": None,
    }
    ends = {("selection_rate", (("sex", "F"),)): (0.5, 5, 10), ("selection_rate", (("sex", "M"),)): (0.3, 3, 10)}
    one = recorded(row, ends, HIRING)
    assert one.worse_off == {"sex": "M"}
    turned = worst_first(one)
    assert (turned.group, turned.values, turned.interval, turned.counts) == (
        {"sex": "M"},
        (0.3, 0.5),
        (-0.3, -0.1),
        ((3, 10), (5, 10)),
    )
    assert recorded(row, ends, OutcomeWords(good="negative")).worse_off == {"sex": "F"}
    assert recorded(row, ends).worse_off == {}
    assert worst_first(recorded(row, ends)).group == {"sex": "F"}


def test_a_sentence_prints_the_limits_that_its_verdict_stands_on():
    row = {"metric": "auc", "comparison": "difference", "kind": "pair", "group": {"g": "a"}, "reference": {"g": "b"},
           "estimate": 0.2, "low": 0.1, "high": 0.3, "low_adjusted": 0.05, "high_adjusted": 0.35, "verdict": "shown",
           "material": True, "sensitive_features": ("g",), "reason": "", "expected_by_chance": None,
           "smallest_detectable": None}  # fmt: skip
    ends = {("auc", (("g", name),)): (0.5, 5, 10) for name in "ab"}
    assert recorded(row, ends).interval == (0.05, 0.35)
    assert recorded(row | {"low_adjusted": None}, ends).interval == (0.1, 0.3)


def test_the_ratio_is_told_where_it_says_something_else():
    report = holds(decisions(block("A", 4000, 0.04), block("B", 4000, 0.01)))
    assert report.findings[0].material is True
    assert ", a gap of 3.0 points (" in report.findings[0].sentence
    assert ", 4.00 times as high (" in report.findings[0].sentence
    alike = holds(decisions(block("A", 4000, 0.54), block("B", 4000, 0.5)))
    assert "times as high" not in alike.findings[0].sentence
    assert "too small a gap to matter much" in alike.findings[0].sentence
    apart = holds(decisions(block("A", 4000, 0.2), block("B", 4000, 0.155)))
    assert "1.29 times as high" in apart.findings[0].sentence
    rare = holds(decisions(block("A", 4000, 0.002), block("B", 4000, 0.001)))
    assert rare.findings[0].verdict == "not shown"
    assert re.search(
        r"at most 0\.\d points between any two groups; as a ratio, up to [\d.]+ times\.$", rare.findings[0].sentence
    )


def test_the_callers_words_and_the_cards():
    data = ba.datasets.load_compas()
    audit = ba.audit_predictions(data)
    assert "defendants with race = African-American who were not arrested again, 45 were called" in " ".join(
        one.sentence for one in audit.findings()
    )
    mine = ba.audit_predictions(data, words={"people": "people", "selected": "were flagged"})
    assert "59 were flagged" in " ".join(one.sentence for one in mine.findings())
    assert "who were not arrested again, 45 were flagged" in " ".join(one.sentence for one in mine.findings())
    # What a card says of its own columns it says of no others.
    frame = data.frame.assign(mine=(data.frame["decile_score"] > 7).astype(int))
    other = ba.audit_predictions(
        ba.datasets.Dataset("mine", frame, data.label, (), data.sensitive_features, card=data.card),
        y_pred="mine",
        sensitive_features="race",
    )
    assert "were called" not in other.report().headline
    assert "were predicted positive" in " ".join(one.sentence for one in other.findings())


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("x", r'words must be a mapping, not a str. Give words={"selected": "were invited"}.'),
        ({"selectd": "x"}, r'words has no "selectd". Did you mean "selected"?'),
        ({"selected": ""}, r'words["selected"] must be a text of 1 to 80 characters'),
        ({"selected": 3}, r'words["selected"] must be a text of 1 to 80 characters'),
        ({"good": "yes"}, r'words["good"] is "yes". Say which outcome is good: "positive" or "negative".'),
    ],
)
def test_wrong_words(words, message):
    with pytest.raises(ba.AuditError, match=re.escape(message)):
        decisions(*PAIR, words=words)
    with pytest.raises(ba.AuditError, match=re.escape(message)):
        ba.audit_dataset(pd.concat(PAIR), label="p", sensitive_features="g", words=words)


def test_every_shipped_card_has_words():
    for name, card in ba.datasets.list_datasets():
        decided = set() if card.unit else {"selected", "rejected", "positive", "negative"}
        assert {*card.words} == {"people", "good"} | decided, name


def test_what_is_primary_and_matters_comes_first():
    audit = ba.audit_predictions(ba.datasets.load_compas(), sensitive_features=["race", "sex"])
    key = [
        (
            ["shown", "cannot tell", "not shown"].index(one.verdict),
            one.verdict == "shown" and not one.material,
            len(one.group) > 1,
            not row_of(one.metric).primary,
        )
        for one in audit.findings()
    ]
    assert key == sorted(key)
    assert len({one.verdict for one in audit.findings()}) > 1


def test_the_question_comes_before_leaks_even_where_the_data_cannot_tell():
    rng = np.random.default_rng(5)
    frame = pd.DataFrame({"g": np.repeat(["a", "b"], 60), "y": rng.integers(0, 2, 120)})
    frame["leak"] = frame["y"] * 10 + rng.random(120)
    found = ba.audit_dataset(frame, label="y", sensitive_features="g").findings()
    assert (found[0].metric, found[0].verdict) == ("base_rate", "cannot tell")
    assert "artefacts" in [one.metric for one in found if one.verdict == "shown"]


def test_columns_that_are_missing_together_are_one_line():
    rng = np.random.default_rng(3)
    g = np.repeat(["a", "b"], 2000)
    gone = rng.random(4000) < np.where(g == "a", 0.3, 0.05)
    dummies = {f"job_{name}": np.where(gone, np.nan, rng.integers(0, 2, 4000)) for name in "xyz"}
    frame = pd.DataFrame({"g": g, "y": rng.integers(0, 2, 4000), **dummies})
    told = [
        one.sentence
        for one in ba.audit_dataset(frame, label="y", sensitive_features="g").findings()
        if one.metric == "missing"
    ]
    assert len(told) == 1
    assert told[0].startswith("Missing values of job_x, job_y, job_z differ by group: ")


def test_of_two_ratios_the_one_further_from_one_comes_first():
    one = next(f for f in ba.audit_predictions(ba.datasets.load_compas()).findings() if f.verdict == "shown")
    near, far = (
        replace(one, comparison="ratio", estimate=estimate, interval=limits)
        for estimate, limits in ((0.9, (0.85, 0.95)), (0.3, (0.2, 0.5)))
    )
    assert sorted([near, far], key=lambda found: _importance(found, DEFAULT_PRIMARY)) == [far, near]
