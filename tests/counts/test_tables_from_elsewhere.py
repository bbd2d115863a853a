"""Tables of counts from elsewhere: what a version writes loads as it was, and every damage is a sentence."""

import json
import os
import warnings
from dataclasses import replace
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings, strategies as st

import biasaudit as ba
from biasaudit import AuditError, Crosstab
from biasaudit.counts.table.headers import DamagedTable, read_header
from biasaudit.counts.table.storage import check_table, suppress, table_columns, table_header
from biasaudit.counts.table.validation import table_fields

ARRAYS = (
    "codes",
    "y_true",
    "y_pred",
    "score_bin",
    "cluster",
    "stratum",
    "rows",
    "weight",
    "weight_squared",
    "suppressed",
    "edges",
    "bin_scores",
)


def people(n=40, seed=0):
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "sex": rng.choice(["F", "M"], n),
            "age": rng.choice(["under 25", "25 or more"], n),
            "y": rng.integers(0, 2, n),
            "p": rng.integers(0, 2, n),
            "s": rng.integers(0, 101, n) / 100,
            "w": rng.random(n) + 0.1,
            "who": [f"k{i}" for i in rng.integers(0, 9, n)],
        }
    )


COLUMNS = {"sensitive_features": ["sex", "age"], "y_true": "y", "y_pred": "p"}
PLAIN = ba.count(people(), **COLUMNS)
WHOLE = replace(
    suppress(ba.count(people(), **COLUMNS, score="s", sample_weight="w", cluster="who"), 0), cluster_names=None
)


def equal(left, right):
    assert (left.features, left.levels, left.classes, left.strata) == (
        right.features,
        right.levels,
        right.classes,
        right.strata,
    )
    for name in ARRAYS:
        a, b = getattr(left, name), getattr(right, name)
        assert (a is None) == (b is None), name
        if a is not None:
            assert a.dtype == b.dtype
            np.testing.assert_array_equal(a, b)


def parts(table):
    """Return the header and the columns of a table, as a file gives them back."""
    return json.loads(json.dumps(table_header(table))), {
        name: column.copy() for name, column in table_columns(table).items()
    }


def read(header, columns):
    return Crosstab(**table_fields(read_header(json.dumps(header), '"t.parquet"'), columns))


@st.composite
def tables(draw):
    """Tables of every make: with and without labels, scores, weights, clusters, strata and withheld cells."""
    frame = people(draw(st.integers(2, 60)), draw(st.integers(0, 99)))
    if draw(st.booleans()):
        frame["s"] = frame["s"] * draw(st.sampled_from([3.0, -1e6, 1e300]))
    frame["w"] *= draw(st.sampled_from([1.0, 1e-170, 1e150]))
    asked = {"sensitive_features": draw(st.sampled_from([["sex"], ["age", "sex"]]))}
    for role, name in {"y_true": "y", "y_pred": "p", "score": "s", "sample_weight": "w", "cluster": "who"}.items():
        if draw(st.booleans()):
            asked[role] = name
    table = replace(ba.count(frame, **asked), cluster_names=None)
    if draw(st.booleans()):
        strata = tuple({"region": name} for name in ("north", "south"))
        table = replace(table, strata=strata, stratum=np.arange(len(table.rows)) % 2)
    if draw(st.booleans()):
        table = table.rollup(draw(st.sampled_from([["sex"], []])))
    return suppress(table, draw(st.integers(0, 5))) if draw(st.booleans()) else table


@given(tables())
@settings(max_examples=30)
def test_what_is_written_loads_as_it_was(table):
    equal(read(*parts(table)), table)
    check_table(table)


@pytest.mark.parametrize("name", ["t.parquet", "it's [a] *?{1,2}.parquet", "sex=F/t.parquet", "n" * 250 + ".pq"])
def test_files_of_any_name_load_as_they_were(name, tmp_path):
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    (tmp_path / "its.parquet").write_text("what a pattern would find")
    WHOLE.save(path)
    WHOLE.save(path)
    equal(Crosstab.load(path), WHOLE)
    assert {found.name for found in path.parent.iterdir()} <= {path.name, "its.parquet", "t.parquet"}


