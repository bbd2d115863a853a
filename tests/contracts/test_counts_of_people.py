"""A row that stands for so many people is as good as so many rows, to the last digit, at every door."""

import json

import numpy as np
import pandas as pd
import polars as pl
import pytest

import biasaudit as ba
from biasaudit.audits.subgroups.tables import subgroup_table
from biasaudit.policy.reading import loads
from every_engine import on_engine

ENGINES = ("pandas", "polars", "polars lazy", "pyarrow", "duckdb", "csv", "parquet")
POLICY = 'name = "Gate"\n[[rules]]\nmetric = "selection_rate"\ncomparison = "difference"\nmax = 0.2\n'


def counts():
    """A table of counts as people publish them; one row stands for nobody."""
    rng = np.random.default_rng(5)
    cells = pd.MultiIndex.from_product(
        [["F", "M", "X"], ["north", "south"], [0, 1], [0, 1], [0.2, 0.4, 0.8]], names=["sex", "town", "y", "p", "s"]
    )
    frame = cells.to_frame(index=False)
    frame["n"] = rng.integers(0, 60, len(frame)).astype(int)
    frame.loc[3, "n"] = 0
    return frame.assign(w=rng.integers(1, 4, len(frame)) / 2, who=rng.integers(0, 20, len(frame)).astype(str))


def rows():
    """The same people, one row each."""
    frame = counts()
    return frame.loc[frame.index.repeat(frame["n"])].drop(columns="n").reset_index(drop=True)


ASKED = {
    "audit_predictions": {"sensitive_features": ["sex", "town"], "y_true": "y", "y_pred": "p"},
    "with scores": {"sensitive_features": "sex", "y_true": "y", "score": "s", "threshold": 0.4},
    "with weights": {"sensitive_features": "sex", "y_true": "y", "y_pred": "p", "sample_weight": "w"},
    "with clusters": {"sensitive_features": "sex", "y_true": "y", "y_pred": "p", "cluster": "who"},
    "with both": {"sensitive_features": "sex", "y_pred": "p", "cluster": "who", "sample_weight": "w"},
}


@pytest.mark.parametrize("asked", ASKED)
def test_counts_are_as_good_as_the_rows_they_stand_for(asked, tmp_path):
    expected = ba.audit_predictions(rows(), **ASKED[asked])
    for engine in ENGINES if asked in ("audit_predictions", "with both") else ("pandas", "duckdb"):
        data = on_engine(engine, pl.from_pandas(counts()), tmp_path)
        found = ba.audit_predictions(data, **ASKED[asked], count="n")
        assert found.table.n == len(rows())
        pd.testing.assert_frame_equal(found.rates(), expected.rates(), check_exact=True)
        pd.testing.assert_frame_equal(found.disparities(), expected.disparities(), check_exact=True)
        assert found.warnings == tuple(w for w in expected.warnings if "copies" not in w)


def test_subgroups_deal_people_to_the_halves_and_never_a_row_as_a_whole():
    asked = {"features": ["sex", "town"], "outcome": "p"}
    expected = ba.find_subgroups(rows(), **asked)
    for data in (counts(), pl.from_pandas(counts()).lazy()):
        found = ba.find_subgroups(data, **asked, count="n")
        assert found.rows == len(rows())
        tables = [subgroup_table(a.found, a.features, a.levels, "p_value", 0.95) for a in (found, expected)]
        pd.testing.assert_frame_equal(*tables, check_exact=True)
    # Half of the people of the fullest row are on either side.
    one = counts().assign(n=lambda f: np.where(f.index == 7, 10_001, f["n"]))
    halves = ba.find_subgroups(one, **asked, count="n").found.rows
    assert abs(int(halves[0]) - int(halves[1])) <= 1


def test_an_audit_of_data_and_of_lines_counts_people():
    asked = {"sensitive_features": ["sex", "town"], "label": "y"}
    found, expected = (ba.audit_dataset(f, **asked, **more) for f, more in ((counts(), {"count": "n"}), (rows(), {})))
    pd.testing.assert_frame_equal(found.disparities(), expected.disparities(), check_exact=True)
    assert "n" not in found.settings["features"]
    for name in ("representation", "equal_features", "reversals", "interplay", "missing"):
        pd.testing.assert_frame_equal(found.part(name), expected.part(name), check_exact=True)
    lines = {"sensitive_features": "sex", "y_true": "y", "score": "s"}
    found, expected = (ba.audit_thresholds(f, **lines, **m) for f, m in ((counts(), {"count": "n"}), (rows(), {})))
    assert found.choose("equal_opportunity") == expected.choose("equal_opportunity")


