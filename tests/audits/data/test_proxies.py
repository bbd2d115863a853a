"""Columns that give a group away: scikit-learn's own cross-validation, a planted area, and noise."""

import numpy as np
import pandas as pd
import pytest
from data_audits import audited, part, told
from planted_data import planted
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedKFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

import biasaudit as ba

FEW = ["degree", "town", "club"]


def whole(audit):
    return next(row for row in part(audit, "proxies").rows if row["comparison"] != "nothing")


def columns(audit):
    return {row["column"]: row for row in part(audit, "proxies").rows if row["comparison"] == "nothing"}


def predicted(frame, group, method):
    model = make_pipeline(OneHotEncoder(handle_unknown="ignore"), LogisticRegression(max_iter=200, C=0.3))
    folds = StratifiedKFold(5, shuffle=True, random_state=0)
    return cross_val_predict(model, frame, group, cv=folds, method=method)


def test_the_area_is_scikit_learns_on_the_same_folds():
    frame = planted(0, proxy=0.4)
    row = whole(audited(frame, features=FEW))
    woman = (frame["sex"] == "woman").astype(int)
    score = predicted(frame[FEW], woman, "decision_function")
    assert row["group"] == {"sex": "woman"}
    assert row["auc"] == pytest.approx(roc_auc_score(woman, score), abs=1e-9)
    assert row["auc_low"] < row["auc"] < row["auc_high"]
    assert row["verdict"] == "shown"


def test_of_three_groups_each_is_told_from_all_others():
    frame, rng = planted(1), np.random.default_rng(51)
    frame["land"] = rng.choice(["a", "b", "c"], len(frame), p=[0.5, 0.3, 0.2])
    frame["town"] = np.where(rng.random(len(frame)) < 0.5, frame["land"], frame["town"])
    audit = audited(frame, sensitive_features="land", features=FEW, reference=None)
    chance = predicted(frame[FEW], frame["land"], "predict_proba")
    rows = [row for row in part(audit, "proxies").rows if row["comparison"] != "nothing"]
    assert [row["group"]["land"] for row in rows] == ["a", "b", "c"]
    for at, row in enumerate(rows):
        expected = roc_auc_score(frame["land"] == row["group"]["land"], chance[:, at])
        assert row["auc"] == pytest.approx(expected, abs=2e-3)
    # Of every feature one group is told: that which is given away most.
    ((_, sentence),) = told(audit, "proxies")
    most = max(rows, key=lambda row: row["auc"])["group"]["land"]
    assert f"they tell land = {most} from everyone else apart with AUC" in sentence


def planted_area(tell):
    """Area by hand where a club is the group's own with chance `tell`, else any of three."""
    own, any_club = tell + (1 - tell) / 3, (1 - tell) / 3
    woman, man = np.array([any_club, any_club, own]), np.array([own, any_club, any_club])
    return (woman[:, None] * man * (np.tri(3, k=-1) + np.eye(3) / 2)).sum()


@pytest.mark.parametrize("tell", [0.2, 0.5, 0.8])
def test_a_planted_area_is_found(tell):
    row = whole(audited(planted(2, rows=12_000, proxy=tell), features=["club"]))
    assert row["auc"] == pytest.approx(planted_area(tell), abs=0.012)


def test_the_interval_holds_the_planted_area_as_often_as_it_says():
    rows = [whole(audited(planted(seed, rows=1_000, proxy=0.5)[["sex", "club", "hired"]])) for seed in range(40)]
    held = sum(row["auc_low"] < planted_area(0.5) < row["auc_high"] for row in rows)
    assert 35 <= held <= 40


def test_shares_add_up_to_all_of_it():
    audit = audited(planted(0, proxy=0.6, history=2))
    found = columns(audit)
    assert set(found) == {"years", "score", "degree", "town", "club", "month"}
    assert sum(row["part"] for row in found.values()) == pytest.approx(1)
    assert min(row["part"] for row in found.values()) >= 0
    assert list(found)[:2] == ["club", "years"]
    assert found["club"]["part"] > 0.6
    assert told(audit, "proxies")[0][1].startswith(
        "Other columns give sex away: they tell the groups apart with AUC 0."
    )


def test_a_column_that_is_the_group_under_another_name():
    frame = planted(0).assign(title=lambda f: np.where(f["sex"] == "woman", "Ms", "Mr"))
    audit = audited(frame, features=["years", "title"])
    row = columns(audit)["title"]
    assert (whole(audit)["auc"], row["alone"], row["part"]) == pytest.approx((1, 1, 1), abs=0.01)
    assert told(audit, "proxies")[0][1].endswith(
        "Most of it comes from title 100.0 %. title (AUC alone 1.000) by itself is nearly sex: leaving sex out hides "
        "little."
    )
    assert "columns that give sex away" in audit.report().headline


