"""The frame of the dashboard: every page opens, calls print what they run."""

import pytest

import biasaudit as ba


@pytest.mark.parametrize(
    "page", ["start", "scenario_lab", "certainty", "audit_table", "dataset", "thresholds", "mitigate", "ship"]
)
def test_every_page_opens(dashboard, page):
    app = dashboard(f"views/{page}.py")
    assert len(app.title) == 1


def test_the_code_on_a_page_gives_its_numbers(dashboard):
    app = dashboard("views/audit_table.py")
    made = {}
    exec(app.code[-1].value, made)
    assert isinstance(made["audit"], ba.Audit)
    assert made["audit"].report().headline.split(":")[0] in app.subheader[0].value.replace("\\", "")