def test_a_data_set_declares_its_count_once():
    data = ba.datasets.Dataset("d", counts(), "y", ("s",), ("sex",), count="n", audit_arguments={"y_pred": "p"})
    whole = ba.datasets.Dataset("d", rows(), "y", ("s",), ("sex",), audit_arguments={"y_pred": "p"})
    for call in (
        ba.audit_predictions,
        ba.audit_dataset,
        ba.find_subgroups,
        lambda d: ba.audit_model("logistic_regression", d, folds=3),
    ):
        pd.testing.assert_frame_equal(call(data).disparities(), call(whole).disparities(), check_exact=True)
    assert ba.check(data, loads(POLICY)).outcome == ba.check(whole, loads(POLICY)).outcome
    assert 'The count "n" that the data set declares is not used here' in " ".join(
        ba.audit_errors(ba.datasets.Dataset("d", counts(), None, (), ("sex",), count="n"), errors="y").warnings
    )


def test_a_policy_and_the_command_line_take_a_count(run, tmp_path):
    counts().to_csv(tmp_path / "counts.csv", index=False)
    policy = POLICY.replace("[[rules]]", '[columns]\ncount = "n"\n[[rules]]')
    asked = {"sensitive_features": "sex", "y_pred": "p"}
    found = ba.check(tmp_path / "counts.csv", loads(policy), **asked)
    expected = ba.check(rows(), loads(POLICY), **asked)
    assert [rule.judged for rule in found.rules] == [rule.judged for rule in expected.rules]
    above = ba.check(counts(), "local_law_144", score="s", sensitive_features="sex", count="n")
    whole = ba.check(rows(), "local_law_144", score="s", sensitive_features="sex")
    assert above.sections == whole.sections
    options = ["--sensitive", "sex", "--y-pred", "p", "--count", "n", "--json", str(tmp_path / "out.json")]
    code, _, err = run("audit", tmp_path / "counts.csv", *options)
    assert (code, err) == (0, "")
    assert json.loads((tmp_path / "out.json").read_text())["rows"] == len(rows())
    columns = ["--sensitive", "sex", "--y-pred", "p", "--count", "n"]
    stored = run("monitor", "add", tmp_path / "s.db", tmp_path / "counts.csv", "--day", "2026-01-01", *columns)
    assert f"{len(rows()):,} rows" in stored[1]


@pytest.mark.parametrize("bad", [-1, 0.5, np.nan, np.inf])
def test_what_is_no_number_of_people_is_refused(bad):
    frame = counts().assign(n=lambda f: np.where(f.index == 2, bad, f["n"]))
    sentence = (
        'count="n" is missing, negative or no whole number in 1 rows. Say how many people each row stands for; what '
        "weighs people otherwise is sample_weight."
    )
    for call in (
        lambda: ba.audit_predictions(frame, sensitive_features="sex", y_pred="p", count="n"),
        lambda: ba.find_subgroups(frame, features="sex", outcome="p", count="n"),
        lambda: ba.find_subgroups(pl.from_pandas(frame).lazy(), features="sex", outcome="p", count="n"),
        lambda: ba.audit_dataset(frame, sensitive_features="sex", label="p", count="n"),
    ):
        with pytest.raises(ba.AuditError) as caught:
            call()
        assert str(caught.value) == sentence


def nobody():
    return counts().assign(n=0)


@pytest.mark.parametrize(
    "call",
    [
        lambda: ba.count(nobody(), sensitive_features="sex", y_pred="p", count="n"),
        lambda: ba.audit_dataset(nobody(), sensitive_features="sex", label="p", count="n"),
        lambda: ba.find_subgroups(nobody(), features="sex", outcome="p", count="n"),
        lambda: ba.audit_model("mlp", ba.datasets.Dataset("d", nobody(), "y", ("s",), ("sex",), count="n")),
    ],
)
def test_a_count_of_nobody_is_refused(call):
    with pytest.raises(ba.AuditError) as caught:
        call()
    assert str(caught.value) == 'count="n" is 0 in every row. Nobody is counted; name another column.'


@pytest.mark.parametrize(
    ("asked", "role"),
    [
        ({"y_pred": "n"}, "y_pred"),
        ({"y_pred": "p", "sample_weight": "n"}, "sample_weight"),
        ({"y_pred": "p", "sensitive_features": ["sex", "n"]}, "sensitive_features"),
    ],
)
def test_a_count_is_nothing_else(asked, role):
    with pytest.raises(ba.AuditError) as caught:
        ba.audit_predictions(counts(), **{"sensitive_features": "sex"} | asked, count="n")
    assert str(caught.value) == (
        f'count="n" is {role} as well. Name the column that says how many people a row stands for, and that alone.'
    )


