"""Files as strangers send them: whole ones of every kind a command reads, and ways to damage them."""

import gzip
import io
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.feather
import pyarrow.parquet

NASTY = [
    "", " ", "NA", "nan", "inf", "-inf", "-1", "1e309", "9" * 30, "0x1F", "1,5", "true", "None", "NULL", "?",
    "(missing)", "\x00", "\r", "\n", '"', "''", "=1+1", "<b>", "![](http://x)", "::error::x", "##[error]x", "é",
    "e\u0301", "\U0001f600", "\u202e", "\ufeff", "a" * 5000, "[1]", "{}", "2026-01-01", "12:00", "%s", "{0}", "../x",
    "yes", "no",
]  # fmt: skip
POLICY = """
name = "People"
[columns]
sensitive_features = ["sex", "race"]
y_true = "y"
y_pred = "p"
reference = {sex = "F"}
[[rules]]
metric = "selection_rate"
max = 0.2
not_worse_than_baseline = true
waiver = {until = 2026-12-31, reason = "known"}
[[rules]]
metric = "true_positive_rate"
comparison = "ratio"
kind = "pair"
by = ["sex"]
min = 0.8
min_rows = 10
"""


def people(rows=300, seed=0):
    draw = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "sex": draw.choice(["F", "M"], rows),
            "race": draw.choice(["a", "b", "c"], rows),
            "y": draw.integers(0, 2, rows),
            "p": draw.integers(0, 2, rows),
            "s": draw.random(rows).round(3),
            "w": draw.random(rows).round(2) + 0.1,
            "n": draw.integers(1, 9, rows),
            "id": draw.integers(0, 90, rows),
            "age": draw.integers(18, 90, rows),
            "wrong": draw.integers(0, 5, rows),
            "words": draw.integers(5, 9, rows),
        }
    )


def whole(folder):
    """Write a whole file of every kind."""
    import biasaudit as ba
    from biasaudit.monitoring import Store

    folder, frame = Path(folder), people()
    text = frame.to_csv(index=False)
    (folder / "people.csv").write_text(text, encoding="utf-8")
    (folder / "people.csv.gz").write_bytes(gzip.compress(text.encode(), 1))
    frame.to_parquet(folder / "people.parquet", index=False)
    frame.to_feather(folder / "people.feather")
    joined = frame[["id"]].drop_duplicates().assign(region=lambda f: f["id"] % 3)
    joined.to_csv(folder / "join.csv", index=False)
    templates = "template,toxic,term\nI am {term}.,0,old\nI hate {term} people.,1,young\nWe are {term}.,0,\n"
    (folder / "templates.csv").write_text(templates, encoding="utf-8")
    (folder / "scorer.py").write_text("def score(texts):\n    return [len(text) / 100 for text in texts]\n")
    (folder / "policy.toml").write_text(POLICY, encoding="utf-8")
    asked = {"sensitive_features": ["sex", "race"], "y_true": "y", "y_pred": "p"}
    ba.audit_predictions(frame, **asked, reference={"sex": "F"}).to_json(folder / "baseline.json")
    table = ba.count(frame, **asked)
    table.save(folder / "counts.parquet", min_cell=0)
    for day in range(1, 16):
        Store(folder / "store.duckdb").append(table, day=f"2026-01-{day:02}")


def damaged(name, content, draw):
    """Damage the bytes of a file; return them and whether what is left cannot be whole."""
    if name.endswith((".csv", ".toml", ".json", ".py")):
        ways = [_structure] if name.endswith(".json") else [_cells] * 3
        way = draw.choice([*ways, _cells, _lines, _bytes, _cut])
        return way(content, draw), False
    if name.endswith(".gz") and draw.random() < 0.5:
        return gzip.compress(_cells(gzip.decompress(content), draw), 1), False
    if name == "people.parquet" and draw.random() < 0.5:
        return _retyped(content, draw), False
    if name == "counts.parquet" and draw.random() < 0.7:
        return _recounted(content, draw), False
    way = draw.choice([_bytes, _cut])
    return way(content, draw), way is _cut


def _bytes(content, draw):
    found = bytearray(content)
    for _ in range(draw.choice([1, 2, 8, 64])):
        at, length = draw.randrange(len(found)), draw.choice([0, 1, 1, 1, 1, 4])
        found[at : at + length] = draw.randbytes(length if draw.random() < 0.8 else draw.choice([0, 1, 4]))
    return bytes(found)


