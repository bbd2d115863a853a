"""A sentence is true of the people it names, and the headline never says less than a row."""

import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given, settings, strategies as st

import biasaudit as ba
from biasaudit.audits.data._findings import data_headline
from biasaudit.audits.findings import findings
from biasaudit.audits.findings._questions import answers
from biasaudit.audits.findings.counted_words import natural_frequencies
from biasaudit.audits.findings.findings import _importance
from biasaudit.audits.findings.gap_records import recorded, worst_first
from biasaudit.inference.verdicts import SHOWN
from biasaudit.metrics.outcome_words import OutcomeWords
from biasaudit.metrics.primary import REGISTRY
from biasaudit.metrics.rates import RATES
from biasaudit.metrics.registry import row_of
from biasaudit.reporting.report import Finding

NOTHING = ("No gap", "No bias")


def block(group, n, share, **columns):
    """Make n people of whom a share is predicted positive."""
    return pd.DataFrame({"g": group, "p": (np.arange(n) < round(n * share)).astype(float), **columns})


def decisions(*blocks, **how):
    return ba.audit_predictions(pd.concat(blocks, ignore_index=True), sensitive_features="g", y_pred="p", **how)


def named_in(sentence):
    return set(re.findall(r"g = (\w+)", sentence))


def shown_pairs(audit):
    rows = audit.disparities()
    rows = rows[(rows["verdict"] == SHOWN) & rows["kind"].isin(["pair", "to_overall"])]
    return [
        (row["metric"], *({*row[side].values()} for side in ("group", "reference"))) for row in rows.to_dict("records")
    ]


def holds(audit):
    """Assert what every audit has to hold."""
    report, rows, pairs = audit.report(), audit.disparities(), shown_pairs(audit)
    matters = (rows["verdict"] == SHOWN) & (rows["material"] == True)  # noqa: E712
    assert not (matters.any() and report.headline.startswith(NOTHING)), report.headline
    for one in report.findings:
        if one.verdict == SHOWN and one.kind != "section":
            assert one.kind == "range" or (one.metric, {*one.group.values()}, {*one.reference.values()}) in pairs
            # Whom a range would name, no row shows.
            assert one.kind != "range" or not named_in(one.sentence.split(" Left out")[0])
        assert (
            one.expected_by_chance is None
            or one.estimate is None
            or ("by chance" not in one.sentence or one.expected_by_chance < one.estimate)
        )
    return report


TABLES = st.lists(
    st.tuples(st.integers(1, 400), st.floats(0, 1), st.floats(0, 1), st.sampled_from([1.0, 0.9, 0.0])),
    min_size=2,
    max_size=7,
)


def drawn(table, seed):
    rng = np.random.default_rng(seed)
    parts = [
        pd.DataFrame(
            {
                "g": f"G{at}",
                "h": rng.integers(0, 2, n).astype(str),
                "y": (rng.random(n) < label).astype(float),
                "p": np.where(rng.random(n) < known, (rng.random(n) < share).astype(float), np.nan),
            }
        )
        for at, (n, share, label, known) in enumerate(table)
    ]
    return pd.concat(parts, ignore_index=True)


@settings(max_examples=60, deadline=None)
@given(table=TABLES, seed=st.integers(0, 10_000), crossed=st.booleans())
def test_the_headline_never_says_less_than_a_row(table, seed, crossed):
    frame = drawn(table, seed)
    if frame["p"].nunique() < 2 or frame["y"].nunique() < 2:
        return
    features = ["g", "h"] if crossed else ["g"]
    holds(ba.audit_predictions(frame, sensitive_features=features, y_true="y", y_pred="p"))


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_a_crossing_that_is_shown_is_in_the_headline(seed):
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame({name: rng.integers(0, 2, 3000).astype(str) for name in "ab"})
    one = (frame["a"] == "1") & (frame["b"] == "1")
    frame["y"] = (rng.random(3000) < np.where(one, 0.2, 0.3)).astype(int)
    report = holds(ba.audit_dataset(frame, label="y", sensitive_features=["a", "b"]))
    assert report.findings


