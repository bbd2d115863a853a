"""One sentence for one fault, whichever door it comes through and whatever holds the table."""

import functools

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import biasaudit as ba
from biasaudit.integrations.scoring import make_disparity_scorer
from biasaudit.policy.reading import loads
from every_engine import on_engine

ENGINES = ("pandas", "polars", "pyarrow", "duckdb", "csv", "parquet")
ROWS = 60
POLICY = """
name = "Doors"

[[rules]]
name = "gap"
metric = "selection_rate"
comparison = "difference"
max = 0.9
"""


def people(**columns):
    return pl.DataFrame(
        {
            "sex": ["F", "M"] * (ROWS // 2),
            "y": [0, 1, 1, 0, 1, 1] * (ROWS // 6),
            "p": [1, 1, 0, 0, 1, 0] * (ROWS // 6),
            "s": [i / ROWS for i in range(ROWS)],
            "e": [0, 1, 1] * (ROWS // 3),
            "c": [f"c{i // 2}" for i in range(ROWS)],
        }
    ).with_columns(**{name: pl.Series(values) for name, values in columns.items()})


def _check(data, **asked):
    return ba.check(data, loads(POLICY), **asked)


# Each door: what it is called with, and what it calls the roles.
DOORS = {
    "audit_predictions": (ba.audit_predictions, {"sensitive_features": "sex", "y_true": "y", "y_pred": "p"}, {}),
    "audit_dataset": (ba.audit_dataset, {"sensitive_features": "sex", "label": "y"}, {"y_true": "label"}),
    "audit_thresholds": (ba.audit_thresholds, {"sensitive_features": "sex", "y_true": "y", "score": "s"}, {}),
    "find_subgroups": (
        ba.find_subgroups,
        {"features": "sex", "outcome": "y"},
        {"y_true": "outcome", "sensitive_features": "features"},
    ),
    "audit_errors": (ba.audit_errors, {"sensitive_features": "sex", "errors": "e"}, {}),
    "count": (ba.count, {"sensitive_features": "sex", "y_true": "y", "y_pred": "p"}, {}),
    "check": (_check, {"sensitive_features": "sex", "y_pred": "p"}, {}),
}
ALIKE = {"control_features", "after_decision"}
# Roles and settings that a door has not.
WITHOUT = {
    "audit_dataset": {"y_pred"},
    "audit_thresholds": {"y_pred", "random_state", *ALIKE},
    "find_subgroups": {"y_pred", *ALIKE},
    "audit_errors": {"y_true", "y_pred", "pos_label", "random_state", *ALIKE},
    "count": {"confidence", "random_state", *ALIKE},
    "check": {"confidence", "random_state", *ALIKE},
    "audit_predictions": {"random_state", "after_decision"},
}
IN_PLACE = {
    "Series": lambda: pd.Series(["F"] * ROWS),
    "Index": lambda: pd.Index(["sex"]),
    "set": lambda: {"sex"},
    "ndarray": lambda: np.array(["sex"]),
    "function": lambda: lambda: "sex",
    "dict": lambda: {"sex": 1},
}


def doors(role):
    return [door for door in DOORS if role not in WITHOUT.get(door, ())]


def called(door, role):
    return DOORS[door][2].get(role, role)


def enter(door, data, **asked):
    """Go through a door; roles have their own names."""
    function, usual, names = DOORS[door]
    return function(data, **usual | {names.get(role, role): value for role, value in asked.items()})


def refused(door, data, **asked):
    with pytest.raises(ba.AuditError) as caught:
        enter(door, data, **asked)
    return str(caught.value)


def on_every_engine(frame, folder, engines=ENGINES):
    return {engine: on_engine(engine, frame, folder) for engine in engines}


@pytest.mark.parametrize("door", DOORS)
def test_every_door_takes_every_table(door, tmp_path):
    for engine, data in on_every_engine(people(), tmp_path).items():
        assert enter(door, data) is not None, engine


@pytest.mark.parametrize("value", [2, "high", True, None, np.nan, pd.NA])
@pytest.mark.parametrize("door", doors("confidence"))
def test_a_confidence_that_is_none(door, value, tmp_path):
    for data in on_every_engine(people(), tmp_path).values():
        assert refused(door, data, confidence=value) == (
            f"confidence={value!r} is out of range. Give a number from 0.5 up to but below 1, such as 0.95."
        )


@pytest.mark.parametrize("value", [-1, 0.5, "one", True, None])
@pytest.mark.parametrize("door", doors("random_state"))
def test_a_seed_that_is_none(door, value, tmp_path):
    for data in on_every_engine(people(), tmp_path).values():
        assert refused(door, data, random_state=value) == (
            f"random_state={value!r} is not a seed. Give a whole number such as 0."
        )


@pytest.mark.parametrize("kind", [*IN_PLACE, "number"])
@pytest.mark.parametrize("role", ["sensitive_features", "y_true", "cluster", "control_features", "after_decision"])
def test_values_in_place_of_a_name(role, kind, tmp_path):
    for door in doors(role):
        value = 3 if kind == "number" else IN_PLACE[kind]()
        remedy = "Put the values into the table as a column, so that rows cannot be matched wrongly."
        if kind == "number":
            kind_, remedy = "int", 'Columns are named by text here: write "3".'
        else:
            kind_ = type(value).__name__
        for data in on_every_engine(people(), tmp_path).values():
            assert refused(door, data, **{role: value}) == (
                f"{called(door, role)} must be the name of a column, not a {kind_}. {remedy}"
            )


@pytest.mark.parametrize("role", ["sensitive_features", "y_true", "cluster", "control_features", "after_decision"])
def test_a_column_that_is_not_there(role, tmp_path):
    for door in doors(role):
        for data in on_every_engine(people(), tmp_path).values():
            assert refused(door, data, **{role: "nope"}) == (
                f'{called(door, role)}="nope" is not a column. Columns: sex, y, p, s, e, c.'
            )


@pytest.mark.parametrize("door", doors("pos_label"))
def test_a_positive_label_that_no_column_holds(door, tmp_path):
    for data in on_every_engine(people(), tmp_path).values():
        sentence = refused(door, data, pos_label="zzz")
        assert sentence.startswith("pos_label='zzz' is not a value of ")
        assert sentence.endswith("Found: '0', '1'. Give one of these as pos_label.")


@pytest.mark.parametrize("value", [["yes"], {"yes"}, {"yes": 1}, lambda: "yes", np.array(["yes"]), ("yes",)])
@pytest.mark.parametrize("door", doors("pos_label"))
def test_a_positive_label_that_is_no_value(door, value):
    assert refused(door, people().to_pandas(), pos_label=value) == (
        f"pos_label must be a value, not a {type(value).__name__}. Give the value that counts as positive, "
        'such as "yes".'
    )


@pytest.mark.parametrize("door", DOORS)
def test_what_is_no_table(door):
    for data in (7, None, ["a"], {"sex": ["F"]}):
        assert refused(door, data).startswith(f"Cannot audit a {type(data).__name__}. Give a dataframe ")
    assert refused(door, "nope.csv").startswith('There is no file "nope.csv".')
    assert refused(door, "https://x.example/p.csv").startswith('"https://x.example/p.csv" is a URL.')


CELLS = {
    "lists": [[1], [2]] * (ROWS // 2),
    "structs": [{"a": 1}, {"a": 2}] * (ROWS // 2),
}


@pytest.mark.parametrize("cells", CELLS)
@pytest.mark.parametrize("role", ["sensitive_features", "y_true", "cluster", "control_features"])
def test_cells_that_hold_parts(role, cells, tmp_path):
    frame = people(x=CELLS[cells])
    for door in doors(role):
        for engine, data in on_every_engine(frame, tmp_path, [e for e in ENGINES if e != "csv"]).items():
            expected = (
                f'{called(door, role)}="x" holds lists, dicts or other values with parts, which rows cannot be counted '
                "by. Make it a column of text or numbers."
            )
            assert refused(door, data, **{role: "x"}) == expected, (door, engine)
        odd = people().to_pandas().assign(x=[np.array([1, 2])] * ROWS)
        assert refused(door, odd, **{role: "x"}) == expected
        # Where nobody asks for it, it does no harm.
        assert enter(door, odd) is not None


@pytest.mark.parametrize("door", DOORS)
def test_columns_named_by_numbers_and_tuples_work(door):
    frame = people().to_pandas().assign(**{"other": 1}).rename(columns={"other": 0})
    assert enter(door, frame) is not None
    assert enter(door, frame.rename(columns={0: ("a", "b")})) is not None
    assert enter(door, frame.rename(columns={"sex": 5}), sensitive_features="5") is not None


@pytest.mark.parametrize("door", doors("sensitive_features"))
def test_types_that_pandas_packs_work(door):
    plain = people().to_pandas()
    words = {"F": "low", "M": "high"}
    packed = {
        "arrow dictionary": pd.array(plain["sex"].tolist(), dtype=pd.ArrowDtype(pa.dictionary(pa.int8(), pa.string()))),
        "sparse": pd.arrays.SparseArray(plain["y"].tolist()),
        "nullable": pd.array([value == "F" for value in plain["sex"]], dtype="boolean"),
        "period": pd.PeriodIndex(["2024-01", "2024-02"] * (ROWS // 2), freq="M"),
        "interval": pd.cut(plain["s"], [-1, 0.5, 2]),
        "ordered": pd.Categorical(plain["sex"].map(words), ["low", "high"], ordered=True),
        "categories": plain["sex"].astype("category"),
    }
    for kind, values in packed.items():
        assert enter(door, plain.assign(x=values), sensitive_features="x") is not None, kind


@pytest.mark.parametrize("role", ["cluster", "sample_weight"])
def test_what_a_data_set_declares_is_used_or_the_report_says_that_it_is_not(role):
    frame = people().to_pandas().assign(w=[1.0, 3.0] * (ROWS // 2))
    column = {"cluster": "c", "sample_weight": "w"}[role]
    data = ba.datasets.Dataset(
        name="declared",
        frame=frame,
        label="y",
        features=("e",),
        sensitive_features=("sex",),
        cluster="c" if role == "cluster" else None,
        weight="w" if role == "sample_weight" else None,
    )
    for door in DOORS:
        found = enter(door, data)
        if door == "count":
            assert (found.cluster if role == "cluster" else found.weight) is not None
            continue
        settings = getattr(found, "settings", None)
        if door == "audit_thresholds":
            assert (found.table.cluster if role == "cluster" else found.table.weight) is not None
            continue
        used = settings.get(role) == column
        said = any(
            f'"{column}" that the data set declares is not used' in note for note in getattr(found, "warnings", ())
        )
        assert used or said, door
        if used and door != "audit_errors":
            spelt = enter(door, frame, **{role: column})
            assert door == "check" or found.disparities().equals(spelt.disparities()), door


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (("--y-pred", "nope"), 'y_pred="nope" is not a column.'),
        (("--y-pred", "p", "--sensitive", "nope"), 'sensitive_features="nope" is not a column.'),
        (("--y-pred", "p", "--pos-label", "zzz"), "pos_label='zzz' is not a value of"),
        (("--y-pred", "x"), 'y_pred="x" holds lists, dicts or other values with parts'),
        (("--y-pred", "s", "--outcome-type", "binary"), 'outcome_type="binary" is for values that are few, and "s"'),
    ],
)
def test_a_fault_never_ends_the_gate_with_the_code_of_a_rule(run, options, sentence, tmp_path):
    frame = people(x=CELLS["lists"])
    path = on_engine("parquet", frame, tmp_path)
    (tmp_path / "policy.toml").write_text(POLICY)
    asked = ["check", path, "--policy", str(tmp_path / "policy.toml"), *options]
    asked += [] if "--sensitive" in options else ["--sensitive", "sex"]
    code, out, err = run(*asked)
    assert (code, out) == (2, "")
    assert err.startswith(f"Error: {sentence}")


SCORERS = {
    "audit_pairs": lambda **asked: ba.audit_pairs(
        lambda texts: [len(text) for text in texts],
        ["{n} a", "{n} b"],
        swap={"n": {"x": ["a", "b"], "y": ["c", "d"]}},
        **asked,
    ),
    "audit_text": lambda **asked: ba.audit_text(lambda texts: [0.1] * len(texts), progress=False, **asked),
    "audit_model": lambda **asked: ba.audit_model("logistic_regression", _dataset(), **asked),
    "compare": lambda **asked: ba.mitigation.compare(_dataset(), ["reweighing"], progress=False, **asked),
    "scorer": make_disparity_scorer,
    "audit_crosstab": lambda **asked: ba.audit_crosstab(
        ba.count(people(), sensitive_features="sex", y_pred="p"), **asked
    ),
}


@functools.cache
def _dataset():
    return ba.datasets.Dataset("d", people().to_pandas(), "y", ("e", "s"), ("sex",))


@pytest.mark.parametrize("door", [door for door in SCORERS if door != "scorer"])
def test_other_doors_have_the_same_words_for_a_confidence(door):
    for value in (2, "high", True, None):
        with pytest.raises(ba.AuditError) as caught:
            SCORERS[door](confidence=value)
        assert str(caught.value) == (
            f"confidence={value!r} is out of range. Give a number from 0.5 up to but below 1, such as 0.95."
        )


@pytest.mark.parametrize("door", ["audit_text", "audit_model", "compare"])
def test_other_doors_have_the_same_words_for_a_seed(door):
    for value in (-1, 0.5, "one", True):
        with pytest.raises(ba.AuditError) as caught:
            SCORERS[door](random_state=value)
        assert str(caught.value) == f"random_state={value!r} is not a seed. Give a whole number such as 0."


@pytest.mark.parametrize("door", ["audit_model", "compare", "scorer"])
def test_other_doors_have_the_same_words_for_values_in_place_of_names(door):
    for make in IN_PLACE.values():
        value = make()
        with pytest.raises(ba.AuditError) as caught:
            SCORERS[door](sensitive_features=value)
        assert str(caught.value) == (
            f"sensitive_features must be the name of a column, not a {type(value).__name__}. "
            "Put the values into the table as a column, so that rows cannot be matched wrongly."
        )


@pytest.mark.parametrize("value", [{"a"}, {"a": 1}, 3, lambda: "a"])
def test_clusters_of_texts_are_a_list(value):
    with pytest.raises(ba.AuditError) as caught:
        SCORERS["audit_pairs"](cluster=value)
    assert str(caught.value) == (
        f"cluster must be the name of a column or a list, not a {type(value).__name__}. Give one entry for each "
        "input, in their order."
    )


def test_texts_come_from_a_file_too(tmp_path):
    frame = ba.datasets.make_templates(terms=["gay", "straight"]).frame
    frame.to_csv(tmp_path / "t.csv", index=False)

    def scorer(texts):
        return [0.9 if "gay" in text else 0.1 for text in texts]

    found, expected = (ba.audit_text(scorer, data, progress=False) for data in (tmp_path / "t.csv", frame))
    assert found.disparities().equals(expected.disparities())
    with pytest.raises(ba.AuditError, match=r'^"nope.csv" cannot be read: No such file or directory\.'):
        ba.audit_text(scorer, "nope.csv", progress=False)


@pytest.mark.parametrize("door", ["audit_predictions", "audit_dataset", "count", "check"])
def test_half_a_character_is_refused_or_written(door):
    frame = people().to_pandas().assign(x=pd.Series(["a\ud800", "b"] * (ROWS // 2), dtype=object))
    assert refused(door, frame, sensitive_features="x") == (
        "The table holds 'a\ufffd', in which half a character (a lone surrogate) stands: no file can hold that. "
        "Write the value anew."
    )
