"""Artefacts of collection: COMPAS as Barenstein found it, planted batches, and columns that merely predict."""

import numpy as np
import pandas as pd
import pytest
from data_audits import audited, part, told
from planted_data import planted

import biasaudit as ba


def found(audit):
    return {row["column"]: row for row in part(audit, "artefacts").rows if row["verdict"] == "shown"}


@pytest.fixture(scope="module")
def compas():
    return ba.audit_dataset(ba.datasets.load_compas())


def test_compas_ends_in_people_who_were_arrested_again(compas):
    frame = ba.datasets.load_compas().frame
    late = pd.to_datetime(frame["compas_screening_date"]) >= "2014-04-02"
    row = found(compas)["compas_screening_date"]
    assert (row["what"], row["where"]) == ("artefact of collection", "from 2014-04-02 on")
    assert row["rows"] == late.sum() == 998
    assert row["share"] == pytest.approx(late.mean())
    assert row["overall"] == frame["two_year_recid"].mean() == pytest.approx(0.451, abs=5e-4)
    assert row["elsewhere"] == frame["two_year_recid"][~late].mean() == pytest.approx(0.362, abs=5e-4)
    assert frame["two_year_recid"][late].all()
    assert told(compas, "artefacts")[0] == (
        "shown",
        "All 998 rows with compas_screening_date from 2014-04-02 on (13.8 % of the data) have a positive label; "
        "elsewhere 36.2 % are positive. They move the base rate from 36.2 % to 45.1 %, which chance does not explain "
        "(p < 0.001): rows were collected in another way there. Leave them out, or find out why.",
    )
    order = [one.metric for one in compas.findings()]
    assert order[0] == "base_rate"
    assert order.index("artefacts") < order.index("missing")
    headline = compas.report().headline
    assert headline.startswith(
        "Before any model, these data show a gap in two_year_recid by age_cat, sex, race: of 100 "
    )
    assert "; an artefact of collection in compas_screening_date; the label given away by is_recid; " in headline


def test_compas_gives_the_label_and_the_age_away(compas):
    row = found(compas)["is_recid"]
    assert (row["what"], row["where"], row["rows"], row["one_label"]) == ("gives the label away", "0", 3743, "negative")
    assert list(found(compas)) == ["compas_screening_date", "is_recid"]
    assert any(
        "age (AUC alone 1.000) by itself is nearly age_cat: leaving age_cat out hides little." in sentence
        for _, sentence in told(compas, "proxies")
    )


def test_without_the_late_rows_compas_has_no_artefact():
    data = ba.datasets.load_compas()
    frame = data.frame[data.frame["compas_screening_date"].astype(str) < "2014-04-02"]
    audit = ba.audit_dataset(frame, label="two_year_recid", sensitive_features="race", features=["age", "priors_count"])
    assert [column for column, row in found(audit).items() if row["what"] == "artefact of collection"] == []


def test_adult_has_none():
    # Few features, so that no large model is trained; every column is searched all the same.
    audit = ba.audit_dataset(ba.datasets.load_adult(), features=["education_num"])
    assert found(audit) == {}
    assert part(audit, "artefacts").section().sentences[0].startswith("No such stretch was found in 12 columns.")
    assert not audit.causes().set_index("cause").loc["artefact", "named"]


@pytest.mark.parametrize("slope", [0.8, 2.0, 5.0])
@pytest.mark.parametrize("column", ["years", "score"])
def test_a_column_that_predicts_strongly_is_no_artefact(column, slope):
    # The ends of both columns hold one label alone, as what lies beside them nearly does.
    frame, rng = planted(0, rows=4_000), np.random.default_rng(1)
    strength = slope * (frame[column] - frame[column].mean()) / frame[column].std()
    frame["hired"] = (rng.random(len(frame)) < 1 / (1 + np.exp(-strength.fillna(0)))).astype(int)
    ends = frame.sort_values(column)["hired"]
    assert slope < 5 or ends.head(40).sum() == 0
    assert {name: row["what"] for name, row in found(audited(frame)).items() if row["what"].startswith("art")} == {}


