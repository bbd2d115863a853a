"""The way of a table through an audit is one way: each part of the package sees it once, or twice, and hands it on."""

import sys
from collections import Counter
from itertools import groupby
from pathlib import Path

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd
import pytest

import biasaudit as ba

ROOT = str(Path(ba.__file__).parent)
MOST_VISITS, MOST_RETURNS = 2, 8


def people():
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({name: rng.choice(["a", "b", "c"], 600) for name in ("town", "work")})
    return frame.assign(sex=rng.choice(["f", "m"], 600), hired=rng.integers(0, 2, 600))


def is_table(value):
    tables = (pd.DataFrame, nw.DataFrame, nw.LazyFrame, ba.datasets.Dataset)
    return isinstance(value, tables) or isinstance(getattr(value, "frame", None), tables)


def way_of(call):
    """Trace the files that are entered by a call with the table among its arguments, until it has been counted."""
    entered = []

    def see(frame, event, _):
        code = frame.f_code
        counted = bool(entered) and entered[-1] == "done"
        if event != "call" or counted or not code.co_filename.startswith(ROOT) or code.co_name.startswith("<"):
            return
        names = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
        if any(is_table(frame.f_locals.get(name)) for name in names):
            entered.append(code.co_filename[len(ROOT) + 1 :])
        if code.co_name in ("count_data", "repeated_ids"):
            entered.append("done")

    sys.setprofile(see)
    try:
        call()
    finally:
        sys.setprofile(None)
    return [name for name, _ in groupby(name for name in entered if name != "done")]


DATA = ba.datasets.Dataset("d", people(), "hired", ("town", "work"), ("sex",))
CALLS = {
    "audit_dataset": lambda data: ba.audit_dataset(data, **({} if data is DATA else ASKED | {"label": "hired"})),
    "audit_predictions": lambda data: ba.audit_predictions(
        data, **({} if data is DATA else ASKED | {"y_pred": "hired"})
    ),
    "find_subgroups": lambda data: ba.find_subgroups(
        data, **({} if data is DATA else {"features": ["sex", "town"], "outcome": "hired"})
    ),
}
ASKED = {"sensitive_features": "sex"}


@pytest.mark.parametrize("data", [DATA, people()], ids=["Dataset", "DataFrame"])
@pytest.mark.parametrize("call", CALLS)
def test_a_table_goes_one_way(call, data):
    CALLS[call](data)  # What is imported at its first use is no part of the way.
    way = way_of(lambda: CALLS[call](data))
    visits = Counter(way)
    assert len(way) - len(visits) <= MOST_RETURNS, way
    assert max(visits.values()) <= MOST_VISITS, way
    assert way.index("audits/request.py") < way.index("audits/source.py") < way.index("counts/columns.py")


def test_what_a_data_set_brings_and_a_confidence_are_decided_once():
    lines = [(path, line) for path in Path(ROOT).rglob("*.py") for line in path.read_text().splitlines()]
    asking = {path.name for path, line in lines if "isinstance(" in line and "Dataset)" in line}
    assert asking == {"request.py", "source.py"}
    assert [path.name for path, line in lines if "0.5 <= float(confidence)" in line] == ["arguments.py"]
