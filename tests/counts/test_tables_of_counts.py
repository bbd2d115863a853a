"""Crosstab: reading labels, rolling up, adding, thresholds, one against the rest, saving and suppressing."""

import re
from dataclasses import replace

import duckdb
import numpy as np
import pandas as pd
import pytest

from biasaudit import AuditError, Crosstab, count
from biasaudit.counts.labels import LabelReading, read_classes
from biasaudit.counts.table.storage import suppress
from biasaudit.counts.values import canonical, order_levels, relabel, union_levels
from biasaudit.metrics.rates import RATES, get_rate
from biasaudit.names import clean

FRAME = pd.DataFrame(
    {
        "g": ["b", "a", None, "a", "b", "a"],
        "h": [2, 10, 2, 10, 2, 2],
        "y": [1, 0, 1, None, 0, 1],
        "p": [True, False, True, True, False, True],
        "s": [0.29, 0.1, 0.999, 0.5, 0.0, 1.0],
        "w": [1.0, 2.0, 0.5, 1.5, 0.0, 3.0],
        "c": ["k1", "k1", "k2", "k3", "k2", "k2"],
    }
)
BOTH = {"sensitive_features": ["g", "h"], "y_true": "y", "y_pred": "p"}


def same(left, right):
    assert {k: v.tolist() for k, v in left.keys.items()} == {k: v.tolist() for k, v in right.keys.items()}
    assert left.rows.tolist() == right.rows.tolist()
    for name in ("features", "levels", "classes", "cluster_names"):
        assert getattr(left, name) == getattr(right, name)
    for name in ("edges", "bin_scores", "weight", "weight_squared", "suppressed"):
        a, b = getattr(left, name), getattr(right, name)
        assert (a is None) == (b is None)
        if a is not None:
            np.testing.assert_array_equal(a, b)


def refused(action):
    with pytest.raises(AuditError) as caught:
        action()
    return str(caught.value)


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


def test_count_lays_out_cells():
    table = count(FRAME, **BOTH)
    assert table.features == ("g", "h")
    assert table.levels == (("a", "b", "(missing)"), ("2", "10"))
    assert table.classes == ("0", "1")
    assert table.is_binary
    assert table.n == 6
    assert table.shape_size == 6
    assert table.groups[1] == {"g": "a", "h": "10"}
    cells = dict(
        zip(
            zip(table.group.tolist(), table.y_true.tolist(), table.y_pred.tolist(), strict=True),
            table.rows.tolist(),
            strict=True,
        )
    )
    assert cells == {(0, 1, 1): 1, (1, -1, 1): 1, (1, 0, 0): 1, (2, 0, 0): 1, (2, 1, 1): 1, (4, 1, 1): 1}
    assert table.usable.tolist().count(False) == 1
    assert table.cluster is table.weight is table.edges is None


def test_scores_fall_into_bins_exactly():
    table = count(FRAME, **{**BOTH, "y_pred": None}, score="s", threshold=0.29)
    assert len(table.edges) == 99
    assert table.bin_scores[[0, 99]].tolist() == [0.005, 0.995]
    by_bin = dict(zip(table.score_bin.tolist(), table.y_pred.tolist(), strict=True))
    assert by_bin == {29: 1, 10: 0, 99: 1, 50: 1, 0: 0}
    assert table.rows.sum() == 6


@pytest.mark.parametrize("values", [[1, 10, 3, 3, 1, 2], [-5.0, 0.5, 0.5, 7, 7, 7]])
def test_few_other_scores_have_a_bin_each(values):
    table = count(FRAME.assign(s=values), **BOTH, score="s")
    assert table.bin_scores.tolist() == sorted(set(values))
    assert table.edges.tolist() == sorted(set(values))[1:]
    counted = np.repeat(table.bin_scores[table.score_bin], table.rows)
    assert sorted(counted.tolist()) == sorted(values)


def test_many_other_scores_have_equal_bins():
    rows = 101
    frame = pd.DataFrame({"g": ["a", "b"] * 50 + ["a"], "y": [0, 1] * 50 + [1], "s": np.arange(rows) * 2.0})
    table = count(frame, sensitive_features=["g"], y_true="y", score="s")
    assert table.edges.tolist() == pytest.approx((np.arange(1, 100) * 2.0).tolist())
    assert table.bin_scores[[0, 50, 99]].tolist() == pytest.approx([1, 101, 199])


