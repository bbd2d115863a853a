"""The page that asks what must hold before it ships: one verdict with the command and the call, and what to "
"take along."""

import json
import shlex

import pytest

import biasaudit as ba

RULE = '[[rules]]\nname = "fpr"\nmetric = "false_positive_rate"\nby = "race"\n'


def said(app):
    texts = [*app.title, *app.subheader, *app.markdown, *app.caption, *app.info, *app.error]
    return [text.value.replace("\\", "") for text in texts]


def write(app, text):
    area = app.text_area[0]
    area.set_value(text).run()
    assert not app.exception
    return app


@pytest.mark.parametrize(("limit", "outcome"), [("0.05", 1), ("0.9", 0), ("0.4", 3)])
def test_page_call_and_command_give_one_verdict(dashboard, run, tmp_path, monkeypatch, limit, outcome):
    text = f'name = "x"\n{RULE}max = {limit}\n'
    app = write(dashboard("views/ship.py"), text)
    made = {}
    exec(app.code[-1].value, made)
    verdict = made["verdict"]
    assert verdict.exit_code == outcome
    assert any(verdict.rules[0].sentence in shown for shown in said(app))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "policy.toml").write_text(text)
    assert run(*shlex.split(app.code[0].value)[1:], "--json", "verdict.json")[0] == outcome
    document = json.loads((tmp_path / "verdict.json").read_text("utf-8"))
    assert document["rules"][0]["sentence"] == verdict.rules[0].sentence
    assert document["outcome"] == verdict.outcome == ba.check(ba.datasets.load_compas(), "policy.toml").outcome


def test_a_typo_gets_its_sentence_and_keeps_the_text(dashboard):
    app = write(dashboard("views/ship.py"), f'name = "x"\n{RULE}mx = 0.1\n')
    assert (
        app.error[0]
        .value.replace("\\", "")
        .startswith('policy, line 6: "mx" is not a key of a rule. Did you mean "max"?')
    )
    assert app.text_area[0].value.endswith("mx = 0.1\n")


def test_what_was_written_outlives_a_look_at_another_page(dashboard):
    app = write(dashboard("views/ship.py"), f'name = "kept"\n{RULE}max = 0.1\n')
    app.switch_page("views/start.py").run()
    app.switch_page("views/ship.py").run()
    assert app.text_area[0].value.startswith('name = "kept"')


@pytest.mark.parametrize(
    ("policy", "words"),
    [
        ("four fifths", "Four fifths by race"),
        ("NYC Local Law 144", "Impact ratios by race"),
        ("EU AI Act, Article 10", "Article 10(2)(f): possible biases examined"),
    ],
)
def test_ready_policies_and_what_they_are_not(dashboard, policy, words):
    app = dashboard("views/ship.py")
    app.segmented_control(key="policy").set_value(policy).run()
    assert not app.exception
    texts = said(app)
    assert words in texts
    assert any("no legal advice" in text for text in texts)
    made = {}
    exec(app.code[-1].value, made)
    assert made["verdict"].sections
    assert not any(word in text for word in (" nan", "NaN", "Traceback") for text in texts)


def test_did_it_get_worse(dashboard, monkeypatch):
    app = dashboard("views/ship.py")
    policy = f'name = "x"\n{RULE}max = 0.9\n'
    write(app, policy)
    worse = ba.datasets.load_compas()
    saved = ba.audit_for(worse, ba.policy.loads(policy)).to_json()
    app.file_uploader(key="baseline_file").upload("then.json", saved.encode(), "application/json").run()
    assert any("No rule looks at it yet" in text for text in said(app))
    next(button for button in app.button if button.label == "Add such a rule").click().run()
    assert not app.exception
    assert "not_worse_than_baseline = true" in app.text_area[0].value
    assert any("from the same counts as then" in text for text in said(app))
    assert "--baseline then.json" in app.code[0].value
    assert "baseline='then.json'" in app.code[-1].value


def test_a_limit_is_turned_and_the_text_says_so(dashboard):
    app = write(dashboard("views/ship.py"), f'name = "x"\n{RULE}max = 0.05  # agreed in May\n')
    assert app.subheader[0].value.startswith("The rule does not hold")
    app.main.number_input[0].set_value(0.9).run()
    assert not app.exception
    assert app.text_area[0].value.endswith("max = 0.9  # agreed in May\n")
    assert app.subheader[0].value.startswith("Every rule holds")
    assert "max = 0.9  # agreed in May" in app.code[-1].value
    write(app, f'name = "x"\n{RULE}max = 0.1\n')
    assert app.main.number_input[0].value == 0.1
    # What does not stand on a line of its own is left to the text.
    write(
        app,
        'name = "x"\nrules = [{ metric = "false_positive_rate", max = 0.1 }, { metric = "base_rate", max = 0.2 }]\n',
    )
    assert not app.main.number_input


def test_printed_policies_are_the_text_itself(dashboard):
    dashboard()
    from parts.verdict import TomlText

    for text in (
        'name = "x"\n[[rules]]\nmax = 1\n',
        "a\\b\nc",
        "it's '''\n",
        "ends'",
        "a\rb\n",
        "one",
        "",
        "ä\n\x00",
        "'\n'",
    ):
        assert eval(repr(TomlText(text))) == text
    assert repr(TomlText("a\nb")) == "'''\\\na\nb'''"


def test_commands_quote_what_a_shell_would_run(dashboard):
    dashboard()
    from parts.verdict import command

    asked = {"y_pred": "hi red", "threshold": 0.5, "sensitive_features": ["$(rm)"], "pos_label": None}
    line = command("a'; rm -rf.csv", "policy.toml", "b c.json", asked)
    assert shlex.split(line)[:3] == ["biasaudit", "check", "a'; rm -rf.csv"]
    assert "'$(rm)'" in line
    assert shlex.split(line)[3:] == [
        "--policy",
        "policy.toml",
        "--y-pred",
        "hi red",
        "--threshold",
        "0.5",
        "--sensitive",
        "$(rm)",
        "--baseline",
        "b c.json",
        "--junit",
        "verdict.xml",
        "--markdown",
        "verdict.md",
    ]
