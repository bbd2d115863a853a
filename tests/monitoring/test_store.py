"""The store of counts: what goes in comes out, nothing acknowledged is lost, and what is no store is refused."""

import multiprocessing
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from datetime import date, datetime, timedelta
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pytest

import biasaudit as ba
from biasaudit.errors import AuditError
from biasaudit.monitoring import Store
from biasaudit.monitoring._creation import SCHEMA_VERSION

FIRST = date(2026, 1, 1)


def people(seed=0, n=200, levels=("F", "M"), weights=False, **more):
    rng = np.random.default_rng(seed)
    frame = {"sex": rng.choice(levels, n), "y": rng.integers(0, 2, n), "s": rng.integers(0, 101, n) / 100}
    return pd.DataFrame(frame | ({"w": rng.random(n)} if weights else {}) | more)


def counted(frame, **more):
    asked = {"sensitive_features": ["sex"], "y_true": "y", "score": "s", "threshold": 0.5} | more
    return ba.count(frame, **asked)


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "counts.duckdb", wait=0.2)


def refused(message, call, *arguments, **more):
    with pytest.raises(AuditError) as error:
        call(*arguments, **more)
    assert str(error.value) == message


@pytest.mark.parametrize("weights", [False, True])
def test_a_window_is_the_audit_of_its_rows(store, weights):
    more = {"sample_weight": "w"} if weights else {}
    # A group that comes later, levels in another order: the days are still one table.
    frames = [people(seed, weights=weights, levels=("M", "F", "X")[: 2 + seed % 2]) for seed in range(5)]
    for at, frame in enumerate(frames):
        store.append(counted(frame, **more), day=FIRST + timedelta(days=at))
    whole = counted(pd.concat(frames[1:4]), **more)
    window = store.audit(since="2026-01-02", until=date(2026, 1, 4))
    expected = ba.audit_crosstab(whole)
    pd.testing.assert_frame_equal(window.rates(), expected.rates())
    pd.testing.assert_frame_equal(window.disparities(), expected.disparities())
    assert store.days()["rows"].tolist() == [200] * 5
    assert list(store.tables()) == [FIRST + timedelta(days=at) for at in range(5)]


def test_an_audit_can_be_appended_as_its_table_can(store):
    audit = ba.audit_predictions(people(), sensitive_features="sex", y_true="y", score="s", threshold=0.5)
    store.append(audit, day=datetime(2026, 1, 1, 23, 59))
    pd.testing.assert_frame_equal(store.audit().rates(), audit.rates())


def test_small_cells_can_be_withheld(store):
    table = counted(people(levels=("F", "M", "X"), n=30).assign(s=0.7))
    store.append(table, day=FIRST, min_cell=6)
    kept = store.table()
    assert 0 < kept.suppressed.sum() < len(kept.rows)
    assert (kept.rows[kept.suppressed] == 0).all()
    assert sorted(kept.rows[~kept.suppressed]) == sorted(r for r in table.rows if r >= 6)


def test_a_day_comes_once_unless_it_is_replaced(store):
    store.append(counted(people(0)), day=FIRST)
    refused(
        "2026-01-01 is in the store already, with 200 rows. Say replace (--replace) if this table is to take its "
        "place.",
        store.append,
        counted(people(1, n=50)),
        day=FIRST,
    )
    assert store.table().n == 200
    store.append(counted(people(1, n=50)), day=FIRST, replace=True)
    assert store.table().n == 50


