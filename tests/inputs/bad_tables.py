"""What a table can bring, numbered as in the list of inputs: refused in one sentence, done and said, or undefined."""

import gzip

import pandas as pd
import pytest

import biasaudit as ba

HEADER = "sex,y,p\n"
ROWS = "F,0,0\nM,0,1\nF,1,1\nM,1,1\nF,0,1\nM,1,0\n" * 10
COLUMNS = {"sensitive_features": ["sex"], "y_true": "y", "y_pred": "p"}
SCORES = "AUC, Brier score and calibration are computed from {} score bins, and exact for scores cut to these bins."


TEXT = (HEADER + ROWS).encode()
WITH_SCORES = "sex,y,p,s\nF,0,0,0.5\nM,1,1,{}\n"
GZIP = gzip.compress(TEXT, mtime=0)
# Case: file name, content, what is asked besides, and the whole sentence, with {path} for the path.
BAD = {
    "02 one group": (
        "people.csv",
        HEADER + "F,0,0\nF,1,1\n",
        {},
        'All rows are in one group: sex="F". A comparison needs two; '
        "name another sensitive feature or check the filter.",
    ),
    "08 an id": (
        "people.csv",
        HEADER + "".join(f"g{i},0,1\n" for i in range(2_000)),
        {},
        'Sensitive feature "sex" has at least 2,000 different values: an id, or a number to bin. '
        "Name a column with at most 1,000 groups.",
    ),
    "11 latin-1": (
        "people.csv",
        TEXT + "Française,1,1\n".encode("latin-1"),
        {},
        '"{path}" is not UTF-8 text (byte 0xe7; perhaps Latin-1 or Windows-1252). Save the file as UTF-8.',
    ),
    "11 latin-1 far down": (
        "people.csv",
        TEXT + ROWS.encode() * 50 + "Française,1,1\n".encode("latin-1"),
        {},
        "Line 3062 of the file is not UTF-8 text (perhaps Latin-1 or Windows-1252). Save the file as UTF-8.",
    ),
    "11 UTF-16": ("people.csv", TEXT.decode().encode("utf-16"), {}, '"{path}" is UTF-16 text. Save it as UTF-8.'),
    "11 latin-1 in gzip": (
        "people.csv.gz",
        gzip.compress("s\xe9x,y,p\nF,0,1\n".encode("latin-1"), mtime=0),
        {},
        '"{path}" is not UTF-8 text (byte 0xe9; perhaps Latin-1 or Windows-1252). Save the file as UTF-8.',
    ),
    "12 duplicate columns": (
        "people.csv",
        "sex,y,p,y\nF,0,0,1\nM,1,1,0\n",
        {},
        'Two columns have the same name: "y" and "y". Rename one of them.',
    ),
    "12 duplicate but for capitals": (
        "people.csv",
        "sex,y,p,Sex\nF,0,0,1\nM,1,1,0\n",
        {},
        'Two columns have names that differ only in capitals: "sex" and "Sex". Rename one of them.',
    ),
    "13 negative weight": (
        "people.csv",
        WITH_SCORES.format(-1),
        {"sample_weight": "s"},
        "sample_weight is negative, NaN or infinite in 1 rows. Weights must be 0 or more, and finite.",
    ),
    "13 weight left empty": (
        "people.csv",
        WITH_SCORES.format(""),
        {"sample_weight": "s"},
        "sample_weight is negative, NaN or infinite in 1 rows. Weights must be 0 or more, and finite.",
    ),
    "13 all weights zero": (
        "people.csv",
        WITH_SCORES.format(0).replace("0.5", "0"),
        {"sample_weight": "s"},
        "sample_weight is 0 in every row. Leave it out, or give some rows a weight.",
    ),
    "14 infinite score": (
        "people.csv",
        WITH_SCORES.format("inf"),
        {"score": "s"},
        'score="s" is missing, NaN or infinite in 1 rows. Remove these rows or give them a score first.',
    ),
    "14 score is text": (
        "people.csv",
        WITH_SCORES.format("high"),
        {"score": "s"},
        "\"s\" holds text among numbers: 'high' in row 2. Write every cell as a number, or leave it empty where "
        "there is none.",
    ),
    "18 empty": ("people.csv", "", {}, '"{path}" is empty. Give a file with a header and rows.'),
    "18 empty in gzip": (
        "people.csv.gz",
        gzip.compress(b"", mtime=0),
        {},
        '"{path}" is empty. Give a file with a header and rows.',
    ),
    "18 header only": (
        "people.csv",
        HEADER,
        {},
        "The table has no rows. Check the file, or the filter that made it.",
    ),
    "18 empty lines": (
        "people.csv",
        "\n\n",
        {},
        '"{path}" starts with an empty line. Its first line must name the columns.',
    ),
    "23 pickle": (
        "people.pkl",
        b"\x80\x04K.",
        {},
        '"{path}" is a pickle, which can run any program when it is opened, so it is refused. '
        "Save the table as Parquet or CSV; for a model use skops.",
    ),
    "23 pickle named csv": (
        "people.csv",
        b"\x80\x04K.",
        {},
        '"{path}" is a pickle, which can run any program when it is opened, so it is refused. '
        "Save the table as Parquet or CSV; for a model use skops.",
    ),
    "23 joblib": (
        "people.joblib",
        b"anything",
        {},
        '"{path}" is a pickle, which can run any program when it is opened, so it is refused. '
        "Save the table as Parquet or CSV; for a model use skops.",
    ),
    "32 short row": (
        "people.csv",
        HEADER + ROWS + "F,0\n" + ROWS,
        {},
        "Line 62 of the file has 2 cells where the header has 3. Mend or remove that line.",
    ),
    "32 long row": (
        "people.csv",
        HEADER + ROWS + "F,0,1,1\n",
        {},
        "Line 62 of the file has 4 cells where the header has 3. Mend or remove that line.",
    ),
    "34 NUL bytes": (
        "people.csv",
        TEXT + b"F\0,1,1\n",
        {},
        '"{path}" holds a NUL byte at position 369, so it is not a text table. Save it again as CSV.',
    ),
    "35 a predicted class that no label has": (
        "people.csv",
        HEADER + "F,a,a\nM,b,c\n",
        {"pos_label": "z"},
        "pos_label='z' is not a value of \"y\" and \"p\". Found: 'a', 'b', 'c'. Give one of these as pos_label.",
    ),
    "36 misspelt column": (
        "people.csv",
        HEADER + ROWS,
        {"sensitive_features": ["sx"]},
        'sensitive_features="sx" is not a column. Did you mean "sex"? Columns: sex, y, p.',
    ),
    "40 truncated gzip": (
        "people.csv.gz",
        GZIP[:-12],
        {},
        '"{path}" is not a whole gzip file. Check that it was saved whole.',
    ),
    "40 no gzip": (
        "people.csv.gz",
        TEXT,
        {},
        '"{path}" is not a whole gzip file. Check that it was saved whole.',
    ),
    "40 encrypted": (
        "people.parquet",
        b"PAREanything",
        {},
        '"{path}" is an encrypted Parquet file. Decrypt it first.',
    ),
    "40 misnamed text": (
        "people.parquet",
        TEXT,
        {},
        '"{path}" is named like parquet but holds something else. Check that it was saved whole, and rename it.',
    ),
    "40 misnamed Parquet": (
        "people.csv",
        b"PAR1anything",
        {},
        '"{path}" is named like text but holds something else (parquet). Check that it was saved whole, and rename it.',
    ),
    "40 no table": (
        "people.xlsx",
        b"PK\x03\x04",
        {},
        '"{path}" is not a table that can be read. Give a CSV, TSV, Parquet or Arrow file.',
    ),
    "40 quote never closed": (
        "people.csv",
        HEADER + ROWS + '"F,1,1\n',
        {},
        "Line 62 of the file has a quote that is never closed. Mend that line.",
    ),
}


