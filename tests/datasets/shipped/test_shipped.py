"""What the loaders hand out, where they look for it, and what they refuse."""

import gzip
import hashlib
import re
import shutil
import subprocess
import sys
from dataclasses import FrozenInstanceError
from pathlib import Path

import pandas as pd
import pytest

import biasaudit as ba
from biasaudit import AuditError, datasets
from biasaudit.datasets.shipped import loading as shipped

FOLDER = Path(__file__).parents[3] / "datasets"
# Sets whose label is a number.
NUMBERS = ("wages", "salaries", "law_school")
LOADERS = {name: getattr(datasets, f"load_{name}") for name in shipped.SHIPPED}


@pytest.fixture(scope="module", params=shipped.SHIPPED)
def data(request):
    return datasets.load(request.param)


@pytest.fixture
def installed(tmp_path, monkeypatch):
    """Lay the data out as a wheel does, with no checkout around."""
    package = tmp_path / "site-packages" / "biasaudit"
    monkeypatch.setattr(shipped, "PACKAGE", package)
    shutil.copytree(FOLDER, package / "_shipped" / "datasets", ignore=shutil.ignore_patterns("adult", "__pycache__"))
    return package / "_shipped" / "datasets"


def test_loader_and_name_give_the_same(data):
    other = LOADERS[data.name]()
    pd.testing.assert_frame_equal(data.frame, other.frame)
    assert (other.name, other.card) == (data.name, data.card)


def test_columns_play_roles_that_exist(data):
    columns = set(data.frame.columns)
    roles = {*data.features, *data.sensitive_features, *filter(None, [data.label, data.cluster, data.weight])}
    assert roles <= columns
    assert not set(data.features) & {*data.sensitive_features, data.label, data.cluster}
    assert data.truth is None


def test_groups_are_text(data):
    for column in data.sensitive_features:
        assert all(type(level) is str and level for level in data.frame[column].unique())


def test_text_is_never_missing(data):
    text = data.frame.select_dtypes(exclude="number")
    assert not text.isna().any(axis=None)
    assert data.frame.isna().sum().sum() == (307 if data.name == "compas" else 0)


def test_codes_stay_text():
    minimum = datasets.load_resume_audit().frame["minimum"]
    assert {"none", "some", "0.5", "0"} <= set(minimum)
    assert "?" in set(datasets.load_adult().frame["workclass"])


def test_text_is_read_as_written_and_only_numbers_can_be_missing(installed):
    levels = ["NA", "None", "nan", "", "01"]
    rows = [f"01,1.5,{'7' if level else ''},{level},2,1" for level in levels]
    content = "\n".join(["position,oral,written,race,combined,passed", *rows, ""]).encode()
    (installed / "ricci" / "data.csv.gz").write_bytes(gzip.compress(content))
    card = installed / "ricci" / "card.toml"
    old = datasets.load_card("ricci").sha256
    card.write_text(card.read_text("utf-8").replace(old, hashlib.sha256(content).hexdigest()), "utf-8")
    frame = datasets.load_ricci().frame
    assert frame["race"].tolist() == levels
    assert frame["position"].tolist() == ["01"] * 5
    assert frame["written"].isna().tolist() == [False, False, False, True, False]


def test_features_do_not_give_the_label_away():
    assert not {"is_recid", "is_violent_recid", "decile_score", "score_text"} & set(datasets.load_compas().features)
    assert "fnlwgt" not in datasets.load_adult().features


def test_data_sets_audit_with_their_own_arguments(data):
    assert set(data.audit_arguments["sensitive_features"]) <= set(data.sensitive_features)
    rates = ba.audit_predictions(data).rates()
    assert len(rates)


def test_a_number_has_a_unit_on_the_card_and_in_the_audit(data):
    units = (data.unit, data.card.unit, data.audit_arguments.get("unit"))
    assert units == ((data.card.unit,) * 3 if data.name in NUMBERS else (None,) * 3)
    if data.name in NUMBERS:
        assert data.unit
        assert data.frame[data.label].nunique() > 300
        assert data.label == data.audit_arguments["y_true"]
        assert data.frame[data.label].dtype.kind in "if"


def test_resume_audit_clusters():
    data = datasets.load_resume_audit()
    assert data.cluster == "name_id"
    assert data.frame["name_id"].unique().size == 36
    assert data.frame["name_id"].str.fullmatch(r"name_\d\d").all()
    assert data.frame.groupby("name_id")[["ethnicity", "gender"]].nunique().eq(1).all(axis=None)


FORBIDDEN = re.compile(
    r"(^|_)(id|name|first|last|surname|dob|birth|case|number|address|phone|jail|custody|offense)(_|$)"
)


def test_no_column_identifies_a_person(data):
    allowed = {"name_id"}  # a number in place of the first name of a made-up applicant
    assert [column for column in data.frame.columns if FORBIDDEN.search(column) and column not in allowed] == []


