"""A rule fails where the whole interval is past its limit, holds where it is within, and else the data cannot tell."""

import html
import json
import math
from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, strategies as st

import biasaudit as ba
from biasaudit.inference.intervals.closed_form import newcombe
from biasaudit.policy.estimates import PAST, UNSURE, WITHIN, Estimate, change, magnitude, state
from policy.policies import HEAD, RULE, people, policy, verdict

CLEAR = people(F=(300, 1000), M=(600, 1000))
SAME = people(F=(500, 1000), M=(500, 1000))
FEW = people(F=(10, 20), M=(12, 20))


def refused(frame, keys, **how):
    with pytest.raises(ba.AuditError) as error:
        verdict(frame, keys, **how)
    return str(error.value)


@pytest.mark.parametrize(
    ("frame", "keys", "outcome", "code"),
    [
        (CLEAR, "max = 0.1", "fail", 1),
        (CLEAR, "max = 0.4", "pass", 0),
        (CLEAR, "max = 0.3", "cannot tell", 3),
        (SAME, "max = 0.1", "pass", 0),
        (FEW, "max = 0.1", "cannot tell", 3),
        (FEW, 'max = 0.1\nwhen_cannot_tell = "pass"', "pass", 0),
        (FEW, 'max = 0.1\nwhen_cannot_tell = "fail"', "fail", 1),
        (CLEAR, 'max = 0.1\nwhen_cannot_tell = "pass"', "fail", 1),
        (CLEAR, "max = 0.4\nmin_rows = 1000", "pass", 0),
        (CLEAR, "max = 0.4\nmin_rows = 1001", "cannot tell", 3),
        (CLEAR, "max = 0.1\nmin_rows = 1001", "cannot tell", 3),
        (CLEAR, 'comparison = "ratio"\nmin = 0.8', "fail", 1),
        (SAME, 'comparison = "ratio"\nmin = 0.8', "pass", 0),
        (CLEAR, 'comparison = "rate"\nmax = 0.5', "fail", 1),
        (CLEAR, 'comparison = "rate"\nmin = 0.2', "pass", 0),
        (CLEAR, 'comparison = "rate"\nmax = 0.4\ngroup = { sex = "F" }', "pass", 0),
        # The reference is the larger group, or the first; a group that is better off counts alike.
        (CLEAR, 'max = 0.1\ngroup = { sex = "M" }', "fail", 1),
        (people(F=(600, 1000), M=(330, 1100)), 'max = 0.1\ngroup = { sex = "F" }', "fail", 1),
        (people(F=(600, 1000), M=(330, 1100)), 'comparison = "ratio"\nmin = 0.8\nkind = "pair"', "fail", 1),
        (CLEAR, 'max = 0.1\nkind = "to_overall"', "fail", 1),
    ],
)
def test_outcomes_and_exit_codes(frame, keys, outcome, code):
    found = verdict(frame, keys)
    assert (found.outcome, found.exit_code) == (outcome, code)


def test_a_range_of_many_groups_is_no_statement_about_two():
    """Of 17 people at 41 % and thousands at 30 and 20 % nobody knows who is furthest apart."""
    frame = people(A=(900, 3000), B=(600, 3000), C=(7, 17))
    found = verdict(frame, "max = 0.05")
    start = "Selection rate by sex, widest gap of 3 groups (highest in sex = C, lowest in sex = B): "
    assert found.rules[0].sentence.startswith(start)
    ratio = verdict(frame, 'comparison = "ratio"\nmin = 0.9').rules[0].sentence
    assert ratio.startswith("Selection rate by sex, smallest ratio of 3 groups (highest in sex = C, lowest in sex = B)")
    pair = verdict(frame, 'max = 0.05\nkind = "pair"').rules[0].sentence
    assert pair.startswith("Selection rate by sex, gap of sex = B against sex = A: ")
    two = verdict(people(A=(900, 3000), B=(600, 3000)), "max = 0.05").rules[0].sentence
    assert two.startswith("Selection rate by sex, gap of sex = A against sex = B: ")