def test_a_model_learns_from_a_data_set_of_any_dataframe():
    data = [ba.datasets.Dataset("d", frame, "y", ("s",), ("sex",)) for frame in (rows(), pl.from_pandas(rows()))]
    found, expected = (ba.audit_model("logistic_regression", one, folds=3).disparities() for one in data)
    pd.testing.assert_frame_equal(found, expected, check_exact=True)


def test_weights_that_look_like_counts_get_a_hint():
    """9,000 people became 4 rows, and a gap of 5.0 points (3.4 to 6.6) "may be chance"."""
    frame = pd.DataFrame({"sex": list("FFMM"), "hired": [0, 1, 0, 1], "Freq": [3600, 900, 3375, 1125]})
    asked = {"sensitive_features": "sex", "y_pred": "hired"}
    weighed = ba.audit_predictions(frame, **asked, sample_weight="Freq")
    assert weighed.warnings[0] == (
        '"Freq" holds whole numbers, and no two rows are alike. If it says how many people a row stands for, give '
        'count="Freq" in place of sample_weight: 9,000 people are more evidence than 4 rows.'
    )
    counted = ba.audit_predictions(frame, **asked, count="Freq")
    assert not counted.warnings
    row = counted.disparities("selection_rate").query("kind == 'range' and comparison == 'difference'").iloc[0]
    assert (row["verdict"], round(row["low"], 3), round(row["high"], 3)) == ("shown", 0.033, 0.067)
    # Weights proper say nothing of the kind.
    plain = pd.DataFrame({"g": list("ab") * 50, "p": [0, 1, 1, 0] * 25, "w": [1.5, 2.0] * 50})
    assert not ba.audit_predictions(plain, sensitive_features="g", y_pred="p", sample_weight="w").warnings


@pytest.mark.parametrize("engine", ["pandas", "duckdb", "csv"])
def test_a_count_that_nobody_named_gets_a_hint(engine, tmp_path):
    frame = pl.DataFrame({"sex": list("FFMM"), "hired": [0, 1, 0, 1], "Freq": [3600, 900, 3375, 1125]})
    asked = {"sensitive_features": "sex", "y_pred": "hired"}
    found = ba.audit_predictions(on_engine(engine, frame, tmp_path), **asked)
    assert found.warnings[0] == (
        '"Freq" holds whole numbers, and no two rows are alike in what was asked. If it says how many people a row '
        'stands for, give count="Freq": 9,000 people are more evidence than 4 rows.'
    )
    alike = ba.audit_predictions(on_engine(engine, pl.concat([frame, frame]), tmp_path), **asked)
    assert not any("stands for" in warning for warning in alike.warnings)


def test_published_counts_go_from_init_to_a_gate(run, tmp_path):
    """The columns are guessed, and audit, policy and check say the same as Python does."""
    frame = pd.DataFrame({"sex": ["F", "M"], "n_hired": [40, 90], "n_applicants": [200, 200]})
    frame.to_csv(tmp_path / "published.csv", index=False)
    policy, out = tmp_path / "policy.toml", tmp_path / "out.json"
    assert run("init", tmp_path / "published.csv", "-o", policy)[0] == 0
    assert 'selected = "n_hired"\nof = "n_applicants"\n' in policy.read_text()
    for options, sentence in (
        (["--y-pred", "n_hired"], 'y_pred = "n_hired"'),
        (["--selected", "n_hired", "--of", "n_applicants"], 'selected = "n_hired"'),
    ):
        written = tmp_path / f"{options[0].strip('-')}.toml"
        assert run("init", tmp_path / "published.csv", *options, "-o", written)[0] == 0
        assert (sentence in written.read_text(), "y_pred" in written.read_text()) == (True, "--y-pred" in options)
    code, text, _ = run("check", tmp_path / "published.csv", "--policy", policy)
    assert (code, "ratio of sex = M against sex = F: 0.44" in " ".join(text.split())) == (1, True)
    columns = ["--selected", "n_hired", "--of", "n_applicants", "--sensitive", "sex"]
    assert run("audit", tmp_path / "published.csv", *columns, "--json", out)[0] == 0
    found = json.loads(out.read_text())
    assert (found["rows"], found["positive"]) == (400, "n_hired of n_applicants")
    asked = {"selected": "n_hired", "of": "n_applicants", "sensitive_features": "sex"}
    assert found["findings"][0]["sentence"] == ba.audit_predictions(frame, **asked).findings()[0].sentence
    code, _, err = run("audit", tmp_path / "published.csv", *columns[:2], "--sensitive", "sex")
    assert (code, 'selected="n_hired" needs of=' in err) == (2, True)
