import duckdb
import narwhals.stable.v2 as nw
import pandas as pd
import polars as pl
import pytest

import biasaudit as ba
from biasaudit import count
from biasaudit.counts import engines
from every_engine import spark


@pytest.fixture
def relation():
    connection = duckdb.connect()
    connection.execute(
        "CREATE TABLE t AS SELECT * FROM (VALUES ('F', 1, 0.5), ('M', NULL, 0.2), ('M', 0, 0.29)) v(sex, y, s)"
    )
    yield connection.table("t")
    connection.close()


def test_without_pyarrow_duckdb_goes_through_pandas(monkeypatch, relation):
    arguments = {"sensitive_features": ["sex"], "y_true": "y", "score": "s", "threshold": 0.29}
    expected = count(relation, **arguments)
    monkeypatch.setattr(engines, "find_spec", lambda name: None)
    found = count(relation, **arguments)
    assert nw.get_native_namespace(engines.collected(nw.from_native(relation))) is pd
    assert found.rows.tolist() == expected.rows.tolist()
    assert {k: v.tolist() for k, v in found.keys.items()} == {k: v.tolist() for k, v in expected.keys.items()}


def test_an_eager_frame_comes_back_as_it_is():
    frame = nw.from_native(pd.DataFrame({"a": [1]}))
    assert engines.collected(frame) is frame


def test_lazy_polars_streams(monkeypatch):
    asked = []
    collect = pl.LazyFrame.collect
    monkeypatch.setattr(pl.LazyFrame, "collect", lambda f, **how: asked.append(how.get("engine")) or collect(f, **how))
    count(pl.LazyFrame({"sex": ["F", "M"], "s": [0.5, 2.5], "y": [0, 1]}), sensitive_features=["sex"], score="s")
    assert set(asked) == {"streaming"}


@pytest.mark.slow
def test_spark_without_pyarrow_says_what_to_install(monkeypatch):
    frame = spark().createDataFrame([("F", 1), ("M", 0)], "sex string, p int")
    monkeypatch.setattr(engines, "find_spec", lambda name: None)
    with pytest.raises(ba.AuditError) as refused:
        count(frame, sensitive_features=["sex"], y_pred="p")
    assert str(refused.value) == (
        'Counts of Spark come home through pyarrow, which is missing: pip install "biasaudit[spark]".'
    )


BIG = 10**17
ROLES = {
    "feature": lambda t: ba.audit_dataset(t, label="y", sensitive_features=["sex"], features=["big"]).to_json(),
    "stratum": lambda t: ba.audit_dataset(t, label="y", sensitive_features=["sex"], strata=["big"]).to_json(),
    "score": lambda t: count(t, y_true="y", score="big", threshold=BIG, sensitive_features=["sex"]).rows.tolist(),
    "weight": lambda t: count(t, y_pred="y", sample_weight="big", sensitive_features=["sex"]).weight.tolist(),
    "bins": lambda t: count(t, y_pred="y", sensitive_features=["big"], bins={"big": [BIG]}).rows.tolist(),
    "subgroups": lambda t: ba.find_subgroups(t, outcome="y", features=["sex", "big"], bins={"big": [BIG]}).to_json(),
}


@pytest.mark.parametrize("role", ROLES)
def test_whole_numbers_that_no_float_can_hold(role):
    frame = pl.DataFrame(
        {"sex": ["F", "M"] * 60, "y": [0, 0, 1, 1, 1] * 24, "big": [BIG - 7 + i * i % 17 for i in range(120)]}
    )
    expected = ROLES[role](frame.to_pandas())
    for table in (frame, frame.to_arrow(), duckdb.from_arrow(frame.to_arrow())):
        assert ROLES[role](table) == expected


COUNTS = {
    "count": lambda t: count(t, y_pred="y", count="big", sensitive_features=["sex"]),
    "trials": lambda t: ba.audit_errors(t, errors="y", trials="big", sensitive_features=["sex"]),
}


@pytest.mark.parametrize("role", COUNTS)
def test_no_number_of_people_is_that_large(role):
    table = pl.DataFrame({"sex": ["F", "M"] * 9, "y": [0, 1] * 9, "big": [BIG] * 18}).to_arrow()
    with pytest.raises(ba.AuditError, match=f'{role}="big" is missing, negative or no whole number in 18 rows'):
        COUNTS[role](table)
