"""In GitHub Actions nothing that is printed is a command, in however many pieces it comes, but what is meant as one."""

import contextlib
import io
import random
import sys

import pytest
from hypothesis import given, strategies as st

from biasaudit.github_output import command, harmless, harmless_output, issue
from hardening.hostile_names import hostile, wrong_in_a_round
from hardening.runner_rules import Command, commands


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("::error file=a%2Cb,line=3::x %25 %0A", [Command("error", {"file": "a,b", "line": "3"}, "x % \n")]),
        (" \t\u2003::WARNING::x", [Command("warning", {}, "x")]),
        ("a\r::debug::x", [Command("debug", {}, "x")]),
        ("text ##[group]x", [Command("group", {}, "x")]),
        ("text ##[set-output name=a;b=c%3B]x%5D", [Command("set-output", {"name": "a", "b": "c;"}, "x]")]),
        ("text ::error::x", []),
        ("::eror::x", []),
        ("::error:x", []),
        ("##[eror]x", []),
        ("##[error", []),
        ("\x1c::error::x", [Command("error", {}, "x")]),
    ],
)
def test_what_the_runner_takes_for_a_command(line, found):
    assert commands(line.encode()) == found


PIECES = st.lists(
    st.sampled_from(
        [":", "::", "error", "##", "[", "#", "]", " ", "\n", "\r", "\t", "\u2028", "\ufeff", "x", "::error::"]
    )
)


@given(PIECES)
def test_text_in_pieces_is_no_command_and_reads_the_same(pieces):
    inner = io.StringIO()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GITHUB_ACTIONS", "true")
        with contextlib.redirect_stdout(inner), harmless_output():
            for piece in pieces:
                print(piece, end="")
    assert commands(inner.getvalue().encode()) == []
    assert inner.getvalue() == harmless("".join(pieces))
    assert inner.getvalue().replace(" ", "") == "".join(pieces).replace(" ", "")


def test_both_streams_are_made_harmless_and_only_there(monkeypatch):
    out, err = io.StringIO(), io.StringIO()
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        with harmless_output():
            print(" ::error::a")
            print("::warning::b\nc ##[group]d", file=sys.stderr)
            print("half a line", end="")
            issue(command("notice", "done\n", title="a: b"))
        assert (sys.stdout, sys.stderr) == (out, err)
        assert out.getvalue() == " : :error::a\nhalf a line\n::notice title=a%3A b::done%0A\n"
        assert err.getvalue() == ": :warning::b\nc ## [group]d\n"
        monkeypatch.delenv("GITHUB_ACTIONS")
        with harmless_output():
            print("::error::plain")
    assert out.getvalue().endswith("\n::error::plain\n")


def test_a_page_of_hostile_names_holds_no_command():
    rng = random.Random(0)
    text = "\n".join(f"{hostile(rng)}\r{hostile(rng)} {hostile(rng)}" for _ in range(500))
    assert len(commands(text.encode())) > 300
    assert commands(harmless(text).encode()) == []


def test_hostile_names_through_every_command(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert wrong_in_a_round(random.Random(3)) == []
