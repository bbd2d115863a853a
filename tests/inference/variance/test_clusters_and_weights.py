"""Effective rows of every measure at once, against plain loops over rows and clusters."""

import numpy as np
import pandas as pd
import pytest

from biasaudit import count
from biasaudit.inference.variance.composite_shares import composite_shares
from biasaudit.inference.variance.effective import group_shares, rest_shares
from biasaudit.metrics.cell_totals import cluster_totals, confusion, score_counts, sum_of_others
from biasaudit.metrics.composites import available_composites
from biasaudit.metrics.linearised import linearised_rows
from biasaudit.metrics.rates import RATES, Cell

GROUPS = list("abcd")
COLUMNS = {"sensitive_features": ["g"], "y_true": "y", "y_pred": "p", "cluster": "c"}


def people(clusters_of, rows=400, seed=0):
    """Rows in clusters that are alike; group d has no positive label, and some rows have no label."""
    rng = np.random.default_rng(seed)
    c = rng.integers(0, clusters_of, rows)
    likes = rng.beta(0.7, 0.7, clusters_of)[c]
    g = rng.choice(GROUPS, rows, p=[0.4, 0.3, 0.2, 0.1])
    y = np.where(g == "d", 0, rng.random(rows) < likes).astype(float)
    y[rng.random(rows) < 0.05] = np.nan
    s = np.floor(np.clip(0.3 + 0.4 * likes + rng.normal(0, 0.2, rows), 0, 0.999) * 100) / 100 + 0.005
    frame = pd.DataFrame({"g": g, "y": y, "p": (s > 0.5).astype(int), "s": s, "c": c})
    return frame.assign(w=rng.integers(1, 8, rows) / 4)


def with_weights(frame, weighted):
    known = frame.dropna().reset_index(drop=True)
    return known if weighted else known.assign(w=1.0)


def parts(frame, outside):
    return [frame[(frame["g"] != name) if outside else (frame["g"] == name)] for name in GROUPS]


def in_cells(part, cells):
    """Say which rows stand in one of the cells of the confusion matrix."""
    index = 2 * part["y"].astype(int) + part["p"]
    return cells.mask[index.to_numpy()] > 0


def residuals(part, rate):
    """Of each cluster with an eligible row: its counted less expected weights, weight, and squares; and the share."""
    part = part[in_cells(part, rate.among)]
    counted = in_cells(part, rate.counted)
    if not len(part):
        return {}, np.nan
    share = part["w"][counted].sum() / part["w"].sum()
    return sums_of(part, part["w"] * (counted - share)), share


def sums_of(part, left):
    """Residual, weight and squared weights of each cluster, by its name."""
    sums = pd.DataFrame({"c": part["c"], "r": left, "b": part["w"], "q": part["w"] ** 2}).groupby("c").sum()
    return {name: tuple(row) for name, row in zip(sums.index, sums.to_numpy(), strict=True)}


def independent_rows(frame, outside, rate):
    """Effective rows of each group were its rows independent; linearised_rows has its own tests."""
    found = np.zeros((2, 2, len(GROUPS)))
    for j, part in enumerate(parts(frame, outside)):
        part = part[in_cells(part, rate.among)]
        for side, chosen in enumerate((in_cells(part, rate.counted), ~in_cells(part, rate.counted))):
            w = part["w"].to_numpy()[chosen]
            found[:, side, j] = w.sum(), (w**2).sum()
    return linearised_rows(*found[:, None])[0]


def shape_of(sums, rho):
    """Residuals, spreads, parts of the rows, and what residuals leave of a spread, of the clusters of a group."""
    r, b, q = np.array(list(sums.values())).reshape(-1, 3).T
    t, h = q + rho * (b**2 - q), b / b.sum()
    return r, b, q, t, h, 1 - 2 * h + h**2 * t.sum() / t


def correlation_by_the_book(groups, shares, rows):
    rho = 0.1
    for _ in range(3):
        found, whole = 0.0, 0.0
        for sums, share, n in zip(groups, shares, rows, strict=True):
            if not 0 < share < 1 or len(sums) < 2:
                continue
            r, b, q, t, _, left = shape_of(sums, rho)
            of_a_row = share * (1 - share) / n * b.sum() ** 2 / q.sum()
            weight = (b**2 - q) / t**2
            found += (weight * (r**2 / of_a_row / left - q)).sum()
            whole += (weight * (b**2 - q)).sum()
        rho = min(max(found / whole, 0), 1)
    return rho


