"""Rebuild data.csv.gz from the New Haven promotion exams: python datasets/ricci/rebuild.py."""

import sys
from pathlib import Path

import pandas as pd

sys.path.insert(0, str(Path(__file__).parents[1]))
from rebuild_tools import Source, read_csv, rebuild

SOURCE = Source(
    requirement="fairness==0.1.8",
    member="fairness/data/raw/ricci.csv",
    sha256="f6f7eb66c88f5ec047c81cd0d1bf68536988c38b9212715c33109f1f08592b29",
)
GROUPS = {"W": "White", "B": "Black", "H": "Hispanic"}
PASS_MARK = 70


def build(content: bytes) -> pd.DataFrame:
    frame = read_csv(content)
    passed = frame["Combine"].astype(float).ge(PASS_MARK).astype(int)
    frame = frame.rename(columns=str.lower).rename(columns={"combine": "combined"})
    return frame.assign(race=frame["race"].map(GROUPS), passed=passed)


if __name__ == "__main__":
    rebuild(__file__, SOURCE, build)
