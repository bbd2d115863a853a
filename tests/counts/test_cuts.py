"""A number cut into yes and no, on every engine."""

import polars as pl
import pytest

from biasaudit.counts.cuts import read_cuts, with_cuts
from biasaudit.counts.engines import collected
from biasaudit.counts.frames import as_frame
from every_engine import FRAMES, on_engine

CUTS = {"x>=2": [0, 1, 1, None], "x > 2": [0, 0, 1, None], "x<2": [1, 0, 0, None], " x <= 2.0": [1, 1, 0, None]}


@pytest.mark.parametrize("engine", FRAMES)
def test_a_cut_is_exact_and_leaves_what_is_missing(engine, tmp_path):
    frame = pl.DataFrame({"at": [0, 1, 2, 3], "x": [1.0, 2.0, 3.0, None]})
    native = as_frame(on_engine(engine, frame, tmp_path))
    for cut, expected in CUTS.items():
        found = collected(with_cuts(native, read_cuts(cut)).sort("at"))
        assert [None if value is None or value != value else value for value in found["x"].to_list()] == expected


def test_a_name_of_a_column_may_hold_signs_and_spaces():
    assert read_cuts("hours > week >= 1e1")["hours > week"].edge == 10.0
    assert read_cuts(None) == {}
