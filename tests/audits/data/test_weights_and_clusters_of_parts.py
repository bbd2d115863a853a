"""The parts of an audit of data where rows carry weights or come in clusters: said twice is not twice as sure."""

import numpy as np
import pandas as pd
import pytest

import biasaudit as ba
from biasaudit.audits.data.counts import cluster_evidence
from biasaudit.inference.intervals.calibration import rows_in_bins

TABLES = 40
NUMBERS = ("estimate", "low", "high", "p_value", "verify", "gap", "first_low", "second_high", "auc_low", "share_high")


def people(rows=600, seed=0):
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {
            "sex": rng.choice(["f", "m"], rows),
            "town": rng.choice(["east", "west"], rows),
            "degree": rng.integers(0, 3, rows),
            "weight": rng.uniform(0.5, 1.5, rows),
        }
    )
    gap = np.where((frame["sex"] == "f") & (frame["town"] == "east"), 0.35, 0.5)
    return frame.assign(hired=(rng.random(rows) < gap).astype(int), years=rng.integers(0, 9, rows).astype(float))


def parts(frame, **asked):
    features = {"sensitive_features": ["sex", "town"], "features": ["degree", "years"], "strata": "degree"}
    audit = ba.audit_dataset(frame, label="hired", **features, **asked)
    return {part.name: part.rows for part in audit.parts}


def same(found, expected, rel=1e-9):
    assert found.keys() == expected.keys()
    for name, rows in found.items():
        assert len(rows) == len(expected[name]), name
        for one, other in zip(rows, expected[name], strict=True):
            for number in NUMBERS:
                if number in one:
                    assert one[number] == pytest.approx(other[number], rel=rel, nan_ok=True), (name, number)


def test_weights_in_other_units_change_nothing():
    frame = people()
    asked = {"sample_weight": "weight", "population": {"sex": {"f": 0.5, "m": 0.5}}}
    found = parts(frame, **asked)
    assert {"representation", "equal_features", "interplay", "proxies", "label_errors"} <= {
        k for k, v in found.items() if v
    }
    same(parts(frame.assign(weight=frame["weight"] * 1_000), **asked), found)


def test_weights_that_are_alike_are_none():
    frame = people()
    found, plain = parts(frame.assign(weight=7.0), sample_weight="weight"), parts(frame)
    for name in ("interplay", "label_errors", "equal_features"):
        same({name: found[name]}, {name: plain[name]})


def test_a_gap_within_groups_is_no_surer_where_each_row_stands_there_five_times():
    frame = people(300).assign(who=np.arange(300))
    once, five = parts(frame, cluster="who"), parts(pd.concat([frame] * 5), cluster="who")
    for name in ("interplay", "label_errors"):
        (one, *_), (other, *_) = once[name], five[name]
        assert other["high"] - other["low"] == pytest.approx(one["high"] - one["low"], rel=0.05), name
    naive, one = parts(pd.concat([frame] * 5))["interplay"][0], once["interplay"][0]
    assert naive["high"] - naive["low"] < 0.6 * (one["high"] - one["low"])


def test_evidence_of_clusters_is_that_of_alike_rows():
    assert cluster_evidence([5] * 20) == 0.2
    # One person of 100 rows and 100 of one are as good as four people, not as 101.
    assert 200 * cluster_evidence([100, *[1] * 100]) == pytest.approx(200**2 / (100**2 + 100))


def test_missing_values_of_few_large_clusters_are_rarely_shown():
    """Every person lacks a value or has it, whatever the group; some have many rows."""
    small = 0
    for seed in range(TABLES):
        rng = np.random.default_rng([18, seed])
        rows = np.ceil(rng.lognormal(2, 1.2, 80)).astype(int)
        who = np.repeat(np.arange(80), rows)
        lacks, group = rng.random(80) < 0.3, rng.choice(["f", "m"], 80)
        frame = pd.DataFrame({"who": who, "sex": group[who], "years": np.where(lacks[who], np.nan, 3.0)})
        frame["hired"] = rng.integers(0, 2, len(who))
        audit = ba.audit_dataset(frame, label="hired", sensitive_features="sex", features=["years"], cluster="who")
        (row,) = (row for part in audit.parts if part.name == "missing" for row in part.rows)
        small += row["p_value"] <= 0.05
    # A level of 5 % and two standard errors; a third where each person counts as one, however many the rows.
    assert small <= TABLES * (0.05 + 2 * (0.05 * 0.95 / TABLES) ** 0.5)


def scored(rows=400, seed=5):
    rng = np.random.default_rng(seed)
    frame = people(rows, seed).assign(score=rng.random(rows).round(2), who=rng.integers(0, 40, rows))
    return frame.assign(hired=(rng.random(rows) < frame["score"]).astype(int))


ASKED = {"y_true": "hired", "score": "score", "sensitive_features": "sex"}


def test_how_scores_read_is_no_surer_in_other_units_or_in_rows_of_the_same_people():
    frame = scored()
    plain = ba.audit_thresholds(frame, **ASKED).calibration()
    heavy = ba.audit_thresholds(frame.assign(weight=50.0), **ASKED, sample_weight="weight").calibration()
    pd.testing.assert_frame_equal(heavy[["estimate", "low", "high"]], plain[["estimate", "low", "high"]])
    twice = pd.concat([frame.assign(who=np.arange(len(frame)))] * 2)
    found = ba.audit_thresholds(twice, **ASKED, cluster="who").calibration()
    assert found["denominator"].tolist() == (2 * plain["denominator"]).tolist()
    pd.testing.assert_frame_equal(found[["estimate", "low", "high"]], plain[["estimate", "low", "high"]])


def test_the_calibration_error_counts_people_who_are_there_twice_once():
    frame = scored()
    predicted = {**ASKED, "y_pred": "guess", "score": "score"}
    once, twice = (
        ba.audit_predictions(rows.assign(guess=(rows["score"] > 0.5).astype(int)), **predicted, cluster="who").rates()
        for rows in (frame.assign(who=np.arange(400)), pd.concat([frame.assign(who=np.arange(400))] * 2))
    )
    one, other = (rates[rates["metric"] == "calibration_error"] for rates in (once, twice))
    assert len(one) == 3
    np.testing.assert_allclose(other[["low", "high"]], one[["low", "high"]])


def test_rows_in_bins_by_hand():
    frame = pd.DataFrame({"g": "a", "y": 0, "s": [0.1, 0.1, 0.15, 0.9], "who": list("xxyx"), "w": [1.0, 2, 4, 5]})
    frame = pd.concat([frame, frame.assign(g="b", who="z")])
    table = ba.count(frame, sensitive_features="g", y_true="y", score="s", cluster="who", sample_weight="w")
    wide = (table.bin_scores > 0.5).astype(int)
    # Below: x weighs 3, y 4, (3 + 4)² / (3² + 4²); b is one person.
    np.testing.assert_allclose(rows_in_bins(table, wide), [[49 / 25, 1], [1, 1]])


def test_shares_of_the_data_rest_on_people():
    frame = people(300).assign(who=np.arange(300))
    share = {
        times: ba.audit_predictions(pd.concat([frame] * times), sensitive_features="sex", y_pred="hired", cluster="who")
        .rates()
        .query("metric == 'share_of_data'")
        for times in (1, 6)
    }
    assert share[6]["numerator"].tolist() == (6 * share[1]["numerator"]).tolist()
    np.testing.assert_allclose(
        share[6][["estimate", "low", "high"]].astype(float),
        share[1][["estimate", "low", "high"]].astype(float),
        rtol=1e-3,
    )
