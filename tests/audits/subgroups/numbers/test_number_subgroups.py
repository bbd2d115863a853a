"""Subgroups whose mean stands out: what is planted is found in the unit, and nobody among equal people is shown."""

import numpy as np
import pandas as pd
import pytest

from biasaudit import AuditError, find_subgroups
from biasaudit.search.pattern_means import pattern_sums, row_sums

BINS = {"age": [30, 50]}


def _wages(rows=3_000, less=4.0, seed=0):
    rng = np.random.default_rng(seed)
    table = pd.DataFrame({"sex": rng.choice(["F", "M"], rows), "age": rng.integers(18, 65, rows)})
    young_women = (table["sex"] == "F") & (table["age"] < 30)
    return table.assign(wage=18 + rng.normal(0, 5, rows).round(2) - less * young_women)


def _search(table, **more):
    return find_subgroups(table, **{"outcome": "wage", "features": ["sex", "age"], "bins": BINS} | more)


def test_a_planted_pattern_is_found_with_its_size_and_told_in_the_unit():
    audit = _search(_wages(), unit="dollars an hour")
    first = audit.subgroups().iloc[0]
    assert first["pattern"] == {"sex": "F", "age": "under 30"}
    assert first["verdict"] == "shown"
    assert first["low_adjusted"] < -4 < first["high_adjusted"]
    told = audit.findings()[0]
    assert "dollars an hour, everyone else" in told.sentence
    assert told.group == first["pattern"]
    for text in (audit.to_html(), audit.to_markdown(), audit.to_json(), audit.to_text()):
        assert "dollars an hour" in text


def test_what_is_told_is_the_mean_of_the_half_held_out():
    audit = _search(_wages())
    rates = audit.rates()
    rows = audit.subgroups().set_index(audit.subgroups()["pattern"].map(str))
    both = rows.loc[["{'sex': 'F'}", "{'sex': 'M'}"]]
    everyone = np.average(both["estimate"], weights=both["n_held_out"])
    assert rates["estimate"].iloc[0] == pytest.approx(everyone)
    assert both["estimate"].tolist() == pytest.approx(both["rest"].tolist()[::-1])
    assert both["n"].sum() == 3_000


def test_sums_of_patterns_are_those_of_their_rows():
    audit = _search(_wages(), min_support=0.05)
    patterns = audit.found.patterns
    rng = np.random.default_rng(1)
    codes = np.column_stack([rng.integers(0, 2, 200), rng.integers(0, 3, 200)])
    sums = row_sums(rng.normal(size=200), rng.uniform(0.5, 2, 200))
    wanted = patterns.codes()
    inside = ((wanted[:, None] < 0) | (wanted[:, None] == codes)).all(axis=2)
    assert pattern_sums(patterns, codes, sums) == pytest.approx(inside @ sums.T)


def test_equal_people_are_seldom_shown_to_differ():
    wrong = sum(
        (_search(_wages(300, less=0, seed=seed), random_state=seed).subgroups()["verdict"] == "shown").any()
        for seed in range(40)
    )
    # Of 40 at 5 %, more than 6 come once in a hundred such draws.
    assert wrong <= 6


def test_order_engine_and_file_do_not_matter(tmp_path):
    polars = pytest.importorskip("polars")
    table = _wages(600)
    table.to_csv(tmp_path / "wages.csv", index=False)
    wanted = _search(table).subgroups()
    shuffled = table.sample(frac=1, random_state=1)
    for other in (shuffled, polars.from_pandas(table), polars.from_pandas(table).lazy(), str(tmp_path / "wages.csv")):
        pd.testing.assert_frame_equal(_search(other).subgroups(), wanted)


def test_counts_weights_and_clusters():
    table = _wages(600)
    wanted = _search(table).subgroups()
    same = table.assign(n=1, w=2.0, person=np.arange(600))
    pd.testing.assert_frame_equal(_search(same, count="n").subgroups(), wanted)
    weighted = _search(same, sample_weight="w").subgroups()
    pd.testing.assert_frame_equal(weighted, wanted, rtol=1e-6)
    # Rows that are written five times tell no more than once, once they are said to be one person's.
    five = same.loc[np.repeat(same.index, 5)]
    first = {"pattern": {"sex": "F", "age": "under 30"}}
    once, clustered = (
        found[found["pattern"] == first["pattern"]].iloc[0]
        for found in (wanted, _search(five, cluster="person").subgroups())
    )
    assert clustered["high"] - clustered["low"] == pytest.approx(once["high"] - once["low"], rel=0.25)
    assert clustered["n"] == 5 * once["n"]


def test_errors_of_predictions():
    table = _wages().assign(said=18.0)
    audit = find_subgroups(table, y_true="wage", y_pred="said", metric="mean_error", features=["sex", "age"], bins=BINS)
    first = audit.subgroups().iloc[0]
    assert first["pattern"] == {"sex": "F", "age": "under 30"}
    assert first["low_adjusted"] < 4 < first["high_adjusted"]
    assert "too high" in audit.findings()[0].sentence
    assert "everyone else" in audit.findings()[0].sentence
    absolute = find_subgroups(table, y_true="wage", y_pred="said", features=["sex", "age"], bins=BINS)
    assert absolute.metric == "mean_absolute_error"


def test_a_cut_makes_it_a_search_of_rates():
    audit = _search(_wages(), positive="wage>=18")
    assert audit.rate.name == "outcome"
    assert "wage" in audit.report().positive


def test_a_tolerance_decides_what_is_too_small_to_matter():
    large = _search(_wages(less=2), tolerance=8)
    first = large.subgroups().set_index(large.subgroups()["pattern"].map(str)).loc["{'sex': 'F', 'age': 'under 30'}"]
    assert not first["material"]
    assert large.settings["tolerance_in_unit"] == 8


@pytest.mark.parametrize(
    ("change", "arguments", "said"),
    [
        ({"wage": [np.inf, *[1.5] * 5, *range(6, 600)]}, {}, "infinite in row 1"),
        ({"wage": [np.nan] * 600}, {"outcome_type": "number"}, "missing in every row"),
        ({"wage": [3.5] * 600}, {"outcome_type": "number"}, "No subgroup can differ"),
        ({"wage": ["much", *map(str, np.arange(599) / 7)]}, {}, "numbers"),
        ({"firm": 1}, {"cluster": "firm"}, "same in every row"),
        ({"w": -1.0}, {"sample_weight": "w"}, "negative"),
        ({}, {"rank_by": "sliceline"}, "scores rates"),
        ({}, {"tolerance": "large"}, "no difference"),
        ({"said": 1.5}, {"outcome": None, "y_true": "wage", "y_pred": "said", "metric": "accuracy"}, "of yes and no"),
    ],
)
def test_bad_input_is_refused_in_a_sentence(change, arguments, said):
    with pytest.raises(AuditError, match=said):
        _search(_wages(600).assign(**change), **arguments)


def test_a_number_metric_of_a_yes_or_no_is_refused():
    table = _wages(600).assign(hired=np.arange(600) % 2, said=np.arange(600) % 3 % 2)
    with pytest.raises(AuditError, match="mean_error"):
        find_subgroups(table, y_true="hired", y_pred="said", metric="mean_error", features="sex")
