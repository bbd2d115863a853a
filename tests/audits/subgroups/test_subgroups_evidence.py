"""The search for subgroups where people come in clusters, weigh or are counted; and whom its figures are of."""

import dataclasses

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings, strategies as st
from scipy.special import ndtri

import biasaudit as ba
from biasaudit import AuditError
from biasaudit.inference.variance.effective import group_shares, rest_shares
from biasaudit.metrics.rates import get_rate
from every_engine import on_engine

FEATURES = ["a", "b", "c", "d"]
ROLES = {"none": {}, "weights": {"sample_weight": "w"}, "clusters": {"cluster": "who"}}
ROLES["both"] = ROLES["weights"] | ROLES["clusters"]
TOLD = ["n_held_out", "cases_held_out", "rate", "rate_rest", "effect", "low", "high", "p_value"]
SELECTED = get_rate("selection_rate")


def persons(seed, people=400, each=10, correlation=0.5):
    """Rows of a person have the person's features and outcomes that are alike; nothing is planted."""
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame({name: rng.choice(list("xyz"), people, p=[0.5, 0.3, 0.2]) for name in FEATURES})
    rate = rng.beta(0.3 * (1 / correlation - 1), 0.7 * (1 / correlation - 1), people)
    frame = frame.loc[frame.index.repeat(each)].reset_index(drop=True)
    frame["who"] = np.repeat([f"p{i}" for i in range(people)], each)
    frame["out"] = (rng.random(len(frame)) < np.repeat(rate, each)).astype(int)
    return frame


def counted(seed, cells=150, most=30):
    """Few rows that stand for many people."""
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame({name: rng.choice(list("xyz"), cells, p=[0.5, 0.3, 0.2]) for name in FEATURES})
    frame["out"] = rng.integers(0, 2, cells)
    return frame.assign(
        n=rng.integers(0, most, cells), w=rng.choice([0.5, 1.3, 4.0], cells), who=rng.integers(0, 25, cells).astype(str)
    )


def written_out(frame):
    return frame.loc[frame.index.repeat(frame["n"])].drop(columns="n").reset_index(drop=True)


def search(data, **asked):
    return ba.find_subgroups(data, **{"outcome": "out", "features": FEATURES} | asked)


def confirmed(seeds, **asked):
    return sum(search(persons(s), random_state=s, **asked).subgroups()["confirmed"].any() for s in seeds)


def test_ten_rows_of_a_person_confirm_nothing():
    """400 people of 10 rows, nothing planted: rows taken for independent ones confirm a subgroup in every table."""
    assert confirmed(range(12), cluster="who") <= 1
    assert confirmed(range(6)) >= 5


def test_a_planted_subgroup_is_found_among_clusters():
    frame = persons(0)
    rng = np.random.default_rng(1)
    frame["out"] |= (frame["b"].eq("y") & (rng.random(len(frame)) < 0.5)).astype(int)
    table = search(frame, cluster="who").subgroups()
    assert table["pattern"].iloc[0] == {"b": "y"}
    assert table["verdict"].iloc[0] == "shown"
    assert table["low"].iloc[0] < 0.35 < table["high"].iloc[0]


def test_a_cluster_is_in_one_half():
    frame = persons(2, people=101, each=7)
    found = search(frame, cluster="who").found
    mine, others = (set(half.cluster.tolist()) for half in found.subsamples)
    assert not mine & others
    assert mine | others == set(range(101))
    assert abs(len(mine) - len(others)) == 1
    assert found.rows.tolist() == [7 * len(mine), 7 * len(others)]


@pytest.mark.parametrize("role", ROLES)
def test_a_count_is_as_good_as_the_rows_it_stands_for(role):
    expected = search(written_out(counted(3)), **ROLES[role])
    for data in (counted(3), pl.from_pandas(counted(3)).lazy()):
        found = search(data, count="n", **ROLES[role])
        for table in ("subgroups", "rates", "disparities"):
            pd.testing.assert_frame_equal(getattr(found, table)(), getattr(expected, table)(), check_exact=True)
        assert [f.sentence for f in found.findings()] == [f.sentence for f in expected.findings()]


