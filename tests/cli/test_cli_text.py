"""biasaudit audit-text: a scorer by its name, and templates of one's own."""

import subprocess
import sys
from functools import partial

import pytest

SCORER = "def score(texts):\n    return [0.9 if 'queer' in t or 'vile' in t else 0.1 for t in texts]\n\n\nlabel = 'x'\n"


@pytest.fixture
def run(run, monkeypatch, tmp_path):
    (tmp_path / "my_scorer.py").write_text(SCORER)
    monkeypatch.chdir(tmp_path)

    yield partial(run, "audit-text")
    monkeypatch.delitem(sys.modules, "my_scorer", raising=False)


def test_a_scorer_of_ones_own(run, tmp_path):
    code, out, _ = run("my_scorer:score", "--html", "a.html", "--json", "a.json")
    assert code == 0
    assert "Harmless sentences that name “queer” are held to be toxic" in " ".join(out.split())
    assert "What retraining on balanced templates would change" in out
    assert (tmp_path / "a.html").exists()
    assert (tmp_path / "a.json").exists()
    assert "These were our own templates" in out


def test_templates_of_ones_own(run, tmp_path):
    (tmp_path / "t.csv").write_text("template,toxic,term\nA {term} friend,0,queer\nA vile {term} one,1,old\n")
    code, out, _ = run("my_scorer:score", "--templates", "t.csv")
    assert code == 0
    assert "4 sentences, term (2 groups)" in out
    assert "our own templates" not in out


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (
            ["scorer"],
            '"scorer" is no scorer. Give alt-profanity-check, module:function such as my_model:score, or a URL.',
        ),
        (["nowhere_at_all:score"], 'There is no module "nowhere_at_all" here. Run this where it can be imported from.'),
        (["my_scorer:scores"], '"my_scorer" has no "scores". Name a function of it.'),
        (["my_scorer:label"], '"my_scorer:label" is a str. Name a function of a list of texts.'),
        (["my_scorer:score", "--html", "nowhere/a.html"], "nowhere"),
        (["my_scorer:score", "--templates", "no.csv"], '"no.csv"'),
        (
            ["my_scorer:score", "--threshold", "nan"],
            "threshold=nan is no number. Give the score from which on a text is flagged.",
        ),
    ],
)
def test_bad_input_gets_one_sentence(run, tmp_path, arguments, sentence):
    before = sorted(path.name for path in tmp_path.iterdir())
    code, out, err = run(*arguments)
    assert code == 2
    assert out == ""
    assert sentence in err
    assert len(err.strip().splitlines()) == 1
    assert sorted(path.name for path in tmp_path.iterdir() if path.name != "__pycache__") == before


def test_the_scorer_that_is_not_installed_is_named():
    told = subprocess.run(
        [
            sys.executable,
            "-c",
            "import sys; sys.modules['profanity_check'] = None; "
            "sys.argv = ['biasaudit', 'audit-text', 'alt-profanity-check']; from biasaudit.process import main; main()",
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 2
    assert told.stderr.strip() == (
        'Error: alt-profanity-check is not installed. Install it with pip install "biasaudit[text]".'
    )
