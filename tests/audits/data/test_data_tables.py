"""What parts of the audit of data counted, as tables: held against counts by pandas."""

import numpy as np
import pandas as pd
import pytest
from statsmodels.stats.proportion import proportion_confint

import biasaudit as ba


@pytest.fixture(scope="module")
def berkeley():
    return ba.audit_dataset(ba.datasets.load_berkeley())


@pytest.fixture(scope="module")
def compas():
    return ba.audit_dataset(ba.datasets.load_compas())


def test_rates_within_departments_are_those_of_the_paper(berkeley):
    within = berkeley.within("department").query("not total and denominator > 0")
    percent = {
        (group["gender"], stratum): round(100 * estimate)
        for group, stratum, estimate in zip(within["group"], within["stratum"], within["estimate"], strict=True)
    }
    # Freedman, Pisani and Purves, Statistics, on Bickel, Hammel and O'Connell's data.
    published = {"A": (62, 82), "B": (63, 68), "C": (37, 34), "D": (33, 35), "E": (28, 24), "F": (6, 7)}
    assert percent == {
        (gender, name): rates[i] for name, rates in published.items() for i, gender in enumerate(("Male", "Female"))
    }


def test_strata_add_up_to_the_total(berkeley):
    within = berkeley.within("department").assign(name=lambda t: [group["gender"] for group in t["group"]])
    total = within[within["total"]].set_index("name")[["numerator", "denominator"]]
    parts = within[~within["total"]].groupby("name")[["numerator", "denominator"]].sum()
    pd.testing.assert_frame_equal(parts.sort_index(), total.sort_index(), check_names=False)


def test_every_rate_has_wilsons_interval(berkeley):
    row = berkeley.within("department").query("denominator > 0")
    low, high = proportion_confint(row["numerator"], row["denominator"], method="wilson")
    np.testing.assert_allclose([row["low"], row["high"]], [low, high])


def test_a_column_that_was_not_tried_is_refused_by_name(berkeley):
    with pytest.raises(ba.AuditError) as error:
        berkeley.within("departments")
    assert str(error.value) == (
        '"departments" was not tried as strata. Did you mean "department"? Columns: department.'
    )


def test_days_are_joined_into_months_but_never_over_the_edge_of_a_stretch(compas):
    along = compas.along("compas_screening_date")
    assert along["level"].iloc[0] == "2013-01"
    assert along["level"][along["in_stretch"]].iloc[0] == "2014-04-02 to 2014-04-30"
    assert along.loc[~along["in_stretch"], "level"].iloc[-1] == "2014-04-01"
    assert (
        along.loc[along["in_stretch"], "numerator"].sum() == along.loc[along["in_stretch"], "denominator"].sum() == 998
    )
    frame = ba.datasets.load_compas().frame
    month = frame["compas_screening_date"].astype(str).str[:7]
    expected = frame.groupby(month)["two_year_recid"].agg(["sum", "size"]).astype(float)
    whole = along[along["level"].str.len() == 7].set_index("level")
    assert len(whole) == len(expected) - 1
    np.testing.assert_array_equal(whole[["numerator", "denominator"]], expected.loc[whole.index])


@pytest.mark.parametrize("column", ["age", "priors_count", "c_charge_degree", "days_b_screening_arrest"])
def test_all_rows_are_somewhere_along_a_column(compas, column):
    along = compas.along(column)
    assert along["denominator"].sum() == 7214
    assert along["numerator"].sum() == ba.datasets.load_compas().frame["two_year_recid"].sum()
    assert len(along) <= 45


def test_missing_values_are_those_that_pandas_counts(compas):
    missing = compas.missing_values()
    frame = ba.datasets.load_compas().frame
    gone = frame["days_b_screening_arrest"].isna()
    for row in missing.to_dict("records"):
        ((feature, name),) = row["group"].items()
        inside = frame[feature].astype(str) == name
        assert row["column"] == "days_b_screening_arrest"
        assert (row["numerator"], row["denominator"]) == (gone[inside].sum(), inside.sum())


def test_columns_come_with_what_was_found_first(compas):
    assert compas.columns("artefacts")[:2] == ["compas_screening_date", "is_recid"]
    assert compas.columns("representation") == []


def test_intervals_along_a_column_stand_on_the_evidence_of_clusters():
    frame = pd.concat([ba.datasets.load_berkeley().frame] * 2, ignore_index=True)
    frame["person"] = np.arange(len(frame)) % (len(frame) // 2)
    once = ba.audit_dataset(
        frame.iloc[: len(frame) // 2].drop(columns="person"), label="admitted", sensitive_features="gender"
    ).along("department")
    twice = ba.audit_dataset(frame, label="admitted", sensitive_features="gender", cluster="person").along("department")
    np.testing.assert_allclose(twice[["low", "high"]], once[["low", "high"]])
    np.testing.assert_allclose(twice["denominator"], 2 * once["denominator"])


def test_a_population_given_later_is_judged_as_one_given_at_once(compas):
    shares = {"sex": {"Female": 0.509, "Male": 0.491}}
    later = compas.with_population(shares)
    at_once = ba.audit_dataset(ba.datasets.load_compas(), population=shares)
    assert later.to_json() == at_once.to_json()
    assert compas.part("representation")["population"].isna().all()


def test_a_population_given_later_has_to_fit(berkeley):
    with pytest.raises(ba.AuditError) as error:
        berkeley.with_population({"gender": {"Female": 1.0}})
    assert str(error.value) == (
        'population of "gender" lacks the group "Male", which is in the data. Did you mean "Female"? '
        "Give every group its share, 0 if it has none."
    )
