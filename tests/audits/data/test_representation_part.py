"""Who is in the data against a population: shares and intervals by statsmodels, and what a population must be."""

import numpy as np
import pandas as pd
import pytest
from data_audits import audited, part, told
from planted_data import planted
from statsmodels.stats.proportion import proportion_confint, proportions_ztest
from statsmodels.stats.weightstats import DescrStatsW

import biasaudit as ba

SHARES = {"black": 0.12, "white": 0.6, "asian": 0.06, "other": 0.22}


def people(rows=2_000, seed=0):
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "race": rng.choice(["black", "white", "asian", "other"], rows, p=[0.3, 0.5, 0.05, 0.15]),
            "sex": rng.choice(["woman", "man"], rows, p=[0.3, 0.7]),
            "y": rng.integers(0, 2, rows),
        }
    )


def audit(frame, population, features=("race",)):
    return ba.audit_dataset(frame, label="y", sensitive_features=list(features), features=[], population=population)


def rows_by(found, split=("race",)):
    rows = [row for row in part(found, "representation").rows if tuple(row["group"]) == split]
    return {"/".join(row["group"].values()): row for row in rows}


def test_shares_equal_those_of_statsmodels():
    frame = people()
    found = rows_by(audit(frame, {"race": SHARES}))
    assert list(found) == ["asian", "black", "other", "white"]
    for race, row in found.items():
        count, n = int((frame["race"] == race).sum()), len(frame)
        limits = np.array(proportion_confint(count, n, method="wilson"))
        assert (row["rows"], row["share"], row["population"]) == (count, count / n, pytest.approx(SHARES[race]))
        assert (row["share_low"], row["share_high"]) == pytest.approx(limits)
        assert row["estimate"] == pytest.approx(count / n / SHARES[race])
        assert (row["low"], row["high"]) == pytest.approx(limits / SHARES[race])
        assert row["p_value"] == pytest.approx(proportions_ztest(count, n, SHARES[race], prop_var=SHARES[race])[1])
    assert {race: row["verdict"] for race, row in found.items()} == {
        "asian": "cannot tell",
        "black": "shown",
        "other": "shown",
        "white": "shown",
    }


def test_the_group_furthest_below_is_told_and_those_that_are_shown():
    sentences = told(audit(people(), {"race": SHARES}), "representation")
    assert [(verdict, text.split(":")[0]) for verdict, text in sentences] == [
        ("shown", "race = other"),
        ("shown", "race = black"),
    ]
    assert sentences[0][1].endswith("what the population would give, too few by more than chance explains.")
    assert sentences[1][1].endswith("what the population would give, too many by more than chance explains.")
    # White people are too few as well, but by less than a fifth.


def test_two_groups_are_one_question():
    found = audited(planted(0, representation=0.15), population={"sex": {"woman": 0.5, "man": 0.5}})
    man, woman = part(found, "representation").rows
    assert man["hypothesis"] == woman["hypothesis"]
    assert man["p_adjusted"] == woman["p_adjusted"]
    assert (man["verdict"], woman["verdict"]) == ("shown", "shown")
    ((verdict, sentence),) = told(found, "representation")
    share = 1 - man["share"]
    assert verdict == "shown"
    assert sentence.startswith(f"sex = woman: {share:.1%} of the data".replace("%", " %"))
    assert f" and 50.0 % of the population: {share / 0.5:.2f} times" in sentence


def test_shares_that_round_to_one_are_brought_there():
    shares = {"black": 0.1201, "white": 0.601, "asian": 0.06, "other": 0.2249}
    found = rows_by(audit(people(), {"race": shares}))
    assert found["white"]["population"] == pytest.approx(0.601 / 1.006)


def test_a_group_of_the_population_of_which_nobody_is_there():
    frame = people()[lambda f: f["race"] != "asian"]
    found = audit(frame, {"race": SHARES})
    row = rows_by(found)["asian"]
    assert (row["rows"], row["estimate"], row["low"], row["verdict"]) == (0, 0, 0, "shown")
    assert row["high"] == pytest.approx(proportion_confint(0, len(frame), method="wilson")[1] / 0.06, abs=0.02)
    assert told(found, "representation")[0][1].startswith(
        "race = asian: 0.0 % of the data (0.0 to 0.2 %; 0 rows) and 6.0 %"
    )


