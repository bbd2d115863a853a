"""What files look like that programs read: reports, verdicts and policies, by their published schemas."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from .reference_pages import heading, table, title

__all__ = ["SCHEMAS", "FileSchema", "schema_page"]


class FileSchema(NamedTuple):
    """A kind of file, how its schema is printed, and who makes it."""

    name: str
    what: str
    command: str
    made: Callable[[], dict[str, Any]]


def _report() -> dict[str, Any]:
    from biasaudit.reporting.formats.as_json import json_schema

    return json_schema()


def _verdict() -> dict[str, Any]:
    from biasaudit.policy.formats.as_json import check_schema

    return check_schema()


def _policy() -> dict[str, Any]:
    from biasaudit.policy import policy_schema

    return policy_schema()


SCHEMAS = (
    FileSchema("Reports", "What `to_json()` and `--json` of every audit write.", "biasaudit schema", _report),
    FileSchema("Verdicts", "What `to_json()` and `--json` of a verdict write.", "biasaudit schema --verdict", _verdict),
    FileSchema("Policies", "What stands in a policy's TOML file.", "biasaudit schema --policy", _policy),
)


def schema_page() -> Iterator[str]:
    """Write the keys of every kind of file, with what each holds."""
    yield from title("Schemas of files")
    yield "JSON Schema, draft 2020-12. A minor version only adds; readers take all of 1.x and pass over what they do"
    yield "not know."
    yield ""
    for one in SCHEMAS:
        schema = one.made()
        yield from heading(one.name)
        yield f"{one.what} ``{schema['$id']}``, printed by ``{one.command}``."
        yield ""
        yield from table("Keys", _rows(schema))
        for name, part in _parts(schema):
            yield from table(name, _rows(part))


def _parts(schema: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield what has keys of its own: rows of lists, and parts that a schema defines once."""
    for name, part in schema["properties"].items():
        inner = part.get("items", {})
        if "properties" in inner:
            yield f"Each of {name}", inner
    for name, part in schema.get("$defs", {}).items():
        yield name, part


def _rows(schema: dict[str, Any]) -> list[tuple[str, str]]:
    required = schema.get("required", ())
    return [
        (
            f"``{name}``",
            f"*{_kind(part)}*{'' if name in required else ', may be left out'}. {part.get('description', '')}".strip(),
        )
        for name, part in schema["properties"].items()
    ]


def _kind(part: dict[str, Any]) -> str:
    """Name the type of a value in a few words."""
    if "enum" in part:
        return "one of " + ", ".join(str(value) for value in part["enum"])
    if "const" in part:
        return str(part["const"])
    if "anyOf" in part:
        return " or ".join(dict.fromkeys(_kind(one) for one in part["anyOf"] if one.get("type") != "null"))
    if "$ref" in part:
        return part["$ref"].rpartition("/")[2]
    kind = part.get("type", "any")
    kinds = [kind] if isinstance(kind, str) else kind
    named = " or ".join(one for one in kinds if one != "null") + (" or null" if "null" in kinds else "")
    return f"array of {_kind(part['items'])}" if named == "array" and "items" in part else named
