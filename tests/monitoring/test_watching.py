"""Watching gaps: who is compared, what each question may spend, and what is said."""

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest

import biasaudit as ba
from biasaudit.errors import AuditError
from biasaudit.inference.testing.daily_variation import WARM_UP
from biasaudit.monitoring._watching import watch

FIRST = date(2026, 1, 1)


def day_of(rng, rates, n=300, shares=None):
    group = rng.choice(list(rates), n, p=shares)
    chosen = rng.random(n) < np.array([rates[g] for g in group])
    frame = pd.DataFrame({"race": group, "y": rng.integers(0, 2, n), "p": chosen.astype(int)})
    return ba.count(frame, sensitive_features=["race"], y_true="y", y_pred="p")


def days_of(seed, *rates, **more):
    rng = np.random.default_rng(seed)
    return {FIRST + timedelta(days=at): day_of(rng, one, **more) for at, one in enumerate(rates)}


def signed(gap):
    return f"{100 * gap:.1f}".replace("-", "−")


STILL, MOVED = {"a": 0.5, "b": 0.4}, {"a": 0.5, "b": 0.1}


@pytest.mark.parametrize("exact", [True, False])
def test_a_change_is_told_with_its_day(exact):
    asked = {"reference": {"race": "a"}, "independent_rows": exact}
    found = watch(days_of(0, *[STILL] * 20, *[MOVED] * 20), ["selection_rate"], **asked)
    assert found.alarm
    (question,) = found.questions
    assert date(2026, 1, 21) <= found.days[question.alarm] <= date(2026, 1, 31)
    (sentence,) = found.sentences()
    start = int(question.since[question.alarm])
    assert start in range(17, 24)
    before, after = (question.mean(days) for days in (slice(start), slice(start, None)))
    assert sentence == (
        f"✗ Alarm since {found.days[question.alarm]}: Selection rate of race = b against race = a: the gap went from "
        f"{signed(before)} points to {signed(after)} points, probably about {found.days[start]}."
    )
    assert repr(found).startswith("Watched 40 days, 2026-01-01 to 2026-02-09. Alarm: 1 of 1 gaps changed.\n  ✗ Alarm")


def test_no_change_is_told_with_its_interval():
    found = watch(days_of(1, *[STILL] * 20), ["selection_rate"], reference={"race": "a"})
    q = found.questions[0]
    assert not found.alarm
    assert found.sentences() == (
        "– No change shown: Selection rate of race = b against race = a: mean gap "
        f"{signed(q.estimate[-1])} points ({signed(q.low[-1])} to {signed(q.high[-1])} points) over 20 days.",
    )
    frame = found.to_frame()
    assert frame["day"].tolist() == list(found.days)
    known = frame["estimate"].notna()
    assert known.tolist() == [at >= WARM_UP - 1 for at in range(20)]
    assert (frame["low"] <= frame["estimate"])[known].all()
    assert not frame["alarm"].any()


@pytest.mark.parametrize("exact", [True, False])
def test_an_alarm_stays_and_later_days_change_no_earlier_look(exact):
    tables = list(days_of(2, *[STILL] * 20, *[MOVED] * 20).items())
    looks = [watch(dict(tables[: last + 1]), ["selection_rate"], independent_rows=exact) for last in range(5, 40)]
    whole = looks[-1].questions[0]
    assert 20 <= whole.alarm < 39
    for last, look in zip(range(5, 40), looks, strict=True):
        now = look.questions[0]
        for name in ("log_evidence", "since", "estimate", "low", "high"):
            assert np.allclose(getattr(now, name), getattr(whole, name)[: last + 1], equal_nan=True), name
        assert look.alarm == (whole.alarm <= last)


def test_too_few_days_cannot_tell_and_raise_no_alarm():
    tables = days_of(2, *[STILL] * 3, *[MOVED] * 10)
    assert watch(tables, ["selection_rate"], independent_rows=True).alarm
    found = watch(tables, ["selection_rate"], reference={"race": "a"})
    q = found.questions[0]
    assert not found.alarm
    assert np.isnan(q.estimate).all()
    assert found.sentences() == (
        f"? Cannot tell: Selection rate of race = b against race = a: mean gap {signed(q.mean(slice(None)))} points "
        "over 13 days; how much days vary is known from 14 days with both groups on.",
    )
    assert found.findings()[0].verdict == "cannot tell"
    assert np.isnan(found.report().sections[0].rows[0]["low"])