def test_a_group_that_the_population_lacks_may_have_the_share_nothing():
    shares = {"black": 0.2, "white": 0.7, "asian": 0.0, "other": 0.1}
    row = rows_by(audit(people(), {"race": shares}))["asian"]
    assert np.isnan(row["estimate"])
    assert row["verdict"] == "cannot tell"


def test_an_intersection_by_tuple():
    frame, crossed = people(), {}
    for race, share in SHARES.items():
        crossed |= {(race, "woman"): share * 0.52, (race, "man"): share * 0.48}
    found = audit(frame, {("race", "sex"): crossed}, ("race", "sex"))
    rows = rows_by(found, ("race", "sex"))
    count = int(((frame["race"] == "black") & (frame["sex"] == "woman")).sum())
    assert rows["black/woman"]["estimate"] == pytest.approx(count / len(frame) / (0.12 * 0.52))
    assert all(np.isnan(row["population"]) and row["verdict"] == "" for row in rows_by(found).values())
    assert found.settings["population"]["race × sex"].startswith("black × woman 0.0624, black × man 0.0576, ")


def test_an_intersection_may_be_named_in_any_order_and_of_some_features():
    frame = people().assign(age=lambda f: np.where(f.index % 3 > 0, "old", "young"))
    one = {(race, sex): share / 2 for race, share in SHARES.items() for sex in ("woman", "man")}
    other = {(sex, race): share for (race, sex), share in one.items()}
    first = rows_by(audit(frame, {("race", "sex"): one}, ("race", "sex")), ("race", "sex"))
    for features in (("race", "sex"), ("race", "sex", "age")):
        second = rows_by(audit(frame, {("sex", "race"): other}, features), ("sex", "race"))
        for name, row in first.items():
            turned = second["/".join(reversed(name.split("/")))]
            assert (turned["estimate"], turned["low"], turned["p_value"]) == (
                row["estimate"],
                row["low"],
                row["p_value"],
            )


def test_people_of_no_known_group_are_left_out_of_the_comparison():
    frame = people()
    frame.loc[::4, "race"] = None
    found = rows_by(audit(frame, {"race": SHARES}))
    known = frame["race"].notna()
    assert found["white"]["share"] == pytest.approx((frame["race"] == "white").sum() / known.sum())
    assert np.isnan(found["(missing)"]["population"])
    assert found["(missing)"]["verdict"] == ""


def test_groups_of_numbers_and_booleans_are_known_by_their_value():
    frame = people().assign(race=lambda f: (f["race"] == "black").astype(int), sex=lambda f: f["sex"] == "woman")
    found = audit(frame, {"race": {1: 0.12, 0: 0.88}, "sex": {True: 0.5, False: 0.5}}, ("race", "sex"))
    assert rows_by(found)["1"]["population"] == 0.12
    assert rows_by(found, ("sex",))["True"]["population"] == 0.5
    assert (
        audit(frame, {"sex": {1: 0.5, 0: 0.5}}, ("sex",)).parts[0].rows
        == audit(frame, {"sex": {True: 0.5, False: 0.5}}, ("sex",)).parts[0].rows
    )


def test_without_a_population_shares_are_told_and_nothing_is_judged():
    found = audit(people(), None)
    assert part(found, "representation").sentences == (
        "No population was given, so nobody can say from these data who is missing.",
    )
    assert {row["verdict"] for row in rows_by(found).values()} == {""}
    assert sum(row["share"] for row in rows_by(found).values()) == pytest.approx(1)
    assert told(found, "representation") == []


