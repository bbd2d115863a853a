"""The figures that others published, through the whole audit."""

import numpy as np
import pandas as pd
import pytest

import biasaudit as ba


@pytest.fixture(scope="module")
def compas():
    return ba.audit_predictions(ba.datasets.load_compas())


def rate(audit, metric, group, column="estimate"):
    rates = audit.rates()
    chosen = rates[(rates["metric"] == metric) & (rates["group"].map(lambda g: list(g.values()) == [group]))]
    return chosen[column].item()


def pair(audit, metric, comparison, group):
    found = audit.disparities(metric)
    found = found[(found["kind"] == "pair") & (found["comparison"] == comparison)]
    (row,) = (row for row in found.to_dict("records") if list(row["group"].values()) == [group])
    return row


@pytest.mark.parametrize(
    ("group", "cells"), [("African-American", (990, 805, 532, 1369)), ("Caucasian", (1139, 349, 461, 505))]
)
def test_compas_confusion(compas, group, cells):
    tn, fp, fn, tp = cells
    for metric, count, rows in (
        ("false_positive_rate", fp, fp + tn),
        ("false_negative_rate", fn, fn + tp),
        ("true_negative_rate", tn, fp + tn),
        ("positive_predictive_value", tp, tp + fp),
    ):
        assert rate(compas, metric, group, "numerator") == count
        assert rate(compas, metric, group, "denominator") == rows


@pytest.mark.parametrize(
    ("metric", "black", "white", "digits"),
    [
        ("false_positive_rate", 0.4485, 0.2345, 4),
        ("false_negative_rate", 0.2799, 0.4772, 4),
        ("positive_predictive_value", 0.6297, 0.5913, 4),
        ("auc", 0.692, 0.693, 3),
    ],
)
def test_compas_rates(compas, metric, black, white, digits):
    assert round(rate(compas, metric, "African-American"), digits) == black
    assert round(rate(compas, metric, "Caucasian"), digits) == white


def test_compas_false_positive_gap(compas):
    difference = pair(compas, "predictive_equality", "difference", "African-American")
    assert (difference["low"], difference["high"]) == pytest.approx((0.182053, 0.245023), abs=5e-7)
    ratio = pair(compas, "false_positive_rate", "ratio", "African-American")
    assert (ratio["estimate"], ratio["low"], ratio["high"]) == pytest.approx((1.912093, 1.722568, 2.125550), abs=5e-7)
    assert difference["verdict"] == ratio["verdict"] == "shown"
    assert difference["material"] is True


def two_groups(first, second):
    rows = [("a", 1)] * first[0] + [("a", 0)] * (first[1] - first[0])
    rows += [("b", 1)] * second[0] + [("b", 0)] * (second[1] - second[0])
    return pd.DataFrame(rows, columns=["g", "p"])


@pytest.mark.parametrize(
    ("first", "second", "difference", "ratio"),
    [
        ((157, 2435), (235, 2435), (-0.047383, -0.016782), (0.550313, 0.810788)),
        ((14, 24), (21, 24), (-0.503023, -0.039040), (0.435702, 0.942507)),
    ],
)
def test_published_pairs(first, second, difference, ratio):
    audit = ba.audit_predictions(two_groups(first, second), sensitive_features="g", y_pred="p", reference={"g": "b"})
    for comparison, limits in (("difference", difference), ("ratio", ratio)):
        row = pair(audit, "selection_rate", comparison, "a")
        assert (row["low"], row["high"]) == pytest.approx(limits, abs=5e-7)


def test_one_hypothesis_in_two_groups_is_counted_once():
    found = ba.audit_predictions(two_groups((14, 24), (21, 24)), sensitive_features="g", y_pred="p").disparities()
    assert found["p_adjusted"].tolist() == pytest.approx(found["p_value"].tolist())
    assert found["p_value"].tolist() == pytest.approx([0.02299] * 8, abs=1e-5)


def test_complements_are_one_hypothesis(compas):
    found = compas.disparities()
    found = found[(found["kind"] == "range") & (found["comparison"] == "difference")].set_index("metric")
    assert found["p_adjusted"]["true_positive_rate"] == found["p_adjusted"]["false_negative_rate"]
    assert found["p_adjusted"]["true_negative_rate"] == found["p_adjusted"]["false_positive_rate"]
    either = found["p_adjusted"][["true_positive_rate", "false_positive_rate"]].min()
    assert found["p_adjusted"]["equalized_odds"] == either


def test_equalized_odds_is_the_larger_gap(compas):
    found = compas.disparities()
    found = found[(found["kind"] == "range") & (found["comparison"] == "difference")].set_index("metric")["estimate"]
    assert found["equalized_odds"] == max(found["true_positive_rate"], found["false_positive_rate"])


