"""Every block of code that a stranger may paste runs: those of the README, and of each page of the site.

A page's blocks run from top to bottom, in one namespace and in one folder that is empty at first:

- ``python`` and ``{code-cell}``: run, with warnings as errors; one that begins with ``# name.py`` becomes that file.
- ``output``: what the block before prints, "…" standing for what is left out; ``pycon``: prompts and what they print.
- ``console``: ``$ biasaudit`` and ``$ pytest`` are run, and what follows is what they print; ``$ echo $?`` tells how
  they ended, which is 0 where it is not there. Of other commands, targets, extras and files have to exist.
- ``toml``: a policy loads, and lies in the folder as ``policy.toml``, or as the ``# name.toml`` that it begins with.
- ``sh`` is run, ``yaml`` and ``json`` parse; ``text`` and a plain fence are shown, and nothing else is known.
"""

import codeop
import sys
import sysconfig
from pathlib import Path

import pytest
from page_blocks import page_blocks
from page_runner import PageRunner, is_said

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
MADE = ("made", "_build", "_cache")
# Pages of reStructuredText, whose examples are doctests or are run when the page is made.
REFERENCE = {"make_reference", "make_command_pages"}
FOR_STRANGERS = [ROOT / "README.md", *sorted((DOCS / "start").glob("*.md")), *sorted((DOCS / "how-to").glob("*.md"))]


def written_pages():
    """List the README and what is written by hand below docs/."""
    pages = (path for path in DOCS.rglob("*.md") if not set(MADE) & set(path.relative_to(DOCS).parts))
    return [ROOT / "README.md", *sorted(page for page in pages if page_blocks(page.read_text("utf-8")))]


def makers():
    """List what makes pages from the package; it needs Sphinx."""
    return pytest.importorskip("site_pages", exc_type=ImportError).MAKERS


@pytest.fixture
def here(tmp_path, monkeypatch):
    """An empty folder to be in, from which a shell finds biasaudit."""
    program = tmp_path / "bin/biasaudit"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m biasaudit "$@"\n')
    program.chmod(0o755)
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    monkeypatch.setenv("PATH", f"{program.parent}:{sysconfig.get_path('scripts')}:/usr/bin:/bin")
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv("COLUMNS", "120")
    monkeypatch.delenv("GITHUB_ACTIONS", raising=False)
    return folder


@pytest.mark.parametrize("page", written_pages(), ids=lambda page: str(page.relative_to(ROOT)))
def test_every_block_of_a_page_runs(page, here, run):
    PageRunner(page.relative_to(ROOT), run).run(page.read_text("utf-8"))


@pytest.mark.parametrize("page", FOR_STRANGERS, ids=lambda page: str(page.relative_to(ROOT)))
def test_what_strangers_paste_into_an_interpreter_is_taken_line_by_line(page):
    """Up to Python 3.12 it wants an empty line after a loop, and none within."""
    for block in page_blocks(page.read_text("utf-8")):
        if block.language == "python":
            typed = []
            for line in [*block.text.splitlines(), ""]:
                typed.append(line)
                if codeop.compile_command("\n".join(typed), page.name, "single"):
                    typed = []


@pytest.mark.slow
def test_every_block_of_a_page_that_is_made_runs(here, run, monkeypatch):
    """But for the stories: `make docs` runs those, for minutes, and a fault there stops it."""
    made = here.parent / "docs"
    for maker in makers():
        if maker.__name__ not in REFERENCE:
            maker(made)
    pages = [page for page in sorted(made.rglob("*.md")) if "kernelspec:" not in page.read_text("utf-8")]
    assert len(pages) > 50
    for number, page in enumerate(pages):
        folder = here / str(number)
        folder.mkdir()
        monkeypatch.chdir(folder)
        PageRunner(page.relative_to(made), run).run(page.read_text("utf-8"))


GOOD = """
Text with `code`.

1. A list:

   ```python
   here = 1 + 1
   ```

```{admonition} Mind
```{code-cell} ipython3
:tags: [hide-input]

print(here, "and more")
```
```

```output
2 and …
```

```pycon
>>> here + 1
3
```

```toml
# strict.toml
name = "Strict"

[[rules]]
metric = "selection_rate"
comparison = "ratio"
min = 0.8
reason = "Nobody is to be turned down more often."
```

```console
$ pip install "biasaudit[learn,dashboard]"
$ make docs
$ biasaudit check --policy strict.toml -- ricci
Policy “Strict”: ? Cannot tell. …
$ echo $?
3
$ biasaudit dashboard --port 8600
```

```sh
biasaudit --version
```

```yaml
a: [1, 2]
```

```json
{"a": 1}
```

```text
$ not run
```
"""


