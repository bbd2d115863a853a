"""The search for subgroups: what it counts, what it says, and what it must never say."""

import json

import duckdb
import jsonschema
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings, strategies as st

import biasaudit as ba
from biasaudit import AuditError
from biasaudit.reporting.formats.as_json import json_schema
from biasaudit.search import _confirmation as confirmation, selection
from biasaudit.search._confirmation import benjamini_hochberg

FEATURES = ["a", "b", "c", "d", "e", "f"]
PLANTED = {"b": "y", "e": "z"}


def people(seed, rows=4_000, base=0.2, gap=0.0):
    """Draw rows whose outcome is more frequent by `gap` where the planted pattern holds."""
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame({name: rng.choice(list("xyz"), rows, p=[0.5, 0.3, 0.2]) for name in FEATURES})
    inside = np.all([frame[name] == level for name, level in PLANTED.items()], axis=0)
    return frame.assign(out=(rng.random(rows) < base + gap * inside).astype(int))


def search(frame, **asked):
    return ba.find_subgroups(frame, **({"outcome": "out", "features": FEATURES} | asked))


def rows_of(audit, *columns):
    table = audit.subgroups()
    keys = [tuple(pattern.items()) for pattern in table["pattern"]]
    return dict(zip(keys, table[list(columns)].to_numpy().tolist(), strict=True))


def found_patterns(audit):
    """The patterns in the order in which they were found."""
    codes = audit.found.patterns.codes()
    return [
        tuple(sorted((f, names[k]) for f, names, k in zip(audit.features, audit.levels, row, strict=True) if k >= 0))
        for row in codes.tolist()
    ]


def shown(audit):
    table = audit.subgroups()
    return table[table["verdict"] == "shown"]["pattern"].tolist()


def test_counts_are_those_of_a_group_by():
    frame = people(0)
    found = rows_of(search(frame, max_features=2), "n", "cases", "support")
    seen = 0
    for i, first in enumerate(FEATURES):
        for names in ([first], *([first, second] for second in FEATURES[i + 1 :])):
            for levels, part in frame.groupby(names):
                n, cases, support = found[tuple(zip(names, levels, strict=True))]
                assert (n, cases) == (len(part), part["out"].sum())
                assert support == pytest.approx(len(part) / len(frame), rel=1e-12)
                seen += 1
    assert seen == len(found)


def test_a_planted_subgroup_is_found_and_told_once():
    audit = search(people(1, base=0.1, gap=0.3))
    assert shown(audit)[0] == PLANTED
    # Its two levels stand out as well, being full of it; nothing else does.
    assert all(pattern.items() <= PLANTED.items() for pattern in shown(audit))
    row = audit.subgroups().iloc[0]
    assert row["confirmed"]
    assert row["material"]
    assert row["low"] < 0.3 < row["high"]
    assert row["effect"] == pytest.approx(row["rate"] - row["rate_rest"], abs=1e-12)
    first = audit.findings()[0]
    assert (first.verdict, first.metric, first.kind, first.group) == ("shown", "subgroups", "section", PLANTED)
    assert first.sentence.startswith(
        f"Rate of out = 1 is {100 * row['rate']:.1f} % where b = y, e = z ({row['n_held_out']:,} rows) and "
        f"{100 * row['rate_rest']:.1f} % elsewhere in the half held out to confirm it: {100 * row['effect']:.1f} "
        "points higher ("
    )


def test_what_a_shorter_pattern_explains_is_folded_into_it():
    """Of a feature that matters by itself, no conjunction with others is told."""
    frame = people(2, base=0.1)
    rng = np.random.default_rng(3)
    frame["out"] = (rng.random(len(frame)) < np.where(frame["a"] == "x", 0.5, 0.1)).astype(int)
    audit = search(frame)
    assert {"a": "x"} in shown(audit)
    assert all(set(pattern) == {"a"} for pattern in shown(audit))
    table = audit.subgroups()
    inside = table[table["pattern"].map(lambda p: p.get("a") == "x" and len(p) > 1)]
    assert (inside["explained_by"].map(lambda p: p == {"a": "x"})).mean() > 0.8
    assert not inside["confirmed"].any()
    assert (inside["p_value"] < 0.001).any()


def reporting(seeds):
    """How many tables without any effect confirm a subgroup."""
    return sum(search(people(seed, 1_500), random_state=seed).subgroups()["confirmed"].any() for seed in seeds)


def test_where_nothing_is_there_nothing_is_reported():
    """Forty tables of some 1,400 patterns each."""
    assert reporting(range(40)) <= 4


