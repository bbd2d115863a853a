"""The plot of the first places says who stands below fair draws."""

import numpy as np
import pandas as pd

import biasaudit as ba
from biasaudit.reporting.plots import plot_top_shares


def drawn(gap):
    rng = np.random.default_rng(3)
    job, group = np.repeat(np.arange(30), 20), np.tile(["a", "<b>"], 300)
    frame = pd.DataFrame({"job": job, "group": group, "score": rng.normal(size=600) - gap * (group == "<b>")})
    audit = ba.audit_rankings(frame, sensitive_features="group", query="job", score="score")
    return plot_top_shares(audit.top_shares(), "group")


def test_the_title_names_who_is_farthest_below():
    plot = drawn(2.0)
    assert plot.title.startswith("Share of the first places by group: farthest below fair draws is <b>, with ")
    assert {trace.name for trace in plot.figure.data if trace.name} == {"a", "&lt;b&gt;"}
    assert len(plot.table) == 40


def test_equal_groups_stay_in_their_bands_but_for_chance():
    table = drawn(0.0).table
    assert ((table["share"] >= table["low"]) & (table["share"] <= table["high"])).mean() > 0.8