def test_no_dates_but_the_screening(data):
    dated = [
        column
        for column in data.frame.select_dtypes(exclude="number")
        if data.frame[column].str.contains(r"\d{4}-\d\d-\d\d|\d\d?/\d\d?/\d{2,4}").any()
    ]
    assert dated == (["compas_screening_date"] if data.name == "compas" else [])


def test_screening_dates_are_no_birth_dates():
    dates = datasets.load_compas().frame["compas_screening_date"]
    assert (dates.min(), dates.max()) == ("2013-01-01", "2014-12-31")


def test_files_are_small():
    sizes = [file.stat().st_size for file in FOLDER.glob("*/data.csv.gz")]
    assert len(sizes) == len(shipped.SHIPPED)
    assert max(sizes) <= 500_000
    assert sum(sizes) <= 1_500_000


def test_every_folder_is_listed():
    assert {path.parent.name for path in FOLDER.glob("*/card.toml")} == set(shipped.SHIPPED)
    assert [name for name, _ in datasets.list_datasets()] == list(shipped.SHIPPED)


@pytest.mark.parametrize(
    ("name", "hint"), [("recci", ' Did you mean "ricci"?'), ("COMPAS", ' Did you mean "compas"?'), ("zzz", "")]
)
def test_unknown_name(name, hint):
    names = ", ".join(shipped.SHIPPED)
    for call in (datasets.load, datasets.load_card):
        with pytest.raises(AuditError) as error:
            call(name)
        assert str(error.value) == f'"{name}" is not a shipped data set.{hint} Data sets: {names}.'


def test_name_is_no_path():
    with pytest.raises(AuditError, match="is not a shipped data set"):
        datasets.load("../datasets/compas")


def test_installed_data_load(installed):
    assert shipped._folder() == installed
    assert len(datasets.load_compas().frame) == 7214


def test_checkout_is_used_when_nothing_is_installed():
    assert shipped._folder() == FOLDER


def test_installed_data_come_before_a_checkout(installed):
    shutil.copytree(FOLDER / "compas", installed.parents[2] / "datasets" / "compas")
    assert shipped._folder() == installed


def test_another_package_called_datasets_is_not_ours(tmp_path, monkeypatch):
    monkeypatch.setattr(shipped, "PACKAGE", tmp_path / "biasaudit")
    (tmp_path / "datasets").mkdir()
    (tmp_path / "datasets" / "__init__.py").touch()
    with pytest.raises(AuditError) as error:
        datasets.load_ricci()
    assert str(error.value) == "The shipped data sets are missing from this installation. Reinstall biasaudit."


def flip(content):
    return content[:400] + bytes([content[400] ^ 0xFF]) + content[401:]


def change_a_cell(content):
    return gzip.compress(gzip.decompress(content).replace(b"White", b"Other", 1))


@pytest.mark.parametrize(
    "damage",
    [flip, change_a_cell, lambda content: content[:-20], lambda content: b"", lambda content: b"no gzip"],
    ids=["a byte flipped", "a cell changed", "cut short", "empty", "not gzip"],
)
def test_damaged_file(installed, damage):
    file = installed / "ricci" / "data.csv.gz"
    file.write_bytes(damage(file.read_bytes()))
    with pytest.raises(AuditError) as error:
        datasets.load_ricci()
    assert str(error.value) == 'The file of the data set "ricci" is damaged or missing. Reinstall biasaudit.'


def test_missing_file(installed):
    (installed / "ricci" / "data.csv.gz").unlink()
    assert datasets.load_card("ricci").rows == 118
    with pytest.raises(AuditError, match='The file of the data set "ricci" is damaged or missing'):
        datasets.load_ricci()


@pytest.mark.parametrize("content", [b"rows = ", b"\xff\xfe"], ids=["broken", "not UTF-8"])
def test_damaged_card(installed, content):
    (installed / "ricci" / "card.toml").write_bytes(content)
    with pytest.raises(AuditError) as error:
        datasets.load_card("ricci")
    assert str(error.value) == 'The card of the data set "ricci" is damaged or missing. Reinstall biasaudit.'


def test_missing_card(installed):
    with pytest.raises(AuditError, match='The card of the data set "adult" is damaged or missing'):
        datasets.load_adult()


def test_dataset_is_frozen():
    data = datasets.load_law_resumes()
    with pytest.raises(FrozenInstanceError):
        data.label = "interview"


def test_a_loaded_frame_is_ones_own():
    frame = datasets.load_ricci().frame
    frame["race"] = "changed"
    assert set(datasets.load_ricci().frame["race"]) == {"White", "Black", "Hispanic"}


def test_cards_need_no_pandas():
    code = (
        "import sys, biasaudit.datasets as d; d.list_datasets(); "
        "print(sorted({'pandas', 'numpy', 'duckdb', 'sklearn'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=FOLDER.parent)
    assert done.stdout.strip() == "[]"