def _cut(content, draw):
    return content[: draw.randrange(len(content))]


def _cells(content, draw):
    """Put nasty text for words, here and there or down a whole column."""
    lines = [line.split(",") for line in content.decode("utf-8", "replace").split("\n")]
    column = draw.randrange(len(lines[0]))
    rows = range(draw.choice([0, 1]), len(lines)) if draw.random() < 0.15 else [draw.randrange(len(lines))]
    for at in rows:
        if column < len(lines[at]):
            lines[at][column] = draw.choice(NASTY)
    return "\n".join(map(",".join, lines)).encode("utf-8", "surrogatepass")


def _lines(content, draw):
    lines = content.split(b"\n")
    for _ in range(draw.choice([1, 5])):
        at, other = draw.randrange(len(lines)), draw.randrange(len(lines))
        lines[at] = draw.choice([b"", lines[other], lines[at] * 2, lines[at][: len(lines[at]) // 2], lines[at] + b',"'])
    return draw.choice([b"\n", b"\r\n", b"\r", b"\n\n"]).join(lines)


def _structure(content, draw):
    """Put something else for a value somewhere inside a document of JSON, or take it away."""
    document = json.loads(content)
    at, parent, key = document, None, None
    while isinstance(at, (dict, list)) and at and (parent is None or draw.random() < 0.85):
        parent, key = at, draw.choice(list(at) if isinstance(at, dict) else range(len(at)))
        at = at[key]
    if draw.random() < 0.2:
        del parent[key]
    else:
        parent[key] = draw.choice([None, True, -1, 1e308, float("nan"), [], {}, [[]], {"a": {}}, *NASTY])
    return json.dumps(document).encode("utf-8", "surrogatepass")


def _retyped(content, draw):
    """Turn a column of a Parquet file into one of another type."""
    table = pyarrow.parquet.read_table(io.BytesIO(content))
    at = draw.randrange(table.num_columns)
    rows = table.num_rows
    made = draw.choice(
        [
            pa.array([[1]] * rows),
            pa.array([{"a": 1}] * rows),
            pa.nulls(rows),
            pa.array([None] * rows, pa.int64()),
            pa.array([b"\xff"] * rows),
            pa.array([1.5, float("nan"), float("inf")] * (rows // 3)),
            pa.array([10**18] * rows),
            pa.array([0] * rows, pa.timestamp("us", "UTC")),
            pa.array([True] * rows),
            pa.array(["x"] * rows).dictionary_encode(),
            pa.array([1] * rows, pa.decimal128(38, 10)),
            pa.array(["a", None, ""] * (rows // 3)),
            pa.array([5] * rows, pa.duration("ns")),
            pa.array([-5] * rows, pa.int8()),
            pa.array([200] * rows, pa.uint8()),
            pa.array([0] * rows, pa.time64("us")),
        ]
    )
    table = table.set_column(at, draw.choice([table.column_names[at], draw.choice(NASTY), "sex"]), made)
    out = io.BytesIO()
    pyarrow.parquet.write_table(table.slice(0, draw.choice([0, 1, rows, rows])), out)
    return out.getvalue()


def _recounted(content, draw):
    """Damage a table of counts as its own kind of file: its header, a cell, a column or its rows."""
    table = pyarrow.parquet.read_table(io.BytesIO(content))
    header = table.schema.metadata[b"biasaudit"]
    frame = table.to_pandas()
    way = draw.randrange(6)
    if way == 0:
        header = _structure(header, draw)
    elif way == 1:
        header = _bytes(header, draw)
    elif way == 2:
        frame = frame.drop(columns=draw.choice(list(frame)))
    elif way == 3:
        frame = pd.concat([frame, frame.sample(3, random_state=draw.randrange(99))])
    else:
        name = draw.choice(list(frame))
        frame[name] = frame[name].astype(object)
        value = draw.choice([None, -1, -5, 99, 2**62, 1.5, float("nan"), float("inf")])
        frame.iloc[draw.randrange(len(frame)), frame.columns.get_loc(name)] = value
        frame[name] = pd.to_numeric(frame[name])
    made = pa.Table.from_pandas(frame, preserve_index=False).replace_schema_metadata({b"biasaudit": header})
    out = io.BytesIO()
    pyarrow.parquet.write_table(made, out)
    return out.getvalue()
