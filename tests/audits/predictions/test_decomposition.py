"""Why error rates differ, in one line: what it says of whom, and when it keeps silent."""

import re

import numpy as np
import pandas as pd
import pytest

import biasaudit as ba
from biasaudit.errors import AuditError
from biasaudit.inference.strata.standardisation import standardise
from biasaudit.metrics.rates import get_rate

ROLES = {"sensitive_features": "g", "y_true": "y", "y_pred": "p", "score": "s"}


def people(rng, rows, spread, meaning=0.0, overruled=0.0):
    score = rng.beta(*spread, rows)
    label = rng.random(rows) < 1 / (1 + np.exp(-4 * (score - 0.5) - meaning))
    decision = (score >= 0.5) | (rng.random(rows) < overruled)
    return pd.DataFrame({"s": score, "y": label.astype(int), "p": decision.astype(int)})


def audit(first, second, **more):
    table = pd.concat([first.assign(g="men"), second.assign(g="women")], ignore_index=True)
    return ba.audit_predictions(table, **ROLES | more)


def section(found, name="why"):
    return next((one for one in found.report().sections if one.name == name), None)


@pytest.fixture(scope="module")
def compas():
    return ba.audit_predictions(ba.datasets.load_compas())


def test_compas_in_one_line(compas):
    assert section(compas).sentences[0] == (
        "Of African-American whose label is negative, 44.8 % (805 of 1,795) are decided positively, of Caucasian "
        "23.5 % (349 of 1,488) (false positive rate). Of this gap of 21.4 points, 0.8 (−1.5 to 3.2) would be left if "
        "both groups had the same scores; 20.6 (18.2 to 22.9) come from the scores that they have. At the same scores "
        "the data show no gap."
    )


def test_the_table_holds_every_group_against_its_reference(compas):
    table = compas.why()
    assert set(table["metric"]) == {"false_positive_rate", "false_negative_rate", "selection_rate"}
    assert all(reference == {"race": "Caucasian"} for reference in table["reference"])
    assert len(table) == 15
    family = compas._splits[0]
    row = table[(table["metric"] == "false_negative_rate") & (table["group"] == {"race": "Hispanic"})].iloc[0]
    group = family.groups.index({"race": "Hispanic"})
    found = standardise(family.table, get_rate("false_negative_rate"), group, family.reference)
    assert [row[name] for name in ("gap", "scores", "outcomes", "decisions", "left")] == pytest.approx(found.estimate)
    assert [row["left_low"], row["left_high"]] == pytest.approx([found.low[-1], found.high[-1]])
    assert row["scores"] + row["outcomes"] + row["decisions"] == pytest.approx(row["gap"], abs=1e-12)


def test_gaps_are_those_of_the_rates(compas):
    rates, table = compas.rates(), compas.why().dropna(subset=["gap"])
    for row in table.to_dict("records"):
        of_metric = rates[rates["metric"] == row["metric"]].copy()
        one, other = (of_metric[of_metric["group"] == row[side]]["estimate"].iloc[0] for side in ("group", "reference"))
        assert row["gap"] == pytest.approx(one - other, abs=1e-12)


def test_too_few_people_have_a_reason_and_no_row_in_the_report(compas):
    table = compas.why()
    small = table[table["group"] == {"race": "Native American"}]
    assert small[small["metric"] == "false_positive_rate"]["reason"].tolist() == ["too few on either side of the rate"]
    assert all(not row["reason"] for row in section(compas).rows)
    # A line on the score selects: at equal scores nothing is left, and that needs no row.
    selected = table["metric"] == "selection_rate"
    assert (table[selected]["left"].abs() < 1e-9).all()
    assert len(section(compas).rows) == ((table["reason"] == "") & ~selected).sum()


def test_who_would_fare_worse_at_the_same_scores():
    rng = np.random.default_rng(1)
    alike = (3, 3)
    # Men score as women do, and the same score goes with fewer positive labels among them.
    found = audit(people(rng, 6000, alike, overruled=0.3), people(rng, 6000, alike))
    told = section(found).sentences
    assert "Of men whose label is negative" in told[0]
    assert "So at the same scores, too, it is men whom this happens to more often." in told[0]
    assert "come from other decisions at the same score and label." in told[0]
    assert "Of men, " in told[2]
    assert "(selection rate)" in told[2]


def test_a_gap_that_turns_round_at_the_same_scores():
    rng = np.random.default_rng(2)
    men, women = people(rng, 9000, (5, 3), overruled=0.0), people(rng, 9000, (3, 5), overruled=0.15)
    told = section(audit(men, women)).sentences[0]
    assert re.search(r"none \(−\d+\.\d to −\d+\.\d\) would be left", told)
    assert "At the same scores it would be women whom this happens to more often." in told


