"""Data whose label is a number: what is left at equal features, in the unit, and what is refused."""

import numpy as np
import pandas as pd
import pytest

from biasaudit import AuditError, audit_dataset


def _wages(rows=600, gap=0.0):
    rng = np.random.default_rng(0)
    sex = np.where(rng.random(rows) < 0.4, "woman", "man")
    years = rng.uniform(0, 30, rows) - 5 * (sex == "woman")
    wage = 12 + 0.5 * years + rng.normal(size=rows) - gap * (sex == "woman")
    return pd.DataFrame({"sex": sex, "years": years, "town": rng.choice(["a", "b"], rows), "wage": wage})


def _audit(table, **more):
    return audit_dataset(table, label="wage", sensitive_features="sex", unit="euros", **more)


def test_a_gap_that_features_explain_is_not_left():
    audit = _audit(_wages(), tolerance=0.5)
    left, explained = audit.part("equal_features")[["estimate", "verdict"]].itertuples(index=False)
    assert left.verdict == "not shown"
    assert explained.estimate == pytest.approx(-2.5, abs=0.5)
    assert audit.disparities("mean_outcome")["verdict"].iloc[0] == "shown"


def test_a_planted_gap_is_told_in_the_unit():
    audit = _audit(_wages(gap=3))
    row = audit.part("equal_features").iloc[0]
    assert row["verdict"] == "shown"
    # The truth lies within two intervals of this one draw.
    assert abs(row["estimate"] + 3) < row["high"] - row["low"]
    assert "euros" in next(f.sentence for f in audit.findings() if f.metric == "equal_features")
    assert "euros" in audit.to_html()


def test_strata_compare_within_them_alone():
    table = _wages(gap=3)
    table["decade"] = (table["years"] // 10).astype(int).astype(str)
    cells = table.groupby(["decade", "sex"])["wage"].agg(["mean", "size"]).unstack().dropna()
    weight = 1 / (1 / cells["size"]).sum(axis=1)
    gap = ((cells["mean"]["woman"] - cells["mean"]["man"]) * weight).sum() / weight.sum()
    assert _audit(table, strata="decade").part("equal_features")["estimate"].iloc[0] == pytest.approx(gap)


def test_a_column_that_settles_the_label_holds_nobody_equal():
    table = _wages(gap=3).assign(yearly=lambda t: 12 * t["wage"])
    assert _audit(table).part("equal_features")["verdict"].iloc[0] == "shown"


def test_counts_weights_clusters_and_missing_labels():
    table = _wages(gap=3).assign(n=1, w=1.0, firm=np.arange(600) // 5)
    table.loc[:9, "wage"] = np.nan
    alone = _audit(table[["sex", "years", "town", "wage"]]).part("equal_features")["estimate"].iloc[0]
    for role, name in (("count", "n"), ("sample_weight", "w"), ("cluster", "firm")):
        found = _audit(table[["sex", "years", "town", "wage", name]], **{role: name})
        assert found.part("equal_features")["estimate"].iloc[0] == pytest.approx(alone)


def test_verified_labels_are_of_a_yes_or_no():
    with pytest.raises(AuditError, match="verified holds labels of a yes or no"):
        _audit(_wages().assign(true="a"), verified="true")


def test_a_number_may_be_cut():
    audit = audit_dataset(_wages(gap=3), label="wage", sensitive_features="sex", positive="wage>=15")
    assert set(audit.disparities()["metric"]) == {"base_rate"}
