"""Rows that stand for people: copies, ids, and counts too small to be shared."""

import duckdb
import numpy as np
import pandas as pd
from bad_tables import COLUMNS, audit, people, rate

import biasaudit as ba


def test_37_repeated_ids():
    frame = people(person=np.arange(60) // 2, s=np.linspace(0, 1, 60))
    assert audit(frame).warnings == (
        '"person" repeats (30 values in 60 rows). If it names people, their rows are not independent and intervals '
        'are too narrow: give cluster="person".',
    )
    assert audit(frame, cluster="person").warnings == ()
    assert audit(frame.assign(person=range(60))).warnings == ()


def test_37_copied_rows():
    frame = people(person=[f"p{i}" for i in range(60)], s=np.linspace(0, 1, 60))
    copied = pd.concat([frame, frame.head(6)])
    sentence = (
        '6 of the first 66 rows are exact copies of other rows, though "person" tells all others apart. '
        "Counted twice they make intervals too narrow: remove them, or give the person as cluster=."
    )
    assert audit(copied).warnings == (sentence,)
    assert audit(duckdb.connect().from_df(copied)).warnings == (sentence,)
    assert audit(copied, cluster="person").warnings == ()
    assert audit(pd.concat([frame] * 2)).warnings[0].startswith("60 of the first 120 rows are exact copies")


def test_37_rows_that_are_alike_by_chance_are_no_copies():
    frame = people(s=np.linspace(0, 1, 60))
    assert audit(pd.concat([frame, frame.head(6).assign(y=1 - frame.y.head(6))])).warnings == ()
    assert audit(pd.concat([people()] * 2)).warnings == ()
    assert audit(pd.concat([people(notes=[["a"]] * 60)] * 2)).warnings == ()


def shared_audit(frame, folder):
    ba.count(frame, **COLUMNS).save(folder / "counts.parquet", min_cell=10)
    return ba.audit_crosstab(ba.Crosstab.load(folder / "counts.parquet"))


def assert_withheld(found):
    row = rate(found, "selection_rate", sex="X")
    assert np.isnan([row["estimate"], row["low"], row["high"]]).all()
    assert row["reason"] == "a count was withheld to protect people"
    gaps = found.disparities("selection_rate")
    gap = gaps[gaps["group"].map(lambda g: g == {"sex": "X"})].iloc[-1]
    assert np.isnan(gap["estimate"])
    assert (gap["verdict"], gap["reason"]) == ("cannot tell", "sex=X: a count was withheld to protect people")
    # The range is that of the others, and names who is left out.
    whole = gaps[gaps["kind"] == "range"].iloc[0]
    assert "X" not in {*whole["group"].values(), *whole["reference"].values()}
    assert whole["reason"] == "left out: sex=X: a count was withheld to protect people"


def test_38_small_cells_are_withheld(tmp_path):
    frame = pd.concat([people()] * 10).reset_index(drop=True)
    frame.loc[:70, "sex"] = "X"
    frame.loc[:70, "y"] = 1
    frame.loc[:5, "p"] = 0
    frame.loc[6:70, "p"] = 1
    found = shared_audit(frame, tmp_path)
    assert not ((found.table.rows > 0) & (found.table.rows < 10)).any()
    assert_withheld(found)


def test_38_a_group_withheld_whole(tmp_path):
    frame = pd.concat([people()] * 10).reset_index(drop=True)
    frame.loc[:6, "sex"] = "X"
    assert_withheld(shared_audit(frame, tmp_path))


def test_a_score_that_repeats_is_no_copied_row():
    scores = np.round(np.linspace(0, 1, 60) ** 3, 4)
    warnings = audit(people(s=np.where(np.arange(60) % 3, scores, 0.5)), score="s").warnings
    assert not any("copies" in warning for warning in warnings)
