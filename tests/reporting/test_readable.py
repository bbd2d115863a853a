"""Tables for people: every cell words or numbers as they are read, nothing raw."""

import numpy as np
import pandas as pd
import pytest

import biasaudit as ba
from biasaudit.reporting.readable import readable
from biasaudit.reporting.report import Column


@pytest.fixture(scope="module")
def audit():
    return ba.audit_predictions(ba.datasets.load_compas())


def test_rates_of_an_audit_are_in_words(audit):
    shown = readable(audit.rates()[lambda t: t["metric"] == "false_positive_rate"].head(2))
    assert shown.iloc[0].to_dict() == {
        "Metric": "false positive rate",
        "Group": "everyone",
        "Counted": "1,282",
        "Among": "3,963",
        "Value": "32.3 %",
        "Interval": "30.9 to 33.8 %",
        "Partly pooled": "–",
        "Interval (2)": "–",
    }
    assert shown.iloc[1][["Partly pooled", "Interval (2)"]].tolist() == ["44.8 %", "42.4 to 47.0 %"]


def test_gaps_have_their_unit_and_no_p_of_zero(audit):
    gaps = audit.disparities()
    chosen = gaps[(gaps["metric"] == "selection_rate") & (gaps["kind"] == "pair")].head(2)
    shown = readable(chosen)
    assert {"Metric", "Comparison", "Value", "Interval", "p, adjusted", "Verdict"} <= set(shown)
    assert shown["Value"].iloc[0].endswith(" points")
    assert "%" not in shown["Value"].iloc[0]
    assert not shown.isin(["nan", "0.000", "None"]).any().any()


@pytest.mark.parametrize("table", ["rates", "disparities"])
def test_no_cell_is_raw(audit, table):
    found = readable(getattr(audit, table)())
    cells = found.to_numpy().ravel()
    assert all(isinstance(cell, str) for cell in cells)
    assert not [cell for cell in cells if cell in ("nan", "None", "") or "{" in cell or "np." in cell]
    # A limit of a ratio may be 0.000, a p-value is never.
    limits = [name for name in ("From, adjusted", "To, adjusted") if name in found]
    assert not (found.drop(columns=limits) == "0.000").any().any()


def test_numbers_without_a_meaning_keep_four_digits_that_count():
    frame = pd.DataFrame({"odd": [0.123456, 1234567.0, 0.0, np.nan, 0.00000001, -0.00001, np.inf]})
    assert readable(frame)["Odd"].tolist() == ["0.1235", "1,234,567", "0", "–", "< 0.001", "> −0.001", "∞"]


def test_what_says_nothing_is_left_out():
    frame = pd.DataFrame(
        {"group": ["a", "b"], "reason": ["", ""], "estimate": [np.nan] * 2, "low": np.nan, "high": 0.1}
    )
    assert readable(frame).columns.tolist() == ["Group"]


def test_columns_say_how_they_are_written():
    frame = pd.DataFrame({"gap": [-0.1, np.nan], "gap_low": [-0.2, np.nan], "gap_high": [0.0, np.nan]})
    frame.attrs["columns"] = (Column("gap", "Gap, points", "points", ("gap_low", "gap_high")),)
    assert readable(frame).to_dict("list") == {"Gap, points": ["−10.0", "–"], "Interval": ["−20.0 to 0.0", "–"]}


def test_two_heads_of_the_same_words_stay_two_columns():
    frame = pd.DataFrame({"a b": [1], "a_b": [2]})
    assert readable(frame).to_dict("list") == {"A b": ["1"], "A b (2)": ["2"]}


def test_a_table_without_rows_has_none():
    assert readable(pd.DataFrame({"a": []})).empty


def test_hostile_text_is_kept_but_cannot_steer():
    assert readable(pd.DataFrame({"n\x1b": ["\x1b[31mred\u202e"]})).to_dict("list") == {"N�": ["�[31mred�"]}