def people(**columns):
    frame = pd.DataFrame(
        {
            "sex": ["F", "M"] * 30,
            "y": [0, 0, 1, 1, 0, 1] * 10,
            "p": [0, 1, 1, 1, 1, 0] * 10,
            "s": [0.1, 0.6, 0.7, 0.9, 0.6, 0.4] * 10,
        }
    )
    return frame.assign(**columns)


def audit(data, **asked):
    return ba.audit_predictions(data, **{**COLUMNS, **asked})


def refusal(data, **asked):
    with pytest.raises(ba.AuditError) as caught:
        audit(data, **asked)
    message = str(caught.value)
    assert "\n" not in message
    return message


def write(folder, name, content):
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return str(path)


def pick(table, metric, kind="range", comparison="difference"):
    rows = table[(table["metric"] == metric) & (table["kind"] == kind) & (table["comparison"] == comparison)]
    return rows.iloc[0]


def rate(found, metric, **group):
    table = found.rates()
    return table[(table["metric"] == metric) & (table["group"] == group)].iloc[0]


def cases(row):
    return pytest.mark.parametrize("case", [name for name in BAD if name.startswith(f"{row} ")])


def assert_refused(folder, case):
    name, content, asked, message = BAD[case]
    path = write(folder, name, content)
    assert refusal(path, **asked) == message.replace("{path}", path)
