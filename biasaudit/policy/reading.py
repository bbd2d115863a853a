"""Read a policy file: what is wrong with it is said in one sentence that names the line, the key and the remedy."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from biasaudit.errors import AuditError, nearest
from biasaudit.policy.lines import key_lines, line_of

if TYPE_CHECKING:
    from biasaudit.policy.document import Columns, Document, Rule

__all__ = ["READY", "Policy", "load", "loads", "ready"]

READY = ("four_fifths", "local_law_144", "ai_act_article_10")
HERE = Path(__file__).parent / "ready"
MOST_BYTES = 1_000_000
KINDS = {
    "string_type": "a text in quotes", "float_type": "a number", "int_type": "a whole number",
    "int_from_float": "a whole number", "bool_type": "true or false", "list_type": "a list in brackets",
    "date_type": "a date without quotes, such as 2027-01-31", "dict_type": "a table, such as { race = \"White\" }",
    "model_type": "a table", "model_attributes_type": "a table", "string_too_short": "a text that is not empty",
    "finite_number": "a finite number",
}  # fmt: skip


@dataclass(frozen=True)
class Policy:
    """Rules over an audit, and where each key of them stands.

    Parameters
    ----------
    document : Document
        What the file says.
    source : str
        Name of the file, for messages and annotations.
    lines : mapping of path to int
        Line of each key.
    """

    document: Document
    source: str = "policy"
    lines: Mapping[tuple[str | int, ...], int] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Name of the policy."""
        return self.document.name

    @property
    def rules(self) -> tuple[Rule, ...]:
        """Its rules, in the order of the file."""
        return tuple(self.document.rules)

    @property
    def columns(self) -> Columns:
        """Which column means what."""
        return self.document.columns

    def line(self, *path: str | int) -> int:
        """Return the line of a key."""
        return line_of(self.lines, path)

    def wrong(self, path: tuple[str | int, ...], sentence: str) -> AuditError:
        """Make the error that says what is wrong with a key."""
        from biasaudit.reporting.text import clean

        # Names of groups and columns are data: nothing in them may steer a screen.
        return AuditError(f"{self.source}, line {self.line(*path)}: {clean(sentence, 2000)}")


def load(policy: str | os.PathLike[str] | Policy) -> Policy:
    """Read a policy from a TOML file, or a ready one by its name.

    Parameters
    ----------
    policy : path or str or Policy
        Path of a file; "four_fifths", "local_law_144" or "ai_act_article_10"; or a policy that was read.

    Returns
    -------
    Policy

    Raises
    ------
    AuditError
        If there is no such file, or it is no policy: with line, key and remedy.

    Examples
    --------
    >>> load("four_fifths").rules[0].min
    0.8
    """
    if isinstance(policy, Policy):
        return policy
    shown = os.fspath(policy)
    path = Path(policy)
    if not path.exists():
        if shown in READY:
            return ready(shown)
        raise AuditError(
            f'There is no policy "{shown}".{nearest(shown, READY)} Give the path of a TOML file or one of '
            f"{', '.join(READY)}; biasaudit init writes a file to start from."
        )
    return loads(_text(shown, path), source=shown)


def ready(name: str) -> Policy:
    """Read a ready policy, whatever files there are."""
    return loads((HERE / f"{name}.toml").read_text(encoding="utf-8"), source=name)


def _text(shown: str, path: Path) -> str:
    if not path.is_file():
        raise AuditError(f'The policy "{shown}" is no plain file. Give the path of a TOML file.')
    try:
        with path.open("rb") as stream:
            content = stream.read(MOST_BYTES + 1)
    except OSError as error:
        raise AuditError(f'The policy "{shown}" cannot be read: {error.strerror}.') from None
    if len(content) > MOST_BYTES:
        raise AuditError(f'The policy "{shown}" is larger than a megabyte, so it is no policy. Give a TOML file.')
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise AuditError(f'The policy "{shown}" is not UTF-8, as TOML has to be. Save it as UTF-8.') from None


def loads(text: str, *, source: str = "policy") -> Policy:
    r"""Read a policy from TOML text.

    Parameters
    ----------
    text : str
    source : str
        What messages call it.

    Raises
    ------
    AuditError
        If the text is no policy: with line, key and remedy.

    Examples
    --------
    >>> loads('name = "x"\n[[rules]]\nmetric = "selection_rate"\nmx = 0.1')
    Traceback (most recent call last):
    biasaudit.errors.AuditError: policy, line 4: "mx" is not a key of a rule. Did you mean "max"? Keys: ...
    """
    from pydantic import ValidationError

    from biasaudit.policy.document import Document

    text = text.replace("\r\n", "\n")
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise AuditError(f"{source} is not TOML: {error}. Mend that place.") from None
    lines = key_lines(text)
    try:
        policy = Policy(Document.model_validate(raw), source, lines)
    except ValidationError as error:
        raise _first(error.errors(), raw, source, lines) from None
    _check(policy)
    return policy


def _first(errors: list[Any], raw: dict[str, Any], source: str, lines: Mapping[Any, int]) -> AuditError:
    """Put the error that stands first in the file into a sentence."""
    found = []
    for error in errors:
        path = tuple(part for part in error["loc"] if _is_key(part, raw))
        found.append((line_of(lines, path), _said(error, path)))
    line, sentence = min(found)
    return AuditError(f"{source}, line {line}: {sentence}")


