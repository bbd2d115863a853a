"""The API reference is whole: every public name has its page, its words and an example that runs as it stands there."""

import ast
import builtins
import dataclasses
import doctest
import inspect
import re
from pathlib import Path

from site_pages import reference_commands, reference_constants, reference_names, reference_pages, reference_schemas

ROOT = Path(__file__).parents[2]

NAMES = reference_names.public_names()
CLASSES = tuple(name for name in NAMES if inspect.isclass(name.value))
SECTION = r"\n{}\n-+\n(.*?)(?=\n\n[A-Z][A-Za-z ]+\n-+\n|\Z)"
# What no machine without the network, or without an extra that is not tested everywhere, can run.
NOT_RUN = {
    "biasaudit.datasets.fetch_caption_accuracy",
    "biasaudit.datasets.fetch_madlibs",
    "biasaudit.datasets.fetch_vowels",
    "biasaudit.integrations.mlflow.log_audit",
    "biasaudit.models.cv.CvSorter",
    "biasaudit.models.profanity.ProfanityCheck",
}


def plain(value):
    """Return the function behind a property, a method or a fixture."""
    for inside in ("fget", "func", "__func__", "__wrapped__"):
        value = getattr(value, inside, None) or value
    return value


def documented():
    """List what is described: the path, the thing, and the names that its page imports."""
    found = [(name.path, plain(name.value), name.name) for name in NAMES if name.kind != "constant"]
    for name in CLASSES:
        own = (one for one in reference_names.members_of(name.value) if one.owner is name.value or home(one) is name)
        found += [(f"{name.path}.{one.name}", plain(one.value), name.name) for one in own if one.is_method]
    return found


def home(member):
    return reference_names.documented_in(member, CLASSES)


DOCUMENTED = documented()


def section(value, heading):
    found = re.search(SECTION.format(heading), inspect.getdoc(value) or "", re.DOTALL)
    return found[1] if found else ""


def free_names(source):
    """List the names that code takes from outside of itself."""
    tree = ast.parse(source)
    made = set(dir(builtins))
    used = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            (used if isinstance(node.ctx, ast.Load) else made).add(node.id)
        elif isinstance(node, ast.alias):
            made.add((node.asname or node.name).partition(".")[0])
        elif isinstance(node, (ast.FunctionDef, ast.ClassDef, ast.ExceptHandler)):
            made.add(node.name)
        elif isinstance(node, ast.arg):
            made.add(node.arg)
    return used - made


def examples_of(value):
    return doctest.DocTestParser().get_examples(section(value, "Examples"))


def test_an_example_stands_with_every_name():
    assert [path for path, value, _ in DOCUMENTED if not examples_of(value)] == []


def test_an_example_takes_nothing_but_the_import_of_its_page():
    taken = {
        path: free_names("".join(one.source for one in examples_of(value))) - {own} for path, value, own in DOCUMENTED
    }
    assert {path: names for path, names in taken.items() if names} == {}


def test_an_example_is_run():
    skipped = {path for path, value, _ in DOCUMENTED if any(doctest.SKIP in one.options for one in examples_of(value))}
    assert skipped == NOT_RUN


def own_parameters(value):
    """List the parameters that somebody gives; a class that adds none of its own has none here."""
    if inspect.isclass(value) and not (dataclasses.is_dataclass(value) or "__init__" in vars(value)):
        return []
    names = inspect.signature(value).parameters
    return [name for name in names if name not in ("self", "cls")]


def described(value):
    """List the parameters that a docstring describes, or that of a class which this one extends."""
    texts = [section(one, "Parameters") for one in (inspect.getmro(value) if inspect.isclass(value) else [value])]
    heads = re.findall(r"^(\S.*?)(?: :.*)?$", "\n".join(texts), re.MULTILINE)
    return {name.strip().lstrip("*") for head in heads for name in head.split(",")}


def test_every_parameter_is_described():
    missing = {path: set(own_parameters(value)) - described(value) for path, value, _ in DOCUMENTED}
    assert {path: names for path, names in missing.items() if names} == {}


def test_every_name_begins_with_a_sentence():
    assert [path for path, value, _ in DOCUMENTED if not reference_names.summary(value).endswith(".")] == []


def test_what_comes_back_is_said():
    silent = (
        path
        for path, value, _ in DOCUMENTED
        if inspect.isfunction(value)
        and value.__annotations__.get("return", "None") not in ("None", None, "Any")
        and not (section(value, "Returns") or section(value, "Yields"))
    )
    assert list(silent) == []


def test_every_name_has_a_page_and_every_page_is_listed():
    pages = dict(reference_pages.pages())
    assert len({name.path.lower() for name in NAMES}) == len(NAMES) > 150
    for name in NAMES:
        assert name.path in pages[f"{name.path}.rst"]
        assert f"   {name.path}\n" in pages[f"{name.group.slug}.rst"]
        assert f"<{name.path}>`" in pages["summaries.txt"]
    index = (ROOT / "docs/api/index.md").read_text("utf-8")
    assert all(f"\nmade/{group.slug}\n" in index for group in reference_names.GROUPS)


def test_every_member_of_a_result_is_shown_or_linked():
    pages = dict(reference_pages.pages())
    for name in CLASSES:
        for member in reference_names.members_of(name.value):
            where = "members: " if home(member) is name else f".{member.name}>`"
            assert where in pages[f"{name.path}.rst"]
            assert member.name in pages[f"{name.path}.rst"]
            assert reference_names.summary(plain(member.value)), f"{name.path}.{member.name} says nothing"


def test_rooms_that_are_public_are_all_there():
    """As docs/about/deprecation.md says it."""
    rooms = {room for group in reference_names.GROUPS for room in group.rooms}
    text = (ROOT / "docs/about/deprecation.md").read_text("utf-8").partition("- The command line")[0]
    said = {name if "." in name else f"biasaudit.{name}" for name in re.findall(r"`([a-z][a-z_.]+)`", text)}
    assert said - {"biasaudit.biasaudit"} <= rooms


def test_a_constant_shows_what_it_holds():
    constants = [name for name in NAMES if name.kind == "constant"]
    assert {one.path for one in reference_constants.CONSTANTS} == {name.path for name in constants}
    for name in constants:
        lines = "\n".join(reference_constants.constant_page(name)).partition("Examples")[2].split("\n")
        assert any(line.strip() and not line.strip().startswith((">>>", "...")) for line in lines), name.path


def test_every_command_has_its_page():
    listed = {command.words for command in reference_commands.commands()}
    assert listed == {example.command for example in reference_commands.EXAMPLES}
    assert {"audit", "check", "monitor report"} <= listed


def test_a_command_tells_all_of_its_options():
    for command in reference_commands.commands():
        page = "\n".join(reference_commands.options_page(command))
        for parameter in command.click.params:
            assert f"``{parameter.get_help_record(command.context)[0]}``" in page


def test_the_schemas_of_files_are_told():
    page = "\n".join(reference_schemas.schema_page())
    for one in reference_schemas.SCHEMAS:
        assert all(f"``{key}``" in page for key in one.made()["properties"])
