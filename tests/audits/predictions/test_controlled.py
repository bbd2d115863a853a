"""Rates and gaps, those of errors too, among people who are alike in control features."""

import json

import numpy as np
import pandas as pd
import polars as pl
import pytest
from typer.testing import CliRunner

import biasaudit as ba
from biasaudit.audits.predictions._controlled import CONTROLLED_COLUMNS
from biasaudit.cli.app import app
from every_engine import on_engine

ASKED = {"sensitive_features": "sex", "y_true": "y", "y_pred": "p", "control_features": "dept"}


def applicants(seed=0, rows=4_000, gap=0.0, error=0.0):
    """Women apply where fewer get in; `gap` is left within departments, `error` only of those who are good enough."""
    rng = np.random.default_rng(seed)
    woman = rng.random(rows) < 0.5
    dept = np.where(rng.random(rows) < np.where(woman, 0.8, 0.2), "law", "art")
    y = rng.random(rows) < np.where(dept == "law", 0.3, 0.7)
    chance = np.where(dept == "law", 0.25, 0.65) - gap * woman - error * (woman & y)
    return pd.DataFrame(
        {
            "sex": np.where(woman, "f", "m"),
            "dept": dept,
            "y": y.astype(int),
            "p": (rng.random(rows) < chance).astype(int),
            "age": rng.integers(18, 70, rows),
            "town": rng.choice(["n", "s"], rows),
            "w": rng.choice([1.0, 2.0], rows),
            "who": rng.integers(0, 900, rows),
        }
    )


def row_of(audit, metric="selection_rate", comparison="difference"):
    table = audit.controlled()
    found = table[(table["metric"] == metric) & (table["comparison"] == comparison)]
    return found.iloc[0]


def test_a_gap_that_strata_explain_is_gone_within_them():
    audit = ba.audit_predictions(applicants(), **ASKED)
    row = row_of(audit)
    assert (row["group"], row["reference"]) == ({"sex": "f"}, {"sex": "m"}) or row["crude"] > 0
    assert abs(row["crude"]) > 0.15
    assert row["verdict"] == "not shown"
    assert (row["strata"], row["covered"]) == (2, 1.0)
    rates = audit.controlled().query("comparison == 'rate' and metric == 'selection_rate'")
    assert np.ptp(rates["estimate"]) < 0.04 < 0.15 < np.ptp(rates["crude"])
    assert audit.disparities("selection_rate").iloc[0]["verdict"] == "shown"


def test_a_gap_in_errors_is_shown_within_strata():
    audit = ba.audit_predictions(applicants(error=0.2), **ASKED)
    assert row_of(audit, "false_negative_rate")["verdict"] == "shown"
    assert row_of(audit, "false_positive_rate")["verdict"] != "shown"
    told = [f.sentence for f in audit.findings() if f.metric == "controlled" and f.verdict == "shown"]
    assert any(
        s.startswith("False negative rate, sex = ") and "among people with equal dept: a gap of " in s for s in told
    )


def test_by_hand():
    frame = applicants(1, gap=0.1)
    audit = ba.audit_predictions(frame, **ASKED, reference={"sex": "m"})
    rate, size = (frame.groupby(["sex", "dept"])["p"].agg(what) for what in ("mean", "size"))
    everyone = frame["dept"].value_counts(normalize=True)
    rates = audit.controlled().query("comparison == 'rate' and metric == 'selection_rate'").reset_index()
    for sex, estimate in zip(rates["group"].map(lambda g: g["sex"]), rates["estimate"], strict=True):
        assert estimate == pytest.approx(sum(everyone[d] * rate[sex, d] for d in everyone.index))
    weigh = {d: size["f", d] * size["m", d] / (size["f", d] + size["m", d]) for d in everyone.index}
    expected = sum(weigh[d] * (rate["f", d] - rate["m", d]) for d in weigh) / sum(weigh.values())
    assert row_of(audit)["estimate"] == pytest.approx(expected)
    inside = audit.by_stratum().query("metric == 'selection_rate'")
    found = {
        (s["dept"], g.get("sex")): e
        for s, g, e in zip(inside["stratum"], inside["group"], inside["estimate"], strict=True)
    }
    assert found["law", "f"] == pytest.approx(rate["f", "law"])
    assert found["art", None] == pytest.approx(frame[frame["dept"] == "art"]["p"].mean())
    assert inside["denominator"].sum() == 2 * len(frame)


def test_one_stratum_says_what_the_audit_says():
    frame = applicants(2, gap=0.1).assign(dept="all")
    audit = ba.audit_predictions(frame, **ASKED)
    row, pair = row_of(audit), audit.disparities("selection_rate").query("kind == 'pair'").iloc[0]
    assert (row["estimate"], row["crude"]) == pytest.approx((pair["estimate"], pair["estimate"]))
    assert (row["low"], row["high"]) == pytest.approx((pair["low"], pair["high"]), abs=0.002)


