import json
from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from moment_tables import COLUMNS, EVERYTHING, numbers, people, same

import biasaudit as ba
from biasaudit.counts.moments import storage
from biasaudit.counts.moments._validation import moment_header, table_parts
from biasaudit.counts.moments.bins import bin_bounds
from biasaudit.counts.table.headers import DamagedTable

TABLES = {
    "plain": COLUMNS,
    "weights": EVERYTHING | {"cluster": None},
    "grades": {"sensitive_features": "g", "y_true": "grade"},
    "predictions": {"sensitive_features": "g", "score": "p"},
}


@pytest.mark.parametrize("asked", TABLES)
def test_what_is_saved_comes_back(asked, tmp_path):
    table = numbers(people(), **TABLES[asked])
    table.save(tmp_path / "site.parquet")
    found = ba.MomentTable.load(tmp_path / "site.parquet")
    assert found.pivots.tolist() == table.pivots.tolist()
    same(table, found, 0)
    same(table + table, found + found, 0)


def test_strata_come_back(tmp_path):
    table = numbers(people(), **COLUMNS)
    strata = ({"site": "a"}, {"site": "b"})
    table = replace(table, strata=strata, stratum=np.arange(len(table.rows)) % 2)
    table.save(tmp_path / "site.parquet")
    same(table, ba.MomentTable.load(tmp_path / "site.parquet"), 0)


def test_clusters_are_not_saved(tmp_path):
    table = numbers(people(), **EVERYTHING)
    with pytest.raises(ba.AuditError, match=r"Save table\.without_clusters\(\)\.$"):
        table.save(tmp_path / "site.parquet")
    assert not [*tmp_path.iterdir()]
    table.without_clusters().save(tmp_path / "site.parquet")


def site(rows=(300, 300, 4), seed=0):
    """Wages of more than a thousand values, and grades, in groups of which one is small."""
    rng = np.random.default_rng(seed)
    g = np.repeat(list("abc"), [4 * n for n in rows[:2]] + [rows[2]])
    y = np.exp(rng.normal(size=len(g))) * 20
    grade = np.where(rng.random(len(g)) < 0.5, 3.0, 4.0)
    grade[0] = 19.0
    return pl.DataFrame({"g": g, "y": y, "p": y + rng.normal(size=len(g)), "grade": grade})


def withheld(table, tmp_path, min_cell=10):
    table.save(tmp_path / "site.parquet", min_cell=min_cell)
    return ba.MomentTable.load(tmp_path / "site.parquet")


def test_small_cells_are_held_back(tmp_path):
    table = numbers(site(), sensitive_features="g", y_true="y", y_pred="p")
    found = withheld(table, tmp_path)
    assert found.suppressed.tolist() == [False, False, True]
    assert found.rows.tolist() == [1_200, 1_200, 0]
    assert not found.sums[..., 2].any()
    assert not found.products[:, 2].any()
    for role, bins in found.histograms.items():
        assert {*bins.group.tolist()} == {0, 1}
        assert bins.rows.min() >= 10
        assert np.bincount(bins.group, bins.rows).tolist() == [1_200, 1_200]
        low, high = bin_bounds(bins.bin)
        assert (bins.low == low).all()
        assert (bins.high == high).all()
        assert len(bins.rows) > 50, role


def test_single_values_of_few_are_held_back_with_all_of_their_group(tmp_path):
    bins = withheld(numbers(site(), sensitive_features="g", y_true="grade"), tmp_path).histograms["outcome"]
    assert {*bins.group.tolist()} == {1}
    assert bins.low.tolist() == [3.0, 4.0]
    assert bins.exact


def test_few_rows_without_a_value_are_held_back(tmp_path):
    frame = pl.DataFrame(
        {"g": ["a"] * 23 + ["b"] * 3 + ["c"] * 30, "y": [1.0] * 20 + [None] * 6 + [2.0] * 15 + [None] * 15}
    )
    found = withheld(numbers(frame, sensitive_features="g", y_true="y"), tmp_path)
    assert found.rows.tolist() == [20, 0, 15]
    assert found.left_out.tolist() == [0, 0, 15]
    assert found.suppressed.tolist() == [False, True, False]


def test_a_histogram_has_a_group_whole_or_not_at_all(tmp_path):
    """Of a group of which one site shares no bins, the bins of the other would be a part."""
    shared = withheld(numbers(site(), sensitive_features="g", y_true="grade"), tmp_path)
    other = numbers(site(seed=1), sensitive_features="g", y_true="grade")
    both = shared + other
    assert both.rows.tolist() == [2_400, 2_400, 4]
    assert {*both.histograms["outcome"].group.tolist()} == {1}
    assert both.suppressed.tolist() == [False, False, True]
    assert not len(both.rollup([]).histograms["outcome"].rows)


def test_a_negative_number_of_people(tmp_path):
    with pytest.raises(ba.AuditError, match=r"^min_cell=-1 is negative\."):
        numbers(people(), **COLUMNS).save(tmp_path / "site.parquet", min_cell=-1)