def test_strata_are_kept_and_summed_over_where_tables_are_added(tmp_path):
    strata = ({"region": "north"}, {"region": "south"})
    table = replace(PLAIN, strata=strata, stratum=np.arange(len(PLAIN.rows)) % 2)
    table.save(tmp_path / "t.parquet")
    equal(Crosstab.load(tmp_path / "t.parquet"), table)
    equal(table + PLAIN, PLAIN + PLAIN)


def test_files_of_before_had_no_list_of_columns():
    header, columns = parts(WHOLE)
    del header["columns"]
    equal(read(header, columns), WHOLE)
    del columns["rows"]
    assert told(header, columns) == 'the column "rows" is missing'


def told(header, columns):
    with pytest.raises(DamagedTable) as caught:
        read(header, columns)
    return str(caught.value)


def headed(**more):
    header, columns = parts(WHOLE)
    return header | more, columns


def changed(name, *cells):
    """Put other cells at the start of a column, or another column in its place."""
    header, columns = parts(WHOLE)
    column = columns[name].astype(np.result_type(columns[name], np.asarray(cells)), copy=True)
    column[: len(cells)] = cells
    return header, columns | {name: column}


def without(*names):
    header, columns = parts(WHOLE)
    header["columns"] = [name for name in header["columns"] if name not in names]
    return header, {name: column for name, column in columns.items() if name not in names}


def masked(name):
    header, columns = parts(WHOLE)
    return header, columns | {name: np.ma.masked_array(columns[name], np.arange(len(columns[name])) == 1)}


def twice():
    header, columns = parts(WHOLE)
    return header, {name: np.append(column, column[:1]) for name, column in columns.items()}


