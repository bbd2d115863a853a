"""Published tables: how many were selected of how many, as good as the rows of the people they count."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings, strategies as st

import biasaudit as ba
from every_engine import FILES, FRAMES, on_engine

COUNTS = {"selected": "n_selected", "of": "n_applicants"}


def table():
    """Two rows of women of group b add up; nobody of group c applied."""
    return pl.DataFrame(
        {
            "sex": ["F", "F", "F", "M", "M", "M", None],
            "race": ["a", "b", "b", "a", "b", "c", "a"],
            "town": ["n", "n", "s", "s", "n", "n", "s"],
            "who": ["x", "x", "y", "z", "y", "z", "x"],
            "n_selected": [20, 9, 11, 60, 30, 0, 2],
            "n_applicants": [80, 40, 35, 90, 70, 0, 5],
        }
    )


def people(frame):
    """The same people, one row each."""
    rows = frame.to_pandas()
    long = rows.loc[rows.index.repeat(rows["n_applicants"])].copy()
    long["hired"] = (long.groupby(level=0).cumcount() < long["n_selected"]).astype(int)
    return long.drop(columns=["n_selected", "n_applicants"]).reset_index(drop=True)


def audited(data, **asked):
    return ba.audit_predictions(data, **{"sensitive_features": ["sex", "race"], **COUNTS, **asked})


def refused(data, **asked):
    with pytest.raises(ba.AuditError) as caught:
        audited(data, **asked)
    return str(caught.value)


@pytest.mark.parametrize("engine", [*FRAMES, *FILES])
def test_counts_are_as_good_as_people_on_every_engine(engine, tmp_path):
    found = audited(on_engine(engine, table(), tmp_path))
    plain = people(table())
    # The empty group is a level that a column of rows has to declare.
    plain["race"] = pd.Categorical(plain["race"], categories=["a", "b", "c"])
    expected = ba.audit_predictions(plain, sensitive_features=["sex", "race"], y_pred="hired")
    pd.testing.assert_frame_equal(found.rates(), expected.rates(), check_exact=True)
    pd.testing.assert_frame_equal(found.disparities(), expected.disparities(), check_exact=True)
    rates = found.rates()
    empty = rates[(rates["metric"] == "selection_rate") & (rates["group"] == {"race": "c"})].iloc[0]
    assert (empty["denominator"], empty["reason"]) == (0, "no rows")
    assert found.positive == "n_selected of n_applicants"
    assert found.warnings == ('5 rows have no value of "sex"; they are the group "(missing)".',)


@pytest.mark.parametrize("asked", [{"control_features": "town"}, {"cluster": "who"}])
def test_strata_and_clusters_are_those_of_the_people(asked):
    found = audited(table(), sensitive_features="sex", **asked)
    expected = ba.audit_predictions(people(table()), sensitive_features="sex", y_pred="hired", **asked)
    pd.testing.assert_frame_equal(found.disparities(), expected.disparities(), check_exact=True)
    if "control_features" in asked:
        pd.testing.assert_frame_equal(found.controlled(), expected.controlled(), check_exact=True)


def test_bins_and_a_second_table_work_as_for_people():
    frame = table().with_columns(age=pl.Series([20, 30, 40, 50, 60, 70, 30])).to_pandas()
    groups = frame[["who"]].drop_duplicates().assign(size=["small", "large", "large"])
    binned = audited(frame, sensitive_features="age", bins={"age": [35]})
    joined = audited(frame, sensitive_features="size", join=groups, on="who")
    assert binned.table.levels == (("under 35", "35 or more"),)
    assert joined.table.levels == (("large", "small"),)
    assert binned.table.n == joined.table.n == 320


@settings(max_examples=20, deadline=None)
@given(
    rows=st.lists(
        st.tuples(st.sampled_from("ab"), st.integers(0, 30), st.integers(0, 30)), min_size=2, max_size=8
    ).filter(lambda rows: {name for name, _, more in rows if more} == {"a", "b"}),
    at=st.integers(1, 7),
)
def test_tables_add_up_however_their_rows_are_cut(rows, at):
    frame = pd.DataFrame(
        [(name, hits, hits + more) for name, hits, more in rows], columns=["g", "n_selected", "n_applicants"]
    )
    first, second = (part for part in (frame.iloc[:at], frame.iloc[at:]))
    whole = ba.count(frame, sensitive_features="g", **COUNTS)
    parts = [ba.count(part, sensitive_features="g", **COUNTS) for part in (first, second) if part["n_applicants"].any()]
    added = parts[0] if len(parts) == 1 else parts[0] + parts[1]
    gaps = [ba.audit_crosstab(one).disparities()["estimate"].to_numpy() for one in (whole, added)]
    np.testing.assert_array_equal(*gaps)
    assert whole.n == frame["n_applicants"].sum()


def test_people_are_told_of_as_selected_unless_words_say_more():
    frame = pd.DataFrame({"sex": ["F", "M"], "n_selected": [100, 600], "n_applicants": [1000, 1000]})
    plain = str(audited(frame, sensitive_features="sex"))
    assert "of 100 people with sex = M, 60 were selected" in " ".join(plain.split())
    assert "(positive: n_selected of n_applicants)" in " ".join(plain.split())
    told = str(audited(frame, sensitive_features="sex", words={"selected": "were hired", "people": "applicants"}))
    assert "of 100 applicants with sex = M, 60 were hired" in " ".join(told.split())


def test_a_data_set_may_declare_its_counts():
    data = ba.datasets.Dataset("published", table().to_pandas(), None, (), ("sex",), audit_arguments=COUNTS)
    assert ba.audit_predictions(data).table.n == 320
    assert ba.audit_predictions(people(table()).pipe(_set), y_pred="hired").table.n == 320


def _set(frame):
    return ba.datasets.Dataset("rows", frame, None, (), ("sex",), audit_arguments=COUNTS)


WHERE = "where sex=F, race=b"
WHOLE = "Give whole numbers of people, 0 or more."
AS_COUNTED = (
    "no whole number of people. Give counts as they were counted; where only weighted or averaged ones are published, "
    "round them, and say so beside the results."
)


@pytest.mark.parametrize(
    ("column", "bad", "sentence"),
    [
        ("n_selected", -2, f'selected="n_selected" is -2 {WHERE}. {WHOLE}'),
        ("n_applicants", float("inf"), f'of="n_applicants" is inf {WHERE}. {WHOLE}'),
        ("n_applicants", 40.5, f'of="n_applicants" is 40.5 {WHERE}, which is {AS_COUNTED}'),
        ("n_selected", 0.25, f'selected="n_selected" is 0.25 {WHERE}, which is a share and {AS_COUNTED}'),
        ("n_applicants", 1e300, f'of="n_applicants" is 1e+300 {WHERE}, more people than can be counted. Check the'),
        (
            "n_selected",
            None,
            f'selected="n_selected" is missing {WHERE}. Give the count, or leave the row out where nobody knows it.',
        ),
        (
            "n_selected",
            1041,
            f'selected="n_selected" is 1,041 and of="n_applicants" is 40 {WHERE}: more were selected than there were. '
            "Check that the columns are not swapped.",
        ),
    ],
)
def test_a_bad_count_is_told_with_its_row(column, bad, sentence, tmp_path):
    values = table()[column].cast(pl.Float64).to_list()
    values[1] = bad
    frame = table().with_columns(pl.Series(column, values))
    for engine in ("pandas", "polars lazy", "pyarrow", "duckdb"):
        assert refused(on_engine(engine, frame, tmp_path)).startswith(sentence)


def test_text_among_counts_is_told_and_thousands_are_read(tmp_path):
    written = table().with_columns(n_applicants=pl.Series(["1,080", "40", "35", "90", " 70", "0", "5.0"]))
    for engine in ("pandas", "polars lazy", "pyarrow", "duckdb", "csv"):
        assert audited(on_engine(engine, written, tmp_path)).table.n == 1320
    for wrong in ("few", "1.080", "12,5", "48%"):
        texts = written["n_applicants"].to_list()
        texts[1] = wrong
        frame = written.with_columns(n_applicants=pl.Series(texts))
        expected = f"of=\"n_applicants\" is '{wrong}' {WHERE}, which is no count. Write a whole number of people there"
        for engine in ("pandas", "duckdb", "csv"):
            assert refused(on_engine(engine, frame, tmp_path)).startswith(expected)
    mixed = table().to_pandas().astype({"n_selected": object})
    mixed.loc[1, "n_selected"] = "n/a"
    assert refused(mixed).startswith(f"selected=\"n_selected\" is 'n/a' {WHERE}, which is no count.")
    flags = table().to_pandas().assign(n_selected=True)
    assert refused(flags) == (
        'selected="n_selected" holds yes and no, not numbers of people. Make it a column of whole numbers.'
    )


NOT_WITH = "does not go with selected= and of=, whose rows are groups that are decided and counted already. Leave it"


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ({"of": None}, 'selected="n_selected" needs of=: name the column that says how many people there were in each'),
        ({"selected": None}, 'of="n_applicants" needs selected=: name the column that says how many people were'),
        ({"y_pred": "who"}, f'y_pred="who" {NOT_WITH}'),
        ({"y_true": "who"}, f'y_true="who" {NOT_WITH}'),
        ({"score": "n_selected"}, f'score="n_selected" {NOT_WITH}'),
        ({"threshold": 0.5}, f'threshold="0.5" {NOT_WITH}'),
        ({"pos_label": "x"}, f'pos_label="x" {NOT_WITH}'),
        ({"count": "who"}, f'count="who" {NOT_WITH}'),
        ({"sample_weight": "n_selected"}, f'sample_weight="n_selected" {NOT_WITH}'),
        ({"of": "n_selected"}, 'selected="n_selected" is of as well. Name the column that says how many people were'),
        ({"sensitive_features": "n_selected"}, 'selected="n_selected" is sensitive_features as well. Name the column'),
    ],
)
def test_what_does_not_go_together_is_refused(asked, sentence):
    assert refused(table(), **asked).startswith(sentence)


def test_nobody_and_totals_are_refused():
    assert refused(table().with_columns(n_selected=0, n_applicants=0)) == (
        'of="n_applicants" is 0 in every row. Nobody is counted; name another column.'
    )
    assert refused(table().head(0)).startswith("The table has no rows.")
    totals = pd.DataFrame({"sex": ["F", "M", "Total"], "n_selected": [3, 5, 8], "n_applicants": [9, 9, 18]})
    assert refused(totals, sensitive_features="sex") == (
        'sex="Total" has as many people as all others together: a row of totals counts everyone twice. Leave it out.'
    )
    assert audited(totals.head(2), sensitive_features="sex").table.n == 18
