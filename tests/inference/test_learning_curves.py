"""Power laws are found again, stay within their bounds, and broadcast."""

import numpy as np
import pytest
from hypothesis import given, strategies as st
from scipy.optimize import curve_fit, nnls

from biasaudit.inference.learning_curves import EXPONENTS, PowerLaw, fit_power_law, size_for_gap

SIZES = np.array([1, 2, 3, 5, 9, 17])


@given(st.floats(0, 0.5), st.floats(0.05, 0.5), st.floats(0.1, 2.5))
def test_a_law_is_found_again(limit, scale, exponent):
    errors = limit + scale * SIZES ** -float(exponent)
    np.testing.assert_allclose(fit_power_law(SIZES, errors).at(SIZES), errors, atol=0.004)


def test_of_noisy_errors_it_fits_as_well_as_scipy():
    rng = np.random.default_rng(0)
    for _ in range(20):
        errors = 0.1 + 0.4 / SIZES + rng.normal(0, 0.02, len(SIZES))
        mine = fit_power_law(SIZES, errors)
        theirs, _ = curve_fit(
            lambda m, a, b, g: a + b * m**-g, SIZES, errors, p0=(0.1, 0.3, 1), bounds=([0, 0, 0.05], [1, 9, 3])
        )
        best = ((theirs[0] + theirs[1] * SIZES ** -theirs[2] - errors) ** 2).sum()
        assert ((mine.at(SIZES) - errors) ** 2).sum() <= best + 2e-5


def test_no_limit_and_no_scale_is_below_nothing():
    rises = fit_power_law(SIZES, 0.1 + 0.01 * SIZES)
    assert rises.scale == 0
    assert rises.limit == pytest.approx((0.1 + 0.01 * SIZES).mean())
    steep = fit_power_law(SIZES, 0.5 * SIZES**-0.07 - 0.1)
    assert steep.limit >= 0


def test_bounds_are_those_of_non_negative_least_squares():
    rng = np.random.default_rng(2)
    for errors in [*rng.uniform(0, 1, (6, len(SIZES))), *(0.4 * SIZES**-0.3 - np.arange(3)[:, None] * 0.05)]:
        oracle = [nnls(np.stack([np.ones(len(SIZES)), SIZES**-g], axis=1), errors) for g in EXPONENTS]
        (limit, scale), norm = min(oracle, key=lambda found: found[1])
        mine = fit_power_law(SIZES, errors)
        assert np.sqrt(((mine.at(SIZES) - errors) ** 2).sum()) == pytest.approx(norm)
        assert (float(mine.limit), float(mine.scale)) == pytest.approx((limit, scale), abs=1e-9)


def test_many_curves_are_fitted_as_each_alone():
    rng = np.random.default_rng(1)
    errors = rng.uniform(0, 1, (3, 4, len(SIZES)))
    whole = fit_power_law(SIZES, errors)
    assert whole.limit.shape == (3, 4)
    one = fit_power_law(SIZES, errors[2, 1])
    assert (whole.limit[2, 1], whole.scale[2, 1], whole.exponent[2, 1]) == (one.limit, one.scale, one.exponent)


def test_from_which_size_on_a_gap_stays_small():
    def law(*values):
        return PowerLaw(*(np.array(v, float) for v in values))

    sizes = np.arange(1, 101)
    group, reference = law([0.1, 0.1, 0.3], [0.4, 0.0, 0.1], [1.0, 1.0, 1.0]), law([0.1] * 3, [0.0] * 3, [1.0] * 3)
    found = size_for_gap(group, reference, 0.05, sizes)
    assert found.tolist() == [8, 1, np.inf]
    # It widens again where the reference goes on falling.
    again = size_for_gap(law(0.2, 0.0, 1.0), law(0.1, 0.1, 1.0), 0.05, sizes)
    assert again == np.inf


@pytest.mark.parametrize("sizes", [[1, 2], [1, 1, 2], [0, 1, 2]])
def test_too_few_sizes_are_refused(sizes):
    with pytest.raises(ValueError, match="three different sizes"):
        fit_power_law(sizes, [0.1] * len(sizes))
