"""The audit of numbers: means, errors and quantiles by group, in their unit, with the verdicts of yes and no."""

import numpy as np
import pandas as pd
import pytest
from fairlearn.metrics import MetricFrame
from scipy import stats
from sklearn.metrics import mean_absolute_error, r2_score, root_mean_squared_error

import biasaudit as ba

ROWS = 900


@pytest.fixture(scope="module")
def wages():
    rng = np.random.default_rng(3)
    sex = rng.choice(["woman", "man"], ROWS, p=[0.4, 0.6])
    town = rng.choice(["north", "south", "west"], ROWS, p=[0.6, 0.3, 0.1])
    wage = np.exp(rng.normal(2.6, 0.4, ROWS)) + 3.0 * (sex == "man")
    said = 0.9 * wage + 1 + rng.normal(0, 2, ROWS) - 1.0 * (sex == "woman")
    return pd.DataFrame({"sex": sex, "town": town, "wage": wage, "said": said, "firm": rng.integers(0, 60, ROWS)})


@pytest.fixture(scope="module")
def audit(wages):
    return ba.audit_predictions(
        wages, sensitive_features=["sex", "town"], y_true="wage", y_pred="said", unit="dollars an hour"
    )


def value_of(audit, metric, group):
    rates = audit.rates().query(f"metric == {metric!r}")
    return next(row for row in rates.to_dict("records") if row["group"] == group)


@pytest.mark.parametrize(
    ("metric", "function"),
    [
        ("mean_absolute_error", mean_absolute_error),
        ("root_mean_squared_error", root_mean_squared_error),
        ("r_squared", r2_score),
        ("mean_error", lambda y, p: np.mean(p - y)),
        ("mean_outcome", lambda y, p: np.mean(y)),
        ("mean_prediction", lambda y, p: np.mean(p)),
    ],
)
def test_values_are_those_of_fairlearn(wages, audit, metric, function):
    frame = MetricFrame(
        metrics=function, y_true=wages["wage"], y_pred=wages["said"], sensitive_features=wages[["sex", "town"]]
    )
    for (sex, town), expected in frame.by_group.items():
        found = value_of(audit, metric, {"sex": sex, "town": town})["estimate"]
        assert found == pytest.approx(expected, rel=1e-9)
    assert value_of(audit, metric, {})["estimate"] == pytest.approx(frame.overall, rel=1e-9)


def test_a_gap_is_near_that_of_welch_and_says_how_sure_it_is(wages, audit):
    women, men = (wages["wage"][wages["sex"] == sex] for sex in ("woman", "man"))
    row = audit.disparities("mean_outcome").query("kind == 'pair' and comparison == 'difference'").iloc[0]
    welch = stats.ttest_ind(women, men, equal_var=False)
    low, high = welch.confidence_interval(0.95)
    assert row["estimate"] == pytest.approx(women.mean() - men.mean(), rel=1e-9)
    # Hall's correction moves the limits where rows are skew, here a little.
    assert row["low"] == pytest.approx(low, abs=0.1 * (high - low))
    assert row["high"] == pytest.approx(high, abs=0.1 * (high - low))
    assert row["verdict"] == "shown"


def test_sentences_speak_in_the_unit(audit):
    first = next(one for one in audit.findings() if one.metric == "mean_outcome")
    assert first.sentence.startswith("People with sex = man have a mean wage of ")
    assert "dollars an hour" in first.sentence
    assert first.unit is None or first.unit.name == "dollars an hour"
    assert audit.report().metrics["mean_outcome"].unit.name == "dollars an hour"
    assert audit.report().metrics["r_squared"].unit.name == "number"
    for text in (audit.to_markdown(), audit.to_html(), repr(audit)):
        assert "dollars an hour" in text
        assert "nan" not in text.casefold().replace("finance", "")


def test_clusters_and_weights_are_in_the_intervals(wages):
    def width(**asked):
        made = ba.audit_predictions(wages, sensitive_features="sex", y_true="wage", **asked)
        row = made.disparities("mean_outcome").iloc[0]
        return row["high"] - row["low"]

    def drawn():
        firms = np.random.default_rng(5).normal(0, 5, 60)
        return wages.assign(wage=wages["wage"] + firms[wages["firm"]], weight=1.0 + wages["firm"] % 4)

    wages = drawn()
    assert width(cluster="firm") > 1.05 * width()
    assert width(sample_weight="weight") > 1.02 * width()


