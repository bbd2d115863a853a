"""The command that searches every intersection."""

import json
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import biasaudit as ba


@pytest.fixture
def run(run, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"sex": rng.choice(["F", "M"], 2_000), "town": rng.choice(list("abc"), 2_000)})
    inside = (frame["sex"] == "F") & (frame["town"] == "b")
    frame["age"], frame["late"] = (
        rng.integers(18, 80, 2_000),
        np.where(rng.random(2_000) < 0.1 + 0.5 * inside, "yes", "no"),
    )
    frame.to_csv("people.csv", index=False)

    return partial(run, "subgroups")


ASKED = ["people.csv", "--outcome", "late", "--feature", "sex", "--feature", "town"]


def test_the_answer_is_told_and_written(run):
    reports = ["--json", "a.json", "--html", "a.html", "--markdown", "a.md"]
    code, out, err = run(*ASKED, "--feature", "age", "--bins", "age=30,60", *reports)
    assert (code, err) == (0, "")
    assert out.startswith('Subgroups of "people.csv": 2,000 rows\nRate of late = yes stands out in')
    assert "where sex = F, town = b" in out
    assert "Subgroups\n" in out
    assert out.endswith("Wrote a.json\nWrote a.html\nWrote a.md\n")
    report = json.loads(Path("a.json").read_text("utf-8"))
    assert report["findings"][0]["group"] == {"sex": "F", "town": "b"}
    assert report["settings"]["bins"] == {"age": [30.0, 60.0]}
    assert "sex = F, town = b" in Path("a.html").read_text("utf-8")


def test_weights_clusters_and_counts_are_taken(run):
    frame = pd.read_csv("people.csv").assign(who=lambda f: f.index // 2, w=lambda f: 1 + f.index % 3, n=2)
    frame.to_csv("people.csv", index=False)
    code, out, err = run(*ASKED, "--cluster", "who", "--weight", "w", "--count", "n", "--json", "a.json")
    assert (code, err) == (0, "")
    assert out.startswith('Subgroups of "people.csv": 4,000 rows\nRate of late = yes stands out in')
    assert 'All rows of one "who" are in the same half' in " ".join(out.split())
    report = json.loads(Path("a.json").read_text("utf-8"))
    assert {role: report["settings"][role] for role in ("sample_weight", "cluster", "count")} == {
        "sample_weight": "w",
        "cluster": "who",
        "count": "n",
    }
    asked = {"outcome": "late", "features": ["sex", "town"], "sample_weight": "w", "cluster": "who", "count": "n"}
    found = ba.find_subgroups("people.csv", **asked).subgroups().iloc[0]
    assert f"{100 * found['effect']:.1f} points higher" in report["findings"][0]["sentence"]
    row = report["sections"][0]["rows"][0]
    assert (row["n_held_out"], row["effect"]) == (found["n_held_out"], found["effect"])


def test_bad_input_ends_with_one_sentence_and_no_file(run):
    for options, sentence in (
        (["--outcome", "lat"], 'outcome="lat" is not a column. Did you mean "late"? Columns: sex, town, age, late.'),
        (["--bins", "age=x"], '--bins "age=x" is not feature=edges, such as age=25,45.'),
        (
            ["--min-support", "2"],
            "min_support=2.0 is out of range. Give the share of rows that a subgroup must have, above 0 and at "
            "most 0.5, such as 0.01.",
        ),
        (
            ["--feature", "age"],
            'Sensitive feature "age" holds numbers with at least 62 different values. '
            'Declare edges, such as bins={"age": [25, 45]}, or make a column of groups.',
        ),
    ):
        assert run(*ASKED, *options, "--html", "a.html") == (2, "", f"Error: {sentence}\n")
        assert [path.name for path in Path().iterdir()] == ["people.csv"]
