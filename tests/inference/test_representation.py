import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings, strategies as st
from scipy.stats import binomtest
from statsmodels.stats.proportion import proportion_confint, proportions_ztest

import biasaudit as ba
from biasaudit.inference.representation import membership, representation
from biasaudit.inference.variance.effective import group_shares
from biasaudit.metrics.rates import get_rate


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


def of_people(sizes, groups, weights=None):
    """Count people with so many rows each, of one group each where `groups` has one value a person."""
    who = np.repeat(np.arange(len(sizes)), sizes)
    group = np.asarray(groups) if len(groups) == len(who) else np.asarray(groups)[who]
    frame = pd.DataFrame({"g": group, "who": who, "y": 0, "w": 1.0 if weights is None else weights})
    frame["p"] = (frame["g"] == "a").astype(int)
    return frame, ba.count(frame, sensitive_features="g", y_true="y", cluster="who", sample_weight="w")


def test_a_share_of_people_rests_on_what_any_rate_of_their_clusters_does():
    rng = np.random.default_rng(3)
    sizes = rng.integers(5, 30, 80)
    frame, table = of_people(sizes, rng.choice(["a", "b"], sizes.sum()), rng.uniform(1, 4, sizes.sum()))
    found = membership(table, np.array([True, True]))
    one = frame.assign(all="everyone")
    rate = group_shares(
        ba.count(one, sensitive_features="all", y_pred="p", cluster="who", sample_weight="w"),
        [get_rate("selection_rate")],
    )
    assert found.share[0] == pytest.approx(rate.share[0, 0])
    assert (found.nobs[0], found.df[0]) == pytest.approx((rate.nobs[0, 0], rate.df[0, 0]), rel=0.02)
    # Rows that are independent in their clusters are worth more than the clusters.
    assert found.nobs[0] > 300


def test_clusters_take_no_more_than_if_each_were_all_of_one_group():
    sizes = 200 // np.arange(1, 31)
    rng = np.random.default_rng(4)
    table = of_people(sizes, rng.choice(["a", "b"], 30))[1]
    found = membership(table, np.array([True, True]))
    alike = sizes.sum() ** 2 / (sizes**2).sum()
    # Their own estimate has two degrees of freedom, of which t would make a single row.
    assert found.nobs == pytest.approx([alike, alike])
    assert np.isinf(found.df).all()


def test_large_clusters_of_one_group_are_not_taken_for_any():
    # The large ones are of the group that is small otherwise: less is known than if size had nothing to do with it.
    sizes = np.array([100, 100, *[5] * 60])
    found = membership(of_people(sizes, ["a", "a", *["b"] * 60])[1], np.array([True, True]))
    assert found.nobs[0] < sizes.sum() ** 2 / (sizes**2).sum()


def test_few_clusters_are_read_off_t():
    many, few = (representation([60], 100, [0.5], df=df) for df in (np.inf, 5))
    assert few.p_value[0] > many.p_value[0]
    assert few.low[0] < many.low[0] < many.high[0] < few.high[0]


def test_one_cluster_tells_nothing():
    found = membership(of_people(np.array([9]), list("aaaaabbbb"))[1], np.array([True, True]))
    assert found.nobs.tolist() == [0, 0]
    assert np.isnan(representation(found.share * found.nobs, found.nobs, [0.5, 0.5], df=found.df).p_value).all()
