"""Files that are broken, huge, encoded otherwise, or no files."""

import gzip
import os
import re
from pathlib import Path

import duckdb
import pandas as pd
import pytest
from bad_tables import HEADER, ROWS, SCORES, assert_refused, audit, cases, people, refusal, write

import biasaudit as ba
from biasaudit.datasets.files import _text, tables
from biasaudit.datasets.files.tables import open_table
from biasaudit.reporting.files import check_writable


def test_10_byte_order_mark(tmp_path):
    found = audit(write(tmp_path, "bom.csv", b"\xef\xbb\xbf" + (HEADER + ROWS).encode()))
    assert (found.table.features, found.table.levels, found.warnings) == (("sex",), (("F", "M"),), ())


@cases("11")
def test_11_other_encodings(case, tmp_path):
    assert_refused(tmp_path, case)


@cases("12")
def test_12_duplicate_columns(case, tmp_path):
    assert_refused(tmp_path, case)


def test_12_duplicate_columns_in_a_frame():
    with pytest.raises(ba.AuditError, match=r"^Two columns have the same name: (.|\n)*'y'(.|\n)*Rename one of them\.$"):
        audit(pd.concat([people(), people()[["y"]]], axis=1))


@cases("18")
def test_18_empty(case, tmp_path):
    assert_refused(tmp_path, case)


def test_18_empty_frame():
    assert refusal(people().head(0)) == "The table has no rows. Check the file, or the filter that made it."


@cases("23")
def test_23_pickle_and_joblib(case, tmp_path):
    assert_refused(tmp_path, case)


@pytest.mark.parametrize("name", ["../../x", "../people.csv"])
def test_24_a_path_is_only_read_as_a_path(name, tmp_path, monkeypatch):
    (tmp_path / "a" / "b").mkdir(parents=True)
    write(tmp_path / "a", "people.csv", HEADER + ROWS)
    monkeypatch.chdir(tmp_path / "a" / "b")
    if name == "../../x":
        assert refusal(name) == 'There is no file "../../x". Check the path.'
    else:
        found = audit(name)
        assert found.title == 'Audit of "people.csv"'
        for text in (found.to_json(), found.to_markdown(), found.to_html()):
            assert ".." + "/" not in text
            assert str(tmp_path) not in text
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["a", "b", "people.csv"]


def test_25_gzip_bomb(tmp_path, monkeypatch):
    monkeypatch.setattr(_text, "SMALL_FILE", 2**20)
    path = write(tmp_path, "people.csv.gz", gzip.compress((HEADER + ROWS * 60_000).encode(), 9))
    assert refusal(path) == (
        f'"{path}" grows more than 200-fold when unpacked, as a decompression bomb does. '
        "If it is yours, unpack it and audit the plain file."
    )
    monkeypatch.undo()
    assert audit(path).table.rows.sum() == 3_600_000


def test_26_parquet_bomb(tmp_path):
    path = tmp_path / "people.parquet"
    duckdb.sql("SELECT (i // 9000000)::VARCHAR AS sex, 0 AS y, 1 AS p FROM range(10000000) t(i)").write_parquet(
        str(path)
    )
    size = f"{path.stat().st_size / 1000:,.0f}"
    assert refusal(path) == (
        f"The Parquet file says it holds 10,000,000 rows in {size} kB, as a decompression bomb does. "
        "If it is yours, open it with DuckDB and audit the relation."
    )


def test_27_larger_than_memory(tmp_path, monkeypatch):
    path = tmp_path / "people.parquet"
    duckdb.sql(
        "SELECT if(i % 3 = 0, 'F', 'M') AS sex, i % 2 AS y, (i // 2) % 2 AS p, md5(i::VARCHAR) AS letter "
        "FROM range(3000000) t(i)"
    ).write_parquet(str(path))
    monkeypatch.setattr(tables, "MEMORY_LIMIT", "80MB")
    assert path.stat().st_size > 90e6
    assert audit(path).table.rows.sum() == 3_000_000


