"""Gaps at equal features: Mantel and Haenszel's by statsmodels, planted gaps, and what cannot be compared."""

import numpy as np
import pandas as pd
import pytest
from data_audits import audited, part, told
from planted_data import planted
from statsmodels.stats.contingency_tables import StratifiedTable

import biasaudit as ba


def strata_tables(frame, strata, group="sex", label="hired", first="woman"):
    """2 x 2 tables of group by label, of strata that hold both groups."""
    tables = []
    for _, inside in frame.groupby(strata, dropna=False):
        one, other = inside[inside[group] == first], inside[inside[group] != first]
        if len(one) and len(other):
            tables.append([[int((rows[label] == value).sum()) for value in (1, 0)] for rows in (one, other)])
    return tables


@pytest.mark.parametrize("strata", [["degree", "town"], ["degree"], "club"])
def test_strata_of_the_user_give_what_statsmodels_gives(strata):
    frame = planted(0, unmeasured=0.8)
    row, explained = part(audited(frame, strata=strata), "equal_features").rows
    tables = strata_tables(frame, strata)
    expected = StratifiedTable([np.array(table) for table in tables])
    assert row["strata"] == len(tables)
    assert row["odds_ratio"] == pytest.approx(expected.oddsratio_pooled)
    assert (row["odds_low"], row["odds_high"]) == pytest.approx(expected.oddsratio_pooled_confint())
    assert row["p_value"] == pytest.approx(expected.test_null_odds(correction=False).pvalue)
    # Mantel and Haenszel's difference by hand: each stratum weighs n1 * n2 / n.
    weigh = [sum(one) * sum(other) / (sum(one) + sum(other)) for one, other in tables]
    gaps = [one[0] / sum(one) - other[0] / sum(other) for one, other in tables]
    assert row["estimate"] == pytest.approx(np.average(gaps, weights=weigh))
    rate = frame.groupby("sex")["hired"].mean()
    assert row["estimate"] + explained["estimate"] == pytest.approx(rate["woman"] - rate["man"])
    assert row["used"] == explained["used"] == tuple([strata] if isinstance(strata, str) else strata)


def test_missing_values_are_a_stratum_of_their_own():
    frame = planted(1, label=0.3)
    frame["degree"] = frame["degree"].where(np.arange(len(frame)) % 5 > 0)
    row = part(audited(frame, strata="degree"), "equal_features").rows[0]
    tables = strata_tables(frame, "degree")
    assert row["strata"] == len(tables) == 4
    assert row["odds_ratio"] == pytest.approx(StratifiedTable([np.array(t) for t in tables]).oddsratio_pooled)


def test_strata_may_be_no_feature():
    found = part(audited(planted(0), features=["years"], strata="town"), "equal_features")
    assert found.sentences == (
        "By sex, people are alike who share town. Each stratum is weighed by what it can tell (Mantel and Haenszel); "
        "what no column holds is not made alike. years was measured and is not held equal: add to strata= what "
        "belongs there, and to after_decision= what came later.",
    )


@pytest.mark.parametrize("seed", range(3))
def test_a_gap_by_years_is_explained(seed):
    adjusted, explained = part(audited(planted(seed, rows=4_000, history=4)), "equal_features").rows
    assert (explained["what"], explained["verdict"]) == ("explained by features", "shown")
    assert explained["high"] < -0.03
    assert adjusted["verdict"] != "shown"
    assert abs(adjusted["estimate"]) < 0.04
    assert {"years", "score", "degree"} >= set(adjusted["used"]) > {"years"}


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("bias", [{"unmeasured": 0.8}, {"label": 0.3}])
def test_a_gap_that_no_feature_holds_remains(seed, bias):
    audit = audited(planted(seed, **bias))
    adjusted, explained = part(audit, "equal_features").rows
    assert adjusted["verdict"] == "shown"
    assert adjusted["high"] < -0.05
    assert explained["verdict"] != "shown"
    ((verdict, sentence),) = told(audit, "equal_features")
    assert verdict == "shown"
    assert sentence.startswith("sex = woman against sex = man, among people with equal score, ")
    assert sentence.endswith(
        "That is label bias or a cause that nobody measured, or measured wrongly: these data alone cannot tell which."
    )


