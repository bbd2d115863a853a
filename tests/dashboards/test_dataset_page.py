"""The page that asks who is missing from a data set, on every shipped one."""

import re

import pandas as pd
import pytest

import biasaudit as ba
from biasaudit.datasets import list_datasets

PAGE = "views/dataset.py"
APART = "\u2060"


@pytest.fixture
def page(dashboard):
    """Open the page on a data set."""

    def opened(name):
        app = dashboard(PAGE)
        return settled(app.selectbox(key="data").set_value(name).run())

    return opened


def settled(app):
    assert not app.exception, app.exception
    assert not app.error, app.error
    return app


def look(app, part):
    return settled(app.segmented_control(key="look").set_value(part).run())


def said(app):
    """Everything in words on the page, as a reader sees it."""
    return re.sub(r"\\(.)", r"\1", "\n".join(one.value for one in app.markdown)).replace(APART, "")


# Sets whose label is a number: not until audit_dataset takes them.
@pytest.mark.parametrize("name", [name for name, card in list_datasets() if card.unit is None])
def test_every_part_of_every_data_set_is_drawn(page, name):
    app = page(name)
    parts = app.segmented_control(key="look").options
    assert parts[0] == "Who is in it"
    assert parts[-1] == "Which causes"
    for part in parts:
        app = look(app, part)
        cells = [str(cell) for table in app.table for cell in table.value.to_numpy().ravel()]
        assert not {"nan", "None", ""} & set(cells), part
        assert "nan" not in said(app).split()
        assert not any("{" in cell for cell in cells)


def test_the_code_gives_the_headline(page):
    app = page("berkeley")
    made = {}
    exec(app.code[-1].value, made)
    assert made["audit"].report().headline == re.sub(r"\\(.)", r"\1", app.subheader[0].value)


def test_equal_shares_are_held_against_the_data(page):
    app = page("berkeley")
    app = settled(
        next(box for box in app.selectbox if box.label == "Population by gender").set_value("all groups equal").run()
    )
    made = {}
    exec(app.code[-1].value, made)
    part = made["audit"].part("representation")
    assert part["population"].tolist() == [0.5, 0.5]
    assert "Too few of Female: 40.5 % of the data, 50.0 % of the population" in said(app)


def test_a_population_of_residents_fits_whatever_the_groups_are_called(page):
    app = page("berkeley")
    box = next(box for box in app.selectbox if box.label == "Population by gender")
    app = settled(box.set_value("People who live in the United States").run())
    assert "with_population({'gender': {'Female': 0.509, 'Male': 0.491}})" in app.code[-1].value


def test_shares_that_do_not_add_up_get_a_sentence_and_the_page_goes_on(page):
    app = page("berkeley")
    app = settled(
        next(box for box in app.selectbox if box.label == "Population by gender").set_value("my own shares").run()
    )
    assert not app.warning
    app.number_input[0].set_value(90.0)
    app = settled(app.run())
    assert 'population of "gender" sums to 1.5, not to 1.' in re.sub(r"\\(.)", r"\1", app.warning[0].value)
    assert len(app.subheader) >= 2


def test_named_strata_are_used(page):
    app = page("compas")
    box = next(box for box in app.multiselect if box.label.startswith("Compare people"))
    app = look(settled(box.set_value(["c_charge_degree"]).run()), "Like with like")
    assert "people are alike who share c_charge_degree." in said(app)
    assert "strata=['c_charge_degree']" in app.code[-1].value


def test_berkeley_turns_round_on_the_page(page):
    app = look(page("berkeley"), "Does it turn round")
    assert (
        "All together, Female have 30.4 % and Male 44.5 %; yet Female have the higher rate in 4 of 6 levels of "
        "department" in said(app)
    )
    app.session_state["within_plot_numbers"] = True
    first = settled(app.run()).table[0].value
    assert first.iloc[0].tolist()[:2] == ["all together", "Female"]


def test_the_stretch_of_compas_is_on_the_page(page):
    app = look(page("compas"), "Traces of collection")
    assert "From compas_screening_date 2014-04-02 on, two_year_recid is 100.0 %; elsewhere it is 36.2 %" in said(app)


def test_causes_are_told_in_words(page):
    app = look(page("compas"), "Which causes")
    causes = app.table[-1].value
    assert list(causes.columns) == ["Cause", "Verdict", "Evidence"]
    assert causes["Cause"].tolist() == ba.audit_dataset(ba.datasets.load_compas()).causes()["cause"].tolist()


def uploaded(dashboard, frame, name="people.csv"):
    app = dashboard("views/audit_table.py")
    app.selectbox(key="data").select("a table of my own").run()
    app.file_uploader(key="file").upload(name, frame.to_csv(index=False).encode(), "text/csv").run()
    assert not app.exception
    return app


def test_the_first_value_of_a_file_decides_nothing(dashboard):
    """A row moved to the top turned 32.5 and 47.5 % into 67.5 and 52.5 %."""
    values = {"F": ["ja"] * 13 + ["nein"] * 27, "M": ["ja"] * 19 + ["nein"] * 21}
    frame = pd.DataFrame([(sex, value) for sex, given in values.items() for value in given], columns=["sex", "invited"])
    for table in (frame, frame.sort_values("invited", ascending=False)):
        app = uploaded(dashboard, table)
        assert "pos_label='ja'" in app.code[-1].value
        assert any("invited = ja" in one.value.replace("\\", "") for one in app.subheader)


def test_a_value_that_nothing_tells_is_asked_for(dashboard):
    frame = pd.DataFrame({"sex": ["F", "M"] * 40, "result": ["late", "early", "early", "late"] * 20})
    app = uploaded(dashboard, frame)
    (asked,) = [box for box in app.selectbox if box.label == "Which value is positive"]
    assert asked.value is None
    assert asked.options == ["early", "late"]
    assert any("which one is positive is not plain" in error.value for error in app.error)
    asked.select("late").run()
    assert not app.error
    assert "pos_label='late'" in app.code[-1].value