def test_thresholds():
    table = count(FRAME, **{**BOTH, "y_pred": None}, score="s")
    same(table.at_threshold(0.29).without_scores(), count(FRAME.assign(p=FRAME["s"] >= 0.29), **BOTH))
    assert refused(lambda: table.at_threshold(0.295)) == (
        "threshold=0.295 is not an edge between two score bins, so the table cannot tell which rows reach it. "
        "The nearest edges are 0.29 and 0.3."
    )
    assert "is not an edge" in refused(lambda: table.at_threshold(2))
    assert refused(lambda: count(FRAME, **BOTH).at_threshold(0.5)) == (
        "This table has no score bins, so it has no thresholds. Count it with score=."
    )


def test_rollup():
    table = count(FRAME, **BOTH, sample_weight="w", cluster="c", score="s")
    same(
        table.rollup(["g"]),
        count(FRAME, **{**BOTH, "sensitive_features": ["g"]}, sample_weight="w", cluster="c", score="s"),
    )
    same(table.rollup(["h", "g"]).rollup(["g"]), table.rollup(["g"]))
    everyone = table.rollup(())
    assert everyone.groups == ({},)
    assert everyone.n == 6
    assert refused(lambda: table.rollup(["gg"])) == (
        "\"gg\" is not a sensitive feature of this table. Did you mean \"g\"? It counts by ['g', 'h']."
    )
    same(table.without_clusters().without_scores(), count(FRAME, **BOTH, sample_weight="w"))


def test_one_vs_rest():
    frame = FRAME.assign(y=list("xyzxyz"), p=list("xxyyzz"))
    table = count(frame, **BOTH)
    assert table.classes == ("x", "y", "z")
    assert not table.is_binary
    binary = table.one_vs_rest("y")
    assert binary.classes == ("not y", "y")
    by_hand = count(frame.assign(y=frame["y"].eq("y"), p=frame["p"].eq("y")), **BOTH)
    for name in ("y_true", "y_pred"):
        assert binary.keys[name].tolist() == by_hand.keys[name].tolist()
    assert binary.rows.tolist() == by_hand.rows.tolist()
    two = count(FRAME, **BOTH).one_vs_rest("0")
    assert two.classes == ("1", "0")
    assert two.y_true.min() == -1
    assert refused(lambda: table.one_vs_rest("w")) == "pos_label='w' is not a class. Classes: 'x', 'y', 'z'."


def test_too_many_groups():
    frame = pd.DataFrame({f"f{i}": [f"k{j}" for j in range(25)] for i in range(3)} | {"p": [0, 1] * 12 + [0]})
    assert refused(lambda: count(frame, sensitive_features=["f0", "f1", "f2"], y_pred="p")) == (
        "The sensitive features ['f0', 'f1', 'f2'] cross into 15,625 groups; at most 10,000 can be audited at once. "
        "Leave out a feature or join rare levels."
    )


def test_adding_joins_levels_and_clusters():
    arguments = {**BOTH, "cluster": "c", "sample_weight": "w"}
    whole = count(FRAME, **arguments)
    halves = count(FRAME[:2], **arguments) + count(FRAME[2:], **arguments)
    same(halves.rollup(["g", "h"]), whole)
    assert halves.cluster_names == ("k1", "k2", "k3")
    loaded = [count(part, **arguments) for part in (FRAME[:3], FRAME[2:])]
    anonymous = [replace(t, cluster_names=None) for t in loaded]
    assert len(np.unique((loaded[0] + loaded[1]).cluster)) == 3
    assert len(np.unique((anonymous[0] + anonymous[1]).cluster)) == 4
    assert (anonymous[0] + anonymous[1]).cluster_names is None


