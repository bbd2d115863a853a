"""Generated wages, rankings and diagnoses: an endless sample shows what their truth says; a seed makes one table."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm

from biasaudit import AuditError, datasets
from biasaudit.datasets.generated import diagnoses

MAKES = (datasets.make_wages, datasets.make_ranking, datasets.make_diagnoses)
EVERY_MAKE = pytest.mark.parametrize("make", MAKES, ids=lambda make: make.__name__)
# An estimate may lie this many of its standard errors off: one in 15,000 right ones does.
MOST = 4


def values(data, dial="all"):
    planted = data.truth.planted
    return planted[planted["dial"] == dial].set_index(["quantity", "group"])["value"]


def mean(values):
    """Return a mean with its standard error."""
    return values.mean(), values.std(ddof=1) / np.sqrt(len(values))


def holds(found, planted):
    estimate, error = found
    return abs(estimate - planted) <= MOST * error + 1e-9


# --- wages


WAGES = (
    {},
    {"gap": 3, "explained": 0, "spread": 0, "underestimation": 2},
    {"groups": 3, "gap": 1, "explained": 0.5, "underestimation": 0.8},
    {"gap": 0, "explained": 0, "spread": 1, "underestimation": 0},
)


@pytest.mark.parametrize("dials", WAGES, ids=str)
def test_wages_hold_what_is_planted(dials):
    data = datasets.make_wages(60_000, **dials, random_state=1)
    frame, planted = data.frame, values(data)
    for group, rows in frame.groupby("sex", observed=True):
        assert holds(mean(rows["wage"]), planted["mean_outcome", group])
        if "predicted" in frame:
            error = rows["predicted"] - rows["wage"]
            assert holds(mean(error), planted["mean_error", group])
            assert holds(mean(error**2), planted["root_mean_squared_error", group] ** 2)
    assert ("mean_error", "man") in planted or "predicted" not in frame


@pytest.mark.parametrize("dials", WAGES, ids=str)
def test_a_regression_on_the_columns_finds_the_gap(dials):
    data = datasets.make_wages(60_000, **dials, random_state=2)
    frame, planted = data.frame, values(data)
    others = [name for name in frame["sex"].cat.categories if name != "man"]
    told = pd.get_dummies(frame[list(data.features)].astype(str), drop_first=True)
    table = np.column_stack([np.ones(len(frame)), *(frame["sex"] == name for name in others), told]).astype(float)
    inverse = np.linalg.inv(table.T @ table)
    found = inverse @ table.T @ frame["wage"]
    rest = frame["wage"].to_numpy() - table @ found
    variance = (
        inverse @ (table.T * rest**2) @ table @ inverse
    )  # White's: lognormal wages spread more where they are high
    for i, name in enumerate(others, 1):
        left = planted["mean_outcome_difference_given_features", name]
        assert holds((found[i], np.sqrt(variance[i, i])), left)
        assert left == -dials.get("gap", 1.5)


def test_each_dial_of_wages_is_told_alone():
    data = datasets.make_wages(10, gap=2, explained=1, underestimation=1.5)
    assert values(data, "gap").to_dict() == {
        ("mean_outcome_difference", "woman"): -2,
        ("mean_outcome_difference_given_features", "woman"): -2,
    }
    assert values(data, "explained").to_dict() == pytest.approx({("mean_outcome_difference", "woman"): -2.575})
    assert values(data, "underestimation").to_dict() == {("mean_error", "woman"): -1.5}
    assert values(data)["mean_outcome_difference", "woman"] == pytest.approx(-4.575)


def test_wages_without_bias_and_of_the_other_sex():
    data = datasets.make_wages(20_000, gap=2, explained=0, random_state=3)
    women = (data.frame["sex"] == "woman").to_numpy()
    wage = data.frame["wage"].to_numpy()
    assert np.allclose(wage[~women], data.truth.label[~women])
    assert np.allclose(data.truth.counterfactual[women], data.truth.label[women])  # as men they would lose nothing
    assert (wage < data.truth.label)[women].all()
    assert (data.truth.counterfactual < wage)[~women].all()
    both = datasets.make_wages(20_000, gap=2, explained=1, random_state=3)
    assert holds(mean(both.truth.counterfactual[women]), values(both)["mean_outcome", "man"])
    assert holds(mean(both.truth.counterfactual[~women]), values(both)["mean_outcome", "woman"])


def test_wages_are_lognormal_at_equal_columns():
    data = datasets.make_wages(40_000, gap=0, spread=0.5, random_state=4)
    logs = np.log(data.frame["wage"]).groupby([data.frame[name] for name in data.features], observed=True)
    spread = logs.std()[logs.size() > 1_000]
    assert len(spread) > 5
    assert abs(spread - 0.5).max() < 0.04
    assert data.frame["wage"].min() > 0


def test_what_comes_with_wages():
    data = datasets.make_wages(10)
    assert (data.unit, data.audit_arguments["unit"], data.label) == ("dollars an hour", "dollars an hour", "wage")
    assert "y_pred" not in data.audit_arguments
    assert datasets.make_wages(10, underestimation=0).audit_arguments["y_pred"] == "predicted"
    assert data.card.known_faults[0] == "Others are paid less for the same work. (gap=1.5)"
    assert set(datasets.make_wages(2_000, groups=3).frame["sex"]) == {"man", "woman", "nonbinary"}


# --- rankings


RANKINGS = (
    {},
    {"bias": 0},
    {"bias": 0, "merit": 0.8},
    {"bias": 1.2, "merit": 0.3, "noise": 0},
    {"bias": 1, "candidates": 4},
)


@pytest.mark.parametrize("dials", RANKINGS, ids=str)
def test_rankings_hold_what_is_planted(dials):
    data = datasets.make_ranking(4_000, **dials, random_state=1)
    frame, planted = data.frame, values(data)
    migrant = frame["origin"] == "migrant"
    for quantity, group in planted.index:
        if "_top_" in quantity:
            inside = frame["rank"] <= int(quantity.rpartition("_")[2])
            jobs = (inside & (frame["origin"] == group)).groupby(frame["job"]).sum()  # jobs are the sample
            people = frame["job"].value_counts()[1] * {"migrant": 0.4, "native": 0.6}[group]
            whole = people if "_in_" in quantity else inside.sum() / len(jobs)
            assert holds(mean(jobs / whole), planted[quantity, group])
    exposure = 1 / np.log2(1 + frame["rank"])
    sums = {"seen": exposure * migrant, "number": migrant, "seen_natives": exposure * ~migrant, "natives": ~migrant}
    jobs = pd.DataFrame(sums).astype(float).groupby(frame["job"]).sum()
    parts = jobs / jobs.mean()
    ratio = jobs["seen"].mean() / jobs["number"].mean() / (jobs["seen_natives"].mean() / jobs["natives"].mean())
    influence = ratio * (parts["seen"] - parts["number"] - parts["seen_natives"] + parts["natives"])
    assert holds((ratio, mean(influence)[1]), planted["exposure_ratio", "migrant"])
    for group, rows in frame.groupby("origin", observed=True):
        assert holds(mean(rows["relevance"]), planted["mean_relevance", group])


def test_without_bias_everybody_stands_where_chance_puts_them():
    data = datasets.make_ranking(10, 50, bias=0, merit=0)
    planted = values(data)
    assert planted["exposure_ratio", "migrant"] == pytest.approx(1, abs=1e-9)
    assert [planted[f"share_of_top_{top}", "migrant"] for top in (1, 3, 5, 10)] == pytest.approx([0.4] * 4, abs=1e-9)
    assert (data.truth.label == data.frame["rank"]).all()
    assert (data.truth.counterfactual == data.frame["rank"]).all()
    assert data.card.known_faults == ()


def test_the_first_of_two_is_a_normal_probability():
    planted = values(datasets.make_ranking(1, 2, bias=1, merit=0.5, noise=0.75))
    beaten = norm.cdf(-1.5 / (np.sqrt(2) * 1.25))  # a migrant is above a native
    assert planted["share_of_top_1", "migrant"] == pytest.approx(0.4**2 + 2 * 0.4 * 0.6 * beaten, abs=1e-9)


def test_ranks_are_those_of_the_scores():
    frame = datasets.make_ranking(30, 7, random_state=2).frame
    assert (frame["rank"] == frame.groupby("job")["score"].rank(ascending=False)).all()
    assert frame.groupby("job").size().eq(7).all()
    assert set(frame["relevance"]) == {0, 1, 2, 3}


def test_the_rank_of_the_other_origin_is_that_of_one_who_moves_alone():
    data = datasets.make_ranking(20, 6, bias=0.6, merit=0.2, random_state=3)
    frame = data.frame
    moved = frame["score"] + np.where(frame["origin"] == "migrant", 0.8, -0.8)
    for row, job in enumerate(frame["job"]):
        others = frame[(frame["job"] == job) & (frame.index != row)]
        assert data.truth.counterfactual[row] == 1 + (others["score"] > moved[row]).sum()
    fair = frame["score"] + 0.6 * (frame["origin"] == "migrant")
    assert (data.truth.label == fair.groupby(frame["job"]).rank(ascending=False)).all()


def test_what_comes_with_a_ranking():
    data = datasets.make_ranking(3, 4)
    assert (data.label, data.cluster, data.unit) == (None, "job", None)
    asked = data.audit_arguments
    assert (asked["rank"], asked["query"], asked["relevance"]) == ("rank", "job", "relevance")


# --- diagnoses


@pytest.mark.parametrize("dials", [{}, {"groups": 3, "overlooked": 1}, {"recall": 1}, {"overlooked": 0}], ids=str)
def test_diagnoses_hold_what_is_planted(dials):
    data = datasets.make_diagnoses(60_000, **dials, random_state=1)
    frame, planted = data.frame.astype(str), values(data)
    right = frame["diagnosis"] == frame["predicted"]
    for quantity, group in planted.index:
        name, _, of = quantity.partition(":")
        here = frame["skin"] == group
        true, _, taken = of.partition(":")
        if name == "accuracy":
            found = mean(right[here])
        elif name == "recall":
            found = mean(right[here & (frame["diagnosis"] == true)])
        elif name == "precision":
            found = mean(right[here & (frame["predicted"] == true)])
        elif name == "confusion":
            found = mean(frame["predicted"][here & (frame["diagnosis"] == true)] == taken)
        else:
            continue
        assert holds(found, planted[quantity, group]), (quantity, group)
    for group in set(frame["skin"]):
        recalls = [planted[f"recall:{name}", group] for name in diagnoses.CLASSES]
        assert planted["macro_recall", group] == pytest.approx(np.mean(recalls))


def test_one_disease_is_overlooked_in_one_group():
    planted = values(datasets.make_diagnoses(10, groups=3, recall=0.8, overlooked=0.5))
    assert planted["recall:melanoma", "dark"] == pytest.approx(0.4)
    assert planted["confusion:melanoma:mole", "dark"] == pytest.approx(0.45)
    assert planted["recall_difference:melanoma", "dark"] == pytest.approx(-0.4)
    for group in ("light", "medium"):
        assert planted["accuracy", group] == pytest.approx(0.8)
    assert planted["accuracy", "dark"] == pytest.approx(0.8 - 0.1 * 0.4)


def test_diagnoses_without_bias_and_of_other_skin():
    data = datasets.make_diagnoses(20_000, overlooked=0.7, random_state=2)
    dark = (data.frame["skin"] == "dark").to_numpy()
    said = data.frame["predicted"].astype(str).to_numpy()
    changed = said != data.truth.label
    assert changed[dark].any()
    assert not changed[~dark].any()
    assert set(data.truth.label[changed]) == {"melanoma"}
    assert set(said[changed]) == {"mole"}
    assert (data.truth.counterfactual == data.truth.label)[dark].all()


# --- every one of them


@EVERY_MAKE
def test_a_seed_makes_one_table(make):
    one, two, other = (make(300, random_state=seed) for seed in (5, 5, 6))
    pd.testing.assert_frame_equal(one.frame, two.frame)
    assert (one.truth.label == two.truth.label).all()
    assert (one.truth.counterfactual == two.truth.counterfactual).all()
    assert not one.frame.equals(other.frame)


@EVERY_MAKE
def test_the_card_tells_of_the_table(make):
    data = make(40)
    assert list(data.card.columns) == list(data.frame.columns)
    assert data.card.unit == data.unit
    assert data.card.words["people"] in {"workers", "candidates", "patients"}
    assert data.card.rows == len(data.frame) == len(data.truth.label) == len(data.truth.counterfactual)
    assert f"biasaudit.datasets.{make.__name__};" in data.card.source
    assert list(data.truth.planted) == ["dial", "quantity", "group", "reference", "value", "error"]
    assert np.isfinite(data.truth.planted["value"]).all()
    assert set(data.audit_arguments["sensitive_features"]) == set(data.sensitive_features)
    (feature,) = data.sensitive_features
    assert data.audit_arguments["reference"][feature] in set(data.frame[feature])


RANGES = [
    (datasets.make_wages, "n", "a whole number from 1 to 100,000,000"),
    (datasets.make_wages, "groups", "a whole number from 2 to 3"),
    (datasets.make_wages, "gap", "a number from 0 to 10 dollars an hour"),
    (datasets.make_wages, "explained", "a number from 0 to 1"),
    (datasets.make_wages, "spread", "a number from 0 to 1.5"),
    (datasets.make_wages, "underestimation", "a number from 0 to 10 dollars an hour"),
    (datasets.make_ranking, "queries", "a whole number from 1 to 5,000,000"),
    (datasets.make_ranking, "candidates", "a whole number from 2 to 1,000"),
    (datasets.make_ranking, "bias", "a number from 0 to 3 standard deviations"),
    (datasets.make_ranking, "merit", "a number from 0 to 3 standard deviations"),
    (datasets.make_ranking, "noise", "a number from 0 to 3 standard deviations"),
    (datasets.make_diagnoses, "n", "a whole number from 1 to 100,000,000"),
    (datasets.make_diagnoses, "groups", "a whole number from 2 to 3"),
    (datasets.make_diagnoses, "recall", "a number from 0.2 to 1"),
    (datasets.make_diagnoses, "overlooked", "a number from 0 to 1"),
]


@pytest.mark.parametrize(("make", "dial", "taken"), RANGES, ids=lambda value: getattr(value, "__name__", None))
@pytest.mark.parametrize("value", [-1, 1e9, float("nan"), "much", True])
def test_what_a_dial_does_not_take(make, dial, taken, value):
    with pytest.raises(AuditError) as error:
        make(**{dial: value})
    assert str(error.value) == f"{dial}={value} is out of range. Give {taken}."


@EVERY_MAKE
def test_what_is_no_seed(make):
    with pytest.raises(AuditError) as error:
        make(5, random_state="now")
    assert str(error.value) == "random_state='now' is not a seed. Give a whole number such as 0."
