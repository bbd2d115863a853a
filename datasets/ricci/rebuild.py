"""Rebuild data.csv.gz from the New Haven promotion exams: python datasets/ricci/rebuild.py."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
from rebuild_tools import fetch_member, read_csv, write_gzip_csv

GROUPS = {"W": "White", "B": "Black", "H": "Hispanic"}
PASS_MARK = 70

if __name__ == "__main__":
    content = fetch_member(
        "fairness==0.1.8",
        "fairness/data/raw/ricci.csv",
        "f6f7eb66c88f5ec047c81cd0d1bf68536988c38b9212715c33109f1f08592b29",
    )
    frame = read_csv(content)
    passed = frame["Combine"].astype(float).ge(PASS_MARK).astype(int)
    frame = frame.rename(columns=str.lower).rename(columns={"combine": "combined"})
    write_gzip_csv(frame.assign(race=frame["race"].map(GROUPS), passed=passed), __file__)
