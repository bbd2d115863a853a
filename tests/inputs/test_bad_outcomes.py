"""Numbers as outcomes: what a table can bring is refused in one sentence, or undefined, at every door."""

import datetime
import decimal

import numpy as np
import pandas as pd
import pytest

import biasaudit as ba

ROWS = 60
WAGE = np.random.default_rng(0).normal(20, 5, ROWS)
SEX = np.array(["F", "M"] * (ROWS // 2))
POLICY = 'name = "p"\n[[rules]]\nmetric = "mean_outcome"\nmax = 1\n'
LATE = 10_500


def table(**columns):
    return pd.DataFrame({"sex": SEX, "wage": WAGE, "said": WAGE + 1, "w": 1.0, **columns})


def at(values, row, value):
    return [value if i == row else one for i, one in enumerate(values)]


STORED = (
    'y_true="wage" holds 60 different numbers as {}, such as {:.2f}. Make it a column of numbers, or say '
    'outcome_type="classes" if they are names of classes.'
)
KINDS = (
    'y_true="wage" is a number, and y_pred="said" holds {}. Name two columns of one kind, leave one out, or say who '
    'counts as positive, such as positive="wage>=20.5".'
)
# Case: the columns that are other ones, what is asked besides, and how the sentence begins.
BAD = {
    "text among numbers": (
        {"wage": at(WAGE, 7, "high")},
        {},
        "y_true=\"wage\" holds text among numbers: 'high' in row 8. Write every cell as a number, or leave it empty "
        "where there is none.",
    ),
    "numbers as text": ({"wage": [f"{x:.2f}" for x in WAGE]}, {}, STORED.format("text", WAGE[0])),
    "decimal objects": (
        {"wage": [decimal.Decimal(f"{x:.2f}") for x in WAGE]},
        {},
        STORED.format("Decimal", WAGE[0]),
    ),
    "infinite": (
        {"wage": at(WAGE, 11, np.inf)},
        {},
        'y_true="wage" is infinite in row 12. Give a number, or leave it empty where there is none.',
    ),
    "negative weight": ({"w": at([1.0] * ROWS, 4, -1.0)}, {"sample_weight": "w"}, "sample_weight is negative, NaN or"),
    "weight left empty": (
        {"w": at([1.0] * ROWS, 4, np.nan)},
        {"sample_weight": "w"},
        "sample_weight is negative, NaN or",
    ),
    "no weight": ({"w": 0.0}, {"sample_weight": "w"}, "sample_weight is 0 in every row."),
    "all missing": (
        {"wage": np.nan},
        {"outcome_type": "number"},
        'y_true="wage" is missing in every row. Name a column that holds numbers.',
    ),
    "one group": ({"sex": "F"}, {}, 'All rows are in one group: sex="F".'),
    "huge": ({"wage": at(WAGE, 9, 1e300)}, {}, 'y_true="wage" goes up to 1e+300 (row 10), of which no sums'),
    "a number and two values": ({"said": (WAGE > 20).astype(int)}, {"y_pred": "said"}, KINDS.format("two values")),
    "a number and text": ({"said": ["a", "b", "c"] * 20}, {"y_pred": "said"}, KINDS.format("text")),
    "dates": ({"wage": pd.date_range("2020", periods=ROWS)}, {}, 'Column "wage" holds dates or times ('),
    "days": (
        {"wage": [datetime.date(2020, 1, 1) + datetime.timedelta(i) for i in range(ROWS)]},
        {},
        'Column "wage" holds dates or times (date)',
    ),
    "yes and no said to be a number": (
        {"wage": WAGE > 20},
        {"outcome_type": "number"},
        'y_true="wage" holds Boolean, not numbers. Name a column of numbers.',
    ),
    "a tolerance without means": (
        {"wage": (WAGE > 20).astype(int)},
        {"tolerance": "0.2 sd"},
        "tolerance='0.2 sd' is a difference between means, and the outcome is no number.",
    ),
}


def audited(frame, **asked):
    return ba.audit_predictions(frame, **{"sensitive_features": "sex", "y_true": "wage", **asked})


def gated(frame, **asked):
    return ba.check(frame, ba.policy.loads(POLICY), **{"sensitive_features": "sex", "y_true": "wage", **asked})


@pytest.mark.parametrize("door", [audited, gated])
@pytest.mark.parametrize("case", BAD)
def test_a_bad_outcome_is_refused_in_one_sentence(case, door):
    columns, asked, said = BAD[case]
    with pytest.raises(ba.AuditError) as caught:
        door(table(**columns), **asked)
    assert str(caught.value).startswith(said)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("rows", [0, 2])
def test_a_table_of_no_rows_or_two(rows):
    with pytest.raises(ba.AuditError):
        audited(table().head(rows))
    if rows:
        found = audited(table().head(rows), outcome_type="number")
        assert {one.verdict for one in found.findings()} == {"cannot tell"}


@pytest.mark.parametrize("command", ["audit", "check"])
@pytest.mark.parametrize("row", [20, LATE])
def test_a_bad_cell_is_named_wherever_it_stands_in_a_file(row, command, run, tmp_path):
    (tmp_path / "p.toml").write_text(POLICY)
    lines = ["sex;wage", *(f"{'FM'[i % 2]};{20 + i % 977},5" for i in range(LATE + 10))]
    lines[row] = "F;n/a yet"
    (tmp_path / "wages.csv").write_text("\n".join(lines))
    more = ["--policy", str(tmp_path / "p.toml")] if command == "check" else []
    asked = ["--y-true", "wage", "--sensitive", "sex", *more]
    assert run(command, str(tmp_path / "wages.csv"), *asked) == (
        2,
        "",
        f"Error: \"wage\" holds text among numbers: 'n/a yet' in row {row:,}. Write every cell as a number, or leave "
        "it empty where there is none.\n",
    )


@pytest.mark.parametrize(
    "column",
    [
        pd.array(np.arange(ROWS) * 2 % 97, dtype="int8"),
        pd.array(at(range(ROWS), 3, None), dtype="Int64"),
        pd.array(WAGE, dtype="Float32"),
        pd.array([f"{x:.2f}" for x in WAGE], dtype="string").astype("float64[pyarrow]"),
    ],
    ids=["int8", "Int64", "Float32", "pyarrow"],
)
def test_every_kind_of_number_is_right(column):
    frame = table(wage=column)
    known = pd.to_numeric(frame["wage"]).astype(float)
    rates = audited(frame).rates().query("metric == 'mean_outcome'").set_index(["metric"])
    for row in rates.to_dict("records"):
        rows = frame["sex"] == row["group"]["sex"] if row["group"] else slice(None)
        assert row["estimate"] == pytest.approx(known[rows].mean(), rel=1e-6)


def test_a_constant_outcome_shows_no_gap():
    found = audited(table(wage=3.5), outcome_type="number")
    assert "shown" not in {one.verdict for one in found.findings()}
    assert "nan" not in found.to_markdown().casefold()
