"""Names of groups, and the words of our own sentences, change nothing of what is found: not its order, not a gate."""

import dataclasses
import sys
import unicodedata

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given, settings, strategies as st

import biasaudit as ba
from biasaudit.audits import parts
from biasaudit.audits.data import findings as data_findings
from biasaudit.audits.findings import findings
from biasaudit.audits.pairs import _findings as pair_findings
from biasaudit.audits.subgroups import findings as subgroup_findings
from biasaudit.counts.values import canonical
from biasaudit.reporting.words import text
from biasaudit.reporting.words.text import group_name

HOSTILE = (
    "flat too small",
    "too small",
    "points",
    "30 points",
    "shown",
    "not shown",
    "cannot tell",
    "everyone",
    "everyone else",
    "any group",
    "no gap",
    " to ",
    "0.1 to 0.2 points",
    "%",
    "−5 %",
    "(missing) ",
    "✗ Gap shown",
    "By race, no gap",
    "<script>alert(1)</script>", "<b>", "&amp;", "[link](http://a.b)", "`code`", "**bold**", "|", "=cmd()",
    "##[error]x", "\u202eright to left", "\u200fאבג", "abc\u200b", "", " ", "\n", "\x1b[31mred", "\x00", "🏳️‍🌈",
    "{}", "%s", "'\"", "\\", "x" * 5000,
)  # fmt: skip
PLAIN = ("one", "three", "two")
POLICY = """
name = "A gate"
[columns]
sensitive_features = ["who"]
[[rules]]
metric = "selection_rate"
max = {most}
[[rules]]
metric = "false_negative_rate"
comparison = "ratio"
min = 0.5
[[rules]]
metric = "accuracy"
comparison = "rate"
min = 0.4
[[rules]]
metric = "selection_rate"
name = "no group far from all"
kind = "to_overall"
max = 0.5
"""


def plain(name):
    """Say what makes two names one to a reader: composition, case, blanks and numbers."""
    return " ".join(unicodedata.normalize("NFC", name).casefold().split())


def is_told_apart(names):
    return len({plain(name) for name in names}) == len(names) and not any(plain(name).isnumeric() for name in names)


# Numbers, missing codes and yes or no are read as what they are: another test's matter.
READ = {
    "nan",
    "none",
    "null",
    "na",
    "n/a",
    "true",
    "false",
    "yes",
    "no",
    "inf",
    "infinity",
    "nat",
    "<na>",
    "?",
    "-",
    ".",
}
ANY = st.text(st.characters(codec="utf-8"), min_size=1, max_size=30).filter(
    lambda name: plain(name) not in READ and any(letter.isalpha() for letter in name)
)
NAMES = st.lists(st.one_of(st.sampled_from(HOSTILE), ANY), min_size=3, max_size=3, unique_by=plain).filter(
    is_told_apart
)
SIZES = (500, 260, 140)
RATES = (0.45, 0.2, 0.33)


def people(names):
    """Make three groups of other sizes, each with its own rates, so that no two figures tie."""
    who = np.repeat(np.arange(3), SIZES)
    at = np.concatenate([np.arange(size) / size for size in SIZES])
    pred = (at < np.take(RATES, who)).astype(int)
    true = ((at * 7.3 + who * 0.11) % 1 < 0.4).astype(int)
    # Drawn from objects: an engine may read no half a character.
    names = np.array([*names], dtype=object)
    return pd.DataFrame({"who": names[who], "y": true, "p": pred, "x": (at * 97).astype(int) % 4})


def backed(names):
    return dict(zip(map(canonical, names), PLAIN, strict=True))


def said_of(audit, names):
    """Return what is found without its words: groups by the part they play."""
    role = backed(names)
    return [
        (
            one.verdict,
            one.metric,
            one.comparison,
            one.kind,
            one.estimate,
            one.interval,
            one.material,
            one.counts,
            *(played(role, side) for side in (one.group, one.reference, one.worse_off)),
        )
        for one in audit.findings()
    ]


def played(role, group):
    return tuple(role.get(level, level) for level in group.values())


def gate(audit, names):
    role = backed(names)
    out = []
    for most in (0.02, 0.25, 0.9):
        found = audit.check(ba.policy.loads(POLICY.format(most=most)))
        judged = [
            (one.state, one.estimate, one.low, one.high, played(role, one.group), played(role, one.reference))
            for rule in found.rules
            for one in rule.judged
        ]
        out.append((found.outcome, found.exit_code, [rule.outcome for rule in found.rules], sorted(judged)))
    return out


def audits(frame):
    predictions = ba.audit_predictions(frame, sensitive_features="who", y_true="y", y_pred="p")
    data = ba.audit_dataset(frame[["who", "p", "x"]], label="p", sensitive_features="who", features=["x"])
    return predictions, data


def everything(frame, names):
    predictions, data = audits(frame)
    headlines = [unnamed(audit.report().headline, names) for audit in (predictions, data)]
    return headlines, [said_of(audit, names) for audit in (predictions, data)], gate(predictions, names)


def unnamed(headline, names):
    """Take the names of groups out of a headline, the longest first: one may be a part of another."""
    said = {group_name({"who": canonical(name)}): f"\0{at}" for at, name in enumerate(names)}
    for name in sorted(said, key=len, reverse=True):
        headline = headline.replace(name, said[name])
    return headline


@pytest.fixture(scope="module")
def expected():
    return everything(people(PLAIN), PLAIN)