def test_the_area_of_a_column_alone_is_that_of_its_rates():
    audit = audited(planted(3, proxy=0.5), features=["club"])
    assert columns(audit)["club"]["alone"] == pytest.approx(whole(audit)["auc"], abs=0.01)


def test_noise_gives_nothing_away():
    audits = [audited(planted(seed, rows=800)) for seed in range(200, 215)]
    assert [whole(audit)["verdict"] for audit in audits].count("shown") == 0
    verdict, sentence = told(audited(planted(0, rows=4_000)), "proxies")[0]
    assert verdict == "not shown"
    assert sentence.startswith("The other columns do not give sex away: AUC 0.5")


def test_few_rows_cannot_tell():
    verdict, sentence = told(audited(planted(0, rows=120), features=["town"]), "proxies")[0]
    assert verdict == "cannot tell"
    assert sentence.startswith("The data cannot tell whether the other columns give sex away: AUC 0.")


def test_a_column_that_gives_the_label_away_is_no_proxy():
    frame = planted(0, label=0.3).assign(paid=lambda f: np.where(f["hired"] == 1, "yes", "no"))
    assert set(columns(audited(frame, features=["years", "paid"]))) == {"years"}


def test_only_features_are_proxies_and_free_text_is_none():
    frame = planted(0).assign(note=[f"note {i}" for i in range(2_000)])
    assert set(columns(audited(frame, features=["town", "note"]))) == {"town"}


def test_a_group_of_a_few_people_is_not_rebuilt():
    frame = planted(0)
    frame.loc[:9, "sex"] = "other"
    rows = [row for row in part(audited(frame), "proxies").rows if row["comparison"] != "nothing"]
    assert [row["group"] for row in rows] == [{"sex": "woman"}]


def test_without_columns_there_is_nothing_to_rebuild_from():
    frame = planted(0)[["sex", "hired"]]
    audit = ba.audit_dataset(frame, label="hired", sensitive_features="sex")
    assert part(audit, "proxies").rows == ()
    causes = audit.causes().set_index("cause")
    assert causes.loc["proxies", "evidence"] == "There are no columns to rebuild the groups from."


def test_more_than_twenty_thousand_rows_are_sampled():
    frame = pd.concat([planted(seed, rows=7_500, proxy=0.6) for seed in range(3)], ignore_index=True)
    audit = audited(frame, features=["club"])
    assert (
        part(audit, "proxies")
        .sentences[0]
        .startswith("Cross-validated over 5 folds in 20,000 rows drawn at random, by logistic regression")
    )
    assert whole(audit)["auc"] == pytest.approx(whole(audited(frame[:20_000], features=["club"]))["auc"], abs=0.02)


def alike(seed, apart=0.0, people=300, rows=10):
    """Each person has ten rows and one value: it recognises the person, and says nothing of the group."""
    rng = np.random.default_rng(seed)
    group, who = rng.random(people) < 0.5, np.repeat(np.arange(people), rows)
    value = (rng.normal(size=people) + apart * group).round(3)
    columns = {"who": who, "group": np.where(group, "a", "b")[who], "value": value[who]}
    return pd.DataFrame(columns | {"y": rng.integers(0, 2, len(who))})


def test_whoever_is_recognised_is_not_told_by_the_group():
    """One random value a person, ten rows each, was an AUC of 0.774, and shown in 20 of 20."""
    for seed in range(3):
        row = whole(ba.audit_dataset(alike(seed), label="y", sensitive_features="group", cluster="who"))
        assert row["auc"] == pytest.approx(0.5, abs=0.12)
        assert row["verdict"] != "shown"
    ignored = whole(ba.audit_dataset(alike(0), label="y", sensitive_features="group", features=["value"]))
    assert ignored["auc"] > 0.7
    assert ignored["verdict"] == "shown"


def test_a_proxy_is_found_among_clusters_too():
    for seed in range(3):
        row = whole(ba.audit_dataset(alike(seed, apart=1.5), label="y", sensitive_features="group", cluster="who"))
        assert row["verdict"] == "shown"
        assert row["auc"] > 0.75


def test_a_cluster_a_row_is_no_cluster():
    frame = planted(0, proxy=0.4).assign(who=lambda f: np.arange(len(f)).astype(str))
    asked = {"features": FEW}
    plain, clustered = (whole(audited(frame, **asked, **more)) for more in ({}, {"cluster": "who"}))
    assert clustered["auc"] == pytest.approx(plain["auc"], abs=0.02)
    assert clustered["auc_high"] - clustered["auc_low"] == pytest.approx(plain["auc_high"] - plain["auc_low"], rel=0.1)


def test_groups_of_few_people_are_not_told():
    frame = alike(0, people=14)
    audit = ba.audit_dataset(frame, label="y", sensitive_features="group", cluster="who")
    assert not part(audit, "proxies").rows
