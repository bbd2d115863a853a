"""Two tables joined by an id: what has no match is counted, and what cannot be joined is refused."""

import duckdb
import pandas as pd
import polars as pl
import pytest

import biasaudit as ba

ASKED = {"sensitive_features": "sex", "y_pred": "p", "on": "id"}
FIRST = pd.DataFrame({"id": ["a", "b", "c", "d"], "p": [0, 1, 1, 0]})
SECOND = pd.DataFrame({"id": ["a", "b", "c", "d"], "sex": ["F", "M", "M", "F"]})


def refusal(first=FIRST, second=SECOND, **asked):
    with pytest.raises(ba.AuditError) as refused:
        ba.audit_predictions(first, join=second, **ASKED | asked)
    return str(refused.value)


def test_all_match():
    audit = ba.audit_predictions(FIRST, join=SECOND, **ASKED)
    assert audit.table.levels == (("F", "M"),)
    assert not any("match" in text or "prediction." in text for text in audit.warnings)


def test_one_on_either_side_has_no_match():
    audit = ba.audit_predictions(FIRST, join=SECOND.replace({"id": {"d": "e"}}), **ASKED)
    assert audit.warnings[:2] == (
        '1 of 4 rows has no match in the second table and counts as "(missing)".',
        "1 of 4 people in the second table has no prediction.",
    )


def test_several_rows_of_one_person_are_all_kept():
    audit = ba.audit_predictions(pd.concat([FIRST] * 3), join=SECOND, **ASKED, cluster="id")
    assert audit.table.n == 12
    assert audit.table.cluster_names == ("a", "b", "c", "d")


def test_columns_that_nobody_asked_for_may_share_a_name():
    audit = ba.audit_predictions(FIRST.assign(x=1), join=SECOND.assign(x=2), **ASKED)
    assert audit.table.n == 4


def test_any_column_may_come_from_the_second_table():
    second = SECOND.assign(y=[0, 1, 0, None], w=[1, 2, 3, 4])
    asked = ASKED | {"y_true": "y", "sample_weight": "w"}
    audit = ba.audit_predictions(FIRST, join=second, **asked)
    assert audit.table.weight.sum() == 10
    assert (audit.table.y_true == -1).sum() == 1


def test_a_data_set_is_joined():
    compas = ba.datasets.load_compas()
    frame = compas.frame.assign(id=range(len(compas.frame)))
    people = frame[["id", "race"]].rename(columns={"race": "origin"})
    data = ba.datasets.Dataset(**{**vars(compas), "frame": frame})
    joined = ba.audit_predictions(data, join=people, on="id", sensitive_features="origin")
    assert joined.table.rows.tolist() == ba.audit_predictions(compas, sensitive_features="race").table.rows.tolist()


@pytest.mark.parametrize("lazy", [0, 1])
def test_polars_may_be_lazy_on_one_side(lazy):
    tables = [pl.from_pandas(FIRST), pl.from_pandas(SECOND)]
    tables[lazy] = tables[lazy].lazy()
    assert ba.audit_predictions(tables[0], join=tables[1], **ASKED).table.n == 4