def test_all_that_is_told_comes_in_every_format():
    audit = ba.audit_predictions(applicants(3, gap=0.15), **ASKED)
    assert tuple(audit.controlled().columns) == CONTROLLED_COLUMNS
    report = audit.report()
    assert [section.name for section in report.sections][-2:] == ["controlled", "controlled_rates"]
    assert report.settings["control_features"] == ["dept"]
    sections = json.loads(audit.to_json())["sections"]
    assert [s["name"] for s in sections][-2:] == ["controlled", "controlled_rates"]
    for text in (audit.to_html(), audit.to_markdown()):
        assert "Gaps among people with equal dept" in text
        assert "Rates standardised over dept" in text


def test_half_of_the_level_is_spent_within_strata():
    frame = applicants(4, gap=0.1)
    alone = ba.audit_predictions(frame, sensitive_features="sex", y_pred="p")
    audit = ba.audit_predictions(frame, sensitive_features="sex", y_pred="p", control_features="dept")
    row, plain = audit.disparities("selection_rate").iloc[0], alone.disparities("selection_rate").iloc[0]
    assert row["p_adjusted"] == pytest.approx(2 * plain["p_adjusted"])
    inside = row_of(audit)
    assert inside["p_adjusted"] == pytest.approx(2 * inside["p_value"])


def test_an_audit_without_control_features_says_how_to_name_them():
    audit = ba.audit_predictions(applicants(), sensitive_features="sex", y_pred="p")
    for call in (audit.controlled, audit.by_stratum):
        with pytest.raises(ba.AuditError) as caught:
            call()
        assert str(caught.value) == "Nothing is held equal in this audit. Name columns with control_features=."
    assert not audit.report().sections
    assert "control_features" not in audit.settings


def test_several_features_and_their_crossing_are_held_against_their_reference():
    audit = ba.audit_predictions(
        applicants(),
        sensitive_features=["sex", "town"],
        y_pred="p",
        control_features=["dept"],
    )
    splits = set(audit.controlled()["sensitive_features"])
    assert splits == {("sex",), ("town",), ("sex", "town")}
    pairs = audit.controlled().query("comparison == 'difference'")
    assert pairs["sensitive_features"].value_counts().to_dict() == {("sex", "town"): 3, ("sex",): 1, ("town",): 1}


@pytest.mark.parametrize("engine", ["pandas", "polars", "polars lazy", "pyarrow", "duckdb", "csv", "parquet"])
@pytest.mark.parametrize("more", [{}, {"cluster": "who"}, {"sample_weight": "w"}], ids=["plain", "clusters", "weights"])
def test_every_engine_says_the_same(engine, more, tmp_path):
    frame = applicants(5, rows=800)
    asked = ASKED | more | {"control_features": ["dept", "age"], "bins": {"age": [30, 50]}}
    expected = ba.audit_predictions(frame, **asked).controlled()
    found = ba.audit_predictions(on_engine(engine, pl.from_pandas(frame), tmp_path), **asked).controlled()
    pd.testing.assert_frame_equal(found, expected)
    assert expected["strata"].max() == 6


def test_bins_cut_control_features_as_they_cut_groups():
    frame = applicants(6)
    cut = ba.audit_predictions(frame, **ASKED | {"control_features": "age", "bins": {"age": [30, 50]}})
    by_hand = frame.assign(age=pd.cut(frame["age"], [0, 30, 50, 99], right=False).astype(str))
    expected = ba.audit_predictions(by_hand, **ASKED | {"control_features": "age"})
    pd.testing.assert_frame_equal(cut.controlled(), expected.controlled())
    assert cut.by_stratum()["stratum"].map(lambda s: s["age"]).nunique() == 3


def test_a_missing_value_is_a_stratum_of_its_own():
    frame = applicants(7)
    frame.loc[::5, "dept"] = None
    strata = ba.audit_predictions(frame, **ASKED).by_stratum()["stratum"]
    assert {s["dept"] for s in strata} == {"law", "art", "(missing)"}


def test_a_count_stands_for_so_many_rows():
    frame = applicants(8, rows=500)[["sex", "dept", "y", "p"]]
    counts = frame.value_counts().rename("n").reset_index()
    expected = ba.audit_predictions(frame, **ASKED)
    found = ba.audit_predictions(counts, **ASKED, count="n")
    pd.testing.assert_frame_equal(found.controlled(), expected.controlled())


def test_a_data_set_brings_its_control_features():
    arguments = {"y_pred": "p", "control_features": ["dept", "age"], "bins": {"age": [30, 50]}}
    data = ba.datasets.Dataset("d", applicants(), "y", (), ("sex",), audit_arguments=arguments)
    assert ba.audit_predictions(data).settings["control_features"] == ["dept", "age"]
    assert ba.audit_predictions(data).controlled()["strata"].max() == 6
    assert ba.audit_predictions(data, control_features="town").controlled()["strata"].max() == 2


