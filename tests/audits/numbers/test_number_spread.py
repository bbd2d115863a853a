"""What is drawn of a distribution: bins that hold everybody, quantiles and means of each group."""

import numpy as np
import pandas as pd
import pytest

import biasaudit as ba


def spread(values, groups=None, **more):
    groups = np.where(np.arange(len(values)) % 2, "a", "b") if groups is None else groups
    frame = pd.DataFrame({"g": groups, "y": values})
    asked = {"sensitive_features": "g", "y_true": "y", "outcome_type": "number", **more}
    return {tuple(one.group.values()): one for one in ba.audit_predictions(frame, **asked).report().distributions}


def test_few_values_have_a_bin_each():
    values = np.tile([0, 1, 1, 2, 3, 3, 3, 5], 20)
    found = spread(values, np.repeat(["a", "b"], 80))
    everyone = found[()]
    assert everyone.width == 1.0
    assert everyone.low == [-0.5, 0.5, 1.5, 2.5, 3.5, 4.5]
    assert everyone.share == pytest.approx([1 / 8, 2 / 8, 1 / 8, 3 / 8, 0, 1 / 8])
    assert everyone.quantiles == [0, 1, 2, 3, 5]
    assert everyone.mean == pytest.approx(values.mean())
    assert {one.rows for one in found.values()} == {160, 80}


@pytest.mark.parametrize("scale", [1e-3, 1.0, 1e6])
def test_bins_hold_everybody_but_the_ends(scale):
    values = np.random.default_rng(1).lognormal(0, 1, 3000) * scale
    found = spread(values)
    for one in found.values():
        assert 0.985 < sum(one.share) <= 1 + 1e-9
        assert one.outside == pytest.approx(1 - sum(one.share), abs=1e-12)
        assert len(one.low) <= 42
        assert np.diff(one.low) == pytest.approx(one.width)
        assert list(one.quantiles) == sorted(one.quantiles)
        assert one.interval[0] < one.mean < one.interval[1]
    # The bins are counted from coarser ones at most: the share of each is near that of the rows themselves.
    everyone, edges = found[()], [*found[()].low, found[()].low[-1] + found[()].width]
    counted = np.histogram(values, edges)[0] / len(values)
    assert np.abs(counted - everyone.share).max() < 0.01


def test_whole_numbers_are_as_many_in_each_bin():
    found = spread(np.arange(1000) % 500)[()]
    assert float(found.width).is_integer()
    assert np.ptp(found.share[1:-2]) == pytest.approx(0, abs=1e-9)


def test_weights_count():
    values, groups = [0, 1, 2, 3] * 10, ["a", "a", "b", "b"] * 10
    frame = pd.DataFrame({"g": groups, "y": values, "w": [1.0, 3.0, 1.0, 1.0] * 10})
    asked = {"sensitive_features": "g", "y_true": "y", "outcome_type": "number", "sample_weight": "w"}
    found = {tuple(o.group.values()): o for o in ba.audit_predictions(frame, **asked).report().distributions}
    assert found[("a",)].share[:2] == pytest.approx([0.25, 0.75])


def test_a_group_of_a_handful_of_people_has_no_distribution():
    few = ["a"] * 5 + ["b"] * 9 + ["c"] * 4 + ["d"] * 2
    values = [*np.arange(18) / 7, np.nan, np.nan]
    assert set(spread(values, few)) == {(), ("a",), ("b",)}
