"""The correspondence audit, against textbook tests and models whose gap is known."""

import json

import jsonschema
import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings, strategies as st
from scipy import stats
from statsmodels.stats.multitest import multipletests

import biasaudit as ba
from biasaudit.errors import AuditError
from biasaudit.inference.testing.two_way import two_way
from biasaudit.metrics.wilson import wilson
from biasaudit.reporting.formats._schema import json_schema

NAMES = {"woman": [f"w{i}" for i in range(9)], "man": [f"m{i}" for i in range(9)]}
TEXTS = [f"{{name}} text {i}" for i in range(12)]


def frame_of(rows=400, seed=0):
    rng = np.random.default_rng(seed)
    sex = rng.choice(["F", "M"], rows)
    return pd.DataFrame({"sex": sex, "skill": rng.normal(size=rows), "person": np.arange(rows) // 4})


SWAP = {"sex": {"woman": "F", "man": "M"}}


def biased(gap=0.3, spread=0.5):
    """Score skill, and take from women a part that differs from row to row."""

    def model(frame):
        each = gap + spread * np.sin(17 * frame["skill"].to_numpy())
        return frame["skill"].to_numpy() - each * (frame["sex"] == "F").to_numpy()

    return model


def noisy(gap=0.0, by_name=0.2, by_text=0.2, seed=0):
    """Score texts at random, the same text always alike, with a gap between the groups."""
    rng = np.random.default_rng(seed)
    name, text = rng.normal(0, by_name, 18), rng.normal(0, 1, len(TEXTS))
    group = rng.normal(0, by_text, (len(TEXTS), 2))
    cell = rng.normal(0, 0.1, (len(TEXTS), 18))

    def model(texts):
        out = []
        for t in texts:
            who, _, number = t.split()
            g, n, i = who[0] == "m", int(who[1:]) + 9 * (who[0] == "m"), int(number)
            out.append(text[i] + name[n] + group[i, int(g)] + cell[i, n] + gap * g)
        return out

    return model


def row(audit, metric="mean_score", kind="pair", comparison="difference"):
    table = audit.disparities(metric)
    return table[(table["kind"] == kind) & (table["comparison"] == comparison)].iloc[0]


def test_a_table_is_a_paired_t_test():
    frame, model = frame_of(), biased()
    audit = ba.audit_pairs(model, frame, swap=SWAP, reference="man")
    as_women, as_men = model(frame.assign(sex="F")), model(frame.assign(sex="M"))
    known = stats.ttest_rel(as_women, as_men)
    got = row(audit)
    assert got["estimate"] == pytest.approx((as_women - as_men).mean())
    assert got["p_value"] == pytest.approx(known.pvalue)
    assert (got["low"], got["high"]) == pytest.approx(tuple(known.confidence_interval()))
    assert got["verdict"] == "shown"


def test_rows_of_one_person_are_one_cluster():
    frame = frame_of(80)

    def by_person(table):
        return table["skill"] + (table["sex"] == "F") * np.sin(table["person"])

    gaps = np.sin(np.arange(20))
    got = row(ba.audit_pairs(by_person, frame, swap=SWAP, cluster="person", reference="man"))
    assert (got["low"], got["high"]) == pytest.approx(tuple(stats.ttest_1samp(gaps, 0).confidence_interval()))


def test_the_share_above_a_threshold():
    frame, model = frame_of(), biased()
    audit = ba.audit_pairs(model, frame, swap=SWAP, threshold=0.5, reference="man")
    shares = [(model(frame.assign(sex=sex)) >= 0.5).astype(float) for sex in "FM"]
    got, rates = row(audit, "selection_rate"), audit.rates()
    rates = rates[(rates["metric"] == "selection_rate") & (rates["group"].map(len) == 1)]
    assert rates["estimate"].tolist() == pytest.approx([share.mean() for share in shares])
    assert rates["numerator"].tolist() == [share.sum() for share in shares]
    assert (rates["low"] < rates["estimate"]).all()
    assert (rates["high"] > rates["estimate"]).all()
    known = stats.ttest_rel(*shares)
    assert (got["low"], got["high"]) == pytest.approx(tuple(known.confidence_interval()))
    ratio = row(audit, "selection_rate", comparison="ratio")
    assert ratio["estimate"] == pytest.approx(shares[0].mean() / shares[1].mean())
    # The logarithm's standard error by the delta method, row by row.
    error = (shares[0] / shares[0].mean() - shares[1] / shares[1].mean()).std(ddof=1) / 20
    half = stats.t.ppf(0.975, 399) * error
    assert np.log([ratio["low"], ratio["high"]]) == pytest.approx(np.log(ratio["estimate"]) + half * np.array([-1, 1]))


def test_decisions_are_selections():
    audit = ba.audit_pairs(lambda f: biased()(f) > 0.4, frame_of(), swap=SWAP)
    assert set(audit.disparities()["metric"]) == {"selection_rate"}
    assert audit.findings()[0].verdict == "shown"


def test_the_top_quartile_of_each_text_is_made_of_its_best_names():
    audit = ba.audit_pairs(noisy(by_name=0, by_text=0, gap=5), TEXTS, swap={"name": NAMES})
    rates = (
        audit.rates()
        .query("metric == 'top_quartile_share'")
        .set_index(audit.rates().query("metric == 'top_quartile_share'")["group"].map(lambda g: g.get("name", "")))
    )
    # Round a quarter of 18 names: 4 of them, all men.
    assert rates.loc["woman", "estimate"] == 0
    assert rates.loc["man", "numerator"] == 12 * 4
    assert rates.loc["", "denominator"] == 12 * 18


def test_with_two_values_the_top_quartile_is_that_of_all():
    audit = ba.audit_pairs(biased(), frame_of(), swap=SWAP)
    top = audit.rates().query("metric == 'top_quartile_share'")
    assert top["estimate"].iloc[0] == 0.25
    assert top["numerator"].iloc[0] == 200


@pytest.mark.parametrize("gap", [0.0, 1.0])
def test_a_gap_between_names_is_shown_and_none_is_not(gap):
    verdicts = [
        row(ba.audit_pairs(noisy(gap, seed=seed), TEXTS, swap={"name": NAMES}))["verdict"] for seed in range(30)
    ]
    assert (verdicts.count("shown") >= 29) if gap else (verdicts.count("shown") <= 4)


def test_a_model_that_ignores_the_name_has_no_gap():
    audit = ba.audit_pairs(lambda texts: [len(t.split()[-1]) for t in texts], TEXTS, swap={"name": NAMES})
    got = row(audit)
    assert (got["estimate"], got["low"], got["high"], got["p_value"]) == (0, 0, 0, 1)
    assert got["verdict"] == "not shown"
    assert [f.sentence for f in audit.findings()] == ["Swapping name changed no score at all."]
    assert audit.report().headline == "No gap large enough to matter is shown on the one question."


def test_a_constant_gap_on_few_rows_is_no_proof():
    def constant(frame):
        return frame["skill"] + (frame["sex"] == "M")

    few, many = (row(ba.audit_pairs(constant, frame_of(n), swap=SWAP, reference="woman")) for n in (5, 12))
    assert (few["estimate"], few["p_value"], few["verdict"]) == (
        pytest.approx(1),
        pytest.approx(2 * 0.5**5),
        "cannot tell",
    )
    assert (many["p_value"], many["verdict"]) == (pytest.approx(2 * 0.5**12), "shown")


def test_no_decision_that_changed_in_few_texts_is_not_none_anywhere():
    def decide(texts):
        return [int(t.endswith(("1", "3"))) for t in texts]

    got = row(ba.audit_pairs(decide, TEXTS, swap={"name": NAMES}), "selection_rate")
    assert (got["estimate"], got["verdict"]) == (0, "cannot tell")
    assert got["high"] == pytest.approx(-got["low"]) == pytest.approx(1.96**2 / (12 + 1.96**2), rel=1e-3)


def test_several_groups_are_held_against_the_reference_and_adjusted_for():
    def model(texts):
        return [len(t) + {"w": 0, "m": 0, "x": 3}[t[0]] + hash(t) % 7 / 7 for t in texts]

    swap = {"name": {**NAMES, "other": [f"x{i}" for i in range(9)]}}
    audit = ba.audit_pairs(model, TEXTS, swap=swap, reference="man")
    table = audit.disparities("mean_score")
    pairs = table[table["kind"] == "pair"]
    assert [g["name"] for g in pairs["group"]] == ["other", "woman"]
    assert {r["name"] for r in pairs["reference"]} == {"man"}
    widest = table[table["kind"] == "range"].iloc[0]
    assert widest["group"] == {"name": "other"}
    assert (table["p_adjusted"] >= table["p_value"]).all()
    assert widest["expected_by_chance"] > 0
    assert widest["low"] >= 0


def three_groups(by_group, noise=0.05):
    def model(texts):
        return [by_group[t[0]] + noise * np.sin(sum(map(ord, t)) ** 2) for t in texts]

    swap = {"name": {**NAMES, "other": [f"x{i}" for i in range(9)]}}
    return ba.audit_pairs(model, TEXTS, swap=swap, reference="man")


@pytest.mark.parametrize(("texts", "least"), [(3, 0.56), (5, 0.43)])
def test_few_texts_that_agree_by_chance_prove_little(texts, least):
    swap = {"name": {"woman": [f"w{i}" for i in range(9)], "man": [f"m{i}" for i in range(9)]}}
    audit = ba.audit_pairs(lambda ts: [ord(t[0]) + len(t) % 2 / 9 for t in ts], TEXTS[:texts], swap=swap, threshold=110)
    got = row(audit, "selection_rate", kind="range")
    assert got["estimate"] - got["low"] == pytest.approx(least, abs=0.01)


def test_what_was_looked_at_is_adjusted_for_as_statsmodels_does():
    audit = three_groups({"w": 0.02, "m": 0.0, "x": 0.04})
    table = audit.disparities()
    for metric, rows in table[table["comparison"] == "difference"].groupby("metric"):
        widest = rows[rows["kind"] == "range"].iloc[0]
        same = rows[(rows["kind"] == "pair") & (rows["group"] == widest["group"])]
        if widest["reference"] == {"name": "man"}:
            # Three pairs could have been the widest.
            assert widest["p_value"] == pytest.approx(min(1, 3 * same["p_value"].iloc[0])), metric
            assert widest["high"] > same["high"].iloc[0]
    asked = table[table["comparison"] == "difference"]
    assert len(asked) == 6
    adjusted = multipletests(asked["p_value"].to_numpy(float), method="holm")[1]
    assert asked["p_adjusted"].to_numpy(float) == pytest.approx(adjusted)
    ratio = table[table["comparison"] == "ratio"]
    assert set(ratio["p_adjusted"]) <= set(asked["p_adjusted"])


def test_pairs_that_are_shown_are_told_beside_the_widest():
    audit = three_groups({"w": 1.0, "m": 0.0, "x": 2.0})
    told = {(f.kind, f.group["name"], f.reference["name"]) for f in audit.findings() if f.metric == "mean_score"}
    assert told == {("range", "other", "man"), ("pair", "woman", "man")}


def test_the_widest_ratio_is_that_of_the_lowest_to_the_highest():
    audit = ba.audit_pairs(noisy(0.3), TEXTS, swap={"name": NAMES}, threshold=0.0, reference="man")
    widest = row(audit, "selection_rate", kind="range", comparison="ratio")
    pair = row(audit, "selection_rate", comparison="ratio")
    assert widest["group"] == {"name": "man"}
    assert widest["estimate"] == pytest.approx(pair["estimate"])
    assert widest["estimate"] < 1
    assert widest["low"] == pytest.approx(pair["low"])
    assert widest["high"] == pytest.approx(min(pair["high"], 1))


@pytest.mark.parametrize("reference", ["man", "woman"])
def test_a_gap_of_shares_stays_between_minus_one_and_one(reference):
    audit = ba.audit_pairs(noisy(0.2, by_text=2.0), TEXTS[:3], swap={"name": NAMES}, reference=reference)
    table = audit.disparities("top_quartile_share").query("comparison == 'difference'")
    assert (table["high"] <= 1).all()
    assert (table["low"] >= -1).all()
    assert (table["high"] - table["low"] > 0.9).any()
    assert not (table["smallest_detectable"] > 1).any()


def test_a_share_is_as_sure_as_its_clusters():
    audit = ba.audit_pairs(noisy(0.3), TEXTS, swap={"name": NAMES}, threshold=0.0)
    selected = (audit.grids[0].scores >= 0).astype(float)
    rates = audit.rates().query("metric == 'selection_rate'")
    weights = np.where(np.arange(18) < 9, 1 / 9, 0)[None]
    found = two_way(selected, audit.swap.member, weights, np.arange(12))
    share = selected[:, :9].mean()
    nobs = share * (1 - share) / found.variance[0]
    assert nobs < 9 * 12 / 2
    limits = wilson(share * nobs, nobs, critical=stats.t.ppf(0.975, found.df[0]))
    assert tuple(rates.iloc[1][["low", "high"]]) == pytest.approx(tuple(float(limit) for limit in limits))


@pytest.mark.parametrize("gap", [0.4, 0.03])
def test_the_unit_of_scores_does_not_matter(gap):
    first = ba.audit_pairs(noisy(gap, by_name=0.01), TEXTS, swap={"name": NAMES})
    turned = lambda t: np.array(noisy(gap, by_name=0.01)(t)) * 1000 - 5  # noqa: E731
    second = ba.audit_pairs(turned, TEXTS, swap={"name": NAMES})
    assert row(first)["material"] is (gap > 0.1)
    for name in ("p_value", "p_adjusted"):
        assert first.disparities()[name].to_numpy(float) == pytest.approx(second.disparities()[name].to_numpy(float))
    assert first.disparities()["verdict"].tolist() == second.disparities()["verdict"].tolist()
    assert first.disparities()["material"].tolist() == second.disparities()["material"].tolist()


@settings(max_examples=25)
@given(st.integers(0, 10_000), st.booleans())
def test_turning_groups_and_texts_round_changes_signs_alone(seed, batches):
    model = noisy(0.3, seed=seed)
    first = ba.audit_pairs(model, TEXTS, swap={"name": NAMES}, batch_size=7 if batches else 1024)
    turned = {"name": dict(reversed(NAMES.items()))}
    second = ba.audit_pairs(model, TEXTS[::-1], swap=turned)
    a, b = row(first), row(second)
    assert (a["estimate"], a["low"], a["p_value"]) == pytest.approx((-b["estimate"], -b["high"], b["p_value"]))


def test_other_engines_give_the_same_answer():
    def model(frame):
        return np.asarray(frame["skill"]) + (np.asarray(frame["sex"]) == "M") * 0.1

    frame = frame_of()
    for cluster in (None, "person"):
        first = ba.audit_pairs(model, frame, swap=SWAP, cluster=cluster)
        second = ba.audit_pairs(model, pl.from_pandas(frame), swap=SWAP, cluster=cluster)
        pd.testing.assert_frame_equal(first.disparities(), second.disparities())


def test_one_template_or_one_value_a_group_is_said():
    one = ba.audit_pairs(noisy(), TEXTS[0], swap={"name": NAMES})
    few = "intervals are wide, and other texts may behave differently."
    assert one.warnings == (f"Only one of the texts is independent: {few}",)
    four = ba.audit_pairs(noisy(), TEXTS[:4], swap={"name": NAMES})
    assert four.warnings == (f"Only 4 independent texts: {few}",)
    word = ba.audit_pairs(lambda ts: [len(t) for t in ts], TEXTS, swap={"name": {"woman": "she", "man": "he"}})
    assert word.warnings == (
        '"woman" stands on a single value of "name". A gap may be that of the word and not of the group: '
        "give several values for each group.",
    )
    both = ba.audit_pairs(lambda ts: [len(t) for t in ts], TEXTS[0], swap={"name": {"woman": "she", "man": "he"}})
    got = row(both)
    assert (got["verdict"], got["reason"]) == ("cannot tell", "one item and one value, so its uncertainty is unknown")
    jsonschema.validate(json.loads(both.to_json()), json_schema())


def refused(*arguments, **options):
    with pytest.raises(AuditError) as caught:
        ba.audit_pairs(*arguments, **{"swap": {"name": NAMES}, **options})
    return str(caught.value)


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (lambda t: "no", "The model returned something other than numbers. It has to return one score each."),
        (lambda t: ["a"] * len(t), "The model returned something other than numbers. It has to return one score each."),
        (
            lambda t: np.zeros((len(t), 2)),
            "The model returned an array of shape (216, 2) for 216 inputs. It has to return one score each; "
            "of probabilities by class, choose a column.",
        ),
        (
            lambda t: [0.5],
            "The model returned an array of shape (1,) for 216 inputs. It has to return one score each; "
            "of probabilities by class, choose a column.",
        ),
        (
            lambda t: [np.nan, np.inf] + [0.0] * (len(t) - 2),
            "The model returned 2 scores that are missing or infinite. A pair without both scores cannot be "
            "compared; let the model score every input.",
        ),
    ],
)
def test_a_model_that_returns_something_else(answer, message):
    assert refused(answer, TEXTS) == message


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"threshold": "high"}, "threshold='high' is no number. Give the score from which on a person is selected."),
        ({"threshold": np.nan}, "threshold=nan is no number. Give the score from which on a person is selected."),
        (
            {"confidence": 95},
            "confidence=95 is out of range. Give a number from 0.5 up to but below 1, such as 0.95.",
        ),
        ({"batch_size": 0}, "batch_size=0 is out of range. Give a whole number from 1 on."),
        ({"reference": "men"}, 'reference="men" is not a group. Did you mean "man"? Groups: woman, man.'),
        (
            {"cluster": [1, 2]},
            "cluster has 2 entries for 12 inputs. Give one entry each, equal where they belong.",
        ),
        (
            {"cluster": "person"},
            'cluster="person" names a column, and texts have none. Give a list with one entry a text.',
        ),
    ],
)
def test_arguments_that_cannot_be(options, message):
    assert refused(noisy(), TEXTS, **options) == message