def test_a_row_that_no_range_shows_is_told():
    table = pd.DataFrame(
        [
            {
                "metric": name,
                "comparison": "difference",
                "kind": kind,
                "sensitive_features": ("g",),
                "group": {"g": "a"},
                "reference": {"g": other} if other else {},
                "estimate": gap,
                "low_adjusted": gap - width,
                "high_adjusted": gap + width,
                "material": abs(gap) > 0.05,
                "verdict": verdict,
            }
            for name, kind, other, gap, width, verdict in [
                ("selection_rate", "range", "b", 0.2, 0.3, "cannot tell"),
                ("selection_rate", "to_overall", "", 0.1, 0.02, "shown"),
                ("false_positive_rate", "range", "b", 0.4, 0.1, "shown"),
                ("false_positive_rate", "pair", "b", 0.3, 0.1, "shown"),
                # Few people, who may be far apart: 0.45, but at least 0.05.
                ("false_positive_rate", "pair", "d", 0.45, 0.4, "shown"),
                ("false_positive_rate", "pair", "c", -0.35, 0.1, "shown"),
                ("f1", "pair", "c", -0.35, 0.1, "shown"),
                ("base_rate", "range", "b", 0.3, 0.4, "cannot tell"),
            ]
        ]
    )
    told = {row["metric"]: (row["kind"], row["estimate"]) for row in answers(table)}
    assert told == {
        "selection_rate": ("to_overall", 0.1),
        "false_positive_rate": ("pair", -0.35),
        "base_rate": ("range", 0.3),
    }
    alone = answers(table[table["metric"].isin(["f1", "base_rate"])])
    assert [row["metric"] for row in alone] == ["base_rate", "f1"]


def test_compas_names_nobody_who_is_not_shown():
    report = holds(ba.audit_predictions(ba.datasets.load_compas()))
    said = " ".join([report.headline, *(one.sentence for one in report.findings)])
    assert not [name for name in ("Native American", "Asian") if name in said]


def test_two_people_are_not_named():
    audit = decisions(block("A", 3000, 0.3), block("B", 3000, 0.2), block("Tongan", 2, 0.0))
    report = holds(audit)
    assert "Tongan" not in report.headline + "".join(one.sentence for one in report.findings)
    assert (
        "of 100 people with g = A, 30 were predicted positive, of 100 with g = B, 20: at least 7 more"
        in report.headline
    )


def test_a_group_is_named_by_its_test_whatever_its_size():
    audit = decisions(block("A", 3000, 0.9), block("B", 12, 0.0))
    assert named_in(holds(audit).findings[0].sentence) == {"A", "B"}
    assert "(2,700 of 3,000) and 0.0 % (0 of 12)" in audit.findings()[0].sentence
    assert "g = B, none: " in audit.report().headline


def test_where_only_the_range_is_shown_nobody_is_named():
    one = Finding(
        "",
        "shown",
        "selection_rate",
        "difference",
        "range",
        {"g": "a"},
        {"g": "b"},
        estimate=0.3,
        interval=(0.07, 0.4),
        values=(0.5, 0.2),
        expected_by_chance=0.1,
        material=True,
    )
    from biasaudit.audits.findings.gap_words import clause_of, sentence_of
    from biasaudit.reporting.report import MetricText

    text, words = MetricText.of(row_of("selection_rate")), OutcomeWords()
    assert sentence_of(one, text, words) == (
        "By g, selection rate differs between groups; which of them, these data cannot tell: the widest gap is at "
        "least 7.0 points."
    )
    assert clause_of(one, text, words, 0.95) == (
        "groups differ in selection rate by at least 7.0 points; which of them, these data cannot tell (95 % sure)"
    )


