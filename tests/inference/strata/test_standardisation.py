"""Gaps taken apart by scores: against plain loops, the laws of the parts, and their intervals against the jackknife."""

from itertools import permutations, product

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from scipy.stats import t

from biasaudit.counts.table.crosstab import Crosstab
from biasaudit.inference.strata import standardisation
from biasaudit.inference.strata.standardisation import COMPONENTS, decompose_by_score
from biasaudit.metrics.rates import get_rate

NAMES = ("false_positive_rate", "false_negative_rate", "selection_rate")
# Whether a label and a decision count, of whom: every rate said once more, without the package.
SAID = {
    "false_positive_rate": (lambda y: y == 0, lambda y, p: p == 1),
    "false_negative_rate": (lambda y: y == 1, lambda y, p: p == 0),
    "selection_rate": (lambda y: True, lambda y, p: p == 1),
}


def crosstab(counts, cluster=None, weight=None):
    """A table of counts by group, score bin, label and decision."""
    counts = np.asarray(counts)
    group, score, label, decision = np.nonzero(counts)
    rows = counts[group, score, label, decision].astype(np.int64)
    bins = counts.shape[1]
    more = {} if weight is None else {"weight": rows * weight, "weight_squared": rows * weight**2}
    return Crosstab(
        ("g",),
        (tuple("abc"[: len(counts)]),),
        ("0", "1"),
        group[:, None],
        label,
        decision,
        rows,
        score_bin=score,
        edges=np.arange(1, bins) / bins,
        bin_scores=(np.arange(bins) + 0.5) / bins,
        cluster=cluster,
        **more,
    )


def by_hand(counts, name):
    """Every order of exchange, in plain loops: scores, outcomes, decisions, each bin by itself."""
    among, counted = SAID[name]
    bins = len(counts[0])

    def cells(g, b, wanted):
        return sum(counts[g][b][y][p] for y, p in product((0, 1), repeat=2) if wanted(y, p))

    def at(g, b):
        return cells(g, b, lambda y, p: True)

    def eligible(g, b):
        return cells(g, b, lambda y, p: among(y))

    def hit(g, b):
        return cells(g, b, lambda y, p: among(y) and counted(y, p))

    def share(part, whole, g, b):
        for group in (g, 1 - g):
            if whole(group, b):
                return part(group, b) / whole(group, b)
        return 0.0

    def value(f, e, d):
        total = sum(at(f, b) for b in range(bins))
        weights = [at(f, b) / total * share(eligible, at, e, b) for b in range(bins)]
        return sum(w * share(hit, eligible, d, b) for b, w in enumerate(weights)) / sum(weights)

    moved = [0.0, 0.0, 0.0]
    for order in permutations(range(3)):
        now = [0, 0, 0]
        for thing in order:
            before = value(*now)
            now[thing] = 1
            moved[thing] += (before - value(*now)) / 6
    return [value(0, 0, 0) - value(1, 1, 1), *moved, moved[1] + moved[2]]


@pytest.fixture
def _each_bin_alone(monkeypatch):
    monkeypatch.setattr(standardisation, "_wide_bins", lambda rows, decided: np.arange(rows.shape[1]))


CELLS = st.lists(st.integers(0, 30), min_size=40, max_size=40)


def enough(counts, name):
    among, counted = SAID[name]
    people, ways = counts.sum(axis=1), [(y, p) for y, p in product((0, 1), repeat=2) if among(y)]
    sides = [sum(people[g, y, p] for y, p in ways if counted(y, p) is c) for g, c in product((0, 1), (True, False))]
    return np.min(sides) >= 5


@pytest.mark.usefixtures("_each_bin_alone")
@given(CELLS, st.sampled_from(NAMES))
@settings(max_examples=200)
def test_against_plain_loops(cells, name):
    counts = np.array(cells).reshape(2, 5, 2, 2)
    if enough(counts, name):
        found = decompose_by_score(crosstab(counts), get_rate(name), 0, 1)
        assert found.estimate == pytest.approx(by_hand(counts.tolist(), name), abs=1e-12)


