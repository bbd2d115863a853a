"""Places, ties and exposure, and pairs counted without comparing everybody with everybody."""

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from biasaudit.counts.rankings.pairs import ordered_pairs
from biasaudit.counts.rankings.places import Places, log_exposure, read_exposure, top_share
from biasaudit.errors import AuditError

LISTS = st.lists(
    st.tuples(st.integers(0, 2), st.integers(0, 4), st.integers(0, 5), st.integers(0, 1)), min_size=1, max_size=25
)


def _columns(people):
    query, score, relevance, group = np.array(people).T
    return np.unique(query, return_inverse=True)[1].astype(np.int64), score.astype(float), relevance, group


@given(LISTS)
@settings(max_examples=60, deadline=None)
def test_pairs_equal_those_that_are_compared_one_by_one(people):
    query, score, relevance, group = _columns(people)
    places = Places.of(query, score)
    score, relevance, group = score[places.order], relevance[places.order].astype(float), group[places.order]
    for part in (places.query, 2 * places.query + group):
        below, less = ordered_pairs(places, part, relevance)
        deserves = (part[:, None] == part) & (relevance[:, None] > relevance)
        stands = (score[:, None] > score) + 0.5 * (score[:, None] == score)
        np.testing.assert_array_equal(less, deserves.sum(axis=1))
        np.testing.assert_array_equal(below, (deserves * stands).sum(axis=1))


@given(LISTS)
@settings(max_examples=60, deadline=None)
def test_ties_share_what_their_places_are_worth(people):
    query, score, _, _ = _columns(people)
    places = Places.of(query, score)
    exposure = places.exposure(log_exposure)
    for at, length in enumerate(places.lengths):
        mine = places.query == at
        assert exposure[mine].sum() == pytest.approx(log_exposure(np.arange(1.0, length + 1)).sum())
        for k in (1, 2, 5):
            assert top_share(places, k)[mine].sum() == pytest.approx(min(k, length))
    keys = list(zip(places.query.tolist(), score[places.order].tolist(), strict=True))
    by_key = {}
    for key, value in zip(keys, exposure.tolist(), strict=True):
        assert by_key.setdefault(key, value) == value


@pytest.mark.parametrize(
    "curve", [lambda rank: -rank, lambda rank: rank[:1], lambda rank: 1 / (rank - 1), lambda rank: rank.missing]
)
def test_a_curve_gives_every_rank_a_number(curve):
    places = Places.of(np.zeros(3, dtype=np.int64), np.arange(3.0))
    with np.errstate(divide="ignore"), pytest.raises(AuditError, match="exposure curve"):
        places.exposure(read_exposure(curve))


def test_a_curve_is_a_name_or_a_function():
    with pytest.raises(AuditError, match="exposure='linear' is no curve"):
        read_exposure("linear")
