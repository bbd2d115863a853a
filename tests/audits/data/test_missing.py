"""Missing values, copies and columns of one value by group, held against pandas and statsmodels."""

import numpy as np
import pandas as pd
import pytest
from data_audits import audited, part, told
from planted_data import planted
from statsmodels.stats.proportion import confint_proportions_2indep, proportions_ztest

import biasaudit as ba


def rows_of(audit, what):
    return [row for row in part(audit, "missing").rows if row["what"] == what]


@pytest.mark.parametrize("seed", range(3))
def test_planted_missing_values_are_counted_as_pandas_counts(seed):
    frame = planted(seed, missing=0.10)
    audit = audited(frame)
    (row,) = rows_of(audit, "missing values")
    gone = frame["score"].isna().groupby(frame["sex"])
    x, n = gone.sum()[["woman", "man"]].to_numpy(), gone.size()[["woman", "man"]].to_numpy()
    assert (row["column"], row["share"], row["other"]) == ("score", x[0] / n[0], x[1] / n[1])
    assert row["estimate"] == pytest.approx(x[0] / n[0] - x[1] / n[1])
    assert (row["low"], row["high"]) == pytest.approx(confint_proportions_2indep(x[0], n[0], x[1], n[1], "newcomb"))
    assert row["p_value"] == pytest.approx(proportions_ztest(x, n)[1])
    assert row["verdict"] == "shown"
    ((_, sentence),) = told(audit, "missing")
    assert sentence.startswith("Missing values of score differ by group: ")
    assert "values missing unevenly in score" in audit.report().headline


@pytest.mark.parametrize("blank", [None, np.nan, "", "?"])
def test_what_counts_as_missing(blank):
    frame = planted(0).assign(town=lambda f: f["town"].astype(object))
    frame.loc[(frame["sex"] == "woman") & (frame.index % 5 == 0), "town"] = blank
    town = next(row for row in rows_of(audited(frame), "missing values") if row["column"] == "town")
    women = frame["sex"] == "woman"
    assert town["share"] == (women & (frame.index % 5 == 0)).sum() / women.sum()
    assert (town["other"], town["verdict"]) == (0, "shown")


def test_missing_days_and_free_text_are_counted():
    frame = planted(0).assign(note=[f"note {i}" for i in range(2_000)], day=pd.Timestamp("2024-01-01"))
    frame.loc[(frame["sex"] == "woman") & (frame.index % 4 == 0), ["note", "day"]] = None
    rows = {row["column"]: row for row in rows_of(audited(frame), "missing values")}
    assert rows["note"]["share"] == rows["day"]["share"] == pytest.approx(0.25, abs=0.03)
    assert rows["note"]["verdict"] == rows["day"]["verdict"] == "shown"


def test_a_column_that_is_no_feature_is_looked_at_too():
    audit = audited(planted(0, missing=0.10), features=["years"])
    assert [row["column"] for row in rows_of(audit, "missing values")] == ["score"]


def test_values_that_are_missing_alike():
    verdict, sentence = told(audited(planted(0, rows=4_000)), "missing")[0]
    assert verdict == "not shown"
    assert sentence.startswith("No gap in missing values of score beyond 5 points: ")
    assert sentence.endswith(" points), and no wider one in any other column.")


def test_nothing_is_missing():
    audit = audited(planted(0).drop(columns="score"))
    assert rows_of(audit, "missing values") == []
    assert part(audit, "missing").sentences[0] == "No column has a missing value."


def test_copies_are_counted_and_compared():
    frame = planted(0)
    women = frame[frame["sex"] == "woman"]
    twice = pd.concat([frame, women.head(150), women.head(20), frame[frame["sex"] == "man"].head(7)])
    audit = audited(twice)
    (row,) = rows_of(audit, "copies of other rows")
    extra = twice.duplicated().groupby(twice["sex"])
    assert row["share"] == pytest.approx(extra.mean()["woman"])
    assert row["other"] == pytest.approx(extra.mean()["man"])
    assert extra.sum().to_dict() == {"man": 7, "woman": 170}
    assert row["verdict"] == "shown"
    assert part(audit, "missing").sentences == (
        "Exact copies of other rows: 177. People who are there twice make intervals too narrow.",
    )
    assert told(audit, "missing")[0][1].startswith("Rows that are copies of others differ by group: ")
    # Copies are no values that are missing.
    assert not audit.causes().set_index("cause").loc["missingness", "named"]


def test_no_copies():
    assert part(audited(planted(0)), "missing").sentences == ("No row is an exact copy of another.",)


def test_people_of_few_columns_are_alike_by_chance():
    found = part(ba.audit_dataset(ba.datasets.load_berkeley()), "missing")
    assert found.sentences == (
        "No column has a missing value.",
        "4,502 rows are exact copies of others, as people with so few columns may be: "
        "whether they are there twice cannot be told.",
    )
    assert found.rows == ()


def test_copies_among_lists_are_not_looked_for():
    audit = audited(planted(0).assign(tags=lambda f: [["a"]] * len(f)))
    assert part(audit, "missing").sentences == (
        "Copies of rows were not looked for: a column holds lists or mixed values.",
    )


def test_a_column_of_one_value_within_a_group():
    frame = planted(0).assign(club=lambda f: f["club"].where(f["sex"] == "man", "choir"))
    audit = audited(frame)
    (row,) = rows_of(audit, "one value alone")
    men = frame["club"][frame["sex"] == "man"]
    assert (row["column"], row["level"], row["share"], row["other"]) == ("club", "choir", 1, (men == "choir").mean())
    assert row["verdict"] == "shown"
    assert told(audit, "missing")[0] == (
        "shown",
        f"club is choir for everybody of sex = woman who has a value, and for {100 * row['other']:.1f} % of sex = man.",
    )


def test_a_column_of_one_value_is_no_missing_one():
    frame = planted(0).assign(club=lambda f: f["club"].where(f["sex"] == "man", "choir"))
    audit = audited(frame)
    missing = audit.causes().set_index("cause").loc["missingness"]
    assert not missing["named"]
    assert "missing values of score" in missing["evidence"]
    assert "missing unevenly" not in audit.report().headline


def test_a_column_that_never_varies_at_all_is_none_of_that():
    assert rows_of(audited(planted(0).assign(club="chess")), "one value alone") == []


def test_two_groups_of_a_feature_each_against_the_reference():
    frame = planted(0)
    frame["land"] = np.random.default_rng(50).choice(["a", "b", "c"], len(frame), p=[0.6, 0.2, 0.2])
    frame["score"] = frame["score"].where((frame["land"] != "b") | (frame.index % 3 > 0))
    rows = rows_of(audited(frame, sensitive_features="land", reference={"land": "a"}), "missing values")
    assert [(row["group"]["land"], row["verdict"] == "shown") for row in rows] == [("b", True), ("c", False)]


def test_chance_is_seldom_called_missing_by_group():
    audits = [audited(planted(300 + seed, rows=500)) for seed in range(15)]
    assert sum(row["verdict"] == "shown" for audit in audits for row in part(audit, "missing").rows) == 0