# Tables that are traps, with what must be in the headline and what must not.
PAIR = (block("A", 3000, 0.5), block("B", 3000, 0.2))
TRAPS = {
    "nobody decided about some": block("C", 300, 0.5).assign(p=np.nan),
    "nobody decided about one": block("C", 1, 0.5).assign(p=np.nan),
    "one who is selected": block("C", 1, 1.0),
    "two who are not": block("C", 2, 0.0),
    "a missing group": block(None, 300, 0.5).assign(p=np.nan),
    "a blank name": block("  ", 40, 0.5).assign(p=np.nan),
    "many small groups": pd.concat([block(f"S{i}", 2, i % 2) for i in range(12)]),
    "many groups without decisions": pd.concat([block(f"S{i}", 2, 0).assign(p=np.nan) for i in range(12)]),
}


@pytest.mark.parametrize("appended", TRAPS.values(), ids=TRAPS)
def test_who_is_appended_changes_nothing_of_what_is_shown(appended):
    before, after = decisions(*PAIR), decisions(*PAIR, appended)
    first, second = holds(before).findings[0], holds(after).findings[0]
    start = "Of 100 people with g = A, 50 were predicted positive; of 100 with g = B, 20: at least 2"
    assert first.sentence.startswith(start)
    assert second.sentence.startswith(start)
    assert after.report().headline.startswith(before.report().headline.split("27")[0])
    without = appended["p"].isna().all()
    assert ("left out: " in after.report().headline) == without
    assert ("Left out: " in second.sentence) == without
    assert (second.left_out != "") == without


def test_who_is_left_out_is_named_with_the_reason():
    audit = decisions(*PAIR, TRAPS["nobody decided about some"])
    assert "; left out: g=C: no prediction" in audit.report().headline
    assert audit.findings()[0].sentence.endswith(" Left out: g=C: no prediction.")
    quiet = decisions(block("A", 30, 0.5), block("B", 30, 0.4), TRAPS["nobody decided about some"])
    assert holds(quiet).headline.startswith("No gap is shown; left out: g=C: no prediction")


def test_weights_of_zero_and_one_group_with_a_value():
    zero = decisions(*(part.assign(w=1.0) for part in PAIR), block("C", 300, 0.9, w=0.0), sample_weight="w")
    assert "left out: g=C: every weight is 0" in holds(zero).headline
    alone = decisions(block("A", 300, 0.5), block("C", 300, 0.9).assign(p=np.nan))
    report = holds(alone)
    assert report.headline.startswith("No gap is shown")
    assert report.findings[0].reason == "g=C: no prediction"


def test_withheld_counts_are_left_out_with_care():
    from biasaudit.counts.table.storage import suppress

    frame = pd.concat([*PAIR, block("C", 12, 0.25)])
    audit = ba.audit_crosstab(suppress(ba.count(frame, sensitive_features=["g"], y_pred="p"), 10))
    report = holds(audit)
    assert "left out: g=C: a count was withheld to protect people" in report.headline
    assert "3 of 12" not in report.headline


# How many of how many.


def gap_of(metric, values, interval, **more):
    return Finding(
        "",
        "shown",
        metric,
        "difference",
        "pair",
        {"sex": "F"},
        {"sex": "M"},
        estimate=values[0] - values[1],
        interval=interval,
        values=values,
        **more,
    )


HIRING = OutcomeWords(
    people="applicants",
    selected="were invited",
    rejected="were turned down",
    positive="were right for the job",
    negative="were not right for the job",
    good="positive",
)