def _is_key(part: str | int, raw: Any) -> bool:
    """Leave out what pydantic adds to a path to tell the members of a union apart."""
    return not (isinstance(part, str) and (part in ("str", "bool", "int", "float") or part.startswith("literal[")))


def _said(error: Any, path: tuple[str | int, ...]) -> str:
    key, where, what = str(path[-1]) if path else "", _where(path), error["type"]
    found, context = error.get("input"), error.get("ctx", {})
    if what == "extra_forbidden":
        keys = _keys(path[:-1])
        return f'"{key}" is not a key of {where}.{nearest(key, keys)} Keys: {", ".join(keys)}.'
    if what == "missing":
        return f'{where[:1].upper()}{where[1:]} has no "{key}". Add it.'
    if what == "literal_error":
        wanted = str(context["expected"]).replace("'", '"')
        options = [option.strip(' "') for option in wanted.replace(" or ", ", ").split(",")]
        return f"{key} = {_toml(found)} is none of {wanted}.{nearest(str(found), options)}"
    limits = {"greater_than_equal": ("ge", "at least"), "less_than_equal": ("le", "at most"),
              "less_than": ("lt", "below"), "greater_than": ("gt", "above")}  # fmt: skip
    if what in limits:
        name, words = limits[what]
        return f"{key} = {_toml(found)} is out of range: it has to be {words} {context[name]:g}."
    wanted = KINDS.get(what, "of another kind")
    at = next((part for part in reversed(path) if isinstance(part, str)), key)
    return f"{at} = {_toml(found)} has to be {wanted}."


def _toml(value: Any) -> str:
    from biasaudit.reporting.text import clean

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
    return list(models.get(tables[-1] if tables else "", Document).model_fields)


def _check(policy: Policy) -> None:
    """Check what one key means for another."""
    if not policy.rules and policy.document.sheet is None:
        raise policy.wrong((), "the policy has no rule, so nothing would be judged. Add a table [[rules]].")
    for at, rule in enumerate(policy.rules):
        for key, sentence in _wrong(rule):
            raise policy.wrong(("rules", at, key), sentence)
    names = [rule_name(rule) for rule in policy.rules]
    for at, name in enumerate(names):
        if name in names[:at]:
            raise policy.wrong(("rules", at), f'two rules are called "{name}". Give each a name of its own.')
    sheet = policy.document.sheet
    if sheet and sheet.set_apart_below and not sheet.set_apart_reason:
        raise policy.wrong(
            ("sheet", "set_apart_below"), "small categories are set apart without a reason. Add set_apart_reason."
        )


def rule_name(rule: Rule) -> str:
    """Name a rule, by what it asks where it has no name."""
    asked = [rule.metric, rule.comparison, *(rule.by or ()), *(f"{f}={v}" for f, v in (rule.group or {}).items())]
    return rule.name or " ".join([*asked, *(["not worse"] if rule.max is None and rule.min is None else [])])


def _wrong(rule: Rule) -> Iterator[tuple[str, str]]:
    """Yield the key that does not fit the others, and why."""
    from biasaudit.policy.tables import metric_of
    from biasaudit.reporting.text import PERCENT_METRICS_NOT

    share = metric_of(rule) not in PERCENT_METRICS_NOT
    if rule.comparison == "difference":
        if rule.min is not None:
            yield "min", "a difference has a max, the largest gap that is borne. Write max."
        if rule.max is not None and not 0 <= rule.max <= (1 if share else float("inf")):
            yield "max", f"max = {rule.max:g} is out of range: a difference of shares lies between 0 and 1."
    if rule.comparison == "ratio":
        if rule.max is not None:
            yield "max", "a ratio has a min, the smallest that is borne: 1 is equal, and a group over its reference "\
                         "counts like the reference over the group. Write min."  # fmt: skip
        if rule.min is not None and not 0 < rule.min <= 1:
            yield "min", f"min = {rule.min:g} is out of range: a ratio lies above 0 and is at most 1, which is equal."
    if rule.comparison == "rate":
        for key, limit in (("max", rule.max), ("min", rule.min)):
            if share and limit is not None and not 0 <= limit <= 1:
                yield key, f"{key} = {limit:g} is out of range: a rate lies between 0 and 1."
        if rule.max is not None and rule.min is not None:
            yield "min", "a rule has a max or a min. Write a rule for each."
        if rule.kind is not None:
            yield "kind", "kind is how groups are held against each other, and a rate stands by itself. Leave it out."
    if rule.max is None and rule.min is None and (rule.comparison == "rate" or not rule.not_worse_than_baseline):
        needed = {"difference": "max", "ratio": "min", "rate": "max or min"}[rule.comparison]
        other = ", or not_worse_than_baseline = true" if rule.comparison != "rate" else ""
        yield "metric", f"the rule has no limit. Add {needed}{other}."
    if rule.margin is not None and not rule.not_worse_than_baseline:
        yield "margin", "margin is what a gap may grow by. Add not_worse_than_baseline = true, or leave it out."
    if rule.group is not None and rule.kind == "range":
        yield "kind", 'a range is over all groups, and the rule names one. Write kind = "pair" or leave kind out.'
    if rule.group is not None and rule.by is not None and set(rule.by) != set(rule.group):
        yield "by", "by and group name other features. Leave out by: the group says it."
