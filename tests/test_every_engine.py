"""One code path on every engine: the same crosstab to the row, with all that a table can bring at once."""

import dataclasses
import os
import stat
import tempfile
from pathlib import Path

import duckdb
import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd
import polars as pl
import pytest

import biasaudit as ba
from biasaudit.counts.column_kinds import sample_rows
from biasaudit.datasets.files.tables import open_tables
from every_engine import FILES, FRAMES, on_engine

ROWS = 3_000
BINS = {"age": [25, 45.5]}
NAMES = ["under 25", "25 to 45.5", "45.5 or more", "(missing)"]
EDGE_CASES = [25.0, np.nextafter(25, 0), 45.5, np.nextafter(45.5, 0), np.nan, np.inf, -np.inf, None, -3.0, 1e300]


def people():
    """Rows with missing values of every kind, values on every edge, weights, clusters and ids."""
    rng = np.random.default_rng(11)
    ages = [*EDGE_CASES, *np.round(rng.uniform(15, 80, ROWS - len(EDGE_CASES)), 1).tolist()]
    return pl.DataFrame(
        {
            "sex": rng.choice(["F", "M", "NA", None], ROWS, p=[0.4, 0.4, 0.1, 0.1]).tolist(),
            "age": pl.Series(ages, dtype=pl.Float64),
            "y": rng.choice([0, 1, None], ROWS, p=[0.5, 0.4, 0.1]).tolist(),
            "p": rng.integers(0, 2, ROWS),
            "s": rng.integers(0, 101, ROWS) / 100,
            "w": rng.integers(0, 5, ROWS) / 2,
            "c": [f"c{i:03}" for i in rng.integers(0, 40, ROWS)],
            "id": rng.integers(1, 401, ROWS),
        }
    )


def registry():
    """Who belongs to which group: ids 381 to 400 are unknown here, 401 to 430 decided nothing."""
    ids = [i for i in range(1, 431) if not 381 <= i <= 400]
    return pl.DataFrame({"id": ids, "race": [["a", "b", None][i % 3] for i in ids], "born": [i % 9 for i in ids]})


def content(table):
    """All fields of a crosstab, as values that compare."""
    fields = {field.name: getattr(table, field.name) for field in dataclasses.fields(table)}
    return {name: value.tolist() if isinstance(value, np.ndarray) else value for name, value in fields.items()}


ASKED = {
    "labels": {"sensitive_features": ["sex"], "y_true": "y", "y_pred": "p"},
    "scores": {"sensitive_features": ["sex"], "y_true": "y", "score": "s", "threshold": 0.29},
    "weights": {"sensitive_features": ["sex"], "y_true": "y", "y_pred": "p", "sample_weight": "w"},
    "clusters": {"sensitive_features": ["sex"], "y_true": "y", "y_pred": "p", "cluster": "c"},
    "bins": {"sensitive_features": ["age"], "y_pred": "p", "bins": BINS},
    "all at once": {
        "sensitive_features": ["sex", "age"],
        "y_true": "y",
        "score": "s",
        "threshold": 0.57,
        "sample_weight": "w",
        "cluster": "c",
        "bins": BINS,
    },
}
JOINED = {"sensitive_features": ["race", "born"], "y_true": "y", "y_pred": "p", "bins": {"born": [3, 6]}, "on": "id"}


@pytest.mark.parametrize("engine", [*FRAMES, *FILES])
@pytest.mark.parametrize("asked", ASKED)
def test_every_engine_counts_the_same(engine, asked, tmp_path):
    expected = ba.count(people().to_pandas(), **ASKED[asked])
    assert expected.n == ROWS
    found = ba.audit_predictions(on_engine(engine, people(), tmp_path), **ASKED[asked]).table
    assert content(found) == content(expected)


@pytest.mark.parametrize("engine", [*FRAMES, *FILES])
def test_every_engine_joins_the_same(engine, tmp_path):
    expected = ba.audit_predictions(people().to_pandas(), join=registry().to_pandas(), **JOINED)
    tables = [on_engine(engine, table, tmp_path, name) for table, name in ((people(), "p"), (registry(), "r"))]
    found = ba.audit_predictions(tables[0], join=tables[1], **JOINED)
    assert content(found.table) == content(expected.table)
    assert found.table.n == ROWS
    alone = people().filter(pl.col("id").is_between(381, 400)).height
    called = f'"{Path(tables[1]).name}"' if engine in FILES else "the second table"
    assert found.warnings[:2] == (
        f'{alone:,} of 3,000 rows have no match in {called} and count as "(missing)".',
        f"30 of 410 people in {called} have no prediction.",
    )
    pd.testing.assert_frame_equal(found.disparities(), expected.disparities())


def test_bins_are_those_of_pandas():
    frame = people().to_pandas()
    table = ba.count(frame, sensitive_features=["age"], y_pred="p", bins=BINS)
    assert table.levels == (tuple(NAMES),)
    cut = pd.cut(frame["age"].where(np.isfinite(frame["age"])), [-np.inf, 25, 45.5, np.inf], right=False)
    expected = cut.value_counts(sort=False, dropna=False).tolist()
    assert np.bincount(table.codes[:, 0], weights=table.rows).tolist() == expected


def test_the_join_is_that_of_pandas():
    frame = people().to_pandas().merge(registry().to_pandas(), on="id", how="left")
    asked = {name: value for name, value in JOINED.items() if name != "on"}
    expected = ba.count(frame, **asked)
    found = ba.audit_predictions(people().to_pandas(), join=registry().to_pandas(), **JOINED)
    assert content(found.table) == content(expected)


