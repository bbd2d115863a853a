"""Effective rows, composites, calibration, inequality, bootstrap and verdicts against plain computations."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import sklearn.metrics as sm

from biasaudit import count
from biasaudit.inference.inequality import inequality
from biasaudit.inference.intervals.calibration import calibration_error, calibration_table
from biasaudit.inference.intervals.small_groups import guarded_limits
from biasaudit.inference.variance import resampling
from biasaudit.inference.variance.composite_shares import composite_shares
from biasaudit.inference.variance.effective import group_shares, rest_shares
from biasaudit.inference.variance.resampling import percentile_interval, resample
from biasaudit.inference.verdicts import is_material, verdicts
from biasaudit.metrics.cell_totals import cluster_totals, confusion, rows_by_group, score_counts
from biasaudit.metrics.composites import available_composites, has_probabilities
from biasaudit.metrics.rates import RATES, Cell, available_rates, get_rate
from biasaudit.metrics.wilson import critical_value, wilson

RNG = np.random.default_rng(8)
ROWS = 600
FRAME = pd.DataFrame(
    {
        "g": RNG.choice(list("abc"), ROWS),
        "y": RNG.integers(0, 2, ROWS),
        "c": RNG.integers(0, 60, ROWS).astype(str),
        "w": RNG.integers(1, 6, ROWS) / 2,
    }
)
FRAME["s"] = np.clip((RNG.normal(0.4 + 0.2 * FRAME["y"], 0.2) * 100).round() / 100, 0, 0.99) + 0.005
FRAME["p"] = (FRAME["s"] >= 0.5).astype(int)
BASE = {"sensitive_features": ["g"], "y_true": "y", "y_pred": "p"}
TPR = get_rate("recall")


def test_confusion():
    cells = confusion(count(FRAME, **BASE))
    for i, name in enumerate("abc"):
        part = FRAME[FRAME["g"] == name]
        assert cells[i].tolist() == sm.confusion_matrix(part["y"], part["p"]).ravel().tolist()
    weighted = count(FRAME, **BASE, sample_weight="w")
    part = FRAME[(FRAME["g"] == "b") & (FRAME["y"] == 0) & (FRAME["p"] == 1)]["w"]
    assert confusion(weighted)[1, 1] == pytest.approx(part.sum())
    assert confusion(weighted, squared=True)[1, 1] == pytest.approx((part**2).sum())
    assert rows_by_group(weighted).tolist() == FRAME["g"].value_counts().sort_index().tolist()


def test_rows_without_a_label_are_not_usable():
    frame = FRAME.assign(y=FRAME["y"].astype(float).where(FRAME.index >= 10))
    table = count(frame, **BASE)
    assert rows_by_group(table).sum() == ROWS
    assert rows_by_group(table, usable=True).sum() == confusion(table).sum() == ROWS - 10


def test_weights():
    shares = group_shares(count(FRAME, **BASE, sample_weight="w"), [get_rate("selection_rate")])
    part = FRAME[FRAME["g"] == "a"]
    share = np.average(part["p"], weights=part["w"])
    variance = (part["w"] ** 2 * (part["p"] - share) ** 2).sum() / part["w"].sum() ** 2
    assert shares.nobs[0, 0] == pytest.approx(share * (1 - share) / variance)
    assert shares.share[0, 0] == pytest.approx(share)
    assert shares.count[0, 0] == pytest.approx(shares.share[0, 0] * shares.nobs[0, 0])
    assert np.isinf(shares.df).all()


@pytest.mark.parametrize("cluster", [None, "c"])
def test_the_unit_of_weights_is_no_matter(cluster):
    tables = [
        count(FRAME.assign(w=FRAME["w"] * unit), **BASE, sample_weight="w", cluster=cluster) for unit in (1, 1e-4)
    ]
    for estimate in (group_shares, rest_shares):
        plain, small = (estimate(table, [TPR, get_rate("precision")]) for table in tables)
        for name in ("share", "nobs", "df"):
            np.testing.assert_allclose(getattr(small, name), getattr(plain, name))


def robust_variance(part, clusters):
    share = part["p"].mean()
    totals = (part["p"] - share).groupby(clusters).sum()
    m = len(totals)
    return share, (totals**2).sum() / len(part) ** 2 * m / (m - 1), m


def clustered_frame():
    """Make clusters of rows that are alike, so that their design effect is far above 1."""
    rng = np.random.default_rng(3)
    clusters = np.repeat(np.arange(180), 5)
    likes = rng.beta(1, 1, 180)[clusters]
    return pd.DataFrame(
        {
            "g": np.array(list("abc"))[clusters % 3],
            "c": clusters.astype(str),
            "p": (rng.random(900) < likes).astype(int),
        }
    )


def test_clusters_inside():
    frame = clustered_frame()
    table = count(frame, sensitive_features=["g"], y_pred="p", cluster="c")
    shares = group_shares(table, [get_rate("selection_rate")])
    for i, name in enumerate("abc"):
        part = frame[frame["g"] == name]
        share, variance, m = robust_variance(part, part["c"])
        assert shares.df[0, i] == pytest.approx(m - 1)
        assert shares.nobs[0, i] == pytest.approx(share * (1 - share) / variance)
        assert shares.nobs[0, i] < len(part) / 1.5


def test_clusters_outside_and_across():
    frame = clustered_frame()
    frame["g"] = np.tile(list("abcab"), 180)
    table = count(frame, sensitive_features=["g"], y_pred="p", cluster="c")
    rest = rest_shares(table, [get_rate("selection_rate")])
    # Everyone outside a group is as good as a group of its own.
    merged = frame.assign(g=np.where(frame["g"] == "b", "b", "rest"))
    alone = group_shares(
        count(merged, sensitive_features=["g"], y_pred="p", cluster="c"), [get_rate("selection_rate")]
    ).each(lambda a: a[:, 1])
    assert rest.share[0, 1] == pytest.approx(alone.share[0])
    assert rest.nobs[0, 1] == pytest.approx(alone.nobs[0], rel=0.05)
    assert rest.df[0, 1] == pytest.approx(alone.df[0], rel=0.05)
    shares = group_shares(table, [get_rate("selection_rate")])
    found = cluster_totals(table, [get_rate("selection_rate")]).correlation(shares.share, 0)
    sums = [
        (frame[frame["g"] == n]["p"] - frame[frame["g"] == n]["p"].mean()).groupby(frame["c"]).sum().sort_index()
        for n in "ab"
    ]
    a, b = (s.to_numpy() for s in sums)
    assert found[0, 0] == pytest.approx(1)
    assert found[0, 1] == pytest.approx((a * b).sum() / np.sqrt((a**2).sum() * (b**2).sum()))
    assert found[0, 1] > 0.2


def test_few_clusters_borrow_and_one_tells_nothing():
    frame = pd.DataFrame({"g": list("aaaabbbb"), "c": list("11223333"), "p": [1, 1, 0, 0, 1, 0, 1, 0]})
    shares = group_shares(count(frame, sensitive_features=["g"], y_pred="p", cluster="c"), [get_rate("selection_rate")])
    assert shares.df[0].tolist() == pytest.approx([1, 0])
    assert shares.nobs[0, 1] == 0
    assert 0 < shares.nobs[0, 0] <= 1


def test_clusters_that_all_agree_count_as_one_row_each():
    frame = pd.DataFrame({"g": ["a"] * 300 + ["b"] * 300, "c": np.arange(600) // 5, "p": [0] * 300 + [1, 0] * 150})
    shares = group_shares(count(frame, sensitive_features=["g"], y_pred="p", cluster="c"), [get_rate("selection_rate")])
    assert shares.nobs[0, 0] == 60


def test_composites_against_sklearn():
    table = count(FRAME, **BASE, score="s")
    composites = available_composites(table)
    assert [c.name for c in composites] == [
        "balanced_accuracy",
        "prevalence_error",
        "auc",
        "brier",
        "calibration_in_the_large",
    ]
    inside, outside = composite_shares(table, composites), composite_shares(table, composites, outside=True)
    for shares, part in ((inside, FRAME[FRAME["g"] == "a"]), (outside, FRAME[FRAME["g"] != "a"])):
        found = [float(c.value(s)) for c, s in zip(composites, shares.share[:, 0], strict=True)]
        assert found == pytest.approx(
            [
                sm.balanced_accuracy_score(part["y"], part["p"]),
                part["p"].mean() - part["y"].mean(),
                sm.roc_auc_score(part["y"], part["s"]),
                sm.brier_score_loss(part["y"], part["s"]),
                part["s"].mean() - part["y"].mean(),
            ]
        )


def standard_errors(shares):
    return np.sqrt(shares.share * (1 - shares.share) / shares.nobs)


def test_composite_variances():
    table = count(FRAME, **BASE, score="s")
    composites = available_composites(table)
    found = standard_errors(composite_shares(table, composites))[:, 0]
    part = FRAME[FRAME["g"] == "a"]
    y, p, s = (part[k].to_numpy(dtype=float) for k in "yps")
    rates = [p[y == 1].mean(), 1 - p[y == 0].mean()]
    balanced = np.sqrt(sum(r * (1 - r) / n for r, n in zip(rates, [(y == 1).sum(), (y == 0).sum()], strict=True))) / 2
    pairs = (s[y == 1][:, None] > s[y == 0]) + 0.5 * (s[y == 1][:, None] == s[y == 0])
    delong = np.sqrt(pairs.mean(axis=1).var(ddof=1) / (y == 1).sum() + pairs.mean(axis=0).var(ddof=1) / (y == 0).sum())
    plain = [np.std(x) / np.sqrt(len(y)) for x in ((p - y) / 2, (s - y) ** 2, (s - y) / 2)]
    assert found[[1, 3, 4]].tolist() == pytest.approx(plain)
    # These two are a little less sure where few carry them: see test_small_numbers.
    assert found[[0, 2]].tolist() == pytest.approx([balanced, delong], rel=0.03)
    assert (found[[0, 2]] > [balanced, delong]).all()


def test_composites_of_weights_and_clusters():
    composites = available_composites(count(FRAME, **BASE, score="s"))
    weighted = composite_shares(count(FRAME, **BASE, score="s", sample_weight="w"), composites)
    part = FRAME[FRAME["g"] == "a"]
    assert weighted.share[2, 0] == pytest.approx(sm.roc_auc_score(part["y"], part["s"], sample_weight=part["w"]))
    loss = (part["s"] - part["y"]) ** 2
    mean = np.average(loss, weights=part["w"])
    expected = np.sqrt((part["w"] ** 2 * (loss - mean) ** 2).sum()) / part["w"].sum()
    assert standard_errors(weighted)[3, 0] == pytest.approx(expected)
    doubled = pd.concat([FRAME, FRAME]).assign(c=np.tile(np.arange(ROWS), 2))
    clustered = composite_shares(count(doubled, **BASE, score="s", cluster="c"), composites)
    once = composite_shares(count(FRAME, **BASE, score="s"), composites)
    np.testing.assert_allclose(clustered.share, once.share)
    m = len(part)
    np.testing.assert_allclose(clustered.nobs[[1, 3, 4], 0], once.nobs[[1, 3, 4], 0] * (m - 1) / m)
    np.testing.assert_allclose(clustered.df[:, 0], m - 1)
    outside = composite_shares(count(doubled, **BASE, score="s", cluster="c"), composites, outside=True)
    plain = composite_shares(count(doubled, **BASE, score="s"), composites, outside=True)
    np.testing.assert_allclose(outside.nobs / plain.nobs, 0.5, rtol=0.01)


def test_composites_in_tiny_groups_take_no_comfort():
    frame = pd.DataFrame({"g": ["a"] * 6 + ["b"] * 40, "y": [0, 1] * 23, "s": [0.2, 0.8] * 23, "p": [0, 1] * 23})
    table = count(frame, **BASE, score="s")
    shares = composite_shares(table, available_composites(table))
    assert shares.share[2].tolist() == [1, 1]
    assert shares.nobs[2].tolist() == pytest.approx([3 * 9 / 7, 3 * 400 / 41])
    # Limits of two rates that are both 1, of 3 and 20 rows each, make no more of the rows than there are.
    lows = [1 - np.hypot(*(2 * [1 - wilson(n, n, critical=critical_value())[0]])) / 2 for n in (3, 20)]
    assert shares.nobs[0].tolist() == pytest.approx([critical_value() ** 2 * low / (1 - low) for low in lows])
    assert shares.nobs[0].tolist() < [6, 40]
    assert shares.nobs[1].tolist() == [6, 40]


def test_other_scores_are_no_probabilities():
    table = count(FRAME.assign(s=FRAME["s"] * 10), **BASE, score="s")
    assert not has_probabilities(table)
    assert [c.name for c in available_composites(table)] == ["balanced_accuracy", "prevalence_error", "auc"]
    assert composite_shares(table, []).share.shape == (0, 3)


def test_calibration():
    table = count(FRAME, **BASE, score="s")
    rows, positives, scores, nobs = calibration_table(table)
    part = FRAME[FRAME["g"] == "a"]
    bins = (part["s"] * 10).astype(int)
    assert rows[0].tolist() == [(bins == k).sum() for k in range(10)]
    assert positives[0].tolist() == [part["y"][bins == k].sum() for k in range(10)]
    assert scores[0].tolist() == pytest.approx([part["s"][bins == k].sum() for k in range(10)])
    assert nobs[0].tolist() == rows[0].tolist()
    error, low, high, total = calibration_error(table, 0.95)
    gap = sum(abs(part["y"][bins == k].mean() - part["s"][bins == k].mean()) * (bins == k).sum() for k in set(bins))
    assert error[0] == pytest.approx(gap / len(part))
    assert total[0] == len(part)
    limits = guarded_limits(positives[0], rows[0], critical=critical_value(1 - 0.05 / 10))
    center = np.divide(scores[0], rows[0], out=np.zeros(10), where=rows[0] > 0)
    least = np.maximum(np.maximum(limits[0] - center, center - limits[1]), 0)
    most = np.maximum(limits[1] - center, center - limits[0])
    assert low[0] == pytest.approx(np.nansum(least * rows[0]) / len(part))
    assert high[0] == pytest.approx(np.nansum(most * rows[0]) / len(part))
    assert low[0] < error[0] < high[0]


def test_calibration_of_weights_and_of_groups_without_labels():
    frame = FRAME.assign(y=FRAME["y"].astype(float).where(FRAME["g"] != "c"))
    table = count(frame, **BASE, score="s", sample_weight="w")
    rows, positives, scores, nobs = calibration_table(table)
    part = frame[frame["g"] == "b"]
    for k in range(10):
        inside = part[(part["s"] * 10).astype(int) == k]
        assert rows[1, k] == inside["w"].sum()
        assert positives[1, k] == (inside["w"] * inside["y"]).sum()
        assert scores[1, k] == pytest.approx((inside["w"] * inside["s"]).sum())
        assert nobs[1, k] == pytest.approx(inside["w"].sum() ** 2 / max((inside["w"] ** 2).sum(), 1e-9))
    assert nobs[2].tolist() == [0] * 10
    error, low, high, total = calibration_error(table, 0.95)
    assert total[2] == 0
    assert np.isnan([error[2], low[2], high[2]]).all()
    light = calibration_error(count(frame.assign(w=frame["w"] / 1e4), **BASE, score="s", sample_weight="w"), 0.95)
    np.testing.assert_allclose(light[0], error)
    np.testing.assert_allclose(light[1:3], [low, high])


def test_scores_of_0_and_1_are_probabilities():
    table = count(FRAME, **BASE, score="s")
    ends = replace(table, bin_scores=np.linspace(0, 1, 100))
    assert has_probabilities(ends)
    assert calibration_table(ends)[0].sum() == ROWS
    for scores in (np.linspace(0, 1.001, 100), np.linspace(-0.001, 1, 100)):
        assert not has_probabilities(replace(table, bin_scores=scores))


def test_inequality_of_replicates_and_empty_groups():
    cells = confusion(count(FRAME, **BASE))
    drawn = np.stack([cells, cells[::-1] * 2, cells + np.arange(4)])
    drawn = np.concatenate([drawn, np.zeros((3, 1, 4))], axis=1)
    for index in ("theil", "generalized_entropy"):
        found = inequality(drawn, index)
        for i in range(3):
            alone = inequality(drawn[i, :3], index)
            assert found.total[i] == pytest.approx(float(alone.total))
            assert found.between[i] == pytest.approx(float(alone.between))
        one = inequality(np.array([[0, 1.0, 0, 0], [0, 0, 1.0, 0]]), index)
        assert float(one.between) == pytest.approx(np.log(2) if index == "theil" else 0.5)
        assert np.isnan([inequality(np.array([[0, 0, 5.0, 0]]), index).between]).all()


def test_inequality_against_rows():
    cells = confusion(count(FRAME, **BASE))
    benefit = FRAME["p"] - FRAME["y"] + 1.0
    mean = benefit.mean()
    ratio = benefit / mean
    theil = (ratio * np.log(ratio.where(ratio > 0, 1))).mean()
    entropy = ((ratio**2) - 1).mean() / 2
    groups = benefit.groupby(FRAME["g"]).transform("mean") / mean
    for index, total, between in (
        ("theil", theil, (groups * np.log(groups)).mean()),
        ("generalized_entropy", entropy, (groups**2 - 1).mean() / 2),
    ):
        found = inequality(cells, index)
        assert float(found.total) == pytest.approx(total)
        assert float(found.between) == pytest.approx(between)
        assert float(found.within) == pytest.approx(total - between)
    assert np.isnan(inequality(np.array([[0.0, 0, 3, 0], [0, 0, 2, 0]]), "theil").total)
    assert float(inequality(np.array([[5.0, 0, 0, 5], [0, 0, 0, 0]]), "theil").total) == 0


def test_bootstrap_draws_rows():
    table = count(FRAME, **BASE)
    drawn = resample(table, 4_000)
    cells = confusion(table)
    assert drawn.shape == (4_000, 3, 4)
    assert (drawn.sum(axis=(1, 2)) == ROWS).all()
    np.testing.assert_allclose(drawn.mean(axis=0), cells, rtol=0.02)
    np.testing.assert_allclose(drawn.var(axis=0), cells * (1 - cells / ROWS), rtol=0.1)
    np.testing.assert_array_equal(resample(table), resample(table, 1_000, random_state=0))
    assert not np.array_equal(resample(table, 5), resample(table, 5, random_state=1))
    one = resample(count(FRAME.assign(one=1.0), **BASE, sample_weight="one"), 5)
    np.testing.assert_array_equal(one, resample(table, 5))


def test_bootstrap_of_weights_and_clusters():
    table = count(FRAME, **BASE, sample_weight="w")
    drawn = resample(table, 4_000)
    np.testing.assert_allclose(drawn.mean(axis=0), confusion(table), rtol=0.02)
    np.testing.assert_allclose(drawn.var(axis=0), confusion(table, squared=True), rtol=0.1)
    frame = clustered_frame()
    clustered = count(frame, sensitive_features=["g"], y_pred="p", cluster="c")
    spread = resample(clustered, 3_000)[:, :, 1].std(axis=0)
    naive = resample(clustered.without_clusters(), 3_000)[:, :, 1].std(axis=0)
    totals = frame.assign(p=frame["p"].where(frame["g"] == "a", 0)).groupby("c")["p"].sum()
    assert spread[0] == pytest.approx(totals.std(ddof=0) * np.sqrt(180), rel=0.06)
    assert (spread > 1.2 * naive).all()


def test_bootstrap_of_cells_that_nobody_weighs():
    frame = FRAME[~((FRAME["g"] == "a") & (FRAME["y"] == 1) & (FRAME["p"] == 0))]
    zero = (frame["g"] == "b") & (frame["y"] == 1)
    frame = frame.assign(w=frame["w"].where(~zero, 0) / 10)
    table = count(frame, **BASE, sample_weight="w")
    drawn = resample(table, 3_000)
    cells, squares = confusion(table), confusion(table, squared=True)
    assert (drawn[:, cells == 0] == 0).all()
    assert (cells == 0).sum() == 3
    np.testing.assert_allclose(drawn.mean(axis=0), cells, rtol=0.02)
    np.testing.assert_allclose(drawn.var(axis=0), squares, rtol=0.15)


def test_bootstrap_of_clusters_draws_them_whole(monkeypatch):
    frame = pd.DataFrame({"g": ["a"] * 6 + ["b"] * 6, "c": [0, 0, 1, 1, 2, 2] * 2, "p": [0, 1] * 6})
    table = count(frame, sensitive_features=["g"], y_pred="p", cluster="c")
    whole = resample(table, 50)
    assert whole.shape == (50, 2, 4)
    # Every cluster has one row of each group and prediction, so that every draw of three gives the same table.
    assert (whole == [3, 3, 0, 0]).all()
    frame = clustered_frame()
    table = count(frame, sensitive_features=["g"], y_pred="p", cluster="c")
    at_once = resample(table, 40)
    for size in (1, 180, 180 * 7):
        monkeypatch.setattr(resampling, "BLOCK", size)
        np.testing.assert_array_equal(resample(table, 40), at_once)
    assert at_once.sum(axis=(1, 2)).tolist() == [900] * 40
    tail = frame.assign(g=np.where(frame["g"] == "c", "b", frame["g"]))
    enum = tail.assign(g=pd.Categorical(tail["g"], ["a", "b", "c"]))
    unused = resample(count(enum, sensitive_features=["g"], y_pred="p", cluster="c"), 5)
    assert unused.shape == (5, 3, 4)
    assert (unused[:, 2] == 0).all()


def test_percentile_interval():
    table = count(FRAME, **BASE)
    for replicates, seed in ((200, 0), (1_000, 3)):
        values = TPR.estimate(resample(table, replicates, random_state=seed))
        found = percentile_interval(table, TPR.estimate, replicates=replicates, random_state=seed)
        np.testing.assert_allclose(found, np.quantile(values, [0.025, 0.975], axis=0))
    low, high = percentile_interval(table, TPR.estimate)
    wider = percentile_interval(table, TPR.estimate, confidence=0.99)
    assert (wider[0] < low).all()
    assert (wider[1] > high).all()
    values = TPR.estimate(resample(table))
    np.testing.assert_allclose([low, high], np.quantile(values, [0.025, 0.975], axis=0))


def test_rates_are_declared_once():
    names = [name for rate in RATES for name in (rate.name, *rate.aliases)]
    assert len(names) == len(set(names))
    for rate in RATES:
        assert rate.label
        assert rate.meaning
        assert rate.undefined
        assert rate.source
        assert rate.counted in rate.among
        if rate.complement:
            other = get_rate(rate.complement)
            assert other.complement == rate.name
            assert other.among == rate.among
            assert other.counted == rate.among & ~rate.counted
    assert [c.name for c in Cell] == ["TN", "FP", "FN", "TP"]
    assert (Cell.FP | Cell.TP).mask.tolist() == [0, 1, 0, 1]
    assert [r.name for r in available_rates(True, False)] == ["base_rate"]
    assert available_rates(True, True) == RATES
    assert get_rate("treatment_equality").estimate(np.array([1.0, 4, 2, 1])) == pytest.approx(0.5)
    assert np.isinf(get_rate("treatment_equality").estimate(np.array([1.0, 0, 2, 1])))


def test_verdicts():
    nan = float("nan")
    rows = [
        (0.01, 0.2, 0.05, "shown"),
        (0.01, 0.2, 0.0501, "cannot tell"),
        (-0.2, -0.01, 0.01, "shown"),
        (0.0, 0.2, 0.01, "cannot tell"),
        (-0.05, 0.05, 1.0, "not shown"),
        (-0.051, 0.05, 1.0, "cannot tell"),
        (-0.05, 0.051, 1.0, "cannot tell"),
        (nan, nan, nan, "cannot tell"),
        (0.01, 0.04, 0.2, "not shown"),
        (-0.2, 0.0, 0.01, "cannot tell"),
    ]
    low, high, p, expected = zip(*rows, strict=True)
    assert verdicts(low, high, p, "difference", alpha=0.05).tolist() == list(expected)
    low, high, p = [0.8, 0.79, 1.01, 0.5], [1.25, 1.25, 1.1, 0.99], [1, 1, 0.01, 0.01]
    assert verdicts(low, high, p, "ratio", alpha=0.05).tolist() == [
        "not shown",
        "cannot tell",
        "shown",
        "shown",
    ]
    assert is_material([0.05, 0.0501, -0.0501, nan]).tolist() == [False, True, True, None]
    assert is_material([0.01] * 4, [0.8, 0.79, 1.25, 1.26]).tolist() == [False, True, False, True]


def test_score_counts():
    table = count(FRAME, **BASE, score="s")
    cells = score_counts(table)
    part = FRAME[(FRAME["g"] == "b") & (FRAME["y"] == 1)]
    assert cells[1, 1].tolist() == np.bincount((part["s"] * 100).astype(int), minlength=100).tolist()
    assert cells.sum() == ROWS


def test_what_few_carry_takes_part_in_the_design_effect_of_all_groups():
    rng = np.random.default_rng(4)
    clusters = np.repeat(np.arange(60), 10)
    likes = rng.beta(0.5, 0.5, 60)[clusters]
    few = clusters < 12
    frame = pd.DataFrame({"g": np.where(few, "few", "many"), "c": clusters})
    for rate, borrows in ((0.05, True), (0.5, False)):
        frame["p"] = (rng.random(600) < np.where(few, rate, likes)).astype(int)
        table = count(frame, sensitive_features=["g"], y_pred="p", cluster="c")
        found = group_shares(table, [get_rate("selection_rate")])
        share, variance, _ = robust_variance(frame[few], frame["c"][few])
        own = min(share * (1 - share) / variance, 120)
        assert found.nobs[0, 0] < 0.6 * own if borrows else found.nobs[0, 0] == pytest.approx(own)
        assert found.df[0].tolist() == pytest.approx([11, 47])
