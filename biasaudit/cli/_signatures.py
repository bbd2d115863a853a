"""How commands take options that are declared elsewhere: a dataclass stands for all of its fields, in their order."""

from __future__ import annotations

import copy
import functools
import inspect
from collections.abc import Callable
from dataclasses import MISSING, dataclass, fields, is_dataclass
from pathlib import Path
from typing import Annotated, Any, get_args, get_type_hints

from typer.models import ArgumentInfo, OptionInfo

from biasaudit.errors import AuditError
from biasaudit.names import clean

__all__ = ["Command", "OptionGroup", "arguments", "takes_options"]

Command = Callable[..., None]


@dataclass(frozen=True)
class OptionGroup:
    """Options that a command takes as one argument.

    Parameters
    ----------
    options : tuple of inspect.Parameter
    gathered : callable
        Makes that argument of what was given for each option, by its name.
    """

    options: tuple[inspect.Parameter, ...]
    gathered: Callable[..., Any]


def takes_options(command: Command, **groups: OptionGroup) -> Command:
    """Give a command an option for each field of its arguments that are dataclasses, and for each of a group.

    Names of files, and of targets that may be files, are refused where they look like options.

    Parameters
    ----------
    command : callable
    **groups : OptionGroup
        For the argument of the name.
    """
    listed: list[inspect.Parameter] = []
    for own in inspect.signature(command, eval_str=True).parameters.values():
        if is_dataclass(own.annotation):
            groups[own.name] = _fields_of(own.annotation)
        is_group = own.name in groups
        listed += groups[own.name].options if is_group else [own.replace(kind=inspect.Parameter.KEYWORD_ONLY)]

    @functools.wraps(command)
    def run(**given: Any) -> None:
        given = {one.name: _checked_file(one, given[one.name]) for one in listed}
        gathered = {
            name: group.gathered(**{one.name: given.pop(one.name) for one in group.options})
            for name, group in groups.items()
        }
        command(**gathered, **given)

    # Typer reads names and types of options from here.
    shown = [_as_text(one) for one in listed]
    run.__signature__ = inspect.Signature(shown)  # type: ignore[attr-defined]
    run.__annotations__ = {one.name: one.annotation for one in shown}
    return run


def arguments(options: Any) -> dict[str, Any]:
    """Read a dataclass of options into arguments of the same names; an empty list was not given."""
    declared = get_type_hints(type(options), include_extras=True)
    return {name: _reader(declared[name])(given) for name, given in vars(options).items()}


def _reader(declared: Any) -> Callable[[Any], Any]:
    return next((one for one in get_args(declared)[1:] if callable(one)), _as_given)


def _as_given(value: Any) -> Any:
    return None if value == [] else value


def _fields_of(declared: Any) -> OptionGroup:
    types = get_type_hints(declared, include_extras=True)
    options = tuple(
        inspect.Parameter(
            one.name,
            inspect.Parameter.KEYWORD_ONLY,
            default=inspect.Parameter.empty if one.default is MISSING else one.default,
            annotation=types[one.name],
        )
        for one in fields(declared)
    )
    return OptionGroup(options, declared)


def _checked_file(option: inspect.Parameter, given: Any) -> Any:
    """Refuse a name of a file that looks like an option; a path is made of one that does not.

    Typer hands the names over as they were typed, since a path forgets the ``./`` that a name is mended with.
    """
    kind, how = _declared(option)
    if kind is Path or isinstance(how, ArgumentInfo):
        for name in given if isinstance(given, list) else [given]:
            _check_name(name or "")
    return Path(given) if kind is Path and given is not None else given


def _declared(option: inspect.Parameter) -> tuple[Any, Any]:
    """Return the type of an option, None left out, and how Typer is to show it."""
    kind, how = (*get_args(option.annotation), None)[:2]
    return next((one for one in get_args(kind) if one is Path), kind), how


def _as_text(option: inspect.Parameter) -> inspect.Parameter:
    kind, how = _declared(option)
    if kind is not Path:
        return option
    how = copy.copy(how)
    if isinstance(how, OptionInfo):
        how.metavar = "<path>"
    given = option.default
    return option.replace(
        annotation=Annotated[str | None if given is None else str, how],
        default=str(given) if isinstance(given, Path) else given,
    )


def _check_name(name: str) -> None:
    if name.startswith("-"):
        shown = clean(name, 200)
        raise AuditError(f'"{shown}" begins with a dash, as an option does. For a file of that name write "./{shown}".')
