"""Where a question is answered with yes every pair of groups is told; rules keep to pairs with the reference."""

from dataclasses import replace
from itertools import combinations

import numpy as np
import pandas as pd
import pytest

import biasaudit as ba
from biasaudit.audits.predictions._gap_questions import SECONDARY
from biasaudit.audits.predictions._other_pairs import MOST_GROUPS
from biasaudit.inference.references import against_reference
from biasaudit.inference.testing.gatekeeping import joint_p_value
from biasaudit.inference.verdicts import CANNOT_TELL, SHOWN
from biasaudit.policy.checking import check_report
from biasaudit.reporting.formats.as_json import to_json

LABELS = {"y_true": "y", "y_pred": "p"}
NUMBERS = ["estimate", "low", "high", "p_value", "p_adjusted", "low_adjusted", "high_adjusted", "smallest_detectable"]


def people(seed, rows=1_500, groups=5, gap=0.2):
    """Draw groups of unlike size; the second and the last fare otherwise than the others."""
    rng = np.random.default_rng(seed)
    group = rng.choice(groups, rows, p=rng.dirichlet(np.full(groups, 3.0)))
    off = gap * (group == 1) - gap * (group == groups - 1)
    y = rng.random(rows) < 0.4
    p = rng.random(rows) < np.clip(0.35 + 0.2 * y + off, 0.02, 0.98)
    return pd.DataFrame(
        {
            "g": [f"g{i}" for i in group],
            "y": y.astype(int),
            "p": p.astype(int),
            "c": rng.integers(0, 300, rows),
            "w": rng.choice([0.5, 1.0, 2.0], rows),
        }
    )


def audit_of(frame, **more):
    return ba.audit_predictions(frame, **({"sensitive_features": "g"} | LABELS | more))


def is_declared(pairs):
    return np.array(against_reference(pairs["sensitive_features"], pairs["group"], pairs["reference"]), dtype=bool)


def of_kind(found, kind):
    return found[found["kind"] == kind]


def ends(row):
    return frozenset(tuple(side.items()) for side in (row.group, row.reference))


@pytest.mark.parametrize("seed", range(4))
def test_every_pair_is_told_exactly_where_a_question_is_answered_with_yes(seed):
    audit = audit_of(people(seed))
    found, rates = audit.disparities(), audit.rates()
    answered = of_kind(found, "range").set_index(["metric", "comparison"])["p_adjusted"] <= 0.05
    assert answered.any()
    assert not answered.all()
    for (metric, comparison), pairs in of_kind(found, "pair").groupby(["metric", "comparison"]):
        told = [ends(row) for row in pairs.itertuples()]
        assert len(set(told)) == len(told)
        known = rates[(rates["metric"] == metric) & rates["group"].map(bool) & rates["estimate"].notna()]
        groups = [tuple(group.items()) for group in known["group"]]
        every = {frozenset(pair) for pair in combinations(groups, 2)}
        if answered[(metric, comparison)]:
            assert every <= set(told), metric
        else:
            assert is_declared(pairs).all()
            assert len(told) == 4
    assert len(of_kind(found, "to_overall").groupby(["metric", "comparison"]).size().unique()) == 1


def test_the_larger_of_two_is_the_reference_and_of_two_of_one_size_the_first():
    frame = pd.DataFrame({"g": list("aabbbcccddddd") * 60})
    frame["p"] = (np.arange(len(frame)) % 7 < frame["g"].map({"a": 1, "b": 3, "c": 4, "d": 6})).astype(int)
    pairs = of_kind(audit_of(frame, y_true=None).disparities("selection_rate"), "pair")
    pairs = pairs[pairs["comparison"] == "difference"]
    told = [(row.group["g"], row.reference["g"]) for row in pairs.itertuples()]
    assert told == [("a", "d"), ("b", "d"), ("c", "d"), ("c", "b"), ("a", "b"), ("a", "c")]
    rate = frame.groupby("g")["p"].mean()
    np.testing.assert_allclose(pairs["estimate"], [rate[one] - rate[other] for one, other in told])


