"""Damaged files through every command: one sentence and a code that means it, and nothing half-written."""

import argparse
import collections
import json
import random
import shutil
import sys
import tempfile
from pathlib import Path
from xml.etree import ElementTree

sys.path.insert(0, str(Path(__file__).parents[1]))

from hardening import children, damage, forked

TABLES = ("people.csv", "people.csv.gz", "people.parquet", "people.feather")
ROLES = ["--y-true", "y", "--y-pred", "p", "--sensitive", "sex", "--sensitive", "race"]
REPORTS = ["--json", "out.json", "--html", "out.html", "--markdown", "out.md"]
# What is damaged, and the command that reads it; {} is one of the tables.
COMMANDS = [
    (TABLES, ["audit", "{}", *ROLES, *REPORTS]),
    (TABLES, ["audit", "{}", "--y-true", "y", "--score", "s", "--threshold", "0.5", "--sensitive", "sex", *REPORTS]),
    (TABLES, ["audit", "{}", "--y-pred", "p", "--sensitive", "sex", "--weight", "w", "--cluster", "id", *REPORTS]),
    (TABLES, ["audit", "{}", "--y-pred", "p", "--sensitive", "age", "--bins", "age=30,50", "--count", "n", *REPORTS]),
    (TABLES, ["audit", "{}", "--y-pred", "p", "--sensitive", "sex", "--control-features", "race", *REPORTS]),
    (
        ("join.csv",),
        ["audit", "people.csv", "--y-pred", "p", "--sensitive", "region", "--join", "join.csv", "--on", "id", *REPORTS],
    ),
    (TABLES, ["data", "{}", "--label", "y", "--sensitive", "sex", "--feature", "age", "--feature", "s", *REPORTS]),
    (TABLES, ["data", "{}", "--label", "y", "--sensitive", "race", "--strata", "sex", "--verified", "p", *REPORTS]),
    (
        TABLES,
        ["errors", "{}", "--errors", "wrong", "--trials", "words", "--sensitive", "sex", "--cluster", "id", *REPORTS],
    ),
    (
        TABLES,
        [
            "subgroups",
            "{}",
            "--outcome",
            "y",
            "--feature",
            "sex",
            "--feature",
            "race",
            "--feature",
            "age",
            "--bins",
            "age=30,50",
            *REPORTS,
        ],
    ),
    (
        TABLES,
        [
            "check",
            "{}",
            "--policy",
            "policy.toml",
            "--baseline",
            "baseline.json",
            *REPORTS,
            "--junit",
            "out.xml",
            "--sarif",
            "out.sarif",
            "--save-audit",
            "next.json",
        ],
    ),
    (TABLES, ["init", "{}", "-o", "out.toml"]),
    (("policy.toml",), ["check", "people.csv", "--policy", "policy.toml", "--baseline", "baseline.json", *REPORTS]),
    (("baseline.json",), ["check", "people.csv", "--policy", "policy.toml", "--baseline", "baseline.json", *REPORTS]),
    (("templates.csv",), ["audit-text", "scorer:score", "--templates", "templates.csv", *REPORTS]),
    (("scorer.py",), ["audit-text", "scorer:score", "--templates", "templates.csv", *REPORTS]),
    (TABLES, ["monitor", "add", "store.duckdb", "{}", "--day", "2026-03-01", *ROLES]),
    (("counts.parquet",), ["monitor", "add", "store.duckdb", "counts.parquet", "--day", "2026-03-01"]),
    (("store.duckdb",), ["monitor", "add", "store.duckdb", "counts.parquet", "--day", "2026-03-01"]),
    (("store.duckdb",), ["monitor", "report", "store.duckdb", *REPORTS]),
]
# What reads no file gets its hostile input from its arguments.
NO_FILES = [
    ["scenario", "hiring", "--dial", "label_bias=0.4", "--rows", "300", "--seed", "1"],
    ["compare", "ricci", "--sensitive", "race", "--folds", "2", "--mitigation", "reweighing", "--json", "out.json"],
    ["cv", "--url", "http://127.0.0.1:9/none", "--header", "key=x", "--field", "texts", *REPORTS],
    ["learn", "nothing"],
    ["dashboard", "--port", "70000", "--address", "nowhere"],
    ["schema", "--verdict"],
    ["datasets"],
]
SWAPPED, WITHOUT_FILES = 0.15, 0.1


