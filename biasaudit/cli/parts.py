"""What the commands share: targets and options that are read, text that is printed."""

from __future__ import annotations

import contextlib
import copy
import functools
import inspect
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated, Any, TextIO, get_args

import typer
from typer.models import ArgumentInfo, OptionInfo

from biasaudit.errors import AuditError
from biasaudit.github_output import issue
from biasaudit.names import clean

__all__ = [
    "WORDS",
    "is_shipped",
    "make_target",
    "named_files",
    "read_bins",
    "read_dials",
    "read_pairs",
    "read_population",
    "read_target",
    "read_words",
    "say",
    "tell_github",
    "width",
]

MADE_ROWS = 10_000
WORDS = "What sentences say of people: selected=were invited; also people, rejected, positive, negative, good."


def named_files(command: Callable[..., None]) -> Callable[..., None]:
    """Let a command refuse names of files, and of targets that may be files, that look like options.

    Typer hands the names over as they were typed, since a path forgets the ``./`` that a name is mended with; the
    command gets its paths all the same.
    """
    asked = list(inspect.signature(command, eval_str=True).parameters.values())

    @functools.wraps(command)
    def run(**given: Any) -> None:
        for one in asked:
            kind, how = _declared(one)
            names = given[one.name] if isinstance(given[one.name], list) else [given[one.name]]
            if kind is Path or isinstance(how, ArgumentInfo):
                for name in names:
                    _check_name(name or "")
            if kind is Path and given[one.name] is not None:
                given[one.name] = Path(given[one.name])
        command(**given)

    # Typer reads names and types of options from here.
    shown = [_as_text(one) for one in asked]
    run.__signature__ = inspect.Signature(shown)  # type: ignore[attr-defined]
    run.__annotations__ = {one.name: one.annotation for one in shown}
    return run


def _declared(parameter: inspect.Parameter) -> tuple[Any, Any]:
    """Return the type of a parameter, None left out, and how Typer is to show it."""
    kind, how = (*get_args(parameter.annotation), None)[:2]
    return next((one for one in get_args(kind) if one is Path), kind), how


def _as_text(parameter: inspect.Parameter) -> inspect.Parameter:
    kind, how = _declared(parameter)
    if kind is not Path:
        return parameter
    how = copy.copy(how)
    if isinstance(how, OptionInfo):
        how.metavar = "<path>"
    given = parameter.default
    return parameter.replace(
        annotation=Annotated[str | None if given is None else str, how],
        default=str(given) if isinstance(given, Path) else given,
    )


def _check_name(name: str) -> None:
    if name.startswith("-"):
        shown = clean(name, 200)
        raise AuditError(f'"{shown}" begins with a dash, as an option does. For a file of that name write "./{shown}".')


def is_shipped(target: str) -> bool:
    """Say whether a target names a shipped data set, and no file of that name is there."""
    from biasaudit.datasets.shipped import loading as shipped

    return target in shipped.SHIPPED and not os.path.exists(target)  # noqa: PTH110


def read_target(target: str) -> Any:
    """Load a shipped data set by its name; anything else is left to be opened as a file."""
    from biasaudit.datasets.shipped import loading as shipped

    if not target.strip():
        raise AuditError("The name of the data is empty. Give a file, a pattern, or a shipped data set.")
    if is_shipped(target):
        return shipped.load(target)
    if not os.path.exists(target) and not Path(target).suffix and not any(sign in target for sign in "*?[/\\:"):  # noqa: PTH110
        return shipped.load(target)
    return target


def make_target(target: str, dial: list[str] | None) -> Any:
    """Load a shipped data set, or make that of a scenario, whose truth is known."""
    from biasaudit import datasets as known
    from biasaudit.scenarios import SCENARIOS, TableScenario

    made = {scenario.name: scenario for scenario in SCENARIOS if isinstance(scenario, TableScenario)}
    if target in made:
        return made[target].data(n=MADE_ROWS, **(read_dials(dial) or {"label_bias": 0.4}))
    if dial:
        raise AuditError(f"--dial turns generated data only: {', '.join(made)}. Leave it out for shipped data.")
    return known.load(target)


def read_dials(given: list[str] | None) -> dict[str, Any]:
    """Read dials as name=number pairs."""
    dials = {}
    for name, value in (read_pairs("--dial", given, "label_bias=0.4") or {}).items():
        try:
            dials[name] = float(value)
        except ValueError:
            raise AuditError(f'--dial "{name}={value}" is not a number. Give one from 0 to 1.') from None
    return dials


def read_bins(given: list[str] | None) -> dict[str, list[float]] | None:
    """Read edges as feature=number,number."""
    found = {}
    for name, value in (read_pairs("--bins", given, "age=25,45") or {}).items():
        try:
            found[name] = [float(edge) for edge in value.split(",")]
        except ValueError:
            raise AuditError(f'--bins "{name}={value}" is not feature=edges, such as age=25,45.') from None
    return found or None


def read_pairs(option: str, given: list[str] | None, example: str) -> dict[str, str] | None:
    """Read name=value pairs."""
    if not given:
        return None
    split = [pair.partition("=") for pair in given]
    for name, equals, value in split:
        if not (name and equals and value):
            kind = "feature" if option == "--reference" else "name"
            raise AuditError(f'{option} "{name}{equals}{value}" is not {kind}=value, such as {example}.')
    return {name: value for name, _, value in split}


def read_words(given: list[str] | None) -> dict[str, str] | None:
    """Read what sentences say of people as name=words."""
    return read_pairs("--words", given, "selected=were invited")


def read_population(given: list[str] | None) -> dict[str, dict[str, float]] | None:
    """Read shares as feature:group=share."""
    found: dict[str, dict[str, float]] = {}
    for pair, value in (read_pairs("--population", given, "sex:woman=0.5") or {}).items():
        feature, colon, group = pair.partition(":")
        try:
            found.setdefault(feature, {})[group] = float(value)
        except ValueError:
            colon = ""
        if not (feature and colon and group):
            raise AuditError(f'--population "{pair}={value}" is not feature:group=share, such as sex:woman=0.5.')
    return found or None


def width() -> int:
    """Columns of the terminal, within what can be read."""
    import shutil

    return max(40, min(120, shutil.get_terminal_size((100, 24)).columns))


def say(text: str, *, err: bool = False) -> None:
    """Print text, in plain letters where the terminal has no others."""
    from biasaudit.reporting.formats.terminal import can_show, plain

    stream = sys.stderr if err else sys.stdout
    if stream is not None:
        with _still_written(stream):
            typer.echo(text if can_show(stream.encoding) else plain(text), err=err)


def tell_github(written: str) -> None:
    """Print a command of GitHub's runner."""
    if sys.stdout is not None:
        with _still_written(sys.stdout):
            issue(written)


@contextlib.contextmanager
def _still_written(stream: TextIO) -> Iterator[None]:
    """Let a reader who has gone end nothing: reports are still written, and the exit code is that of the verdict."""
    try:
        yield
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
