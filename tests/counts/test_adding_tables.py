"""Tables of counts are added: levels, classes and clusters are joined, and what cannot be added is refused."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from small_tables import BOTH, FRAME, refused, same

from biasaudit import count
from biasaudit.counts.labels import read_classes
from biasaudit.counts.table.storage import suppress


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