NAMES = ["y_true", "y_pred", "score_bin", "cluster", "rows", "weight", "weight_squared", "suppressed"]
DAMAGES = {
    "the header": [
        (headed(format=1), "its header says format 1, where '1' should be"),
        (headed(format=None), "its header says format None, where '1' should be"),
        (headed(features="sex"), "its features are no list of names ('sex')"),
        (headed(features=None), "its features are no list of names (None)"),
        (headed(features=["sex", "sex"]), "its features name 'sex' twice"),
        (headed(features=["sex", 1]), "its features are not all text (1)"),
        (headed(features=["sex"]), "its header does not list the levels of each feature"),
        (headed(levels=[["F", "F"], ["a"]]), "the levels of \"sex\" name 'F' twice"),
        (headed(levels=[["F", None], ["a"]]), 'the levels of "sex" are not all text (None)'),
        (headed(levels=[["F", ["M"]], ["a"]]), 'the levels of "sex" are not all text (a list)'),
        (headed(levels=[["F", "\ud800"], ["a"]]), "the levels of \"sex\" are not all text ('\\ud800')"),
        (headed(levels=[[], ["a"]]), 'the levels of "sex" are no list of names (a list)'),
        (headed(levels={"sex": ["F", "M"]}), "its header does not list the levels of each feature"),
        (
            headed(levels=[[str(i) for i in range(200)]] * 2),
            "its features cross into 40,000 groups, and at most 10,000 can be audited",
        ),
        (headed(classes=["0", "0"]), "its classes name '0' twice"),
        (headed(classes=[]), "its classes are no list of names (a list)"),
        (headed(classes=["0"]), 'the column "y_true" holds the code 1, which stands for nothing'),
        (headed(edges=None), "its edges are no list of finite numbers"),
        (headed(edges=None, bin_scores=None), 'only one of the column "score_bin" and the header\'s "edges" is there'),
        (headed(edges=[1.0], bin_scores=[0.5, 2.0, 3.0]), "1 edges make 2 bins, and bin_scores has 3"),
        (headed(edges=[2.0, 1.0], bin_scores=[0.5, 2.0, 3.0]), "the edges or scores of its bins do not rise"),
        (headed(edges=[float("nan")], bin_scores=[0.5, 2.0]), "its edges are no list of finite numbers"),
        (headed(edges=[10**400], bin_scores=[0.5, 2.0]), "its edges are no list of finite numbers"),
        (headed(edges=[True], bin_scores=[0.5, 2.0]), "its edges are no list of finite numbers"),
        (headed(columns="rows"), "its columns are no list of names ('rows')"),
        (headed(columns=[*NAMES, "more"]), 'the column "more" is missing'),
        (headed(columns=NAMES[:-1]), 'it has a column "suppressed", which its header does not explain'),
        (headed(strata=[]), "its strata are no list of names and values"),
        (headed(strata=[{"a": 1}]), "the values of a stratum are not all text"),
        (
            headed(strata=[{"a": "x"}, {"a": "x"}]),
            "its strata do not differ from each other, or name different control features",
        ),
        (headed(strata=[{"a": "x"}]), 'only one of the column "stratum" and the header\'s "strata" is there'),
    ],
    "the columns": [
        (without("rows"), 'the column "rows" is missing'),
        (without("level_0"), 'the column "level_0" is missing'),
        (without("weight"), 'it has a column "weight_squared" and no "weight"'),
        (without("weight_squared"), 'it has a column "weight" and no "weight_squared"'),
        (without("score_bin"), 'only one of the column "score_bin" and the header\'s "edges" is there'),
        (
            without("y_true", "y_pred", "cluster", "score_bin"),
            'only one of the column "score_bin" and the header\'s "edges" is there',
        ),
        (masked("rows"), 'the column "rows" holds NULL'),
        (masked("suppressed"), 'the column "suppressed" holds NULL'),
        (changed("rows", -5), 'the column "rows" holds -5, a negative count'),
        (changed("rows", 1.5), 'the column "rows" does not hold whole numbers'),
        (changed("rows", 2**62), 'the column "rows" holds numbers beyond 2^53'),
        (changed("rows", 2**53), "it counts more than 2^53 rows"),
        (changed("rows", *np.zeros(len(WHOLE.rows), int)), "it counts nobody"),
        (changed("level_1", 2), 'the column "level_1" holds the code 2, which stands for nothing'),
        (changed("level_1", -1), 'the column "level_1" holds the code -1, which stands for nothing'),
        (changed("y_pred", -2), 'the column "y_pred" holds the code -2, which stands for nothing'),
        (changed("score_bin", 100), 'the column "score_bin" holds the code 100, which stands for nothing'),
        (changed("score_bin", -1), 'the column "score_bin" holds the code -1, which stands for nothing'),
        (changed("cluster", -1), 'the column "cluster" holds the code -1, which stands for nothing'),
        (changed("weight", float("nan")), "its weights are not all finite and 0 or more"),
        (changed("weight", -1.0), "its weights are not all finite and 0 or more"),
        (changed("weight_squared", float("inf")), "its weights are not all finite and 0 or more"),
        (changed("weight", 1e3), 'the columns "weight" and "weight_squared" are sums of no weights of so many rows'),
        (
            changed("weight_squared", 1e3),
            'the columns "weight" and "weight_squared" are sums of no weights of so many rows',
        ),
        (changed("suppressed", 2), 'the column "suppressed" does not hold true and false'),
        (twice(), "two of its cells have the same group, labels and scores"),
    ],
}


@pytest.mark.parametrize("where", DAMAGES)
def test_each_damage_is_told(where):
    for (header, columns), message in DAMAGES[where]:
        assert told(header, columns) == message