@pytest.mark.parametrize(
    ("metric", "values", "interval", "said"),
    [
        (
            "false_negative_rate",
            (0.41, 0.0),
            (0.37, 0.45),
            "of 100 applicants with sex = F who were right for the job, 41 were turned down; of 100 with sex = M, "
            "none: at least 37 more, at most 45",
        ),
        (
            "selection_rate",
            (1.0, 0.5),
            (0.4, 0.6),
            "of 100 applicants with sex = F, all 100 were invited; of 100 with sex = M, 50: at least 40 more, at "
            "most 60",
        ),
        (
            "selection_rate",
            (0.04, 0.01),
            (0.021, 0.0401),
            "of 1,000 applicants with sex = F, 40 were invited; of 1,000 with sex = M, 10: at least 21 more, at "
            "most 41",
        ),
        (
            "selection_rate",
            (0.5002, 0.4998),
            (-0.01, 0.0104),
            "of 10,000 applicants with sex = F, 5,002 were invited; of 10,000 with sex = M, 4,998: between 100 "
            "fewer and 104 more",
        ),
        (
            "positive_predictive_value",
            (0.3, 0.6),
            (-0.4, -0.2),
            "of 100 applicants with sex = F who were invited, 30 were right for the job; of 100 with sex = M, 60: "
            "at least 20 fewer, at most 40",
        ),
        ("auc", (0.3, 0.6), (-0.4, -0.2), ""),
        ("f1", (0.3, 0.6), (-0.4, -0.2), ""),
        ("selection_rate", (None, 0.5), (0.4, 0.6), ""),
        ("selection_rate", (0.9, 0.5), None, ""),
    ],
)
def test_gaps_are_told_in_people(metric, values, interval, said):
    if None in values:
        assert (
            natural_frequencies(
                Finding("", "shown", metric, "difference", "pair", values=values, interval=interval), HIRING
            )
            == said
        )
    else:
        assert natural_frequencies(gap_of(metric, values, interval), HIRING) == said


@given(high=st.floats(0, 1), low=st.floats(0, 1), least=st.floats(-1, 1), width=st.floats(0, 1))
def test_what_is_told_in_people_leaves_nothing_possible_out(high, low, least, width):
    said = natural_frequencies(gap_of("selection_rate", (high, low), (least, least + width)), HIRING)
    base = int(re.match(r"of ([\d,]+)", said)[1].replace(",", ""))
    said = said.partition(": ")[2]
    found = [int(text.replace(",", "")) for text in re.findall(r"(?:least|most|between|and) ([\d,]+\d|\d)", said)]
    one, other = (-found[0] if "fewer" in said else found[0]), found[1]
    if "between" not in said and "fewer" in said:
        one, other = -found[1], -found[0]
    assert one <= least * base + 1e-6
    assert other >= (least + width) * base - 1e-6


def test_every_rate_of_people_has_words():
    without = [rate.name for rate in RATES if not rate.event]
    assert without == ["f1", "treatment_equality"]
    assert OutcomeWords().event(row_of("accuracy")) == "were predicted rightly"


def test_who_is_worse_off_comes_first():
    row = {
        "metric": "selection_rate",
        "comparison": "difference",
        "kind": "pair",
        "group": {"sex": "F"},
        "reference": {"sex": "M"},
        "estimate": 0.2,
        "low": 0.1,
        "high": 0.3,
        "verdict": "shown",
        "material": True,
        "sensitive_features": ("sex",),
        "reason": "",
        "expected_by_chance": None,
        "smallest_detectable": None,
    }
    ends = {("selection_rate", (("sex", "F"),)): (0.5, 5, 10), ("selection_rate", (("sex", "M"),)): (0.3, 3, 10)}
    one = recorded(row, ends, HIRING)
    assert one.worse_off == {"sex": "M"}
    turned = worst_first(one)
    assert (turned.group, turned.values, turned.interval, turned.counts) == (
        {"sex": "M"},
        (0.3, 0.5),
        (-0.3, -0.1),
        ((3, 10), (5, 10)),
    )
    assert recorded(row, ends, OutcomeWords(good="negative")).worse_off == {"sex": "F"}
    assert recorded(row, ends).worse_off == {}
    assert worst_first(recorded(row, ends)).group == {"sex": "F"}


