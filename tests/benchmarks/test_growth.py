"""How time and memory grow with the rows, on DuckDB out of core, Polars streaming and Spark: ``make bench``."""

import subprocess
import sys
import time

import pytest

import biasaudit as ba
from biasaudit.datasets.files.tables import open_table
from every_engine import spark

ASKED = {
    "sensitive_features": ["race", "sex", "years"],
    "y_true": "y",
    "score": "s",
    "threshold": 0.5,
    "bins": {"years": [25, 45]},
}
# All cells are there in the first of these, so that beyond it only rows are added; passes of each size in a round.
SIZES = {100_000: 9, 1_000_000: 9, 10_000_000: 3, 100_000_000: 1}
ROUNDS = 4
HEADER = "import resource, time, biasaudit as ba, polars as pl\nbegun = time.perf_counter()\n"
FOOTER = (
    "\nprint(table.n, time.perf_counter() - begun, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e9)"
)


def seconds(path):
    begun = time.perf_counter()
    ba.count(open_table(path).frame, **ASKED)
    return time.perf_counter() - begun


def apart(code):
    """Run in a process of its own: rows counted, seconds, and gigabytes held at most."""
    done = subprocess.run([sys.executable, "-c", HEADER + code + FOOTER], check=True, capture_output=True, text=True)
    rows, took, gigabytes = done.stdout.split()
    return int(rows), float(took), float(gigabytes)


def test_time_grows_in_line_with_the_rows(parquet, ratio):
    paths = {rows: parquet(rows) for rows in SIZES}
    # By turns, so that what else runs on the machine slows all sizes alike; the least counts.
    times = {rows: [] for rows in SIZES}
    for rows, path in [*paths.items()] * ROUNDS:
        times[rows] += [seconds(path) for _ in range(SIZES[rows])]
    small, *sizes = SIZES
    fixed = min(times[small])
    ratio("counting 100,000 rows: three features, age cut by edges, label and score", f"{fixed * 1e3:.0f} ms", "", True)
    each = {rows: (min(times[rows]) - fixed) / (rows - small) * 1e7 for rows in sizes}
    middle = sum(each.values()) / len(each)
    for rows, took in each.items():
        what = f"each 10M rows more, up to {rows:,} rows of Parquet"
        off = took / middle - 1
        ratio(what, f"{took:.2f} s ({off:+.0%})", "± 30 %", abs(off) <= 0.3)


@pytest.mark.parametrize("engine", ["DuckDB", "Polars"])
def test_memory_of_the_same_pass(parquet, ratio, engine):
    path = parquet(100_000_000)
    data = {"DuckDB": repr(path), "Polars": f"pl.scan_parquet({path!r})"}[engine]
    rows, took, gigabytes = apart(f"table = ba.audit_predictions({data}, **{ASKED!r}).table")
    assert rows == 100_000_000
    what = f"memory of an audit of 100M rows by these columns, {engine} ({took:.1f} s)"
    ratio(what, f"{gigabytes:.2f} GB", "1 GB", gigabytes <= 1)


def test_memory_of_a_join(parquet, ratio, tmp_path):
    import duckdb

    people, decided = tmp_path / "people.parquet", tmp_path / "decided.parquet"
    connection = duckdb.connect(config={"memory_limit": "1GB"})
    connection.execute(f"COPY (SELECT i AS id, ['F', 'M'][1 + i % 2] AS sex FROM range(1000000) t(i)) TO '{people}'")
    query = "SELECT hash(i) % 1000000 AS id, (hash(i * 3) % 2)::TINYINT AS p FROM range(30000000) t(i)"
    connection.execute(f"COPY ({query}) TO '{decided}'")
    asked = {"sensitive_features": "sex", "y_pred": "p", "join": str(people), "on": "id"}
    rows, took, gigabytes = apart(f"table = ba.audit_predictions({str(decided)!r}, **{asked!r}).table")
    assert rows == 30_000_000
    what = f"memory for 30M predictions joined to 1M people, DuckDB ({took:.1f} s)"
    ratio(what, f"{gigabytes:.2f} GB", "1 GB", gigabytes <= 1)


def test_spark_with_two_threads(parquet, ratio):
    session = spark()
    times = []
    for rows in (1_000_000, 1_000_000, 10_000_000):
        begun = time.perf_counter()
        assert ba.count(session.read.parquet(parquet(rows)), **ASKED).n == rows
        times.append(time.perf_counter() - begun)
    ratio(
        f"Spark local[2], 10M rows (1M: {times[1]:.1f} s, the first time {times[0]:.1f} s)",
        f"{times[2]:.1f} s",
        "",
        True,
    )