def test_columns_of_no_cells_and_of_other_lengths():
    header, columns = parts(WHOLE)
    assert told(header, {name: column[:0] for name, column in columns.items()}) == "it has no cells"
    assert told(header, columns | {"rows": columns["rows"][1:]}) == "its columns are not of one length"
    assert told(header, columns | {"rows": columns["rows"].astype(object)}) == (
        'the column "rows" does not hold whole numbers'
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "its header is no JSON that can be read"),
        ("[" * 100_000, "its header is no JSON that can be read"),
        ("9" * 6_000, "its header is no JSON that can be read"),
        ("[]", "its header holds no names and values"),
        ("{}", "its header says format None, where '1' should be"),
        ('{"format": "1"}', 'its header lacks "features"'),
        (None, "its header is no text"),
        (" " * (2**26 + 1), "its header has 67,108,865 letters, and 67,108,864 are the most"),
    ],
)
def test_headers_that_are_none(text, message):
    with pytest.raises(DamagedTable) as caught:
        read_header(text, "x")
    assert str(caught.value) == message


def test_clusters_get_numbers_without_gaps():
    header, columns = parts(WHOLE)
    far = columns["cluster"] * 1_000_000_000_000
    equal(read(header, columns | {"cluster": far}), WHOLE)


VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 2**64),
    st.floats(),
    st.text(max_size=3),
    st.lists(st.text(max_size=2)),
    st.lists(st.lists(st.sampled_from(["F", "M", 1, None]), max_size=3), max_size=3),
    st.lists(st.floats(), max_size=3),
)


@given(st.data())
@settings(max_examples=40)
def test_a_changed_part_is_refused_or_a_table_like_any_other(data):
    header, columns = parts(data.draw(st.sampled_from([PLAIN, WHOLE])))
    if data.draw(st.booleans()):
        key = data.draw(st.sampled_from([*header, "more"]))
        header[key] = data.draw(VALUES)
    else:
        name = data.draw(st.sampled_from([*columns]))
        column = columns[name]
        kind = data.draw(st.sampled_from([column.dtype, np.dtype(float), np.dtype(np.int64)]))
        value = data.draw(st.one_of(st.integers(-3, 2**62), st.floats() if kind.kind == "f" else st.integers(-3, 9)))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)
            columns[name] = column.astype(kind)
            columns[name][data.draw(st.integers(0, len(column) - 1))] = value
    try:
        table = read(header, columns)
    except (DamagedTable, AuditError):
        return
    equal(read(*parts(table)), table)
    assert table.merge_cells().n == table.n
    assume(table.n < 10**6)
    try:
        assert ba.audit_crosstab(table).rates()["denominator"].max() <= table.n
    except AuditError:
        return


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """Write files as somebody else's program would."""
    folder, connection = tmp_path_factory.mktemp("elsewhere"), duckdb.connect()
    PLAIN.save(folder / "good.parquet")

    def write(select):
        path, header = folder / "bad.parquet", json.dumps(table_header(PLAIN))
        connection.execute(
            f"COPY ({select.format(folder / 'good.parquet')}) TO '{path}' "
            f"(FORMAT parquet, KV_METADATA {{biasaudit: '{header}'}})"
        )
        return path

    yield write
    connection.close()


WHERE = '"{}" is no whole table of counts: '
AGAIN = ". Save it again where it was counted."


@pytest.mark.parametrize(
    ("select", "message"),
    [
        ("SELECT * REPLACE ([rows] AS rows) FROM '{}'", 'the column "rows" holds BIGINT[], where numbers should be'),
        ("SELECT * REPLACE ('a' AS rows) FROM '{}'", 'the column "rows" holds VARCHAR, where numbers should be'),
        ("SELECT * REPLACE (NULLIF(rows, 1) AS rows) FROM '{}'", 'the column "rows" holds NULL'),
        ("SELECT * REPLACE (rows::FLOAT AS rows) FROM '{}'", 'the column "rows" does not hold whole numbers'),
        ("FROM '{0}' UNION ALL FROM '{0}'", "two of its cells have the same group, labels and scores"),
        ("SELECT *, 1 AS more FROM '{}'", 'it has a column "more", which its header does not explain'),
    ],
)
def test_files_that_somebody_else_wrote(written, select, message):
    path = written(select)
    assert refused(Crosstab.load, path) == WHERE.format(path) + message + AGAIN


def refused(call, *arguments):
    with pytest.raises(AuditError) as caught:
        call(*arguments)
    return str(caught.value)


