"""The house keeps its shape: sizes, what is private, what a room names, and a floor for each room.

What ruff, mypy and import-linter hold by themselves stands in pyproject.toml and is not repeated here.
"""

import ast
import functools
import re
import statistics
import tomllib
from pathlib import Path
from typing import Any, NamedTuple

import pytest

ROOT = Path(__file__).parents[1]
WRITTEN = ("biasaudit", "dashboards", "tests", "datasets", "examples", "notebooks", "requirements")
SKIPPED = re.compile(r"# fmt: *(skip|off)\b")
ROOMS = sorted(".".join(path.parent.relative_to(ROOT).parts) for path in ROOT.glob("biasaudit/*/**/__init__.py"))


class Module(NamedTuple):
    """A file of the package or of the dashboard, and the folder that its imports name as theirs."""

    path: Path
    folder: str
    lines: int
    tree: ast.Module

    @property
    def name(self) -> str:
        return self.path.relative_to(ROOT).as_posix()


class Function(NamedTuple):
    """A function, its lines without its docstring."""

    where: str
    lines: int
    positional: int
    command: bool


@functools.cache
def modules() -> tuple[Module, ...]:
    """Read every file once; the dashboard's pages import from its own folder."""
    found = []
    for top, base in (("biasaudit", ROOT), ("dashboards", ROOT / "dashboards")):
        for path in sorted((ROOT / top).rglob("*.py")):
            text = path.read_text("utf-8")
            folder = ".".join(path.parent.relative_to(base).parts)
            found.append(Module(path, folder, len(text.splitlines()), ast.parse(text)))
    assert len(found) > 300
    return tuple(found)


def dotted(module: Module) -> str:
    """Return the name that a file is imported under."""
    return module.folder if module.path.name == "__init__.py" else f"{module.folder}.{module.path.stem}"


def top(name: str) -> list[str]:
    """Return the room of the package that a dotted name lies in."""
    return name.split(".")[:2]


def measured(where: str, node: ast.FunctionDef | ast.AsyncFunctionDef) -> Function:
    documented = node.body[0] if ast.get_docstring(node, clean=False) is not None else None
    docstring = documented.end_lineno - documented.lineno + 1 if documented else 0
    named = [argument.arg for argument in (*node.args.posonlyargs, *node.args.args)]
    decorated = (call.func for call in node.decorator_list if isinstance(call, ast.Call))
    command = any(isinstance(made, ast.Attribute) and made.attr in ("command", "callback") for made in decorated)
    lines = node.end_lineno - node.lineno + 1 - docstring
    return Function(f"{where}:{node.name}", lines, len(named) - (named[:1] in (["self"], ["cls"])), command)


@functools.cache
def functions() -> tuple[Function, ...]:
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    return tuple(
        measured(module.name, node) for module in modules() for node in ast.walk(module.tree) if isinstance(node, kinds)
    )


def project() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]


def inside(room: str) -> list[str]:
    """List the rooms right inside of one."""
    return [name.rpartition(".")[2] for name in ROOMS if name.rpartition(".")[0] == room]


def floors(container: str) -> list[str]:
    """List what a contract says of the inside of a room, from the top down."""
    contracts = [one for one in project()["importlinter"]["contracts"] if container in one.get("containers", ())]
    assert [one["type"] for one in contracts] == ["layers"], f"{container} has no contract of its own"
    return [name for layer in contracts[0]["layers"] for name in re.findall(r"\w+", layer)]


def test_no_folder_holds_more_than_20_files():
    folders = {path.parent for top in WRITTEN for path in (ROOT / top).rglob("*.py")}
    sizes = {folder.relative_to(ROOT).as_posix(): len(list(folder.glob("*.py"))) for folder in folders}
    assert sizes["biasaudit/audits"] > 1
    assert {folder: size for folder, size in sizes.items() if size > 20} == {}


def test_a_file_holds_one_idea():
    assert {module.name: module.lines for module in modules() if module.lines > 400} == {}
    assert statistics.median(module.lines for module in modules()) <= 150


def test_a_function_is_short():
    assert {each.where: each.lines for each in functions() if each.lines > 60} == {}
    assert statistics.median(each.lines for each in functions()) <= 8


def test_a_function_takes_at_most_six_arguments_by_position():
    """A command's arguments are options of a command line, each by its name."""
    assert {each.where: each.positional for each in functions() if each.positional > 6 and not each.command} == {}


def test_code_is_formatted_by_hand_in_few_places():
    paths = [path for top in WRITTEN for path in (ROOT / top).rglob("*.py")]
    assert 0 < sum(len(SKIPPED.findall(path.read_text("utf-8"))) for path in paths) <= 40


def imported(module: Module) -> list[str]:
    """List the dotted names that a file imports, in whatever function or condition."""
    found = []
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import):
            found += [name.name for name in node.names]
        elif isinstance(node, ast.ImportFrom):
            found += [f"{node.module}.{name.name}" for name in node.names]
    return found


