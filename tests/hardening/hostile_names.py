"""Names that want to be commands of GitHub's runner, put wherever a name can stand, and what is printed of them."""

import io
import json
import os
import re
import sys
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path

import pandas as pd
from markdown_it import MarkdownIt

import biasaudit as ba
from biasaudit import process
from biasaudit.reporting.words.text import clean
from hardening.runner_rules import Command, commands

__all__ = ["A_ROUND", "hostile", "wrong_in_a_round"]

ORDERS = [
    "::error::{}", "::error file=x,line=1::{}", "::set-output name=x::{}", "::add-mask::{}", "::stop-commands::{}",
    "::group::{}", "::SAVE-STATE name=a::{}", "::debug::{}", "::echo::on", "::endgroup::", "##[error]{}", "##[group]{}",
    "##[add-mask]{}", "##[stop-commands]{}", "##[set-env name=A]{}", "##[warning]{}", ":::error::{}", "###[error]{}",
    "<img src=http://e.x/{}.png>", "![{}](http://e.x/a.png)", "<script>{}</script>", "# {}", "- {}", "1. {}", "@{}",
]  # fmt: skip
BEFORE = [
    "", " ", "   ", "\t", "\v", "\f", "\r", "\n", "\r\n", "\x1c", "\x85", "\xa0", "\u1680", "\u2003", "\u2028",
    "\u2029", "\u202f", "\u205f", "\u3000", "\ufeff", "\u200b", "\u200d", "\xad", "\u034f", "\ufe0f", "\x1b[31m", "%0A",
    "x ", "x\n",
]  # fmt: skip
LABELS = ("pwned", "%25", "名前", "a b", "]", "::", "x" * 30)
A_ROUND = 10
POLICY = """name = {policy}
owner = {owner}
says = [{reason}]
[columns]
y_pred = {decision}
sensitive_features = [{feature}]
"""
RULE = """[[rules]]
name = {name}
metric = "selection_rate"
max = {most}
reason = {reason}
owner = {owner}
"""


def hostile(rng):
    """Make one name; some are long, so that wrapping brings what is in them to the start of a line."""
    start = "".join(rng.choices(BEFORE, k=rng.randint(1, 3)))
    order = rng.choice(ORDERS).format(rng.choice(LABELS))
    filler = " ".join(["word"] * rng.randint(0, 12))
    return rng.choice([start + order, f"{start}{filler} {order}", f"{filler[:40]}{start}{order}", order + order])


@contextmanager
def printed(columns):
    """Take what is printed as bytes, as if GitHub's runner had started the process."""
    kept = {"GITHUB_ACTIONS": "true", "GITHUB_STEP_SUMMARY": "summary.md", "COLUMNS": str(columns)}
    before, streams = {name: os.environ.get(name) for name in kept}, (sys.stdout, sys.stderr, sys.argv)
    os.environ.update(kept)
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8", errors="backslashreplace") for _ in range(2))
    sys.stdout, sys.stderr = out, err
    found = []
    try:
        yield found
    finally:
        sys.stdout, sys.stderr, sys.argv = streams
        for name, value in before.items():
            os.environ.pop(name) if value is None else os.environ.update({name: value})
        for stream in (out, err):
            stream.flush()
            found.append(stream.buffer.getvalue())


def run(columns, *arguments):
    """Run the command line in this process; return its exit code and what it wrote to both streams."""
    with printed(columns) as written:
        sys.argv = ["biasaudit", *arguments]
        try:
            process.main()
            code = 0
        except SystemExit as stop:
            code = stop.code
    return code, written