def one(base, draw, run=forked.run):
    """Run one damaged command in a fresh folder; return what it was, how it ended and what is wrong with that."""
    alone = draw.random() < WITHOUT_FILES
    kinds, command = (("people.csv",), draw.choice(NO_FILES)) if alone else draw.choice(COMMANDS)
    name = draw.choice(kinds)
    arguments = [name if word == "{}" else word for word in command]
    if alone or draw.random() < SWAPPED:
        at = draw.randrange(1, max(2, len(arguments)))
        arguments[at : at + 1] = [draw.choice(damage.NASTY).replace("\0", "")]
    content, broken = damage.damaged(name, (base / "whole" / name).read_bytes(), draw)
    folder, temporary = base / "here", base / "temporary"
    for path in (folder, temporary):
        shutil.rmtree(path, ignore_errors=True)
    shutil.copytree(base / "whole", folder)
    temporary.mkdir()
    (folder / name).write_bytes(content)
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    ended = run(arguments, folder, temporary)
    return name, arguments, ended, wrong(ended, folder, temporary, before, name if broken else None)


def wrong(ended, folder, temporary, before, broken):
    """Say what is wrong with how a run ended, or nothing."""
    made = {path.name for path in folder.iterdir() if path.is_file()} - set(before) - {"store.duckdb"}
    changed = [name for name, content in before.items() if _changed(folder / name, content)]
    told = ended.err.rstrip("\n")
    problems = {
        "a traceback": "Traceback" in ended.out + ended.err,
        "a code that means nothing": ended.code not in (0, 1, 2, 3),
        "a verdict on what is not whole": broken is not None and broken in TABLES and ended.code in (0, 1, 3),
        "bad input without a sentence": ended.code == 2 and not told.startswith(("Error: ", "Usage: ")),
        "a sentence of many lines": ended.code == 2 and told.startswith("Error: ") and told.count("\n") > 0,
        "files in spite of bad input": ended.code == 2 and made,
        "something half-written": _half(folder) or forked.left(folder) or [*temporary.iterdir()],
        "an input that was changed": changed,
    }
    return [problem for problem, there in problems.items() if there]


def _changed(path, content):
    return path.name != "store.duckdb" and (not path.is_file() or path.read_bytes() != content)


def _half(folder):
    ends = {"out.html": "</html>", "out.json": "}"}
    for name, end in ends.items():
        path = folder / name
        if path.is_file() and not path.read_text("utf-8").rstrip().endswith(end):
            return True
    for name in ("out.json", "out.sarif", "next.json"):
        if (folder / name).is_file():
            json.loads((folder / name).read_bytes())
    if (folder / "out.xml").is_file():
        ElementTree.parse(folder / "out.xml")
    return False


def main(runs, seed, only):
    forked.load()
    # No TemporaryDirectory: each child would remove it at its exit.
    base = Path(tempfile.mkdtemp(prefix="fuzz-"))
    try:
        return _main(base, seed, range(runs) if only is None else [only], show=only is not None)
    finally:
        shutil.rmtree(base)


def _main(base, seed, runs, *, show):
    codes, bad, slowest = collections.Counter(), 0, (0.0, "")
    (base / "whole").mkdir()
    code, said = children.ran(lambda: damage.whole(base / "whole"), base / "said")
    assert code == 0, said
    for at in runs:
        name, arguments, ended, problems = one(base, random.Random(f"{seed} {at}"))
        codes[ended.code] += 1
        slowest = max(slowest, (round(ended.seconds, 1), f"run {at}: {name}, {' '.join(arguments)[:200]}"))
        if problems:
            bad += 1
            print(f"run {at}: {name} damaged, {arguments}: {problems}; exit {ended.code}\n{ended.err[-1500:]}")
        if show:
            print(ended)
    print(f"{sum(codes.values())} runs, exit codes {dict(sorted(codes.items()))}, slowest {slowest}; {bad} wrong")
    return bool(bad)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=20)
    parser.add_argument("--only", type=int, help="Repeat this run alone and show it.")
    sys.exit(main(**vars(parser.parse_args())))
