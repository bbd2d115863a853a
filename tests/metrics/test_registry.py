"""Every declared row of a metric keeps the same contracts."""

import pickle

import numpy as np
import pytest

from biasaudit.metrics import rates
from biasaudit.metrics.composites import Composite
from biasaudit.metrics.rates import Cell, Rate
from biasaudit.metrics.registry import aliases, all_metrics, in_registry_order, is_declared, row_of
from biasaudit.metrics.units import NUMBER, SHARE, Unit

ROWS = all_metrics()
OPPOSITE = {"high": "low", "low": "high", "": ""}


def test_names_are_taken_once():
    names = [name for row in ROWS for name in (row.name, *row.aliases)]
    assert len(set(names)) == len(names)
    assert aliases()["demographic_parity"] == "selection_rate"


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_a_row_says_what_people_ask(row):
    assert row.label
    assert row.meaning
    assert not row.meaning.endswith(".")
    assert row.lower[0].islower() or row.label.isupper()
    assert pickle.loads(pickle.dumps(row)) == row
    assert row_of(row.name) == row
    assert is_declared(row.name)


@pytest.mark.parametrize("row", [row for row in ROWS if row.complement], ids=lambda row: row.name)
def test_what_harms_a_complement_is_the_other_direction(row):
    other = row_of(row.complement)
    assert other.complement == row.name
    assert other.harm == OPPOSITE[row.harm]
    # The same question is told once.
    assert not (row.report_order and other.report_order)


@pytest.mark.parametrize("row", [row for row in ROWS if isinstance(row, Rate | Composite)], ids=lambda row: row.name)
def test_a_value_of_0_is_said_in_words_where_there_is_a_ratio(row):
    # What counts from 1, as ranks do, has no ratio, and neither has what may be negative.
    assert bool(row.zero_means) == (row.lowest == 0)


def test_a_rate_that_is_transformed_is_no_share_unless_it_says_so():
    def odds(share):
        return share / (1 - share)

    asked = ("odds", "Odds", "so many for one", Cell.TP, Cell.TP | Cell.FP, "none")
    assert Rate(*asked).unit is SHARE
    assert Rate(*asked, transform=odds).unit is NUMBER
    assert Rate(*asked, transform=odds, unit=Unit("dollars")).unit == Unit("dollars")
    assert row_of("f1").unit is SHARE


def test_a_metric_that_nobody_declared_is_a_share_by_its_name():
    row = row_of("no_shows")
    assert (row.label, row.unit, row.harm, row.needs) == ("No shows", SHARE, "", ())
    assert in_registry_order(["no_shows", "brier", "selection_rate"]) == ["selection_rate", "brier", "no_shows"]


def test_a_row_that_is_added_is_found(monkeypatch):
    row = Rate("odd", "Odd", "of all, so many", Cell.TP, Cell.TP, "none", aliases=("strange",))
    monkeypatch.setattr(rates, "RATES", (*rates.RATES, row))
    assert row_of("odd") is row
    assert aliases()["strange"] == "odd"
    assert rates.get_rate("strange") is row
    assert np.isclose(row.estimate(np.array([0, 0, 0, 2])), 1)
