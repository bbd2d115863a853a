"""Gaps that turn round: Berkeley's admissions and kidney stones, held against statsmodels."""

import numpy as np
import pandas as pd
import pytest
from data_audits import audited, part, told
from planted_data import planted
from statsmodels.stats.contingency_tables import StratifiedTable, Table2x2

import biasaudit as ba


@pytest.fixture(scope="module")
def berkeley():
    return ba.audit_dataset(ba.datasets.load_berkeley())


def berkeley_tables():
    frame = ba.datasets.load_berkeley().frame
    return [
        pd.crosstab(rows["gender"], rows["admitted"]).loc[["Male", "Female"], [1, 0]].to_numpy()
        for _, rows in frame.groupby("department")
    ]


def test_berkeley_turns_round_as_published(berkeley):
    (row,) = part(berkeley, "reversals").rows
    tables = berkeley_tables()
    inside, crude = StratifiedTable(tables), Table2x2(sum(tables))
    assert row["column"] == "department"
    assert row["driven_by"] == "A"
    assert row["verdict"] == "shown"
    # Bickel, Hammel and O'Connell (1975): 44.5 % of men and 30.4 % of women.
    assert row["rates"] == pytest.approx((0.3035, 0.4452), abs=5e-5)
    assert (round(1 / row["crude"], 3), round(1 / row["estimate"], 3)) == (1.841, 0.905)
    assert 1 / row["crude"] == pytest.approx(crude.oddsratio)
    assert 1 / row["estimate"] == pytest.approx(inside.oddsratio_pooled)
    assert (1 / row["high"], 1 / row["low"]) == pytest.approx(inside.oddsratio_pooled_confint())
    assert (1 / row["crude_high"], 1 / row["crude_low"]) == pytest.approx(crude.oddsratio_confint())
    assert row["homogeneity"] == pytest.approx(inside.test_equal_odds(adjust=True).pvalue, rel=1e-4)


def test_berkeley_is_told(berkeley):
    assert told(berkeley, "reversals") == [
        (
            "shown",
            "By department, the gap in admitted turns round. In total 30.4 % for gender = Female and 44.5 % for "
            "gender = Male (odds ratio 1.841 of Male to Female); within department the odds ratio is 0.905 "
            "(Mantel and Haenszel). Driven by department A: 82.4 % and 62.1 %.",
        )
    ]
    assert "a gap that turns round within department" in berkeley.report().headline


def test_the_other_reference_tells_the_other_way_round(berkeley):
    frame = ba.datasets.load_berkeley().frame
    turned = ba.audit_dataset(
        frame, label="admitted", sensitive_features="gender", features=["department"], reference={"gender": "Female"}
    )
    (row,), (before,) = part(turned, "reversals").rows, part(berkeley, "reversals").rows
    assert (row["crude"], row["estimate"]) == pytest.approx((1 / before["crude"], 1 / before["estimate"]))
    assert row["p_value"] == pytest.approx(before["p_value"])
    assert row["driven_by"] == "A"


def kidney_stones(times=1):
    """Charig and others (1986), BMJ 292: success by treatment and size of the stone."""
    cells = [("A", "small", 81, 87), ("A", "large", 192, 263), ("B", "small", 234, 270), ("B", "large", 55, 80)]
    rows = [(t, size, int(i < x)) for t, size, x, n in cells for i in range(n)] * times
    return pd.DataFrame(rows, columns=["treatment", "size", "success"])


def stones(frame, **given):
    return ba.audit_dataset(
        frame, label="success", sensitive_features="treatment", reference={"treatment": "B"}, **given
    )


def test_a_famous_reversal_that_chance_explains_is_not_named():
    audit = stones(kidney_stones())
    (row,) = part(audit, "reversals").rows
    assert (row["crude"], row["estimate"]) == (pytest.approx(0.748, abs=5e-4), pytest.approx(1.446, abs=5e-3))
    assert (row["verdict"], row["driven_by"]) == ("not shown", "")
    assert told(audit, "reversals") == []
    assert part(audit, "reversals").section().sentences[0] == "No gap turns round within the levels of any column."


def test_with_thirty_times_the_patients_it_is():
    (row,) = part(stones(kidney_stones(30)), "reversals").rows
    assert row["verdict"] == "shown"
    assert set(row["driven_by"].split(", ")) == {"large", "small"}


def test_a_reversal_within_missing_values():
    frame = kidney_stones(30).assign(size=lambda f: f["size"].where(f["size"] == "small"))
    frame["size"] = frame["size"].where(frame["size"].notna(), None)
    frame["other"] = np.where(np.arange(len(frame)) % 2, "x", "y")
    rows = {row["column"]: row for row in part(stones(frame), "reversals").rows}
    # One level and missing ones are two strata only where the level is one of several.
    assert "size" not in rows
    frame["size"] = frame["size"].where(frame["size"].isna() | (frame["other"] == "x"), "tiny")
    row = next(row for row in part(stones(frame), "reversals").rows if row["column"] == "size")
    assert row["verdict"] == "shown"
    assert "(missing)" in row["driven_by"]


def test_a_gap_that_only_shrinks_is_no_reversal():
    audit = audited(planted(0, rows=4_000, history=4, unmeasured=0.8))
    rows = part(audit, "reversals").rows
    assert {row["column"] for row in rows} == {"years", "score", "degree", "town", "club", "month"}
    assert {row["verdict"] for row in rows} == {"not shown"}
    assert all(row["p_value"] == 1 for row in rows)


def test_a_column_of_too_many_values_makes_no_strata():
    frame = kidney_stones(30)
    frame["ward"] = [f"ward {i % 150}" for i in range(len(frame))]
    assert [row["column"] for row in part(stones(frame), "reversals").rows] == ["size"]


def test_strata_of_the_user_alone_are_tried():
    audit = audited(planted(0), strata=["town", "degree"])
    assert [row["column"] for row in part(audit, "reversals").rows] == ["town", "degree"]


def test_nothing_turns_round_where_nothing_is_planted():
    alarms = 0
    for seed in range(12):
        rows = part(audited(planted(100 + seed, rows=600)), "reversals").rows
        alarms += any(row["verdict"] == "shown" for row in rows)
    assert alarms == 0


def test_a_gap_that_vanishes_within_strata_is_no_reversal():
    # The total and one stratum are far beyond chance and point opposite ways, but within strata nothing is left.
    cells = [("A", "small", 2530, 4600), ("A", "large", 2660, 3800)]
    cells += [("B", "small", 910, 1400), ("B", "large", 3250, 5000)]
    rows = [(t, size, int(i < x)) for t, size, x, n in cells for i in range(n)]
    (row,) = part(stones(pd.DataFrame(rows, columns=["treatment", "size", "success"])), "reversals").rows
    assert row["crude_high"] < 1 < row["estimate"]
    assert row["low"] < row["crude_high"]
    assert row["verdict"] == "not shown"
