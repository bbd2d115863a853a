"""Tables in files: what is read, what is said of it, and what is out of reach."""

import errno
import gc
import gzip
import os
import re
import tempfile
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.feather
import pytest

from biasaudit.datasets.files import _text, tables
from biasaudit.datasets.files.tables import open_table, reading
from biasaudit.errors import AuditError

ROWS = [("F", "0", "01"), ("M", "NA", "2.5"), ("É", None, "3")]
CSV = "sex,y,s\nF,0,01\nM,NA,2.5\nÉ,,3\n"


@pytest.fixture(autouse=True)
def scratch(tmp_path, monkeypatch):
    """Put temporary folders where a test can see whether they went away."""
    folder = tmp_path / "scratch"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


def content(table):
    return sorted(table.frame.fetchall())


def write(folder, name, text):
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def refusal(path, **asked):
    with pytest.raises(AuditError) as caught:
        open_table(path, **asked)
    return str(caught.value)


@pytest.mark.parametrize(
    ("name", "text", "notes"),
    [
        ("a.csv", CSV, ()),
        ("A.CSV", CSV, ()),
        ("a.csv.gz", gzip.compress(CSV.encode(), mtime=0), ()),
        ("a.tsv", CSV.replace(",", "\t"), ("Cells are separated by '\\t'.",)),
        ("a.tsv.gz", gzip.compress(CSV.replace(",", "\t").encode(), mtime=0), ("Cells are separated by '\\t'.",)),
        ("a.csv", CSV.replace(",", ";"), ("Cells are separated by ';'.",)),
        ("a.txt", CSV.replace(",", "|"), ("Cells are separated by '|'.",)),
        ("a.csv", CSV.replace("\n", "\r\n"), ()),
        ("a.csv", CSV.rstrip("\n"), ()),
        ("a.csv", b"\xef\xbb\xbf" + CSV.encode(), ()),
    ],
)
def test_text_is_read_as_it_stands(name, text, notes, tmp_path):
    table = open_table(write(tmp_path, name, text))
    assert content(table) == sorted(ROWS)
    assert (table.frame.columns, table.notes) == (["sex", "y", "s"], notes)
    assert set(map(str, table.frame.types)) == {"VARCHAR"}


def test_columns_of_numbers(tmp_path):
    path = write(tmp_path, "a.csv", CSV)
    table = open_table(path, numbers=["s", "not there"])
    assert [row[2] for row in content(table)] == [1.0, 2.5, 3.0]
    assert list(map(str, table.frame.types)) == ["VARCHAR", "VARCHAR", "DOUBLE"]
    assert table.notes == ()


def test_columns_of_text_have_empty_texts_where_a_cell_is_empty(tmp_path):
    path = write(tmp_path, "a.csv", 'sex,"it""s",s\n,,NA\nF,"",1\nM,None,\n')
    table = open_table(path, texts=['it"s', 'it"s', "not there"], numbers=["not there"])
    assert [row[:2] for row in table.frame.order("s DESC NULLS LAST").fetchall()] == [
        (None, ""),
        ("F", ""),
        ("M", "None"),
    ]
    assert set(map(str, table.frame.types)) == {"VARCHAR"}


def test_decimal_commas_inside_quotes(tmp_path):
    table = open_table(write(tmp_path, "a.csv", 'sex,s\nF,"0,5"\nM," -1,25"\n'), numbers=["s"])
    assert content(table) == [("F", 0.5), ("M", -1.25)]
    assert table.notes == ('Decimal commas in "s" were read as decimal points.',)


def test_quoted_cells(tmp_path):
    table = open_table(write(tmp_path, "a.csv", 'a,"b ""c"", d"\n"x,y","line\nbreak"\n"",z\n'))
    assert table.frame.columns == ["a", 'b "c", d']
    assert set(table.frame.fetchall()) == {("x,y", "line\nbreak"), (None, "z")}


def test_nameless_columns(tmp_path):
    assert open_table(write(tmp_path, "a.csv", "a,,c\n1,2,3\n")).frame.columns == ["a", "column_2", "c"]


