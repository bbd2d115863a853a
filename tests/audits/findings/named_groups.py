"""Whom a sentence names, and tables in which somebody may be named wrongly."""

import re

import numpy as np
import pandas as pd

import biasaudit as ba
from biasaudit.inference.verdicts import SHOWN

NOTHING = ("No gap", "No bias")


def block(group, n, share, **columns):
    """Make n people of whom a share is predicted positive."""
    return pd.DataFrame({"g": group, "p": (np.arange(n) < round(n * share)).astype(float), **columns})


def decisions(*blocks, **how):
    return ba.audit_predictions(pd.concat(blocks, ignore_index=True), sensitive_features="g", y_pred="p", **how)


def named_in(sentence):
    return set(re.findall(r"g = (\w+)", sentence))


def shown_pairs(audit):
    rows = audit.disparities()
    rows = rows[(rows["verdict"] == SHOWN) & rows["kind"].isin(["pair", "to_overall"])]
    return [
        (row["metric"], *({*row[side].values()} for side in ("group", "reference"))) for row in rows.to_dict("records")
    ]


def holds(audit):
    """Assert what every audit has to hold."""
    report, rows, pairs = audit.report(), audit.disparities(), shown_pairs(audit)
    matters = (rows["verdict"] == SHOWN) & (rows["material"] == True)  # noqa: E712
    assert not (matters.any() and report.headline.startswith(NOTHING)), report.headline
    for one in report.findings:
        if one.verdict == SHOWN and one.kind != "section":
            assert one.kind == "range" or (one.metric, {*one.group.values()}, {*one.reference.values()}) in pairs
            # Whom a range would name, no row shows.
            assert one.kind != "range" or not named_in(one.sentence.split(" Left out")[0])
        assert (
            one.expected_by_chance is None
            or one.estimate is None
            or ("by chance" not in one.sentence or one.expected_by_chance < one.estimate)
        )
    return report


# Tables that are traps, with what must be in the headline and what must not.
PAIR = (block("A", 3000, 0.5), block("B", 3000, 0.2))
TRAPS = {
    "nobody decided about some": block("C", 300, 0.5).assign(p=np.nan),
    "nobody decided about one": block("C", 1, 0.5).assign(p=np.nan),
    "one who is selected": block("C", 1, 1.0),
    "two who are not": block("C", 2, 0.0),
    "a missing group": block(None, 300, 0.5).assign(p=np.nan),
    "a blank name": block("  ", 40, 0.5).assign(p=np.nan),
    "many small groups": pd.concat([block(f"S{i}", 2, i % 2) for i in range(12)]),
    "many groups without decisions": pd.concat([block(f"S{i}", 2, 0).assign(p=np.nan) for i in range(12)]),
}
