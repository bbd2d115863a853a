import math

import pytest

from biasaudit.reporting.report import MetricText
from biasaudit.reporting.words.breakdowns import breakdowns
from biasaudit.reporting.words.forest import axis, forest

WORDS = MetricText("", "", "")


def drawn(report, metric="false_positive_rate", **more):
    everyone = report.rates[[not group for group in report.rates["group"]]]
    everyone = everyone[everyone["metric"] == metric].to_dict("records")[0]
    return forest(metric, breakdowns(report)[0], everyone, WORDS, **more)


def test_shares_run_from_0_to_100_per_cent(report):
    assert drawn(report).axis.ticks == (
        (0.0, "0 %"),
        (25.0, "25 %"),
        (50.0, "50 %"),
        (75.0, "75 %"),
        (100.0, "100 %"),
    )


def test_dots_stand_where_their_rates_are(report):
    marks = {mark.name: mark for mark in drawn(report).marks}
    assert marks["African-American"].at == pytest.approx(100 * 805 / 1795, abs=0.01)
    assert marks["African-American"].low < marks["African-American"].at < marks["African-American"].high
    assert drawn(report).everyone.name == "everyone"


def test_the_largest_group_comes_first_and_has_the_largest_dot(report):
    marks = drawn(report).marks
    assert [mark.name for mark in marks[:2]] == ["African-American", "Caucasian"]
    assert marks[0].radius == max(mark.radius for mark in marks)


def test_an_undefined_group_is_listed_without_a_dot(report):
    unseen = drawn(report).marks[-1]
    assert (unseen.name, unseen.at, unseen.low, unseen.high, unseen.reason) == ("Unseen", None, None, None, "no rows")


def test_small_groups_that_find_no_room_are_counted(report):
    assert len(drawn(report, most=3).marks) == 3
    assert drawn(report, most=3).omitted == 4


@pytest.mark.parametrize(
    "values",
    [[0.001, 0.002], [1.5], [-0.3, 0.2], [0, 1e6], [3.7], [-5, -1], [math.inf, 2], [math.nan], [], [1.0000001]],
)
def test_any_values_find_their_place(values):
    scale = axis(values, "treatment_equality")
    for x in values:
        place = scale.at(x)
        assert (place is None) == (not math.isfinite(x))
        assert place is None or 0 <= place <= 100
    assert len({words for _, words in scale.ticks}) == 5


def test_what_lies_outside_stands_at_the_edge():
    scale = axis([0.5], "selection_rate")
    assert (scale.at(1.7), scale.at(-1)) == (100, 0)
