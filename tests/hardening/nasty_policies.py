"""Policies of a megabyte that want a reader to hang or to crash, and how they are answered."""

from biasaudit.errors import AuditError
from biasaudit.policy.reading import HERE, READY, loads

__all__ = ["SIZE", "answer", "mutated", "shapes"]

SIZE = 999_000
HEAD = 'name = "x"\n'
RULE = '[[rules]]\nmetric = "selection_rate"\nmax = 0.1\n'


def full(piece, start="", end="", size=SIZE):
    """Repeat a piece until the text is as long as a policy may be."""
    return start + piece * max(1, (size - len(start) - len(end)) // len(piece)) + end


def shapes(size=SIZE):
    """Return nasty texts by name."""

    def filled(piece, start=HEAD, end=""):
        return full(piece, start, end, size)

    def numbered(line, start=HEAD, end=""):
        wide = len(line.format(0)) + 5
        return start + "".join(line.format(at) for at in range(size // wide)) + end

    return {
        "dotted key": filled("a.", end="a = 1"),
        "dotted key in quotes": filled('"a".', end="a = 1"),
        "dotted key with spaces": filled("a . ", end="a = 1"),
        "dotted header": filled("a.", HEAD + "[", "a]\n"),
        "dotted header of an array": filled("a.", HEAD + "[[", "a]]\n"),
        "dotted header, then keys": full("a.", HEAD + "[", "a]\n", size // 2) + numbered("b{} = 1\n", "")[: size // 2],
        "dotted keys, fifteen parts": numbered("a.b.c.d.e.f.g.h.i.j.k.l.m.n.k{} = 1\n"),
        "dotted headers, sixteen parts": numbered("[a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p{}]\n"),
        "arrays": filled("[", HEAD + "a = "),
        "arrays that end": HEAD + "a = " + "[" * (size // 2) + "]" * (size // 2),
        "arrays of strings": filled('["",', HEAD + "a = "),
        "inline tables": filled("{a = ", HEAD + "a = "),
        "inline tables that end": HEAD + "a = " + "{a=" * (size // 5) + "1" + "}" * (size // 5),
        "tables in arrays": filled("[{a=", HEAD + "a = "),
        "headers that open": filled("[", HEAD),
        "headers that close": filled("]", HEAD + "[a"),
        "empty inline tables": filled("{},", HEAD + "rules = [", "]\n"),
        "empty arrays": filled("[],", HEAD + "a = [", "]\n"),
        "inline table with a long text": filled("x", HEAD + 'a = { b = "', '" }\n'),
        "inline table with many spaces": filled(" ", HEAD + "a = {", "b = 1 }\n"),
        "inline table with one long key": filled("x", HEAD + "a = { ", " = 1 }\n"),
        "array of one long text": filled("a=", HEAD + 'says = ["', '"]\n'),
        "one long text": filled("x", 'name = "', '"\n' + RULE),
        "one long text of escapes": filled("\\u0041", 'name = "', '"\n' + RULE),
        "one long text of backslashes": filled("\\\\", 'name = "', '"\n' + RULE),
        "a text of escaped quotes": filled('\\"', 'name = "', '"\n' + RULE),
        "a long text over lines": filled("x\n", 'name = """', '"""\n' + RULE),
        "a text of line-ending backslashes": filled("\\\n", 'name = """', '"""\n' + RULE),
        "a text of two quotes": filled('""x', 'name = """', '"""\n' + RULE),
        "texts that never end": filled("\"\"\"x'''", HEAD),
        "escaped texts that never end": filled('"""\\', HEAD),
        "quotes": filled('"', HEAD),
        "one quote a line": filled('"\n', HEAD),
        "an integer": filled("9", HEAD + "a = "),
        "an integer in hex": filled("f", HEAD + RULE + "min_rows = 0x"),
        "an integer with bars": filled("1_", HEAD + RULE + "min_rows = ", "1\n"),
        "a float": filled("9", HEAD + "a = 0.", "\n"),
        "an exponent": HEAD + RULE.replace("0.1", "1e" + "9" * 900),
        "an integer of a thousand digits": HEAD + RULE + "min_rows = " + "9" * 999,
        "a limit of a thousand digits": HEAD + RULE.replace("0.1", "0x" + "f" * 990),
        "dates that are none": numbered("d{} = 9999-99-99\n"),
        "dates": numbered("d{} = 2026-01-01\n"),
        "times": numbered("d{} = 07:32:00.999999\n"),
        "a waiver in year zero": HEAD + RULE + 'waiver = { until = "0000-00-00", reason = "x" }\n',
        "a waiver at an hour": HEAD + RULE + 'waiver = { until = 2026-01-01T00:00:00Z, reason = "x" }\n',
        "rules": filled("[[rules]]\n"),
        "whole rules": filled(RULE),
        "whole rules with names": numbered('[[rules]]\nname = "r{}"\nmetric = "auc"\nmax = 0.1\n'),
        "rules with names, as many as may be": HEAD
        + "".join(f'[[rules]]\nname = "r{at}"\nmetric = "auc"\nmax = 0.1\n' for at in range(min(1_990, size // 50))),
        "rules that are all wrong": HEAD + "[[rules]]\nmx = 1\n" * min(3_300, size // 17),
        "the same key": filled("a = 1\n"),
        "the same header": filled("[a]\n"),
        "keys": numbered("k{} = 1\n"),
        "keys that are long": numbered("k" * 900 + "{} = 1\n"),
        "an empty key": filled("= 1\n"),
        "keys without values": filled("a\n"),
        "keys of nothing but spaces": filled(" ", HEAD + "a", "= 1\n"),
        "old line ends": filled("a = 1\r"),
        "Windows line ends": filled("# x\r\n", end=RULE),
        "blank lines": filled("\n", end=RULE),
        "comments": filled("#\n", end=RULE),
        "one comment": filled("#", end="\n" + RULE),
        "spaces": filled(" ", end="\n" + RULE),
        "NULs": filled("\0"),
        "marks of byte order": full("\ufeff", size=size // 3),
        "half characters": filled("\ud800", 'name = "', '"\n' + RULE),
        "half characters in keys": HEAD + '"\ud800" = 1\n' + RULE,
        "half characters in a group": HEAD + RULE + 'group = { "\ud800" = "\udfff" }\n',
        "control characters in keys": HEAD + '"\\u001b[31m\\u0000" = 1\n',
        "commas": filled(",", HEAD + "a = [1"),
        "dots": filled(".", HEAD),
        "equals signs": filled("=", HEAD + "a"),
        "a list of texts": filled('"",', HEAD + "says = [", "]\n" + RULE),
        "a list of names": numbered('"f{}",', HEAD + "[columns]\nsensitive_features = [", "]\n"),
        "a group": numbered("f{} = 'x',", HEAD + RULE + "group = {", "}\n"),
        "a reference": numbered("f{} = 'x'\n", HEAD + RULE + "[columns.reference]\n"),
        "letters of every kind": full("é名🎉\u202e", 'name = "', '"\n' + RULE, size // 3),
    }


def mutated(rng):
    """Damage a ready policy: pieces doubled, cut out, swapped for others or repeated at length."""
    text = (HERE / f"{rng.choice(READY)}.toml").read_text("utf-8") + RULE
    pieces = [
        "[",
        "]",
        "{",
        "}",
        '"',
        "'''",
        '"""',
        "=",
        ".",
        ",",
        "\n",
        "\r",
        "#",
        "\\",
        "0x",
        "a.",
        "\0",
        "é",
        "-",
        "9" * 50,
    ]
    for _ in range(rng.randint(1, 6)):
        at, to = sorted(rng.randrange(len(text) + 1) for _ in range(2))
        text = rng.choice(
            [
                text[:at] + text[to:],
                text[:at] + rng.choice(pieces) * rng.choice([1, 2, 40, 4_000]) + text[at:],
                text[:to] + text[at:to] * rng.choice([1, 20]) + text[to:],
                text[:at] + "".join(rng.sample(text[at:to], to - at)) + text[to:],
            ]
        )[:SIZE]
    return text


def answer(text):
    """Say what comes of a policy: "policy", what the refusal says, or the name of another exception."""
    try:
        loads(text, source="p.toml")
    except AuditError as error:
        return str(error)
    except Exception as error:
        return f"!{type(error).__name__}: {str(error)[:200]}"
    return "policy"
