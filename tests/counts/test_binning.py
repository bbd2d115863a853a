"""Edges that are declared: what they cut, what they are called, and what is refused."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings, strategies as st

import biasaudit as ba
from biasaudit.counts.binning import bin_codes, bin_names
from biasaudit.counts.values import order_levels

FRAME = pd.DataFrame({"age": [20, 25, 44, 45, 60, 60], "name": list("abcabc"), "p": [0, 1, 0, 1, 0, 1], "n": 1.5})
ASKED = {"sensitive_features": ["age"], "y_pred": "p"}


def groups(frame=FRAME, **asked):
    table = ba.count(frame, **ASKED | asked)
    return dict(zip(table.levels[0], np.bincount(table.codes[:, 0], table.rows, len(table.levels[0])), strict=True))


def refusal(**asked):
    with pytest.raises(ba.AuditError) as refused:
        ba.count(FRAME, **ASKED | asked)
    return str(refused.value)


def test_an_edge_belongs_to_the_bin_above_it():
    assert groups(bins={"age": [25, 45]}) == {"under 25": 1, "25 to 45": 2, "45 or more": 3}
    assert groups(bins={"age": (60,)}) == {"under 60": 4, "60 or more": 2}


def test_an_empty_bin_is_shown():
    assert groups(bins={"age": np.array([30, 35, 45])}) == {
        "under 30": 2,
        "30 to 35": 0,
        "35 to 45": 1,
        "45 or more": 3,
    }


def test_missing_and_infinite_numbers_are_missing():
    ages = pd.Series([20, None, np.inf, -np.inf, np.nan, 50], index=[9, 3, 7, 1, 0, 5])
    frame = FRAME.set_axis(ages.index).assign(age=ages)
    assert groups(frame, bins={"age": [25]}) == {"under 25": 1, "25 or more": 1, "(missing)": 4}
    nullable = frame.assign(age=pd.array([20, None, 30, 30, None, 50], dtype="Int64"))
    assert groups(nullable, bins={"age": [25]}) == {"under 25": 1, "25 or more": 3, "(missing)": 2}


def test_bins_stay_in_order_when_tables_are_added_or_saved(tmp_path):
    table = ba.count(FRAME, **ASKED, bins={"age": [5, 25, 100]})
    other = ba.count(FRAME.assign(age=[None, 1, 2, 3, 4, 200]), **ASKED, bins={"age": [5, 25, 100]})
    names = ("under 5", "5 to 25", "25 to 100", "100 or more", "(missing)")
    assert (table + other).levels == (other + table).levels == (names,)
    table.save(tmp_path / "a.parquet")
    assert ba.Crosstab.load(tmp_path / "a.parquet").levels == (names[:-1],)


def test_tables_with_other_edges_are_not_added():
    tables = [ba.count(FRAME, **ASKED, bins={"age": edges}) for edges in ([25], [25, 45])]
    with pytest.raises(ba.AuditError) as refused:
        tables[0] + tables[1]
    assert str(refused.value) == (
        'These tables cannot be added: the bins "25 to 45" and "25 or more" of "age" overlap. '
        "Count both with the same edges."
    )


def test_levels_of_the_user_that_overlap_are_added():
    frame = FRAME.assign(age=["under 30", "under 60"] * 3)
    table = ba.count(frame, **ASKED)
    assert (table + table).n == 12


@settings(max_examples=100)
@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=12, unique=True))
def test_names_are_different_and_keep_their_order(edges):
    # -0.0 is 0.0.
    names = bin_names(sorted({edge + 0.0 for edge in edges}))
    assert len(set(names)) == len(names)
    assert order_levels(reversed(names)) == names


@settings(max_examples=100)
@given(
    st.lists(st.integers(-5, 5), min_size=1, max_size=6, unique=True),
    st.lists(st.one_of(st.integers(-7, 7), st.none()), max_size=20),
)
def test_codes_count_the_edges_passed(edges, values):
    edges = sorted(edges)
    codes = bin_codes(np.array(values, dtype=float), edges)
    assert codes.tolist() == [-1 if v is None else sum(v >= edge for edge in edges) for v in values]


RISING = "is no list of rising numbers. Give edges such as [25, 45]."


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ({"bins": {"age": [45, 25]}}, f'bins["age"]=[45, 25] {RISING}'),
        ({"bins": {"age": [25, 25]}}, f'bins["age"]=[25, 25] {RISING}'),
        ({"bins": {"age": []}}, f'bins["age"]=[] {RISING}'),
        ({"bins": {"age": 25}}, f'bins["age"]=25 {RISING}'),
        ({"bins": {"age": "25,45"}}, f"bins[\"age\"]='25,45' {RISING}"),
        ({"bins": {"age": ["25"]}}, f"bins[\"age\"]=['25'] {RISING}"),
        ({"bins": {"age": [True]}}, f'bins["age"]=[True] {RISING}'),
        ({"bins": {"age": [float("nan")]}}, f'bins["age"]=[nan] {RISING}'),
        ({"bins": {"age": [25, float("inf")]}}, f'bins["age"]=[25, inf] {RISING}'),
        ({"bins": {"age": range(101)}}, f'bins["age"]=range(0, 101) {RISING}'),
        ({"bins": {"age": list(range(101))}}, 'bins["age"] has 101 edges. Give at most 100.'),
        ({"bins": [25, 45]}, 'bins=[25, 45] does not map a column to its edges. Write it as {"age": [25, 45]}.'),
        (
            {"bins": {"agee": [25]}},
            'bins names "agee", which is none of the sensitive_features. Add it, or leave it out.',
        ),
        (
            {"sensitive_features": ["name"], "bins": {"name": [25]}},
            'bins names "name", which holds no numbers. Name a column of numbers.',
        ),
        (
            {"bins": {"age": [25]}, "score": "age"},
            'bins names "age", which is needed uncut as well. Copy it under another name.',
        ),
        (
            {"sensitive_features": ["wage"], "bins": {"wage": [25]}},
            'sensitive_features="wage" is not a column. Did you mean "age"? Columns: age, name, p, n.',
        ),
    ],
)
def test_what_is_refused(asked, sentence):
    assert refusal(**asked) == sentence


def test_numbers_without_edges_are_told_to_give_them():
    frame = FRAME.assign(age=FRAME["age"] + 0.5)
    with pytest.raises(ba.AuditError, match=r'Declare edges, such as bins=\{"age": \[25, 45\]\}'):
        ba.count(frame, **ASKED)
