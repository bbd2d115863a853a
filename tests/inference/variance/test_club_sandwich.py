"""Shares of groups whose rows come in clusters, to the digits of clubSandwich (R), on data that it publishes.

The totals of the clusters and the digits are written by club_sandwich.R: a trial of awards in Israeli schools (Angrist
and Lavy 2009, as Pustejovsky and Tipton 2018 use it), and the weights of chicks that come with R.
"""

import csv
from pathlib import Path

import numpy as np
import pytest

from biasaudit.inference.variance.bias_reduced import bias_reduced
from biasaudit.inference.variance.degrees_of_freedom import df_of_difference
from biasaudit.metrics.cell_totals import ClusterTotals

HERE = Path(__file__).parent


def lines(name):
    with (HERE / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


DIGITS = lines("club_sandwich.csv")


def measured(example, rho):
    """Return the groups of an example with their shares, effective rows, variances and degrees of freedom."""
    rows = sorted(
        (line["group"], int(line["counted"]), int(line["rows"]))
        for line in lines("club_sandwich_totals.csv")
        if line["example"] == example
    )
    groups = sorted({group for group, *_ in rows})
    counted, size = (np.array([[row[i] for row in rows]], dtype=float) for i in (1, 2))
    of = np.array([groups.index(group) for group, *_ in rows])
    totals = ClusterTotals(counted, size, size, of, np.arange(len(rows)), len(groups), len(rows))
    share = totals.by_group(counted) / totals.by_group(size)
    found = bias_reduced(totals, share, np.array([[rho]]))
    nobs = totals.by_group(size) / found.design_effect
    return groups, share[0], nobs[0], found.variance[0], found.df[0]


@pytest.mark.parametrize("line", DIGITS, ids=lambda line: "-".join([line["what"], line["versus"], line["rho"]]))
def test_to_the_digits_of_club_sandwich(line):
    groups, share, nobs, variance, df = measured(line["example"], float(line["rho"]))
    at = groups.index(line["what"])
    found = share[at], variance[at], df[at]
    if line["versus"]:
        to = groups.index(line["versus"])
        freedom = df_of_difference(nobs[at], df[at], nobs[to], df[to])
        found = share[at] - share[to], variance[at] + variance[to], freedom
    expected = [float(line[name]) for name in ("estimate", "variance", "df")]
    # A working covariance given to clubSandwich is inverted there, which costs digits.
    assert found == pytest.approx(expected, rel=1e-9)


def test_every_example_is_read():
    assert len(DIGITS) == 20
