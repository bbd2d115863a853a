"""What a table or an argument can bring to the audit of data: handled, or refused in one sentence."""

import decimal
import warnings

import numpy as np
import pandas as pd
import pytest

import biasaudit as ba
from biasaudit import AuditError

N = 400


def people(**columns):
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(
        {
            "sex": rng.choice(["f", "m"], N),
            "hired": rng.integers(0, 2, N),
            "age": rng.integers(18, 60, N),
            "town": rng.choice(list("abc"), N),
        }
    )
    return frame.assign(**columns)


def audited(frame=None, **arguments):
    asked = {"label": "hired", "sensitive_features": "sex"} | arguments
    return ba.audit_dataset(people() if frame is None else frame, **asked)


def refused(frame=None, **arguments):
    with pytest.raises(AuditError) as caught:
        audited(frame, **arguments)
    return str(caught.value)


COLUMNS = "Columns: sex, hired, age, town."
REFUSED_TABLES = {
    "one class": (
        lambda: people(hired=1),
        'label="hired" is "1" in every row. There is nothing to compare; name another label.',
    ),
    "no label": (
        lambda: people(hired=np.nan),
        'label="hired" is missing in every row. There is nothing to compare; name another label.',
    ),
    "one group": (
        lambda: people(sex="f"),
        'All rows are in one group: sex="f". A comparison needs two; name another sensitive feature or check the '
        "filter.",
    ),
    "mixed label": (
        lambda: people(hired=pd.Series([30, "forty"] * (N // 2), dtype=object)),
        "Column \"hired\" mixes types: 30 (int) and 'forty' (str). Write every value as text, or every one as a "
        "number.",
    ),
    "three classes": (
        lambda: people(hired=np.arange(N) % 3),
        "The labels hold 3 values ('0', '1', '2'), and which one is positive is not plain. Say so with pos_label, for "
        "example pos_label='2'.",
    ),
    "probabilities": (
        lambda: people(hired=np.full(N, 0.25)),
        'label="hired" holds probabilities such as 0.25. Round them to 0 and 1 yourself.',
    ),
    "decimals as groups": (
        lambda: people(sex=np.arange(N) / 7),
        'Sensitive feature "sex" holds numbers with decimals with at least 400 different values. Declare edges, '
        'such as bins={"sex": [25, 45]}, or make a column of groups.',
    ),
    "empty": (
        lambda: people().head(0),
        "The table has no rows. Check the file, or the filter that made it.",
    ),
    "one row": (
        lambda: people().head(1),
        'All rows are in one group: sex="m". A comparison needs two; name another sensitive feature or check the '
        "filter.",
    ),
    "an array": (
        lambda: np.zeros((3, 3)),
        "Cannot audit a ndarray. Give a dataframe (pandas, Polars, pyarrow, DuckDB relation, Spark) or the path of a "
        "CSV, Parquet or Arrow file.",
    ),
}


@pytest.mark.parametrize("case", REFUSED_TABLES)
def test_tables_that_are_refused(case):
    table, sentence = REFUSED_TABLES[case]
    assert refused(table()) == sentence


@pytest.mark.parametrize("value", [[1], {"a": 1}, {1}])
@pytest.mark.parametrize("role", ["label", "sensitive_features", "cluster", "verified"])
def test_values_that_nothing_can_be_counted_by(role, value):
    given = "x" if role != "sensitive_features" else ["sex", "x"]
    assert refused(people(x=[value] * N), **{role: given}) == (
        f'{role}="x" holds lists, dicts or other values with parts, which rows cannot be counted by. '
        "Make it a column of text or numbers."
    )


def test_a_column_whose_name_is_no_text_is_called_by_what_it_is_written_as():
    renamed = people().rename(columns={"age": 7, "sex": ("who", "sex")})
    found = audited(renamed, sensitive_features="('who', 'sex')", features=["7"])
    assert found.table.features == ("('who', 'sex')",)
    assert found.settings["features"] == ["7"]
    assert refused(renamed.assign(**{"7": 1})) == (
        'Two columns are both called "7" when written as text. Rename one of them.'
    )


def test_a_sensitive_feature_without_a_name():
    assert refused(people().rename(columns={"sex": ""}), sensitive_features=[""]) == (
        "sensitive_features names a column whose name is empty. Give it a name first."
    )


def test_two_columns_of_one_name():
    table = pd.concat([people(), people()[["age"]]], axis=1)
    assert refused(table).startswith("Two columns have the same name")


REFUSED_ARGUMENTS = [
    ({"label": "hird"}, f'label="hird" is not a column. Did you mean "hired"? {COLUMNS}'),
    ({"sensitive_features": "sx"}, f'sensitive_features="sx" is not a column. Did you mean "sex"? {COLUMNS}'),
    ({"sensitive_features": ["sex", "sex"]}, 'sensitive_features names "sex" twice. Name each column once.'),
    (
        {"sensitive_features": []},
        "sensitive_features is missing. Name at least one column that says who belongs to which group.",
    ),
    ({"label": None}, "label is missing. Name the column of labels or decisions that the data were made for."),
    ({"features": ["age", "hired"]}, 'features names the label "hired". Leave it out.'),
    ({"features": ["agee"]}, f'features="agee" is not a column. Did you mean "age"? {COLUMNS}'),
    ({"features": 3}, 'features must be the name of a column, not a int. Columns are named by text here: write "3".'),
    ({"strata": "sex"}, 'strata names "sex", a sensitive feature. Name columns people are alike in.'),
    ({"strata": "tow"}, f'strata="tow" is not a column. Did you mean "town"? {COLUMNS}'),
    ({"strata": "hired"}, 'strata names the label "hired". Leave it out.'),
    ({"verified": 3}, "verified must be a column's name, or map rows to their true label; this is int."),
    ({"verified": "chek"}, f'verified="chek" is not a column. {COLUMNS}'),
    (
        {"verified": {9999: 1}},
        "verified names the row 9999, which is not in the table. Give rows by their index (pandas) or number from 0.",
    ),
    ({"verified": {1: "maybe"}}, "verified holds 'maybe', which is no value of \"hired\". Values: '0', '1'."),
    ({"reference": {"sex": "male"}}, 'reference sex="male" is not a group. Groups: f, m.'),
    ({"confidence": 95}, "confidence=95 is out of range. Give a number from 0.5 up to but below 1, such as 0.95."),
    ({"random_state": None}, "random_state=None is not a seed. Give a whole number such as 0."),
    ({"random_state": True}, "random_state=True is not a seed. Give a whole number such as 0."),
]


AS_COLUMN = "Put the values into the table as a column, so that rows cannot be matched wrongly."
REFUSED_ARGUMENTS += [
    ({"label": people()["hired"]}, f"label must be the name of a column, not a Series. {AS_COLUMN}"),
    ({"label": ["hired"]}, f"label must be the name of a column, not a list. {AS_COLUMN}"),
    ({"cluster": np.arange(N)}, f"cluster must be the name of a column, not a ndarray. {AS_COLUMN}"),
    ({"sample_weight": people()["age"]}, f"sample_weight must be the name of a column, not a Series. {AS_COLUMN}"),
    (
        {"sensitive_features": people()["sex"]},
        f"sensitive_features must be the name of a column, not a Series. {AS_COLUMN}",
    ),
    (
        {"sensitive_features": [3]},
        'sensitive_features must be the name of a column, not a int. Columns are named by text here: write "3".',
    ),
    ({"reference": "f"}, 'reference=\'f\' does not map a feature to its group. Write it as {"sex": "man"}.'),
    ({"reference": ["sex"]}, 'reference=[\'sex\'] does not map a feature to its group. Write it as {"sex": "man"}.'),
    (
        {"reference": {"sx": "f"}},
        'reference names "sx", which is not a sensitive feature. Did you mean "sex"? Sensitive features: sex.',
    ),
    ({"pos_label": np.nan}, "pos_label=nan is a missing value. Give the value that counts as positive."),
    (
        {"pos_label": "yes"},
        "pos_label='yes' is not a value of \"hired\". Found: '0', '1'. Give one of these as pos_label.",
    ),
    ({"verified": people()}, "verified must be a column's name, or map rows to their true label; this is DataFrame."),
    ({"verified": "town"}, "verified holds 'a', which is no value of \"hired\". Values: '0', '1'."),
    (
        {"verified": pd.Series([1], index=["x"])},
        "verified names the row x, which is not in the table. Give rows by their index (pandas) or number from 0.",
    ),
    (
        {"population": 0.5},
        'population must map features to groups to shares, such as {"sex": {"woman": 0.5, "man": 0.5}}.',
    ),
    ({"population": {"sex": [0.5, 0.5]}}, 'population of "sex" must map each group to its share, such as 0.5.'),
    (
        {"population": {"sex": {"f": np.nan, "m": 1}}},
        'population gives sex="f" the share nan. Give a number from 0 to 1.',
    ),
    (
        {"population": {"sex": {"f": 0.5}}},
        'population of "sex" lacks the group "m", which is in the data. Give every group its share, 0 if it has none.',
    ),
    (
        {"population": {"sex": {"f": 0.5, "m": 0.6}}},
        'population of "sex" sums to 1.1, not to 1. Give the share of every group, such as 0.5 and 0.5.',
    ),
]


@pytest.mark.parametrize(("arguments", "sentence"), REFUSED_ARGUMENTS)
def test_arguments_that_are_refused(arguments, sentence):
    assert refused(**arguments) == sentence


@pytest.mark.parametrize("weights", [-1.0, np.nan, np.inf])
def test_weights_that_weigh_nothing(weights):
    assert refused(people(w=weights), sample_weight="w") == (
        "sample_weight is negative, NaN or infinite in 400 rows. Weights must be 0 or more, and finite."
    )


def test_verified_labels_of_a_table_on_disk_must_be_a_column(tmp_path):
    people().to_csv(tmp_path / "t.csv", index=False)
    assert refused(tmp_path / "t.csv", verified={1: 1}) == (
        "verified must be the name of a column where the table is not in memory."
    )


HANDLED = {
    "missing groups": lambda: people(sex=np.resize(["f", "m", None], N)),
    "missing labels": lambda: people(hired=np.resize([0, 1, np.nan], N)),
    "true and false": lambda: people(hired=np.arange(N) % 3 == 0),
    "yes and no": lambda: people(hired=np.resize(["yes", "no", "no"], N)),
    "minus one": lambda: people(hired=np.resize([-1, 1, 1], N)),
    "levels nobody has": lambda: people(sex=pd.Categorical(np.resize(["f", "m"], N), categories=["f", "m", "x"])),
    "dates of two kinds": lambda: people(
        x=pd.Series([pd.Timestamp("2020-01-01"), pd.Timestamp("2020-01-01", tz="UTC")] * (N // 2), dtype=object)
    ),
    "days": lambda: people(x=pd.date_range("2020-01-01", periods=N)),
    "zones": lambda: people(x=pd.date_range("2020-01-01", periods=N, tz="UTC")),
    "spans": lambda: people(x=pd.to_timedelta(np.arange(N), unit="D")),
    "nothing at all": lambda: people(x=None, y=np.nan),
    "lists": lambda: people(x=[[1, 2]] * N),
    "sets": lambda: people(x=[{1, 2}] * N),
    "bytes": lambda: people(x=[b"ab"] * N),
    "decimals": lambda: people(x=[decimal.Decimal(i) for i in range(N)]),
    "infinite": lambda: people(x=np.where(np.arange(N) % 9 == 0, np.inf, 1.5)),
    "mixed": lambda: people(x=pd.Series([30, "forty", None, 2.5] * (N // 4), dtype=object)),
    "huge texts": lambda: people(x=["y" * 100_000] * N),
    "a huge name": lambda: people(**{"z" * 5_000: np.arange(N) % 2}),
    "small integers": lambda: people(x=(np.arange(N) % 100).astype("int8")),
    "large integers": lambda: people(x=np.arange(N).astype("uint64") * np.uint64(2**50)),
    "complex numbers": lambda: people(x=np.ones(N) * 1j),
    "hostile names": lambda: people(sex=np.resize(["<script>alert(1)</script>", "![x](http://e.com)", "a\nb"], N)),
    "no other column": lambda: people()[["sex", "hired"]],
    "two people": lambda: pd.DataFrame({"sex": ["f", "m"], "hired": [0, 1]}),
    "four people": lambda: pd.DataFrame({"sex": list("fmfm"), "hired": [0, 1, 1, 0], "x": [1, 2, 3, 4]}),
    "an id each": lambda: people(x=[f"id{i}" for i in range(N)]),
    "groups of one": lambda: people(sex=[f"id{i}" for i in range(N)]),
}


@pytest.mark.parametrize("case", HANDLED)
def test_tables_that_are_handled(case):
    frame = HANDLED[case]()
    before = frame.copy(deep=True)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        audit = audited(frame)
        texts = [repr(audit), audit.to_markdown(), audit.to_html()]
    assert audit.report().rows == len(frame)
    assert not any(word in text for text in texts for word in (" nan", "NaN", "Traceback", "<script>alert"))
    assert set(audit.causes()["verdict"]) <= {"shown", "not shown", "cannot tell"}
    pd.testing.assert_frame_equal(frame, before)


def test_few_people_show_nothing_and_are_no_pass():
    audit = audited(HANDLED["four people"]())
    assert not (audit.disparities()["verdict"] == "shown").any()
    assert "cannot tell" in set(audit.causes()["verdict"])


def test_names_that_differ_in_capitals_are_asked_about():
    audit = audited(people(sex=np.resize(["F", " F", "f", "m"], N)))
    assert "\"sex\" has groups that differ only in capitals or spaces: ' F', 'F', 'f'. Merge them?" in (
        audit.report().warnings
    )


def test_a_sensitive_feature_among_the_features_is_named_and_left_out():
    audit = audited(features=["age", "sex"])
    assert audit.report().warnings[0] == (
        'features names "sex", a sensitive feature: it was left out of what is looked at.'
    )
    assert audit.report().settings["features"] == ["age"]


def test_wide_tables_take_time_in_line_with_their_columns():
    rng = np.random.default_rng(0)
    wide = pd.concat([people(), pd.DataFrame(rng.integers(0, 3, (N, 300))).add_prefix("c")], axis=1)
    assert len(audited(wide).part("artefacts")) == 0