def test_small_whole_numbers_are_counts_too(written):
    equal(Crosstab.load(written("SELECT * REPLACE (rows::UTINYINT AS rows) FROM '{}'")), PLAIN)


def test_a_file_that_says_it_holds_more_than_it_can(written):
    path = written("SELECT 0::BIGINT level_0, 0::BIGINT level_1, 1::BIGINT AS rows FROM range(3000000)")
    assert refused(Crosstab.load, path) == (
        f'"{path}" is no whole table of counts: it says it holds 3,000,000 cells in {path.stat().st_size:,} bytes, as '
        f"a decompression bomb does{AGAIN}"
    )


def test_files_that_are_cut_or_are_no_files(written, tmp_path):
    path = written("FROM '{}'")
    whole = path.read_bytes()
    for end in range(0, len(whole), len(whole) // 8):
        path.write_bytes(whole[:end])
        message = refused(Crosstab.load, path)
        assert message.startswith(f'"{path}" cannot be read as a table of counts: ')
        assert message.endswith(AGAIN)
    os.mkfifo(tmp_path / "pipe")
    assert refused(Crosstab.load, tmp_path) == (
        f'"{tmp_path}" is a folder, and no table of counts. Give the path of a file that save() wrote.'
    )
    assert refused(Crosstab.load, tmp_path / "pipe") == (
        f'"{tmp_path / "pipe"}" is a pipe or device, and no table of counts. Give the path of a file that save() wrote.'
    )
    for name in ("a\0b", "http://127.0.0.1:9/t.parquet", str(tmp_path / "*.parquet")):
        assert refused(Crosstab.load, name) == (
            f'There is no table of counts "{name}". Give the path of a file that save() wrote.'
        )


def test_where_nothing_can_be_saved(tmp_path):
    assert refused(PLAIN.save, "a\0b") == "The path to write to holds a NUL character. Give another name."
    assert refused(PLAIN.save, tmp_path).startswith(f'"{tmp_path}" cannot be written: ')
    assert not Path(f".{tmp_path.name}").exists()
    assert refused(replace(PLAIN, rows=-PLAIN.rows).save, tmp_path / "t.parquet") == (
        f'The table is no whole table of counts: the column "rows" holds {-PLAIN.rows.max()}, a negative count. Count '
        "rows with biasaudit.count, or load a table that was saved."
    )
    assert list(tmp_path.iterdir()) == []


def test_a_table_made_by_hand_is_looked_at_before_it_is_audited():
    assert refused(ba.audit_crosstab, "t.parquet") == (
        "audit_crosstab takes a table of counts, not a str. Count rows with biasaudit.count, or load a table that was "
        "saved with biasaudit.Crosstab.load."
    )
    for broken in (replace(PLAIN, rows=PLAIN.rows[1:]), replace(PLAIN, codes=PLAIN.codes[:, 0])):
        assert refused(ba.audit_crosstab, broken).startswith("The table is no whole table of counts: its co")


def test_only_tables_are_added_and_not_beyond_what_can_be_counted():
    with pytest.raises(TypeError):
        PLAIN + 1
    many = replace(PLAIN, rows=PLAIN.rows * 2**52 // PLAIN.n)
    assert (many + PLAIN).n == many.n + PLAIN.n
    assert refused(lambda: many + (many + many)).startswith("These tables cannot be added: they count 13,5")


def test_weights_and_scores_that_no_float_can_sum():
    frame = people()
    assert refused(lambda: ba.count(frame.assign(w=frame["w"] * 1e307), **COLUMNS, sample_weight="w")) == (
        "sample_weight is so large that its squares have no finite sum. Divide it by its largest value."
    )
    wide = pd.DataFrame({"sex": ["F", "M"] * 101, "s": np.linspace(-1.7, 1.7, 202) * 1e308})
    assert refused(lambda: ba.count(wide, sensitive_features=["sex"], score="s")) == (
        'score="s" goes from -1.7e+308 to 1.7e+308, which 100 bins of equal width cannot part. Scale the scores, such '
        "as to 0–1."
    )