def test_adding_keeps_the_other_class():
    a = count(pd.DataFrame({"g": ["a", "b"], "y": ["hi", "hi"]}), sensitive_features=["g"], y_true="y", pos_label="hi")
    b = count(pd.DataFrame({"g": ["a", "b"], "y": ["hi", "lo"]}), sensitive_features=["g"], y_true="y", pos_label="hi")
    assert a.classes == ("not hi", "hi")
    assert (a + b).classes == (b + a).classes == ("lo", "hi")
    assert (a + b).rollup(()).rows.tolist() == [1, 3]


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({"sensitive_features": ["h", "g"]}, "sensitive features differ (g, h and h, g)"),
        ({"y_pred": None}, "columns differ (y_true, y_pred and y_true)"),
        ({"sample_weight": "w"}, "columns differ (y_true, y_pred and y_true, y_pred, weight)"),
    ],
)
def test_adding_refuses_other_tables(change, what):
    left, right = count(FRAME, **BOTH), count(FRAME, **{**BOTH, **change})
    assert refused(lambda: left + right) == (
        f"These tables cannot be added: their {what}. Count both with the same arguments."
    )


def test_adding_refuses_other_bins_and_classes():
    left, right = count(FRAME, **BOTH, score="s"), count(FRAME.assign(s=FRAME["s"] * 5), **BOTH, score="s")
    assert "their score bins differ (0.01, 0.02, 0.03, 0.04, 0.05, 0.06, 0.07, 0.08, … and" in refused(
        lambda: left + right
    )
    flipped = count(FRAME, **BOTH).one_vs_rest("0")
    assert "their positive classes differ (1 and 0)" in refused(lambda: count(FRAME, **BOTH) + flipped)


def test_saving(tmp_path):
    table = count(FRAME, **BOTH, score="s", sample_weight="w", cluster="c")
    path = tmp_path / "it's.parquet"
    table.save(path)
    loaded = Crosstab.load(path)
    assert loaded.cluster_names is None
    same(loaded, replace(table, cluster_names=None))
    assert [p.name for p in tmp_path.iterdir()] == ["it's.parquet"]
    plain = count(FRAME, **BOTH)
    plain.save(path)
    same(Crosstab.load(path), plain)


def test_saving_withholds_small_cells(tmp_path):
    frame = pd.concat([FRAME] * 3 + [FRAME[:1]])
    table = count(frame, **BOTH, sample_weight="w")
    table.save(tmp_path / "t.parquet", min_cell=4)
    loaded = Crosstab.load(tmp_path / "t.parquet")
    assert loaded.rows.tolist() == [0, 0, 0, 0, 4, 0]
    assert loaded.weight.tolist() == [0, 0, 0, 0, 4.0, 0]
    assert loaded.weight_squared.tolist() == [0, 0, 0, 0, 4.0, 0]
    assert loaded.suppressed.tolist() == [True, True, True, True, False, True]
    again = suppress(loaded, 1)
    assert again.suppressed.tolist() == loaded.suppressed.tolist()
    assert (loaded + table).suppressed.any()
    assert (table + table).suppressed is None
    assert refused(lambda: suppress(table, -1)) == (
        "min_cell=-1 is negative. Give the smallest number of people to show, such as 10."
    )
    assert suppress(table, 0).suppressed.tolist() == [False] * 6
    # A cell that was hidden stays hidden, and others may join it.
    more = suppress(suppress(replace(table, rows=np.array([1, 5, 9, 9, 9, 9])), 3), 6)
    assert more.suppressed.tolist() == [True, True, False, False, False, False]
    assert suppress(more, 2).suppressed.tolist() == [True, True, False, False, False, False]
    assert more.rows.dtype == np.int64
    table.save(tmp_path / "all.parquet")
    assert Crosstab.load(tmp_path / "all.parquet").suppressed is None


def test_loading_refuses_other_files(tmp_path):
    path = tmp_path / "x.parquet"
    assert refused(lambda: Crosstab.load(path)) == (
        f'There is no table of counts "{path}". Give the path of a file that save() wrote.'
    )
    duckdb.connect().sql(f"COPY (SELECT 1 AS a) TO '{path}' (FORMAT parquet)")
    assert refused(lambda: Crosstab.load(path)) == (
        f'"{path}" is Parquet, but no table of counts. Make one with Crosstab.save.'
    )
    duckdb.connect().sql(
        f"""COPY (SELECT 1 AS a) TO '{path}' (FORMAT parquet, KV_METADATA {{biasaudit: '{{"format": "9"}}'}})"""
    )
    assert refused(lambda: Crosstab.load(path)) == f'"{path}" has format 9; this version reads 1. Update biasaudit.'
    target = tmp_path / "no" / "t.parquet"
    assert re.match(
        r'^".*" cannot be written: IO Error: .*t\.parquet.*No such file or directory\. Choose another place\.$',
        refused(lambda: count(FRAME, **BOTH).save(target)),
    )


