"""The same table on every engine that can count it, Spark with two threads where there is Java."""

import functools
import os
import shutil
import warnings

import duckdb
import polars as pl
import pytest

FRAMES = ("pandas", "polars", "polars lazy", "polars scan", "pyarrow", "duckdb", "spark")
FILES = ("csv", "parquet", "parquet in parts", "arrow")


@functools.cache
def spark():
    """Start Spark once, quietly; skip the test where that cannot be."""
    if not (os.environ.get("JAVA_HOME") or shutil.which("java")):
        pytest.skip("Spark needs Java, and there is none here.")
    with warnings.catch_warnings():
        # It says at its start that it has not been tried with pandas 3, which one pass never touches.
        warnings.simplefilter("ignore")
        sql = pytest.importorskip("pyspark.sql", reason='Spark is not installed: pip install "biasaudit[spark]".')
        os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
        quiet = {
            "spark.ui.enabled": "false",
            "spark.sql.shuffle.partitions": "2",
            "spark.ui.showConsoleProgress": "false",
            # A Java that starts at once and compiles lightly: no query here runs for long.
            "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
        }
        session = sql.SparkSession.builder.master("local[2]").config(map=quiet).getOrCreate()
        session.sparkContext.setLogLevel("OFF")
    return session


def on_engine(engine, frame, folder, name="people"):
    """Put a Polars frame on an engine, or into files of a folder."""
    path = folder / f"{name}.parquet"
    if engine == "pandas":
        return frame.to_pandas()
    if engine == "polars":
        return frame
    if engine == "polars lazy":
        return frame.lazy()
    if engine == "pyarrow":
        return frame.to_arrow()
    if engine == "csv":
        frame.write_csv(folder / f"{name}.csv")
        return str(folder / f"{name}.csv")
    if engine == "arrow":
        frame.write_ipc(folder / f"{name}.arrow", compat_level=pl.CompatLevel.oldest())
        return str(folder / f"{name}.arrow")
    if engine == "parquet in parts":
        for i in range(3):
            frame[i::3].write_parquet(folder / f"{name}-{i}.parquet")
        return str(folder / f"{name}-*.parquet")
    frame.write_parquet(path)
    if engine == "polars scan":
        return pl.scan_parquet(path)
    if engine == "duckdb":
        return duckdb.read_parquet(str(path))
    if engine == "spark":
        return spark().read.parquet(str(path))
    return str(path)