def test_days_that_differ_by_more_than_their_rows_are_no_change():
    rng = np.random.default_rng(8)
    rates = [{"a": 0.5, "b": float(np.clip(rng.normal(0.4, 0.12), 0, 1))} for _ in range(60)]
    tables = days_of(9, *rates, n=1_000)
    assert watch(tables, ["selection_rate"], independent_rows=True).alarm
    assert not watch(tables, ["selection_rate"]).alarm


def test_who_is_named_first_and_how_weights_are_scaled_say_nothing():
    rng = np.random.default_rng(10)
    frames = [
        pd.DataFrame({"g": rng.permutation(["a", "b"] * 60), "p": rng.integers(0, 2, 120), "w": rng.random(120)})
        for _ in range(20)
    ]

    def answer(change, **asked):
        asked = {"reference": {"g": "a"}, **asked}
        tables = {
            FIRST + timedelta(days=at): ba.count(change(f), sensitive_features=["g"], y_pred="p", sample_weight="w")
            for at, f in enumerate(frames)
        }
        q = watch(tables, ["selection_rate"], **asked).questions[0]
        return np.array([q.estimate, q.low, q.high, np.where(np.isfinite(q.log_evidence), q.log_evidence, -99)])

    plain = answer(lambda f: f)
    assert np.isfinite(plain[:, -1]).all()
    for other in (lambda f: f.assign(w=7 * f["w"]), lambda f: f[::-1]):
        assert np.allclose(plain, answer(other), equal_nan=True)
    turned = answer(lambda f: f, reference={"g": "b"})
    assert np.allclose(plain[3], turned[3])
    assert np.allclose(plain[1], -turned[2], equal_nan=True)


def test_the_guarantee_says_which_mode_was_used_and_what_it_assumes():
    tables = days_of(1, *[STILL] * 20)
    rows, days = (watch(tables, ["selection_rate"], alpha=0.1, independent_rows=exact) for exact in (True, False))
    assert (rows.independent_rows, days.independent_rows) == (True, False)
    assert repr(rows).endswith(
        "\nRows were taken as independent. However often one looks, the chance of any false alarm is at most 10 %, if "
        "they are and the gaps are the same every day."
    )
    assert repr(days).endswith(
        "\nPast days told by how much days vary. However often one looks, the chance of any false alarm is at most "
        "10 %, if the gap of a day varies around a mean that does not change, each day by itself or by the day of the "
        "week, and nearly as a normal law."
    )
    for one in (rows, days):
        assert one.report().sections[0].sentences == (repr(one).splitlines()[-1],)


def test_chance_is_spent_once_however_many_groups_come():
    with_late = {"a": 0.5, "b": 0.4, "c": 0.3}
    tables = days_of(3, *[STILL] * 2, with_late, with_late | {"d": 0.5, "e": 0.1})
    found = watch(tables, ["selection_rate", "true_positive_rate"], alpha=0.05)
    spent = {next(iter(q.group.values())): q.alpha for q in found.questions}
    assert sum(q.alpha for q in found.questions) <= 0.05
    held = found.questions[0].reference["race"]
    assert spent.pop("b" if held == "a" else "a") == pytest.approx(0.05 / 2 / 2)
    assert spent.pop("c") == pytest.approx(0.05 / 2 / 2 / 2)
    assert sorted(spent.values()) == pytest.approx([0.05 / 2 / 2 / 12, 0.05 / 2 / 2 / 6])
    # Whoever comes later changes nothing for those who were there.
    before = watch(dict(list(tables.items())[:2]), ["selection_rate", "true_positive_rate"], alpha=0.05)
    assert [q.alpha for q in before.questions] == [q.alpha for q in found.questions[:2]]
    other = watch(tables, ["selection_rate"], reference={"race": "e"})
    assert sum(q.alpha for q in other.questions) <= 0.05