@pytest.mark.parametrize(
    ("population", "message"),
    [
        (
            {"race": SHARES | {"white": 0.5}},
            'population of "race" sums to 0.9, not to 1. Give the share of every group, such as 0.5 and 0.5.',
        ),
        (
            {"race": {"black": 0.2, "whit": 0.6, "asian": 0.1, "other": 0.1}},
            'population of "race" lacks the group "white", which is in the data. Did you mean "whit"? '
            "Give every group its share, 0 if it has none.",
        ),
        (
            {"rase": SHARES},
            'population names "rase", which is not a sensitive feature. Did you mean "race"? Sensitive features: race.',
        ),
        ({("race", "race"): SHARES}, 'population names "race × race", the same feature twice. Name it once.'),
        ({"race": 0.5}, 'population of "race" must map each group to its share, such as 0.5.'),
        (
            {"race": SHARES | {"white": 60}},
            'population gives race="white" the share 60. Give a number from 0 to 1.',
        ),
        (
            [0.5, 0.5],
            'population must map features to groups to shares, such as {"sex": {"woman": 0.5, "man": 0.5}}.',
        ),
    ],
)
def test_what_is_no_population(population, message):
    with pytest.raises(ba.AuditError) as error:
        audit(people(), population)
    assert str(error.value) == message


def test_a_sample_of_the_population_is_seldom_called_anything_else():
    shares = {"black": 0.3, "white": 0.5, "asian": 0.05, "other": 0.15}
    alarms = sum(
        any(row["verdict"] == "shown" for row in rows_by(audit(people(500, seed), {"race": shares})).values())
        for seed in range(60)
    )
    assert alarms <= 4


def shares_of(frame, population, **more):
    audit = ba.audit_dataset(frame, label="y", sensitive_features="sex", features=[], population=population, **more)
    return {row["group"]["sex"]: row for row in part(audit, "representation").rows}


def survey(seed, women=0.15, men=0.3, rows=4_000):
    """Half are women, who answer half as often; the weights put that right."""
    rng = np.random.default_rng(seed)
    sex = np.where(rng.random(rows) < 0.5, "f", "m")
    kept = rng.random(rows) < np.where(sex == "f", women, men)
    sex = sex[kept]
    return pd.DataFrame({"sex": sex, "y": rng.integers(0, 2, len(sex)), "w": np.where(sex == "f", 1 / women, 1 / men)})


def test_survey_weights_that_are_right_show_nothing():
    """They were *shown* in 60 of 60, at a ratio of .22, since shares were of rows."""
    half = {"sex": {"f": 0.5, "m": 0.5}}
    found = [shares_of(survey(seed), half, sample_weight="w")["f"] for seed in range(8)]
    assert not [row for row in found if row["verdict"] == "shown"]
    assert np.mean([row["estimate"] for row in found]) == pytest.approx(1, abs=0.03)
    assert shares_of(survey(0), half)["f"]["verdict"] == "shown"
    assert shares_of(survey(0), {"sex": {"f": 0.7, "m": 0.3}}, sample_weight="w")["f"]["verdict"] == "shown"


def test_the_share_of_weight_has_the_variance_of_a_weighted_mean():
    frame = survey(1)
    row = shares_of(frame, None, sample_weight="w")["f"]
    weighted = DescrStatsW((frame["sex"] == "f").astype(float), weights=frame["w"])
    deviation = np.sqrt(((frame["w"] * ((frame["sex"] == "f") - weighted.mean)) ** 2).sum()) / frame["w"].sum()
    nobs = weighted.mean * (1 - weighted.mean) / deviation**2
    low, high = proportion_confint(weighted.mean * nobs, nobs, method="wilson")
    assert (row["share"], row["share_low"], row["share_high"]) == pytest.approx((weighted.mean, low, high), abs=2e-4)
    # All weights alike are none, and their scale says nothing.
    plain = shares_of(frame, None)["f"]
    for weight in (1.0, 7.0):
        same = shares_of(frame.assign(w=weight), None, sample_weight="w")["f"]
        assert same["share_low"] == pytest.approx(plain["share_low"], abs=1e-12)


def test_a_few_large_clusters_leave_little_certainty():
    rng = np.random.default_rng(4)
    sizes = np.array([400, 200, *[5] * 40])
    who = np.repeat(np.arange(len(sizes)), sizes)
    frame = pd.DataFrame({"sex": np.where(rng.random(len(sizes)) < 0.5, "f", "m")[who], "who": who, "y": 0})
    frame["y"] = rng.integers(0, 2, len(frame))
    row, plain = (shares_of(frame, None, **more)["f"] for more in ({"cluster": "who"}, {}))
    assert row["share"] == pytest.approx(plain["share"], abs=1e-12)
    assert row["share_high"] - row["share_low"] > 8 * (plain["share_high"] - plain["share_low"])
