"""Swaps and what they make of texts and tables; every message is a whole sentence."""

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from biasaudit.audits.pairs._swaps import filled_tables, filled_texts, read_swap
from biasaudit.errors import AuditError

SEX = {"sex": {"woman": "F", "man": "M"}}


def refused(call, *arguments):
    with pytest.raises(AuditError) as caught:
        call(*arguments)
    return str(caught.value)


def test_every_template_with_every_value_and_what_is_linked():
    swap = read_swap({"name": {"woman": ["Anna", "Eva"], "man": ["Otto"]}, "his": {"woman": "her", "man": "his"}})
    assert swap.feature == "name"
    assert swap.groups == ("woman", "man")
    assert swap.member.tolist() == [0, 0, 1]
    assert filled_texts(["{name}, {his} {job} {name}", "I am {name}"], swap) == [
        "Anna, her {job} Anna",
        "Eva, her {job} Eva",
        "Otto, his {job} Otto",
        "I am Anna",
        "I am Eva",
        "I am Otto",
    ]


def test_linked_values_go_in_pairs():
    swap = read_swap({"first": {"a": ["x", "y"], "b": ["z", "w"]}, "last": {"a": ["1", "2"], "b": ["3", "4"]}})
    assert filled_texts(["{first}{last}"], swap) == ["x1", "y2", "z3", "w4"]


@pytest.mark.parametrize(
    ("swap", "message"),
    [
        (None, 'swap is empty. Give it like swap={"name": {"woman": ["Anna"], "man": ["Otto"]}}.'),
        ({}, 'swap is empty. Give it like swap={"name": {"woman": ["Anna"], "man": ["Otto"]}}.'),
        ({3: {}}, "swap names 3, which is no name of a placeholder or column. Use text."),
        (
            {"sex": {"woman": "F"}},
            'swap["sex"] needs at least two groups. Give them like {"sex": {"woman": [...], "man": [...]}}.',
        ),
        (
            {"sex": ["F", "M"]},
            'swap["sex"] needs at least two groups. Give them like {"sex": {"woman": [...], "man": [...]}}.',
        ),
        (
            {"sex": {"woman": [], "man": "M"}},
            "swap[\"sex\"] has a group without a name in text or without a value: 'woman'. "
            "Name it and give it one value or more.",
        ),
        (
            {"sex": {0: "F", 1: "M"}},
            'swap["sex"] has a group without a name in text or without a value: 0. '
            "Name it and give it one value or more.",
        ),
        (
            {"sex": {"woman": "F", "man": "F"}},
            'swap["sex"] lists "F" twice. A value can stand for one group only, and counts once.',
        ),
        (
            {"sex": {"woman": ["F", "F"], "man": "M"}},
            'swap["sex"] lists "F" twice. A value can stand for one group only, and counts once.',
        ),
        (
            {"sex": {"woman": {"F": 1}, "man": "M"}},
            'swap["sex"] holds a dict for "woman". Use text, numbers or true and false.',
        ),
        (
            {**SEX, "title": {"woman": "Ms", "men": "Mr"}},
            'swap["sex"] and swap["title"] name different groups, such as "man". '
            "Give every placeholder or column the same groups.",
        ),
        (
            {**SEX, "title": {"woman": ["Ms", "Dr"], "man": "Mr"}},
            'swap["title"] gives "woman" 2 values and swap["sex"] 1. Give one for all, or as many in the same order.',
        ),
    ],
)
def test_a_swap_that_cannot_be(swap, message):
    assert refused(read_swap, swap) == message


@pytest.mark.parametrize(
    ("templates", "message"),
    [
        ([], "There is no template. Give at least one text with a placeholder."),
        (["{sex}", 3], "Template 2 is a int, not text. Give texts with {sex}."),
        (
            ["A CV without"],
            'Template 1 has no {sex}, so that nothing in it would be swapped: "A CV without". '
            "Write {sex} where the value goes.",
        ),
        (["{sex}", "{sex}!", "{sex}"], "Templates 1 and 3 are the same text, which would count as two. Remove one."),
    ],
)
def test_templates_that_cannot_be(templates, message):
    assert refused(filled_texts, templates, read_swap(SEX)) == message


def test_a_placeholder_that_no_template_has():
    swap = read_swap({**SEX, "title": {"woman": "Ms", "man": "Mr"}})
    assert (
        refused(filled_texts, ["{sex}"], swap) == 'No template has {title}, which swap["title"] would fill. Remove it.'
    )


def test_too_many_texts(monkeypatch):
    monkeypatch.setattr("biasaudit.audits.pairs._swaps.MOST_TEXTS", 3)
    assert refused(filled_texts, ["{sex}", "{sex}!"], read_swap(SEX)) == (
        "2 templates and 2 values make more than 3 texts. Use fewer."
    )


TABLE = {"sex": ["F", "M", "F"], "age": [30, 40, 50]}


@pytest.mark.parametrize("make", [pd.DataFrame, pl.DataFrame, pa.table])
def test_tables_of_any_kind_stay_of_that_kind(make):
    frame = make(TABLE)
    tables = list(filled_tables(frame, read_swap(SEX)))
    assert [type(table) for table in tables] == [type(frame)] * 2
    assert [list(map(str, table["sex"])) for table in tables] == [["F"] * 3, ["M"] * 3]
    assert all(list(map(str, table["age"])) == ["30", "40", "50"] for table in tables)
    assert list(map(str, frame["sex"])) == ["F", "M", "F"]


def test_categories_and_small_numbers_keep_their_type():
    frame = pd.DataFrame({"sex": pd.Categorical(["F", "M"]), "old": pd.array([1, 0], dtype="int8")}, index=[7, 3])
    swap = read_swap({"sex": {"woman": "F", "man": "M"}, "old": {"woman": 1, "man": 0}})
    for table in filled_tables(frame, swap):
        assert list(table.dtypes) == list(frame.dtypes)
        assert list(table.index) == [7, 3]
    enum = pl.DataFrame({"sex": pl.Series(["F", "M"], dtype=pl.Enum(["F", "M"]))})
    assert all(table.schema == enum.schema for table in filled_tables(enum, read_swap(SEX)))


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        (
            pd.DataFrame({"Sex": ["F"], "age": [1]}),
            'swap["sex"] is not a column. Did you mean "Sex"? Columns: Sex, age.',
        ),
        (
            pd.DataFrame({"sex": ["F", "m"]}),
            'Column "sex" never holds "M", so that the model may not know it. Did you mean "m"? It holds: F, m.',
        ),
        (pd.DataFrame({"sex": []}), "The table has no rows. Check the file, or the filter that made it."),
        (
            3,
            "Neither texts nor a table in memory: a int. "
            "Give a list of texts, or a pandas, Polars or Arrow table whose columns have different names.",
        ),
        (
            pd.DataFrame([["F", "M"]], columns=["sex", "sex"]),
            "Neither texts nor a table in memory: a DataFrame. "
            "Give a list of texts, or a pandas, Polars or Arrow table whose columns have different names.",
        ),
    ],
)
def test_tables_that_cannot_be(frame, message):
    assert refused(lambda: list(filled_tables(frame, read_swap(SEX)))) == message
