import numpy as np
import pytest

import biasaudit as ba
from biasaudit import AuditError
from biasaudit.inference.testing.runs import constant_runs, pure_ends


def by_level(values, label):
    levels, codes = np.unique(values, return_inverse=True)
    return levels, np.bincount(codes, weights=label), np.bincount(codes)


def test_compas_ends_in_people_arrested_again():
    frame = ba.datasets.load_compas().frame
    days, count, nobs = by_level(frame["compas_screening_date"].to_numpy(dtype=str), frame["two_year_recid"])
    found = constant_runs(count, nobs, ordered=True)[0]
    assert (days[found.first] > "2014-04-01", found.rows, found.y_true) == (True, 998, 1)
    assert days[found.last] == days[-1]
    assert found.p_value < 1e-200
    assert found.rate_elsewhere == pytest.approx(0.362, abs=5e-4)
    assert frame["two_year_recid"].mean() == pytest.approx(0.451, abs=5e-4)


def test_runs_by_hand():
    found = constant_runs([0, 0, 5, 0, 3, 2], [4, 6, 9, 0, 3, 2], ordered=True)
    assert {(s.first, s.last, s.rows, s.y_true) for s in found} == {(0, 1, 10, 0), (4, 5, 5, 1)}
    zero = next(s for s in found if s.y_true == 0)
    assert zero.p_value == pytest.approx(2 * 5 * (14 / 24) ** 10)
    assert zero.rate_elsewhere == pytest.approx(10 / 14)
    apart = constant_runs([0, 0, 5, 0, 3, 2], [4, 6, 9, 0, 3, 2], ordered=False)
    assert {(s.first, s.last, s.rows, s.y_true) for s in apart} == {
        (0, 0, 4, 0),
        (1, 1, 6, 0),
        (4, 4, 3, 1),
        (5, 5, 2, 1),
    }


def test_one_label_alone_is_no_surprise():
    found = constant_runs([4, 5], [4, 5], ordered=True)
    assert [(s.rows, s.p_value) for s in found] == [(9, 1.0)]
    assert np.isnan(found[0].rate_elsewhere)
    assert constant_runs([], [], ordered=True) == ()
    assert constant_runs([1, 2], [3, 4], ordered=True) == ()


@pytest.mark.parametrize("ordered", [True, False])
def test_chance_is_seldom_called_an_artefact(ordered):
    rng = np.random.default_rng(0)
    alarms = 0
    for _ in range(1_000):
        levels = rng.integers(2, 80)
        nobs = rng.integers(1, 12, levels)
        found = constant_runs(rng.binomial(nobs, rng.uniform(0.1, 0.9)), nobs, ordered=ordered)
        alarms += bool(found) and found[0].p_value < 0.05
    assert alarms < 0.05 * 1_000


def test_counts_that_cannot_be():
    with pytest.raises(AuditError, match=r"^count must be from 0 to nobs at every level\. Count rows with label 1"):
        constant_runs([3], [2], ordered=True)


def test_an_end_that_is_nearly_pure():
    found = pure_ends([30, 25, 28, 99, 100], [100, 100, 100, 100, 100])[0]
    assert (found.first, found.last, found.rows, found.y_true, found.others) == (3, 4, 200, 1, 1)
    assert found.rate_elsewhere == pytest.approx(83 / 300)
    mirrored = pure_ends([0, 1, 70, 80, 75], [100, 100, 100, 100, 100])[0]
    assert (mirrored.first, mirrored.last, mirrored.y_true, mirrored.others) == (0, 1, 0, 1)


def test_compas_ends_at_the_same_day_by_every_cut():
    frame = ba.datasets.load_compas().frame
    _, count, nobs = by_level(frame["compas_screening_date"].to_numpy(dtype=str), frame["two_year_recid"])
    exact, cut = constant_runs(count, nobs, ordered=True)[0], pure_ends(count, nobs)[0]
    assert (cut.first, cut.last, cut.rows, cut.others) == (exact.first, exact.last, 998, 0)


def test_chance_seldom_ends_in_one_label():
    rng = np.random.default_rng(1)
    alarms = 0
    for _ in range(1_000):
        nobs = rng.integers(1, 12, rng.integers(2, 80))
        found = pure_ends(rng.binomial(nobs, rng.uniform(0.1, 0.9)), nobs)
        alarms += bool(found) and found[0].p_value < 0.05
    assert alarms < 0.05 * 1_000