@pytest.mark.parametrize("left_out", ["adjustment", "confirmation"])
def test_the_test_above_would_notice(monkeypatch, left_out):
    if left_out == "adjustment":
        monkeypatch.setattr(selection, "confirmed_p_values", lambda searched, held_out: held_out)
    else:
        monkeypatch.setattr(
            selection, "confirmed_p_values", lambda searched, held_out: np.where(searched <= 0.05, 0.0, 1.0)
        )
    assert reporting(range(8)) >= 6


def test_selection_without_adjustment_in_the_held_out_half_reports_too_much(monkeypatch):
    """Benjamini and Hochberg's step alone, taken out."""
    monkeypatch.setattr(confirmation, "benjamini_hochberg", lambda p: np.asarray(p))
    assert reporting(range(40)) > 4


def test_p_values_are_those_of_the_halves():
    """The same rows dealt to the halves by hand: one search, one confirmation."""
    audit = search(people(4, gap=0.2), max_features=1)
    found = audit.found
    n, x = found.by_half
    assert (n.sum(axis=1) == found.totals[0]).all()
    assert (x.sum(axis=1) == found.totals[1]).all()
    assert abs(found.rows[0] - found.rows[1]) <= 1
    searched, held_out = found.p_against_rest.T
    same = found.higher[:, 0] == found.higher[:, 1]
    chosen = np.flatnonzero(searched <= 0.05)
    assert (found.p_adjusted[searched > 0.05] == 1).all()
    if len(chosen):
        least = benjamini_hochberg(np.where(same, held_out, 1.0)[chosen]).min()
        assert found.p_adjusted.min() <= 2 * least * len(chosen)


@settings(max_examples=8)
@given(st.integers(0, 10_000))
def test_the_order_of_rows_and_columns_of_others_do_not_matter(seed):
    frame = people(seed, 600, gap=0.3)
    mixed = frame.sample(frac=1, random_state=seed).assign(other=1)
    pd.testing.assert_frame_equal(search(frame).subgroups(), search(mixed).subgroups())


@settings(max_examples=8)
@given(st.integers(0, 10_000))
def test_names_of_levels_do_not_matter_to_counts(seed):
    frame = people(seed, 600)
    names = {"x": "ö <b>", "y": "1", "z": "= z"}
    columns = ("n", "cases", "support", "sliceline")
    renamed = rows_of(search(frame.replace(dict.fromkeys(FEATURES, names))), *columns)
    for pattern, row in rows_of(search(frame), *columns).items():
        assert renamed[tuple((name, names[level]) for name, level in pattern)] == pytest.approx(row, rel=1e-12)


@settings(max_examples=8)
@given(st.integers(0, 10_000))
def test_every_row_twice_doubles_counts_and_leaves_shares(seed):
    frame = people(seed, 600)
    once = rows_of(search(frame), "n", "cases", "support", "sliceline")
    twice = rows_of(search(pd.concat([frame, frame])), "n", "cases", "support", "sliceline")
    assert once
    assert set(once) == set(twice)
    for pattern, row in once.items():
        assert twice[pattern] == pytest.approx([2 * row[0], 2 * row[1], *row[2:]], rel=1e-12)


def test_every_engine_gives_the_same(tmp_path):
    frame = people(5, 800, gap=0.3)
    frame.loc[::17, "a"] = None
    expected = search(frame).subgroups()
    assert {"a": "(missing)"} in expected["pattern"].tolist()
    frame.to_parquet(tmp_path / "people.parquet")
    frame.to_csv(tmp_path / "people.csv", index=False)
    engines = (
        pl.from_pandas(frame),
        pl.from_pandas(frame).lazy(),
        pa.Table.from_pandas(frame),
        duckdb.from_df(frame),
        tmp_path / "people.parquet",
        tmp_path / "people.csv",
        frame.astype(dict.fromkeys(FEATURES, "category")),
    )
    for data in engines:
        pd.testing.assert_frame_equal(search(data).subgroups(), expected)


def test_errors_of_a_model_are_searched_for_by_name():
    frame = people(6)
    frame["guess"] = np.random.default_rng(0).integers(0, 2, len(frame))
    asked = {"outcome": None, "y_true": "out", "y_pred": "guess"}
    wrong = search(frame.assign(wrong=(frame["out"] != frame["guess"]).astype(int)), outcome="wrong").subgroups()
    pd.testing.assert_frame_equal(search(frame, **asked).subgroups(), wrong)
    negative = frame[frame["out"] == 0]
    among = search(negative, outcome="guess").subgroups()
    audit = search(frame, **asked, metric="false_positive_rate")
    pd.testing.assert_frame_equal(audit.subgroups(), among)
    assert audit.found.rows.sum() == len(negative)
    assert audit.rates()["denominator"].iloc[0] == audit.found.rows[1]
    assert search(frame, **asked, metric="fall_out").rate.name == "false_positive_rate"