@pytest.mark.parametrize("more", [{}, {"cluster": "c"}, {"sample_weight": "w"}, {"cluster": "c", "sample_weight": "w"}])
def test_a_pair_is_the_same_whichever_group_is_the_reference(more):
    frame = people(3, groups=4)
    tables = {}
    for reference in sorted(frame["g"].unique()):
        found = audit_of(frame, reference={"g": reference}, **more).disparities()
        pairs = of_kind(found, "pair")
        pairs = pairs[pairs["comparison"] == "difference"]
        tables[reference] = {
            (row["metric"], row["group"]["g"], row["reference"]["g"]): row for _, row in pairs.iterrows()
        }
    compared = 0
    for reference, table in tables.items():
        for (metric, one, other), row in table.items():
            if other == reference:
                continue
            # The same two, the other of which is the declared reference there.
            same = tables[other][(metric, one, other)]
            got, wanted = (np.array([pair[name] for name in NUMBERS], dtype=float) for pair in (row, same))
            np.testing.assert_allclose(got, wanted, rtol=1e-7, atol=1e-12)
            assert (row["verdict"], row["material"]) == (same["verdict"], same["material"])
            compared += 1
    assert compared > 20


def test_pairs_are_judged_together_with_all_of_their_question():
    for seed in range(3):
        found = audit_of(people(seed)).disparities()
        pairs = of_kind(found, "pair")
        others = pairs[~is_declared(pairs)].dropna(subset=["p_value"])
        whole = of_kind(found, "range").set_index(["metric", "comparison"])["p_adjusted"]
        for row in others.itertuples():
            assert row.p_adjusted >= whole[(row.metric, row.comparison)] - 1e-12
            assert row.p_adjusted >= min(joint_p_value(row.p_value, 5), 1) - 1e-9
        shown = others[others["verdict"] == SHOWN]
        assert len(shown)
        none = np.where(shown["comparison"] == "ratio", 1.0, 0.0)
        assert ((shown["low_adjusted"] > none) | (shown["high_adjusted"] < none)).all()


def test_a_question_passes_its_level_on_only_where_every_pair_is_shown():
    rng = np.random.default_rng(0)
    group = np.repeat(["a", "b", "c"], [4_000, 1_500, 1_500])
    y = rng.random(7_000) < 0.5
    # b and c fare alike, and both far otherwise than a: every pair with the reference is shown.
    p = rng.random(7_000) < np.where(group == "a", 0.3, 0.6) + np.where(y, 0.1, -0.1)
    found = audit_of(pd.DataFrame({"g": group, "y": y.astype(int), "p": p.astype(int)})).disparities()
    found = found[found["comparison"] == "difference"]
    selection = found[(found["metric"] == "selection_rate") & (found["kind"] == "pair")]
    assert selection["verdict"].tolist() == [SHOWN, SHOWN, CANNOT_TELL]
    ranges = of_kind(found, "range").set_index("metric")
    last = ranges.loc["positive_predictive_value"]
    assert last["p_adjusted"] == pytest.approx(min(1, 4 * last["p_value"] / (1 - SECONDARY)))


def test_what_is_named_is_the_pair_whose_gap_is_at_least_the_largest():
    named = 0
    for seed in range(4):
        audit = audit_of(people(seed, groups=6))
        found = audit.disparities()
        pairs = found[(found["kind"] == "pair") & (found["verdict"] == SHOWN) & (found["comparison"] == "difference")]
        questions = [(one.metric, tuple(one.group)) for one in audit.findings()]
        for metric, rows in pairs[pairs["material"].map(bool)].groupby("metric"):
            told = [one for one in audit.findings() if one.metric == metric and one.kind == "pair"]
            if not told:
                continue
            least = rows[["low_adjusted", "high_adjusted"]].abs().min(axis=1)
            largest = rows.loc[least.idxmax()]
            assert (told[0].group, told[0].reference) == (largest["group"], largest["reference"])
            # One sentence a question, and at most one on the two largest groups.
            assert questions.count((metric, ("g",))) <= 2
            named += not is_declared(rows)[rows.index.get_loc(largest.name)]
    assert named, "somewhere the largest gap is between two others"


