"""The API reference: a page for each public name, under the path that people import it from."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Iterator
from pathlib import Path

from .reference_constants import constant_page, example_of
from .reference_names import (
    GROUPS,
    Group,
    Name,
    documented_in,
    members_of,
    modules_in,
    public_names,
    summary,
)
from .writing import write_folder

__all__ = ["heading", "make_reference", "pages", "table", "title"]


def make_reference(srcdir: str | Path) -> None:
    """Write the page of every public name and group and of the schemas, and the summaries that the index shows."""
    from .reference_schemas import schema_page

    write_folder(Path(srcdir) / "api" / "made", dict(pages()) | {"schemas.rst": "\n".join(schema_page())})


def pages() -> Iterator[tuple[str, str]]:
    """Yield the file and the text of every page."""
    names = public_names()
    classes = tuple(name for name in names if inspect.isclass(name.value))
    for name in names:
        yield f"{name.path}.rst", _page(name, classes)
    for group in GROUPS:
        yield f"{group.slug}.rst", _group_page(group, names)
    yield "summaries.txt", "\n".join(_index_section(group, names) for group in GROUPS)


def _page(name: Name, classes: tuple[Name, ...]) -> str:
    body = {
        "constant": constant_page,
        "fixture": _fixture,
        "function": _function,
        "class": lambda one: _class(one, classes),
        "exception": lambda one: _class(one, classes),
    }[name.kind](name)
    imported = [".. code-block:: python", "", f"   from {name.room} import {name.name}", ""]
    # pytest gives a fixture to whoever names it.
    return "\n".join([*title(name.name), *(() if name.kind == "fixture" else imported), *body, ""])


def title(text: str) -> list[str]:
    """Write the title of a page."""
    shown = text.replace("_", r"\_")
    return [shown, "=" * len(shown), ""]


def _function(name: Name) -> list[str]:
    return [f".. autofunction:: {name.path}"]


def _fixture(name: Name) -> list[str]:
    from numpydoc.docscrape_sphinx import get_doc_object

    said = str(get_doc_object(inspect.unwrap(name.value), what="function")).splitlines()
    return [
        f".. py:function:: {name.path}(data, **arguments)",
        "",
        *(f"   {line}".rstrip() for line in said if not line.startswith(".. function::")),
    ]


def _class(name: Name, classes: tuple[Name, ...]) -> list[str]:
    members = [(member, documented_in(member, classes)) for member in members_of(name.value)]
    own = [member.name for member, home in members if home is name]
    lines = [f".. auto{name.kind}:: {name.path}"]
    if own:
        lines += [f"   :members: {', '.join(own)}", "   :member-order: bysource"]
    shared = [
        (f":py:obj:`{member.name} <{home.path}.{member.name}>`", summary(member.value))
        for member, home in members
        if home is not name
    ]
    return [*lines, "", *(table("It answers these as well", shared) if shared else ())]


def table(heading: str, rows: Iterable[tuple[str, str]]) -> list[str]:
    """Write rows of two cells."""
    lines = [f".. rubric:: {heading}", ""] if heading else []
    lines += [".. list-table::", "   :class: reference-names", "   :widths: 30 70", ""]
    for left, right in rows:
        lines += [f"   * - {left}", f"     - {right}"]
    return [*lines, ""]


def _link(name: Name) -> str:
    return f":py:obj:`{name.name} <{name.path}>`"


def _said_of(name: Name) -> str:
    return example_of(name).what if name.kind == "constant" else summary(name.value)


def _group_page(group: Group, names: tuple[Name, ...]) -> str:
    inside = [name for name in names if name.group is group]
    lines = [*title(group.title), group.what, ""]
    lines += _names_table("biasaudit", inside)
    for module in modules_in(group):
        lines += [*heading(module.__name__), f".. py:module:: {module.__name__}", "", inspect.getdoc(module) or "", ""]
        lines += _names_table(module.__name__, inside)
    return "\n".join([*lines, ".. toctree::", "   :hidden:", "", *(f"   {name.path}" for name in inside), ""])


def heading(text: str) -> list[str]:
    """Write the heading of a part of a page."""
    shown = text.replace("_", r"\_")
    return [shown, "-" * len(shown), ""]


def _names_table(room: str, names: list[Name]) -> list[str]:
    rows = [(_link(name), _said_of(name)) for name in names if name.room == room]
    return table("", rows) if rows else []


def _index_section(group: Group, names: tuple[Name, ...]) -> str:
    rows = [(_link(name), _said_of(name)) for name in names if name.group is group]
    heading = [f".. rubric:: :doc:`{group.title} <made/{group.slug}>`", "", group.what, ""]
    return "\n".join([*heading, *table("", rows)])
