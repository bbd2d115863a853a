"""Speed as ratios against fairlearn and bare engines, measured in one run: ``make bench``."""

import subprocess
import sys
import time

import duckdb
import pytest
from fairlearn.metrics import (
    MetricFrame,
    false_negative_rate,
    false_positive_rate,
    selection_rate,
    true_positive_rate,
)
from sklearn.metrics import accuracy_score

import biasaudit as ba
from biasaudit.inference.variance.resampling import resample
from biasaudit.metrics.rates import RATES
from biasaudit.reporting.formats.html import to_html

FEATURES = ["race", "sex", "age"]
COLUMNS = {"sensitive_features": FEATURES, "y_true": "y", "y_pred": "p"}
METRICS = {
    "selection rate": selection_rate,
    "true positive rate": true_positive_rate,
    "false positive rate": false_positive_rate,
    "false negative rate": false_negative_rate,
    "accuracy": accuracy_score,
}


def timed(action, rounds=7):
    """Least of several timings: what the machine takes when nothing else runs."""
    action()
    times = []
    for _ in range(rounds):
        begun = time.perf_counter()
        action()
        times.append(time.perf_counter() - begun)
    return min(times)


def full_audit(data, **arguments):
    audit = ba.audit_predictions(data, **(COLUMNS | arguments))
    return audit.rates(), audit.disparities()


@pytest.fixture(scope="session")
def fairlearn_seconds(million):
    begun = time.perf_counter()
    MetricFrame(metrics=METRICS, y_true=million["y"], y_pred=million["p"], sensitive_features=million[FEATURES])
    return time.perf_counter() - begun


def test_full_audit_of_a_million_rows(benchmark, million, fairlearn_seconds, ratio):
    benchmark.pedantic(full_audit, args=(million,), rounds=5, warmup_rounds=1)
    faster = fairlearn_seconds / benchmark.stats.stats.min
    ratio(
        "fairlearn's `MetricFrame`, 5 metrics without intervals, over a full audit: 1M rows, 30 intersections, "
        "every measure, interval and verdict",
        f"{faster:.0f} ×",
        "100 ×",
        faster >= 100,
    )


def test_bootstrap_replicates(benchmark, million, fairlearn_seconds, ratio):
    table = ba.count(million, **COLUMNS)

    def replicates():
        drawn = resample(table, 1_000)
        return [rate.estimate(drawn) for rate in RATES]

    benchmark.pedantic(replicates, rounds=5, warmup_rounds=1)
    one = timed(lambda: full_audit(million), 3) / 1_000 + benchmark.stats.stats.min / 1_000
    faster = fairlearn_seconds / one
    ratio(
        "the same, per replicate, over an audit with 1,000 bootstrap replicates",
        f"{faster:,.0f} ×",
        "5,000 ×",
        faster >= 5_000,
    )


def test_pass_against_the_bare_engine(benchmark, parquet, ratio):
    path = parquet(10_000_000)
    bare = timed(lambda: duckdb.sql(f"SELECT race, sex, age, y, p, count(*) FROM '{path}' GROUP BY ALL").fetchall())
    from biasaudit.datasets.files.tables import open_table

    def count():
        table = open_table(path)
        return ba.count(table.frame, **COLUMNS)

    benchmark.pedantic(count, rounds=7, warmup_rounds=1)
    slower = benchmark.stats.stats.min / bare
    ratio("the pass over 10M rows of Parquet, over DuckDB's own group-by", f"{slower:.2f} ×", "1.5 ×", slower <= 1.5)


def test_pass_over_numbers_against_the_bare_engine(benchmark, parquet, ratio):
    path, keys, error = parquet(10_000_000, numbers=True), "race, sex, age", "(predicted - wage)"
    centred = ("(wage - 23)", "(predicted - 23)", error, f"(abs({error}) - 9)", f"({error} * {error} - 300)")
    sums = [f"sum({' * '.join([value] * power)})" for value in centred for power in (1, 2, 3)]
    sums += [f"sum({error} * {error} * {outcome})" for outcome in ("(wage - 23)", "(wage - 23) * (wage - 23)")]

    def bins(name):
        long = f"({name} * {2.0**46 + 1})"
        return f"SELECT {keys}, {long} - ({long} - {name}), count(*), min({name}), max({name}), sum(wage)"

    selected = (f"SELECT {keys}, count(*), {', '.join(sums)}", bins("wage"), bins("predicted"))
    alone, *binned = (
        timed(lambda sql=sql: duckdb.sql(f"{sql} FROM '{path}' GROUP BY ALL").to_arrow_table(), 5) for sql in selected
    )
    from biasaudit.datasets.files.tables import open_table

    def count():
        asked = {"sensitive_features": FEATURES, "y_true": "wage", "y_pred": "predicted"}
        return ba.count(open_table(path).frame, outcome_type="number", **asked)

    benchmark.pedantic(count, rounds=5, warmup_rounds=1)
    slower = benchmark.stats.stats.min / (alone + sum(binned))
    ratio(
        "the pass over 10M rows with a number as outcome and as prediction, over DuckDB's own group-bys of the same "
        "sums and bins",
        f"{slower:.2f} ×",
        "1.5 ×",
        slower <= 1.5,
    )
    longer = benchmark.stats.stats.min / alone
    ratio(
        "the same over DuckDB's group-by of the sums alone, without distributions", f"{longer:.1f} ×", "none", ok=True
    )