@given(CELLS, st.sampled_from(NAMES))
@settings(max_examples=200)
def test_laws(cells, name):
    counts = np.array(cells).reshape(2, 5, 2, 2)
    found = decompose_by_score(crosstab(counts), get_rate(name), 0, 1)
    parts = dict(zip(COMPONENTS, found.estimate, strict=True))
    if not enough(counts, name):
        assert np.isnan(found.estimate).all()
        return
    rate = get_rate(name)
    one, other = rate.estimate(counts.sum(axis=1).reshape(2, 4))
    assert parts["gap"] == pytest.approx(one - other, abs=1e-12)
    assert parts["scores"] + parts["outcomes"] + parts["decisions"] == pytest.approx(parts["gap"], abs=1e-12)
    assert parts["outcomes"] + parts["decisions"] == pytest.approx(parts["left"], abs=1e-12)
    assert ((found.low <= found.estimate) & (found.estimate <= found.high)).all()
    turned = decompose_by_score(crosstab(counts), rate, 1, 0)
    assert turned.estimate == pytest.approx(-found.estimate, abs=1e-12)
    assert turned.low == pytest.approx(-found.high, abs=1e-9)


def of_line(spread, positive, n=4000):
    """Counts of people who are decided by a line in the middle, as expected."""
    spread, positive = (np.asarray(a, dtype=float) for a in (spread, positive))
    counts = np.zeros((*spread.shape, 2, 2))
    line = spread.shape[1] // 2
    for y, chance in ((0, 1 - positive), (1, positive)):
        counts[:, :line, y, 0] = (n * spread * chance)[:, :line]
        counts[:, line:, y, 1] = (n * spread * chance)[:, line:]
    return np.round(counts).astype(int)


LOW, HIGH = [0.4, 0.3, 0.2, 0.1], [0.1, 0.2, 0.3, 0.4]
MEANING = [0.1, 0.3, 0.6, 0.8]


def parts_of(counts, name="false_positive_rate", **more):
    found = decompose_by_score(crosstab(counts, **more), get_rate(name), 0, 1)
    return {
        part: (e, low, high)
        for part, e, low, high in zip(COMPONENTS, found.estimate, found.low, found.high, strict=True)
    }


def test_same_meaning_leaves_nothing():
    parts = parts_of(of_line([HIGH, LOW], [MEANING, MEANING]))
    assert parts["gap"][0] > 0.2
    assert parts["left"][0] == pytest.approx(0, abs=1e-3)
    assert parts["left"][1] < 0 < parts["left"][2]
    assert parts["decisions"] == pytest.approx((0, 0, 0))
    assert parts["scores"][0] == pytest.approx(parts["gap"][0], abs=1e-3)


def test_same_scores_leave_everything():
    parts = parts_of(of_line([LOW, LOW], [[0.1, 0.2, 0.3, 0.4], [0.1, 0.3, 0.6, 0.8]]))
    assert parts["gap"][1] > 0
    assert parts["scores"][0] == pytest.approx(0, abs=1e-3)
    assert parts["left"][0] == pytest.approx(parts["gap"][0], abs=1e-3)


def test_other_decisions_at_the_same_score_are_named():
    counts = of_line([LOW, LOW], [MEANING, MEANING]).astype(float)
    # One in four of the first group below the line is decided positively all the same.
    moved = counts[0, :2, :, 0] / 4
    counts[0, :2, :, 0] -= moved
    counts[0, :2, :, 1] += moved
    for name in NAMES:
        parts = parts_of(np.round(counts).astype(int), name)
        assert parts["decisions"][0] == pytest.approx(parts["gap"][0], abs=2e-3)
        assert parts["scores"][0] == pytest.approx(0, abs=1e-3)


