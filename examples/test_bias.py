"""A bias test beside the other tests: pytest finds it, and a failure says who is worse off and by how much."""

import biasaudit as ba


def test_a_risk_score_does_not_blame_anybody_more(bias_audit):
    scored = bias_audit(ba.datasets.load_compas(), sensitive_features="sex")
    scored.assert_within("predictive_equality", max_difference=0.1)


def test_a_risk_score_calls_no_race_dangerous_more_often(bias_audit):
    scored = bias_audit(ba.datasets.load_compas())
    scored.assert_within("selection_rate", max_difference=0.2)


def test_the_policy_holds(bias_audit):
    bias_audit(ba.datasets.load_ricci()).check("four_fifths")
