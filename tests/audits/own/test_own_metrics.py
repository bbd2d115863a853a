"""Functions of one's own beside the measures that there are: the same figures, limits near theirs, faults in words."""

import json
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import fbeta_score, mean_absolute_error

import biasaudit as ba
from biasaudit import AuditError
from biasaudit.audits.own import estimates
from biasaudit.audits.predictions._gap_questions import SECONDARY

ROLES = {"sensitive_features": "g", "y_true": "y", "y_pred": "p"}
NUMBERS = ["estimate", "low", "high"]


def f1(y_true, y_pred):
    either = y_true.sum() + y_pred.sum()
    return 2 * (y_true & y_pred).sum() / either if either else float("nan")


def right(y_true, y_pred, sample_weight=None):
    return np.average(y_true == y_pred, weights=sample_weight)


def people(rows=300, seed=0, worse=0.0, groups="ab"):
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame({"g": rng.choice(list(groups), rows), "y": rng.integers(0, 2, rows)})
    flipped = rng.random(rows) < 0.2 + worse * (frame["g"] == "a")
    frame["p"] = np.where(flipped, 1 - frame["y"], frame["y"])
    frame["s"] = np.round(0.2 + 0.6 * frame["p"] + rng.uniform(-0.2, 0.2, rows), 3)
    return frame


def audit(frame, metrics, **more):
    return ba.audit_predictions(frame, metrics=metrics, progress=False, **(ROLES | more))


def rates(found, metric):
    table = found.rates()
    return table[table["metric"] == metric].reset_index(drop=True)


def differences(found, metric):
    return found.disparities(metric).query("comparison == 'difference'").reset_index(drop=True)


def test_an_own_f1_is_that_of_the_registry_with_limits_near_it():
    found = audit(people(1_000, worse=0.1), {"own": f1})
    own, theirs = rates(found, "own"), rates(found, "f1")
    np.testing.assert_allclose(own["estimate"], theirs["estimate"], rtol=1e-12)
    np.testing.assert_allclose(own[["low", "high"]], theirs[["low", "high"]], atol=0.01)
    own, theirs = (differences(found, name).query("kind == 'pair'") for name in ("own", "f1"))
    np.testing.assert_allclose(own[NUMBERS], theirs[NUMBERS], atol=0.015)


def f2(y_true, y_pred):
    both = (y_true & y_pred).sum()
    return 5 * both / (4 * y_true.sum() + y_pred.sum())


def test_functions_of_scikit_learn_are_taken_as_they_are():
    frame = people(200)
    found = audit(frame, {"f2": f2, "off": mean_absolute_error})
    for group, rows in frame.groupby("g"):
        at = rates(found, "f2")["group"].map(lambda one, group=group: one == {"g": group})
        assert rates(found, "f2")[at]["estimate"].item() == pytest.approx(fbeta_score(rows["y"], rows["p"], beta=2))
        assert rates(found, "off")[at]["estimate"].item() == mean_absolute_error(rows["y"], rows["p"])


def test_a_function_that_takes_weights_has_them_and_others_are_named():
    frame = people(400, worse=0.2).assign(w=lambda frame: 1 + 3.0 * (frame["y"] == frame["p"]))
    found = audit(frame, {"right": right, "f2": f1}, sample_weight="w")
    np.testing.assert_allclose(rates(found, "right")["estimate"], rates(found, "accuracy")["estimate"])
    assert '"f2" takes no sample_weight: every row counts alike there.' in found.warnings


def test_clusters_are_drawn_as_a_whole_also_where_they_span_groups():
    frame = people(100, seed=3)
    frame = frame.loc[frame.index.repeat(4)].assign(who=np.repeat(np.arange(100), 4))
    plain, within = audit(frame, {"right": right}), audit(frame, {"right": right}, cluster="who")
    width = [(rates(found, "right")["high"] - rates(found, "right")["low"]).iloc[1:] for found in (plain, within)]
    assert (width[1] / width[0]).between(1.7, 2.4).all(), "four copies are worth a quarter of the rows"
    np.testing.assert_allclose(
        rates(within, "right")[["low", "high"]], rates(within, "accuracy")[["low", "high"]], atol=0.03
    )
    # The same people in both groups: what differs between them is nothing.
    both = pd.concat([frame.assign(g="a"), frame.assign(g="b", p=frame["p"].where(frame["who"] > 3, 1 - frame["p"]))])
    spanning = audit(both, {"right": right}, cluster="who")
    pair = differences(spanning, "right").query("kind == 'pair'").iloc[0]
    assert pair["high"] - pair["low"] < 0.6 * width[1].max()
    assert spanning.own.splits[("g",)].correlation[0, 0, 1] > 0.8