def test_a_group_that_is_in_few_strata_has_no_standardised_rate():
    frame = applicants(9)
    frame = frame[(frame["sex"] == "m") | (frame["dept"] == "law")]
    table = ba.audit_predictions(frame, **ASKED).controlled().query("metric == 'selection_rate'")
    share = (frame["dept"] == "law").mean()
    row = table[[g == {"sex": "f"} for g in table["group"]]].query("comparison == 'rate'").iloc[0]
    assert np.isnan([row["estimate"], row["low"], row["high"]]).all()
    assert row["covered"] == pytest.approx(share)
    assert row["reason"] == f"its people are in the strata of {100 * share:.1f} % of everyone"


def test_groups_apart_cannot_be_compared():
    frame = applicants(10).assign(dept=lambda f: f["sex"])
    audit = ba.audit_predictions(frame, **ASKED)
    row = row_of(audit)
    assert (row["verdict"], row["reason"]) == ("cannot tell", "no stratum holds both groups")
    assert any("the data cannot tell, since no stratum holds both groups." in f.sentence for f in audit.findings())


def test_too_few_cases_are_no_proof_of_no_gap():
    frame = applicants(11, rows=300).assign(p=0)
    row = row_of(ba.audit_predictions(frame, **ASKED))
    assert (row["verdict"], row["reason"]) == ("cannot tell", "too few are counted within strata, or nearly all")
    assert row["estimate"] == 0


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        (
            {"control_features": "sex"},
            'control_features names "sex", which is sensitive_features as well. Name columns that people are alike in.',
        ),
        (
            {"control_features": ["dept", "p"]},
            'control_features names "p", which is y_pred as well. Name columns that people are alike in.',
        ),
        ({"control_features": "who"}, 'Control feature "who" holds numbers with at least '),
        (
            {"control_features": "dept", "bins": {"age": [30]}},
            'bins names "age", which is none of the sensitive_features or control_features. Add it, or leave it out.',
        ),
        ({"control_features": ["dept", "dept"]}, 'control_features names "dept" twice. Name each column once.'),
        (
            {"control_features": ["age", "who"], "bins": {"age": list(range(19, 69)), "who": list(range(10, 890, 10))}},
            "The control features ['age', 'who'] cross into ",
        ),
    ],
)
def test_what_cannot_be_held_equal_is_refused(asked, sentence):
    with pytest.raises(ba.AuditError) as caught:
        ba.audit_predictions(applicants(), **ASKED | asked)
    assert str(caught.value).startswith(sentence)


def test_the_command_line_takes_control_features(tmp_path):
    applicants().to_csv(tmp_path / "a.csv", index=False)
    options = [
        "--sensitive",
        "sex",
        "--y-true",
        "y",
        "--y-pred",
        "p",
        "--control-features",
        "dept",
        "--control-features",
        "town",
        "--json",
        str(tmp_path / "out.json"),
    ]
    result = CliRunner().invoke(app, ["audit", str(tmp_path / "a.csv"), *options])
    assert result.exception is None, result.exception
    assert "Gaps among people with equal dept, town" in result.output
    assert json.loads((tmp_path / "out.json").read_text())["settings"]["control_features"] == ["dept", "town"]


def test_the_command_of_data_takes_both_names_and_what_came_after(tmp_path):
    applicants().to_csv(tmp_path / "a.csv", index=False)
    options = [
        "--sensitive",
        "sex",
        "--label",
        "y",
        "--control-features",
        "dept",
        "--after-decision",
        "p",
        "--after-decision",
        "w",
        "--json",
        str(tmp_path / "out.json"),
    ]
    result = CliRunner().invoke(app, ["data", str(tmp_path / "a.csv"), *options])
    assert result.exception is None, result.exception
    settings = json.loads((tmp_path / "out.json").read_text())["settings"]
    assert (settings["control_features"], settings["after_decision"]) == (["dept"], ["p", "w"])


@pytest.mark.slow
@pytest.mark.parametrize("more", [{}, {"cluster": "who"}], ids=["plain", "clusters"])
def test_no_gap_within_strata_is_seldom_shown(more):
    found = []
    for seed in range(400):
        frame = applicants([12, seed], rows=1_000).assign(who=lambda f: np.arange(len(f)) // 4)
        # Of all tables in memory Polars' are counted in the least time.
        table = ba.audit_predictions(pl.from_pandas(frame), **ASKED, **more).controlled()
        found.append((table["verdict"] == "shown").any())
    # Half of 5 %, and two standard errors.
    assert np.mean(found) <= 0.025 + 2 * np.sqrt(0.025 * 0.975 / 400)