@pytest.mark.parametrize("engine", ["duckdb", "spark", "polars scan", "parquet"])
def test_halves_add_to_the_whole(engine, tmp_path):
    whole = ba.count(people(), **ASKED["all at once"])
    halves = [
        ba.audit_predictions(on_engine(engine, half, tmp_path, f"half{i}"), **ASKED["all at once"]).table
        for i, half in enumerate((people()[:1_000], people()[1_000:]))
    ]
    assert content(halves[0] + halves[1]) == content(whole)


def test_nothing_joined_is_written(tmp_path, monkeypatch):
    """DuckDB may spill into a folder of its own, which goes with the audit; nothing else is written anywhere."""
    scratch, here = tmp_path / "scratch", tmp_path / "here"
    scratch.mkdir()
    here.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(scratch))
    monkeypatch.chdir(here)
    on_engine("csv", people(), here, "p")
    on_engine("csv", registry(), here, "r")
    made = []
    mkdir = os.mkdir
    monkeypatch.setattr(os, "mkdir", lambda name, *given: made.append(name) or mkdir(name, *given))
    ba.audit_predictions("p.csv", join="r.csv", **JOINED)
    assert sorted(path.name for path in here.iterdir()) == ["p.csv", "r.csv"]
    assert made, "DuckDB had no folder of its own"
    table = open_tables(["p.csv", "r.csv"])[0]
    spills = table.resources[0].execute("SELECT current_setting('temp_directory')").fetchone()[0]
    assert spills == made[-1]
    assert stat.S_IMODE(Path(spills).stat().st_mode) == 0o700
    del table
    assert list(scratch.iterdir()) == []


@pytest.mark.parametrize("engine", ["pandas", "polars", "polars lazy", "pyarrow", "duckdb", "spark", "parquet"])
def test_ids_of_different_types_are_one_id(engine, tmp_path):
    """7 and "7" are one, "07" is another."""
    first = pl.DataFrame({"id": [7, 8, 9, 10], "p": [0, 1, 1, 0]})
    second = pl.DataFrame({"id": ["7", "8", "09", "10"], "sex": ["F", "M", "M", "F"]})
    tables = [on_engine(engine, table, tmp_path, name) for table, name in ((first, "p"), (second, "r"))]
    asked = {"sensitive_features": "sex", "y_pred": "p", "on": "id"}
    for given in (tables, [on_engine(engine, first.cast({"id": pl.Float64}), tmp_path, "f"), tables[1]]):
        table = ba.audit_predictions(given[0], join=given[1], **asked).table
        assert table.levels == (("F", "M", "(missing)"),)
        assert table.n == 4


@pytest.mark.parametrize("engine", FRAMES)
def test_a_sample_is_drawn_from_all_rows(engine, tmp_path):
    rows, drawn = 100_000, 8_000
    frame = nw.from_native(on_engine(engine, pl.DataFrame({"i": np.arange(rows), 'a"b': "x"}), tmp_path))
    found = sample_rows(frame, ["i", 'a"b'], drawn, 3)
    numbers = found["i"].to_numpy()
    assert found.columns == ["i", 'a"b']
    assert len(set(numbers.tolist())) == len(numbers) == drawn
    # A quarter of the rows holds a quarter of the sample, give or take five standard deviations.
    assert np.abs(np.bincount(numbers * 4 // rows) - drawn / 4).max() < 5 * np.sqrt(drawn * 3 / 16)


@pytest.mark.parametrize("engine", ["polars scan", "duckdb", "csv", "spark"])
def test_data_are_cut_on_every_engine(engine, tmp_path):
    asked = {"label": "y", "sensitive_features": ["age"], "features": ["c"], "bins": {"age": [25, 45.5]}}
    frame = people().select("age", "y", "c")
    expected = ba.audit_dataset(frame.to_pandas(), **asked)
    found = ba.audit_dataset(on_engine(engine, frame, tmp_path), **asked)
    assert content(found.table) == content(expected.table)
    assert [finding.sentence for finding in found.findings()] == [f.sentence for f in expected.findings()]
    assert found.settings["bins"] == {"age": [25.0, 45.5]}


@pytest.mark.parametrize("engine", ["pandas", "polars", "pyarrow", "duckdb", "spark", "csv"])
def test_errors_are_cut_on_every_engine(engine, tmp_path):
    frame = people().select("age", "c", pl.col("p").alias("wrong"), (pl.col("p") + 3).alias("words"))
    frame = frame.with_columns(pl.col("age").first().over("c"))
    asked = {"errors": "wrong", "trials": "words", "sensitive_features": ["age"], "cluster": "c", "bins": BINS}
    expected = ba.audit_errors(frame.to_pandas(), **asked)
    assert expected.table.levels == (tuple(n for n in NAMES if n != "(missing)" or n in expected.table.levels[0]),)
    found = ba.audit_errors(on_engine(engine, frame, tmp_path), **asked)
    assert content(found.table) == content(expected.table)


def test_a_relation_is_not_joined_to_a_file():
    relation = duckdb.from_df(people().to_pandas())
    with pytest.raises(ba.AuditError) as refused:
        ba.audit_predictions(relation, join="people.parquet", **JOINED)
    assert str(refused.value) == (
        'join="people.parquet" is a file and the data are not. Give both as files, or open the second table with the '
        "engine of the first."
    )