def test_the_sentence_holds_figure_interval_and_limit():
    found = verdict(CLEAR, "max = 0.1\nreason = 'They said so.'\nowner = 'board'")
    assert found.rules[0].sentence == (
        "Selection rate by sex, gap of sex = M against sex = F: 30.0 points (25.8 to 34.1), all past the limit "
        "(at most "
        "10.0 points)."
    )
    assert found.rules[0].line == 7
    told = " ".join(repr(found).split())
    assert "✗ Does not hold: alike." in told
    assert "Why: They said so. Ask: board." in told


def test_a_pass_that_the_policy_gives_away_is_said():
    found = verdict(FEW, 'max = 0.1\nwhen_cannot_tell = "pass"')
    assert found.rules[0].sentence.endswith("The policy takes what cannot be told for a pass.")
    assert found.rules[0].judged[0].state == "cannot tell"


def test_a_rate_that_is_undefined_is_never_a_pass():
    frame = SAME.assign(label=[1 if sex == "M" else 0 for sex in SAME["sex"]])
    head = HEAD.replace("y_pred", 'y_true = "label"\ny_pred')
    rule = RULE.replace("selection_rate", "true_positive_rate")
    found = ba.check(frame, ba.policy.loads(f"{head}{rule}max = 0.9"))
    assert (found.outcome, found.exit_code) == ("cannot tell", 3)
    assert found.rules[0].sentence.endswith("it has no value, or no interval: sex=F: no positive labels.")
    assert found.rules[0].judged[0].rows == 0


def test_the_worst_rule_decides_and_every_rule_is_told():
    rules = "".join(
        f'[[rules]]\nname = "{n}"\nmetric = "selection_rate"\nmax = {m}\n'
        for n, m in {"holds": 0.4, "unsure": 0.3, "broken": 0.1}.items()
    )
    found = ba.check(CLEAR, ba.policy.loads(HEAD + rules))
    assert [rule.outcome for rule in found.rules] == ["pass", "cannot tell", "fail"]
    assert found.outcome == "fail"
    found = ba.check(CLEAR, ba.policy.loads(HEAD + rules.rpartition("[[rules]]")[0]))
    assert found.outcome == "cannot tell"


def test_raise_if_failed():
    with pytest.raises(ba.policy.PolicyFailedError, match="Does not hold: alike"):
        verdict(CLEAR, "max = 0.1").raise_if_failed()
    unsure = verdict(FEW, "max = 0.1")
    with pytest.raises(AssertionError, match="Cannot tell"):
        unsure.raise_if_failed()
    assert unsure.raise_if_failed(allow_cannot_tell=True) is unsure
    assert verdict(SAME, "max = 0.1").raise_if_failed().outcome == "pass"


def test_a_waiver_holds_until_its_last_day_and_then_nobody_passes():
    keys = 'max = 0.1\n[rules.waiver]\nuntil = 2027-01-31\nreason = "Being mended."'
    found = verdict(CLEAR, keys, today=date(2027, 1, 31))
    assert (found.rules[0].outcome, found.outcome, found.exit_code) == ("waived", "pass", 0)
    assert found.rules[0].sentence.endswith("Waived until 2027-01-31: Being mended.")
    assert 'The waiver of "alike" ends in 0 days.' in found.notes
    assert refused(CLEAR, keys, today=date(2027, 2, 1)) == (
        'policy.toml, line 12: the waiver of the rule "alike" ended on 2027-01-31. Mend the gap and take the '
        "waiver out, "
        "or have its owner set a new date and reason."
    )
    assert 'The rule "alike" holds without its waiver: take the waiver out.' in (
        verdict(SAME, keys, today=date(2026, 1, 30)).notes
    )
    # A waiver that has ended stops a policy that would hold as well.
    assert "ended on" in refused(SAME, keys, today=date(2027, 2, 1))


def test_a_waiver_lasts_a_year_at_most():
    keys = 'max = 0.1\nwaiver = { until = 2027-12-01, reason = "Being mended." }'
    assert verdict(CLEAR, keys, today=date(2026, 11, 30)).rules[0].outcome == "waived"
    assert refused(CLEAR, keys, today=date(2026, 11, 29)) == (
        'policy.toml, line 11: the waiver of the rule "alike" lasts until 2027-12-01, and a waiver may last for 366 '
        "days from the day of the check. Set 2027-11-30 or earlier."
    )


