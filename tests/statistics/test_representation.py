import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest
from statsmodels.stats.proportion import proportion_confint, proportions_ztest

from biasaudit.statistics.representation import representation


@settings(max_examples=60)
@given(st.integers(0, 500), st.integers(1, 500), st.floats(0.05, 0.95))
def test_equals_scipy_and_statsmodels(count, more, share):
    rows = count + more
    found = representation([count], rows, [share])
    if min(rows * share, rows * (1 - share)) >= 10:
        _, p = proportions_ztest(count, rows, share, prop_var=share)
        assert found.p_value[0] == pytest.approx(p)
        if 2 < count < rows - 2 and rows >= 24:
            limits = proportion_confint(count, rows, method="wilson")
            assert (found.share_low[0], found.share_high[0]) == pytest.approx(limits)
    else:
        tails = [binomtest(count, rows, share, alternative=side).pvalue for side in ("less", "greater")]
        assert found.p_value[0] == pytest.approx(min(1, 2 * min(tails)))
    assert found.ratio[0] == pytest.approx(count / rows / share)
    assert found.low[0] <= found.ratio[0] <= found.high[0]


def test_nobody_where_somebody_is_expected_and_the_other_way_round():
    found = representation([0, 5, 0], 100, [0.3, 0.0, 0.0])
    assert found.p_value.tolist() == [pytest.approx(0, abs=1e-9), 0.0, 1.0]
    assert np.isnan(found.ratio[1:]).all()
    assert found.high[0] < 0.2


def test_prison_figures():
    found = representation([370_000], 1_000_000, [0.12])
    assert found.ratio[0] == pytest.approx(3.08, abs=0.005)
