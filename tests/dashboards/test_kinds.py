"""What is no yes or no: the audit page answers for it as it is read, and its code gives its numbers."""

import io

import pandas as pd
import pytest

PAGE = "views/audit_table.py"
OTHERS = ["dataset", "certainty", "mitigate", "ship", "thresholds"]
NOBODY = ("nan", "None", "Traceback")


def said(app):
    texts = [*app.title, *app.subheader, *app.markdown, *app.caption, *app.info, *app.error]
    return "\n".join(text.value.replace("\\", "") for text in texts)


def settled(app):
    assert not app.exception, app.exception
    assert not app.error, app.error
    assert not set(NOBODY) & set(said(app).split())
    return app


def opened(dashboard, name):
    app = dashboard(PAGE)
    return settled(app.selectbox(key="data").select(name).run())


def widget(boxes, start):
    (found,) = [box for box in boxes if box.label.startswith(start)]
    return found


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("wages", ("read as a number", "mean earnings of 16.34 dollars an hour", "Behind the means")),
        ("made_wages", ("read as a number", "Predicted and true, by group")),
        ("made_diagnoses", ("one of several classes", "Who is taken for whom")),
        ("made_rankings", ("a place in a ranking", "Who stands in the first places")),
    ],
)
def test_each_kind_is_read_and_drawn_and_its_code_runs(dashboard, name, words):
    app = opened(dashboard, name)
    heard = said(app) + "\n".join(box.label for box in app.expander)
    assert [word for word in words if word not in heard] == []
    made = {}
    exec(app.code[-1].value, made)
    assert made["audit"].report().headline[:60] in said(app)


def test_a_number_is_cut_where_somebody_says(dashboard):
    app = opened(dashboard, "wages")
    widget(app.text_input, "Or count from a value on").set_value("earnings>=20").run()
    settled(app)
    assert "read as a yes or no" in said(app)
    assert "positive='earnings>=20'" in app.code[-1].value


def test_a_tolerance_moves_from_where_on_a_gap_counts(dashboard):
    app = opened(dashboard, "wages")
    widget(app.number_input, "Gaps that are too small").set_value(5.0).run()
    settled(app)
    assert "gaps below 5.00 dollars an hour count as small" in said(app)
    assert "tolerance=5.0" in app.code[-1].value


def test_every_gap_is_told_in_the_unit(dashboard):
    app = opened(dashboard, "wages")
    app.session_state["gaps"] = True
    settled(app.run())
    cells = [str(cell) for table in app.table for cell in table.value.to_numpy().ravel()]
    assert any(cell.replace("\\", "") == "3.75 dollars an hour" for cell in cells)


@pytest.mark.parametrize("name", ["wages", "made_rankings"])
@pytest.mark.parametrize("page", OTHERS)
def test_pages_that_ask_about_a_yes_or_no_say_so(dashboard, page, name):
    app = dashboard(f"views/{page}.py")
    settled(app.selectbox(key="data").select(name).run())
    assert app.info


def test_an_upload_of_counts_is_audited_as_it_stands(dashboard):
    app = dashboard(PAGE)
    app.selectbox(key="data").select("a table of my own").run()
    table = pd.DataFrame({"sex": ["woman", "man"], "hired": [120, 300], "applicants": [400, 600]})
    content = io.BytesIO(table.to_csv(index=False).encode()).getvalue()
    app.file_uploader[0].upload("counts.csv", content, "text/csv").run()
    settled(app)
    assert "how many of its people were selected" in said(app)
    assert "selected='hired'" in app.code[-1].value
