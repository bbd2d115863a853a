"""One decision makes the headline of every audit, and each headline names which value counts as positive."""

import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import biasaudit as ba
from biasaudit.audits.findings.headlines import Decision, Phrases, decided, headline
from biasaudit.inference.verdicts import CANNOT_TELL, NOT_SHOWN, SHOWN, Verdict, rank
from biasaudit.reporting.report import Finding

PHRASES = Phrases(lambda shown: f"{len(shown)} shown", "None", lambda questions: f"nothing of {questions}")
WAYS = ["to_html", "to_markdown", "to_json", "__repr__"]


def finding(verdict, material=True, by="g"):
    return Finding("", verdict, "base_rate", "difference", "range", {by: "a"}, {by: "b"}, material=material)


@pytest.mark.parametrize(
    ("verdicts", "said"),
    [
        ([NOT_SHOWN, CANNOT_TELL, SHOWN], "1 shown (positive: invited = ja)."),
        (
            [NOT_SHOWN, CANNOT_TELL],
            "None (positive: invited = ja), but the data cannot tell for 1 of 2 questions: "
            "that is not a clean bill of health.",
        ),
        ([NOT_SHOWN] * 3, "nothing of 3 (positive: invited = ja)."),
    ],
)
def test_the_worst_verdict_decides(verdicts, said):
    found = [finding(verdict, by=f"g{at}") for at, verdict in enumerate(verdicts)]
    assert headline(decided(found), PHRASES, "invited = ja") == said
    assert headline(decided(found[::-1]), PHRASES, "") == said.replace(" (positive: invited = ja)", "")


def test_what_is_too_small_is_shown_only_where_that_counts():
    found = [finding(SHOWN, material=False, by="g"), finding(SHOWN, material=None, by="h")]
    assert [len(decided(found, material=material).shown) for material in (False, True)] == [2, 1]
    assert decided(found) == Decision(found, 0, 2)


def test_a_question_that_is_answered_twice_is_as_clear_as_its_clearest_answer():
    assert decided([finding(CANNOT_TELL), finding(NOT_SHOWN)]) == Decision([], 1, 1)
    assert decided([finding(CANNOT_TELL), finding(SHOWN)]).unclear == 0


def test_a_positive_value_steers_no_screen():
    assert headline(Decision((), 0, 1), PHRASES, "x = \x1b[31mja") == "nothing of 1 (positive: x = �[31mja)."


def test_verdicts_have_one_order_and_are_their_words():
    assert sorted(["not shown", "odd", "cannot tell", "shown"], key=rank) == [
        "shown",
        "cannot tell",
        "not shown",
        "odd",
    ]
    assert [*Verdict] == ["shown", "cannot tell", "not shown"]
    assert (f"{SHOWN}", repr(SHOWN), str(SHOWN)) == ("shown", "'shown'", "shown")
    assert finding("shown").verdict is SHOWN
    assert finding("odd").verdict == "odd"


def people(n=400, gap=0.3):
    at = np.arange(n)
    group, place = at % 2, (at // 2) / (n // 2)
    label = (place < 0.3 + gap * group).astype(int)
    return pd.DataFrame({"g": np.where(group, "a", "b"), "y": label, "p": label, "x": at % 5})


@pytest.mark.parametrize(("n", "gap"), [(400, 0.3), (40, 0.1), (200_000, 0.0)], ids=["shown", "unclear", "none"])
@pytest.mark.parametrize("way", WAYS)
def test_predictions_name_the_positive_value(way, n, gap):
    audit = ba.audit_predictions(people(n, gap), sensitive_features="g", y_pred="p")
    named = replace(audit, positive="invited = ja")
    assert named.report().headline.count(" (positive: invited = ja)") == 1
    assert (
        named.report().headline.replace(" (positive: invited = ja)", "")
        == replace(audit, positive="").report().headline
    )
    assert "(positive: invited = ja)" in " ".join(getattr(named, way)().split())


@pytest.mark.parametrize(("n", "gap"), [(400, 0.3), (60, 0.1)])
def test_data_name_the_positive_value(n, gap):
    audit = replace(ba.audit_dataset(people(n, gap), label="y", sensitive_features="g"), positive="y = 1")
    report = audit.report()
    assert report.headline.count(" (positive: y = 1)") == 1
    assert report.positive == "y = 1"


def test_every_question_of_the_data_counts_once():
    audit = ba.audit_dataset(people(60, 0.1)[["g", "y", "x"]], label="y", sensitive_features="g")
    unclear = sum(found.verdict == "cannot tell" for found in audit.findings())
    assert f"cannot tell for {unclear} of {len(audit.findings())} questions" in audit.report().headline
    # Whoever asks for findings first hears the same.
    again = ba.audit_dataset(people(60, 0.1)[["g", "y", "x"]], label="y", sensitive_features="g")
    assert again.report().headline == audit.report().headline


def test_a_finding_is_a_record():
    audit = ba.audit_predictions(people(), sensitive_features="g", y_true="y", y_pred="p")
    (told,) = [one for one in audit.findings() if one.metric == "selection_rate"]
    rows = audit.disparities("selection_rate")
    row, ratio = (
        rows[(rows["kind"] == "pair") & (rows["comparison"] == comparison)].iloc[0]
        for comparison in ("difference", "ratio")
    )
    assert (told.estimate, told.interval) == (row["estimate"], (row["low_adjusted"], row["high_adjusted"]))
    assert (told.ratio, told.ratio_interval) == (ratio["estimate"], (ratio["low_adjusted"], ratio["high_adjusted"]))
    assert (told.kind, told.group, told.reference) == ("pair", row["group"], row["reference"])
    assert sorted(told.values) == pytest.approx([0.3, 0.6])
    assert sorted(told.counts) == [(60.0, 200.0), (120.0, 200.0)]
    assert told.smallest_detectable == row["smallest_detectable"]
    assert (told.material, told.verdict, told.worse_off) == (True, SHOWN, {})
    undefined = [one for one in audit.findings() if one.reason]
    assert all(one.estimate is None for one in undefined)
    assert not [one for one in audit.findings() if one.estimate is not None and math.isnan(one.estimate)]
    assert audit.findings() == ba.audit_predictions(people(), sensitive_features="g", y_true="y", y_pred="p").findings()


def test_who_is_worse_off_follows_the_harm():
    frame = people()
    wrong = frame.assign(y=np.where(frame["g"] == "a", 1 - frame["p"], frame["p"]))
    audit = ba.audit_predictions(wrong, sensitive_features="g", y_true="y", y_pred="p")
    worse = {one.metric: one.worse_off for one in audit.findings()}
    assert worse["accuracy"] == worse["false_positive_rate"] == {"g": "a"}
    assert worse["selection_rate"] == {}
