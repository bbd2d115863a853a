import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings, strategies as st
from moment_tables import COLUMNS, EVERYTHING, numbers, people, same

import biasaudit as ba
from biasaudit.counts.moments._merging import about_pivots
from biasaudit.counts.moments.counting import count_moments

VARIABLES = ("outcome", "prediction", "error", "absolute_error", "squared_error")


def variables(frame):
    error = frame["p"] - frame["y"]
    return [frame["y"], frame["p"], error, error.abs(), error**2]


def test_sums_are_those_of_numpy_on_values_less_the_pivot():
    frame = people().to_pandas()
    table = numbers(frame, **EVERYTHING)
    assert table.variables == VARIABLES
    frame["g"] = frame["g"].fillna("(missing)")
    used = frame[frame["y"].notna() & frame["p"].notna()]
    for cell in range(len(table.rows)):
        group = table.groups[table.group[cell]]
        name = table.cluster_names[table.cluster[cell]]

        def mine(rows, group=group, name=name):
            return rows[(rows["g"] == group["g"]) & (rows["h"] == group["h"]) & (rows["k"].astype(str) == name)]

        rows, count, weight = mine(used), mine(used)["c"], mine(used)["w"]
        assert table.rows[cell] == count.sum()
        assert table.left_out[cell] == mine(frame)["c"].sum() - count.sum()
        assert table.weight[cell] == (count * weight).sum()
        assert table.weight_squared[cell] == (count * weight**2).sum()
        centred = [values - pivot for values, pivot in zip(variables(rows), table.pivots, strict=True)]
        for i, values in enumerate(centred):
            sums = [(count * weight * values**k).sum() for k in (1, 2, 3)]
            np.testing.assert_allclose(table.sums[i, :, cell], sums, rtol=1e-9, atol=1e-9)
            squared = [(count * weight**2 * values**k).sum() for k in (1, 2)]
            np.testing.assert_allclose(table.squared_sums[i, :, cell], squared, rtol=1e-9, atol=1e-9)
        error = (rows["p"] - rows["y"]) ** 2
        products = [(count * weight * error * centred[0] ** k).sum() for k in (1, 2)]
        np.testing.assert_allclose(table.products[:, cell], products, rtol=1e-9, atol=1e-9)
    assert table.n == frame["c"].sum()


def moments(table, i):
    """Mean, variance and third central moment of everyone, of one variable."""
    total = table.rollup([]).without_clusters()
    first, second, third = total.sums[i, :, 0] / (total.rows[0] if total.weight is None else total.weight[0])
    return table.pivots[i] + first, second - first**2, third - 3 * first * second + 2 * first**3


def test_a_billion_with_a_deviation_of_one_loses_no_digit():
    frame = people().to_pandas().dropna()
    table = numbers(frame, **COLUMNS)
    for i, values in enumerate(variables(frame)):
        shift = values.to_numpy()[0]
        centred = values.to_numpy() - shift
        mean, variance, third = moments(table, i)
        assert mean - shift == pytest.approx(centred.mean(), rel=1e-6, abs=1e-6)
        assert variance == pytest.approx(centred.var(), rel=1e-9)
        assert third == pytest.approx(((centred - centred.mean()) ** 3).mean(), rel=1e-9)


def test_errors_far_from_zero_lose_no_digit():
    rng = np.random.default_rng(1)
    frame = pd.DataFrame({"g": ["a", "b"] * 500, "y": rng.normal(size=1_000)})
    frame["p"] = frame["y"] + 1e8 + rng.normal(size=1_000)
    table = numbers(frame, sensitive_features="g", y_true="y", y_pred="p")
    error = (frame["p"] - frame["y"]).to_numpy()
    assert moments(table, 2)[1] == pytest.approx((error - 1e8).var(), rel=1e-9)
    assert moments(table, 3)[1] == pytest.approx((error - 1e8).var(), rel=1e-9)
    assert moments(table, 4)[1] == pytest.approx((error**2 - 1e16).var(), rel=1e-6)


def test_a_value_far_out_takes_no_digit_from_the_others():
    frame = pd.DataFrame({"g": ["a", "b"] * 500, "y": np.random.default_rng(2).normal(20, 3, 1_000)})
    clean = numbers(frame, sensitive_features="g", y_true="y")
    frame.loc[1, "y"] = 1e13
    table = numbers(frame, sensitive_features="g", y_true="y")
    found = about_pivots(table, clean.pivots)
    np.testing.assert_allclose(found.sums[..., 0], clean.sums[..., 0], rtol=1e-9, atol=1e-9)


