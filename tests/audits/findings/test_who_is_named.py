"""A sentence names only groups whose own comparison is shown, and says what is shown."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given, settings, strategies as st
from named_groups import PAIR, TRAPS, block, decisions, holds, named_in

import biasaudit as ba
from biasaudit.audits.data.findings import data_headline
from biasaudit.audits.findings import findings
from biasaudit.audits.findings._questions import answers
from biasaudit.metrics.outcome_words import OutcomeWords
from biasaudit.metrics.registry import row_of
from biasaudit.reporting.report import Finding

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