@pytest.mark.parametrize("name", ["a.parquet", "a.PQ"])
def test_parquet(name, tmp_path):
    frame = pd.DataFrame({"sex": ["F", "M"], "y": [0, 1]})
    frame.to_parquet(tmp_path / name)
    table = open_table(tmp_path / name)
    assert (content(table), table.notes) == ([("F", 0), ("M", 1)], ())


@pytest.mark.parametrize("version", [1, 2])
def test_arrow(version, tmp_path):
    path = tmp_path / "a.arrow"
    arrow = pa.table({"sex": ["F", "M"], "y": [0, 1]})
    if version == 2:
        pyarrow.feather.write_feather(arrow, path, compression="uncompressed")
    else:
        with pa.ipc.new_file(path, arrow.schema) as out:
            out.write_table(arrow)
    assert content(open_table(path)) == [("F", 0), ("M", 1)]


def test_broken_arrow(tmp_path):
    path = write(tmp_path, "a.arrow", b"ARROW1\0\0" + b"x" * 100)
    assert re.fullmatch(r"The Arrow file cannot be read: .*Check that it was saved whole\.", refusal(path))


@pytest.mark.parametrize("lengths", [False, True])
def test_arrow_whose_cells_are_damaged(tmp_path, lengths):
    whole = pa.array(["Ann", "Bob"] * 40)
    _, offsets, letters = whole.buffers()
    ends = np.frombuffer(offsets, np.int32).copy()
    ends[40] = ends[40] + 2**30 if lengths else ends[40]
    text = letters.to_pybytes() if lengths else b"\xff" + letters.to_pybytes()[1:]
    damaged = pa.StringArray.from_buffers(80, pa.py_buffer(ends), pa.py_buffer(text))
    with pa.ipc.new_file(tmp_path / "a.arrow", pa.schema({"name": pa.string()})) as out:
        out.write_table(pa.table({"name": damaged}))
    assert re.fullmatch(
        r"The Arrow file cannot be read: In column 0: Invalid: .*\. Check that it was saved whole\.",
        refusal(tmp_path / "a.arrow"),
    )


def test_arrow_whose_names_are_damaged(tmp_path):
    with pa.ipc.new_file(tmp_path / "a.arrow", pa.schema({"zzname": pa.int64()})) as out:
        out.write_table(pa.table({"zzname": [1, 2]}))
    content = (tmp_path / "a.arrow").read_bytes()
    path = write(tmp_path, "b.arrow", content.replace(b"zzname", b"\xff\xfename"))
    assert re.fullmatch(r"The Arrow file cannot be read: .*Check that it was saved whole\.", refusal(path))


def test_several_files(tmp_path):
    for i, name in enumerate(("a-1.csv", "a-2.csv", "b-1.csv")):
        write(tmp_path, name, f"sex,y\nF,{i}\n")
    assert content(open_table(tmp_path / "a-*.csv")) == [("F", "0"), ("F", "1")]
    assert content(open_table(tmp_path / "[ab]-1.csv")) == [("F", "0"), ("F", "2")]
    assert content(open_table(tmp_path / "?-?.csv")) == [("F", "0"), ("F", "1"), ("F", "2")]


def test_several_parquet_files(tmp_path):
    for i in range(3):
        pd.DataFrame({"y": [i]}).to_parquet(tmp_path / f"{i}.parquet")
    assert content(open_table(tmp_path / "*.parquet")) == [(0,), (1,), (2,)]


def test_files_that_do_not_fit_together(tmp_path):
    first, second = write(tmp_path, "1.csv", "sex,y\nF,0\n"), write(tmp_path, "2.csv", "sex,p\nF,0\n")
    assert refusal(tmp_path / "*.csv") == f'"{second}" and "{first}" have different headers. Name files of one table.'
    pd.DataFrame({"sex": ["F"]}).to_parquet(tmp_path / "3.parquet")
    assert (
        refusal(tmp_path / "*") == f'"{tmp_path / "scratch"}" is a directory. Give a file in it, or a pattern such '
        f'as "{tmp_path / "scratch"}/*.parquet".'
    )
    assert refusal(tmp_path / "?.*") == (
        f'"{tmp_path / "?.*"}" matches files of several kinds (parquet, text). Name one kind.'
    )


