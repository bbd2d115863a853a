"""Policies over numbers: limits in the unit and in standard deviations, units in verdicts, baselines in one unit."""

import json

import numpy as np
import pandas as pd
import pytest

import biasaudit as ba
from biasaudit.reporting.render import render

ROWS = 400
COLUMNS = 'name = "Pay"\n\n[columns]\ny_true = "wage"\nsensitive_features = ["sex"]\nunit = "euros"\n'
MEANS = '[[rules]]\nname = "pay"\nmetric = "mean_outcome"\n'


def wages(gap=0.5, seed=0):
    rng = np.random.default_rng(seed)
    sex = np.repeat(["f", "m"], ROWS // 2)
    return pd.DataFrame({"sex": sex, "wage": rng.normal(20, 5, ROWS) + gap * (sex == "m")})


def checked(keys, frame=None, columns=COLUMNS, rule=MEANS, **how):
    policy = ba.policy.loads(f"{columns}{rule}{keys}\n", source="policy.toml")
    return ba.check(wages() if frame is None else frame, policy, **how)


def refused(*args, **how):
    with pytest.raises(ba.AuditError) as caught:
        checked(*args, **how)
    return str(caught.value)


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    path = tmp_path_factory.mktemp("numbers") / "audit.json"
    ba.audit_predictions(wages(), sensitive_features="sex", y_true="wage", unit="euros").to_json(path)
    return path


@pytest.mark.parametrize(
    ("keys", "outcome"),
    [
        ("max = 5", "pass"),
        ("max = 0.3", "cannot tell"),
        ("max_sd = 1", "pass"),
        ("max_sd = 0.05", "cannot tell"),
        ('comparison = "ratio"\nmin = 0.8', "pass"),
        ('comparison = "rate"\nmin = 25', "fail"),
        ('comparison = "rate"\nmax = 25', "pass"),
        ('kind = "pair"\nmax = 5', "pass"),
        ('kind = "to_overall"\nmax = 5', "pass"),
        ("max = 5\nmin_rows = 300", "cannot tell"),
    ],
)
def test_limits_may_be_in_the_unit_or_in_standard_deviations(keys, outcome):
    assert checked(keys).outcome == outcome


def test_a_limit_in_standard_deviations_is_that_many_of_them():
    frame, gap = wages(gap=2.0), '[[rules]]\nmetric = "mean_outcome"\n'
    deviation = frame["wage"].std()
    for share, outcome in ((0.05, "fail"), (0.9, "pass")):
        found = checked(f"max_sd = {share}", frame, rule=gap)
        assert found.outcome == outcome == checked(f"max = {share * deviation}", frame, rule=gap).outcome
        assert f"(at most {share:g} standard deviations, {share * deviation:.2f} euros)" in found.rules[0].sentence


@pytest.mark.parametrize("form", ["text", "markdown", "html", "json", "junit", "sarif"])
def test_every_format_speaks_in_the_unit(form):
    found = render(checked("max = 0.1", wages(gap=3.0)), form)
    assert "euros" in found
    assert "points" not in found


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ("max_sd = -1", "max_sd = -1 is out of range: it has to be at least 0."),
        ("max_sd = 0.1\nmax = 3", "the rule has two limits, max and max_sd. Write one of them."),
        (
            'max_sd = 0.1\ncomparison = "ratio"',
            "max_sd is the largest difference, and this rule is about a ratio. Write max or min, or "
            'comparison = "difference".',
        ),
        ("max = -2", "max = -2 is out of range: a difference has no sign. Write the largest that is borne."),
    ],
)
def test_limits_that_do_not_fit_are_refused(keys, said):
    assert refused(keys) == f"policy.toml, line 10: {said}"


def test_standard_deviations_are_for_what_is_in_the_unit():
    rule = '[[rules]]\nmetric = "r_squared"\n'
    said = "policy.toml, line 9: max_sd is for what is in the unit of a number, and r_squared is not. Write max."
    assert refused("max_sd = 0.1", rule=rule) == said


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ('tolerance = "2 sds"', "tolerance='2 sds' is no difference."),
        ('positive = "wage>"', 'positive="wage>" is not a column, a sign (>=, >, <=, <) and a number'),
        ('outcome_type = "numbr"', 'outcome_type = "numbr" is none of "binary", "classes" or "number".'),
    ],
)
def test_columns_of_numbers_that_are_wrong_are_refused(key, said):
    assert refused("max = 1", columns=f"{COLUMNS}{key}\n").startswith(f"policy.toml, line 7: {said}")


