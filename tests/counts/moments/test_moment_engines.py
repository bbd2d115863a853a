import duckdb
import narwhals.stable.v2 as nw
import numpy as np
import polars as pl
import pytest
from moment_tables import COLUMNS, EVERYTHING, numbers, people, same

from biasaudit.counts.engines import collected
from biasaudit.counts.moments import _grouping
from biasaudit.counts.moments.bins import bin_bounds, bin_key, bin_number
from every_engine import FILES, FRAMES, on_engine

ASKED = {"plain": COLUMNS, "everything": EVERYTHING, "grades": COLUMNS | {"y_true": "grade", "y_pred": None}}


@pytest.mark.parametrize("engine", [*FRAMES, *FILES])
def test_every_engine_sums_the_same(engine, tmp_path):
    for asked in ASKED.values():
        same(numbers(people().to_pandas(), **asked), numbers(on_engine(engine, people(), tmp_path), **asked))


@pytest.mark.parametrize("engine", ["pandas", "polars", "pyarrow"])
def test_rows_in_memory_are_summed_in_blocks(engine, tmp_path, monkeypatch):
    whole = numbers(people(), **EVERYTHING)
    monkeypatch.setattr(_grouping, "BLOCK", 90)
    same(whole, numbers(on_engine(engine, people(), tmp_path), **EVERYTHING))


def hard_numbers():
    """Edges of bins and their neighbours on both sides, zeros, and numbers near the ends of what floats hold."""
    exponents = np.array([-1074, -1060, -1022, -997, -167, -3, -1, 0, 1, 9, 30, 160])
    steps = np.array([64.0, 65, 96, 127])
    middles = np.ldexp(np.repeat(steps, len(exponents)), np.tile(exponents, len(steps)))
    low, high = bin_bounds(bin_number(middles))
    plain = np.concatenate([middles, low, high, [0.0, 5e-324, 1e-310, 1e-300, 1e50, 0.29, 0.3, 7.25]])
    values = np.concatenate([plain, np.nextafter(plain, np.inf), np.nextafter(plain, -np.inf)])
    return np.concatenate([values, -values])


@pytest.mark.parametrize("engine", FRAMES)
def test_every_engine_has_the_same_bins(engine, tmp_path):
    values = hard_numbers()
    frame = pl.DataFrame({"x": values, "i": np.arange(len(values))})
    key = bin_key(nw.col("x")).alias("key")
    rows = collected(nw.from_native(on_engine(engine, frame, tmp_path)).select(key, "i"))
    order = np.argsort(rows["i"].to_numpy())
    np.testing.assert_array_equal(np.asarray(rows["key"].to_numpy())[order], bin_key(values))


def test_bins_rise_with_their_values_and_hold_them():
    values = np.sort(hard_numbers())
    number = bin_number(values)
    assert (np.diff(number) >= 0).all()
    low, high = bin_bounds(number)
    assert ((low <= values) & (values <= high)).all()
    assert (bin_number(-values) == -number).all()
    wide = np.abs(values) > 1e-290
    assert ((high - low)[wide] <= np.abs(values[wide]) / 63).all()


def test_a_number_is_in_the_middle_of_its_bin():
    assert bin_number([0.0, -0.0]).tolist() == [0, 0]
    assert np.diff(bin_number([1.0, 2.0, 4.0, 8.0])).tolist() == [64] * 3


def test_zero_and_minus_zero_are_one_value():
    frame = pl.DataFrame({"g": ["a"] * 4 + ["b"], "y": [0.0, -0.0, 1.0, -0.0, 2.0]})
    for table in (frame, frame.to_pandas(), frame.to_arrow(), duckdb.from_arrow(frame.to_arrow())):
        bins = numbers(table, sensitive_features="g", y_true="y").histograms["outcome"]
        assert (bins.low.tolist(), bins.rows.tolist(), bins.exact) == ([0.0, 1.0, 2.0], [3, 1, 1], True)