def test_weights_count_as_effective_rows():
    rng = np.random.default_rng(4)
    frame = pd.DataFrame({"g": ["a", "b"] * 100, "p": rng.integers(0, 2, 200), "w": rng.random(200)})
    table = ba.count(frame, sensitive_features=["g"], y_pred="p", sample_weight="w")
    question = watch({FIRST: table}, ["selection_rate"], independent_rows=True).questions[0]
    n = {g: part["w"].sum() ** 2 / (part["w"] ** 2).sum() for g, part in frame.groupby("g")}
    p = {g: np.average(part["p"], weights=part["w"]) for g, part in frame.groupby("g")}
    assert question.weight[0] == pytest.approx(n["a"] * n["b"] / (n["a"] + n["b"]))
    assert question.gap[0] == pytest.approx(p[question.group["g"]] - p[question.reference["g"]])


def test_withheld_counts_are_left_out_and_said():
    from biasaudit.counts.table.storage import suppress

    tables = days_of(5, *[STILL] * 3, shares=[0.9, 0.1])
    tables[FIRST] = suppress(tables[FIRST], 12)
    found = watch(tables, ["selection_rate"])
    assert np.isnan(found.to_frame()["gap"][0])
    assert found.warnings == (
        "1 times a group was left out of a day because a count was withheld: the days that are left are not all of "
        "them, and the guarantee is no longer exact.",
    )


TABLES = days_of(6, STILL, STILL)
ALONE = {FIRST: ba.count(pd.DataFrame({"g": ["a"], "p": [1]}), sensitive_features=["g"], y_pred="p")}


@pytest.mark.parametrize(
    ("tables", "asked", "message"),
    [
        (
            TABLES,
            {"metrics": ["f1"]},
            '"f1" is no share of rows, so that it cannot be watched. Watch the rates it is made of.',
        ),
        (
            ALONE,
            {"metrics": ["accuracy"]},
            '"accuracy" needs y_true and y_pred, and the store has not both. It can watch: selection_rate.',
        ),
        (ALONE, {}, "Only one group has rows in this window, so that nobody can be compared. Choose a longer one."),
        (TABLES, {"reference": {"race": "z"}}, 'reference race="z" is not a group. Groups: a, b.'),
        (
            TABLES,
            {"reference": {"rase": "a"}},
            'reference names "rase", which is not a sensitive feature. Did you mean "race"? Sensitive features: race.',
        ),
        (TABLES, {"alpha": 1}, "alpha=1 is not between 0 and 1. Use 0.05 for one false alarm in twenty."),
        (TABLES, {"metrics": []}, "metrics is empty. Name at least one, such as selection_rate."),
    ],
)
def test_what_cannot_be_watched(tables, asked, message):
    with pytest.raises(AuditError) as error:
        watch(tables, **{"metrics": ["selection_rate"]} | asked)
    assert str(error.value) == message


def test_an_alarm_is_a_finding_that_is_shown_and_no_alarm_proves_nothing():
    rates = {**STILL, "c": 0.4}
    found = watch(days_of(0, *[rates] * 20, *[{**rates, "b": 0.1}] * 20), ["selection_rate"], reference={"race": "a"})
    findings = found.findings()
    assert [(one.verdict, dict(one.group)) for one in findings] == [
        ("shown", {"race": "b"}),
        ("cannot tell", {"race": "c"}),
    ]
    assert [f"✗ {findings[0].sentence}", f"– {findings[1].sentence}"] == list(found.sentences())
    report = found.report()
    assert (report.headline, report.rows, report.unit) == ("Alarm: 1 of 2 gaps changed.", 40, "days")
    frame = found.to_frame()
    last = {row["group"]["race"]: row["estimate"] for row in frame[frame["day"] == found.days[-1]].to_dict("records")}
    assert {row["group"]["race"]: row["gap"] for row in report.sections[0].rows} == last
    assert [bool(row["alarm"]) for row in report.sections[0].rows] == [True, False]