def test_adding_joins_classes_of_many():
    frame = pd.DataFrame({"g": list("ababab"), "y": list("xzvyyw"), "p": list("zzvywu")})
    columns = {"sensitive_features": ["g"], "y_true": "y", "y_pred": "p"}
    whole = count(frame, **columns)
    halves = count(frame[:3], **columns) + count(frame[3:], **columns)
    same(halves, whole)
    assert halves.classes == tuple("uvwxyz")


def test_adding_tables_without_a_level_in_common():
    arguments = {**BOTH, "cluster": "c", "sample_weight": "w", "score": "s"}
    for column in ("g", "h", "c"):
        first = FRAME[column] == FRAME[column].iloc[0]
        parts = [count(FRAME[~first], **arguments), count(FRAME[first], **arguments)]
        for left, right in (parts, parts[::-1]):
            added = left + right
            same(added, count(FRAME, **arguments))
            same(added.rollup(()), count(FRAME, **arguments).rollup(()))
            same(left.rollup(()) + right.rollup(()), added.rollup(()))


def test_adding_tables_of_labels_or_predictions_alone():
    for columns in ({"y_true": "y"}, {"y_pred": "p"}):
        arguments = {"sensitive_features": ["g"], **columns}
        same(count(FRAME[:2], **arguments) + count(FRAME[2:], **arguments), count(FRAME, **arguments))


def test_adding_tables_where_one_knows_its_clusters():
    whole = count(FRAME, **BOTH, cluster="c")
    nameless = replace(whole, cluster_names=None)
    for left, right in ((whole, nameless), (nameless, whole)):
        added = left + right
        assert added.cluster_names is None
        assert sorted(set(added.cluster.tolist())) == [0, 1, 2, 3, 4, 5]
        assert added.rows.sum() == 12


def test_adding_marks_what_either_site_withheld():
    table = count(FRAME, **BOTH)
    hidden = suppress(replace(table, rows=np.array([1, 9, 9, 9, 9, 9])), 3)
    for left, right in ((table, hidden), (hidden, table)):
        added = left + right
        assert added.suppressed.dtype == bool
        assert added.suppressed.sum() == 1
        assert added.rows.sum() == 6 + 45


def test_what_cannot_be_added_is_told_in_short():
    def with_values(values):
        frame = pd.DataFrame({"g": ["a", "b"] * 5, "y": [0, 1] * 5, "s": values})
        return count(frame, sensitive_features=["g"], y_true="y", score="s")

    numbers = list(range(2, 12))
    eight, nine = with_values([1, 9, *numbers[:7], 2]), with_values(numbers)
    assert refused(lambda: eight + nine) == (
        "These tables cannot be added: their score bins differ "
        "(2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0 and 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0, …). "
        "Count both with the same arguments."
    )
    plain = eight.without_scores()
    assert "columns differ (y_true and y_true, score_bin)" in refused(lambda: plain + eight)
    bare = {"sensitive_features": ["g"]}
    assert "columns differ (none and y_pred)" in refused(
        lambda: count(FRAME, **bare) + count(FRAME, **bare, y_pred="p")
    )


def test_adding_two_classes_to_many():
    frame = pd.DataFrame({"g": list("ababab"), "y": list("zyxzyx"), "p": list("yzyxzx")})
    columns = {"sensitive_features": ["g"], "y_true": "y", "y_pred": "p"}
    many, two = count(frame, **columns), count(frame[:2], **columns)
    assert two.is_binary
    for added in (many + two, two + many):
        same(added, count(pd.concat([frame, frame[:2]]), **columns))
    same(many + many, count(pd.concat([frame, frame]), **columns))