NAMES = ["a[1]", "it's", "a*", "a?", "a[!b]", '"a"', "a b", "ä", "a;b", "{a,b}", "[", "'); DROP", "$1", "a\\b", "%41"]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("kind", ["csv", "csv.gz", "parquet", "arrow"])
def test_names_that_look_like_patterns_or_code(name, kind, tmp_path):
    frame = pd.DataFrame({"sex": ["F", "M"]})
    path = tmp_path / f"{name}.{kind}"
    for other in ("a1", "ab", "aa"):
        pd.DataFrame({"sex": ["another file"]}).to_csv(tmp_path / f"{other}.{kind}", index=False)
    if kind == "parquet":
        frame.to_parquet(path)
    elif kind == "arrow":
        frame.to_feather(path)
    else:
        frame.to_csv(path, index=False)
    assert content(open_table(path)) == [("F",), ("M",)]


@pytest.mark.parametrize("kind", ["csv", "csv.gz", "parquet", "arrow"])
def test_nothing_but_the_named_file_can_be_read(kind, tmp_path):
    frame = pd.DataFrame({"sex": ["F", "M"]})
    secret = write(tmp_path, "secret.csv", "a\n1\n")
    path = tmp_path / f"people.{kind}"
    {"parquet": frame.to_parquet, "arrow": frame.to_feather}.get(kind, lambda p: frame.to_csv(p, index=False))(path)
    connection = open_table(path).resources[0]
    assert isinstance(connection, duckdb.DuckDBPyConnection)
    for query in (
        f"SELECT * FROM '{secret}'",
        f"SELECT * FROM read_text('{secret}')",
        f"SELECT * FROM glob('{tmp_path}/*')",
        f"ATTACH '{tmp_path / 'new.db'}'",
        f"COPY (SELECT 1) TO '{tmp_path / 'new.csv'}'",
        "INSTALL httpfs",
        "SET enable_external_access=true",
        f"SET allowed_paths=['{secret}']",
        "SET memory_limit='100GB'",
    ):
        with pytest.raises(duckdb.Error):
            connection.execute(query).fetchall()
    assert sorted(file.name for file in tmp_path.iterdir()) == [path.name, "scratch", "secret.csv"]


def test_the_table_outlives_its_opener(tmp_path):
    relation = open_table(write(tmp_path, "a.csv.gz", gzip.compress(CSV.encode(), mtime=0)))
    gc.collect()
    assert len(content(relation)) == 3


@pytest.mark.parametrize("kind", ["csv", "csv.gz", "parquet"])
def test_temporary_folders_go(kind, tmp_path, scratch):
    frame = pd.DataFrame({"sex": ["F", "M"]})
    path = tmp_path / f"people.{kind}"
    frame.to_parquet(path) if kind == "parquet" else frame.to_csv(path, index=False)
    table = open_table(path)
    assert list(scratch.iterdir())
    del table
    gc.collect()
    assert list(scratch.iterdir()) == []


@pytest.mark.parametrize(
    "broken", [gzip.compress(CSV.encode(), mtime=0)[:-9], gzip.compress(b"a,a\n1,2\n", mtime=0), b"plain"]
)
def test_temporary_folders_go_after_an_error(broken, tmp_path, scratch):
    refusal(write(tmp_path, "a.csv.gz", broken))
    gc.collect()
    assert list(scratch.iterdir()) == []