def test_what_a_line_selects_comes_from_scores_alone():
    parts = parts_of(of_line([HIGH, LOW], [MEANING, MEANING[::-1]]), "selection_rate")
    assert parts["scores"][0] == pytest.approx(parts["gap"][0])
    assert parts["left"] == pytest.approx((0, 0, 0))


def test_no_bin_holds_both_sides_of_a_line():
    rng = np.random.default_rng(4)
    score = rng.beta([[2], [4]], [[4], [2]], (2, 60)).round(2)
    bins = (score * 100).astype(int)
    counts = np.zeros((2, 100, 2, 2), dtype=int)
    for g in (0, 1):
        for b in bins[g]:
            counts[g, b, int(rng.random() < 0.5), int(b >= 57)] += 1
    assert parts_of(counts)["decisions"] == pytest.approx((0, 0, 0))


def test_wide_bins_hold_enough_of_both_groups():
    counts = rng_counts(np.random.default_rng(3), (3000, 130))
    assert decompose_by_score(crosstab(counts), get_rate(NAMES[0]), 0, 1).bins <= 6 + 2
    more = rng_counts(np.random.default_rng(3), (3000, 3000))
    assert 15 <= decompose_by_score(crosstab(more), get_rate(NAMES[0]), 0, 1).bins <= 22


def rng_counts(rng, rows, bins=50, line=25):
    counts = np.zeros((2, bins, 2, 2), dtype=int)
    for g, n in enumerate(rows):
        score = rng.integers(0, bins, n)
        label = (rng.random(n) < score / bins).astype(int)
        np.add.at(counts, (np.full(n, g), score, label, (score >= line).astype(int)), 1)
    return counts


def left_out_in_turn(counts, name):
    """The jackknife's variance of the parts, leaving out each row of each group."""
    variance = np.zeros(len(COMPONENTS))
    for g in (0, 1):
        cells = [cell for cell in np.ndindex(counts[g].shape) if counts[(g, *cell)]]
        left_out = []
        for cell in cells:
            fewer = counts.copy()
            fewer[(g, *cell)] -= 1
            left_out.append(decompose_by_score(crosstab(fewer), get_rate(name), 0, 1).estimate)
        times, n = [counts[(g, *cell)] for cell in cells], counts[g].sum()
        mean = np.average(left_out, axis=0, weights=times)
        variance += (n - 1) / n * np.tensordot(times, (np.array(left_out) - mean) ** 2, axes=1)
    return variance


@pytest.mark.usefixtures("_each_bin_alone")
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("lacking", [0, 2])
def test_intervals_are_those_of_the_jackknife(name, lacking):
    counts = np.random.default_rng(8).integers(60, 180, (2, 5, 2, 2))
    # Bins in which the first group has nobody.
    counts[0, :lacking] = 0
    whole = decompose_by_score(crosstab(counts), get_rate(name), 0, 1)
    half = (whole.high - whole.low) / 2
    assert half == pytest.approx(1.959964 * np.sqrt(left_out_in_turn(counts, name)), rel=0.02, abs=1e-9)


@pytest.mark.usefixtures("_each_bin_alone")
@pytest.mark.parametrize("name", NAMES)
def test_few_people_in_a_bin_make_intervals_wider_than_the_jackknife(name):
    counts = np.random.default_rng(8).integers(3, 9, (2, 5, 2, 2))
    whole = decompose_by_score(crosstab(counts), get_rate(name), 0, 1)
    left = COMPONENTS.index("left")
    half = (whole.high[left] - whole.low[left]) / 2
    assert 1.02 < half / (1.959964 * np.sqrt(left_out_in_turn(counts, name)[left])) < 1.15


