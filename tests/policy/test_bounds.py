"""A policy is read or refused in a sentence, whatever it holds: its depth, keys and numbers are bounded first."""

import random
import tomllib

import pytest
from hypothesis import given, strategies as st

import biasaudit as ba
from biasaudit.policy._toml_lines import key_lines
from biasaudit.policy._toml_tokens import past_bounds, tokens
from hardening.nasty_policies import answer, mutated, shapes
from policy.policies import HEAD, RULE

SHAPES = shapes(size=40_000)
DEEP = "p.toml, line 2: brackets stand 17 deep, and a policy needs 16 at most. Take out what is no rule."
DOTTED = "p.toml, line 2: a key or number has more than 16 parts, which a policy never needs. Take out what is no rule."


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (("arrays", "arrays that end", "inline tables", "tables in arrays", "headers that open"), DEEP),
        (("dotted key", "dotted key in quotes", "dotted header", "dotted header, then keys", "dots"), DOTTED),
        (
            ("an integer", "a float", "inline table with one long key"),
            "p.toml, line 2: a key or number has more than 1,000 letters, which a policy never needs. "
            "Take out what is no rule.",
        ),
        (
            ("commas", "empty inline tables", "the same key in one line"),
            "p.toml, line 2: there are more than 10,000 keys and values, which is no policy. Take out what is no rule.",
        ),
    ],
)
def test_what_hangs_or_crashes_a_reader_is_refused_with_its_line(names, message):
    texts = SHAPES | {"the same key in one line": "\n" + "a=1," * 10_000}
    assert {name: answer(texts[name]) for name in names} == dict.fromkeys(names, message)


def test_every_nasty_policy_is_read_or_refused():
    assert len(SHAPES) >= 70
    answers = {name: answer(text) for name, text in shapes(size=12_000).items()}
    assert {name: said for name, said in answers.items() if said.startswith("!")} == {}
    read = {name for name, said in answers.items() if said == "policy"}
    assert {"one long text of backslashes", "comments", "Windows line ends", "letters of every kind"} <= read


def test_damaged_policies_are_read_or_refused():
    rng = random.Random(0)
    assert [said for said in (answer(mutated(rng)) for _ in range(40)) if said.startswith("!")] == []


def test_a_policy_within_the_bounds_is_read_as_before():
    rules = "".join(f'[[rules]]\nname = "r{at}"\nmetric = "selection_rate"\nmax = 0.1\n' for at in range(1_000))
    read = ba.policy.loads(HEAD + rules)
    assert (len(read.rules), read.line("rules", 999, "max")) == (1_000, 6 + 4 * 1_000)
    long = "x" * 5_000
    assert ba.policy.loads(f'says = ["{long}"]\n{HEAD}{RULE}max = 0.1').document.says == [long]
    assert past_bounds(f'a = "{long}"\nb = """{long}"""\nc = 1.5') is None
    assert past_bounds(f'"{long}" = 1') is not None


def test_lines_inside_arrays_of_tables():
    text = 'a.b = 1\nrules = [\n  { metric = "x", group = { s = 1 } },\n  { metric = """\ny""", max = 1 },\n]\nc = 2\n'
    tomllib.loads(text)
    lines = key_lines(text)
    assert lines[("a", "b")] == 1
    assert (lines[("rules", 0, "metric")], lines[("rules", 0, "group", "s")]) == (3, 3)
    assert (lines[("rules", 1, "metric")], lines[("rules", 1, "max")], lines[("c",)]) == (4, 5, 7)


@given(st.text(alphabet="\"'\\ab=.,[]{}# \n\r", max_size=40))
def test_pieces_make_the_whole_text(text):
    found = list(tokens(text))
    assert "".join(token.text for token in found) == text
    assert [token.line for token in found] == [
        1 + "".join(t.text for t in found[:at]).count("\n") for at in range(len(found))
    ]
