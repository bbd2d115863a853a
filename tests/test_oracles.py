"""Every rate against fairlearn's MetricFrame, and the laws that counting once must keep."""

import warnings

import duckdb
import fairlearn.metrics as fm
import numpy as np
import pandas as pd
import polars as pl
import pytest
import sklearn.metrics as sm
from hypothesis import given, settings, strategies as st

import biasaudit as ba
from biasaudit.metrics.rates import RATES

ORACLES = {
    "selection_rate": fm.selection_rate,
    "true_positive_rate": fm.true_positive_rate,
    "false_positive_rate": fm.false_positive_rate,
    "true_negative_rate": fm.true_negative_rate,
    "false_negative_rate": fm.false_negative_rate,
    "accuracy": sm.accuracy_score,
    "positive_predictive_value": sm.precision_score,
    "f1": sm.f1_score,
    "balanced_accuracy": sm.balanced_accuracy_score,
}


@st.composite
def tables(draw, weighted=False):
    rows = draw(st.integers(4, 60))
    seed = draw(st.integers(0, 2**32 - 1))
    rng = np.random.default_rng(seed)
    groups = rng.choice(list("abcd")[: draw(st.integers(2, 4))], rows)
    groups[:2] = ["a", "b"]
    frame = pd.DataFrame(
        {
            "g": groups,
            "y": (rng.random(rows) < rng.random()).astype(int),
            "p": (rng.random(rows) < rng.random()).astype(int),
            "s": rng.integers(0, 100, rows) / 100,
            "c": rng.integers(0, max(2, rows // 3), rows),
        }
    )
    return frame.assign(w=rng.integers(1, 5, rows) / 2) if weighted else frame


COLUMNS = {"sensitive_features": ["g"], "y_true": "y", "y_pred": "p"}


@settings(max_examples=80)
@given(tables(weighted=True), st.booleans())
def test_rates_equal_fairlearn(frame, weighted):
    audit = ba.audit_predictions(frame, **COLUMNS, sample_weight="w" if weighted else None)
    rates = audit.rates()
    sample = {name: {"sample_weight": frame["w"]} for name in ORACLES} if weighted else None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        expected = fm.MetricFrame(
            metrics=ORACLES, y_true=frame["y"], y_pred=frame["p"], sensitive_features=frame["g"], sample_params=sample
        ).by_group
    compared = 0
    for row in rates.to_dict("records"):
        # Where nobody is eligible fairlearn says 0, or scores the only class; here it is undefined.
        if row["group"] and row["metric"] in ORACLES and not np.isnan(row["estimate"]):
            assert row["estimate"] == pytest.approx(expected.loc[row["group"]["g"], row["metric"]], abs=1e-12)
            compared += 1
    assert compared


def known(table):
    return {name: column.tolist() for name, column in table.keys.items()} | {"rows": table.rows.tolist()}


def on_engine(engine, frame):
    if engine == "polars":
        return pl.from_pandas(frame)
    if engine == "lazy":
        return pl.from_pandas(frame).lazy()
    if engine == "pyarrow":
        return pl.from_pandas(frame).to_arrow()
    if engine == "duckdb":
        return duckdb.connect().from_df(frame)
    return frame


@pytest.mark.parametrize("engine", ["pandas", "polars", "lazy", "pyarrow", "duckdb"])
@pytest.mark.parametrize(
    "more", [{}, {"cluster": "c"}, {"sample_weight": "w"}, {"y_pred": None, "score": "s", "threshold": 0.29}]
)
def test_two_halves_add_to_the_whole_on_every_engine(engine, more):
    rng = np.random.default_rng(5)
    rows = 400
    frame = pd.DataFrame(
        {
            "g": rng.choice(["a", "b", None], rows),
            "y": rng.integers(0, 2, rows),
            "p": rng.integers(0, 2, rows),
            "s": rng.integers(0, 100, rows) / 100,
            "c": rng.integers(0, 40, rows).astype(str),
            "w": rng.integers(1, 5, rows) / 2,
        }
    )
    arguments = COLUMNS | more
    whole = ba.count(frame, **arguments)
    halves = [ba.count(on_engine(engine, half), **arguments) for half in (frame[:150], frame[150:])]
    added = halves[0] + halves[1]
    assert known(added) == known(whole)
    assert known(ba.count(on_engine(engine, frame), **arguments)) == known(whole)
    if "sample_weight" in more:
        assert added.weight == pytest.approx(whole.weight)
        assert added.weight_squared == pytest.approx(whole.weight_squared)


@settings(max_examples=30)
@given(tables(), st.integers(0, 2**32 - 1))
def test_shuffling_changes_nothing(frame, seed):
    shuffled = frame.sample(frac=1, random_state=seed)
    assert known(ba.count(shuffled, **COLUMNS, cluster="c")) == known(ba.count(frame, **COLUMNS, cluster="c"))


@settings(max_examples=30)
@given(tables())
def test_weights_of_one_change_nothing(frame):
    plain = ba.audit_predictions(frame, **COLUMNS)
    weighted = ba.audit_predictions(frame.assign(one=1.0), **COLUMNS, sample_weight="one")
    pd.testing.assert_frame_equal(plain.disparities(), weighted.disparities())
    pd.testing.assert_frame_equal(plain.rates(), weighted.rates())


@settings(max_examples=30)
@given(tables())
def test_renaming_groups_renames_them(frame):
    names = {"a": "z", "b": "y", "c": "x", "d": "w"}
    renamed = frame.assign(g=frame["g"].map(names))
    first, second = (ba.audit_predictions(f, **COLUMNS).rates() for f in (frame, renamed))
    keyed = [
        {(m, tuple(g.values())): (e, low, high) for m, g, e, low, high in zip(*columns, strict=True)}
        for columns in ([t[c] for c in ("metric", "group", "estimate", "low", "high")] for t in (first, second))
    ]
    for (metric, group), values in keyed[0].items():
        np.testing.assert_array_equal(values, keyed[1][metric, tuple(names[g] for g in group)])


@settings(max_examples=30)
@given(tables())
def test_swapping_the_reference_mirrors_the_pair(frame):
    frame = frame[frame["g"].isin(["a", "b"])]
    found = []
    for reference in "ab":
        table = ba.audit_predictions(frame, **COLUMNS, reference={"g": reference}).disparities()
        found.append(table[table["kind"] == "pair"].reset_index(drop=True))
    one, other = found
    plain = one["comparison"] == "difference"
    np.testing.assert_allclose(one["estimate"][plain], -other["estimate"][plain], atol=1e-12)
    np.testing.assert_allclose(one["low"][plain], -other["high"][plain], atol=1e-9)
    with np.errstate(divide="ignore"):
        mirrored = 1 / other["estimate"][~plain]
    both = np.isfinite(mirrored) & np.isfinite(one["estimate"][~plain])
    np.testing.assert_allclose(one["estimate"][~plain][both], mirrored[both])
    np.testing.assert_allclose(one["p_value"], other["p_value"], rtol=1e-6)


@settings(max_examples=30)
@given(tables(), st.integers(2, 5))
def test_repeating_rows_keeps_rates_and_narrows_intervals(frame, times):
    once, often = (ba.audit_predictions(f, **COLUMNS).rates() for f in (frame, pd.concat([frame] * times)))
    np.testing.assert_allclose(once["estimate"], often["estimate"])
    defined = once["low"].notna() & (once["metric"] != "treatment_equality")
    width = (once["high"] - once["low"])[defined]
    assert ((often["high"] - often["low"])[defined] < width + 1e-12).all()


@given(st.lists(st.integers(0, 50), min_size=4, max_size=4))
def test_complements_add_to_one(cells):
    values = {rate.name: float(rate.estimate(np.array(cells, dtype=float))) for rate in RATES}
    for rate in RATES:
        if rate.complement and not np.isnan(values[rate.name]):
            assert values[rate.name] + values[rate.complement] == pytest.approx(1)
        if np.isnan(values[rate.name]):
            assert rate.denominator(np.array(cells)) == 0


@settings(max_examples=30)
@given(tables(), st.integers(1, 99))
def test_a_threshold_on_the_bins_equals_one_on_the_rows(frame, percent):
    arguments = {"sensitive_features": ["g"], "y_true": "y", "score": "s"}
    swept = ba.count(frame, **arguments).at_threshold(percent / 100)
    counted = ba.count(frame, **arguments, threshold=percent / 100)
    assert known(swept) == known(counted)
    by_hand = frame.assign(p=(frame["s"] >= percent / 100).astype(int)).groupby("g")["p"].sum()
    rolled = swept.rollup(["g"]).without_scores()
    positive = {swept.levels[0][g]: 0 for g in range(len(swept.levels[0]))}
    for g, p, n in zip(rolled.group, rolled.y_pred, rolled.rows, strict=True):
        positive[rolled.levels[0][g]] += int(p * n)
    assert positive == by_hand.to_dict()
