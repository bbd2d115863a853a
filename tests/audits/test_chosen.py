"""Which measures are asked: names in use, functions by name, and one sentence for what is neither."""

import pytest

from biasaudit import AuditError
from biasaudit.audits.chosen import Chosen, read_metrics
from biasaudit.metrics.primary import Primary, read_primary


def half(y_true, y_pred):
    return 0.5


def test_names_are_read_by_any_name_in_use_and_once():
    assert read_metrics(["recall", "true_positive_rate", "f1_score"]).names == ("true_positive_rate", "f1")
    assert read_metrics("demographic_parity").names == ("selection_rate",)
    assert read_metrics(None).settings == {}


def test_a_mapping_adds_functions_to_all_measures_or_to_those_with_none():
    alone, beside = read_metrics({"f2": half}), read_metrics({"f2": half, "precision": None})
    assert alone.asks("auc")
    assert not beside.asks("auc")
    assert beside.settings == {"metrics": ["positive_predictive_value", "f2"]}


def test_parts_are_asked_with_what_is_made_of_them():
    chosen = Chosen(("equalized_odds",))
    assert chosen.asks("false_positive_rate")
    assert not chosen.asks("selection_rate")


def test_named_measures_come_first_unless_the_caller_chooses():
    chosen = read_metrics({"f2": half, "accuracy": None, "auc": None})
    assert chosen.first(Primary()).names == ("accuracy", "auc", "f2")
    assert chosen.first(Primary()).settings == {}
    assert chosen.first(read_primary("f2", chosen.functions)).settings == {"primary": ["f2"]}
    assert read_metrics({"f2": half}).first(Primary()) == Primary()


@pytest.mark.parametrize(
    ("metrics", "message"),
    [
        (3, 'metrics=3 names no measures. Give one or several names, such as ["accuracy", "false_discovery_rate"].'),
        ([], 'metrics is empty. Name a measure, such as "accuracy", or leave metrics out.'),
        ({}, 'metrics is empty. Give a name and a function, such as {"f2": f2}, or leave metrics out.'),
        (
            [half],
            "metrics lists a function, which has no name there. Give functions by name, such as "
            'metrics={"f2": f2}; names of measures go beside them with None.',
        ),
        (
            {3: half},
            'metrics has 3 for a name. Give each function a name of text, such as metrics={"f2": f2}.',
        ),
        (
            {"f2": 0.5},
            'metrics["f2"] is a float, not a function. Give a function of y_true and y_pred that returns a number, or '
            "None for a measure that there is.",
        ),
        (
            {"f1": half},
            'metrics gives a function the name "f1", which is a measure here. Give it another, such as "own_f1", or '
            "None to ask the measure.",
        ),
    ],
)
def test_what_is_no_choice_is_refused(metrics, message):
    with pytest.raises(AuditError) as error:
        read_metrics(metrics)
    assert str(error.value) == message


def test_an_unknown_name_has_its_nearest():
    with pytest.raises(AuditError, match=r'^metrics names "acuracy", no measure. Did you mean "accuracy"\? Measures: '):
        read_metrics(["acuracy"])


def test_what_a_table_lacks_is_said():
    with pytest.raises(AuditError) as error:
        Chosen(("brier",)).check({"y_true": True, "probability": False})
    assert str(error.value) == (
        'metrics names "brier", which needs a score within 0 and 1; what is audited here has none. Name the column, or '
        "leave the measure out."
    )


def test_primary_is_among_what_is_asked():
    with pytest.raises(AuditError) as error:
        read_metrics(["f1"]).first(read_primary("accuracy"))
    assert str(error.value) == (
        'primary names "accuracy", which metrics leaves out. Add it to metrics, or name one of: f1.'
    )