WAIVED = 'max = 0.1\nwaiver = { until = 2027-01-31, reason = "Being mended." }\n'
OTHER = '[[rules]]\nname = "other"\nmetric = "selection_rate"\n'


@pytest.mark.parametrize(
    ("frame", "keys", "label", "headline"),
    [
        (CLEAR, WAIVED, "passes with exceptions", "0 of 1 rules hold; 1 is waived until 2027-01-31."),
        (
            CLEAR,
            f"{WAIVED}{OTHER}max = 0.4",
            "passes with exceptions",
            "1 of 2 rules hold; 1 is waived until 2027-01-31.",
        ),
        (
            CLEAR,
            WAIVED + OTHER + WAIVED.replace("2027-01-31", "2027-02-28"),
            "passes with exceptions",
            "0 of 2 rules hold; 2 are waived until 2027-01-31 or later.",
        ),
        (
            FEW,
            'max = 0.1\nwhen_cannot_tell = "pass"',
            "passes with exceptions",
            "0 of 1 rules hold; of 1 the data cannot tell, which the policy takes for a pass.",
        ),
        (
            CLEAR,
            f"{WAIVED}{OTHER}max = 0.1",
            "does not hold",
            "1 of 2 rules do not hold; 1 is waived until 2027-01-31.",
        ),
        (SAME, "max = 0.1", "holds", "Every rule holds."),
        # A waiver that nobody needs takes nothing from a rule that holds.
        (SAME, WAIVED, "holds", "Every rule holds."),
    ],
)
def test_a_headline_counts_what_holds(frame, keys, label, headline):
    found = verdict(frame, keys, today=date(2026, 11, 30))
    told = " ".join(repr(found).split())
    assert headline in told
    page, markdown, document = found.to_html(), found.to_markdown(), json.loads(found.to_json())
    assert headline in html.unescape(page)
    assert f"<h1>Hiring: {label}</h1>" in page
    assert markdown.startswith(f"# {told.split('”: ')[1][0]} Hiring: {label}\n\n**{headline}**")
    assert document["headline"] == headline
    assert document["exit_code"] == (1 if label == "does not hold" else 0)
    for said in (told, page, markdown):
        assert ("Every rule holds" in said) == (label == "holds")
        assert ("✓" in said or "Holds" in said) == any(rule.holds for rule in found.rules)


def test_what_is_let_pass_is_no_success_anywhere():
    found = verdict(FEW, 'max = 0.1\nwhen_cannot_tell = "pass"\n' + WAIVED.split("\n")[1], today=date(2026, 11, 30))
    assert "? Let pass: alike." in " ".join(repr(found).split())
    assert found.notes[0] == 'The rule "alike" passes without its waiver: take the waiver out.'
    assert "<skipped message=" in found.to_junit()
    assert 'skipped="1"' in found.to_junit()
    result = json.loads(found.to_sarif())["runs"][0]["results"][0]
    assert (result["kind"], result["level"]) == ("open", "none")


@pytest.mark.parametrize("kind", ['comparison = "rate"', 'kind = "pair"', 'kind = "to_overall"', 'kind = "range"'])
def test_a_rule_about_nobody_is_no_pass(kind):
    small = f"{kind}\nmax = 0.9\nmin_rows = 5000\nignore_small = true"
    assert verdict(CLEAR, small).outcome == "cannot tell"
    frame = CLEAR.assign(sex=pd.Categorical(CLEAR["sex"], categories=["F", "M", "X"]))
    if "range" not in kind:
        assert verdict(frame, f'{kind}\nmax = 0.9\ngroup = {{ sex = "X" }}').outcome == "cannot tell"


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        (
            'max = 0.1\nby = "race"',
            'policy.toml, line 11: this audit does not split people by race. It splits by ["sex"].',
        ),
        (
            'max = 0.1\ngroup = { sex = "W" }',
            'policy.toml, line 11: sex = "W" is not a group of this audit. Groups: F; M.',
        ),
        (
            'max = 0.1\nkind = "pair"\ngroup = { sx = "F" }',
            'policy.toml, line 12: this audit does not split people by sx. Did you mean "sex"? It splits by ["sex"].',
        ),
        (
            'max = 0.1\ngroup = { sex = "F" }',
            'policy.toml, line 11: sex = "F" is the reference that the others are held against in this audit. '
            "Name another "
            'group, another reference in [columns], or kind = "to_overall".',
        ),
    ],
)
def test_rules_about_people_who_are_not_there(keys, message):
    assert refused(CLEAR, keys) == message


