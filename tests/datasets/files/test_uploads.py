"""Tables that people bring: read within limits, or refused in a sentence."""

import gzip
import io

import numpy as np
import pandas as pd
import pytest

import biasaudit as ba
from biasaudit import AuditError
from biasaudit.datasets.files import uploads
from spreadsheets import sheet

read = ba.datasets.read_table
CSV = b"sex,code,score,hired\nF,007,0.5,yes\nM,012,,no\n"


def refused(content, name, **asked):
    with pytest.raises(AuditError) as caught:
        read(content, name=name, **asked)
    return str(caught.value)


def parquet(frame):
    out = io.BytesIO()
    frame.to_parquet(out, index=False)
    return out.getvalue()


def test_numbers_are_numbers_and_codes_stay_codes():
    frame = read(CSV, name="people.csv")
    assert frame["code"].tolist() == ["007", "012"]
    assert frame["score"].dtype == float
    assert frame["score"].isna().tolist() == [False, True]
    assert frame["hired"].tolist() == ["yes", "no"]


def test_every_kind_reads_the_same(tmp_path):
    plain = pd.DataFrame({"sex": ["F", "M"], "hired": [1, 0]})
    (tmp_path / "people.csv").write_bytes(b"sex,hired\nF,1\nM,0\n")
    kinds = {
        "a.csv": b"sex,hired\nF,1\nM,0\n",
        "A.CSV": b"\xef\xbb\xbfsex,hired\r\nF,1\r\nM,0\r\n",
        "a.tsv": b"sex\thired\nF\t1\nM\t0\n",
        "a.csv.gz": gzip.compress(b"sex,hired\nF,1\nM,0\n", mtime=0),
        "a.parquet": parquet(plain),
        "a.xlsx": sheet([["sex", "hired"], ["F", 1], ["M", 0]]),
        "../../etc/a.csv": b"sex,hired\nF,1\nM,0\n",
    }
    for name, content in kinds.items():
        frame = read(content, name=name)
        assert frame["sex"].tolist() == ["F", "M"], name
        assert frame["hired"].astype(int).tolist() == [1, 0], name
    assert read(tmp_path / "people.csv")["hired"].tolist() == [1, 0]
    file = io.BytesIO(kinds["a.csv"])
    file.name = "a.csv"
    assert len(read(file)) == 2


def test_decimal_commas_between_semicolons():
    assert read(b"g;x\nF;0,5\nM;1,25\n", name="a.csv")["x"].tolist() == [0.5, 1.25]


def test_of_formulas_the_values_are_read():
    frame = read(sheet([["sex", "sum"], ["F", "=1+41"], ["M", 7]]), name="a.xlsx")
    assert frame["sum"].tolist() == [42, 7]


def test_what_is_no_table():
    assert refused(b"%PDF", "cv.pdf") == (
        '"cv.pdf" is not a table that can be read. Give a CSV, TSV, Parquet, Arrow or spreadsheet file.'
    )
    assert refused(b"", "a.csv") == '"a.csv" is empty. Give a file with a header and rows.'
    assert refused(b"\x80\x04K", "model.pkl").startswith('"model.pkl" is not a table that can be read.')
    assert refused(b"PAR1 broken", "a.csv").startswith('"a.csv" is named like text but holds something else')
    assert refused(b"no zip", "a.xlsx").startswith('"a.xlsx" is not a spreadsheet that can be read')
    assert refused(b"a,a\n1,2\n", "a.csv") == 'Two columns have the same name: "a" and "a". Rename one of them.'
    assert refused(b"a,b\n1\n", "a.csv").startswith("Line 2 of the file has 1 cells where the header has 2.")
    assert refused(sheet([["a", "a"], [1, 2]]), "a.xlsx") == (
        '"a.xlsx" has two columns called "a". Give every column a name of its own, in the first row.'
    )
    assert refused(sheet([["a", "b"]]), "a.xlsx") == (
        '"a.xlsx" has no rows below its header. Give a sheet with a header and rows.'
    )
    assert refused(sheet([["a"], [1]]), "a.xlsx", sheet="Peple").startswith('"Peple" is not a sheet of "a.xlsx".')
    assert refused(b"a\n1\n", None).startswith("name is missing.")


