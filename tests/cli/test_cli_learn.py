"""biasaudit learn: lessons are listed, copied and kept, and opened in JupyterLab."""

import json
import subprocess
import sys
import urllib.request

import pytest

from biasaudit import lessons
from biasaudit.cli import _learn as cli_learn
from biasaudit.lessons import LESSONS
from started import free_port, wait_for

NAMES = ", ".join(lesson.name for lesson in LESSONS)


@pytest.fixture
def run(run, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    opened = []
    monkeypatch.setattr(cli_learn.runpy, "run_module", lambda name, **kwargs: opened.append((name, sys.argv)))

    def ran(*arguments):
        opened.clear()
        return *run("learn", *arguments), list(opened)

    return ran


def test_without_a_name_they_are_listed(run):
    code, out, err, opened = run()
    assert (code, err, opened) == (0, "", [])
    for lesson in LESSONS:
        assert f"{lesson.name:<16}{lesson.title}" in out
        assert lesson.question in out
    assert out.endswith("Open one with: biasaudit learn NAME\n")


def test_a_lesson_is_copied_and_opened(run, tmp_path):
    pytest.importorskip("jupyterlab")
    code, out, err, opened = run("hiring")
    assert (code, err) == (0, "")
    assert out.startswith("Wrote hiring.ipynb into this folder: it is yours to change.\n")
    assert json.loads((tmp_path / "hiring.ipynb").read_text("utf-8"))["nbformat"] == 4
    assert opened == [("jupyterlab", ["jupyter-lab", str(tmp_path / "hiring.ipynb"), *cli_learn.QUIET])]


def test_what_somebody_wrote_is_kept(run, tmp_path):
    (tmp_path / "hiring.ipynb").write_text("mine")
    code, out, _, _ = run("hiring")
    assert code == 0
    assert "hiring.ipynb is here already and is kept as you left it. Rename it to start anew." in out
    assert (tmp_path / "hiring.ipynb").read_text() == "mine"


def test_without_jupyterlab_the_copy_is_there_all_the_same(run, tmp_path, monkeypatch):
    monkeypatch.setattr(cli_learn, "_installed", lambda module: False)
    code, out, _, opened = run("speech")
    assert (code, opened) == (0, [])
    assert 'This lesson trains what is not installed here: pip install "biasaudit[speech,torch]"\n' in out
    assert 'Any program for notebooks opens it; for JupyterLab: pip install "biasaudit[learn]"\n' in out
    assert (tmp_path / "speech.ipynb").is_file()


def test_what_cannot_be(run, tmp_path, monkeypatch):
    code, _, err, _ = run("hireing")
    assert (code, err) == (2, f'Error: "hireing" is not a lesson. Did you mean "hiring"? Lessons: {NAMES}.\n')
    (tmp_path / "hiring.ipynb").mkdir()
    code, _, err, opened = run("hiring")
    assert (code, opened) == (2, [])
    assert err == f'Error: "{tmp_path / "hiring.ipynb"}" is a directory. Give the name of a file in it.\n'
    monkeypatch.setattr(lessons, "PACKAGE", tmp_path / "none" / "none")
    code, _, err, _ = run("speech")
    assert (code, err) == (2, 'Error: The lesson "speech" is missing from this installation. Reinstall biasaudit.\n')
    assert not (tmp_path / "speech.ipynb").exists()


@pytest.mark.slow
def test_jupyterlab_serves_the_copy(tmp_path):
    pytest.importorskip("jupyterlab")
    port = free_port()
    settings = tmp_path / "jupyter_server_config.py"
    settings.write_text(
        f"c.ServerApp.port = {port}\nc.ServerApp.open_browser = False\nc.ServerApp.allow_root = True\n"
        "c.IdentityProvider.token = 'a-test'\n"
    )
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "JUPYTER_CONFIG_DIR": str(tmp_path)}
    started = subprocess.Popen(
        [sys.executable, "-m", "biasaudit", "learn", "chatbot"],
        cwd=tmp_path,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_for(f"http://127.0.0.1:{port}/api")
        asked = urllib.request.Request(
            f"http://127.0.0.1:{port}/api/contents/chatbot.ipynb?content=0", headers={"Authorization": "token a-test"}
        )
        assert json.loads(urllib.request.urlopen(asked).read())["type"] == "notebook"
    finally:
        started.terminate()
        started.wait(60)
