"""Every page on every shipped table: it opens, says something, and its code gives its numbers."""

import threading
import time

import pytest

import biasaudit as ba

DATA = ["compas", "resume_audit", "berkeley", "ricci", "law_resumes", "adult", "hmda", "salaries"]
PAGES = ["audit_table", "dataset", "thresholds", "certainty", "mitigate", "ship"]


def said(app):
    texts = [*app.title, *app.subheader, *app.markdown, *app.caption, *app.info, *app.error]
    return [text.value.replace("\\", "") for text in texts]


def finished(app):
    """Look at the page until nothing runs beside it."""
    for _ in range(300):
        if not any(thread.name == "biasaudit-job" for thread in threading.enumerate()):
            break
        time.sleep(0.1)
    app.run()
    assert not app.exception


@pytest.mark.parametrize("data", DATA)
@pytest.mark.parametrize("page", PAGES)
def test_a_page_opens_on_real_data(dashboard, page, data):
    app = dashboard(f"views/{page}.py")
    app.selectbox(key="data").select(data).run()
    assert not app.exception
    assert not app.error
    assert not any(word in text for text in said(app) for word in (" nan", "NaN", "None ", "Traceback"))
    assert app.code or app.info or app.button


@pytest.mark.parametrize("page", ["start", "audit_table", "dataset", "thresholds", "scenario_lab", "certainty", "ship"])
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

    hiring = scenarios.get("hiring")
    made = replace(
        hiring,
        name="made_up",
        title="A made-up story",
        story="Nobody wrote a page for it.",
        dials=(replace(hiring.dials[1], label="A dial of its own"),),
        presets=(replace(hiring.presets[0], name="A case of its own", dials={"label_bias": 0.7}),),
    )
    monkeypatch.setattr(scenarios, "SCENARIOS", (*scenarios.SCENARIOS, made))
    app = dashboard("views/scenario_lab.py")
    app.selectbox(key="story").select("made_up").run()
    assert not app.exception
    assert not app.error
    assert any("Nobody wrote a page for it" in text for text in said(app))
    assert [slider.label for slider in app.slider] == ["A dial of its own", "People"]
    app.segmented_control(key="case_made_up").set_value("A case of its own").run()
    assert app.slider(key="label_bias").value == 0.7
    assert "ba.scenarios.get('made_up')" in app.code[-1].value
    assert "label_bias=0.7" in app.code[-1].value


def test_a_case_turns_the_dials_and_a_dial_leaves_the_case(dashboard):
    app = dashboard("views/scenario_lab.py")
    app.selectbox(key="story").select("recidivism").run()
    app.segmented_control(key="case_recidivism").set_value("Policing twice as hard").run()
    assert app.slider(key="policing").value == 1 / 3
    assert any("patrolled twice as hard" in text for text in said(app))
    app.slider(key="policing").set_value(0.5).run()
    assert app.segmented_control(key="case_recidivism").value == "Dials as they are"
    assert not any("patrolled twice as hard" in text for text in said(app))


def test_the_hidden_truth_is_shown_when_asked(dashboard):
    app = dashboard("views/scenario_lab.py")
    app.slider(key="label_bias").set_value(0.4).run()
    assert not any("would have another label" in text for text in said(app))
    app.toggle(key="truth").set_value(True).run()
    assert not app.exception
    assert any("would have another label" in text for text in said(app))


def test_lines_move_and_buttons_set_them(dashboard):
    app = dashboard("views/thresholds.py")
    start = app.select_slider(key="line0").value
    app.button(key="pick_equal_opportunity").click().run()
    assert not app.exception
    chosen = ba.audit_thresholds(ba.datasets.load_compas()).choose("equal_opportunity")
    assert app.select_slider(key="line0").value == f"{chosen.thresholds['African-American']:g}" != start
    assert any(chosen.sentence in caption.value.replace("\\", "") for caption in app.caption)
    assert "'African-American': 7.0" in app.code[-1].value


@pytest.mark.slow
def test_mitigations_are_tried_when_asked(dashboard):
    app = dashboard("views/mitigate.py")
    assert not [text for text in said(app) if "equalized odds gap" in text]
    app.multiselect(key="ways").set_value(["reweighing"])
    app.slider(key="folds").set_value(2).run()
    assert any("Try them: 4 models are trained" in text.replace("*", "") for text in said(app))
    app.button(key="try_page").click().run()
    finished(app)
    assert any("Reweighing: equalized odds gap" in text for text in said(app))
    made = {}
    exec(app.code[-1].value, made)
    assert made["comparison"].names == ("unmitigated", "reweighing")
    # Whoever opens the same view while the server runs sees the result at once.
    other = dashboard("views/mitigate.py")
    other.multiselect(key="ways").set_value(["reweighing"])
    other.slider(key="folds").set_value(2).run()
    assert any("Reweighing: equalized odds gap" in text for text in said(other))


@pytest.mark.slow
def test_what_runs_can_be_cancelled(dashboard):
    app = dashboard("views/mitigate.py")
    app.multiselect(key="ways").set_value(["exponentiated_gradient"]).run()
    app.button(key="try_page").click().run()
    app.button(key="cancel_page").click().run()
    assert any(text.startswith("Stopped. Nothing was kept") for text in said(app))
    assert app.button(key="try_page")
    finished(app)
    assert not any("Exponentiated gradient: " in text for text in said(app))


@pytest.mark.slow
def test_of_made_up_people_the_true_label_is_known(dashboard):
    app = dashboard("views/mitigate.py")
    app.segmented_control(key="people").set_value("made-up people").run()
    app.multiselect(key="ways").set_value(["massaging"])
    app.selectbox(key="cost").select("true_accuracy")
    app.slider(key="folds").set_value(2).run()
    app.button(key="try_page").click().run()
    finished(app)
    assert any("Against the true label, Massaging is right most often" in text for text in said(app))
    assert "scenario.data(" in app.code[-1].value


def test_without_pytorch_networks_are_not_offered_and_that_is_said(dashboard, monkeypatch):
    import importlib.util

    real = importlib.util.find_spec
    monkeypatch.setattr("importlib.util.find_spec", lambda name, *a: None if name == "torch" else real(name, *a))
    app = dashboard("views/mitigate.py")
    assert any(text.startswith("Neural networks can be tried as well once PyTorch") for text in said(app))
    assert not {"Neural network", "mlp"} & set(app.selectbox(key="model").options)
    assert "Group-robust network" not in app.multiselect(key="ways").options


def test_chance_is_drawn_anew(dashboard):
    app = dashboard("views/certainty.py")
    before = app.code[-1].value
    next(button for button in app.button if button.label == "Draw other people").click().run()
    assert "random_state=1" in app.code[-1].value != before
