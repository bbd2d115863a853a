"""Constants of the reference: what each holds, and an example that is run when the page is made."""

from __future__ import annotations

import ast
import contextlib
import io
from typing import NamedTuple

from .reference_names import Name

__all__ = ["CONSTANTS", "Constant", "constant_page", "example_of", "session"]


class Constant(NamedTuple):
    """What a constant holds, and lines that show it, run after its import."""

    path: str
    what: str
    lines: tuple[str, ...]


CONSTANTS = (
    Constant("biasaudit.__version__", "The version of the package, as reports and stores name it.", ("__version__",)),
    Constant(
        "biasaudit.mitigation.MITIGATIONS",
        "Every mitigation, each a row: its name, when it acts, and whether it has to know people's groups.",
        ("for row in MITIGATIONS:\n    print(f'{row.name:<24}{row.stage:<8}{row.needs_group}')",),
    ),
    Constant(
        "biasaudit.mitigation.NUMBER_MITIGATIONS",
        "Every mitigation of a predicted number, each a row as those of a yes or no.",
        ("for row in NUMBER_MITIGATIONS:\n    print(f'{row.name:<24}{row.stage:<8}{row.needs_group}')",),
    ),
    Constant(
        "biasaudit.scenarios.SCENARIOS",
        "Every story, in the order in which pages and the command line list them.",
        ("for story in SCENARIOS:\n    print(f'{story.name:<16}{story.question}')",),
    ),
    Constant(
        "biasaudit.policy.READY",
        "Names of the policies that come along, for `check` and `load`.",
        ("from biasaudit.policy import load", "for name in READY:\n    print(f'{name:<20}{load(name).name}')"),
    ),
    Constant(
        "biasaudit.reporting.plots.CONFIG",
        "What plotly is told wherever a figure is shown: nothing of it is sent anywhere.",
        ("CONFIG",),
    ),
    Constant(
        "biasaudit.lessons.LESSONS",
        "Every lesson, each with its title, its question and the extras that it needs.",
        ("for lesson in LESSONS:\n    print(f'{lesson.name:<16}{lesson.question}')",),
    ),
    Constant(
        "biasaudit.audits.learning.Needed",
        "What :py:class:`RequiredSize <biasaudit.audits.learning.RequiredSize>` was called before; it still works.",
        ("Needed.__name__",),
    ),
    Constant(
        "biasaudit.models.parallel.Progress",
        "What may be given for `progress`: whether to show a bar, or a function that is told of every job.",
        (
            "from biasaudit.models.parallel import progress_bar",
            "def told(done, jobs, label):\n    print(f'{done} of {jobs}: {label}')",
            "with progress_bar(2, told) as step:\n    step('first fold')",
        ),
    ),
    Constant(
        "biasaudit.models.speech.METHODS",
        "Ways to train a recogniser of words; all but the first are meant to help those who are misheard.",
        ("METHODS",),
    ),
    Constant(
        "biasaudit.models.tabular.MODELS",
        "Models of tables that can be named in an audit, each with its label and the extra that it needs.",
        ("for row in MODELS:\n    print(f'{row.name:<24}{row.label}')",),
    ),
    Constant(
        "biasaudit.models.tabular.REGRESSORS",
        "Models of tables that predict a number, each with its label.",
        ("for row in REGRESSORS:\n    print(f'{row.name:<24}{row.label}')",),
    ),
    Constant(
        "biasaudit.models.vowels.FORMANTS",
        "The resonances of the vocal tract by which vowels are told apart, in Hz.",
        ("FORMANTS",),
    ),
)


def example_of(name: Name) -> Constant:
    """Return what is said of a constant."""
    found = [one for one in CONSTANTS if one.path == name.path]
    if not found:
        raise LookupError(f"{name.path} has no example in docs/site_pages/reference_constants.py.")
    return found[0]


def constant_page(name: Name) -> list[str]:
    """Describe a constant and show what its example prints."""
    one = example_of(name)
    shown = session((f"from {name.room} import {name.name}", *one.lines)).splitlines()[1:]
    return [
        f".. py:data:: {name.path}",
        "",
        f"   {one.what}",
        "",
        "   .. rubric:: Examples",
        "",
        *(f"   {line}".rstrip() for line in shown),
    ]


def session(lines: tuple[str, ...]) -> str:
    """Run lines as somebody types them, and return what stands on their screen."""
    names: dict[str, object] = {}
    shown = io.StringIO()
    for line in lines:
        shown.write(">>> " + line.replace("\n", "\n... ") + "\n")
        with contextlib.redirect_stdout(shown):
            exec(compile(ast.Interactive(ast.parse(line).body), "example", "single"), names)
    return shown.getvalue()