def is_private_elsewhere(name: str, folder: str) -> bool:
    """Say whether a name is private to another folder than the one that imports it."""
    parts = name.split(".")
    hidden = [at for at, part in enumerate(parts) if part.startswith("_") and not part.startswith("__")]
    return any(".".join(parts[:at]) != folder for at in hidden)


def test_a_private_module_is_used_in_its_own_folder_alone():
    own = {module.folder.partition(".")[0] for module in modules() if module.folder}
    found = [
        f"{module.name}: {name}"
        for module in modules()
        for name in imported(module)
        if name.partition(".")[0] in own and is_private_elsewhere(name, module.folder)
    ]
    assert found == []


def public_names(module: Module) -> list[str]:
    """Return the `__all__` of a file."""
    values = [n.value for n in module.tree.body if isinstance(n, ast.Assign) and ast.unparse(n.targets[0]) == "__all__"]
    return ast.literal_eval(values[0]) if values else []


def at_hand(module: Module) -> set[str]:
    """Name what a file defines or imports at its top, for types alone too: the home of what is loaded late."""
    found: set[str] = set()
    late = [node for node in module.tree.body if isinstance(node, ast.If)]
    for node in (*module.tree.body, *(inner for block in late for inner in block.body)):
        if isinstance(node, ast.ImportFrom):
            found |= {name.asname or name.name for name in node.names}
        elif isinstance(node, ast.Assign):
            found |= {name.id for target in node.targets for name in ast.walk(target) if isinstance(name, ast.Name)}
        elif isinstance(node, ast.FunctionDef | ast.ClassDef):
            found.add(node.name)
    return found


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_names_what_is_public(room):
    """Either the files and rooms in it that have no leading underscore, all of them, or names that it has at hand."""
    module = next(each for each in modules() if dotted(each) == room)
    public = set(public_names(module))
    files = {path.stem for path in module.path.parent.glob("*.py") if not path.stem.startswith("_")}
    assert public == files | set(inside(room)) or (public and public <= at_hand(module))


def test_what_another_room_takes_is_named():
    """In the `__all__` of the module that it is taken from."""
    named = {dotted(module): set(public_names(module)) for module in modules() if public_names(module)}
    found = [
        f"{module.name}: {node.module}.{name.name}"
        for module in modules()
        for node in ast.walk(module.tree)
        if isinstance(node, ast.ImportFrom) and node.module in named and top(node.module) != top(dotted(module))
        for name in node.names
        if name.name not in named[node.module] and f"{node.module}.{name.name}" not in named
    ]
    assert found == []


def loaded_late(module: Module) -> dict[str, str]:
    """Return the homes that a room gives to names which it loads when they are used."""
    made = [node for node in module.tree.body if isinstance(node, ast.Assign)]
    calls = [node.value for node in made if ast.unparse(node.targets[0]) == "(__getattr__, __dir__)"]
    return ast.literal_eval(calls[0].args[2]) if calls else {}


def typed_from(module: Module) -> dict[str, str]:
    """Return where a room imports names from for types alone, as it names homes."""
    blocks = [node for node in module.tree.body if isinstance(node, ast.If)]
    imports = [node for block in blocks for node in block.body if isinstance(node, ast.ImportFrom)]
    return {
        name.name: name.name if node.module == module.folder else node.module.removeprefix(f"{module.folder}.")
        for node in imports
        for name in node.names
    }


def test_what_is_loaded_late_has_the_home_that_its_types_name():
    late = [module for module in modules() if module.path.name == "__init__.py" and loaded_late(module)]
    assert len(late) > 3
    for module in late:
        assert loaded_late(module) == typed_from(module), module.name


def test_each_room_has_a_floor():
    """The contract of the package is exhaustive; one of a room with rooms in it names them all."""
    assert set(inside("biasaudit")) <= set(floors("biasaudit"))
    for room in (room for room in ROOMS if room.count(".") == 1 and inside(room)):
        assert set(inside(room)) <= set(floors(room)), room


def test_what_is_drawn_is_what_stands():
    """The picture in CONTRIBUTING.md: every room in the order of the floors, and the rooms in it."""
    picture = re.search(r"```\n(.*?\nbiasaudit/\n.*?)```", (ROOT / "CONTRIBUTING.md").read_text("utf-8"), re.S)
    drawn = picture[1].partition("\nbiasaudit/\n")[2].partition("\n\n")[0]
    found = re.findall(r"^  (\w+)/(.*(?:\n {4,}.*)*)", drawn, re.M)
    assert [name for name, _ in found] == [name for name in floors("biasaudit") if name in inside("biasaudit")]
    assert {name: re.findall(r"\b(\w+)/", rest) for name, rest in found} == {
        name: inside(f"biasaudit.{name}") for name, _ in found
    }


def test_types_are_strict_in_the_package_and_the_dashboard():
    mypy = project()["mypy"]
    assert mypy["strict"] is True
    assert {"biasaudit", "dashboards"} <= set(mypy["files"])
    assert not [override for override in mypy.get("overrides", ()) if set(override) - {"module", *ALLOWED}]


# Of what has no types itself: nothing that makes ours less strict.
ALLOWED = ("ignore_missing_imports", "follow_untyped_imports")
