"""Audit a data set whose label is a number, such as a wage or a grade."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any

from biasaudit.audits.counts import counted
from biasaudit.audits.data.counts import count_data
from biasaudit.audits.data.input import read_columns
from biasaudit.audits.data.missing import missing_part
from biasaudit.audits.data.numbers._equal_features import number_features_part, read_rows
from biasaudit.audits.data.numbers.audit import NumberDatasetAudit
from biasaudit.audits.data.proxies import proxies_part
from biasaudit.audits.data.representation import population_settings, read_population, representation_part
from biasaudit.audits.families import families
from biasaudit.audits.numbers.audit import NumberAudit
from biasaudit.audits.numbers.audit_numbers import audit_numbers
from biasaudit.audits.outcomes import Outcome
from biasaudit.audits.parts import judge
from biasaudit.audits.request import Request
from biasaudit.audits.source import opened
from biasaudit.errors import AuditError

__all__ = ["audit_number_data"]


def audit_number_data(
    data: Any,
    request: Request,
    outcome: Outcome,
    *,
    verified: Any,
    population: Mapping[Any, Mapping[Any, float]] | None,
    tolerance: float | str | None,
    random_state: int,
) -> NumberDatasetAudit:
    """Audit the data as :func:`biasaudit.audit_dataset` does.

    Raises
    ------
    AuditError
        If something is asked that only a yes or no has.
    """
    if verified is not None:
        raise AuditError(
            "verified holds labels of a yes or no, and the label is a number. Leave it out, or cut the label with "
            "positive=."
        )
    base = audit_numbers(data, request, outcome, tolerance)
    asked = request.read_as("number")
    y_true, weight = str(asked.column("y_true")), asked.column("sample_weight")
    with opened(data, asked) as source:
        read = read_columns(source.frame, asked, None)
        without = replace(asked, columns={role: name for role, name in asked.columns.items() if role != "y_true"})
        people = counted(source, without).table
        splits = families(people, asked.reference)
        counts = count_data(
            read,
            people,
            y_true=y_true,
            positive={},
            references=[family.reference for family in splits[: len(people.features)]],
            confidence=asked.confidence,
            random_state=random_state,
            count=asked.column("count"),
            cluster=asked.column("cluster"),
        )
        usable = [one for one in counts.counts if one.name in counts.features]
        strata = asked.columns.get("strata", ())
        many = [one.name for one in usable if one.kind.role == "many"]
        rows = read_rows(counts, usable, strata, weight)
        shares = read_population(population, people)
        parts = (
            representation_part(people, asked.confidence, shares),
            number_features_part(counts, rows, base.unit, strata, many),
            proxies_part(counts, usable),
            missing_part(counts),
        )
    settings = {
        **{name: value for name, value in base.settings.items() if name not in ("y_pred", "score")},
        "label": y_true,
        "features": read.features,
        **asked.settings("strata"),
        "population": population_settings(shares),
    }
    kept = {one.name: getattr(base, one.name) for one in fields(NumberAudit)}
    title = f"Audit of the data {source.name}" if source.name else "Audit of a data set"
    told = {"title": title, "settings": settings, "label": y_true, "people": people}
    return NumberDatasetAudit(**(kept | told), parts=judge(parts, 1 - asked.confidence))