def test_the_answer_is_that_of_its_seed():
    frame, asked = people(120), {"own": f1}
    one, same, other = (audit(frame, asked, random_state=seed).disparities("own") for seed in (0, 0, 1))
    pd.testing.assert_frame_equal(one, same)
    assert (one["estimate"] == other["estimate"]).all()
    assert not one["low"].equals(other["low"])


@pytest.mark.slow
def test_as_many_processes_as_there_are_say_the_same(monkeypatch):
    frame, told = people(120), []
    alone = audit(frame, {"own": lambda t, p: f1(t, p)})
    monkeypatch.setattr(estimates, "SHORT", 0.0)
    together = ba.audit_predictions(
        frame,
        metrics={"own": lambda t, p: f1(t, p)},
        n_jobs=2,
        progress=lambda done, total, last: told.append((done, total, last)),
        **ROLES,
    )
    pd.testing.assert_frame_equal(alone.disparities("own"), together.disparities("own"))
    assert told[0] == (0, 36, "")
    assert told[-1] == (36, 36, "own")


def test_own_metrics_are_judged_with_all_others():
    frame = people(400, worse=0.25, groups="abc")
    beside, first, alone = (
        audit(frame, {"own": right} | more, primary=primary)
        for more, primary in (({}, None), ({}, "own"), ({"selection_rate": None}, None))
    )
    p = differences(beside, "own").iloc[0]
    adjusted = [differences(found, "own")["p_adjusted"].iloc[0] for found in (beside, first, alone)]
    assert 1 > adjusted[0] >= p["p_value"] / SECONDARY
    assert adjusted[1] == pytest.approx(min(1, p["p_value"] / (1 - SECONDARY)))
    assert adjusted[2] <= min(1, 2 * p["p_value"])
    assert set(beside.disparities("own")["kind"]) == {"range", "pair"}
    assert sorted(set(alone.disparities()["metric"])) == ["own", "selection_rate"]


def test_a_score_alone_is_handed_over_as_it_is_and_a_cut_one_as_0_and_1():
    frame, seen = people(60), {}

    def look(y_true, y_pred):
        seen[len(seen)] = (y_true.dtype.kind, y_pred.dtype.kind, set(np.unique(y_pred).tolist()))
        return float(y_pred.mean())

    given = {"sensitive_features": "g", "y_true": "y", "score": "s", "progress": False}
    ba.audit_predictions(frame, metrics={"own": look}, **given)
    assert seen[0][:2] == ("i", "f")
    assert len(seen[0][2]) > 2
    seen.clear()
    ba.audit_predictions(frame, metrics={"own": look}, threshold=0.5, **given)
    assert seen[0] == ("i", "i", {0, 1})


def test_labels_are_read_as_counts_read_them():
    frame = people(200)
    words = frame.assign(y=frame["y"].map({0: "no", 1: "yes"}), p=frame["p"].astype(float))
    words.loc[[3, 5], "p"] = np.nan
    plain, read = (audit(one, {"own": f1}) for one in (frame.drop(index=[3, 5]), words))
    pd.testing.assert_series_equal(rates(plain, "own")["estimate"], rates(read, "own")["estimate"])
    assert rates(read, "own")["denominator"].iloc[0] == 198


def test_a_row_of_several_people_counts_as_often():
    frame = people(80).assign(n=lambda frame: 1 + frame["y"])
    rows = frame.loc[frame.index.repeat(frame["n"])]
    counted, single = audit(frame, {"own": f1}, count="n"), audit(rows, {"own": f1})
    pd.testing.assert_series_equal(rates(counted, "own")["estimate"], rates(single, "own")["estimate"])


def failing(y_true, y_pred):
    return 1 / (len(y_true) - len(y_true))


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (
            failing,
            'metrics["own"] failed for everyone (60 rows): ZeroDivisionError: division by zero. Let it return nan '
            "where it has no value.",
        ),
        (lambda t, p: None, 'metrics["own"] returned nothing for everyone. '),
        (lambda t, p: t, 'metrics["own"] returned an array of shape (60,) for everyone. '),
        (lambda t, p: True, 'metrics["own"] returned a bool (True) for everyone. '),
        (lambda t, p: "0.5", "metrics[\"own\"] returned a str ('0.5') for everyone. "),
        (
            lambda t: 0.5,
            'metrics["own"] cannot be called with y_true and y_pred: too many positional arguments. Let it take '
            "(y_true, y_pred) or (y_true, y_pred, sample_weight).",
        ),
    ],
)
def test_a_function_that_fails_is_told_in_a_sentence(function, message):
    if message.endswith(". "):
        message += "Let it return one number, or nan where it has no value."
    with pytest.raises(AuditError) as error:
        audit(people(60), {"own": function})
    assert str(error.value) == message