def test_a_sentence_prints_the_limits_that_its_verdict_stands_on():
    row = {"metric": "auc", "comparison": "difference", "kind": "pair", "group": {"g": "a"}, "reference": {"g": "b"},
           "estimate": 0.2, "low": 0.1, "high": 0.3, "low_adjusted": 0.05, "high_adjusted": 0.35, "verdict": "shown",
           "material": True, "sensitive_features": ("g",), "reason": "", "expected_by_chance": None,
           "smallest_detectable": None}  # fmt: skip
    ends = {("auc", (("g", name),)): (0.5, 5, 10) for name in "ab"}
    assert recorded(row, ends).interval == (0.05, 0.35)
    assert recorded(row | {"low_adjusted": None}, ends).interval == (0.1, 0.3)


def test_the_ratio_is_told_where_it_says_something_else():
    report = holds(decisions(block("A", 4000, 0.04), block("B", 4000, 0.01)))
    assert report.findings[0].material is True
    assert ", a gap of 3.0 points (" in report.findings[0].sentence
    assert ", 4.00 times as high (" in report.findings[0].sentence
    alike = holds(decisions(block("A", 4000, 0.54), block("B", 4000, 0.5)))
    assert "times as high" not in alike.findings[0].sentence
    assert "too small a gap to matter much" in alike.findings[0].sentence
    apart = holds(decisions(block("A", 4000, 0.2), block("B", 4000, 0.155)))
    assert "1.29 times as high" in apart.findings[0].sentence
    rare = holds(decisions(block("A", 4000, 0.002), block("B", 4000, 0.001)))
    assert rare.findings[0].verdict == "not shown"
    assert re.search(
        r"at most 0\.\d points between any two groups; as a ratio, up to [\d.]+ times\.$", rare.findings[0].sentence
    )


# What decisions and labels mean.


def test_the_callers_words_and_the_cards():
    data = ba.datasets.load_compas()
    audit = ba.audit_predictions(data)
    assert "defendants with race = African-American who were not arrested again, 45 were called" in " ".join(
        one.sentence for one in audit.findings()
    )
    mine = ba.audit_predictions(data, words={"people": "people", "selected": "were flagged"})
    assert "59 were flagged" in " ".join(one.sentence for one in mine.findings())
    assert "who were not arrested again, 45 were flagged" in " ".join(one.sentence for one in mine.findings())
    # What a card says of its own columns it says of no others.
    frame = data.frame.assign(mine=(data.frame["decile_score"] > 7).astype(int))
    other = ba.audit_predictions(
        ba.datasets.Dataset("mine", frame, data.label, (), data.sensitive_features, card=data.card),
        y_pred="mine",
        sensitive_features="race",
    )
    assert "were called" not in other.report().headline
    assert "were predicted positive" in " ".join(one.sentence for one in other.findings())


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("x", r'words must be a mapping, not a str. Give words={"selected": "were invited"}.'),
        ({"selectd": "x"}, r'words has no "selectd". Did you mean "selected"?'),
        ({"selected": ""}, r'words["selected"] must be a text of 1 to 80 characters'),
        ({"selected": 3}, r'words["selected"] must be a text of 1 to 80 characters'),
        ({"good": "yes"}, r'words["good"] is "yes". Say which outcome is good: "positive" or "negative".'),
    ],
)
def test_wrong_words(words, message):
    with pytest.raises(ba.AuditError, match=re.escape(message)):
        decisions(*PAIR, words=words)
    with pytest.raises(ba.AuditError, match=re.escape(message)):
        ba.audit_dataset(pd.concat(PAIR), label="p", sensitive_features="g", words=words)


def test_every_shipped_card_has_words():
    for name, card in ba.datasets.list_datasets():
        assert {*card.words} == {"people", "selected", "rejected", "positive", "negative", "good"}, name


# The order of findings.


