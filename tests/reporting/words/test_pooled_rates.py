"""Partly pooled rates in reports: beside the raw ones in tables, and instead of them where plots are drawn."""

import re
from dataclasses import replace

import pytest

import biasaudit as ba
from biasaudit.reporting.formats.as_json import to_json
from biasaudit.reporting.formats.html import to_fragment, to_html
from biasaudit.reporting.formats.markdown import to_markdown
from biasaudit.reporting.formats.terminal import rate_tables
from biasaudit.reporting.plots import plot_rates
from biasaudit.reporting.report import MetricText
from biasaudit.reporting.words.breakdowns import breakdowns
from biasaudit.reporting.words.forest import forest
from biasaudit.reporting.words.words import POOLED

METRIC = "false_positive_rate"
SMALL = "Native American"


@pytest.fixture(scope="module")
def pooled_report():
    return ba.audit_predictions(ba.datasets.load_compas()).report()


@pytest.fixture(scope="module")
def few():
    """Two large groups, and two people who were all selected."""
    import pandas as pd

    table = pd.DataFrame({"g": ["A"] * 3000 + ["B"] * 3000 + ["Tongan"] * 2, "p": [1, 0, 0, 0] * 1500 + [1, 1]})
    table.loc[:200, "p"] = 1
    return ba.audit_predictions(table, sensitive_features="g", y_pred="p").report()


def row(report, name=SMALL, metric=METRIC):
    rates = report.rates[report.rates["metric"] == metric]
    return rates[[name in group.values() for group in rates["group"]]].iloc[0]


def test_a_group_of_few_people_does_not_lead(few):
    rows = breakdowns(few)[0].highest_first("selection_rate", 30)
    raw = max(rows, key=lambda r: r["estimate"])
    assert raw["group"] == {"g": "Tongan"}
    assert [r["group"]["g"] for r in rows] == ["A", "Tongan", "B"]


def test_dots_of_a_forest_are_pooled_and_rings_are_raw(pooled_report):
    drawn = forest(METRIC, breakdowns(pooled_report)[0], None, MetricText("", "", ""))
    marks = {mark.name: mark for mark in drawn.marks}
    small = row(pooled_report)
    assert marks[SMALL].at == pytest.approx(100 * small["pooled"], abs=0.01)
    assert marks[SMALL].low == pytest.approx(100 * small["pooled_low"], abs=0.01)
    assert marks[SMALL].high == pytest.approx(100 * small["pooled_high"], abs=0.01)
    assert marks[SMALL].raw == pytest.approx(100 * small["estimate"])
    # Of the largest group both are in one place.
    assert marks["African-American"].raw is None
    places = [mark.at for mark in drawn.marks]
    assert places == sorted(places, reverse=True)


def test_those_who_find_room_are_the_largest(pooled_report):
    drawn = forest(METRIC, breakdowns(pooled_report)[0], None, MetricText("", "", ""), most=3)
    assert {mark.name for mark in drawn.marks} == {"African-American", "Caucasian", "Hispanic"}
    assert drawn.omitted == 3


def test_pages_say_both(pooled_report):
    page, fragment = to_html(pooled_report), to_fragment(pooled_report)
    for html in (page, fragment):
        assert '<td class="ba-n ba-pooled" role="cell">34.7 %</td>' in html
        assert '<td class="ba-n ba-rate" role="cell">37.5 %</td>' in html
        assert html.count("Partly pooled</th>") >= 1
        assert 'class="ba-ring"' in html
    assert "34.7 % (12.1 to 51.7 %)" in page
    assert POOLED[0] in page
    rows = re.findall(r"<tr[^>]*>.*?</tr>", page[page.index("ba-forest") :], flags=re.DOTALL)
    widths = {re.sub(r"<[^>]*>", "", r): r.count("<td") + r.count("<th") for r in rows if "ba-of" in r}
    assert set(widths.values()) == {6}


def test_markdown_and_terminal_say_both(pooled_report):
    text = to_markdown(pooled_report)
    assert "| Native American | 37.5 % | 13.7 to 69.4 % | 3 of 8 | 34.7 % (12.1 to 51.7 %) |" in text
    assert "| everyone | 32.3 % | 30.9 to 33.8 % | 1,282 of 3,963 |  |" in text
    assert POOLED[0] in text
    lines = rate_tables(pooled_report, [METRIC]).splitlines()
    assert next(line for line in lines if SMALL in line).endswith("3 of 8  pooled 34.7 %")
    # What hardly moves is not said twice.
    assert "pooled" in next(line for line in lines if "Hispanic" in line)


def test_reports_without_pooled_rates_stay_as_they_were(report):
    for bare in (report, replace(report, rates=report.rates.drop(columns=["pooled", "pooled_low", "pooled_high"]))):
        written = [to_html(bare), to_markdown(bare), rate_tables(bare, [METRIC])]
        assert not [text for text in written if "ooled" in re.sub(r"<style>.*?</style>", "", text, flags=re.DOTALL)]
        assert '"pooled": null' in to_json(bare)
        drawn = forest(METRIC, breakdowns(bare)[0], None, MetricText("", "", ""))
        assert [mark.name for mark in drawn.marks[:2]] == ["African-American", "Caucasian"]


def test_plots_follow_pooled_rates(pooled_report):
    drawn = plot_rates(pooled_report, METRIC, features=("race",))
    dots, rings = drawn.figure.data
    small, place = row(pooled_report), [SMALL in str(group) for group in drawn.table["group"]].index(True)
    assert dots.x[place] == pytest.approx(small["pooled"])
    assert rings.x[place] == pytest.approx(small["estimate"])
    assert dots.x[place] + dots.error_x["array"][place] == pytest.approx(small["pooled_high"])
    assert dots.x[place] - dots.error_x["arrayminus"][place] == pytest.approx(small["pooled_low"])
    assert list(dots.x) == sorted(dots.x, reverse=True)
    assert {"pooled", "pooled_low", "pooled_high", "estimate"} <= set(drawn.table)
    assert (dots.name, rings.name) == ("Partly pooled", "As counted")


def test_plots_of_raw_rates_have_no_rings(report):
    drawn = plot_rates(report, METRIC, features=("race",))
    assert len(drawn.figure.data) == 1
    assert drawn.figure.data[0].showlegend is False