@settings(max_examples=10)
@given(st.integers(0, 10_000), st.sampled_from(sorted(ROLES)))
def test_a_count_of_one_is_no_count(seed, role):
    frame = counted(seed, cells=200).drop(columns="n")
    plain = search(frame, **ROLES[role])
    ones = search(frame.assign(n=1), count="n", **ROLES[role])
    pd.testing.assert_frame_equal(ones.subgroups(), plain.subgroups(), check_exact=True)


@settings(max_examples=10)
@given(st.integers(0, 10_000), st.sampled_from(["none", "clusters"]), st.sampled_from([1.0, 0.3, 7.0]))
def test_weights_that_are_alike_change_nothing(seed, role, weight):
    frame = counted(seed, cells=200)
    asked = {"count": "n"} | ROLES[role]
    alike = search(frame.assign(w=weight), sample_weight="w", **asked)
    pd.testing.assert_frame_equal(alike.subgroups(), search(frame, **asked).subgroups(), check_exact=True)


@settings(max_examples=8)
@given(st.integers(0, 10_000))
def test_the_order_of_rows_does_not_matter(seed):
    frame = counted(seed, cells=200)
    mixed = frame.sample(frac=1, random_state=seed)
    for role in ROLES.values():
        pd.testing.assert_frame_equal(search(frame, **role).subgroups(), search(mixed, **role).subgroups())


def test_every_engine_deals_and_weighs_alike(tmp_path):
    frame = counted(4)
    asked = {"count": "n", **ROLES["both"]}
    expected = search(frame, **asked).subgroups()
    for engine in ("polars", "polars lazy", "pyarrow", "duckdb", "csv", "parquet"):
        found = search(on_engine(engine, pl.from_pandas(frame), tmp_path), **asked).subgroups()
        pd.testing.assert_frame_equal(found, expected)


def half_of(audit, frame, which):
    """The rows of a half, found by their cluster, and those of the other."""
    names = sorted(frame["who"].unique())
    mine = frame["who"].isin([names[code] for code in np.unique(audit.found.subsamples[which].cluster)])
    return mine


def alone(frame):
    """Every row a cluster of its own: then it is known which half it is in."""
    return frame.assign(who=[f"{i:05}" for i in range(len(frame))])


@pytest.mark.parametrize("make", [persons, lambda seed: alone(persons(seed, each=3))])
def test_what_is_told_is_of_the_half_that_did_not_choose(make):
    frame = make(5)
    audit = search(frame, cluster="who", rank_by="effect")
    rng = np.random.default_rng(0)
    other = pd.Series(rng.integers(0, 2, len(frame)), index=frame.index)
    searched = half_of(audit, frame, 0)
    # Other outcomes where it is searched: another order, the same figures.
    changed = search(frame.assign(out=frame["out"].where(~searched, other)), cluster="who", rank_by="effect")
    keyed = [a.subgroups().assign(key=lambda t: t["pattern"].map(str)).set_index("key") for a in (audit, changed)]
    assert keyed[0].index.tolist() != keyed[1].index.tolist()
    pd.testing.assert_frame_equal(keyed[1].loc[keyed[0].index, TOLD], keyed[0][TOLD])
    assert (keyed[0]["effect"] == keyed[0]["effect_held_out"]).all()
    # Other outcomes where it is confirmed: what was chosen stays, told with other figures.
    changed = search(frame.assign(out=frame["out"].where(searched, other)), cluster="who", rank_by="effect")
    again = changed.subgroups().assign(key=lambda t: t["pattern"].map(str)).set_index("key")
    unshown = set.intersection(*(set(table.index[table["verdict"] != "shown"]) for table in (keyed[0], again)))
    assert len(unshown) > 100
    orders = [[key for key in table.index if key in unshown] for table in (keyed[0], again)]
    assert orders[0] == orders[1]
    assert not np.allclose(again["effect"], keyed[0].loc[again.index, "effect"])