def test_rows_without_an_outcome_are_left_out_and_said():
    frame = people(7).astype({"out": "Int64"})
    frame.loc[:99, "out"] = None
    audit = search(frame)
    assert (audit.rows, audit.left_out) == (4_000, 100)
    assert audit.subgroups()["n"].max() < 3_900
    assert "no outcome" in repr(audit)


def test_numbers_are_cut_at_declared_edges():
    frame = people(8)
    frame["age"] = np.random.default_rng(0).integers(18, 90, len(frame)).astype(float)
    frame.loc[:9, "age"] = np.nan
    asked = {"features": ["age"], "bins": {"age": [25, 65]}, "min_support": 0.001}
    found = rows_of(search(frame, **asked), "n")
    young, old = (frame["age"] < 25).sum(), (frame["age"] >= 65).sum()
    assert found == {
        (("age", "under 25"),): [young],
        (("age", "25 to 65"),): [len(frame) - young - old - 10],
        (("age", "65 or more"),): [old],
        (("age", "(missing)"),): [10],
    }


def test_rankings():
    frame = people(9)
    by_effect = search(frame, rank_by="effect").subgroups()["effect_searched"].abs()
    assert (np.diff(by_effect) <= 0).all()
    assert (np.diff(search(frame, rank_by="sliceline").subgroups()["sliceline"]) <= 0).all()
    audit = search(frame)
    place = {tuple(sorted(p.items())): i for i, p in enumerate(audit.subgroups()["pattern"])}
    searched = dict(zip(found_patterns(audit), audit.found.p_against_rest[:, 0], strict=True))
    assert (np.diff([searched[key] for key in sorted(place, key=place.get)]) >= 0).all()


def test_reports_hold_what_was_found_and_escape_names():
    frame = people(10, gap=0.4)
    frame["e"] = frame["e"].replace({"z": "<script>alert(1)</script>"})
    audit = search(frame)
    page = audit.to_html()
    assert "<script>" not in page
    assert "&lt;script&gt;" in page
    assert "<script>" not in audit.to_markdown().replace(r"\<script\>", "")
    report = json.loads(audit.to_json())
    jsonschema.validate(report, json_schema())
    (section,) = report["sections"]
    assert section["name"] == "subgroups"
    assert section["rows"][0]["pattern"] == {"b": "y", "e": "<script>alert(1)</script>"}
    assert report["disparities"] == report["rates"] == []
    assert len(repr(audit).splitlines()) <= 16
    assert "subgroups()" in repr(audit)


def test_every_audit_answers_rates_and_disparities():
    audit = search(people(11, gap=0.4))
    rates, gaps = audit.rates(), audit.disparities()
    assert rates["group"].iloc[0] == {}
    assert len(rates) == len(gaps) + 1 == len(audit.subgroups()) + 1
    assert gaps["estimate"].tolist() == audit.subgroups()["effect"].tolist()
    assert set(gaps["kind"]) == {"to_rest"}
    assert audit.disparities("outcome").equals(gaps)


def test_two_levels_that_mirror_each_other_are_told_once():
    rng = np.random.default_rng(0)
    sex = rng.choice(["F", "M"], 2_000)
    frame = pd.DataFrame({"sex": sex, "out": (rng.random(2_000) < np.where(sex == "F", 0.2, 0.6)).astype(int)})
    audit = search(frame, features="sex")
    assert len(shown(audit)) == 2
    assert [finding.group for finding in audit.findings()] == [{"sex": "M"}]


def test_a_dataset_brings_its_own_columns():
    audit = ba.find_subgroups(ba.datasets.load_compas())
    assert audit.features == ("race", "sex", "age_cat")
    assert audit.title == 'Subgroups of "compas"'
    assert audit.settings["outcome"] == "two_year_recid"


