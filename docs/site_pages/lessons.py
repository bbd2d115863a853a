"""Pages of the lessons: each notebook as it is, with what one has to know before it; Sphinx runs it."""

import json
from pathlib import Path

from mdit_py_plugins.anchors.index import slugify

from biasaudit.lessons import LESSONS, Lesson, lesson_file
from biasaudit.scenarios import get

from .writing import write, write_folder

MADE = Path("stories", "made")
NEEDS_LEARN = ("learn",)


def make_lessons(srcdir: Path) -> None:
    """Write a page for each lesson, and the cards of all."""
    folder = Path(srcdir) / MADE
    write(folder / "lessons.txt", lesson_cards())
    write_folder(folder / "lessons", {f"{lesson.name}.ipynb": lesson_page(lesson) for lesson in LESSONS})


def lesson_page(lesson: Lesson) -> str:
    """Write the notebook of a lesson with a box under its question; its code stays as it is."""
    notebook = json.loads(lesson_file(lesson).read_text("utf-8"))
    first = notebook["cells"][0]
    title, question, text = "".join(first["source"]).split("\n\n", 2)
    first["source"] = "\n\n".join((title, question, _box(lesson), text))
    return json.dumps(notebook, ensure_ascii=False, indent=1) + "\n"


def lesson_cards() -> str:
    """Write a card for each lesson, and where they stand in the site."""
    cards = "\n".join(_card(lesson) for lesson in LESSONS)
    names = "\n".join(f"made/lessons/{lesson.name}" for lesson in LESSONS)
    return (
        f"::::{{grid}} 1 2 2 3\n:gutter: 3\n\n{cards}\n::::\n\n"
        f"```{{toctree}}\n:hidden:\n:caption: Lessons\n\n{names}\n```\n"
    )


def _card(lesson: Lesson) -> str:
    needs = f", needs {_listed(lesson.extras)}" if lesson.extras else ""
    return (
        f":::{{grid-item-card}} {lesson.title}\n:link: made/lessons/{lesson.name}\n:link-type: doc\n\n"
        f"{lesson.question} *45 minutes{needs}.*\n:::\n"
    )


def _box(lesson: Lesson) -> str:
    extras = ",".join((*NEEDS_LEARN, *lesson.extras))
    plan = f"[How it goes in class](../../teaching.md#{slugify(lesson.title)})"
    return f""":::{{admonition}} A lesson of 45 minutes
:class: tip lesson

Everything below was run when this page was made. To write down what you expect before you look, open it yourself:

```console
$ pip install "biasaudit[{extras}]"
$ biasaudit learn {lesson.name}
```

Or take {{download}}`the notebook </../notebooks/{lesson.name}.ipynb>` alone. {plan}; printed, this page
shows the solutions.{_told(lesson)}
:::"""


def _told(lesson: Lesson) -> str:
    """Say which stories it tells, each with a page on its dials."""
    stories = [f"[{get(name).title}](../scenarios/{name}.md)" for name in lesson.scenarios]
    if not stories:
        return ""
    return f" The dials behind it: {'; '.join(stories)}."


def _listed(extras: tuple[str, ...]) -> str:
    return " and ".join(f"`{extra}`" for extra in extras)
