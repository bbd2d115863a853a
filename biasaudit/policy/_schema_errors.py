"""What is wrong with a policy file, key by key, as one sentence with line and remedy."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from biasaudit.errors import AuditError, nearest
from biasaudit.names import clean
from biasaudit.policy._toml_lines import line_of
from biasaudit.reporting.words.text import capitalised

__all__ = ["first_error"]

KINDS = {
    "string_type": "a text in quotes",
    "float_type": "a number",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "bool_type": "true or false",
    "list_type": "a list in brackets",
    "date_type": "a date, such as 2027-01-31",
    "dict_type": 'a table, such as { race = "White" }',
    "model_type": "a table",
    "model_attributes_type": "a table",
    "string_too_short": "a text that is not empty",
    "finite_number": "a finite number",
}


def first_error(errors: list[Any], raw: dict[str, Any], source: str, lines: Mapping[Any, int]) -> AuditError:
    """Put the error that stands first in the file into a sentence."""
    found = []
    for error in errors:
        path = tuple(part for part in error["loc"] if _is_key(part, raw))
        found.append((line_of(lines, path), _sentence(error, path)))
    line, sentence = min(found)
    # Keys are whatever stands in the file: nothing in them may steer a screen.
    return AuditError(f"{source}, line {line}: {clean(sentence, 2000)}")


def _is_key(part: str | int, raw: Any) -> bool:
    """Leave out what pydantic adds to a path to tell the members of a union apart."""
    return not (isinstance(part, str) and (part in ("str", "bool", "int", "float") or part.startswith("literal[")))


def _sentence(error: Any, path: tuple[str | int, ...]) -> str:
    key, where, what = str(path[-1]) if path else "", _where(path), error["type"]
    found, context = error.get("input"), error.get("ctx", {})
    if what == "extra_forbidden":
        keys = _keys(path[:-1])
        return f'"{key}" is not a key of {where}.{nearest(key, keys)} Keys: {", ".join(keys)}.'
    if what == "missing":
        return f'{capitalised(where)} has no "{key}". Add it.'
    if what == "literal_error":
        wanted = str(context["expected"]).replace("'", '"')
        options = [option.strip(' "') for option in wanted.replace(" or ", ", ").split(",")]
        return f"{key} = {_toml(found)} is none of {wanted}.{nearest(str(found), options)}"
    if what == "value_error":
        return str(context["error"])
    limits = {
        "greater_than_equal": ("ge", "at least"),
        "less_than_equal": ("le", "at most"),
        "less_than": ("lt", "below"),
        "greater_than": ("gt", "above"),
    }
    if what in limits:
        name, words = limits[what]
        return f"{key} = {_toml(found)} is out of range: it has to be {words} {context[name]:g}."
    wanted = KINDS.get(what, "of another kind")
    at = next((part for part in reversed(path) if isinstance(part, str)), key)
    return f"{at} = {_toml(found)} has to be {wanted}."


def _toml(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return f'"{clean(value)}"' if isinstance(value, str) else clean(value)


def _where(path: tuple[str | int, ...]) -> str:
    tables = [part for part in path[:-1] if isinstance(part, str)]
    names = {"rules": "a rule", "columns": "[columns]", "sheet": "[sheet]", "waiver": "a waiver"}
    return names.get(tables[-1], f"[{tables[-1]}]") if tables else "a policy"


def _keys(path: tuple[str | int, ...]) -> list[str]:
    from biasaudit.policy.document import Columns, Document, Rule, Sheet, Waiver

    tables = [part for part in path if isinstance(part, str)]
    models: dict[str, Any] = {"rules": Rule, "columns": Columns, "sheet": Sheet, "waiver": Waiver}
    keys = models.get(tables[-1] if tables else "", Document).model_fields
    return [field.alias or name for name, field in keys.items()]