def test_unpacking_leaves_no_file_open(tmp_path):
    path = write(tmp_path, "a.csv.gz", gzip.compress(CSV.encode(), mtime=0))
    descriptors = Path("/proc/self/fd")
    if not descriptors.is_dir():
        pytest.skip("needs /proc")
    open_table(path)
    gc.collect()
    before = len(list(descriptors.iterdir()))
    for _ in range(5):
        open_table(path)
    gc.collect()
    assert len(list(descriptors.iterdir())) <= before


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a,b\n1,2\n3\n", "Line 3 of the file has 1 cells where the header has 2. Mend or remove that line."),
        ("a,b\n1,2,3\n", "Line 2 of the file has 3 cells where the header has 2. Mend or remove that line."),
        ('a,b\n1,2\n"3,4\n', "Line 3 of the file has a quote that is never closed. Mend that line."),
        (
            "a,b\n1,2\n1,high\n",
            "\"b\" holds text among numbers: 'high' in row 2. Write every cell as a number, or leave it empty where "
            "there is none.",
        ),
        (
            b"a,b\n" + b"1,2\n" * 3_000 + b"\xe9,2\n",
            "Line 3002 of the file is not UTF-8 text (perhaps Latin-1 or Windows-1252). Save the file as UTF-8.",
        ),
    ],
)
def test_errors_that_come_late(text, message, tmp_path):
    table = open_table(write(tmp_path, "a.csv", text), numbers=["b"])
    with pytest.raises(AuditError) as caught, reading(table):
        table.frame.fetchall()
    assert str(caught.value) == message


def test_running_out_of_memory(tmp_path, monkeypatch):
    monkeypatch.setattr(tables, "MEMORY_LIMIT", "1MB")
    connection = open_table(write(tmp_path, "a.csv", CSV)).resources[0]
    with pytest.raises(AuditError) as caught, reading():
        connection.execute("SELECT list(i) FROM range(10000000) t(i)").fetchall()
    assert str(caught.value) == (
        "The table needs more memory than is set aside for it. Audit fewer columns, or split the file."
    )


def full(*_, **__):
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@pytest.mark.parametrize("called", ["os.mkdir", "gzip.open"])
def test_a_temporary_folder_without_room(tmp_path, monkeypatch, called):
    path = write(tmp_path, "a.csv.gz", gzip.compress(CSV.encode()))
    monkeypatch.setattr(called, full)
    with pytest.raises(AuditError) as caught:
        open_table(path)
    assert str(caught.value) == (
        f'The temporary folder "{tempfile.gettempdir()}" cannot be written: No space left on device. Make room, or '
        "name another one in the environment as TMPDIR."
    )


def test_a_query_that_finds_no_room_to_spill():
    with pytest.raises(AuditError, match="cannot be written: No space left on device"), reading():
        raise duckdb.IOException('Could not write file "x": No space left on device')


def test_other_errors_are_shortened():
    with pytest.raises(AuditError) as caught, reading():
        raise duckdb.IOException("first line " + "x" * 500 + "\nsecond line")
    message = str(caught.value)
    assert message.startswith("The file cannot be read: first line xxx")
    assert message.endswith("x. Check that it was saved whole.")
    assert "second" not in message
    assert len(message) < 270


def test_errors_of_other_kinds_pass():
    with pytest.raises(ZeroDivisionError), reading():
        _ = 1 / 0


def test_parquet_with_columns_alike_but_for_capitals(tmp_path):
    pd.DataFrame({"sex": ["F"], "Sex": ["M"]}).to_parquet(tmp_path / "a.parquet")
    assert refusal(tmp_path / "a.parquet") == (
        'Two columns have names that differ only in capitals: "sex" and "Sex". Rename one of them.'
    )


def test_parquet_with_nested_columns(tmp_path):
    frame = pd.DataFrame({"sex": ["F"], "more": [{"a": 1}]})
    frame.to_parquet(tmp_path / "a.parquet")
    assert open_table(tmp_path / "a.parquet").frame.columns == ["sex", "more"]


def test_long_names_are_shortened(tmp_path):
    long = "x" * 10_000
    assert refusal(write(tmp_path, "a.csv", f"{long},{long}\n1,2\n")) == (
        f'Two columns have the same name: "{"x" * 59}…" and "{"x" * 59}…". Rename one of them.'
    )


def test_a_bomb_is_stopped_while_it_unpacks(tmp_path, monkeypatch):
    monkeypatch.setattr(_text, "SMALL_FILE", 2**20)
    monkeypatch.setattr(_text, "MAX_EXPANSION", 5)
    path = write(tmp_path, "a.csv.gz", gzip.compress(b"a\n" + b"1\n" * 4_000_000, mtime=0))
    assert refusal(path) == (
        f'"{path}" grows more than 5-fold when unpacked, as a decompression bomb does. '
        "If it is yours, unpack it and audit the plain file."
    )
