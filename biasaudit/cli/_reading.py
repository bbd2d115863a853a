"""What the commands are given, read: a table or a data set by its name, and pairs of names and values."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from biasaudit.errors import AuditError

__all__ = [
    "is_shipped",
    "make_target",
    "read_bins",
    "read_dials",
    "read_names",
    "read_pairs",
    "read_population",
    "read_reference",
    "read_target",
    "read_words",
]

MADE_ROWS = 10_000


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


def read_reference(given: list[str] | None) -> dict[str, str] | None:
    """Read reference groups as feature=group."""
    return read_pairs("--reference", given, "race=White")


def read_words(given: list[str] | None) -> dict[str, str] | None:
    """Read what sentences say of people as name=words."""
    return read_pairs("--words", given, "selected=were invited")


def read_names(given: list[str] | None) -> list[str] | None:
    """Read names with commas between them, given once or several times."""
    return [name.strip() for names in given or () for name in names.split(",") if name.strip()] or None


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
