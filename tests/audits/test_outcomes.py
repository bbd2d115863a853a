"""What an outcome is: read once, said, and the same from a frame as from a file."""

import numpy as np
import pandas as pd
import pytest

import biasaudit as ba
from biasaudit.audits.classes.audit import ClassAudit
from biasaudit.audits.numbers.audit import NumberAudit

AT = np.arange(60)
FRAME = pd.DataFrame(
    {
        "sex": np.where(AT % 2, "man", "woman"),
        "wage": 12.5 + AT % 13 + AT % 2,
        "said": 12.0 + AT % 13,
        "grade": AT % 20,
        "five": AT % 5,
        "hired": AT % 3 // 2,
        "chance": (AT % 7) / 7,
        "half": (AT % 3) / 2,
        "town": [f"town {i % 30}" for i in AT],
        "letter": [f"{'abc'[i % 3]}" for i in AT],
    }
)


def audited(data=FRAME, **asked):
    return ba.audit_predictions(data, sensitive_features="sex", **asked)


def refused(data=FRAME, **asked):
    with pytest.raises(ba.AuditError) as error:
        audited(data, **asked)
    return str(error.value)


def read_as(audit):
    return [warning for warning in audit.warnings if " read as " in warning]


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (
            {"y_true": "grade"},
            '"grade" is read as a number. For a yes or no, say who counts, such as positive="grade>=10" '
            '(--positive "grade>=10").',
        ),
        (
            {"y_true": "wage", "y_pred": "said"},
            '"wage" and "said" are read as a number. For a yes or no, say who counts, such as '
            'positive=["wage>=19.5", "said>=18"] (--positive "wage>=19.5" --positive "said>=18").',
        ),
        (
            {"y_true": "half"},
            '"half" is read as a number. For a yes or no, say who counts, such as positive="half>=0.5" '
            '(--positive "half>=0.5").',
        ),
        (
            {"score": "chance"},
            '"chance" is read as a number. For decisions, say from where on, such as threshold=0.429.',
        ),
    ],
)
def test_a_number_is_read_and_said(asked, said, tmp_path):
    FRAME.to_csv(tmp_path / "table.csv", index=False)
    for data in (FRAME, str(tmp_path / "table.csv")):
        audit = audited(data, **asked)
        assert isinstance(audit, NumberAudit)
        assert read_as(audit) == [said]


def test_a_yes_or_no_stays_one():
    for asked in (
        {"y_true": "hired"},
        {"y_true": "hired", "score": "chance"},
        {"score": "chance", "threshold": 0.5},
        {"y_true": "five", "pos_label": 4},
        {"y_true": "grade", "pos_label": 19},
    ):
        audit = audited(**asked)
        assert isinstance(audit, ba.Audit)
        assert not read_as(audit)


def test_a_cut_makes_a_yes_or_no_of_a_number(tmp_path):
    frame = FRAME.assign(passed=(FRAME["grade"] >= 10).astype(int)).assign(grade=FRAME["grade"].where(AT > 3))
    frame.to_csv(tmp_path / "table.csv", index=False)
    expected = audited(frame[AT > 3], y_true="passed").rates()
    for data in (frame, str(tmp_path / "table.csv")):
        audit = audited(data, y_true="grade", positive="grade >= 10")
        assert audit.positive == "grade ≥ 10"
        rates = audit.rates()
        share = rates["metric"] == "base_rate"
        assert rates[share]["estimate"].tolist() == expected[expected["metric"] == "base_rate"]["estimate"].tolist()
        assert audit.table.n == 60