def test_what_is_primary_and_matters_comes_first():
    audit = ba.audit_predictions(ba.datasets.load_compas(), sensitive_features=["race", "sex"])
    key = [
        (
            ["shown", "cannot tell", "not shown"].index(one.verdict),
            one.verdict == "shown" and not one.material,
            len(one.group) > 1,
            not row_of(one.metric).primary,
        )
        for one in audit.findings()
    ]
    assert key == sorted(key)
    assert len({one.verdict for one in audit.findings()}) > 1


def test_the_question_comes_before_leaks_even_where_the_data_cannot_tell():
    rng = np.random.default_rng(5)
    frame = pd.DataFrame({"g": np.repeat(["a", "b"], 60), "y": rng.integers(0, 2, 120)})
    frame["leak"] = frame["y"] * 10 + rng.random(120)
    found = ba.audit_dataset(frame, label="y", sensitive_features="g").findings()
    assert (found[0].metric, found[0].verdict) == ("base_rate", "cannot tell")
    assert "artefacts" in [one.metric for one in found if one.verdict == "shown"]


def test_columns_that_are_missing_together_are_one_line():
    rng = np.random.default_rng(3)
    g = np.repeat(["a", "b"], 2000)
    gone = rng.random(4000) < np.where(g == "a", 0.3, 0.05)
    dummies = {f"job_{name}": np.where(gone, np.nan, rng.integers(0, 2, 4000)) for name in "xyz"}
    frame = pd.DataFrame({"g": g, "y": rng.integers(0, 2, 4000), **dummies})
    told = [
        one.sentence
        for one in ba.audit_dataset(frame, label="y", sensitive_features="g").findings()
        if one.metric == "missing"
    ]
    assert len(told) == 1
    assert told[0].startswith("Missing values of job_x, job_y, job_z differ by group: ")


@pytest.fixture(scope="module")
def crossed():
    rng = np.random.default_rng(11)
    frame = pd.DataFrame({name: rng.integers(0, 3, 900).astype(str) for name in "gh"})
    frame["y"], frame["p"] = rng.integers(0, 2, 900), rng.integers(0, 2, 900)
    return ba.audit_predictions(frame, sensitive_features=["g", "h"], y_true="y", y_pred="p")


@settings(max_examples=60, deadline=None)
@example(seed=37929, share=0.02)
@given(seed=st.integers(0, 100_000), share=st.sampled_from([0.0, 0.001, 0.004, 0.02, 0.3]))
def test_whatever_is_shown_is_in_findings_and_headline(crossed, seed, share):
    rng = np.random.default_rng(seed)
    rows = crossed.disparities()
    known = rows["estimate"].notna().to_numpy()
    rows["verdict"] = np.where(known & (rng.random(len(rows)) < share), "shown", "cannot tell")
    metrics, words = crossed._metrics, crossed.words
    told = findings.findings(rows, crossed.rates(), metrics, words)
    shown = rows[rows["verdict"] == "shown"]
    matters = shown[shown["material"] == True]  # noqa: E712
    said = findings.headline(told, metrics, words)
    by_data = data_headline(told, (), metrics, words, "y")
    assert said.startswith("People fare differently") == bool(len(shown))
    assert by_data.startswith("Before any model, these data show") == bool(len(matters))
    for split in {*map(tuple, matters["sensitive_features"])}:
        assert [one for one in told if tuple(one.group) == split and one.matters]
    facts = ("metric", "comparison", "kind", "group", "reference")
    known = [[row[name] for name in facts] for row in shown.to_dict("records")]
    for one in told:
        assert (one.verdict == "shown") == ([getattr(one, name) for name in facts] in known)


def test_of_two_ratios_the_one_further_from_one_comes_first():
    one = next(f for f in ba.audit_predictions(ba.datasets.load_compas()).findings() if f.verdict == "shown")
    near, far = (
        replace(one, comparison="ratio", estimate=estimate, interval=limits)
        for estimate, limits in ((0.9, (0.85, 0.95)), (0.3, (0.2, 0.5)))
    )
    assert sorted([near, far], key=lambda found: _importance(found, REGISTRY)) == [far, near]