def metric_frame(rows, features):
    """What fairlearn does for five metrics without intervals, as the unit of time."""
    return MetricFrame(metrics=METRICS, y_true=rows["y"], y_pred=rows["p"], sensitive_features=rows[features])


@pytest.mark.parametrize(("rows", "target"), [(1_000, 4), (10_000, 10), (100_000, 60)])
def test_full_audit_of_a_small_table(benchmark, million, ratio, rows, target):
    small, features = million[:rows], ["race", "sex"]
    benchmark.pedantic(full_audit, args=(small,), kwargs={"sensitive_features": features}, rounds=15, warmup_rounds=3)
    faster = timed(lambda: metric_frame(small, features), 5) / benchmark.stats.stats.min
    ratio(
        f"fairlearn, 5 metrics without intervals, over a full audit: {rows:,} rows by two features",
        f"{faster:.1f} ×",
        f"{target} ×",
        faster >= target,
    )


@pytest.fixture(scope="session")
def unit(million):
    """Seconds that fairlearn takes for 10,000 rows by three features."""
    small = million[:10_000]
    return timed(lambda: metric_frame(small, FEATURES), 5)


@pytest.mark.parametrize("rows", [10_000, 1_000_000])
def test_after_the_pass(benchmark, million, ratio, unit, rows):
    table = ba.count(million[:rows], **COLUMNS)

    def after():
        audit = ba.audit_crosstab(table)
        return audit.rates(), audit.disparities()

    benchmark.pedantic(after, rounds=9, warmup_rounds=2)
    faster = unit / benchmark.stats.stats.min
    ratio(
        f"fairlearn on 10,000 rows, over all that follows the pass over {rows:,}: 30 intersections and their margins",
        f"{faster:.1f} ×",
        "6 ×",
        faster >= 6,
    )


def test_rendering(benchmark, million, ratio, unit):
    report = ba.audit_crosstab(ba.count(million, **COLUMNS)).report()
    benchmark.pedantic(to_html, args=(report,), rounds=5, warmup_rounds=1)
    faster = unit / benchmark.stats.stats.min
    ratio(
        "fairlearn on 10,000 rows, over an HTML report of 30 intersections and their margins",
        f"{faster:.1f} ×",
        "1 ×",
        faster >= 1,
    )


def run_python(code):
    return subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout


def test_start_up(benchmark, ratio):
    benchmark.pedantic(run_python, args=("import biasaudit",), rounds=5)
    bare, other = (timed(lambda code=code: run_python(code), 5) for code in ("pass", "import fairlearn.metrics"))
    part = (benchmark.stats.stats.min - bare) / (other - bare)
    what = "over `import fairlearn.metrics`, beyond Python's own start"
    ratio(f"`import biasaudit` {what}", f"{part:.2f}", "0.3", part <= 0.3)
    helped = timed(
        lambda: subprocess.run([sys.executable, "-m", "biasaudit", "--help"], check=True, capture_output=True), 5
    )
    part = (helped - bare) / (other - bare)
    ratio(f"`biasaudit --help` {what}", f"{part:.2f}", "0.5", part <= 0.5)


def test_memory_for_a_hundred_million_rows(parquet, ratio):
    path = parquet(100_000_000)
    code = (
        "import resource, biasaudit as ba\n"
        f"audit = ba.audit_predictions({path!r}, sensitive_features={FEATURES}, y_true='y', y_pred='p')\n"
        "audit.rates(), audit.disparities()\n"
        "print(audit.table.n, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
    )
    begun = time.perf_counter()
    rows, kilobytes = map(int, run_python(code).split())
    took = time.perf_counter() - begun
    assert rows == 100_000_000
    gigabytes = kilobytes * 1024 / 1e9
    ratio(f"memory for 100M rows of Parquet ({took:.1f} s)", f"{gigabytes:.2f} GB", "1 GB", gigabytes <= 1)
