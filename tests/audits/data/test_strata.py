"""Which columns make people alike: what was measured is held equal or named, and ids make nobody alike."""

import numpy as np
import pandas as pd
import pytest
from data_audits import audited, part, told
from planted_data import planted

import biasaudit as ba

UNMEASURED = "label bias or unmeasured cause"


def measured(columns, seed, rows=5_000, effect=0.0):
    """Draw people whose label depends on so many columns, all there, and on the group only by `effect`."""
    rng = np.random.default_rng([seed, columns])
    woman = rng.random(rows) < 0.5
    frame = pd.DataFrame({f"c{i}": rng.binomial(4, np.where(woman, 0.35, 0.5)) for i in range(columns)})
    strength = (frame.sum(axis=1) - 2 * columns) / np.sqrt(columns)
    chance = 1 / (1 + np.exp(-strength)) - effect * woman
    return frame.assign(sex=np.where(woman, "woman", "man"), hired=(rng.random(rows) < chance).astype(int))


def named(audit):
    causes = audit.causes()
    return causes.loc[causes["named"], "cause"].tolist()


def cause(audit, name=UNMEASURED):
    return audit.causes().set_index("cause").loc[name]


def of(frame, **given):
    return ba.audit_dataset(
        frame, **{"label": "hired", "sensitive_features": "sex", "reference": {"sex": "man"}} | given
    )


@pytest.mark.parametrize("columns", [8, 12])
def test_no_cause_is_named_where_measured_columns_were_left_out(columns):
    audit = of(measured(columns, 0))
    row = part(audit, "equal_features").rows[0]
    assert row["p_adjusted"] < 1e-4
    assert row["material"]
    assert {*row["used"], *row["left_out"]} == {f"c{i}" for i in range(columns)}
    found = cause(audit)
    assert (found["named"], found["verdict"]) == (False, "cannot tell")
    for name in row["left_out"][:6]:
        assert name in found["evidence"].split("tell why.")[1]
    assert "nobody measured" not in audit.report().headline + " ".join(f.sentence for f in audit.findings())


def test_a_gap_is_still_named_where_all_that_was_measured_is_held_equal():
    audit = of(measured(2, 0, effect=0.1))
    row = part(audit, "equal_features").rows[0]
    assert (set(row["used"]), row["left_out"], row["verdict"]) == ({"c0", "c1"}, (), "shown")
    assert cause(audit)["named"]


def test_a_column_cut_into_a_few_steps_counts_as_left_out():
    rng = np.random.default_rng(1)
    woman = rng.random(600) < 0.5
    frame = pd.DataFrame({f"x{i}": rng.normal(size=600) - 0.5 * woman for i in range(3)})
    chance = 1 / (1 + np.exp(-2 * frame.sum(axis=1)))
    frame = frame.assign(sex=np.where(woman, "woman", "man"), hired=(rng.random(600) < chance).astype(int))
    row = part(of(frame), "equal_features").rows[0]
    assert len(row["used"]) == 2
    assert len(row["left_out"]) == 2
    assert set(row["used"]) & set(row["left_out"])


def test_columns_are_cut_alike_where_the_first_would_leave_no_room():
    frame = measured(4, 0).assign(c0=lambda f: f["c0"] + np.random.default_rng(0).normal(scale=0.1, size=len(f)))
    row = part(of(frame), "equal_features").rows[0]
    assert (set(row["used"]), row["left_out"]) == ({"c0", "c1", "c2", "c3"}, ())


def test_who_names_some_of_what_was_measured_is_told_of_the_rest():
    audit = audited(planted(0, label=0.3), strata="degree")
    row = part(audit, "equal_features").rows[0]
    assert row["left_out"] == ("score", "years")
    assert row["verdict"] == "cannot tell"
    ((_, sentence),) = told(audit, "equal_features")
    assert sentence.endswith(
        "score, years were measured and are not held equal: add to strata= what belongs there, and to "
        "after_decision= what came later."
    )
    assert "the audit chose" not in sentence
    alone = audited(planted(0, label=0.3), strata="degree", features=["degree"])
    assert part(alone, "equal_features").rows[0]["verdict"] == "shown"