def robust_by_the_book(sums, share, rows, rho):
    """Effective rows and degrees of freedom of a group, with dense matrices."""
    m = len(sums)
    if m < 2:
        return 0.0, 0.0
    r, b, q, t, h, left = shape_of(sums, rho)
    variance = (r**2 / left).sum() / b.sum() ** 2
    residual = np.diag(left**-0.5) @ (np.eye(m) - np.outer(h, np.ones(m)))
    form = residual @ np.diag(t) @ residual.T
    df = np.trace(form) ** 2 / np.trace(form @ form)
    if rows == 0:
        return 0.0, df
    own = share * (1 - share) / variance if variance > 0 else m
    own = min(own, rows)
    return min(own, rows * q.sum() / t.sum()) if min(share, 1 - share) * own < 10 else own, df


def by_the_book(frame, outside, rate):
    """Share, effective rows and degrees of freedom of each group."""
    inside, out = ([residuals(part, rate) for part in parts(frame, side)] for side in (False, True))
    groups, shares = zip(*inside, strict=True)
    rho = correlation_by_the_book(groups, shares, independent_rows(frame, False, rate))
    found = []
    for j, (sums, share) in enumerate(out if outside else inside):
        rows = independent_rows(frame, outside, rate)[j]
        found.append([share, *robust_by_the_book(sums, share, rows, rho)])
    return np.array(found).T


@pytest.mark.parametrize("clusters", [150, 20])
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("outside", [False, True])
def test_rates_in_clusters(clusters, weighted, outside):
    frame = people(clusters)
    table = count(frame, **COLUMNS, sample_weight="w" if weighted else None)
    shares = (rest_shares if outside else group_shares)(table, RATES)
    for i, rate in enumerate(RATES):
        share, nobs, df = by_the_book(with_weights(frame, weighted), outside, rate)
        np.testing.assert_allclose(shares.share[i], share, rtol=1e-10, err_msg=rate.name)
        np.testing.assert_allclose(shares.nobs[i], nobs, rtol=1e-8, err_msg=rate.name)
        np.testing.assert_allclose(shares.df[i], df, rtol=1e-8, err_msg=rate.name)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("reference", [0, 2])
def test_correlation_through_clusters(weighted, reference):
    frame = people(60, seed=1)
    table = count(frame, **COLUMNS, sample_weight="w" if weighted else None)
    found = cluster_totals(table, RATES).correlation(group_shares(table, RATES).share, reference)
    for i, rate in enumerate(RATES):
        found_sums = [residuals(part, rate)[0] for part in parts(with_weights(frame, weighted), False)]
        sums = [{k: r for k, (r, _, _) in of_group.items()} for of_group in found_sums]
        for j, mine in enumerate(sums):
            theirs = sums[reference]
            both = sum(r * theirs.get(k, 0) for k, r in mine.items())
            scale = np.sqrt(sum(r**2 for r in mine.values()) * sum(r**2 for r in theirs.values()))
            assert found[i, j] == pytest.approx(both / scale if scale > 0 else 0, abs=1e-9), (rate.name, j)


def influences(part):
    """Share, influence of each row, effective rows where no variance is seen, and of the smaller class: by measure."""
    w, y, p, s = (part[k].to_numpy(dtype=float) for k in "wyps")
    total, kish = w.sum(), w.sum() ** 2 / (w**2).sum()
    of_class = [y == 0, y == 1]
    weight = [w[k].sum() for k in of_class]
    n0, n1 = (w[k].sum() ** 2 / (w[k] ** 2).sum() if k.any() else 0.0 for k in of_class)
    out = {}
    for name, value in {
        "prevalence_error": (1 + p - y) / 2,
        "brier": (s - y) ** 2,
        "calibration_in_the_large": (1 + s - y) / 2,
    }.items():
        mean = (w * value).sum() / total
        out[name] = mean, (value - mean) / total, kish, kish
    if n0 == 0 or n1 == 0:
        nothing = np.nan, np.zeros(len(w)), 0.0, 0.0
        return out | {"balanced_accuracy": nothing, "auc": nothing}
    right = (p == y).astype(float)
    rates = [(w * right)[k].sum() / weight[i] for i, k in enumerate(of_class)]
    adds = np.where(y == 1, (right - rates[1]) / weight[1], (right - rates[0]) / weight[0]) / 2
    out["balanced_accuracy"] = sum(rates) / 2, adds, 4 * n0 * n1 / (n0 + n1), min(n0, n1)
    wins = (s[y == 1][:, None] > s[y == 0]) + 0.5 * (s[y == 1][:, None] == s[y == 0])
    of_positive, of_negative = wins @ w[y == 0] / weight[0], w[y == 1] @ wins / weight[1]
    auc = (w[y == 1] * of_positive).sum() / weight[1]
    adds = np.zeros(len(w))
    adds[y == 1] = (of_positive - auc) / weight[1] * np.sqrt(n1 / max(n1 - 1, 0.5))
    adds[y == 0] = (of_negative - auc) / weight[0] * np.sqrt(n0 / max(n0 - 1, 0.5))
    out["auc"] = auc, adds, 3 * n0 * n1 / (n0 + n1 + 1), min(n0, n1)
    return out