def test_few_clusters_are_those_of_the_jackknife_with_t():
    rng = np.random.default_rng(9)
    clusters = 8
    counts = rng.integers(20, 90, (2 * clusters, 4, 2, 2))

    def of(kept):
        both = np.stack([counts[[c for c in kept if c % 2 == g]].sum(axis=0) for g in (0, 1)])
        return decompose_by_score(crosstab(both), get_rate(NAMES[0]), 0, 1).estimate

    everyone = range(2 * clusters)
    left_out = np.array([of([c for c in everyone if c != gone]) for gone in everyone])
    variance = (2 * clusters - 1) / (2 * clusters) * ((left_out - left_out.mean(axis=0)) ** 2).sum(axis=0)
    single = [crosstab(np.stack([c * (i % 2 == g) for g in (0, 1)])) for i, c in enumerate(counts)]
    joined = {
        name: np.concatenate([getattr(table, name) for table in single])
        for name in ("codes", "y_true", "y_pred", "score_bin", "rows")
    }
    cluster = np.repeat(np.arange(2 * clusters), [len(table.rows) for table in single])
    base = {name: getattr(single[0], name) for name in Crosstab.__dataclass_fields__}
    found = decompose_by_score(Crosstab(**base | joined | {"cluster": cluster}), get_rate(NAMES[0]), 0, 1)
    sizes = counts.sum(axis=(1, 2, 3))
    like = min((sizes[g::2].sum() ** 2) / (sizes[g::2] ** 2).sum() for g in (0, 1))
    half = (found.high - found.low) / 2
    main = [COMPONENTS.index("gap"), COMPONENTS.index("left")]
    assert half[main] == pytest.approx(t.ppf(0.975, like - 1) * np.sqrt(variance[main]), rel=0.06)


def test_limits_are_gaps_between_shares():
    # Three clusters of ten a group, all decided alike: next to nothing is known.
    decision = np.array([1, 1, 0, 1, 0, 0])
    group, base = np.repeat([0, 1], 3), crosstab(np.ones((2, 2, 2, 2), dtype=int))
    fields = {name: getattr(base, name) for name in Crosstab.__dataclass_fields__} | {
        "codes": group[:, None],
        "y_true": decision * 0,
        "y_pred": decision,
        "score_bin": decision,
        "rows": np.full(6, 10),
        "cluster": np.arange(6),
    }
    found = decompose_by_score(Crosstab(**fields), get_rate(NAMES[0]), 0, 1)
    assert found.estimate[0] == pytest.approx(1 / 3)
    assert (found.low[0], found.high[0]) == (-1, 1)


def test_decisions_that_follow_no_line_need_no_more_bins():
    rng = np.random.default_rng(10)
    counts = (rng.random((2, 100, 2, 2)) < 0.4) * 8
    assert decompose_by_score(crosstab(counts), get_rate(NAMES[0]), 0, 1).bins <= 20


def test_weights_that_are_all_alike_change_nothing():
    counts = rng_counts(np.random.default_rng(5), (800, 500))
    plain, weighted = (decompose_by_score(crosstab(counts, weight=w), get_rate(NAMES[0]), 0, 1) for w in (None, 3.0))
    assert plain.estimate == pytest.approx(weighted.estimate, abs=1e-12)
    assert plain.low == pytest.approx(weighted.low, abs=1e-12)
    assert plain.high == pytest.approx(weighted.high, abs=1e-12)


