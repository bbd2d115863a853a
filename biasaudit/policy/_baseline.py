"""The audit that was saved: read with suspicion, since a gate that misreads it would let harm through."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from biasaudit.errors import AuditError
from biasaudit.metrics.measure_names import measure_name
from biasaudit.metrics.metric import lower
from biasaudit.names import clean
from biasaudit.policy._tables import Measurement, Tables
from biasaudit.reporting.words.text import capitalised

if TYPE_CHECKING:
    from biasaudit.policy.rulebook import Policy

__all__ = ["paired", "read_baseline"]

MOST_BYTES = 100_000_000
# A minor version only adds to the one before, and what a rule does not need is passed over.
READ = re.compile(r"1\.[0-9]+")
REMEDY = 'Save it anew with biasaudit audit … --json, or audit.to_json("baseline.json").'
# What has to be the same for a change to mean anything.
SAME = {
    "confidence": "the confidence of its intervals",
    "pos_label": "what counts as positive",
    "positive": "where numbers are cut into yes and no",
    "unit": "the unit of the outcome",
}


def read_baseline(baseline: Any) -> Tables:
    """Read the JSON report of an audit.

    Parameters
    ----------
    baseline : path or file
        What ``to_json`` wrote.

    Raises
    ------
    AuditError
        If it is no such report, or one of another major version of the schema.
    """
    shown, content = _content(baseline)
    try:
        document = json.loads(content.decode("utf-8-sig"))
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError):
        raise AuditError(f'The baseline "{shown}" is not JSON. {REMEDY}') from None
    version = document.get("schema_version") if isinstance(document, dict) else None
    if version is None:
        raise AuditError(f'The baseline "{shown}" is JSON, but no report of biasaudit. {REMEDY}')
    if not (isinstance(version, str) and READ.fullmatch(version)):
        raise AuditError(
            f'The baseline "{shown}" has schema version {clean(version)}, and this biasaudit reads any 1.x: '
            f"{lower(REMEDY)}"
        )
    return _tables(document, shown)


def _content(baseline: Any) -> tuple[str, bytes]:
    if hasattr(baseline, "read"):
        return str(getattr(baseline, "name", "baseline")), baseline.read(MOST_BYTES)
    if not isinstance(baseline, (str, os.PathLike)):
        raise AuditError(f"A baseline is the path of a saved audit, and not a {type(baseline).__name__}. {REMEDY}")
    shown, path = os.fspath(baseline), Path(baseline)
    # Of a name that no disk can hold, a Path would raise.
    if not os.path.isfile(path):  # noqa: PTH113
        raise AuditError(f'There is no baseline "{shown}". Give the path of a saved audit. {REMEDY}')
    try:
        if path.stat().st_size > MOST_BYTES:
            raise AuditError(f'The baseline "{shown}" is larger than 100 MB, so it is no report. {REMEDY}')
        return shown, path.read_bytes()
    except OSError as error:
        raise AuditError(f'The baseline "{shown}" cannot be read: {error.strerror}.') from None


def _tables(document: dict[str, Any], shown: str) -> Tables:
    from pydantic import ValidationError

    from biasaudit.policy._saved import SavedAudit

    try:
        read = SavedAudit.model_validate(document).model_dump()
    except ValidationError as error:
        at = ".".join(str(part) for part in error.errors()[0]["loc"])
        raise AuditError(f'The baseline "{shown}" is damaged at {at}. {REMEDY}') from None
    rates, disparities = (
        [row | {"metric": measure_name(row["metric"], row["class_name"])} for row in read[name]]
        for name in ("rates", "disparities")
    )
    return Tables(rates, disparities, read["groups"], read["settings"], f'the baseline "{shown}"')


def paired(policy: Policy, at: int, now: Tables, then: Tables) -> list[tuple[Measurement, Measurement, bool]]:
    """Find for each estimate of a rule the one of the baseline, and say whether both rest on the same counts.

    Raises
    ------
    AuditError
        If the baseline answers another question, or a group of it has vanished.
    """
    _check_settings(now, then)
    then = then.in_words_of(now)
    old, new = ([row for row in tables.chosen(policy, at) if not row.only_fails] for tables in (then, now))
    for features in dict.fromkeys(row.features for row in old):
        _check_groups(policy, at, features, now, then)
    by_group = {_identity(policy, at, row): row for row in old}
    pairs = []
    for row in new:
        before = by_group.get(_identity(policy, at, row))
        if before is None:
            shown = ", ".join(f'{f}="{v}"' for f, v in row.group.items()) or " and ".join(row.features)
            against = ", ".join(f'{f}="{v}"' for f, v in row.reference.items())
            raise policy.wrong(
                ("rules", at),
                f"{then.what} has no figure for {shown}{f' against {against}' if against else ''}. "
                "Save a new baseline, or give the same reference.",
            )
        pairs.append((row, before, row.estimate == before.estimate and now.counted(row) == then.counted(before)))
    return pairs


def _identity(policy: Policy, at: int, row: Measurement) -> Any:
    """Say what makes two estimates the same: of a range the groups may change, of others they may not."""
    rule = policy.rules[at]
    if rule.comparison != "rate" and rule.group is None and rule.kind in (None, "range"):
        return row.class_name, frozenset(row.features)
    return row.class_name, frozenset(row.group.items()), frozenset(row.reference.items())


def _check_settings(now: Tables, then: Tables) -> None:
    for name, words in SAME.items():
        was, is_ = then.settings.get(name), now.settings.get(name)
        if str(was) != str(is_):
            raise AuditError(
                f"{capitalised(then.what)} differs in {words}: {clean(was)} then, {clean(is_)} now. Give both the same."
            )


def _check_groups(policy: Policy, at: int, features: tuple[str, ...], now: Tables, then: Tables) -> None:
    there = {group for group, rows in now.sizes(_same(now, features)).items() if rows}
    gone = [group for group, rows in then.sizes(features).items() if rows and group not in there]
    if gone:
        shown = ", ".join(f'{feature}="{level}"' for feature, level in sorted(gone[0]))
        more = f" and {len(gone) - 1} more" if len(gone) > 1 else ""
        raise policy.wrong(
            ("rules", at),
            f"the group {shown}{more} was in {then.what} and has vanished. Nobody can tell whether its "
            "people fare worse: bring the group back, or save a new baseline without it.",
        )


def _same(tables: Tables, features: tuple[str, ...]) -> tuple[str, ...]:
    return next((split for split in tables.splits if set(split) == set(features)), features)