def test_what_is_no_model_or_no_column():
    assert refused("gpt", TEXTS) == (
        "The model is a str, which cannot be called. Give a function such as model.predict."
    )
    assert refused(biased(), frame_of(), swap=SWAP, cluster="persn") == (
        'cluster="persn" is not a column. Did you mean "person"?'
    )


def test_an_error_of_the_model_is_the_callers_own():
    def broken(texts):
        raise KeyError("skill")

    with pytest.raises(KeyError):
        ba.audit_pairs(broken, TEXTS, swap={"name": NAMES})


def test_reports_show_scores_as_scores():
    audit = ba.audit_pairs(noisy(1.0), TEXTS, swap={"name": NAMES}, cluster=[i // 2 for i in range(12)])
    text, page, markdown = repr(audit), audit.to_html(), audit.to_markdown()
    mean = audit.rates()["estimate"].iloc[2]
    for report in (page, markdown):
        assert f"{mean:.3f}".replace("-", "−") in report
        assert "Mean" in report
        assert f"{100 * mean:.1f} %".replace("-", "−") not in report
    assert "on identical inputs, mean score by name differs" in text.casefold().replace("\n    ", " ")
    jsonschema.validate(json.loads(audit.to_json()), json_schema())
    assert audit.report().settings["cluster"] == "given"
    assert audit._repr_html_()


def test_hostile_names_stay_text():
    swap = {"name": {"<script>alert(1)</script>": ["a", "b"], "=cmd\x1b[31m": ["c", "d"]}}
    audit = ba.audit_pairs(lambda ts: [len(t) for t in ts], ["{name} {0} {x!r}", "{name} %s"], swap=swap)
    assert "<script>alert" not in audit.to_html()
    assert "\x1b" not in repr(audit) + audit.to_html() + audit.to_markdown()