def test_what_grows_like_a_bomb():
    bomb = sheet([["a"], [1]], extra=b"\0" * 30_000_000)
    assert len(bomb) < 100_000
    assert "as a zip bomb does" in refused(bomb, "a.xlsx")
    assert "decompression bomb" in refused(gzip.compress(b"a\n" + b"1\n" * 40_000_000, mtime=0), "a.csv.gz")
    rows = parquet(pd.DataFrame({"a": np.zeros(3_000_000, dtype="int8")}))
    assert "decompression bomb" in refused(rows, "a.parquet") or len(rows) > 30_000


def test_what_is_too_large_says_what_to_run(monkeypatch):
    monkeypatch.setattr(uploads, "MOST_BYTES", 10)
    assert refused(CSV, "a.csv").endswith("Audit it from its file instead: biasaudit audit FILE --sensitive COLUMN …")
    monkeypatch.setattr(uploads, "MOST_BYTES", 10**6)
    monkeypatch.setattr(uploads, "MOST_CELLS", 3)
    assert '"a.csv" holds 2 rows of 4 columns; at most 3 cells' in refused(CSV, "a.csv")


def test_a_full_disk_is_a_sentence(monkeypatch):
    def full(self, content):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(uploads.Path, "write_bytes", full)
    assert refused(CSV, "a.csv") == ("The table cannot be read: No space left on device. Is there room on the disk?")


@pytest.mark.parametrize("name", ["compas", "resume_audit", "berkeley", "ricci", "law_resumes", "adult"])
def test_the_columns_of_real_data_are_guessed(name):
    data = ba.datasets.load(name)
    guess, own = ba.datasets.guess_columns(data.frame), data.audit_arguments
    assert set(guess.sensitive_features) == set(data.sensitive_features)
    assert guess.y_pred == own.get("y_pred")
    assert guess.score == own.get("score")
    assert guess.pos_label == own.get("pos_label")
    # COMPAS holds two labels: either is one.
    assert guess.y_true in {own.get("y_true"), *(["is_recid"] if name == "compas" else [])}


def test_nothing_is_guessed_from_nothing():
    frame = pd.DataFrame({"a": [1, 2, 3], "b": [[1], [2], [3]], "hired": [1, 1, 1]})
    guess = ba.datasets.guess_columns(frame)
    assert (guess.sensitive_features, guess.y_true, guess.y_pred, guess.score) == ((), None, None, None)
    assert guess.features == ("a", "b", "hired")


PEOPLE = pd.DataFrame({"id": [1, 2, 3], "hired": [1, 0, 1]})


def test_groups_join_by_an_id():
    groups = pd.DataFrame({"id": ["2", "1"], "sex": ["F", "M"]})
    joined = ba.datasets.join_groups(PEOPLE, groups, on="id")
    assert joined["sex"].tolist()[:2] == ["M", "F"]
    assert joined["sex"].isna().tolist() == [False, False, True]
    assert len(joined) == 3


@pytest.mark.parametrize(
    ("groups", "sentence"),
    [
        (
            {"id": [1, 1], "sex": ["F", "M"]},
            "The id 1 stands twice in the second table, so nobody can say which group "
            "is meant. Keep one row for each id.",
        ),
        ({"key": [1], "sex": ["F"]}, 'on="id" is not a column of the second table. Columns: key, sex.'),
        ({"id": [1], "hired": ["F"]}, 'Both tables have a column "hired". Rename it in one of them.'),
        ({"id": [7], "sex": ["F"]}, 'No row finds its group by "id". Check that both tables hold the same ids.'),
        ({"id": ["001"], "sex": ["F"]}, 'No row finds its group by "id". Check that both tables hold the same ids.'),
    ],
)
def test_groups_that_do_not_join(groups, sentence):
    with pytest.raises(AuditError) as caught:
        ba.datasets.join_groups(PEOPLE, pd.DataFrame(groups), on="id")
    assert str(caught.value) == sentence