@pytest.mark.parametrize(
    ("function", "reason"),
    [
        (lambda t, p: float("nan"), "own returned nan"),
        (lambda t, p: float("inf"), "own is infinite"),
        (lambda t, p: 0.5, "own is the same in every resample, so its uncertainty is unknown"),
    ],
)
def test_what_is_undefined_has_its_reason(function, reason):
    found = audit(people(60), {"own": function})
    assert set(rates(found, "own")["reason"]) == {reason}
    assert rates(found, "own")["low"].isna().all()
    assert set(found.disparities("own")["verdict"]) == {"cannot tell"}


def test_a_group_of_few_rows_has_no_limits():
    frame = pd.concat([people(60), people(5).assign(g="c")])
    row = rates(audit(frame, {"own": right}), "own").iloc[-1]
    assert row["reason"] == "fewer than 10 rows, so its uncertainty is unknown"
    assert np.isnan(row["low"])
    assert not np.isnan(row["estimate"])


def test_a_function_that_fails_in_resamples_alone_loses_its_limits_where_that_is_often():
    frame = pd.DataFrame({"g": ["a"] * 20 + ["b"] * 20, "y": [1] + [0] * 19 + [1] * 10 + [0] * 10})
    frame["p"] = [0, 1] * 20

    def recall(y_true, y_pred):
        if not y_true.any():
            raise ValueError("no positives")
        return y_pred[y_true == 1].mean() + y_pred.mean()

    rows = rates(audit(frame, {"own": recall}), "own")
    assert rows["reason"].iloc[1].startswith("own has no value in ")
    assert rows["reason"].iloc[1].endswith(" of 500 resamples")
    assert rows["reason"].iloc[2] == ""


def test_what_a_function_warns_of_is_noted_once():
    def warns(y_true, y_pred):
        warnings.warn("many zeros", UserWarning, stacklevel=1)
        return float(y_pred.mean())

    found = audit(people(60), {"own": warns})
    assert [note for note in found.warnings if "warned" in note] == ['"own" warned for everyone: many zeros']


def test_a_function_needs_labels_and_predictions():
    with pytest.raises(AuditError) as error:
        ba.audit_predictions(people(60), sensitive_features="g", y_pred="p", metrics={"own": f1})
    assert str(error.value) == (
        'metrics["own"] is a function of y_true and y_pred, and y_true is not named. Name the column.'
    )


def test_counts_take_names_alone():
    table = ba.count(people(), **ROLES)
    found = ba.audit_crosstab(table, metrics=["selection_rate", "accuracy"])
    assert sorted(set(found.disparities()["metric"])) == ["accuracy", "selection_rate"]
    assert found.settings["metrics"] == ["selection_rate", "accuracy"]
    with pytest.raises(AuditError) as error:
        ba.audit_crosstab(table, metrics={"own": f1})
    assert str(error.value) == (
        'metrics gives the function "own", which needs rows; audit_crosstab has counts alone. Use audit_predictions on '
        "the rows, or name measures that there are."
    )


def test_fewer_questions_have_narrower_limits():
    frame = people(600, worse=0.05)
    of_all, of_two = (differences(audit(frame, asked), "f1").iloc[0] for asked in (None, ["f1", "accuracy"]))
    assert of_all["low"] == of_two["low"]
    assert of_two["high_adjusted"] < of_all["high_adjusted"]


def test_only_what_is_asked_is_told():
    found = audit(people(400, worse=0.3), ["false_discovery_rate", "auc"], score="s")
    report = found.report()
    told = {"false_discovery_rate", "auc", "share_of_data"}
    assert set(report.rates["metric"]) == told
    assert {one.metric for one in report.findings} == {"false_discovery_rate", "auc"}
    assert not len(report.inequality)
    assert not report.sections
    assert {row["metric"] for row in json.loads(found.to_json())["disparities"]} == told - {"share_of_data"}
    frame = people(400).assign(town=np.tile(["x", "y"], 200))
    alone = audit(frame, ["auc"], score="s", control_features="town")
    assert alone.report().headline
    assert set(audit(frame, ["accuracy"], control_features="town").controlled()["metric"]) == {"accuracy"}