def test_of_more_groups_than_these_pairs_are_with_the_reference_alone():
    def pairs(groups):
        frame = pd.DataFrame({"g": np.repeat([f"g{i:02}" for i in range(groups)], 30)})
        frame["p"] = (np.arange(len(frame)) % 30 < np.where(frame["g"] < "g20", 25, 5)).astype(int)
        found = audit_of(frame, y_true=None).disparities("selection_rate")
        return len(of_kind(found[found["comparison"] == "difference"], "pair"))

    assert pairs(MOST_GROUPS) == MOST_GROUPS * (MOST_GROUPS - 1) // 2
    assert pairs(MOST_GROUPS + 1) == MOST_GROUPS


def test_a_plan_has_a_row_for_each_group_and_its_reference():
    audit = audit_of(people(1), reference={"g": "g2"})
    plan = ba.plan_sample(audit, "selection_rate", gap=0.1)
    assert len(of_kind(audit.disparities("selection_rate"), "pair")) > 2 * 4
    assert [group["g"] for group in plan["group"]] == ["g0", "g1", "g3", "g4"]
    assert all(reference == {"g": "g2"} for reference in plan["reference"])


POLICY = """
name = "Every kind of rule"
[[rules]]
name = "rule 1"
metric = "selection_rate"
comparison = "difference"
kind = "pair"
max = {limit}
[[rules]]
name = "rule 2"
metric = "selection_rate"
comparison = "ratio"
kind = "pair"
min = 0.8
[[rules]]
name = "rule 3"
metric = "selection_rate"
comparison = "difference"
group = {{ g = "g1" }}
max = {limit}
[[rules]]
name = "rule 4"
metric = "false_positive_rate"
comparison = "difference"
kind = "range"
min_rows = 60
ignore_small = true
max = {limit}
[[rules]]
name = "rule 5"
metric = "selection_rate"
comparison = "ratio"
kind = "range"
min_rows = 60
ignore_small = true
min = 0.7
[[rules]]
name = "rule 6"
metric = "selection_rate"
comparison = "difference"
kind = "to_overall"
max = {limit}
"""


def without_others(report):
    found = report.disparities
    told = (found["kind"] != "pair").to_numpy().copy()
    told[~told] = is_declared(found[found["kind"] == "pair"])
    return replace(report, disparities=found[told].reset_index(drop=True))


@pytest.mark.parametrize("limit", [0.05, 0.15, 0.4])
@pytest.mark.parametrize("reference", [None, {"g": "g3"}])
def test_rules_judge_as_if_no_other_pair_was_told(limit, reference):
    policy = ba.policy.loads(POLICY.format(limit=limit))
    outcomes = set()
    for seed in range(4):
        report = audit_of(people(seed, rows=700), **({"reference": reference} if reference else {})).report()
        fewer = without_others(report)
        assert len(fewer.disparities) < len(report.disparities)
        now, then = (check_report(one, policy) for one in (report, fewer))
        assert now == then
        outcomes.add(now.outcome)
    assert outcomes


def test_a_baseline_judges_as_if_no_other_pair_was_told(tmp_path):
    rules = POLICY.format(limit=0.2).replace("[[rules]]", "[[rules]]\nnot_worse_than_baseline = true")
    report = audit_of(people(2, rows=900)).report()
    results = []
    for name, one in (("all", report), ("fewer", without_others(report))):
        path = tmp_path / f"{name}.json"
        path.write_text(to_json(one), encoding="utf-8")
        results.append(check_report(report, ba.policy.loads(rules), baseline=path))
    now, then = ([(rule.outcome, rule.sentence, rule.judged) for rule in result.rules] for result in results)
    assert now == then