def test_clusters_of_one_row_change_little_and_copies_widen():
    counts = rng_counts(np.random.default_rng(6), (600, 500))
    single = crosstab(counts)
    at = np.repeat(np.arange(len(single.rows)), single.rows)
    fields = {name: getattr(single, name)[at] for name in ("codes", "y_true", "y_pred", "score_bin")}
    whole = dict(vars(single)) | fields
    whole = {name: value for name, value in whole.items() if name in Crosstab.__dataclass_fields__}
    apart = Crosstab(**whole | {"rows": np.ones(len(at), dtype=np.int64), "cluster": np.arange(len(at))})
    plain, found = (decompose_by_score(table, get_rate(NAMES[0]), 0, 1) for table in (single, apart))
    assert found.estimate == pytest.approx(plain.estimate, abs=1e-12)
    assert (found.high - found.low) == pytest.approx(plain.high - plain.low, rel=0.01, abs=1e-9)
    # Four copies of each row are one row: as sure, though four times as many; of bins there are no more.
    copies = {name: np.repeat(value, 4, axis=0) for name, value in fields.items()}
    copied = Crosstab(
        **whole | copies | {"rows": np.ones(4 * len(at), dtype=np.int64), "cluster": np.repeat(np.arange(len(at)), 4)}
    )
    again = decompose_by_score(copied, get_rate(NAMES[0]), 0, 1)
    assert again.bins == found.bins
    assert (again.high - again.low) == pytest.approx(found.high - found.low, rel=0.05, abs=1e-9)


def test_one_cluster_tells_nothing_of_uncertainty():
    counts = rng_counts(np.random.default_rng(7), (300, 300))
    table = crosstab(counts)
    found = decompose_by_score(
        Crosstab(**{n: getattr(table, n) for n in Crosstab.__dataclass_fields__} | {"cluster": table.rows * 0}),
        get_rate(NAMES[0]),
        0,
        1,
    )
    assert np.isfinite(found.estimate).all()
    assert np.isnan([found.low, found.high]).all()


def joined(negative, positive):
    """Wide bins of 64 rows a group in eight fine bins, from decisions by bin."""
    rows = np.repeat([[[2.0, 3.0, 3.0]]], 8, axis=1).repeat(2, axis=0)
    return standardisation._wide_bins(rows, np.array([negative, positive], dtype=float).T).tolist()


def test_fine_bins_are_joined_evenly_from_both_ends():
    assert joined([1] * 8, [1] * 8) == [0, 0, 0, 1, 1, 2, 2, 2]
    # A line inside a bin, then one that no bin is cut by; empty bins follow the one before.
    assert joined([9, 9, 9, 9, 5, 0, 0, 0], [0, 0, 0, 0, 5, 9, 9, 9]) == [0, 0, 0, 1, 2, 3, 3, 3]
    assert joined([0, 9, 9, 9, 0, 0, 0, 0], [0, 0, 0, 0, 0, 9, 0, 9]) == [0, 0, 0, 1, 1, 2, 2, 2]
    # Decisions that go back and forth follow no line.
    assert joined([9, 0, 9, 0, 9, 0, 9, 0], [0, 9, 0, 9, 0, 9, 0, 9]) == [0, 0, 0, 1, 1, 2, 2, 2]


@pytest.mark.usefixtures("_each_bin_alone")
@pytest.mark.parametrize("name", NAMES)
def test_where_a_group_has_nobody_the_other_says_what_scores_mean(name):
    counts = np.random.default_rng(6).integers(1, 30, (2, 6, 2, 2))
    counts[1, 1] = counts[0, 4] = counts[:, 5] = 0
    # People, but none with a label of the rate.
    counts[0, 2, 0] = counts[1, 3, 1] = 0
    found = decompose_by_score(crosstab(counts), get_rate(name), 0, 1)
    assert found.estimate == pytest.approx(by_hand(counts.tolist(), name), abs=1e-12)
    assert found.bins == 6


def test_five_on_either_side_are_needed():
    counts = np.zeros((2, 2, 2, 2), dtype=int)
    counts[:, :, 0, 0], counts[:, 0, 0, 1] = 20, 5
    assert decompose_by_score(crosstab(counts), get_rate("false_positive_rate"), 0, 1).bins > 0
    counts[1, 0, 0, 1] = 4
    few = decompose_by_score(crosstab(counts), get_rate("false_positive_rate"), 0, 1)
    assert (few.bins, *np.isnan([few.estimate, few.low, few.high]).all(axis=1)) == (0, True, True, True)