def quoted(text):
    """Write a text for TOML."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def as_file(name):
    """Make a name that a file can have."""
    short = name.replace("/", "⁄").replace("\0", "").encode()[:120].decode("utf-8", "ignore")
    return f"./{short}"


def wrong_in_a_round(rng):
    """Put ten new names everywhere, in the current folder; return what went wrong, a sentence each."""
    names = [hostile(rng) for _ in range(A_ROUND)]
    groups, (feature, decision) = [names[0], names[1], "b"], (names[2], names[3])
    if len({feature, decision, "day"}) < 3 or len(set(groups)) < 3:
        return []
    frame = pd.DataFrame(
        {
            feature: [group for group in groups for _ in range(200)],
            decision: [int(i < some) for some in (60, 120, 90) for i in range(200)],
        }
    )
    ending = rng.choice([".csv", ".parquet", ".parquet"])
    data, policy, out = (as_file(names[at]) + end for at, end in ((4, ending), (5, ".toml"), (9, ".json")))
    frame.to_csv(data, index=False) if ending == ".csv" else frame.to_parquet(data, index=False)
    Path(policy).write_bytes(_policy(names, feature, decision).encode("utf-8", "replace"))
    width, asked = rng.randint(40, 120), ["--y-pred", decision, "--sensitive", feature]
    wrong = _check(width, data, policy, out)
    day = str(date(2026, 1, 1) + timedelta(rng.randint(0, 300)))
    for arguments in (
        ["audit", data, *asked, "--json", out, "--words", f"people={names[6]}"],
        ["data", data, "--label", decision, "--sensitive", feature],
        ["monitor", "add", "store.db", data, *asked, "--day", day, "--replace"],
        ["monitor", "report", "store.db", "--reference", f"{feature}={names[1]}"],
        ["monitor", "add", "store.db", data, *asked, "--day", names[7]],
        ["check", names[8], "--policy", policy],
        ["check", data, "--policy", names[8]],
        ["check", data, "--policy", policy, "--baseline", names[9]],
        [f"--{names[0]}"],
        [names[1]],
        ["audit", data, "--threshold", names[2]],
        ["audit", data, f"--{names[3]}", "1"],
        ["init", names[4]],
        ["scenario", names[5]],
        ["audit", data, "--reference", names[6]],
        ["monitor", names[7]],
        ["learn", names[8]],
    ):
        code, written = run(width, *arguments)
        meant = {("error", "biasaudit")} if arguments[0] == "check" and code == 2 else set()
        wrong += [
            f"{arguments[:2]}: {command}"
            for stream in written
            for command in commands(stream)
            if (command.name, command.properties.get("title")) not in meant
        ]
        wrong += [f"{arguments[:2]} ended with {code}: {written[1][-300:]}"] * (code not in (0, 1, 2, 3))
    return wrong + _summary()


def _policy(names, feature, decision):
    made = POLICY.format(
        policy=quoted(names[6]),
        owner=quoted(names[8]),
        reason=quoted(names[9]),
        decision=quoted(decision),
        feature=quoted(feature),
    )
    for at, most in enumerate((0.05, 0.3, 0.9, 0.05)):
        made += RULE.format(name=quoted(f"{names[7]}{at}"), most=most, reason=quoted(names[9]), owner=quoted(names[8]))
    return made + f"waiver = {{ until = {date.today() + timedelta(30)}, reason = {quoted(names[9])} }}\n"


def _check(width, data, policy, out):
    """Check a policy, and hold the commands that come of it against what its verdict says."""
    code, written = run(width, "check", data, "--policy", policy, "--json", out)
    found = [command for stream in written for command in commands(stream)]
    try:
        result = ba.check(data, policy)
    except ba.AuditError as error:
        meant = [Command("error", {"title": "biasaudit"}, str(error))]
    else:
        kinds = {"fail": "error", "cannot tell": "warning", "waived": "notice"}
        meant = [
            _annotation(kinds[outcome], rule, result)
            for outcome in kinds
            for rule in result.rules
            if rule.outcome == outcome
        ]
    wrong = [f"check {data!r} gave {found}, and meant {meant}"] if found != meant else []
    return wrong + [f"check ended with {code}"] * (code not in (1, 2, 3))


def _annotation(kind, rule, result):
    title = f"{clean(result.policy, 80)}: {clean(rule.name, 80)}"
    return Command(kind, {"file": result.source, "line": str(rule.line), "title": title}, clean(rule.sentence, 1000))


def _summary():
    """Look for markup that acts in the job's summary, and start a new one."""
    path = Path("summary.md")
    if not path.exists():
        return []
    shown = MarkdownIt("gfm-like").render(path.read_text("utf-8"))
    path.unlink()
    wrong = [f"the summary holds {tag}" for tag in re.findall(r"<(?:img|script|a)[ >].{0,60}", shown)]
    return wrong + ["the summary has another heading"] * (shown.count("<h1>") != 1)
