import json
import math
from collections import OrderedDict
from dataclasses import replace

import jsonschema
import numpy as np
import pandas as pd
import pytest

from biasaudit.reporting.formats.as_json import SCHEMA_VERSION, json_schema, to_json


def strict(text):
    """Read JSON as strict readers do: NaN and Infinity are errors."""

    def refuse(name):
        raise AssertionError(name)

    return json.loads(text, parse_constant=refuse)


def test_the_schema_is_itself_valid():
    jsonschema.Draft202012Validator.check_schema(json_schema())


@pytest.mark.parametrize("name", ["report", "small_report", "hostile_report", "large_report"])
def test_reports_fit_the_schema(name, request):
    document = strict(to_json(request.getfixturevalue(name)))
    jsonschema.Draft202012Validator(json_schema()).validate(document)
    assert document["schema_version"] == SCHEMA_VERSION
    assert document["$schema"] == json_schema()["$id"]


def test_the_schema_describes_every_column(report):
    def columns(table):
        return list(json_schema()["properties"][table]["items"]["properties"])

    for table in ("rates", "disparities", "groups", "left_out", "inequality"):
        # Where there are several classes, rows say theirs as well.
        of_classes = ["class"] if table in ("rates", "disparities") else []
        assert columns(table) == [*getattr(report, table).columns, *of_classes]
        assert json_schema()["properties"][table]["items"]["required"] == list(getattr(report, table).columns)
        described = json_schema()["properties"][table]["items"]["properties"].values()
        assert all(column["description"] for column in described)


def test_a_missing_estimate_is_null_and_says_why(report):
    undefined = [row for row in strict(to_json(report))["rates"] if row["estimate"] is None]
    assert undefined
    assert all(row["reason"] for row in undefined)


def test_infinity_is_null_and_gets_a_reason(report):
    rates = report.rates.assign(estimate=math.inf, reason="")
    rows = strict(to_json(replace(report, rates=rates)))["rates"]
    assert {row["estimate"] for row in rows} == {None}
    assert {row["reason"] for row in rows} == {"not defined for these data"}


def test_the_schema_refuses_a_missing_estimate_without_a_reason(report):
    document = strict(to_json(report))
    document["rates"][0] |= {"estimate": None, "reason": ""}
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft202012Validator(json_schema()).validate(document)


def test_the_same_report_gives_the_same_text(report):
    shuffled = OrderedDict(reversed(report.settings.items()))
    assert to_json(report) == to_json(replace(report, settings=shuffled))


def test_numbers_are_kept_to_the_last_digit(report):
    written = [row["estimate"] for row in strict(to_json(report))["rates"]]
    assert [x for x in written if x is not None] == [x for x in report.rates["estimate"] if math.isfinite(x)]


def test_settings_of_any_type_are_written(report):
    odd = {
        "threshold": np.float64(0.5),
        "k": np.int64(3),
        "f": np.bool_(True),
        "nan": math.nan,
        "s": {"b", "a"},
        "t": (1,),
    }
    settings = strict(to_json(replace(report, settings=odd)))["settings"]
    assert settings == {"threshold": 0.5, "k": 3, "f": True, "nan": None, "s": ["a", "b"], "t": [1]}


def test_text_is_kept_as_it_is_and_can_be_written_as_utf8(hostile_report):
    text = to_json(hostile_report)
    text.encode("utf-8")
    document = strict(text)
    assert document["warnings"] == list(hostile_report.warnings)
    assert '=HYPERLINK("http://x")' in [level for row in document["groups"] for level in row["group"].values()]


def test_each_row_is_a_line(small_report):
    text = to_json(small_report)
    assert len(text.splitlines()) < 40 + sum(len(getattr(small_report, t)) for t in ("rates", "disparities"))


def test_empty_tables_are_empty_lists(report):
    empty = pd.DataFrame()
    document = strict(to_json(replace(report, inequality=empty, left_out=empty, disparities=empty)))
    assert (document["inequality"], document["left_out"], document["disparities"]) == ([], [], [])
    jsonschema.Draft202012Validator(json_schema()).validate(document)