def test_a_group_of_one_row_is_named_and_nothing_is_claimed_of_it(wages):
    frame = pd.concat([wages, wages.head(1).assign(town="east", wage=500.0)])
    audit = ba.audit_predictions(frame, sensitive_features="town", y_true="wage")
    row = value_of(audit, "mean_outcome", {"town": "east"})
    assert np.isnan(row["low"])
    assert row["reason"] == "one row, so its uncertainty is unknown"
    gaps = audit.disparities("mean_outcome")
    alone = gaps[[group == {"town": "east"} for group in gaps["group"]]]
    assert set(alone["verdict"]) == {"cannot tell"}
    assert "town=east: one row" in gaps.iloc[0]["reason"]
    assert not any(one.verdict == "shown" and "east" in one.sentence for one in audit.findings())


def test_equal_groups_are_not_shown_to_differ():
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"sex": ["woman", "man"] * 4_000, "wage": rng.normal(20, 5, 8_000)})
    audit = ba.audit_predictions(frame, sensitive_features="sex", y_true="wage", tolerance=1.0)
    assert {one.verdict for one in audit.findings()} == {"not shown"}
    assert audit.report().headline.startswith("No gap")


def test_distances_are_those_of_scipy(wages):
    frame = wages.assign(wage=wages["wage"].round())
    audit = ba.audit_predictions(frame, sensitive_features="sex", y_true="wage")
    row = audit.distributions().iloc[0]
    women, men = (frame["wage"][frame["sex"] == sex] for sex in ("woman", "man"))
    assert row["exact"]
    assert row["kolmogorov_smirnov"] == pytest.approx(stats.ks_2samp(women, men).statistic, rel=1e-9)
    assert row["wasserstein"] == pytest.approx(stats.wasserstein_distance(women, men), rel=1e-9)
    pooled = np.sqrt((women.var() + men.var()) / 2)
    assert row["standardised_difference"] == pytest.approx((women.mean() - men.mean()) / pooled, rel=1e-9)


def test_calibration_averages_bins_of_the_prediction(wages, audit):
    table = audit.calibration()
    women = table[[group == {"sex": "woman"} for group in table["group"]]]
    assert women["rows"].sum() == (wages["sex"] == "woman").sum()
    total = (women["mean_outcome"] * women["rows"]).sum()
    assert total == pytest.approx(wages["wage"][wages["sex"] == "woman"].sum(), rel=1e-9)


def test_rows_that_lack_a_number_are_counted_by_group(wages):
    frame = wages.assign(wage=wages["wage"].where(wages.index > 9))
    audit = ba.audit_predictions(frame, sensitive_features="sex", y_true="wage", y_pred="said")
    assert audit.report().rows == ROWS
    assert audit.report().left_out["rows"].sum() == 10
    assert any("10 rows lack an outcome or prediction" in warning for warning in audit.warnings)


def test_what_is_primary_has_the_smaller_limits(wages):
    asked = {"sensitive_features": "sex", "y_true": "wage", "y_pred": "said"}

    def width(audit, metric):
        row = audit.disparities(metric).iloc[0]
        return row["high_adjusted"] - row["low_adjusted"]

    plain, chosen = (ba.audit_predictions(wages, **asked, **more) for more in ({}, {"primary": "median_outcome"}))
    assert width(chosen, "median_outcome") < width(plain, "median_outcome")
    assert chosen.settings["primary"] == ["median_outcome"]


def test_a_small_group_that_varies_little_is_no_surer_for_it():
    rng = np.random.default_rng(1)
    small, large = 10 + rng.normal(0, 0.2, 12), 10 + rng.normal(0, 3.0, 400)
    frame = pd.DataFrame({"sex": ["woman"] * 12 + ["man"] * 400, "wage": [*small, *large]})
    audit = ba.audit_predictions(frame, sensitive_features="sex", y_true="wage")
    row = audit.disparities("mean_outcome").query("kind == 'pair' and comparison == 'difference'").iloc[0]
    low, high = stats.ttest_ind(small, large, equal_var=False).confidence_interval(0.95)
    assert row["high"] - row["low"] > 2 * (high - low)
    # The interval of its mean alone is its own.
    alone = value_of(audit, "mean_outcome", {"sex": "woman"})
    assert alone["high"] - alone["low"] < 0.5
