"""Tables to time on, and the ratios: printed at the end, and put into docs/measured/speed.md by a whole run."""

import shutil
import time
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pytest

from measured_pages import measured_part

BEGUN = time.perf_counter()
RATIOS = []
_SQL = """
COPY (SELECT ['a', 'b', 'c', 'd', 'e'][1 + (hash(i) % 5)::INT] AS race,
    ['F', 'M', 'X'][1 + (hash(i + 1) % 3)::INT] AS sex,
    ['old', 'young'][1 + (hash(i * 7) % 2)::INT] AS age, (hash(i * 3) % 2)::INT AS y, (hash(i * 5) % 2)::INT AS p,
    (hash(i * 11) % 100000)::INT / 100000 AS s,
    (18 + hash(i * 13) % 60)::TINYINT AS years FROM range({rows}) t(i)) TO '{path}' (FORMAT parquet)
"""
# Lognormal wages and predictions, by the method of Box and Muller.
_NORMAL = (
    "sqrt(-2 * ln((hash(i * {0}) % 1000003 + 1) / 1000004.0)) * cos(2 * pi() * (hash(i * {1}) % 1000003) / 1000003)"
)
_NUMBERS = f"exp({_NORMAL.format(3, 5)} / 2) * 20 AS wage, exp({_NORMAL.format(11, 13)} / 2) * 20 AS predicted"


@pytest.fixture(scope="session")
def million():
    rng = np.random.default_rng(0)
    rows = 1_000_000
    return pd.DataFrame(
        {
            "race": rng.choice(list("abcde"), rows),
            "sex": rng.choice(["F", "M", "X"], rows),
            "age": rng.choice(["old", "young"], rows),
            "y": rng.integers(0, 2, rows),
            "p": rng.integers(0, 2, rows),
        }
    )


@pytest.fixture(scope="session")
def parquet(tmp_path_factory):
    folder = tmp_path_factory.mktemp("parquet")

    def make(rows, *, numbers=False):
        path = folder / f"{rows}{'-numbers' * numbers}.parquet"
        if not path.exists():
            connection = duckdb.connect(config={"memory_limit": "1GB", "preserve_insertion_order": "false"})
            connection.execute("SET enable_progress_bar=false")
            sql = _SQL.replace("AS years", f"AS years, {_NUMBERS}") if numbers else _SQL
            connection.execute(sql.format(rows=rows, path=path))
        return str(path)

    yield make
    shutil.rmtree(folder)


@pytest.fixture
def ratio():
    def note(what, measured, target, ok):
        RATIOS.append((what, measured, target, "yes" if ok else "NO"))

    return note


def pytest_terminal_summary(terminalreporter, exitstatus, config):
    terminalreporter.section("ratios of one run")
    asked = [Path(one).resolve() for one in config.args]
    whole = asked == [Path(__file__).parent] and not exitstatus and not terminalreporter.stats.get("deselected")
    with measured_part("speed", "ratios", command="make bench", trial=not whole, begun=BEGUN):
        print("| what | measured | target | met |\n| --- | ---: | ---: | --- |")
        for row in RATIOS:
            print(f"| {' | '.join(row)} |")