def test_what_runs_is_run(here, run):
    runner = PageRunner("page.md", run)
    runner.run(GOOD)
    assert runner.namespace["here"] == 2
    assert Path("strict.toml").exists()


@pytest.mark.parametrize(
    ("said", "printed", "same"),
    [
        ("a b", "a\n  b\n", True),
        ("a-b", "a-\n b", True),
        ("a b", "a b c", False),
        ("a…", "a.", True),
        ("a\n…\nc", "a\nc", True),
        ("a\n…\nc", "a\nb\nd", False),
        ("…b…d", "a b c d", True),
        ("…d…b…", "a b c d", False),
        ("…d", "a b c d e", False),
        ("a…", "b a", False),
        ("a…a", "a", False),
        ("", "", True),
        ("a", "", False),
    ],
)
def test_what_is_left_out_may_be_anything_and_nothing_else_may(said, printed, same):
    assert is_said(said, printed) == same


def fence(language, text):
    return f"# A page\n\n```{language}\n{text}\n```\n"


@pytest.mark.parametrize(
    ("page", "said"),
    [
        (fence("python", "a = 1\n\nb = a / 0"), "page.md, line 4: ZeroDivisionError"),
        (fence("python", "import warnings\nwarnings.warn('old', DeprecationWarning)"), "DeprecationWarning: old"),
        (fence("python", "import biasaudit as ba\nba.no_such_name"), "AttributeError"),
        (fence("python", "def half("), "SyntaxError"),
        (fence("{code-cell}", ":tags: [skip-execution]\n1 / 0"), "line 5: ZeroDivisionError"),
        (fence("{code-block} python", "1 / 0"), "ZeroDivisionError"),
        ("````{note}\n" + fence("python", "1 / 0") + "````\n", "line 5: ZeroDivisionError"),
        ("1. One\n\n   ```python\n   1 / 0\n   ```\n", "line 4: ZeroDivisionError"),
        (fence("{code-cell}", "---\ntags: [hide-input]\n---\n1 / 0"), "line 7: ZeroDivisionError"),
        (fence("python", "print(1)") + fence("output", "2"), "it says\n2\n\nand prints\n1"),
        (fence("python", ">>> 1 + 1\n3"), "Expected:\n    3\nGot:\n    2"),
        (fence("console", "$ biasaudit audti compas"), "No such command"),
        (fence("console", "$ biasaudit check --policy four_fifths -- ricci"), "the last command ended with 3"),
        (fence("console", "$ biasaudit check --policy four_fifths -- ricci\n$ echo $?\n0"), "it says\n0\n"),
        (fence("console", "$ biasaudit check --policy four_fifths -- ricci\n$ cat x"), "before 'cat x', a command"),
        (fence("console", "$ biasaudit datasets\nno such line"), "it says\nno such line\n"),
        (fence("console", "$ biasaudit dashboard --prot 1"), "No such option"),
        (fence("console", "$ biasaudit learn hiring2"), "there is no lesson 'hiring2'"),
        (fence("console", "$ pip install biasaudit[nothing]"), "there is no extra {'nothing'}"),
        (fence("console", "$ pip install requests"), "biasaudit does not use 'requests'"),
        (fence("console", "$ make nothing"), "no target of the Makefile"),
        (fence("console", "$ python tests/nothing.py"), "there is no tests/nothing.py"),
        (fence("console", "$ rm -r ."), "nobody knows the command 'rm'"),
        (fence("console", "biasaudit datasets"), "a console begins with a line that begins with a dollar"),
        (fence("python", "# test_a.py\ndef test_a():\n    assert 0") + fence("console", "$ pytest -q"), "assert 0"),
        (fence("sh", "biasaudit audit nothing"), "the script ended with 2"),
        (fence("toml", 'name = "x"\n[[rules]]\nmetric = "selection_rate"\nmx = 1'), '"mx" is not a key'),
        (fence("toml", "name ="), "TOMLDecodeError"),
        (fence("yaml", "a: [1"), "ParserError"),
        (fence("json", "{a}"), "JSONDecodeError"),
        (fence("ruby", "puts 1"), "nobody knows how to run a block of 'ruby'"),
        (fence("python-not-run", "1 / 0"), "nobody knows how to run a block of 'python-not-run'"),
    ],
)
def test_a_fault_on_a_page_is_found(page, said, here, run):
    with pytest.raises(AssertionError) as error:
        PageRunner("page.md", run).run(page)
    assert said in str(error.value)