@settings(max_examples=25)
@given(names=NAMES)
@example(names=["flat too small", "points", "shown"])
@example(names=["too small", "", "cannot tell"])
@example(names=["\uf900", "Que\u0301bec", "1.0 m"])
@example(names=["x" * 5000, "\u202eabc", "<b>everyone</b>"])
def test_names_of_groups_change_nothing(names, expected):
    headlines, found, gated = everything(people(names), names)
    assert headlines == expected[0]
    assert [sorted(map(repr, one)) for one in found] == [sorted(map(repr, one)) for one in expected[1]]
    assert [[row[:4] for row in one] for one in found] == [[row[:4] for row in one] for one in expected[1]]
    assert gated == expected[2]


@pytest.mark.parametrize("name", ["flat too small", "it is too small to matter much"])
def test_a_gap_of_30_points_is_shown_whatever_the_group_is_called(name):
    at = np.arange(1000)
    frame = pd.DataFrame({"home": np.where(at % 2, name, "house"), "y": (at % 1000 < 300 + 300 * (at % 2)).astype(int)})
    audit = ba.audit_dataset(frame, label="y", sensitive_features="home")
    assert "a gap in y by home" in audit.report().headline
    assert audit.findings()[0].metric == "base_rate"


@pytest.mark.parametrize("feature", ["too small", "points", "shown", "<b>"])
def test_names_of_columns_change_nothing(feature, expected):
    frame = people(PLAIN).rename(columns={"who": feature})
    audit = ba.audit_predictions(frame, sensitive_features=feature, y_true="y", y_pred="p")
    assert said_of(audit, PLAIN) == expected[1][0]


WRITERS = (
    "clean",
    "count",
    "gap",
    "gap_amount",
    "gap_ends",
    "gap_interval",
    "gap_unit",
    "group_name",
    "interval",
    "level_name",
    "number",
    "p_value",
    "percent",
    "points",
    "value",
)
NONSENSE = "no gap is too small, shown cannot tell not shown 5.0 points to %"


@pytest.fixture
def nonsense(monkeypatch):
    """Let everything that is written be nonsense."""
    written = {getattr(text, name) for name in WRITERS}
    for module in [module for name, module in sys.modules.items() if name.startswith("biasaudit.")]:
        if module.__name__.partition(".")[2].split(".")[0] in (
            "counts",
            "metrics",
            "inference",
            "search",
            "datasets",
            "models",
        ):
            continue
        for name, made in list(vars(module).items()):
            if callable(made) and any(made is writer for writer in written):
                monkeypatch.setattr(module, name, lambda *given, **more: NONSENSE)
    for module in (findings, pair_findings):
        monkeypatch.setattr(module, "sentence_of", lambda *given: NONSENSE)
    for module in (parts, subgroup_findings):
        monkeypatch.setattr(module, "Finding", silly(module.Finding))
    return monkeypatch


def silly(finding):
    def made(*given, **more):
        one = finding(*given, **more)
        return dataclasses.replace(one, sentence=NONSENSE)

    return made


def judged(audit):
    return [
        (one.verdict, one.metric, one.kind, one.group, one.reference, one.estimate, one.material, one.worse_off)
        for one in audit.findings()
    ]


def everything_judged():
    frame = people(PLAIN)
    predictions, data = audits(frame)
    pairs = ba.audit_pairs(
        lambda texts: [len(text) % 7 / 7 + 0.2 * ("Emily" in text) for text in texts],
        [f"{'x' * i} {{name}}" for i in range(30)],
        swap={"name": {"her": ["Emily"], "him": ["Jamal"]}},
    )
    subgroups = ba.find_subgroups(frame, features=["who", "x"], y_true="y", y_pred="p")
    causes = data.causes()[["cause", "named", "verdict"]].to_numpy().tolist()
    gated = [
        (found.outcome, found.exit_code, [rule.outcome for rule in found.rules])
        for most in (0.02, 0.25, 0.9)
        for found in [predictions.check(ba.policy.loads(POLICY.format(most=most)))]
    ]
    asked = (predictions, data, pairs, subgroups)
    return [judged(audit) for audit in asked], causes, gated, [decision_of(audit) for audit in asked]


def decision_of(audit):
    """Return what the headline of an audit rests on, whatever it says."""
    seen = []

    def noted(decision, *given):
        seen.append((len(decision.shown), decision.unclear, decision.questions))
        return NONSENSE

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(findings, "answered", noted)
        for module in (data_findings, pair_findings, subgroup_findings):
            patched.setattr(module, "headline", noted)
        assert audit.report().headline == NONSENSE
    (one,) = seen
    return one


def test_nothing_reads_our_sentences(request):
    ba.mitigation.compare  # noqa: B018  (every module that could read them is there)
    before = everything_judged()
    request.getfixturevalue("nonsense")
    audit = audits(people(PLAIN))[0]
    assert NONSENSE in {one.sentence for one in audit.findings()}
    assert everything_judged() == before


def test_the_headline_does_not_read_them_either(request):
    headline = data_findings.data_headline
    data = audits(people(PLAIN))[1]
    said = headline(data._gaps, data.parts, data._metrics, data.words, "p")
    silenced = tuple(dataclasses.replace(one, sentence="flat too small") for one in data._gaps)
    assert headline(silenced, data.parts, data._metrics, data.words, "p") == said
    more = data._metrics, data.words
    assert findings.headline(silenced, *more) == findings.headline(data._gaps, *more)