def test_who_names_nothing_is_told_how_to_choose():
    audit = audited(planted(0, label=0.3))
    ((_, sentence),) = told(audit, "equal_features")
    assert "equal score, years, degree (which the audit chose; strata= names others): " in sentence
    (how,) = part(audit, "equal_features").sentences
    assert how.startswith(
        "By sex, people are alike who share score, years, degree. The audit chose them, as they tell most of the "
        "label; strata= names others. "
    )


def numbered(frame):
    """Sort by label and group, as an export may be, and number the rows in three ways."""
    frame = frame.sort_values(["hired", "sex"]).reset_index(drop=True)
    rng = np.random.default_rng(2)
    return frame.assign(
        row=np.arange(len(frame)),
        split=np.sort(rng.choice(5 * len(frame), len(frame), replace=False)),
        person=[f"p{i:05}" for i in range(len(frame))],
        note=[f"she wrote {i} letters" for i in range(len(frame))],
        site="one",
    )


IDS = ("row", "split", "person", "note", "site")


def test_ids_row_numbers_text_and_constants_are_held_against_nobody():
    plain, audit = planted(0, label=0.3), of(numbered(planted(0, label=0.3)))
    row = part(audit, "equal_features").rows[0]
    assert not set(IDS) & {*row["used"], *row["left_out"]}
    assert set(row["used"]) == {"score", "years", "degree"}
    artefacts, proxies = (part(audit, name).rows for name in ("artefacts", "proxies"))
    assert not set(IDS) & {r["column"] for r in artefacts if r["what"]}
    assert not set(IDS) & {r["column"] for r in proxies}
    assert named(audit) == named(of(plain)) == [UNMEASURED]


@pytest.mark.parametrize("name", ["row", "split", "person", "note"])
def test_an_id_cannot_be_named_as_what_people_share(name):
    for role in ("strata", "control_features"):
        with pytest.raises(ba.AuditError) as caught:
            of(numbered(planted(0)), **{role: name})
        assert str(caught.value) == (
            f'{role} names "{name}", which holds an id, text or nearly as many values as rows: no two people are alike '
            "in it. Leave it out, or make groups of its values."
        )


def test_numbers_that_measure_something_are_no_ids():
    rng = np.random.default_rng(3)
    frame = planted(0).assign(pay=lambda f: np.round(rng.lognormal(10, 0.5, len(f))), dose=rng.normal(size=2_000))
    kinds = {counts.name: counts.kind for counts in _counts(frame)}
    assert {kinds[name].role for name in ("pay", "dose", "score")} == {"bins"}


def _counts(frame):
    import narwhals.stable.v2 as nw

    from biasaudit.counts.column_counts import ColumnTable, count_columns
    from biasaudit.counts.column_kinds import column_kinds

    read = nw.from_native(frame)
    table = ColumnTable(read, ("sex",), (("man", "woman"),), "hired", {"0": 0, "1": 1})
    return count_columns(table, column_kinds(read, ["pay", "dose", "score"]))


def test_many_names_are_no_strata_and_are_told():
    frame = planted(0, label=0.3).assign(employer=[f"firm {i % 500}" for i in range(2_000)])
    row = part(of(frame), "equal_features").rows[0]
    assert "employer" in row["left_out"]
    assert row["verdict"] == "cannot tell"


def searched(seed=0):
    """A gap, and a column that was filled after the decision: it tells the label, and so explains the gap away."""
    rng = np.random.default_rng(seed)
    frame = planted(seed, label=0.4)
    return frame.assign(call=np.round(rng.normal(5 + 5 * frame["hired"], 1.5), 1))


def test_what_came_after_the_decision_explains_nothing():
    before, audit = of(planted(0, label=0.4)), of(searched(), after_decision="call")
    assert "call" in part(of(searched()), "equal_features").rows[0]["used"]
    for name in ("equal_features", "proxies", "artefacts", "missing", "reversals"):
        pd.testing.assert_frame_equal(audit.part(name), before.part(name))
    assert named(audit) == named(before) == [UNMEASURED]
    assert audit.warnings == (
        "call came after the decision (after_decision=): not held equal, no proxy and no cause here.",
    )
    assert audit.settings["after_decision"] == ["call"]
    assert "after_decision" not in before.settings