def test_one_value_has_no_spread():
    table = numbers(pd.DataFrame({"g": ["a", "b"], "y": [0.1, 0.1]}), sensitive_features="g", y_true="y")
    assert table.pivots.tolist() == [0.1]
    assert not table.sums.any()


def test_control_features_make_strata():
    frame = people().to_pandas()
    by_hand = [numbers(frame[frame["h"] == level], sensitive_features="g", y_true="y") for level in "xy"]
    audit_columns = {"features": ["g"], "declared": {}, "y_true": "y", "controls": ["h"]}
    table = count_moments(nw.from_native(frame), **audit_columns).table
    assert [dict(names) for names in table.strata] == [{"h": "x"}, {"h": "y"}]
    for i, expected in enumerate(by_hand):
        found = about_pivots(table.in_stratum(i), expected.pivots)
        np.testing.assert_allclose(found.sums, expected.sums, rtol=1e-9, atol=1e-9)
        assert found.histograms == {}
    same(table.without_strata(), numbers(frame, sensitive_features="g", y_true="y"), 1e-9)


def test_rolled_up_is_counted_by_fewer_features():
    frame = people()
    same(numbers(frame, **EVERYTHING).rollup(["h"]), numbers(frame, **EVERYTHING | {"sensitive_features": "h"}))
    same(
        numbers(frame, **EVERYTHING).rollup(["h", "g"]),
        numbers(frame, **EVERYTHING | {"sensitive_features": ["h", "g"]}),
    )
    same(numbers(frame, **EVERYTHING).without_clusters(), numbers(frame, **EVERYTHING | {"cluster": None}))


def test_a_score_stands_in_for_the_prediction():
    asked = {name: value for name, value in COLUMNS.items() if name != "y_pred"}
    same(numbers(people(), **COLUMNS), numbers(people(), **asked, score="p"))


def test_any_order_of_the_rows_gives_the_same():
    frame = people()
    table = numbers(frame, **EVERYTHING)
    shuffled = numbers(frame.sample(fraction=1, shuffle=True, seed=3), **EVERYTHING)
    assert shuffled.pivots.tolist() == table.pivots.tolist()
    same(table, shuffled)


@pytest.mark.parametrize("asked", [COLUMNS, EVERYTHING, {"sensitive_features": ["g"], "y_true": "grade"}])
def test_halves_add_to_the_whole(asked):
    frame = people()
    one, other = numbers(frame[:150], **asked), numbers(frame[150:], **asked)
    assert one.pivots.tolist() != other.pivots.tolist()
    same(numbers(frame, **asked), one + other, 1e-9)
    same(one + other, other + one)


rows = st.lists(
    st.tuples(
        st.sampled_from("ab"),
        st.one_of(st.none(), st.integers(-50, 50).map(lambda n: n / 4)),
        st.integers(0, 6).map(lambda n: n / 2),
        st.integers(0, 3),
    ),
    min_size=1,
    max_size=12,
)


@settings(max_examples=40)
@given(rows, rows)
def test_law_of_addition(first, second):
    """What is counted of two tables together is the sum of what is counted of each."""

    def table(rows):
        schema = {"g": pl.String, "y": pl.Float64, "w": pl.Float64, "c": pl.Int64}
        frame = pl.DataFrame(rows, schema=schema, orient="row")
        try:
            return numbers(frame, sensitive_features="g", y_true="y", sample_weight="w", count="c")
        except ba.AuditError:
            return None

    tables = [table(rows) for rows in (first, second, [*first, *second])]
    if all(tables):
        same(tables[2], tables[0] + tables[1], 1e-9)


def test_tables_of_other_things_do_not_add():
    one = numbers(people(), **COLUMNS)
    for other, what in (
        (numbers(people(), **COLUMNS | {"y_pred": None}), "variables differ"),
        (numbers(people(), **COLUMNS | {"sensitive_features": "g"}), "sensitive features differ"),
        (numbers(people(), **COLUMNS | {"sample_weight": "w"}), "columns differ"),
    ):
        with pytest.raises(ba.AuditError, match=f"^These tables cannot be added: their {what}"):
            one + other
    with pytest.raises(TypeError):
        one + 1


def test_what_a_table_says_of_itself():
    assert repr(numbers(people(), **EVERYTHING)) == (
        "MomentTable of 433 rows by g (3), h (2), with outcomes, predictions, clusters, weights"
    )
    with pytest.raises(ba.AuditError, match=r'^"x" is not a sensitive feature of this table\.'):
        numbers(people(), **COLUMNS).rollup(["x"])