def test_a_class_alone_is_joined_by_equality():
    left = read_classes({"y": ["b"], "p": ["a", "b"]}, "a")
    assert left.classes == {"y": {"b": "b"}, "p": {"a": "a", "b": "b"}}
    assert read_classes({"y": ["a", "b"], "p": ["b", "a"]}, "a").classes["p"] == {"b": "b", "a": "a"}


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


def test_a_hundred_scores_have_a_bin_each():
    def edges(values):
        frame = pd.DataFrame({"g": ["a"] * len(values), "s": values})
        return count(frame, sensitive_features=["g"], score="s")

    hundred = edges(np.arange(100) * 3.0 - 7)
    assert hundred.bin_scores.tolist() == (np.arange(100) * 3.0 - 7).tolist()
    more = edges(np.arange(101) * 3.0 - 7)
    assert more.edges.tolist() == pytest.approx((-7 + 300 * np.arange(1, 100) / 100).tolist())
    assert more.bin_scores.tolist() == pytest.approx((-7 + 300 * (np.arange(100) + 0.5) / 100).tolist())
    assert len(edges(np.linspace(0, 1.5, 150)).edges) == 99
    assert edges(np.linspace(0, 1.5, 150)).edges[0] == pytest.approx(0.015)
    assert edges(np.linspace(-0.5, 1, 150)).edges[0] == pytest.approx(-0.485)


def test_an_empty_table_with_scores():
    message = "The table has no rows. Check the file, or the filter that made it."
    assert refused(lambda: count(FRAME[:0].astype({"p": int}), **BOTH, score="s")) == message
    assert refused(lambda: count(FRAME[:0].astype({"p": int}), **BOTH)) == message


@pytest.mark.parametrize(
    ("column", "what"),
    [
        (["1", "2"], "text"),
        (pd.Categorical(["1", "2"]), "text"),
        ([True, False], "Boolean"),
        (pd.to_datetime(["2020-01-01", "2020-01-02"]), "Datetime"),
    ],
)
def test_scores_and_weights_are_numbers(column, what):
    frame = pd.DataFrame({"g": ["a", "b"], "y": [0, 1], "s": column})
    for role in ("score", "sample_weight"):
        message = refused(lambda role=role: count(frame, sensitive_features=["g"], y_true="y", **{role: "s"}))
        assert message.startswith(f'{role}="s" holds {what}')
        assert message.endswith(", not numbers. Name a column of numbers.")


def test_long_names_are_cut_and_tamed():
    assert clean("a" * 60) == "a" * 60
    assert clean("a" * 61) == "a" * 59 + "…"
    assert clean("a\nb\x1b[31m") == "a�b�[31m"
    assert clean("abc", 3) == "abc"
    assert clean("abcd", 3) == "ab…"


def test_unknown_rate():
    assert refused(lambda: get_rate("recal")) == (
        '"recal" is not a rate. Did you mean "recall"? Rates: ' + ", ".join(rate.name for rate in RATES) + "."
    )


def test_thresholds_need_the_bins_themselves():
    table = count(FRAME, **BOTH, score="s")
    assert "has no score bins" in refused(lambda: replace(table, score_bin=None).at_threshold(0.5))
    assert table.at_threshold(0.5).y_pred.dtype == np.int64


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


def test_missing_clusters():
    frame = FRAME.assign(c=FRAME["c"].where(FRAME.index > 0))
    assert refused(lambda: count(frame, **BOTH, cluster="c")) == (
        "The cluster column has missing values. Say which cluster every row belongs to."
    )


def test_ten_thousand_groups_are_the_most():
    frame = pd.DataFrame({"a": [f"k{i}" for i in range(100)], "b": [f"k{i}" for i in range(100)]})
    assert count(frame, sensitive_features=["a", "b"]).shape_size == 10_000


def test_lazy_frames_are_binned_row_by_row():
    connection = duckdb.connect()
    relation = connection.from_df(FRAME)
    for more in ({}, {"threshold": 0.29, "y_pred": None}):
        arguments = {**BOTH, "score": "s", **more}
        same(count(relation, **arguments), count(FRAME, **arguments))
    odd = FRAME.assign(s=[0.1, 5.5, -3.0, 5.5, 2.0, 0.1])
    same(count(connection.from_df(odd), **BOTH, score="s"), count(odd, **BOTH, score="s"))