def test_a_metric_that_is_not_measured():
    def said(metric):
        with pytest.raises(ba.AuditError) as error:
            ba.check(CLEAR, ba.policy.loads(f'{HEAD}[[rules]]\nmetric = "{metric}"\nmax = 0.1', source="policy.toml"))
        return str(error.value)

    assert said("selecton_rate") == (
        'policy.toml, line 8: metric = "selecton_rate" is not measured by this audit. Did you mean "selection_rate"? '
        "Metrics: selection_rate."
    )
    assert said("recall") == (
        'policy.toml, line 8: metric = "recall" is not measured by this audit. It needs labels (y_true) and decisions '
        "(y_pred, or score with a threshold). Metrics: selection_rate."
    )


def test_a_gap_of_gaps_has_no_rate():
    with pytest.raises(ba.AuditError) as refused:
        ba.policy.loads('name = "x"\n[[rules]]\nmetric = "equalized_odds"\ncomparison = "rate"\nmax = 0.1')
    assert str(refused.value) == (
        "policy, line 4: equalized_odds is the larger of two gaps, and nobody's rate. Write difference, or a rule for "
        "each of true_positive_rate and false_positive_rate."
    )


def test_other_names_of_a_metric_do_as_well():
    assert (
        ba.check(CLEAR, ba.policy.loads(f'{HEAD}[[rules]]\nmetric = "demographic_parity"\nmax = 0.1')).outcome == "fail"
    )


def test_an_audit_of_other_columns_is_refused():
    frame = CLEAR.assign(other=CLEAR["hired"])
    audit = ba.audit_predictions(frame, y_pred="other", sensitive_features="sex")
    with pytest.raises(ba.AuditError) as error:
        audit.check(policy("max = 0.1"))
    assert str(error.value) == (
        "policy.toml, line 4: the policy is about y_pred = 'hired', and this audit was asked with 'other'. Audit "
        "what the "
        "policy names, or take the key out."
    )
    with pytest.raises(ba.AuditError, match=r"^policy.toml, line 4: the policy says y_pred = 'hired', and it"):
        ba.check(frame, policy("max = 0.1"), y_pred="other")


def test_every_audit_answers_check():
    text = 'name = "x"\n[[rules]]\nmetric = "{}"\nmax = 0.9\n'
    clips = people(F=(30, 100), M=(20, 100)).assign(trials=1)
    heard = ba.audit_errors(clips, errors="hired", trials="trials", sensitive_features="sex")
    assert heard.check(ba.policy.loads(text.format("error_rate"))).outcome == "pass"
    data = ba.audit_dataset(ba.datasets.load_berkeley())
    assert data.check(ba.policy.loads(text.format("base_rate"))).outcome == "pass"
    names = {"woman": ["Ann", "Eve", "Mia"], "man": ["Tom", "Jim", "Bob"]}
    pairs = ba.audit_pairs(lambda texts: [0.5] * len(texts), ["I am {name}.", "{name} here."], swap={"name": names})
    metric = pairs.disparities()["metric"].iloc[0]
    assert pairs.check(ba.policy.loads(text.format(metric))).outcome in {"pass", "cannot tell"}


