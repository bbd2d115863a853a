from datetime import date

import duckdb
import pandas as pd
import polars as pl
import pytest
from moment_tables import numbers

import biasaudit as ba
from every_engine import on_engine

INF = float("inf")


def refused(column, engine=pl.DataFrame, **more):
    rows = len(column)
    frame = engine({"g": (["a", "b"] * rows)[:rows], "y": column, **more})
    with pytest.raises(ba.AuditError) as error:
        numbers(frame, sensitive_features="g", y_true="y", **{name: name for name in more})
    return str(error.value)


ENGINES = {
    "pandas": pd.DataFrame,
    "polars": pl.DataFrame,
    "polars lazy": pl.LazyFrame,
    "duckdb": lambda columns: duckdb.from_arrow(pl.DataFrame(columns).to_arrow()),
}


@pytest.mark.parametrize("engine", ENGINES)
def test_text_among_numbers_is_named_with_its_row(engine):
    assert refused(["1", "2.5", None, "about 3", "x"], ENGINES[engine]) == (
        "y_true=\"y\" holds text among numbers: 'about 3' in row 4. Write every cell as a number, or leave it empty "
        "where there is none."
    )


@pytest.mark.parametrize("engine", ENGINES)
def test_infinite_values_are_named_with_their_row(engine):
    said = "Give a number, or leave it empty where there is none."
    assert refused([1.0, -INF, 3.0], ENGINES[engine]) == f'y_true="y" is infinite in row 2. {said}'
    assert refused([1.0, 2.0, INF, INF], ENGINES[engine]) == f'y_true="y" is infinite in row 3 and 1 more. {said}'


def test_text_that_comes_late_is_found_in_a_second_look():
    assert "'oops' in row 12,001." in refused(["1"] * 12_000 + ["oops"])


def test_numbers_and_text_mixed_in_pandas():
    assert "holds text among numbers: 'n/a' in row 2." in refused([1, "n/a", 3], pd.DataFrame)


@pytest.mark.parametrize(
    ("column", "what"),
    [(["a", "b"], "text"), (["1", "2"], "text"), ([True, False], "Boolean"), ([date(2020, 1, 1)] * 2, "Date")],
)
def test_what_is_no_column_of_numbers(column, what):
    assert refused(column) == f'y_true="y" holds {what}, not numbers. Name a column of numbers.'


def test_numbers_whose_powers_are_no_floats():
    assert refused([1.0, 1e60, 2.0]) == (
        'y_true="y" goes up to 1e+60 (row 2), of which no sums of powers can be kept. Measure it in another unit, so '
        "that values lie between 1e-50 and 1e50."
    )
    assert "goes up to 3e-70 (row 2)" in refused([1e-70, -3e-70])


def test_nothing_to_sum():
    assert refused([None, float("nan")]) == 'y_true="y" is missing in every row. Name a column that holds numbers.'
    frame = pl.DataFrame({"g": ["a", "b"], "y": [1.0, None], "p": [None, 1.0]})
    with pytest.raises(ba.AuditError, match=r'^No row has both y_true="y" and y_pred="p"\. Check that they belong'):
        numbers(frame, sensitive_features="g", y_true="y", y_pred="p")
    with pytest.raises(ba.AuditError, match=r"^The table has no rows\."):
        numbers(frame[:0], sensitive_features="g", y_true="y")
    with pytest.raises(ba.AuditError, match=r"^Neither y_true nor y_pred is named\."):
        numbers(frame, sensitive_features="g")


def test_weights_and_counts_are_checked_as_they_are_elsewhere():
    assert refused([1.0, 2.0], sample_weight=[1.0, -1.0]).startswith("sample_weight is negative, NaN or infinite in 1")
    assert refused([1.0, 2.0], sample_weight=[0.0, 0.0]).startswith("sample_weight is 0 in every row.")
    assert refused([1.0, 2.0], count=[1.5, 1]).startswith('count="count" is missing, negative or no whole number in 1')
    assert refused([1.0, 2.0], count=[0, 0]).startswith('count="count" is 0 in every row.')


def test_what_belongs_to_a_yes_or_no():
    with pytest.raises(ba.AuditError, match=r"^threshold and pos_label are of a yes or no"):
        numbers(pl.DataFrame({"g": ["a"], "y": [1.0]}), sensitive_features="g", y_true="y", pos_label=1)


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_no_row_is_named_where_their_order_is_not_kept(kind, tmp_path):
    """Files are read in parts, by several threads."""
    frame = pl.DataFrame({"g": ["a", "b", "a"], "y": [1.0, INF, INF]})
    with pytest.raises(ba.AuditError, match=r'^y_true="y" is infinite in 2 rows\.'):
        numbers(on_engine(kind, frame, tmp_path), sensitive_features="g", y_true="y")
