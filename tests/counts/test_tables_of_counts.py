"""A table of counts: its cells, its score bins, thresholds, and its file."""

import re
from dataclasses import replace

import duckdb
import numpy as np
import pandas as pd
import pytest
from small_tables import BOTH, FRAME, refused, same

from biasaudit import Crosstab, count
from biasaudit.counts.table.storage import suppress
from biasaudit.metrics.rates import RATES, get_rate


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


def test_unknown_rate():
    assert refused(lambda: get_rate("recal")) == (
        '"recal" is not a rate. Did you mean "recall"? Rates: ' + ", ".join(rate.name for rate in RATES) + "."
    )


def test_thresholds_need_the_bins_themselves():
    table = count(FRAME, **BOTH, score="s")
    assert "has no score bins" in refused(lambda: replace(table, score_bin=None).at_threshold(0.5))
    assert table.at_threshold(0.5).y_pred.dtype == np.int64


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