def test_range_is_highest_minus_lowest(compas):
    row = compas.disparities("selection_rate").iloc[0]
    assert (row["group"], row["reference"]) == ({"race": "Native American"}, {"race": "Other"})
    assert row["estimate"] == pytest.approx(12 / 18 - 79 / 377)
    assert 0 < row["low"] < row["estimate"] < row["high"]
    assert 0 < row["expected_by_chance"] < row["estimate"]


def test_an_undefined_part_leaves_its_group_out():
    frame = pd.DataFrame({"g": list("aaabbbccc"), "y": [1, 0, 1, 0, 1, 0, 0, 0, 0], "p": [1, 0, 0, 1, 1, 0, 0, 1, 0]})
    audit = ba.audit_predictions(frame, sensitive_features="g", y_true="y", y_pred="p")
    row = audit.disparities("true_positive_rate").iloc[0]
    assert row["estimate"] == 0.5
    assert row["verdict"] == "cannot tell"
    assert row["reason"] == "left out: g=c: no positive labels"
    odds = audit.disparities("equalized_odds")
    assert odds["reason"].tolist() == ["left out: g=c: no positive labels"] * 2
    assert odds["estimate"].tolist() == [0.5, 0.0]


def test_empty_intersections_are_listed():
    frame = pd.DataFrame({"a": ["x", "x", "y"] * 9, "b": ["u", "v", "u"] * 9, "p": [1, 0, 0] * 9})
    rates = ba.audit_predictions(frame, sensitive_features=["a", "b"], y_pred="p").rates()
    (row,) = (
        r for r in rates.to_dict("records") if r["group"] == {"a": "y", "b": "v"} and r["metric"] == "selection_rate"
    )
    assert (row["denominator"], row["reason"]) == (0, "no rows")
    assert np.isnan(row["estimate"])


def test_clusters_widen():
    data = ba.datasets.load_resume_audit()
    plain = ba.audit_predictions(data.frame, **data.audit_arguments)
    clustered = ba.audit_predictions(data)
    assert clustered.settings["cluster"] == "name_id"
    assert not [warning for warning in clustered.warnings if "cluster=" in warning]
    widths = [row["high"] - row["low"] for row in (a.disparities("selection_rate").iloc[1] for a in (plain, clustered))]
    assert widths[1] > widths[0]


def test_findings_and_repr(compas):
    first = compas.findings()[0]
    assert first.verdict == "shown"
    assert "African-American" in first.sentence
    assert repr(compas).startswith('Audit of "compas": 7,214 rows')
    assert len(compas.findings()) == 11
    assert not [one for one in compas.findings() if "Native American" in one.sentence or "Asian" in one.sentence]


def test_reference_and_criterion_names(compas):
    assert compas.disparities("equal_opportunity")["metric"].unique().tolist() == ["true_positive_rate"]
    with pytest.raises(
        ba.AuditError,
        match=r'^"false_positve_rate" is not a metric of this audit\. Did you mean "false_positive_rate"\?',
    ):
        compas.disparities("false_positve_rate")
    with pytest.raises(ba.AuditError, match=r'^reference race="caucasian" is not a group\. Did you mean'):
        ba.audit_predictions(ba.datasets.load_compas(), reference={"race": "caucasian"})


def test_inequality_splits(compas):
    table = compas.inequality().set_index(["index", "part"])["estimate"]
    for index in ("theil", "generalized_entropy"):
        assert table[index, "between"] + table[index, "within"] == pytest.approx(table[index, "total"])


def test_multiclass_is_one_against_the_rest():
    frame = pd.DataFrame({"g": list("ab") * 30, "y": ["low", "mid", "high"] * 20, "p": ["low", "high", "mid"] * 20})
    table = ba.count(frame, sensitive_features=["g"], y_true="y", y_pred="p")
    assert table.classes == ("high", "low", "mid")
    direct = ba.audit_predictions(frame, sensitive_features="g", y_true="y", y_pred="p", pos_label="mid")
    rolled = ba.audit_crosstab(table, pos_label="mid")
    pd.testing.assert_frame_equal(direct.rates(), rolled.rates())
    by_hand = frame.assign(y=frame["y"].eq("mid").astype(int), p=frame["p"].eq("mid").astype(int))
    hand = ba.audit_predictions(by_hand, sensitive_features="g", y_true="y", y_pred="p")
    pd.testing.assert_frame_equal(direct.rates(), hand.rates())


def test_an_infinite_measure_is_undefined_in_differences_and_ratios():
    frame = pd.DataFrame({"g": list("aaaabbbb"), "y": [1, 1, 0, 0] * 2, "p": [0, 1, 0, 0, 0, 1, 1, 0]})
    audit = ba.audit_predictions(frame, sensitive_features="g", y_true="y", y_pred="p")
    assert rate(audit, "treatment_equality", "a", "reason") == "no false positives"
    found = audit.disparities("treatment_equality")
    assert found["estimate"].isna().all()
    assert found["high"].isna().all()
    assert set(found["reason"]) == {"g=a: no false positives"}
    assert set(found["verdict"]) == {"cannot tell"}
