"""Every conjunction of levels, counted as bits, against counting each by itself."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from biasaudit import AuditError
from biasaudit.search import bitsets
from biasaudit.search.bitsets import Bitsets, item_offsets
from biasaudit.search.patterns import frequent_patterns


@st.composite
def tables(draw):
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    rows, levels = draw(st.integers(1, 200)), draw(st.lists(st.integers(1, 4), min_size=1, max_size=4))
    codes = np.stack([rng.integers(0, k, rows) for k in levels], axis=1)
    weight = rng.integers(1, draw(st.sampled_from([2, 4, 3000])), rows)
    return codes, levels, rng.integers(0, 4, rows), weight, draw(st.sampled_from([0.01, 0.1, 0.4]))


def brute_force(codes, levels, side, weight, fewest, longest=None):
    """Count each conjunction by a mask of its own."""
    found = {}
    for pattern in itertools.product(*(range(-1, k) for k in levels)):
        conditions = [(j, level) for j, level in enumerate(pattern) if level >= 0]
        if not conditions or len(conditions) > (longest or len(levels)):
            continue
        mask = np.all([codes[:, j] == level for j, level in conditions], axis=0)
        counts = np.bincount(side[mask], weights=weight[mask], minlength=4).astype(int)
        if counts.sum() >= fewest:
            found[pattern] = counts.tolist()
    return found


def searched(codes, levels, side, weight, fewest, longest=None, count=None):
    bits = Bitsets.pack(codes, levels, side, weight, 4)
    counter = bits.count if count is None else count(bits)
    return frequent_patterns(levels, counter, min_rows=fewest, max_features=longest)


def as_dict(patterns):
    pairs = zip(patterns.codes().tolist(), patterns.counts.tolist(), strict=True)
    return {tuple(codes): counts for codes, counts in pairs}


@settings(max_examples=60)
@given(tables(), st.sampled_from([None, 1, 2]))
def test_counts_are_those_of_every_pattern_by_itself(table, longest):
    codes, levels, side, weight, support = table
    fewest = max(1, int(support * weight.sum()))
    patterns = searched(codes, levels, side, weight, fewest, longest)
    assert as_dict(patterns) == brute_force(codes, levels, side, weight, fewest, longest)
    assert (np.diff(patterns.lengths) >= 0).all()


@settings(max_examples=15)
@given(tables())
def test_matrix_products_count_the_same(table):
    pytest.importorskip("torch")
    from biasaudit.audits.subgroups._matrix_products import counter_on

    codes, levels, side, weight, support = table
    fewest = max(1, int(support * weight.sum()))
    bits = searched(codes, levels, side, weight, fewest)
    products = searched(codes, levels, side, weight, fewest, count=lambda b: counter_on("cpu", b))
    np.testing.assert_array_equal(products.items, bits.items)
    np.testing.assert_array_equal(products.counts, bits.counts)


def test_long_tables_are_cut_into_stretches_and_blocks(monkeypatch):
    monkeypatch.setattr(bitsets, "MAX_WORDS", 3)
    monkeypatch.setattr(bitsets, "BLOCK_BYTES", 64)
    monkeypatch.setattr(bitsets, "PACK_BLOCK", 128)
    rng = np.random.default_rng(0)
    codes, levels = np.stack([rng.integers(0, 3, 3000) for _ in range(3)], axis=1), [3, 3, 3]
    side, weight = rng.integers(0, 4, 3000), rng.integers(1, 6, 3000)
    patterns = searched(codes, levels, side, weight, 50)
    assert as_dict(patterns) == brute_force(codes, levels, side, weight, 50)


def test_a_stretch_of_ones_is_summed_without_overflow():
    rows = 64 * bitsets.MAX_WORDS
    bits = Bitsets.pack(np.zeros((rows, 1), dtype=int), [1], np.zeros(rows, dtype=int), np.ones(rows, dtype=int), 1)
    assert bits.count(np.array([[0]])).tolist() == [[rows]]
    pytest.importorskip("torch")
    from biasaudit.audits.subgroups._matrix_products import counter_on

    assert counter_on("cpu", bits)(np.array([[0]])).tolist() == [[rows]]


def test_all_shorter_parts_of_a_pattern_are_found():
    rng = np.random.default_rng(1)
    codes, levels = np.stack([rng.integers(0, 2, 400) for _ in range(4)], axis=1), [2, 2, 2, 2]
    patterns = searched(codes, levels, np.zeros(400, dtype=int), np.ones(400, dtype=int), 1)
    whole, part = patterns.parts(np.arange(len(patterns)))
    items = [frozenset(row[row >= 0].tolist()) for row in patterns.items]
    found = {(items[i], items[j]) for i, j in zip(whole.tolist(), part.tolist(), strict=True)}
    assert len(found) == len(whole)
    assert found == {(a, b) for a in items for b in items if b < a}


def test_of_a_long_pattern_the_parts_that_leave_out_one_condition_or_keep_one_are_found():
    codes = np.zeros((5, 8), dtype=int)
    patterns = searched(codes, [1] * 8, np.zeros(5, dtype=int), np.ones(5, dtype=int), 1)
    assert len(patterns) == 2**8 - 1
    whole, part = patterns.parts(np.array([len(patterns) - 1]))
    assert set(whole.tolist()) == {len(patterns) - 1}
    assert sorted(patterns.lengths[part].tolist()) == [1] * 8 + [7] * 8


def test_too_many_patterns_are_refused_before_they_are_counted():
    rng = np.random.default_rng(0)
    codes, asked = rng.integers(0, 2, (64, 30)), []

    def count(patterns):
        asked.append(len(patterns))
        return bits.count(patterns)

    bits = Bitsets.pack(codes, [2] * 30, np.zeros(64, dtype=int), np.ones(64, dtype=int), 1)
    sentence = (
        "There are too many patterns to try: more than 1,000 with up to 2 conditions. "
        "Give max_features=1, a larger min_support, or fewer features."
    )
    with pytest.raises(AuditError) as error:
        frequent_patterns([2] * 30, count, min_rows=1, max_patterns=1000)
    assert str(error.value) == sentence
    assert asked == [60]
    assert len(frequent_patterns([2] * 30, bits.count, min_rows=1, max_features=1, max_patterns=1000)) == 60


def test_no_pattern_has_enough_rows():
    patterns = searched(np.array([[0], [1]]), [2], np.zeros(2, dtype=int), np.ones(2, dtype=int), 2)
    assert len(patterns) == 0
    assert patterns.codes().shape == (0, 1)
    assert item_offsets([]).tolist() == [0]
