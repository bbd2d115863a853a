"""What every generator promises: its dials plant what its truth says, and nothing else."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings, strategies as st
from sklearn.metrics import roc_auc_score
from sklearn.naive_bayes import CategoricalNB

import biasaudit as ba
from biasaudit import AuditError, datasets
from biasaudit.datasets.generated.hiring import HIRING
from biasaudit.datasets.generated.recidivism import RECIDIVISM

DIALS = (
    "historical_bias",
    "label_bias",
    "measurement_bias",
    "underrepresentation",
    "proxy_strength",
    "omitted_variable",
    "missingness",
    "artefact",
)
MODELS = {datasets.make_hiring: HIRING, datasets.make_recidivism: RECIDIVISM}
MAKES = tuple(MODELS)
CASES = [(make, dial) for make in MAKES for dial in DIALS] + [(datasets.make_recidivism, "policing")]
NAMES = [f"{MODELS[make].name}-{dial}" for make, dial in CASES]
EVERY_MAKE = pytest.mark.parametrize("make", MAKES, ids=[model.name for model in MODELS.values()])
EVERY_DIAL = pytest.mark.parametrize(("make", "dial"), CASES, ids=NAMES)
LEADING = {
    "measurement_bias": "score_shift",
    "underrepresentation": "representation_ratio",
    "proxy_strength": "reconstruction_auc",
    "artefact": "artefact_rows",
}


def dials_of(make):
    return DIALS + (("policing",) if make is datasets.make_recidivism else ())


def touched(make, dial):
    """Columns that a dial may change, as the equations in the docstrings have it."""
    model = MODELS[make]
    causes = {cause.name for cause in model.causes}
    moved = {cause.name for cause in model.causes if cause.injustice}
    return {
        "historical_bias": moved | {model.label},
        "label_bias": {model.label},
        "measurement_bias": {model.causes[-1].name},
        "underrepresentation": {model.sensitive_feature},
        "proxy_strength": {proxy.name for proxy in model.proxies},
        "omitted_variable": {model.label},
        "missingness": causes,
        "artefact": {model.batch.name, model.label},
        "policing": {model.label},
    }[dial]


def leading(make, dial):
    """Return the quantity that a dial plants first of all, and the sign of what it plants."""
    harm = MODELS[make].harm
    if dial == "missingness":
        return f"missing_difference:{MODELS[make].causes[0].name}", 1
    signs = {"underrepresentation": -1, "proxy_strength": 1, "artefact": 1, "policing": 1}
    return LEADING.get(dial, "label_difference"), signs.get(dial, harm)


def values(data, dial="all"):
    planted = data.truth.planted
    return planted[planted["dial"] == dial].set_index("quantity")["value"]


def changed(one, other):
    return {column for column in one if not one[column].equals(other[column])}


# --- estimates from rows, by other means than the sums under test: an estimate and its standard error


def proportion(flags):
    return flags.mean(), np.sqrt(flags.mean() * (1 - flags.mean()) / len(flags))


def difference(values, group):
    inside, outside = values[group], values[~group]
    error = np.sqrt(inside.var() / len(inside) + outside.var() / len(outside))
    return inside.mean() - outside.mean(), error


def mantel_haenszel(frame, causes, label, group):
    """Risk difference over strata and its standard error after Greenland and Robins (1985)."""
    table = frame.assign(group=group).dropna(subset=causes).groupby([*causes, "group"], observed=True)[label]
    cells = table.agg(["sum", "count"]).unstack("group", fill_value=0).to_numpy().astype(float)
    cases0, cases1, rows0, rows1 = cells[(cells[:, 2] > 0) & (cells[:, 3] > 0)].T
    rows = rows0 + rows1
    weights = rows1 * rows0 / rows
    found = (cases1 * rows0 - cases0 * rows1) / rows
    spread = (cases1 * (rows1 - cases1) * rows0**3 + cases0 * (rows0 - cases0) * rows1**3) / (rows1 * rows0 * rows**2)
    return found.sum() / weights.sum(), np.sqrt(spread.sum()) / weights.sum()


def reconstruction(frame, features, group):
    """Naive Bayes knows the group best, since features are independent within a group; error after Hanley–McNeil."""
    codes = np.column_stack([pd.factorize(frame[name].astype(object), use_na_sentinel=False)[0] for name in features])
    levels, half = codes.max(axis=0) + 1, len(codes) // 2
    model = CategoricalNB(alpha=0.01, min_categories=levels).fit(codes[:half], group[:half])
    guess, group = model.predict_log_proba(codes[half:]), group[half:]
    auc = roc_auc_score(group, guess[:, 1] - guess[:, 0])
    inside, outside = group.sum(), (~group).sum()
    q1, q2 = auc / (2 - auc), 2 * auc**2 / (1 + auc)
    spread = auc * (1 - auc) + (inside - 1) * (q1 - auc**2) + (outside - 1) * (q2 - auc**2)
    return auc, np.sqrt(spread / (inside * outside))


def estimates(data, model):
    frame, causes = data.frame, [cause.name for cause in model.causes]
    group = (frame[model.sensitive_feature] == model.group).to_numpy()
    label, share = frame[model.label], proportion(group)
    odd = frame.groupby(model.batch.name, observed=True)[model.label].transform("min") == 1
    score = frame[causes[-1]]
    known = score.notna().to_numpy()
    return {
        "label_difference": difference(label, group),
        "label_difference_given_features": mantel_haenszel(frame, causes, model.label, group),
        "true_label_difference": difference(pd.Series(data.truth.label), group),
        "base_rate": proportion(label),
        "representation_ratio": (share[0] / model.group_share, share[1] / model.group_share),
        "reconstruction_auc": reconstruction(frame, data.features, group),
        "score_shift": difference(score[known], group[known]),
        "artefact_rows": proportion(odd),
        **{f"missing_difference:{name}": difference(frame[name].isna(), group) for name in causes},
    }


def check_estimates(data, make):
    planted = values(data)
    found = estimates(data, MODELS[make])
    assert set(found) == set(planted.index)
    for quantity, (estimate, error) in found.items():
        slack = 0.002 if quantity == "reconstruction_auc" else 1e-9  # what naive Bayes has not learnt yet
        assert abs(estimate - planted[quantity]) <= 4 * error + slack, (quantity, estimate, planted[quantity], error)


@EVERY_DIAL
@pytest.mark.parametrize("value", [0.3, 1.0])
def test_a_dial_plants_what_the_truth_says(make, dial, value):
    if (dial, value) == ("underrepresentation", 1.0):
        value = 0.9  # at 1 there is nobody to compare
    data = make(100_000, **{dial: value}, random_state=1)
    check_estimates(data, make)
    alone = values(data, dial)
    assert alone.equals(values(data)[alone.index])


@EVERY_MAKE
@pytest.mark.parametrize("value", [0.0, 0.3, 0.8])
def test_all_dials_plant_what_the_truth_says(make, value):
    check_estimates(make(100_000, **dict.fromkeys(dials_of(make), value), random_state=2), make)


@EVERY_MAKE
def test_a_small_misreading_is_not_rounded_away(make):
    data = make(100_000, measurement_bias=0.05, random_state=8)
    check_estimates(data, make)
    assert abs(values(data)["score_shift"]) > 0.08


@EVERY_DIAL
def test_what_a_dial_plants_alone_does_not_depend_on_the_others(make, dial):
    alone = values(make(10, **{dial: 0.4}), dial)
    among = values(make(10, **{**dict.fromkeys(dials_of(make), 0.2), dial: 0.4}), dial)
    assert alone.equals(among)


@EVERY_DIAL
@settings(max_examples=25)
@given(turns=st.lists(st.floats(0, 1), min_size=2, max_size=2, unique=True).map(sorted))
def test_more_of_a_dial_plants_more(make, dial, turns):
    quantity, sign = leading(make, dial)
    low, high = (sign * values(make(1, **{dial: turn}))[quantity] for turn in turns)
    assert np.isnan(high) or low <= high + 1e-12
    assert np.isnan(high) or turns[1] - turns[0] < 1e-6 or low < high


@EVERY_MAKE
def test_nothing_is_planted_where_no_dial_is_up(make):
    data = make(2_000)
    planted = data.truth.planted
    assert set(planted["dial"]) == {"all"}
    expected = dict.fromkeys(values(data).index, 0.0) | {"representation_ratio": 1.0, "reconstruction_auc": 0.5}
    assert values(data).drop("base_rate").to_dict() == pytest.approx(
        {name: value for name, value in expected.items() if name != "base_rate"}, abs=1e-12
    )
    label = data.frame[data.label].to_numpy()
    assert (label == data.truth.label).all()
    assert (label == data.truth.counterfactual).all()
    assert not data.frame.isna().any(axis=None)


@EVERY_MAKE
def test_groups_do_not_differ_where_no_dial_is_up(make):
    data = make(400_000)
    group = data.frame[data.sensitive_features[0]] == MODELS[make].group
    for name in (*data.features, data.label):
        column = data.frame[name]
        codes = column.cat.codes if column.dtype == "category" else column
        estimate, error = difference(codes, group.to_numpy())
        assert abs(estimate) < 4 * error, name


@EVERY_DIAL
def test_a_dial_changes_only_what_it_touches(make, dial):
    before = make(3_000, random_state=3)
    after = make(3_000, **{dial: 0.5}, random_state=3)
    assert changed(before.frame, after.frame) == touched(make, dial)
    model = MODELS[make]
    other = "omitted_variable" if dial != "omitted_variable" else "label_bias"
    both = make(3_000, **{dial: 0.5, other: 0.5}, random_state=3)
    assert changed(after.frame, both.frame) <= {model.label}


@EVERY_MAKE
def test_only_causes_change_the_truth(make):
    fair = make(3_000, random_state=4).truth.label
    for dial in dials_of(make):
        same = (make(3_000, **{dial: 0.7}, random_state=4).truth.label == fair).all()
        assert same == (dial not in {"historical_bias", "omitted_variable"}), dial


@EVERY_DIAL
def test_the_counterfactual_is_the_label_of_the_other_group(make, dial):
    data, model = make(200_000, **{dial: 0.4}, random_state=5), MODELS[make]
    group = (data.frame[model.sensitive_feature] == model.group).to_numpy()
    label, flipped = data.frame[data.label].to_numpy(), data.truth.counterfactual
    for here in (group, ~group):
        there = proportion(label[~here]), proportion(flipped[here])
        assert abs(there[0][0] - there[1][0]) < 4 * np.hypot(there[0][1], there[1][1])
    harmed = model.harm * (np.where(group, label, flipped) - np.where(group, flipped, label))
    assert (harmed >= 0).all()  # no dial helps anybody of the group
    assert bool(harmed.any()) == (model.label in touched(make, dial) and dial != "artefact")


@EVERY_MAKE
def test_one_seed_one_table(make):
    settings = dict.fromkeys(dials_of(make), 0.3)
    one, two = (make(500, **settings, random_state=6) for _ in range(2))
    pd.testing.assert_frame_equal(one.frame, two.frame)
    assert (one.truth.counterfactual == two.truth.counterfactual).all()
    assert changed(one.frame, make(500, **settings, random_state=7).frame) == set(one.frame)


@EVERY_MAKE
def test_what_comes_with_the_table(make):
    model = MODELS[make]
    data = make(200, label_bias=0.25, artefact=0.5)
    assert (data.name, data.label, data.sensitive_features) == (model.name, model.label, (model.sensitive_feature,))
    assert list(data.frame) == [*data.features, model.sensitive_feature, model.label] == list(data.card.columns)
    assert data.card.rows == 200
    assert data.card.known_faults == (
        "Past deciders turned labels against people of the group. (label_bias=0.25)",
        "In some batches every label is 1. (artefact=0.5)",
    )
    assert data.truth.label.dtype == data.truth.counterfactual.dtype == data.frame[data.label].dtype == np.int64
    assert list(data.truth.planted) == ["dial", "quantity", "group", "reference", "value", "error"]
    assert (data.truth.planted["error"] == 0).all()
    share = data.audit_arguments["population"][model.sensitive_feature]
    assert share == {model.reference: 1 - model.group_share, model.group: model.group_share}


@EVERY_MAKE
def test_planted_names_groups(make):
    model = MODELS[make]
    planted = make(1, **dict.fromkeys(dials_of(make), 0.2)).truth.planted
    pairs = planted.set_index("quantity")[["group", "reference"]].apply(tuple, axis=1)
    assert set(pairs["label_difference"]) == {(model.group, model.reference)}
    assert set(pairs["representation_ratio"]) == {(model.group, "population")}
    assert set(pairs["base_rate"]) == set(pairs["artefact_rows"]) == {("everyone", "")}


@EVERY_MAKE
def test_generated_data_audit_with_their_own_arguments(make):
    data, model = make(20_000, label_bias=0.4), MODELS[make]
    audit = ba.audit_predictions(data)
    rows = audit.disparities("base_rate")
    pair = rows[(rows["kind"] == "pair") & (rows["comparison"] == "difference")].iloc[0]
    assert pair["reference"] == {model.sensitive_feature: model.reference}
    assert pair["low"] < values(data)["label_difference"] < pair["high"]
    assert pair["verdict"] == "shown"


@EVERY_MAKE
def test_where_the_whole_group_is_missing(make):
    data, model = make(1_000, underrepresentation=1), MODELS[make]
    assert (data.frame[model.sensitive_feature] == model.reference).all()
    known = values(data).dropna()
    assert set(known.index) == {"representation_ratio", "base_rate", "artefact_rows"}
    assert known["representation_ratio"] == 0
    assert list(values(data, "underrepresentation").index) == ["representation_ratio"]


@EVERY_MAKE
@settings(max_examples=40)
@given(data=st.data())
def test_any_dials(make, data):
    turned = {dial: data.draw(st.floats(0, 1), label=dial) for dial in dials_of(make)}
    made = make(40, **turned, random_state=data.draw(st.integers(0, 2**32 - 1)))
    planted = values(made)
    assert len(made.frame) == 40
    assert made.frame[made.label].isin([0, 1]).all()
    assert planted.dropna().between(-50, 50).all()
    assert planted["reconstruction_auc"] >= 0.5 - 1e-9 or np.isnan(planted["reconstruction_auc"])
    assert 0 <= planted["base_rate"] <= 1


@EVERY_DIAL
@pytest.mark.parametrize("value", [-0.1, 1.1, float("nan"), float("inf"), "much", None, True, [0.1]])
def test_no_dial(make, dial, value):
    with pytest.raises(AuditError) as error:
        make(10, **{dial: value})
    assert str(error.value) == f"{dial}={value} is out of range. Give a number from 0 (off) to 1 (all the way)."


@EVERY_MAKE
@pytest.mark.parametrize("value", [0, -1, 2.5, "10", None, True, 10**12])
def test_no_number_of_rows(make, value):
    with pytest.raises(AuditError) as error:
        make(value)
    assert str(error.value) == f"n={value} is out of range. Give a whole number from 1 to 100,000,000."


@EVERY_MAKE
@pytest.mark.parametrize("value", [-1, 0.5, None, 2**32])
def test_no_seed(make, value):
    with pytest.raises(AuditError) as error:
        make(10, random_state=value)
    assert str(error.value) == f"random_state={value} is not a seed. Give a whole number such as 0."


@EVERY_MAKE
def test_a_long_dial_is_cut(make):
    with pytest.raises(AuditError) as error:
        make(10, label_bias="\x1b" + "a" * 1_000)
    assert len(str(error.value)) < 160
    assert "\x1b" not in str(error.value)


@EVERY_MAKE
def test_numbers_of_numpy_are_numbers(make):
    data = make(np.int64(10), label_bias=np.float32(0.5), random_state=np.int32(1))
    pd.testing.assert_frame_equal(data.frame, make(10, label_bias=0.5, random_state=1).frame)