def test_intersections_are_judged_where_a_rule_names_them():
    rng = np.random.default_rng(0)
    frame = people(F=(600, 1200), M=(600, 1200)).assign(race=lambda f: rng.permutation(["a", "b"] * (len(f) // 2)))
    # Alone nobody is worse off, together women of race b are.
    frame.loc[(frame["sex"] == "F") & (frame["race"] == "b"), "hired"] = 0
    frame.loc[(frame["sex"] == "F") & (frame["race"] == "a"), "hired"] = 1
    head = HEAD.replace('["sex"]', '["sex", "race"]')
    found = ba.check(frame, ba.policy.loads(f'{head}{RULE}max = 0.7\nby = ["race", "sex"]'))
    assert found.outcome == "fail"
    assert set(found.rules[0].judged[0].group) == {"sex", "race"}
    assert [one.features for one in ba.check(frame, ba.policy.loads(f"{head}{RULE}max = 0.7")).rules[0].judged] == [
        ("sex",),
        ("race",),
    ]


ESTIMATES = st.tuples(*[st.floats(-1, 1)] * 3).map(lambda t: Estimate(sorted(t)[1], min(t), max(t)))


@given(ESTIMATES, st.floats(0, 1))
def test_a_difference_is_past_its_limit_whatever_its_sign(estimate, limit):
    turned = Estimate(-estimate.value, -estimate.high, -estimate.low)
    assert magnitude(estimate, "difference") == pytest.approx(magnitude(turned, "difference"))
    found = magnitude(estimate, "difference")
    assert 0 <= found.low <= found.value <= found.high
    inside = estimate.low >= -limit and estimate.high <= limit
    outside = estimate.low > limit or estimate.high < -limit
    assert state(found, most=limit) == (WITHIN if inside else PAST if outside else UNSURE)


@given(st.tuples(*[st.floats(0.01, 100)] * 3))
def test_a_ratio_counts_like_its_reverse(parts):
    low, value, high = sorted(parts)
    estimate, turned = Estimate(value, low, high), Estimate(1 / value, 1 / high, 1 / low)
    assert magnitude(estimate, "ratio") == pytest.approx(magnitude(turned, "ratio"))
    assert 0 <= magnitude(estimate, "ratio").low <= magnitude(estimate, "ratio").high <= 1


def test_magnitudes_at_the_ends():
    assert magnitude(Estimate(math.inf, 2.0, math.inf), "ratio") == Estimate(0.0, 0.0, 0.5)
    assert magnitude(Estimate(0.0, 0.0, math.inf), "ratio") == Estimate(0.0, 0.0, 1.0)
    assert state(Estimate(math.nan, 0, 1), most=2) == UNSURE


def test_the_interval_of_a_change_holds_it():
    """MOVER against the truth: 95 % of intervals of a change of independent gaps hold it."""
    rng, n, inside = np.random.default_rng(1), 400, 0
    rates = [(0.5, 0.4), (0.5, 0.35)]
    truth = (rates[1][0] - rates[1][1]) - (rates[0][0] - rates[0][1])
    for _ in range(300):
        figures = []
        for a, b in rates:
            x, y = rng.binomial(n, a), rng.binomial(n, b)
            low, high = newcombe(x, n, y, n, critical=1.959964)
            figures.append(Estimate((x - y) / n, float(low), float(high)))
        _, low, high = change(figures[1], figures[0])
        inside += low <= truth <= high
    assert 0.92 <= inside / 300 <= 0.99


def test_a_name_that_steers_a_screen_is_text_in_messages():
    frame = CLEAR.replace({"F": "F\x1b[31m\n::error::x"})
    message = refused(frame, 'max = 0.1\ngroup = { sex = "W" }')
    assert message == 'policy.toml, line 11: sex = "W" is not a group of this audit. Groups: F�[31m�::error::x; M.'


def test_a_number_that_is_no_share_may_have_a_limit_above_one():
    frame = people(F=(300, 1000), M=(600, 1000)).assign(label=lambda f: 1 - f["hired"] * (f.index % 2))
    head = HEAD.replace("y_pred", 'y_true = "label"\ny_pred')
    for name in ("treatment_equality", "treatment_equality_ratio"):
        found = ba.check(frame, ba.policy.loads(f'{head}[[rules]]\nmetric = "{name}"\nmax = 5.0'))
        assert "(at most 5.000)" in found.rules[0].sentence