def test_what_a_store_does_not_take(store):
    refused(
        "A store takes tables of counts or audits of predictions, not a DataFrame. Count rows first: "
        "biasaudit.count(frame, sensitive_features=…, y_pred=…); cut a number with positive=.",
        store.append,
        people(),
        day=FIRST,
    )
    refused(
        "The table has clusters, and a store keeps no people: its audits take rows as independent. Count one row a "
        "person and day, without cluster; of a data set that declares one, count its frame.",
        store.append,
        counted(people().assign(who="a"), cluster="who"),
        day=FIRST,
    )
    refused(
        '"yesterday" is not a day. Write it as year-month-day, such as 2026-01-31.',
        store.append,
        counted(people()),
        day="yesterday",
    )
    assert not store.path.exists()
    store.append(counted(people()), day=FIRST)
    refused(
        "These tables cannot be added: their columns differ (y_true, y_pred, score_bin and y_pred). "
        "Count both with the same arguments.",
        store.append,
        ba.count(people(), sensitive_features=["sex"], y_pred="y"),
        day="2026-01-02",
    )
    assert len(store.days()) == 1


def test_windows_that_hold_nothing(store):
    refused(f'There is no store at "{store.path}". The first day that is appended makes one.', store.audit)
    store.append(counted(people()), day=FIRST)
    refused(
        "The store has no day in the window asked for. It holds 2026-01-01 to 2026-01-01.",
        store.audit,
        since="2026-02-01",
    )


def test_files_that_are_no_store(tmp_path):
    table = counted(people())
    text, lite, other, old = (tmp_path / name for name in ("a.txt", "a.sqlite", "a.duckdb", "old.duckdb"))
    text.write_text("no store at all")
    with closing(sqlite3.connect(lite)) as connection:
        connection.execute("CREATE TABLE days (day TEXT)")
    with duckdb.connect(str(other)) as connection:
        connection.execute("CREATE TABLE days (day DATE)")
    for path in (text, lite):
        before = path.read_bytes()
        refused(
            f'"{path}" is no store of counts. Give the file that biasaudit monitor add made.',
            Store(path).append,
            table,
            day=FIRST,
        )
        assert path.read_bytes() == before
    refused(f'"{other}" is a DuckDB file, but no store of counts. Give another name.', Store(other).days)
    Store(old).append(table, day=FIRST)
    with duckdb.connect(str(old)) as connection:
        connection.execute("UPDATE about SET value = '99' WHERE key = 'schema'")
    refused(
        f'"{old}" is a store of version 99; this version of biasaudit reads {SCHEMA_VERSION}. '
        "Update biasaudit, or start a new store.",
        Store(old).days,
    )
    cut = tmp_path / "cut.duckdb"
    cut.write_bytes(old.read_bytes()[:9000])
    with pytest.raises(AuditError, match=r'cut\.duckdb" cannot be opened as a store: .* Put back a copy'):
        Store(cut).days()


def _append(path, day):
    Store(path).append(ba.count(people(), sensitive_features=["sex"], y_pred="y"), day=day)


@pytest.mark.slow
def test_two_appenders_wait_for_each_other(store):
    days = [(FIRST + timedelta(days=at)).isoformat() for at in range(6)]
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        pool.starmap(_append, [(str(store.path), day) for day in days], chunksize=1)
    threads = [threading.Thread(target=_append, args=(store.path, f"2026-03-0{at}")) for at in range(1, 5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(store.days()) == 10
    assert store.table().n == 2000


HOLDING = "import duckdb, sys; held = duckdb.connect(sys.argv[1]); print('held', flush=True); sys.stdin.read()"


def test_who_waits_too_long_hears_why(store):
    store.append(counted(people()), day=FIRST)
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDING, str(store.path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    holder.stdout.readline()
    try:
        refused(
            f'"{store.path}" was in use by another process for 0.2 seconds, and nothing was changed. Try again.',
            store.append,
            counted(people()),
            day="2026-01-02",
        )
    finally:
        holder.communicate()
    store.append(counted(people()), day="2026-01-02")
    assert len(store.days()) == 2


def test_where_nothing_can_be_written(tmp_path):
    folder = tmp_path / "nowhere"
    refused(
        f'The folder "{folder}" does not exist. Make it first, or choose another.',
        Store(folder / "a.duckdb").append,
        counted(people()),
        day=FIRST,
    )
    assert list(Path(tmp_path).iterdir()) == []
