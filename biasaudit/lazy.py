"""Public names that are loaded when they are first used, so that importing a room costs next to nothing."""

import importlib
from collections.abc import Callable, Mapping
from typing import Any

__all__ = ["lazy_attributes"]


def lazy_attributes(
    room: str, public: list[str], homes: Mapping[str, str]
) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """Make the ``__getattr__`` and the ``__dir__`` of a room (PEP 562).

    Parameters
    ----------
    room : str
        Its ``__name__``.
    public : list of str
        Its ``__all__``.
    homes : mapping of str to str
        Which module of `room` each name that is loaded late comes from; a module is its own home.

    Returns
    -------
    getter, lister : callable
        For ``__getattr__`` and ``__dir__``.

    Raises
    ------
    AttributeError
        From the getter, if the room has no such name.

    Examples
    --------
    >>> found, _ = lazy_attributes("biasaudit.inference", [], {"Verdict": "verdicts"})
    >>> found("Verdict").SHOWN
    'shown'
    """

    def find(name: str) -> Any:
        if name not in homes:
            raise AttributeError(f"module {room!r} has no attribute {name!r}")
        module = importlib.import_module(f"{room}.{homes[name]}")
        return module if homes[name] == name else getattr(module, name)

    return find, lambda: sorted(public)
