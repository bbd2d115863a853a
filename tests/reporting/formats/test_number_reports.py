"""Every format writes numbers in the unit of the audit."""

import json
from dataclasses import replace

import pytest
from jsonschema import Draft202012Validator
from number_reports import MANY, wages

from biasaudit.metrics.units import outcome_unit
from biasaudit.reporting.formats.as_json import json_schema
from biasaudit.reporting.formats.html import to_html
from biasaudit.reporting.formats.terminal import rate_tables
from biasaudit.reporting.readable import readable
from biasaudit.reporting.render import render
from biasaudit.reporting.words.ridges import ridges


@pytest.fixture(scope="module")
def audit():
    return wages()


@pytest.mark.parametrize("name", ["html", "markdown", "text", "fragment", "model_card"])
def test_no_number_is_called_a_share(audit, name):
    more = {"name": "m", "dataset": "d"} if name == "model_card" else {}
    written = render(audit.report(), name, **more) + (rate_tables(audit.report(), ["mean_outcome"]) * (name == "text"))
    assert "dollars an hour" in written
    assert "points" not in written.replace("percentage points", "").replace("data-points", "")
    assert "Mean wage" in written


def test_json_describes_the_unit_and_the_spread(audit):
    document = json.loads(audit.to_json())
    Draft202012Validator(json_schema()).validate(document)
    assert document["metrics"]["mean_outcome"]["unit"] == "dollars an hour"
    assert document["metrics"]["mean_outcome"]["unit_details"] == {
        "word": "dollars an hour",
        "gap_word": None,
        "factor": 1.0,
        "digits": 2,
        "small": audit.unit.small,
    }
    assert "unit_details" not in document["metrics"]["r_squared"]
    spread = document["distributions"]
    assert {one["variable"] for one in spread} == {"outcome", "prediction"}
    assert all(0.98 < sum(one["share"]) < 1.0001 for one in spread)


def test_a_page_shows_outlines_before_dots(audit):
    page = to_html(audit.report())
    assert page.index("Wage in dollars an hour: the whole spread") < page.index("<h3>Mean wage</h3>")
    assert page.count('class="ba-outline"') == 6
    assert "Every value" in page
    assert "Every rate" not in page


def test_a_page_of_yes_and_no_has_none_of_it(report):
    assert "ba-ridge" not in to_html(report)
    assert "Every rate" in to_html(report)


def test_groups_that_find_no_room_are_counted():
    found = ridges(wages(MANY, n=30).report().distributions, "outcome", ("gender",))
    assert [row.is_everyone for row in found.rows] == [True, *[False] * 12]
    assert found.omitted == 2
    assert all(row.path.startswith("M") and row.path.endswith("Z") for row in found.rows)


def test_a_table_of_numbers_is_written_in_the_unit_where_the_report_says_it(audit):
    report = audit.report()
    cell = readable(report.rates.iloc[:1], report.metrics)["Value"][0]
    assert cell.endswith(" dollars an hour")
    gap = readable(report.disparities.iloc[:1], report.metrics)
    assert gap["Value"][0].endswith(" dollars an hour")


def test_a_long_unit_stands_in_the_head_and_a_short_one_at_each_number():
    shorter = replace(outcome_unit("$", scale=5.0, small=0.5), head="Mean")
    assert not shorter.is_long
    assert wages(unit="$").report().metrics["mean_outcome"].unit.after_value == "$"
    assert "0 $</text>" in to_html(wages(unit="$").report())