def test_31_semicolons_and_decimal_commas(tmp_path):
    path = write(tmp_path, "people.csv", "sex;y;p;s\nF;0;1;0,5\nF;1;1;0,25\nM;1;0;0,75\nM;0;0;1\n")
    found = audit(path, score="s")
    assert found.warnings == (
        "Cells are separated by ';'.",
        'Decimal commas in "s" were read as decimal points.',
        "The prediction is the same for everyone within each group: is it the group under another name?",
        SCORES.format(100),
    )
    assert sorted(open_table(path, numbers=["s"]).frame.fetchnumpy()["s"]) == [0.25, 0.5, 0.75, 1.0]


@cases("32")
def test_32_ragged_rows(case, tmp_path):
    assert_refused(tmp_path, case)


@cases("34")
def test_34_nul_bytes(case, tmp_path):
    assert_refused(tmp_path, case)


@cases("40")
def test_40_broken_files(case, tmp_path):
    assert_refused(tmp_path, case)


def test_40_truncated_parquet(tmp_path):
    path = str(tmp_path / "people.parquet")
    people().to_parquet(path)
    content = (tmp_path / "people.parquet").read_bytes()
    write(tmp_path, "people.parquet", content[:-20])
    assert refusal(path) == (
        f"The file cannot be read: Invalid Input Error: No magic bytes found at end of file '{path}'. "
        "Check that it was saved whole."
    )
    write(tmp_path, "people.parquet", content[:4] + bytes(len(content) - 12) + content[-8:])
    assert re.fullmatch(r"The file cannot be read: .+\. Check that it was saved whole\.", refusal(path))


@pytest.mark.parametrize("url", ["https://x.example/people.csv", "s3://x/people.parquet", "file:///people.csv"])
def test_40_url(url):
    assert refusal(url) == f'"{url}" is a URL. Download the file first, then give its path.'


def test_40_no_plain_file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write(tmp_path, "people.csv", HEADER + ROWS)
    os.mkfifo("pipe.csv")
    Path("link.csv").symlink_to("people.csv")
    assert refusal("pipe.csv") == '"pipe.csv" is a pipe or device, not a file. Save its content to a file first.'
    assert refusal("link.csv") == (
        f'"link.csv" is a symbolic link. Give the path it points to: "{os.path.realpath("people.csv")}".'
    )
    assert refusal(".") == '"." is a directory. Give a file in it, or a pattern such as "./*.parquet".'
    assert refusal("peple.csv") == 'There is no file "peple.csv". Did you mean "people.csv"? Check the path.'
    assert refusal("*.parquet") == 'No file matches "*.parquet". Check the pattern and the folder you stand in.'
    assert refusal("people\0.csv") == "The path holds a NUL character. Give the path of a file."


def test_40_unreadable_file(tmp_path, monkeypatch):
    path = write(tmp_path, "people.csv", HEADER + ROWS)

    def refuse(*_, **__):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(tables.Path, "open", refuse)
    assert refusal(path) == f'"{path}" cannot be read: Permission denied. Check its permissions.'


def test_40_read_only_output(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "access", lambda *_: False)
    path = tmp_path / "audit.json"
    with pytest.raises(ba.AuditError) as caught:
        audit(people()).to_json(path)
    assert str(caught.value) == f'"{path}" cannot be written: no permission. Choose another place.'
    assert list(tmp_path.iterdir()) == []


def test_40_output_is_no_plain_file(tmp_path):
    (tmp_path / "link.json").symlink_to("elsewhere")
    os.mkfifo(tmp_path / "pipe.json")
    for path, message in {
        tmp_path: '"{}" is a directory. Give the name of a file in it.',
        tmp_path / "link.json": '"{}" is a symbolic link. Give the path it points to.',
        tmp_path / "pipe.json": '"{}" is no plain file. Give another name.',
    }.items():
        with pytest.raises(ba.AuditError) as caught:
            check_writable(path)
        assert str(caught.value) == message.format(path)
    with pytest.raises(ba.AuditError) as caught:
        check_writable(tmp_path / "no" / "audit.json")
    assert str(caught.value) == f'The folder "{tmp_path / "no"}" does not exist. Make it first, or choose another.'


def test_40_output_appears_whole_or_not_at_all(tmp_path, monkeypatch):
    path = tmp_path / "audit.json"
    path.write_text("old")

    def fail(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(ba.AuditError) as caught:
        audit(people()).to_json(path)
    assert str(caught.value) == f'"{path}" cannot be written: No space left on device. Choose another place.'
    assert [(file.name, file.read_text()) for file in tmp_path.iterdir()] == [("audit.json", "old")]