def test_every_figure_of_a_finding_is_of_the_half_held_out():
    frame = alone(persons(6, each=5))
    frame["out"] |= (frame["b"].eq("y") & (np.random.default_rng(0).random(len(frame)) < 0.4)).astype(int)
    audit = search(frame, cluster="who")
    held_out = frame[half_of(audit, frame, 1)]
    first, row = audit.findings()[0], audit.subgroups().iloc[0]
    inside = held_out[np.all([held_out[f] == level for f, level in first.group.items()], axis=0)]
    rest = held_out.drop(inside.index)
    assert first.counts == ((inside["out"].sum(), len(inside)),)
    assert first.values == pytest.approx((inside["out"].mean(), rest["out"].mean()), rel=1e-12)
    assert first.estimate == pytest.approx(first.values[0] - first.values[1], rel=1e-12)
    assert first.interval == (row["low_adjusted"], row["high_adjusted"])
    assert f"({len(inside):,} rows) and {100 * rest['out'].mean():.1f} % elsewhere in the half held" in first.sentence
    rates = audit.rates()
    assert rates["estimate"].iloc[0] == pytest.approx(held_out["out"].mean(), rel=1e-12)
    assert rates[["numerator", "denominator"]].iloc[1].tolist() == [inside["out"].sum(), len(inside)]
    assert rates["low"].iloc[1] < rates["estimate"].iloc[1] < rates["high"].iloc[1]
    gaps = audit.disparities().iloc[0]
    assert gaps[["estimate", "low", "high", "p_value"]].tolist() == row[["effect", "low", "high", "p_value"]].tolist()
    assert f"{100 * row['rate']:.1f} % against {100 * row['rate_rest']:.1f} %" in audit.report().headline


def test_the_first_of_the_open_ones_is_chosen_in_the_half_that_is_searched():
    audit = search(persons(7), cluster="who")
    table = audit.subgroups()
    assert (table["verdict"] != "shown").all()
    first = table.iloc[0]
    (told,) = [f for f in audit.findings() if f.verdict == "cannot tell"]
    assert f"The strongest that is not confirmed: {100 * first['rate']:.1f} % where" in told.sentence
    assert (
        f"({first['n_held_out']:,} rows), {100 * first['rate_rest']:.1f} % elsewhere in the half held" in told.sentence
    )


def test_rates_of_weights_are_those_of_an_audit_of_the_half():
    rng = np.random.default_rng(8)
    frame = alone(persons(8, each=10)).assign(w=rng.choice([1.0, 5.0], 4_000, p=[0.8, 0.2]))
    asked = {"max_features": 1, "sample_weight": "w"}
    audit = search(frame, cluster="who", **asked)
    held_out = frame[half_of(audit, frame, 1)]
    gaps, table = audit.found.gaps, audit._subgroups
    for feature in FEATURES:
        counts = ba.count(held_out, sensitive_features=feature, y_pred="out", sample_weight="w")
        for sides, side in (
            (group_shares(counts, (SELECTED,)), gaps.first),
            (rest_shares(counts, (SELECTED,)), gaps.second),
        ):
            for group, share, nobs in zip(counts.groups, sides.share[0], sides.nobs[0], strict=True):
                (at,) = [i for i, pattern in zip(table.index, table["pattern"], strict=True) if pattern == group]
                assert side.share[at, 1] == pytest.approx(share, rel=1e-12)
                # Alone in its cluster, a row counts as without clusters, but for what the clusters' spread adds.
                assert side.nobs[at, 1] == pytest.approx(nobs, rel=0.05)


def test_the_variance_of_weights_is_linearised():
    rng = np.random.default_rng(9)
    frame = persons(9, each=10)
    frame["w"] = np.where(rng.random(4_000) < 0.3 + 0.4 * frame["out"], 5.0, 1.0)
    found = search(frame, sample_weight="w", max_features=1).found
    half = found.subsamples[1]
    for at, code in enumerate(found.patterns.codes()):
        feature = int(np.flatnonzero(code >= 0)[0])
        inside = half.codes[:, feature] == code[feature]
        weight, squares = half.weight * inside, half.squares * inside
        share = (weight * half.case).sum() / weight.sum()
        variance = (squares * (half.case - share) ** 2).sum() / weight.sum() ** 2
        assert found.gaps.first.share[at, 1] == pytest.approx(share, rel=1e-12)
        assert found.gaps.first.nobs[at, 1] == pytest.approx(share * (1 - share) / variance, rel=1e-9)