@pytest.mark.parametrize("seed", range(4))
def test_a_batch_in_which_all_labels_agree_is_found(seed):
    frame = planted(seed, artefact=0.08)
    row = found(audited(frame))["month"]
    batch = frame["month"] == "2021-01"
    assert (row["what"], row["one_label"]) == ("artefact of collection", "positive")
    assert "2021-01" in row["where"]
    assert row["rows"] == batch.sum()
    assert row["elsewhere"] == pytest.approx(frame["hired"][~batch].mean())
    assert audited(frame).causes().set_index("cause").loc["artefact", "named"]


@pytest.mark.parametrize("label", [0, 1])
def test_a_batch_among_names_is_found(label):
    frame = planted(0)
    batch = frame.index % 12 == 0
    frame.loc[batch, "town"], frame.loc[batch, "hired"] = "batch 7", label
    row = found(audited(frame))["town"]
    assert (row["what"], row["where"], row["rows"]) == ("artefact of collection", "batch 7", batch.sum())
    assert row["one_label"] == ("negative", "positive")[label]


def test_a_stretch_in_the_middle_of_the_days_is_found():
    frame = planted(0, rows=3_000)
    frame["day"] = pd.Timestamp("2020-01-01") + pd.to_timedelta(np.arange(3_000) // 10, unit="D")
    frame.loc[frame["day"].between("2020-05-01", "2020-05-20"), "hired"] = 0
    row = found(audited(frame))["day"]
    assert row["what"] == "artefact of collection"
    assert row["where"] == "2020-05-01 to 2020-05-20"
    assert (row["rows"], row["one_label"]) == (200, "negative")


def test_an_end_but_for_a_few_rows_is_found():
    frame = planted(0, rows=3_000).drop(columns="truth")
    frame["day"] = pd.Timestamp("2020-01-01") + pd.to_timedelta(np.arange(3_000) // 10, unit="D")
    late = frame["day"] >= "2020-09-01"
    frame.loc[late, "hired"] = 1
    frame.loc[2_700, "hired"] = 0
    row = found(audited(frame))["day"]
    assert (row["where"], row["one_label"], row["rows"]) == ("from 2020-09-01 on", "positive, but for 1", late.sum())
    sentence = told(audited(frame), "artefacts")[0][1]
    assert sentence.startswith(f"All but 1 of the {late.sum():,} rows with day from 2020-09-01 on (")


def test_rows_whose_value_is_missing_may_be_the_artefact():
    frame = planted(0, missing=0.2)
    gone = frame["score"].isna()
    frame.loc[gone, "hired"] = 0
    row = found(audited(frame))["score"]
    assert (row["what"], row["where"], row["rows"]) == ("artefact of collection", "(missing)", gone.sum())
    assert row["one_label"] == "negative"
    # Missing values whose labels vary are none.
    assert found(audited(planted(0, missing=0.2))).keys() == {"truth"}


def test_few_rows_are_no_artefact():
    frame = planted(0)
    frame.loc[:18, "town"], frame.loc[:18, "hired"] = "batch 7", 1
    assert "town" not in found(audited(frame))


def test_a_column_made_from_the_label_gives_it_away():
    frame, rng = planted(0), np.random.default_rng(0)
    frame["paid"] = np.where(frame["hired"] == 1, rng.choice(["bank", "cash"], 2_000), "never")
    frame["card"] = np.where((frame["hired"] == 1) & (rng.random(2_000) < 0.5), "yes", "no")
    rows = found(audited(frame))
    assert rows["paid"]["what"] == rows["card"]["what"] == "gives the label away"
    sentences = [text for _, text in told(audited(frame), "artefacts")]
    assert any(
        text.endswith("paid gives the label away: it was known only after it, or is made from it.")
        for text in sentences
    )


def test_the_truth_that_a_label_was_made_from_gives_it_away_and_predictions_are_not_searched():
    frame = planted(0)
    data = ba.datasets.Dataset(
        name="people",
        frame=frame,
        label="hired",
        sensitive_features=("sex",),
        features=("years",),
        audit_arguments={"y_pred": "truth"},
    )
    assert found(audited(frame)).keys() == {"truth"}
    assert found(ba.audit_dataset(data)) == {}


def test_chance_is_seldom_called_an_artefact():
    frames = [planted(400 + seed, rows=600).drop(columns="truth") for seed in range(25)]
    assert sum(bool(found(audited(frame))) for frame in frames) == 0
