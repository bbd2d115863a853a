import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd
import pytest

from biasaudit import AuditError
from biasaudit.counts.column_counts import (
    ColumnTable,
    combine_levels,
    count_columns,
    count_together,
    distinct_rows,
    encode_column,
)
from biasaudit.counts.column_kinds import column_kinds, sample_rows

rng = np.random.default_rng(0)
ROWS = 600
FRAME = pd.DataFrame(
    {
        "sex": rng.choice(["man", "woman", None], ROWS, p=[0.5, 0.4, 0.1]),
        "hired": rng.choice([0.0, 1.0, np.nan], ROWS, p=[0.5, 0.4, 0.1]),
        "town": rng.choice(["north", "south", "?", ""], ROWS),
        "years": rng.integers(0, 9, ROWS).astype(float),
        "pay": rng.normal(30, 8, ROWS),
        "day": pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 50, ROWS), unit="D"),
        "note": [f"text {i}" for i in range(ROWS)],
    }
)
FRAME.loc[::7, ["pay", "years"]] = np.nan
FRAME.loc[::11, "note"] = None
NAMES = ["town", "years", "pay", "day", "note"]


def engines():
    polars = pytest.importorskip("polars")
    duckdb = pytest.importorskip("duckdb")
    return {"pandas": FRAME, "polars": polars.from_pandas(FRAME), "duckdb": duckdb.from_df(FRAME)}


def counted(native):
    frame = nw.from_native(native)
    kinds = column_kinds(sample_rows(frame, NAMES, 1_000, 0), NAMES)
    table = ColumnTable(frame, ("sex",), (("man", "woman", "(missing)"),), "hired", {"0": 0, "1": 1})
    return table, kinds, count_columns(table, kinds)


@pytest.mark.parametrize("engine", ["pandas", "polars", "duckdb"])
def test_every_engine_counts_what_pandas_counts(engine):
    _, kinds, found = counted(engines()[engine])
    assert [kind.role for kind in kinds] == ["names", "numbers", "bins", "days", "many"]
    group = FRAME["sex"].fillna("(missing)")
    for counts in found:
        assert counts.rows.sum() == ROWS
        cells = counts.by_group(0)
        gone = FRAME[counts.name].isna() | FRAME[counts.name].isin(["", "?"])
        for at, name in enumerate(("man", "woman", "(missing)")):
            assert cells[-1, at].sum() == (gone & (group == name)).sum()
            assert cells[:, at, 1].sum() == ((FRAME["hired"] == 1) & (group == name)).sum()
            assert cells[:, at, 2].sum() == (FRAME["hired"].isna() & (group == name)).sum()
    town, years, pay, day, _ = found
    assert town.levels == ("north", "south")
    assert years.levels == tuple(str(i) for i in range(9))
    assert day.levels[0] == "2024-01-01"
    known = FRAME["hired"].notna()
    np.testing.assert_array_equal(
        years.by_y_true[:, 1], [((FRAME["years"] == i) & (FRAME["hired"] == 1)).sum() for i in range(9)]
    )
    cut = np.searchsorted(pay.kind.edges, FRAME["pay"][known & FRAME["pay"].notna()], side="right")
    np.testing.assert_array_equal(pay.by_y_true.sum(axis=1), np.bincount(cut, minlength=len(pay.levels)))


def test_codes_of_rows_agree_with_the_counts():
    table, _, found = counted(FRAME)
    for counts in found[:4]:
        codes = encode_column(counts, table.frame)
        expected = np.bincount(counts.level + 1, weights=counts.rows, minlength=len(counts.levels) + 1)
        np.testing.assert_array_equal(np.bincount(codes + 1, minlength=len(counts.levels) + 1), expected)


def test_columns_together():
    table, kinds, _ = counted(FRAME)
    joint, codes = count_together(table, [kinds[0], kinds[1]])
    assert joint.rows.sum() == ROWS
    assert len(joint.levels) == len(np.unique(codes, axis=0)) == 3 * 10
    alone = combine_levels(joint, codes[:, :1])
    assert sorted(np.bincount(alone.level, weights=alone.rows)) == sorted(
        FRAME["town"].replace("?", "").value_counts().tolist()
    )


def test_distinct_rows_by_group():
    frame = pd.DataFrame({"sex": ["a", "a", "b", "b"], "x": [1, 1, 1, 2]})
    table = ColumnTable(nw.from_native(frame), ("sex",), (("a", "b"),), None, {})
    assert distinct_rows(table).tolist() == [1, 2]
    lists = ColumnTable(nw.from_native(frame.assign(x=[[1], [2], [3], [4]])), ("sex",), (("a", "b"),), None, {})
    assert distinct_rows(lists) is None


def test_more_days_than_can_be_counted():
    frame = pd.DataFrame({"sex": ["a", "b"] * 30_000, "day": [f"{i:06d}" for i in range(60_000)]})
    (kind,) = column_kinds(nw.from_native(frame.head(100).assign(day="x")), ["day"])
    table = ColumnTable(nw.from_native(frame), ("sex",), (("a", "b"),), None, {})
    with pytest.raises(
        AuditError, match=r'^Column "day" has 60,000 different values, too many to count\. Leave it out'
    ):
        count_columns(table, [kind])


@pytest.mark.parametrize(
    ("values", "role", "ordered"),
    [
        (["2024-01", "2024-02"] * 20, "days", True),
        (["1", "2", "10"] * 20, "names", True),
        (["a", "b"] * 20, "names", False),
        ([f"id {i}" for i in range(400)], "many", False),
        (list(np.linspace(0, 1, 400)), "bins", True),
        ([True, False] * 20, "names", True),
        ([None] * 20, "names", False),
    ],
)
def test_kinds(values, role, ordered):
    frame = nw.from_native(pd.DataFrame({"x": values}))
    (kind,) = column_kinds(frame, ["x"])
    assert (kind.role, kind.ordered) == (role, ordered)


@pytest.mark.parametrize("rows", [ROWS, 100])
def test_a_relation_is_sampled_alike_each_time_and_kept_whole_and_in_order_if_small(rows):
    duckdb = pytest.importorskip("duckdb")
    relation = nw.from_native(duckdb.from_df(FRAME.assign(at=range(ROWS))))
    one, other = (sample_rows(relation, ["at"], rows, 0)["at"].to_list() for _ in range(2))
    assert one == other
    assert len(set(one)) == rows
    assert rows < ROWS or one == list(range(ROWS))


def test_lists_in_a_pandas_column_are_only_missing_or_not():
    frame = nw.from_native(pd.DataFrame({"x": [["a"], {"b": 1}, None] * 20}))
    (kind,) = column_kinds(frame, ["x"])
    table = ColumnTable(
        nw.from_native(pd.DataFrame({"sex": ["a", "b", "b"] * 20, "x": frame["x"].to_native()})),
        ("sex",),
        (("a", "b"),),
        None,
        {},
    )
    (counts,) = count_columns(table, [kind])
    assert kind.role == "many"
    assert counts.by_group(0).sum(axis=2).tolist() == [[20.0, 20.0], [0.0, 20.0]]
