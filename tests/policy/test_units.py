"""Rules about numbers say what they find in the unit of the audit."""

import pandas as pd
import pytest

import biasaudit as ba
from biasaudit.errors import AuditError
from biasaudit.integrations.limits import hold
from biasaudit.policy.reading import load

RULE = """
name = "Pay"
[[rules]]
metric = "{metric}"
comparison = "{comparison}"
{limit}
reason = "A test."
"""


@pytest.fixture(scope="module")
def audit():
    wages = [10.0 + at % 13 + 3.25 * (at % 2) for at in range(800)]
    frame = pd.DataFrame({"sex": ["woman", "man"] * 400, "wage": wages})
    return ba.audit_predictions(frame, sensitive_features="sex", y_true="wage", unit="dollars an hour", tolerance=0.5)


def checked(audit, tmp_path, metric, comparison, limit):
    file = tmp_path / "pay.toml"
    file.write_text(RULE.format(metric=metric, comparison=comparison, limit=limit))
    return audit.check(load(file))


@pytest.mark.parametrize(
    ("metric", "comparison", "limit", "said"),
    [
        ("mean_outcome", "difference", "max = 2.0", "all past the limit (at most 2.00 dollars an hour)"),
        ("mean_outcome", "difference", "max = 5.0", "all within the limit (at most 5.00 dollars an hour)"),
        ("mean_outcome", "ratio", "min = 0.95", "all past the limit (at least 0.95)"),
        ("mean_outcome", "rate", "min = 5.0", "all within the limit (at least 5.00 dollars an hour)"),
    ],
)
def test_a_limit_is_written_in_the_unit(audit, tmp_path, metric, comparison, limit, said):
    result = checked(audit, tmp_path, metric, comparison, limit)
    (rule,) = result.rules
    assert said in rule.sentence
    assert "points" not in rule.sentence
    assert rule.sentence.startswith("Mean wage ")
    for written in (result.to_html(), result.to_markdown(), result.to_junit(), result.to_sarif(), result.to_json()):
        assert "dollars an hour" in written or comparison == "ratio"


def test_a_margin_is_asked_for_in_the_unit_of_the_outcome(tmp_path):
    file = tmp_path / "pay.toml"
    file.write_text(RULE.format(metric="mean_outcome", comparison="difference", limit="not_worse_than_baseline = true"))
    with pytest.raises(
        AuditError, match=r"nobody has said which change of mean_outcome .* Add margin, in the outcome's"
    ):
        load(file)


def test_a_gap_is_held_against_a_limit_in_the_unit(audit):
    (held,) = hold(audit, ["mean_outcome"], max_difference=2.0)
    assert held.state == "past"
    assert "dollars an hour" in held.sentence
    assert held.sentence.endswith("allowed is at most 2.00 dollars an hour.")


def test_a_rule_about_what_only_numbers_have_says_what_is_needed(tmp_path):
    audit = ba.audit_predictions(ba.datasets.load_berkeley())
    with pytest.raises(
        AuditError, match=r'"mean_error" is not measured.*It needs labels that are numbers \(y_true\) and'
    ):
        checked(audit, tmp_path, "mean_error", "difference", "max = 2.0")