def test_a_gap_that_is_there_both_ways_is_split():
    frame = planted(0, rows=8_000, history=4, unmeasured=0.8)
    adjusted, explained = part(audited(frame), "equal_features").rows
    assert adjusted["verdict"] == explained["verdict"] == "shown"
    # What each of the two makes by itself, the other being absent.
    alone = [
        planted(0, rows=8_000, **bias).groupby("sex")["hired"].mean() for bias in ({"history": 4}, {"unmeasured": 0.8})
    ]
    assert explained["estimate"] == pytest.approx(alone[0]["woman"] - alone[0]["man"], abs=0.025)
    assert adjusted["estimate"] == pytest.approx(alone[1]["woman"] - alone[1]["man"], abs=0.025)


def test_columns_that_tell_nothing_make_nobody_alike():
    found = part(audited(planted(0)[["sex", "town", "club", "hired"]]), "equal_features")
    assert found.rows == ()
    assert found.sentences == ("By sex, no column tells enough of the label to compare like with like.",)


def test_a_column_that_gives_the_label_away_is_no_stratum():
    frame = planted(0, label=0.3).assign(paid=lambda f: np.where(f["hired"] == 1, "yes", "no"))
    audit = audited(frame, features=["years", "score", "degree", "paid"])
    assert "paid" not in part(audit, "equal_features").rows[0]["used"]
    assert [row["what"] for row in part(audit, "artefacts").rows if row["column"] == "paid"] == ["gives the label away"]


def test_nobody_to_compare():
    frame = planted(0).assign(club=lambda f: np.where(f["sex"] == "woman", "choir", "hockey"))
    audit = audited(frame, strata="club")
    row = part(audit, "equal_features").rows[0]
    assert (row["strata"], row["verdict"]) == (0, "cannot tell")
    assert np.isnan(row["estimate"])
    assert told(audit, "equal_features") == [
        (
            "cannot tell",
            "sex = woman against sex = man, among people with equal club: the data cannot tell, "
            "since no stratum holds both groups.",
        )
    ]


def test_each_group_is_held_against_the_reference():
    frame = planted(0, rows=3_000)
    frame["land"] = np.random.default_rng(1).choice(["a", "b", "c"], len(frame), p=[0.2, 0.5, 0.3])
    frame.loc[:4, "land"] = "d"
    found = part(audited(frame, sensitive_features="land", reference={"land": "c"}, strata="degree"), "equal_features")
    # Five people of "d" are too few for a pair.
    assert [(row["group"]["land"], row["reference"]["land"]) for row in found.rows[::2]] == [("a", "c"), ("b", "c")]
    for row in found.rows[::2]:
        two = frame[frame["land"].isin([row["group"]["land"], "c"])]
        tables = strata_tables(two, "degree", "land", first=row["group"]["land"])
        assert row["odds_ratio"] == pytest.approx(StratifiedTable([np.array(t) for t in tables]).oddsratio_pooled)


def test_numbers_are_cut_so_that_most_people_can_be_compared():
    # 50 bins of each number would set nearly everybody apart; a coarser cut leaves somebody to compare with.
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({f"x{i}": rng.normal(size=1_500) for i in range(5)})
    frame["sex"] = rng.choice(["man", "woman"], 1_500)
    frame["hired"] = (frame.sum(axis=1, numeric_only=True) + rng.normal(size=1_500) > 0).astype(int)
    audit = ba.audit_dataset(frame, label="hired", sensitive_features="sex", reference={"sex": "man"})
    adjusted = part(audit, "equal_features").rows[0]
    assert len(adjusted["used"]) == 2
    assert 30 < adjusted["strata"] < 400
    assert adjusted["verdict"] != "shown"