NAN = float("nan")
REFUSED = {
    "twice": (
        {"second": pd.concat([SECOND, SECOND[1:2], SECOND[1:2], SECOND[:1]])},
        'on="id" is not unique in the second table: "b" stands 3 times, so nobody can say which row is meant. '
        "Keep one row for each id.",
    ),
    "no key in the first": (
        {"first": FIRST.rename(columns={"id": "ids"})},
        'on="id" is not a column of the first table. Did you mean "ids"? Columns: ids, p.',
    ),
    "no key in the second": (
        {"second": SECOND.rename(columns={"id": "person"})},
        'on="id" is not a column of the second table. Columns: person, sex.',
    ),
    "missing in the first": (
        {"first": FIRST.replace({"id": {"c": None}})},
        'on="id" is missing in 1 of 4 rows of the first table. Give these rows an id, or remove them.',
    ),
    "missing in the second": (
        {"second": SECOND.assign(id=[1.0, 2.0, NAN, NAN]), "first": FIRST.assign(id=[1, 2, 3, 4])},
        'on="id" is missing in 2 of 4 rows of the second table. Give these rows an id, or remove them.',
    ),
    "decimals": (
        {"second": SECOND.assign(id=[1.5, 2, 3, 2.0**60]), "first": FIRST.assign(id=[1, 2, 3, 4])},
        'on="id" holds no whole numbers in 2 rows of the second table. Write ids as text or whole numbers.',
    ),
    "dates": (
        {"second": SECOND.assign(id=pd.date_range("2026-01-01", periods=4, unit="us"))},
        "on=\"id\" holds Datetime(time_unit='us', time_zone=None) in the second table. "
        "Write ids as text or whole numbers.",
    ),
    "nobody matches": (
        {"second": SECOND.assign(id=list("wxyz"))},
        'No row finds its match by "id" in the second table. Check that both hold the same ids.',
    ),
    "in both": (
        {"first": FIRST.assign(sex="F")},
        'sensitive_features="sex" is a column of both the first table and the second table. Rename it in one.',
    ),
    "in neither": (
        {"sensitive_features": "sexe"},
        'sensitive_features="sexe" is not a column. Did you mean "sex"? Columns: id, p, sex.',
    ),
    "not needed": (
        {"first": FIRST.assign(race="a"), "sensitive_features": "race"},
        "join is not needed: every column that was named is in the first table, none in the second table.",
    ),
    "another engine": (
        {"second": pl.from_pandas(SECOND)},
        "The tables to join belong to different engines (pandas and polars). "
        "Give both as files, or both as tables of one engine.",
    ),
    "another connection": (
        {"first": duckdb.connect().from_df(FIRST), "second": duckdb.connect().from_df(SECOND)},
        "The tables to join belong to different connections of DuckDB. Open both on one, or give both as files.",
    ),
    "ids of mixed types": (
        {"first": FIRST.assign(id=pd.Series([1, "b", "c", "d"], dtype=object))},
        'on="id" holds Object in the first table. Write ids as text or whole numbers.',
    ),
    "a file after a table": (
        {"second": "people.csv"},
        'join="people.csv" is a file and the data are not. Give both as files, or open the second table with the '
        "engine of the first.",
    ),
    "a table after a file": (
        {"first": "people.csv"},
        "The data are a file and join= is not. Give both as files, or both as tables of one engine.",
    ),
    "no table": (
        {"second": 7},
        "Cannot audit a int. Give a dataframe (pandas, Polars, pyarrow, DuckDB relation, Spark) or the path of a CSV, "
        "Parquet or Arrow file.",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_refused(case):
    asked, sentence = REFUSED[case]
    assert refusal(**asked) == sentence


def test_files_are_called_by_their_names(tmp_path):
    FIRST.to_csv(tmp_path / "first.csv", index=False)
    pd.concat([SECOND, SECOND]).to_csv(tmp_path / "second.csv", index=False, sep=";")
    assert refusal(tmp_path / "first.csv", tmp_path / "second.csv") == (
        'on="id" is not unique in "second.csv": "a" stands 2 times, so nobody can say which row is meant. '
        "Keep one row for each id."
    )
    SECOND.to_csv(tmp_path / "second.csv", index=False, sep=";")
    audit = ba.audit_predictions(tmp_path / "first.csv", join=tmp_path / "second.csv", **ASKED)
    assert audit.warnings[0] == "\"second.csv\": Cells are separated by ';'."


@pytest.mark.slow
def test_a_join_that_is_larger_than_memory_spills(tmp_path, monkeypatch):
    """The second table does not fit into what DuckDB may hold."""
    from biasaudit.datasets.files import tables

    monkeypatch.setattr(tables, "MEMORY_LIMIT", "64MB")
    rows = 1_500_000
    for name, more in (("first", "(i % 2)::INT AS p"), ("second", "['F', 'M'][1 + i % 2] AS sex")):
        duckdb.sql(
            f"COPY (SELECT 'a rather long name of a person, number ' || ((i * 7919) % {rows})::VARCHAR AS id, {more} "
            f"FROM range({rows}) t(i)) TO '{tmp_path / name}.parquet'"
        )
    audit = ba.audit_predictions(str(tmp_path / "first.parquet"), join=str(tmp_path / "second.parquet"), **ASKED)
    assert audit.table.rows.tolist() == [rows // 2, rows // 2]