SENTENCES = [
    (
        {"features": ["a", "ff"]},
        'features="ff" is not a column. Did you mean "f"? Columns: a, b, c, d, e, f, out, age.',
    ),
    ({"outcome": "outt"}, 'outcome="outt" is not a column. Did you mean "out"? Columns: a, b, c, d, e, f, out, age.'),
    ({"features": []}, "features is missing. Name at least one column that says who belongs to which group."),
    ({"features": ["a", "out"]}, 'features names "out", which is outcome itself. Leave it out.'),
    ({"features": ["a", "a"]}, 'features names "a" twice. Name each column once.'),
    (
        {"features": ["age"]},
        'Sensitive feature "age" holds numbers with at least 300 different values. '
        'Declare edges, such as bins={"age": [25, 45]}, or make a column of groups.',
    ),
    (
        {"features": ["age"], "bins": {"age": [45, 25]}},
        'bins["age"]=[45, 25] is no list of rising numbers. Give edges such as [25, 45].',
    ),
    ({"bins": {"age": [45]}}, 'bins names "age", which is none of the features. Add it, or leave it out.'),
    ({"bins": {"a": [45]}}, 'bins names "a", which holds no numbers. Name a column of numbers.'),
    (
        {"outcome": "a", "features": ["b"]},
        "outcome=\"a\" holds 3 values ('x', 'y', 'z'), and which one is positive is not plain. "
        "Say so with pos_label, for example pos_label='z'.",
    ),
    ({"outcome": None}, "There is nothing to compare: name outcome, or y_true and y_pred to search for errors."),
    ({"y_true": "out"}, "Give either outcome, or y_true and y_pred with a metric, not both: they may disagree."),
    ({"outcome": None, "y_true": "out"}, "error_rate needs y_pred. Name its column."),
    (
        {"min_support": 0},
        "min_support=0 is out of range. Give the share of rows that a subgroup must have, above 0 and at most 0.5, "
        "such as 0.01.",
    ),
    ({"max_features": 0}, "max_features=0 is out of range. Give a whole number from 1 on, such as 3."),
    ({"rank_by": "p"}, 'rank_by=\'p\' is not known. Choose one of "p_value", "effect", "sliceline".'),
    ({"confidence": 95}, "confidence=95 is out of range. Give a number from 0.5 up to but below 1, such as 0.95."),
    ({"random_state": -1}, "random_state=-1 is not a seed. Give a whole number such as 0."),
]


def test_a_metric_alone_is_told_what_it_needs():
    with pytest.raises(ba.AuditError) as refused:
        ba.find_subgroups(ba.datasets.load_compas(), features=["race"], metric="false_positive_rate")
    assert str(refused.value) == (
        'metric="false_positive_rate" is about decisions. Name y_true and y_pred as well, the columns that hold labels '
        "and decisions; without metric the data set's own label is searched."
    )


@pytest.mark.parametrize(("asked", "sentence"), SENTENCES, ids=lambda value: str(value)[:40])
def test_what_cannot_be_searched_is_refused_in_one_sentence(asked, sentence):
    frame = people(12, 300).assign(age=np.arange(300))
    with pytest.raises(AuditError) as error:
        search(frame, **asked)
    assert str(error.value) == sentence


def test_tables_that_say_nothing_are_refused():
    frame = people(13, 200)
    for table, sentence in (
        (frame.iloc[:0], "The table has no rows. Check the file, or the filter that made it."),
        (
            frame.assign(out=0),
            'outcome="out" is 0 in every one of 200 rows. No subgroup can differ; name another outcome.',
        ),
        (
            frame.assign(out=None),
            'outcome="out" has no value in any row: every row lacks it. There is nothing to search.',
        ),
        (
            frame.assign(**dict.fromkeys(FEATURES, "x")),
            "All rows are in one group of every feature. A comparison needs two; name another feature.",
        ),
    ):
        with pytest.raises(AuditError) as error:
            search(table)
        assert str(error.value) == sentence


def test_too_many_patterns_are_refused_before_memory_runs_out():
    rng = np.random.default_rng(0)
    names = [f"c{i}" for i in range(40)]
    frame = pd.DataFrame(rng.integers(0, 2, (400, 40)), columns=names).assign(out=rng.integers(0, 2, 400))
    with pytest.raises(AuditError, match=r"There are too many patterns to try: more than 2,000,000 .* max_features=\d"):
        search(frame, features=names)
    assert len(search(frame, features=names, max_features=2).subgroups()) == 80 + 4 * 780


def test_no_subgroup_with_enough_rows_is_said():
    frame = pd.DataFrame({"a": list("wxyz") * 50, "out": [0, 1] * 100})
    audit = search(frame, features="a", min_support=0.4)
    assert len(audit.subgroups()) == 0
    assert "No subgroup has enough rows: give a smaller min_support." in repr(audit)
    assert audit.to_html()
    assert audit.to_markdown()
    json.loads(audit.to_json())


def test_a_feature_that_is_the_outcome_is_warned_of():
    frame = people(14)
    audit = search(frame.assign(copy=np.where(frame["out"] == 1, "yes", "no")), features=["a", "copy"])
    assert audit.warnings == ('"copy" gives "out" away: at each of its levels all rows or none are counted.',)


def test_cuda_is_refused_where_there_is_none():
    torch = pytest.importorskip("torch")
    if torch.cuda.is_available():
        pytest.skip("there is one")
    with pytest.raises(AuditError) as error:
        search(people(15, 200), device="cuda")
    assert str(error.value) == (
        'device="cuda" needs torch and a GPU that it finds: pip install "biasaudit[torch]", or device="cpu".'
    )