def test_a_policy_may_cut_a_number():
    columns = COLUMNS.replace('unit = "euros"\n', 'positive = "wage >= 20.0"\n')
    rule = '[[rules]]\nmetric = "base_rate"\n'
    assert checked("max = 0.4", columns=columns, rule=rule).outcome == "pass"


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ('unit = "yen"', "the policy is about unit = 'yen', and this audit was asked with 'euros'."),
        ('tolerance = "0.3 sd"', "the policy is about tolerance = '0.3 sd', and this audit was asked with '0.1 sd'."),
        ('positive = "wage>=9"', "the policy is about positive = ['wage>=9'], and this audit was asked with nothing."),
    ],
)
def test_an_audit_of_another_unit_or_cut_is_refused(key, said):
    audit = ba.audit_predictions(wages(), sensitive_features="sex", y_true="wage", unit="euros")
    columns = COLUMNS.replace('unit = "euros"\n', f"{key}\n")
    with pytest.raises(ba.AuditError) as caught:
        audit.check(ba.policy.loads(f"{columns}{MEANS}max = 1\n"))
    assert said in str(caught.value)


def test_a_group_of_one_row_leaves_a_range_open_and_is_named():
    frame = wages()
    frame.loc[0, "sex"] = "x"
    found = checked("max = 5", frame)
    assert found.outcome == "cannot tell"
    assert "but sex = x has no value, so nobody knows of all groups" in found.rules[0].sentence
    assert checked("max = 5\nmin_rows = 30\nignore_small = true", frame).outcome == "pass"


def test_an_outcome_without_spread_has_no_standard_deviation():
    found = checked("max_sd = 1", wages().assign(wage=3.5), outcome_type="number")
    assert found.outcome == "cannot tell"
    assert "so it has no standard deviation" in found.rules[0].sentence


def test_a_baseline_in_the_same_unit_is_held_against(saved):
    keys = "not_worse_than_baseline = true\nmargin = 2"
    same = checked(keys, baseline=saved)
    assert (same.outcome, "from the same counts as then" in same.rules[0].sentence) == ("pass", True)
    worse = checked(keys, wages(gap=6.0), baseline=saved)
    assert worse.outcome == "fail"
    assert "all past the margin of 2.00 euros" in worse.rules[0].sentence


def test_a_baseline_in_another_unit_is_refused(saved):
    said = refused(
        "not_worse_than_baseline = true\nmargin = 2", columns=COLUMNS.replace("euros", "yen"), baseline=saved
    )
    assert said == (
        f'The baseline "{saved}" differs in the unit of the outcome: euros then, yen now. Give both the same.'
    )


def test_tables_of_law_ask_for_a_cut():
    with pytest.raises(ba.AuditError, match=r"this outcome is a number\. Say who counts as selected with positive"):
        ba.check(wages(), "local_law_144", sensitive_features="sex", y_pred="wage")
    found = ba.check(wages(), "four_fifths", sensitive_features="sex", y_pred="wage", positive="wage>=20")
    assert found.sections


def test_a_median_makes_a_yes_or_no_whatever_is_said():
    columns = 'name = "x"\n[columns]\nsensitive_features = "sex"\nscore = "wage"\nthreshold = "above median"\n'
    rule = '[[rules]]\nmetric = "selection_rate"\n'
    said = refused("max = 0.5", columns=f'{columns}outcome_type = "number"\n', rule=rule)
    assert said == (
        'threshold = "above median" makes a yes or no of the score, and outcome_type says something else. Leave one of '
        "them out."
    )
    assert checked("max = 0.5", columns=f'{columns}outcome_type = "binary"\n', rule=rule).outcome == "pass"


def test_the_verdict_says_its_limit_in_standard_deviations():
    assert json.loads(checked("max_sd = 0.5").to_json())["rules"][0]["max_sd"] == 0.5