def test_more_values_than_the_first_rows_hold_make_a_number(tmp_path):
    first = FRAME.assign(grade=0, wage=1.5)
    long = pd.concat([first] * 170 + [FRAME])
    long.to_csv(tmp_path / "table.csv", index=False)
    for data in (long, str(tmp_path / "table.csv")):
        for name in ("grade", "wage"):
            assert isinstance(audited(data, y_true=name), NumberAudit)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (
            {"y_true": "wage", "y_pred": "hired"},
            'y_true="wage" is a number, and y_pred="hired" holds two values. Name two columns of one kind, leave one '
            'out, or say who counts as positive, such as positive="wage>=19.5".',
        ),
        (
            {"y_true": "hired", "y_pred": "wage"},
            'y_pred="wage" is a number, and y_true="hired" holds two values. Name two columns of one kind, leave one '
            'out, or say who counts as positive, such as positive="wage>=19.5".',
        ),
        (
            {"y_true": "wage", "y_pred": "letter"},
            'y_true="wage" is a number, and y_pred="letter" holds text. Name two columns of one kind, leave one out, '
            'or say who counts as positive, such as positive="wage>=19.5".',
        ),
        (
            {"y_true": "hired", "y_pred": "chance"},
            'y_pred="chance" holds probabilities such as 0.142857. Pass them as score= with a threshold=, or round '
            "them to 0 and 1 yourself.",
        ),
        (
            {"y_true": "wage", "outcome_type": "classes"},
            'outcome_type="classes" is for values that are few, and "wage" holds 14 different numbers. Leave '
            'outcome_type out, or cut the number, such as with positive="wage>=19.5".',
        ),
        (
            {"y_true": "wage", "outcome_type": "nummer"},
            'outcome_type="nummer" is not known. Did you mean "number"? Give one of: binary, classes, number.',
        ),
        (
            {"y_true": "letter", "outcome_type": "number"},
            'y_true="letter" holds text, not numbers. Name a column of numbers.',
        ),
        (
            {"y_true": "wage", "positive": "wages>=10"},
            'positive cuts "wages", which is no label or prediction of this audit ("wage"). Did you mean "wage"?',
        ),
        (
            {"y_true": "grade", "positive": "grade=10"},
            'positive="grade=10" is not a column, a sign (>=, >, <=, <) and a number, such as "G3>=10".',
        ),
        (
            {"y_true": "grade", "positive": ["grade>=1", "grade>=2"]},
            'positive cuts "grade" twice. Cut each column once.',
        ),
        ({"y_true": "grade", "positive": 10}, 'positive must be a text such as "G3>=10", or several, not a int.'),
        (
            {"y_true": "grade", "positive": "grade>=10", "pos_label": 1},
            "Give either positive (where a number is cut) or pos_label (a value), not both.",
        ),
        ({"y_true": "wage", "unit": 3}, 'unit must be a text such as "dollars an hour", not 3.'),
        (
            {"y_true": "wage", "tolerance": "much"},
            "tolerance='much' is no difference. Give a number of 0 or more in the unit of the outcome, or one in "
            'standard deviations, such as "0.2 sd".',
        ),
        (
            {"y_true": "wage", "metrics": ["accuracy"]},
            'metrics names "accuracy", which is no measure of a number, and the outcome was read as one. Name measures '
            'of numbers, such as "mean_prediction", or cut it into yes and no with positive=.',
        ),
        (
            {"selected": "hired", "of": "grade", "tolerance": 1},
            "tolerance=1 is a difference between means, and the outcome is no number. Leave it out; how large a gap "
            "may be, a policy says.",
        ),
        (
            {"y_true": "wage", "y_pred": "said", "score": "grade"},
            "y_pred and score are both predictions of a number. Name one of them.",
        ),
        (
            {"y_true": "wage", "score": "said", "threshold": 15.0, "outcome_type": "number"},
            "threshold cuts the score into yes and no, and the label is a number. Cut the label as well, with "
            "positive=, or leave threshold out.",
        ),
    ],
)
def test_what_does_not_fit_is_refused_with_what_to_do(asked, said):
    assert refused(**asked) == said


@pytest.mark.parametrize(("values", "kind"), [(10, ClassAudit), (11, NumberAudit)])
def test_whole_numbers_of_at_most_ten_values_are_classes(values, kind, tmp_path):
    frame = FRAME.assign(grade=AT % values)
    frame.to_csv(tmp_path / "table.csv", index=False)
    for data in (frame, str(tmp_path / "table.csv")):
        assert isinstance(audited(data, y_true="grade"), kind)


def test_an_infinite_number_is_no_class():
    frame = FRAME.assign(five=FRAME["five"].where(AT != 7, np.inf))
    assert (
        refused(frame, y_true="five")
        == '"five" holds inf, which is no class. Leave a cell empty where nobody knows it.'
    )


def test_a_tolerance_goes_with_a_number_that_comes_late():
    long = pd.concat([FRAME.assign(wage=1.5)] * 170 + [FRAME])
    assert isinstance(audited(long, y_true="wage", tolerance=0.5), NumberAudit)


def test_text_among_numbers_is_named_with_its_row(tmp_path):
    frame = FRAME.assign(wage=FRAME["wage"].astype(object))
    frame.loc[17, "wage"] = "n/a"
    frame.to_csv(tmp_path / "table.csv", index=False)
    assert refused(str(tmp_path / "table.csv"), y_true="wage") == (
        "\"wage\" holds text among numbers: 'n/a' in row 18. Write every cell as a number, or leave it empty where "
        "there is none."
    )


@pytest.mark.parametrize(("tolerance", "small"), [(None, 0.1), ("0.2 sd", 0.2), ("1 SD", 1.0)])
def test_a_tolerance_may_be_in_standard_deviations(tolerance, small):
    deviation = FRAME["wage"].std()
    assert audited(y_true="wage", tolerance=tolerance).unit.small == pytest.approx(small * deviation)
    assert audited(y_true="wage", tolerance=0.5).unit.small == 0.5