def test_clusters_that_take_from_one_side_what_they_give_the_other_are_less_certain():
    """In each pair one of two is chosen: the rates of the two kinds mirror each other, and their gap varies doubly."""
    rng = np.random.default_rng(10)
    chosen = rng.integers(0, 2, 1_000)
    frame = pd.DataFrame({"kind": ["x", "y"] * 1_000, "who": np.repeat(np.arange(1_000), 2)})
    frame["out"] = np.stack([chosen, 1 - chosen], axis=1).ravel()
    paired, apart = (search(frame, features="kind", **asked).found.gaps for asked in (ROLES["clusters"], {}))
    assert (paired.correlation < -0.99).all()
    widths = [np.subtract(*gaps.interval(0.95)[::-1])[0, 1] for gaps in (paired, apart)]
    assert widths[0] / widths[1] == pytest.approx(np.sqrt(2), rel=0.05)
    # Both are of as many rows.
    as_if = dataclasses.replace(paired, correlation=np.zeros(paired.correlation.shape))
    z = [ndtri(gaps.one_sided_p_value(gaps.effect > 0))[0, 1] for gaps in (paired, as_if)]
    assert z[0] / z[1] == pytest.approx(np.sqrt(1 / 2), rel=0.05)


def test_what_a_data_set_declares_is_used():
    data = ba.datasets.load_resume_audit()
    audit = ba.find_subgroups(data, max_features=2)
    assert audit.settings["cluster"] == data.cluster
    assert not audit.warnings
    section = audit.report().sections[0]
    assert (
        section.sentences[-1]
        == f'All rows of one "{data.cluster}" are in the same half, and count as far as they differ.'
    )
    frame = persons(11).assign(w=lambda f: np.where(f["out"] == 1, 3.0, 1.0))
    whole = ba.datasets.Dataset("d", frame, "out", (), tuple(FEATURES), cluster="who", weight="w")
    spelt = search(frame, **ROLES["both"])
    pd.testing.assert_frame_equal(ba.find_subgroups(whole).subgroups(), spelt.subgroups())


SENTENCES = [
    ({"cluster": "gone"}, "The cluster column has missing values. Say which cluster every row belongs to."),
    (
        {"cluster": "one"},
        'cluster="one" is the same in every row. One half of the clusters searches and the other '
        "confirms; name a column that holds several.",
    ),
    (
        {"sample_weight": "bad"},
        "sample_weight is negative, NaN or infinite in 2 rows. Weights must be 0 or more, and finite.",
    ),
    ({"sample_weight": "none"}, "sample_weight is 0 in every row. Leave it out, or give some rows a weight."),
    ({"sample_weight": "who"}, 'sample_weight="who" holds text, not numbers. Name a column of numbers.'),
    (
        {"sample_weight": "w", "count": "w"},
        'count="w" is sample_weight as well. Name the column that says how many people a row stands for, and that '
        "alone.",
    ),
]


@pytest.mark.parametrize(("asked", "sentence"), SENTENCES, ids=lambda value: str(value)[:30])
def test_what_is_no_cluster_and_no_weight_is_refused(asked, sentence):
    frame = persons(12, people=40).assign(one="x", none=0.0, w=2, gone=lambda f: f["who"].where(f.index > 3))
    frame["bad"] = [-1.0, np.inf, *[1.0] * 398]
    for data in (frame, pl.from_pandas(frame).lazy()):
        with pytest.raises(AuditError) as error:
            search(data, **asked)
        assert str(error.value) == sentence


def test_rows_of_no_weight_have_no_say():
    frame = persons(13).assign(w=1.0)
    silent = pd.concat([frame, frame.assign(out=1, w=0.0)])
    found = search(silent, sample_weight="w").subgroups()
    pd.testing.assert_frame_equal(found, search(frame).subgroups())


def test_weights_that_look_like_counts_get_a_hint():
    frame = counted(14).assign(n=lambda f: f["n"] + 1).drop_duplicates([*FEATURES, "out"])
    (hint,) = search(frame, sample_weight="n").warnings
    assert hint.startswith('"n" holds whole numbers, and no two rows are alike. If it says how many people')
    assert not search(frame.assign(n=lambda f: f["n"] + 0.5), sample_weight="n").warnings
    assert not search(pd.concat([frame, frame]), sample_weight="n").warnings