def test_an_own_metric_is_in_every_format_by_its_cleaned_name():
    name = "<b>f2\x1b[31m"
    found = audit(people(80, worse=0.3), {name: right, "selection_rate": None})
    page, text = found.to_html(), found.to_markdown()
    assert "&lt;b&gt;f2" in page
    assert "\x1b" not in page + text
    assert "<b>f2" not in text
    assert "is a function of yours: its limits come from 500 resamples of rows within each group" in page
    saved = json.loads(found.to_json())
    assert saved["metrics"][name]["unit"] == "number"
    assert {row["metric"] for row in saved["disparities"]} == {name, "selection_rate"}


POLICY = """
name = "own"

[[rules]]
metric = "{}"
comparison = "difference"
max = {}
"""


def policy(folder, metric, limit):
    path = Path(folder) / "rules.toml"
    path.write_text(POLICY.format(metric, limit), "utf-8")
    return path


def test_rules_are_held_against_an_own_metric(tmp_path):
    found = audit(people(600, worse=0.3), {"own": right, "f1": None})
    assert found.check(policy(tmp_path, "own", 0.05)).outcome == "fail"
    assert found.check(policy(tmp_path, "own", 0.6)).outcome == "pass"
    with pytest.raises(AuditError) as error:
        found.check(policy(tmp_path, "accuracy", 0.1))
    assert str(error.value).endswith(
        'metric = "accuracy" is not measured by this audit. The audit asks other measures: add it to metrics, or leave '
        "metrics out. Metrics: f1, own."
    )


def test_a_policy_alone_has_no_functions(tmp_path):
    path = policy(tmp_path, "zq2", 0.1)
    with pytest.raises(AuditError) as error:
        ba.check(people(60), path, **ROLES)
    assert (
        'metric = "zq2" is not measured by this audit. A metric of your own comes with its function: '
        'audit_predictions(…, metrics={"zq2": …}).'
    ) in str(error.value)
    assert ba.check(people(60), policy(tmp_path, "zq2", 0.9), metrics={"zq2": right}, **ROLES).outcome == "pass"


def test_numbers_are_handed_over_as_they_are_beside_their_own_measures():
    rng = np.random.default_rng(4)
    frame = pd.DataFrame({"g": ["a", "b"] * 150, "y": rng.gamma(2, 10, 300)})
    frame["p"] = frame["y"] + rng.normal(0, 3, 300) + 2 * (frame["g"] == "a")
    found = audit(frame, {"own": lambda t, p: np.abs(t - p).mean()}, unit="euros")
    own, theirs = rates(found, "own"), rates(found, "mean_absolute_error")
    np.testing.assert_allclose(own["estimate"], theirs["estimate"])
    np.testing.assert_allclose(own[["low", "high"]], theirs[["low", "high"]], rtol=0.05)
    assert found.report().metrics["own"].unit.name == "number"
    alone = audit(frame, ["mean_error"])
    assert set(alone.disparities()["metric"]) == {"mean_error"}
    assert "People fare differently" in alone.report().headline


@pytest.mark.parametrize(
    ("metrics", "message"),
    [
        (["mean_error"], "labels that are numbers (y_true) and predictions that are numbers (y_pred or score)"),
        (["auc"], "a score"),
    ],
)
def test_a_measure_of_another_outcome_says_what_it_needs(metrics, message):
    with pytest.raises(AuditError) as error:
        audit(people(60), metrics)
    assert str(error.value) == (
        f'metrics names "{metrics[0]}", which needs {message}; what is audited here has none. Name the column, or '
        "leave the measure out."
    )


def test_classes_and_published_counts_take_no_functions():
    labels, said = np.tile(["x", "y", "z"], 30), np.tile(["x", "z", "y"], 30)
    frame = people(90).assign(y=labels, p=said)
    with pytest.raises(AuditError) as error:
        audit(frame, {"own": right})
    assert str(error.value) == (
        "metrics chooses measures of a yes or no, or of a number, and the outcome has several classes. Hold one class "
        "against all others with pos_label, or leave metrics out."
    )
    assert len(rates(audit(frame, {"own": right}, pos_label="x"), "own")) == 3
    table = pd.DataFrame({"g": ["a", "b"], "k": [10, 20], "n": [50, 50]})
    with pytest.raises(AuditError) as error:
        ba.audit_predictions(table, sensitive_features="g", selected="k", of="n", metrics={"own": right})
    assert str(error.value) == (
        "metrics gives functions, which are called with rows; selected and of are counts. Name measures that there "
        "are, or leave metrics out."
    )
