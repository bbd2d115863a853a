"""Read a policy file: what is wrong with it is said in one sentence that names the line, the key and the remedy."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path

from biasaudit.errors import AuditError, nearest
from biasaudit.names import clean
from biasaudit.policy._consistency import check_keys
from biasaudit.policy._schema_errors import first_error
from biasaudit.policy._toml_lines import key_lines
from biasaudit.policy._toml_tokens import past_bounds
from biasaudit.policy.rulebook import Policy

__all__ = ["READY", "Policy", "load", "loads", "ready"]

READY = ("four_fifths", "local_law_144", "ai_act_article_10")
HERE = Path(__file__).parent / "ready"
MOST_BYTES = 1_000_000


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
    if not isinstance(policy, (str, os.PathLike)):
        raise AuditError(
            f"A policy is a path, a ready policy's name or what loads() read, and not a {type(policy).__name__}. "
            f"Give the path of a TOML file or one of {', '.join(READY)}."
        )
    shown, path = os.fspath(policy), Path(policy)
    # Of a name that no disk can hold, a Path would raise.
    if not os.path.exists(path):  # noqa: PTH110
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
        What stands in a policy's file.
    source : str
        What messages call it.

    Returns
    -------
    Policy

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
    if past := past_bounds(text):
        raise AuditError(f"{source}, line {past[0]}: {past[1]}")
    try:
        raw = tomllib.loads(text)
    # A number of too many digits is a plain ValueError.
    except ValueError as error:
        raise AuditError(f"{source} is not TOML: {clean(error, 300)}. Mend that place.") from None
    lines = key_lines(text)
    try:
        policy = Policy(Document.model_validate(raw), source, lines)
    except ValidationError as error:
        raise first_error(error.errors(include_url=False), raw, source, lines) from None
    check_keys(policy)
    return policy