def test_a_data_set_may_say_what_came_after():
    arguments = {"after_decision": ["call"]}
    data = ba.datasets.Dataset("d", searched(), "hired", ("years", "call"), ("sex",), audit_arguments=arguments)
    assert "call" not in ba.audit_dataset(data).settings["features"]
    assert "call" in ba.audit_dataset(data, after_decision=["club"]).settings["features"]


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ({"after_decision": "hired"}, 'after_decision names the label "hired". Leave it out.'),
        (
            {"after_decision": "sex"},
            'after_decision and sensitive_features both name "sex". Leave it out of one of them.',
        ),
        (
            {"after_decision": "call", "strata": "call"},
            'after_decision and strata both name "call". Leave it out of one of them.',
        ),
        (
            {"after_decision": "call", "control_features": "call"},
            'after_decision and control_features both name "call". Leave it out of one of them.',
        ),
        (
            {"strata": "town", "control_features": "town"},
            "strata and control_features are two names of one thing. Give one of them.",
        ),
        ({"control_features": "hired"}, 'control_features names the label "hired". Leave it out.'),
    ],
)
def test_roles_that_do_not_go_together(asked, sentence):
    with pytest.raises(ba.AuditError) as caught:
        of(searched(), **asked)
    assert str(caught.value) == sentence


def test_strata_have_two_names_and_may_be_cut():
    frame = planted(0, label=0.3)
    first, second = (of(frame, **{role: ["degree", "score"]}) for role in ("strata", "control_features"))
    pd.testing.assert_frame_equal(first.part("equal_features"), second.part("equal_features"))
    assert second.settings["control_features"] == ["degree", "score"]
    edges = [30, 50, 70]
    cut = of(frame, control_features="score", bins={"score": edges})
    by_hand = of(
        frame.assign(score=pd.cut(frame["score"], [-99, *edges, 999], right=False).astype("string")), strata="score"
    )
    pd.testing.assert_frame_equal(cut.part("equal_features"), by_hand.part("equal_features"))


def test_what_verified_labels_leave_is_no_unmeasured_cause_where_columns_were_left_out():
    frame = measured(8, 1)
    audit = of(frame, verified=frame["hired"].iloc[::5])
    assert part(audit, "verified").rows[1]["verdict"] == "cannot tell"
    assert not cause(audit, "unmeasured cause")["named"]
    assert "not all that was measured is held equal" in cause(audit, "unmeasured cause")["evidence"]


def test_columns_of_little_weight_may_make_a_gap_together():
    """Each was too weak to be held equal, and twelve of them made nine points that nobody was said to have measured."""
    rng = np.random.default_rng(4)
    woman = rng.random(5_000) < 0.5
    frame = pd.DataFrame({f"c{i}": rng.binomial(4, np.where(woman, 0.4, 0.5)) for i in range(12)})
    skill = rng.integers(0, 2, 5_000)
    chance = 1 / (1 + np.exp(-0.09 * (frame.sum(axis=1) - 22) - skill + 0.5))
    frame = frame.assign(skill=skill, sex=np.where(woman, "woman", "man"))
    plain = frame.assign(hired=(rng.random(5_000) < chance).astype(int))
    row = part(of(plain), "equal_features").rows[0]
    assert (row["p_adjusted"] < 0.01, row["material"], row["verdict"]) == (True, True, "cannot tell")
    assert set(row["left_out"]) < {f"c{i}" for i in range(12)}
    assert "together they may make this gap" in cause(of(plain))["evidence"]
    # A gap that they cannot make is named.
    unfair = frame.assign(hired=(rng.random(5_000) < chance - 0.2 * woman).astype(int))
    assert part(of(unfair), "equal_features").rows[0]["verdict"] == "shown"