def test_no_line_where_no_gap_stands_out():
    rng = np.random.default_rng(3)
    found = audit(people(rng, 800, (3, 3)), people(rng, 800, (3, 3)))
    assert section(found) is None
    assert len(found.why()) == 3


def test_what_a_line_on_the_score_selects_is_not_told():
    rng = np.random.default_rng(4)
    found = audit(people(rng, 4000, (4, 3)), people(rng, 4000, (3, 4)))
    assert not [told for told in section(found).sentences if "selection rate" in told]


def test_the_two_largest_groups_of_each_feature_are_told():
    rng = np.random.default_rng(5)
    table = pd.concat([people(rng, n, s) for n, s in ((3000, (4, 3)), (2000, (3, 4)), (900, (2, 5)))])
    table = table.assign(g=np.repeat(["a", "b", "c"], [3000, 2000, 900]), h=np.tile(["x", "y"], 2950))
    found = ba.audit_predictions(table, **ROLES | {"sensitive_features": ["g", "h"]})
    told = [text for text in section(found).sentences if "false positive" in text]
    assert len(told) == 1
    assert told[0].startswith("Of a whose label is negative")
    assert ", of b " in told[0]
    assert {tuple(group) for group in found.why()["group"]} == {("g",), ("h",)}


@pytest.mark.parametrize(
    ("leave_out", "lacking"),
    [
        (["score"], "no score. Name it"),
        (["y_true"], "no y_true. Name it"),
        (["score", "y_true"], "no y_true and no score. Name them"),
    ],
)
def test_what_is_lacking_is_said(leave_out, lacking):
    table = people(np.random.default_rng(6), 300, (3, 3)).assign(g=np.tile(["a", "b"], 150))
    found = ba.audit_predictions(table, **{role: name for role, name in ROLES.items() if role not in leave_out})
    with pytest.raises(AuditError) as error:
        found.why()
    assert str(error.value) == (f"why() needs labels, decisions and a score; this audit has {lacking} when you audit.")
    assert section(found) is None


def test_weights_and_clusters_widen():
    rng = np.random.default_rng(7)
    table = pd.concat([people(rng, 900, (4, 3)).assign(g="a"), people(rng, 900, (3, 4)).assign(g="b")])
    table = pd.concat([table] * 3, ignore_index=True).assign(c=np.tile(np.arange(1800), 3))
    plain, clustered = (ba.audit_predictions(table, **ROLES, **more).why() for more in ({}, {"cluster": "c"}))
    assert clustered["left"].to_numpy() == pytest.approx(plain["left"].to_numpy(), abs=1e-12)
    wide, narrow = ((t["left_high"] - t["left_low"])[:2].to_numpy() for t in (clustered, plain))
    assert wide == pytest.approx(narrow * np.sqrt(3), rel=0.05)


def test_base_rates_and_error_rates(compas):
    found = section(compas, "impossibility")
    assert found.sentences == (
        "Of African-American, 51.4 % have a positive label, of Caucasian 39.4 %. If a positive decision were right "
        "equally often (61.4 %) and equally many positive people were missed (37.4 %) in both, then 41.8 % of the "
        "negative people of African-American and 25.6 % of Caucasian would be decided positively: not all three can "
        "be equal. Here it is 44.8 % and 23.5 %.",
    )
    # Chouldechova (2017), equation 2.6, once more.
    p, ppv, fnr = 1901 / 3696, 2035 / 3317, 1216 / 3251
    row = next(row for row in found.rows if row["group"] == "African-American")
    assert row["false_positive_rate"] == pytest.approx(p / (1 - p) * (1 - ppv) / ppv * (1 - fnr))


def test_base_rates_that_are_not_shown_to_differ_say_nothing():
    rng = np.random.default_rng(8)
    found = audit(people(rng, 300, (3, 3)), people(rng, 300, (3, 3)))
    assert section(found, "impossibility") is None


def test_base_rates_need_no_score():
    table = people(np.random.default_rng(9), 4000, (3, 3)).assign(g=np.repeat(["a", "b"], 2000))
    table.loc[:1999, "y"] |= (np.arange(2000) % 3 == 0).astype(int)
    found = ba.audit_predictions(table, sensitive_features="g", y_true="y", y_pred="p")
    assert section(found, "why") is None
    assert section(found, "impossibility").sentences[0].startswith("Of a, ")
    decisions = ba.audit_predictions(table, sensitive_features="g", y_pred="p")
    assert decisions.report().sections == ()


def test_an_audit_of_lines_says_it_once():
    names = [one.name for one in ba.audit_thresholds(ba.datasets.load_compas()).report().sections]
    assert names.count("impossibility") == 1