def test_a_table_of_counts_is_no_table_of_moments(tmp_path):
    numbers(people(), **COLUMNS).save(tmp_path / "moments.parquet")
    with pytest.raises(ba.AuditError, match=r"no table of counts\. Make one with Crosstab\.save\.$"):
        ba.Crosstab.load(tmp_path / "moments.parquet")
    ba.count(people(), sensitive_features="g", y_true="h").save(tmp_path / "counts.parquet")
    with pytest.raises(ba.AuditError, match=r"no table of moments\. Make one with MomentTable\.save\.$"):
        ba.MomentTable.load(tmp_path / "counts.parquet")
    with pytest.raises(ba.AuditError, match=r"^There is no table of moments"):
        ba.MomentTable.load(tmp_path / "nothing.parquet")


HEADERS = {
    "features": ([1], "its features are not all text"),
    "levels": ([["a"]], "does not list the levels"),
    "variables": (["outcome", "error"], "its variables are no outcome"),
    "pivots": ([1, float("nan"), 1, 1, 1], "its pivots are no list"),
    "weighted": ("no", 'its header\'s "weighted" is neither'),
    "withheld": (None, 'its header\'s "withheld" is neither'),
    "histograms": ({"error": True}, "its histograms are not of"),
    "strata": ([], "its strata are no list"),
    "format": ("x", "its header says format"),
}


def parts():
    """Header and columns of a good table."""
    table = numbers(people(), **EVERYTHING | {"cluster": None})
    header = storage._header(table)
    return json.loads(json.dumps(header)), storage._columns(table, header)


@pytest.mark.parametrize("name", HEADERS)
def test_every_field_of_a_header_is_checked(name):
    header, _ = parts()
    value, said = HEADERS[name]
    with pytest.raises(DamagedTable, match=said):
        moment_header(json.dumps(header | {name: value}), "The table")
    del header[name]
    with pytest.raises(DamagedTable, match=r"lacks|says format"):
        moment_header(json.dumps(header), "The table")


def put(name, value, at=0):
    def change(columns):
        columns[name] = columns[name].copy()
        columns[name][at] = value

    return change


def last(name, value):
    return put(name, value, -1)


DAMAGES = {
    "a column too few": (lambda c: c.pop("rows"), 'the column "rows" is missing'),
    "a column too many": (lambda c: c.update(who=c["rows"]), 'a column "who", which its header does not explain'),
    "text": (lambda c: c.update(rows=c["rows"].astype(str)), 'the column "rows" does not hold whole numbers'),
    "no number": (put("s_0_1", np.nan), 'the column "s_0_1" holds numbers that are not finite'),
    "a level": (put("level_0", 9), 'the column "level_0" holds the code 9'),
    "a part": (put("part", 7), "a part that its header does not name"),
    "fewer than none": (put("rows", -1), "it counts fewer than no rows"),
    "too many": (put("rows", 2**53), "more than 2"),
    "twice": (
        lambda c: [put("level_0", c["level_0"][0], 1)(c), put("level_1", c["level_1"][0], 1)(c)],
        "the same group",
    ),
    "weights": (put("weight", 1e9), "sums of no weights"),
    "a mean": (put("s_0_1", 1e9), "its sums of powers are those of no numbers"),
    "a square": (put("s_2_2", -1.0), "its sums of powers are those of no numbers"),
    "a weighted square": (put("q_2_2", -1.0), "its sums of powers are those of no numbers"),
    "a product": (put("p_2", -1.0), "its products are sums of no numbers"),
    "bins of nobody": (last("rows", 0), "its bins count fewer than one row"),
    "another bin": (last("bin", 3), "the ends of its bins do not lie in them"),
    "no bin": (last("bin", 2**40), "its bins are none of any number"),
    "other rows": (last("rows", 1_000), "its bins do not count the rows of its cells"),
    "not one value": (last("low", 999_999_999.0), "its bins do not hold a value each"),
    "lengths": (lambda c: c.update(rows=c["rows"][1:]), "not of one length"),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_every_column_of_a_file_is_checked(damage):
    header, columns = parts()
    table_parts(moment_header(json.dumps(header), "The table"), columns)
    change, said = DAMAGES[damage]
    change(columns)
    with pytest.raises(DamagedTable, match=said):
        table_parts(moment_header(json.dumps(header), "The table"), columns)


def test_a_damaged_file_is_refused_in_a_sentence(tmp_path, monkeypatch):
    table = numbers(people(), **COLUMNS)
    monkeypatch.setattr(storage, "table_parts", lambda header, columns: None)
    columns = storage._columns
    monkeypatch.setattr(storage, "_columns", lambda *given: columns(*given) | {"rows": -columns(*given)["rows"]})
    table.save(tmp_path / "site.parquet")
    monkeypatch.undo()
    with pytest.raises(ba.AuditError) as error:
        ba.MomentTable.load(tmp_path / "site.parquet")
    assert str(error.value) == (
        f'"{tmp_path / "site.parquet"}" is no whole table of moments: it counts fewer than no rows. Save it again '
        "where it was counted."
    )