def rows_for(share, variance, fewest, smallest):
    rows = share * (1 - share) / variance if variance > 0 else fewest
    return min(rows, fewest) if smallest < 30 else rows


def composite_by_the_book(groups, name, clustered):
    """Share, effective rows and degrees of freedom of each group."""
    told = [influences(part)[name] for part in groups]
    shares = [share for share, *_ in told]
    squares = [((part["w"] * adds) ** 2).sum() for part, (_, adds, _, _) in zip(groups, told, strict=True)]
    clusters = [part["c"].nunique() for part in groups]
    rows = []
    for (share, _, fewest, smallest), variance, m in zip(told, squares, clusters, strict=True):
        few = min(fewest, m) if clustered else fewest
        rows.append(0.0 if np.isnan(share) else rows_for(share, variance, few, smallest))
    if not clustered:
        return np.array([shares, rows, [np.inf] * len(rows)])
    sums = [
        sums_of(part, part["w"] * adds * part["w"].sum()) for part, (_, adds, _, _) in zip(groups, told, strict=True)
    ]
    rho = correlation_by_the_book(sums, shares, rows)
    found = [robust_by_the_book(*group, rho) for group in zip(sums, shares, rows, strict=True)]
    return np.array([shares, *zip(*found, strict=True)])


def kept(table, composite, clustered=False, outside=False):
    """Part of the rows by the book that is left where few carry them: test_small_numbers holds how many."""
    cells = [(score_counts if composite.scored else confusion)(table, squared=squared) for squared in (False, True)]
    found = composite.influence(*(map(sum_of_others, cells) if outside else cells), table.bin_scores)
    if clustered:
        return found.retained_share
    with np.errstate(invalid="ignore"):
        return np.nan_to_num(
            found.independent_rows / found.effective_rows(found.variance(), found.rows_without_variance), nan=1.0
        )


@pytest.mark.parametrize("clusters", [150, 12])
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("clustered", [False, True])
def test_composites_in_clusters(clusters, weighted, clustered):
    frame = people(clusters, seed=2)
    # A group in one cluster, whose rows say nothing about other clusters.
    frame.loc[frame["g"] == "c", "c"] = 5
    columns = COLUMNS | ({} if clustered else {"cluster": None})
    table = count(frame, **columns, score="s", sample_weight="w" if weighted else None)
    composites = available_composites(table)
    assert len(composites) == 5
    shares = composite_shares(table, composites)
    assert np.isnan(shares.numerator).all()
    known = with_weights(frame, weighted)
    for i, composite in enumerate(composites):
        share, nobs, df = composite_by_the_book(parts(known, False), composite.name, clustered)
        np.testing.assert_allclose(shares.share[i], share, rtol=1e-10, err_msg=composite.name)
        left = kept(table, composite, clustered)
        np.testing.assert_allclose(shares.nobs[i], nobs * left, rtol=1e-8, err_msg=composite.name)
        assert composite.name in ("balanced_accuracy", "auc") or (left == 1).all()
        rows = [part["w"].sum() for part in parts(known, False)]
        np.testing.assert_allclose(shares.denominator[i], rows, err_msg=composite.name)
        np.testing.assert_allclose(shares.df[i], df, rtol=1e-8)


def test_composites_outside_take_the_design_effect_of_all_rows():
    frame = people(150, seed=3)
    table = count(frame, **COLUMNS, score="s")
    composites = available_composites(table)
    shares = composite_shares(table, composites, outside=True)
    known = with_weights(frame, False)
    for i, composite in enumerate(composites):
        (_, clustered, df), (_, independent, _) = (
            composite_by_the_book([known], composite.name, clustered)[:, 0] for clustered in (True, False)
        )
        of_all, of_rows = (kept(table.rollup(()), composite, clustered)[0] for clustered in (True, False))
        share, nobs, _ = composite_by_the_book(parts(known, True), composite.name, False)
        left = kept(table, composite, outside=True)
        np.testing.assert_allclose(shares.share[i], share)
        np.testing.assert_allclose(shares.nobs[i], nobs * left * clustered * of_all / (independent * of_rows))
        np.testing.assert_allclose(shares.df[i], df)


def test_cells_by_name():
    frame = pd.DataFrame({"y": [0, 0, 1, 1], "p": [0, 1, 0, 1]})
    assert in_cells(frame, Cell.FP | Cell.TP).tolist() == [False, True, False, True]
