"""Every page on every shipped table: it opens, says something, and its code gives its numbers."""

import pytest

import biasaudit as ba

DATA = ["compas", "resume_audit", "berkeley", "ricci", "law_resumes", "adult"]
PAGES = ["audit_table", "dataset", "thresholds", "certainty", "mitigate"]


def said(app):
    texts = [*app.title, *app.subheader, *app.markdown, *app.caption, *app.info, *app.error]
    return [text.value.replace("\\", "") for text in texts]


@pytest.mark.parametrize("data", DATA)
@pytest.mark.parametrize("page", PAGES)
def test_a_page_opens_on_real_data(dashboard, page, data):
    app = dashboard(f"views/{page}.py")
    app.selectbox(key="data").select(data).run()
    assert not app.exception
    assert not app.error
    assert not any(word in text for text in said(app) for word in (" nan", "NaN", "None ", "Traceback"))
    assert app.code or app.info or app.button


@pytest.mark.parametrize("page", ["start", "audit_table", "dataset", "thresholds", "scenario_lab", "certainty"])
def test_the_code_on_a_page_runs(dashboard, page):
    app = dashboard(f"views/{page}.py")
    made = {}
    exec(app.code[-1].value, made)
    assert any(name in made for name in ("audit", "run", "chance", "plan"))


def test_a_dial_moves_the_numbers_and_the_code(dashboard):
    app = dashboard("views/scenario_lab.py")
    before = [text for text in said(app) if text.startswith("**Base rate by sex")]
    app.slider(key="label_bias").set_value(0.5).run()
    after = [text for text in said(app) if text.startswith("**Base rate by sex")]
    assert before != after
    assert "label_bias=0.5" in app.code[-1].value
    run = ba.scenarios.get("hiring").run(label_bias=0.5, mitigations=[])
    gap = run.labels.disparities("base_rate").query("kind == 'range' and comparison == 'difference'")["estimate"].item()
    assert f"{100 * gap:.1f} points" in after[0]


def test_a_new_scenario_needs_no_page(dashboard, monkeypatch):
    from dataclasses import replace

    from biasaudit import scenarios

    made = replace(scenarios.get("hiring"), name="made_up", title="A made-up story")
    monkeypatch.setattr(scenarios, "SCENARIOS", (*scenarios.SCENARIOS, made))
    app = dashboard("views/scenario_lab.py")
    app.selectbox(key="story").select("made_up").run()
    # Its name is looked up where scenarios are registered.
    assert any("A made-up story" in text or "made_up" in text for text in said(app)) or not app.exception


def test_lines_move_and_buttons_set_them(dashboard):
    app = dashboard("views/thresholds.py")
    start = app.select_slider(key="line0").value
    app.button(key="pick_equal_opportunity").click().run()
    assert not app.exception
    chosen = ba.audit_thresholds(ba.datasets.load_compas()).choose("equal_opportunity")
    assert app.select_slider(key="line0").value == f"{chosen.thresholds['African-American']:g}" != start
    assert "'African-American': 7.0" in app.code[-1].value


def test_mitigations_are_tried_when_asked(dashboard):
    app = dashboard("views/mitigate.py")
    assert not [text for text in said(app) if "equalized odds gap" in text]
    app.multiselect(key="ways").set_value(["reweighing"])
    app.slider(key="folds").set_value(2).run()
    app.button(key="try_page").click().run(timeout=120)
    assert not app.exception
    assert any("Reweighing: equalized odds gap" in text for text in said(app))


def test_chance_is_drawn_anew(dashboard):
    app = dashboard("views/certainty.py")
    before = app.code[-1].value
    next(button for button in app.button if button.label == "Draw other people").click().run()
    assert "random_state=1" in app.code[-1].value != before
