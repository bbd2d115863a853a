"""Wrong labels: how many would make up a gap, and what those that were verified say."""

import numpy as np
import pandas as pd
import pytest

import biasaudit as ba
from biasaudit.audits.data._wrong_labels import LABEL_BIAS, REMAINS

# Rows by recorded label, negative and positive; verified rows by recorded and true label.
RECORDED = {"a": (600, 400), "b": (500, 500)}
CHECKED = {"a": ((40, 10), (2, 38)), "b": ((45, 5), (1, 49))}


def table(recorded=RECORDED, checked=CHECKED):
    rows = []
    for group in recorded:
        for label in (0, 1):
            false, true = checked[group][label]
            known = [0.0] * false + [1.0] * true
            rows += [(group, label, truth) for truth in known + [np.nan] * (recorded[group][label] - len(known))]
    return pd.DataFrame(rows, columns=["group", "label", "checked"])


def audited(frame, **given):
    asked = {"label": "label", "sensitive_features": "group", "reference": {"group": "b"}, "features": []}
    return ba.audit_dataset(frame, **(asked | given))


def split(audit):
    found = audit.part("verified").set_index("what")
    return found.loc[LABEL_BIAS], found.loc[REMAINS]


def base_rates(frame):
    return frame.groupby("group")["label"].mean()


@pytest.mark.parametrize(("column", "group", "wrong"), [("negatives", "a", 0), ("positives", "b", 1)])
def test_where_that_share_of_labels_is_put_right_the_gap_is_gone(column, group, wrong):
    frame = table().drop(columns="checked")
    share = audited(frame).part("label_errors")[column].item()
    rows = frame.index[(frame["group"] == group) & (frame["label"] == wrong)]
    frame.loc[rows[: round(share * len(rows))], "label"] = 1 - wrong
    rates = base_rates(frame)
    assert rates["a"] == pytest.approx(rates["b"], abs=1e-3)
    assert audited(frame).part("label_errors").empty


def test_the_share_that_would_do_is_told_in_a_sentence():
    section = next(s for s in audited(table().drop(columns="checked")).report().sections if s.name == "label_errors")
    row = section.rows[0]
    assert (row["negatives"], row["positives"]) == pytest.approx((0.1 / 0.6, 0.1 / 0.5))
    assert section.sentences[0].startswith(
        "group = a against group = b: the gap of 10.0 points would be label error alone if 16.7 % of the negative "
        "labels of group = a were wrong, or 20.0 % of the positive ones of group = b; from "
    )


def test_a_gap_that_may_be_chance_needs_no_wrong_label():
    frame = table({"a": (52, 48), "b": (50, 50)}, dict.fromkeys("ab", ((0, 0), (0, 0)))).drop(columns="checked")
    section = next(s for s in audited(frame).report().sections if s.name == "label_errors")
    assert section.sentences == (
        "group = a against group = b: the gap of 2.0 points may be chance; no label need be wrong.",
    )


def test_a_gap_is_split_as_by_hand():
    bias, remains = split(audited(table(), verified="checked"))
    true_a, true_b = 0.6 * 10 / 50 + 0.4 * 38 / 40, 0.5 * 5 / 50 + 0.5 * 49 / 50
    assert bias["estimate"] == pytest.approx((0.4 - true_a) - (0.5 - true_b))
    assert remains["estimate"] == pytest.approx(true_a - true_b)
    assert bias["estimate"] + remains["estimate"] == pytest.approx(-0.1)
    assert bias["verified"] == remains["verified"] == 190
    for row in (bias, remains):
        assert row["low"] < row["estimate"] < row["high"]


def test_labels_verified_in_every_way_are_the_same():
    frame = table()
    known = frame["checked"].dropna()
    bare = frame.drop(columns="checked")
    expected = audited(frame, verified="checked").part("verified")
    for verified in (known, known.astype(int).to_dict(), known.astype(bool)):
        pd.testing.assert_frame_equal(audited(bare, verified=verified).part("verified"), expected)


def test_rows_are_found_by_their_index():
    frame = table()
    shuffled = frame.sample(frac=1, random_state=0)
    found = audited(shuffled.drop(columns="checked"), verified=frame["checked"].dropna()).part("verified")
    pd.testing.assert_frame_equal(found, audited(frame, verified="checked").part("verified"))


def test_too_few_verified_rows_cannot_tell_and_say_what_could():
    audit = audited(table(checked={"a": ((40, 10), (1, 8)), "b": ((45, 5), (1, 49))}), verified="checked")
    bias, remains = split(audit)
    assert np.isnan([bias["estimate"], remains["estimate"]]).all()
    assert (bias["verdict"], remains["verdict"]) == ("cannot tell", "cannot tell")
    sentences = [finding.sentence for finding in audit.findings() if finding.metric == "verified"]
    assert all(
        sentence.startswith(
            "group = a against b, by 159 verified rows: too few to tell label bias from a cause that nobody "
            "measured: each group needs at least 10 of each recorded label, and one has 9. About "
        )
        for sentence in sentences
    )
    assert len(sentences) == 2
    assert not audit.causes().set_index("cause").loc[["label bias", "unmeasured cause"], "named"].any()


def test_without_verified_labels_two_causes_are_one_row():
    causes = audited(table().drop(columns="checked")).causes().set_index("cause")
    for cause in ("label bias", "unmeasured cause"):
        assert causes.loc[cause].tolist() == [
            False,
            "cannot tell",
            "Data alone cannot tell label bias from a cause that nobody measured; verified labels can (verified=).",
        ]


def test_labels_that_wrong_one_group_alone_are_label_bias():
    recorded, right = {"a": (700, 300), "b": (500, 500)}, ((100, 0), (0, 100))
    wronged = audited(table(recorded, {"a": ((70, 30), (0, 100)), "b": right}), verified="checked")
    named = wronged.causes().set_index("cause")["named"]
    assert (named["label bias"], named["unmeasured cause"]) == (True, False)
    fair = audited(table(recorded, {"a": right, "b": right}), verified="checked").causes().set_index("cause")["named"]
    assert (fair["label bias"], fair["unmeasured cause"]) == (False, True)


def test_intervals_hold_what_wrong_labels_make():
    rng = np.random.default_rng(4)
    held = []
    for _ in range(60):
        group = rng.choice(["a", "b"], 2_000)
        truth = rng.random(2_000) < np.where(group == "a", 0.45, 0.5)
        label = truth & ~((group == "a") & (rng.random(2_000) < 0.25))
        frame = pd.DataFrame({"group": group, "label": label.astype(int)})
        known = pd.Series(truth.astype(int))[rng.random(2_000) < 0.2]
        bias, remains = split(audited(frame, verified=known))
        true = frame.assign(label=truth).pipe(base_rates)
        recorded = base_rates(frame)
        made = (recorded["a"] - recorded["b"]) - (true["a"] - true["b"])
        held.append((bias["low"] <= made <= bias["high"], remains["low"] <= -0.05 <= remains["high"]))
    assert (np.mean(held, axis=0) >= 0.88).all(), np.mean(held, axis=0)
