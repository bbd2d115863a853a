"""Which levels and classes a table has, and which class is positive."""

import re

import numpy as np
import pandas as pd
import pytest
from small_tables import FRAME, refused

from biasaudit import count
from biasaudit.counts.labels import LabelReading, read_classes
from biasaudit.counts.values import canonical, order_levels, relabel, union_levels
from biasaudit.names import clean


@pytest.mark.parametrize(
    ("value", "name"),
    [
        (True, "True"),
        (np.False_, "False"),
        ("true", "True"),
        ("FALSE", "False"),
        ("1.0", "1"),
        ("-0.0", "0"),
        (1, "1"),
        (1.0, "1"),
        (np.float64(2.5), "2.5"),
        ("01", "01"),
        (None, None),
        ("1.50", "1.50"),
        ("Que\u0301bec", "Qu\u00e9bec"),
        (float("nan"), None),
        (pd.NA, None),
        (pd.NaT, None),
        (-1.0, "-1"),
        (float("inf"), "inf"),
        (np.int8(-3), "-3"),
    ],
)
def test_canonical(value, name):
    assert canonical(value) == name


def test_order_levels():
    assert order_levels(["10", "9", "-2", "b", "a", "9"]) == ("-2", "9", "10", "a", "b")
    assert order_levels(["1" * 19, "2"]) == ("2", "1" * 19)
    assert union_levels(["b", "(missing)"], ["a"]) == ("a", "b", "(missing)")
    assert union_levels(["b"], ["a"]) == ("a", "b")
    assert relabel(np.array([0, -1, 1]), ("b", "a"), ("a", "b", "c")).tolist() == [1, -1, 0]


@pytest.mark.parametrize(
    ("negative", "positive"),
    [("0", "1"), ("-1", "1"), ("no", "yes"), ("FALSE", "True"), ("N", "y"), ("f", "T"), ("negative", "Positive")],
)
def test_plain_pairs(negative, positive):
    assert read_classes({"y": [negative, positive]}, None) == LabelReading({"y": {negative: "0", positive: "1"}}, "1")
    assert read_classes({"y": [positive]}, None) == LabelReading({"y": {positive: "1"}}, "1")


def test_labels_that_are_not_plain_stay():
    assert read_classes({"y": ["a", "b"], "p": ["b", "a"]}, None) == LabelReading(
        {"y": {"a": "a", "b": "b"}, "p": {"b": "b", "a": "a"}}, None
    )
    for pos_label in (None, "b", "1"):
        assert refused(lambda chosen=pos_label: read_classes({"y": ["a", "b"], "p": ["0", "1"]}, chosen)) == (
            "\"y\" holds 'a', 'b' and \"p\" holds '0', '1', and which of these mean the same is a guess. "
            'Write "p" with the values of "y", such as \'b\' for what counts as positive.'
        )


def test_pos_label_by_equality_or_plain():
    assert read_classes({"y": ["hi", "lo"], "p": ["lo"]}, "hi") == LabelReading(
        {"y": {"hi": "hi", "lo": "lo"}, "p": {"lo": "lo"}}, "hi"
    )
    assert read_classes({"y": ["1"]}, "0") == LabelReading({"y": {"1": "1"}}, "0")
    assert refused(lambda: read_classes({"y": ["hi", "lo"]}, "mid")) == (
        "pos_label='mid' is not a value of \"y\". Found: 'hi', 'lo'. Give one of these as pos_label."
    )
    assert refused(lambda: read_classes({"y": ["hi", "lo"], "p": ["x", "z"]}, "hi")) == (
        "Column \"p\" never holds pos_label='hi'. Found: 'x', 'z'. Write both label columns with the same values."
    )
    many = refused(lambda: read_classes({"y": list("abcdefg"), "p": ["a"]}, "x" * 50))
    assert "Found: 'a', 'b', 'c', 'd', 'e' and 2 more." in many


def test_labels_in_messages_are_short():
    def found(values):
        return re.search(r"Found: (.*?)\. Give", refused(lambda: read_classes({"y": values}, "?"))).group(1)

    assert found(["a" * 40, "b" * 41]) == f"'{'a' * 40}', '{'b' * 39}…'"
    assert found(list("abcde")) == "'a', 'b', 'c', 'd', 'e'"
    assert found(list("abcdef")) == "'a', 'b', 'c', 'd', 'e' and 1 more"


def test_a_hundred_classes_are_the_most():
    def classes(number):
        values = [f"k{i}" for i in range(number)]
        return count(pd.DataFrame({"g": ["a"] * number, "y": values}), sensitive_features=["g"], y_true="y").classes

    assert len(classes(100)) == 100
    assert refused(lambda: classes(101)) == "The labels hold 101 classes; at most 100 can be audited."


def test_long_names_are_cut_and_tamed():
    assert clean("a" * 60) == "a" * 60
    assert clean("a" * 61) == "a" * 59 + "…"
    assert clean("a\nb\x1b[31m") == "a�b�[31m"
    assert clean("abc", 3) == "abc"
    assert clean("abcd", 3) == "ab…"


def test_very_long_numbers_are_text():
    assert order_levels(["0a", "1" * 18]) == ("1" * 18, "0a")
    assert order_levels(["1" * 19, "0a"]) == ("0a", "1" * 19)


def test_pos_label_of_another_language():
    assert "is not a value" in refused(lambda: read_classes({"y": ["hi", "lo"]}, "1"))
    assert "is not a value" in refused(lambda: read_classes({"y": ["0"]}, "yes"))


def test_a_threshold_takes_a_name_for_its_positive_class():
    table = count(FRAME, sensitive_features=["g"], score="s", threshold=0.5, pos_label="hired")
    assert table.classes == ("not hired", "hired")
    assert table.y_pred.dtype == np.int64
