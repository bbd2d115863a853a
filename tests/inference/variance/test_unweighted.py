"""What is measured of several tables at once is, to the last digit, what is measured of each by itself."""

from dataclasses import fields, replace

import numpy as np
import pandas as pd
import pytest

import biasaudit as ba
from biasaudit.audits.families import everyone, families
from biasaudit.counts import arrays
from biasaudit.inference.variance.effective import Shares, concat_shares, split_shares
from biasaudit.inference.variance.unweighted import Unweighted


def people(rows, seed=0):
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame({"a": rng.choice(list("wxyz"), rows), "b": rng.choice(["F", "M"], rows)})
    frame["y"], frame["p"] = rng.integers(0, 2, rows), rng.integers(0, 2, rows)
    # A group without labels of one kind, and one whose predictions are missing.
    frame.loc[frame["a"] == "w", "y"] = 1
    frame["p"] = frame["p"].astype(float).where(frame["a"] != "x")
    return frame.assign(s=rng.random(rows).round(2), w=rng.uniform(0.5, 2, rows), c=rng.integers(0, rows // 4, rows))


@pytest.mark.parametrize("score", [None, "s"])
@pytest.mark.parametrize("rows", [40, 3_000])
def test_as_each_by_itself(rows, score):
    table = ba.count(people(rows), sensitive_features=["a", "b"], y_true="y", y_pred="p", score=score)
    splits = families(table, {})
    for together in (everyone(table, splits), *splits):
        assert together.unweighted is not None
        alone = replace(together, unweighted=None)
        for side in ("shares", "rest"):
            for field in fields(Shares):
                found, expected = (getattr(getattr(one, side), field.name) for one in (together, alone))
                np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("brought", [{"sample_weight": "w"}, {"cluster": "c"}])
def test_weights_and_clusters_are_measured_split_by_split(brought):
    table = ba.count(people(400), sensitive_features=["a", "b"], y_true="y", y_pred="p", **brought)
    assert not Unweighted.holds(table)
    assert all(family.unweighted is None for family in families(table, {}))


def test_what_is_put_side_by_side_is_taken_apart():
    parts = [Shares(*(np.full((2, size), float(size + i)) for i in range(5))) for size in (1, 3, 2)]
    for one, other in zip(split_shares(concat_shares(parts), [1, 3, 2]), parts, strict=True):
        assert all(np.array_equal(getattr(one, f.name), getattr(other, f.name)) for f in fields(Shares))


def test_cells_are_merged_alike_however_many_combinations_there_could_be(monkeypatch):
    table = ba.count(people(300), sensitive_features=["a", "b"], y_true="y", y_pred="p", score="s", cluster="c")
    expected = table.rollup(["a"])
    monkeypatch.setattr(arrays, "MAX_KEY", 10)
    found = table.rollup(["a"])
    for name in ("group", "rows", "y_true", "y_pred", "score_bin", "cluster"):
        np.testing.assert_array_equal(getattr(found, name), getattr(expected, name))


def test_pandas_counts_by_codes_what_another_engine_groups(monkeypatch):
    frame = people(500)
    asked = {"sensitive_features": ["a", "b"], "y_true": "y", "y_pred": "p"}
    found = ba.count(frame, **asked)
    monkeypatch.setattr("biasaudit.counts._grouping.MAX_CELLS", 1)
    grouped = ba.count(frame, **asked)
    assert found.levels == grouped.levels
    for name in ("group", "rows", "y_true", "y_pred"):
        np.testing.assert_array_equal(getattr(found, name), getattr(grouped, name))
