"""All parts of the audit of a data set, in the order in which they are told."""

from __future__ import annotations

from collections.abc import Sequence

from biasaudit.audits.data._artefacts import artefacts_part, leaks
from biasaudit.audits.data._interplay import interplay_part
from biasaudit.audits.data._reversals import reversals_part
from biasaudit.audits.data._strata import choose_strata
from biasaudit.audits.data._wrong_labels import verified_part, wrong_labels_part
from biasaudit.audits.data.counts import Data
from biasaudit.audits.data.equal_features import ADJUSTED, equal_features_part
from biasaudit.audits.data.missing import missing_part
from biasaudit.audits.data.proxies import proxies_part
from biasaudit.audits.data.representation import Population, representation_part
from biasaudit.audits.parts import SPEND, Part
from biasaudit.counts.column_counts import count_columns
from biasaudit.counts.column_kinds import ColumnKind

__all__ = ["build_parts"]


def build_parts(
    data: Data, population: Population, strata: Sequence[str], verified: str | None, role: str
) -> tuple[Part, ...]:
    """Ask every question; nothing is judged yet."""
    # A column that gives the label away makes people alike in their label: it is no stratum and no proxy.
    leaking = leaks(data)
    usable = [counts for counts in data.counts if counts.name in data.features and counts.name not in leaking]
    equal = equal_features_part(data, choose_strata(data, usable, strata, role))
    parts = [
        representation_part(data.table, data.confidence, population),
        equal,
        reversals_part(data, [data.of(name) for name in strata] if strata else usable),
        interplay_part(data),
        proxies_part(data, usable),
        missing_part(data),
        artefacts_part(data),
    ]
    # Verified labels are a part more, with two questions for each pair of groups; a population may yet be given.
    testing = 2 + sum(part.is_tested for part in parts[1:])
    level = (1 - data.confidence) * SPEND / testing / max(2 * len(data.pairs()), 1)
    parts.append(wrong_labels_part(data, level))
    if verified is not None:
        (checked,) = count_columns(data.columns, [ColumnKind(verified, "names", False)])
        parts.append(verified_part(data, checked, [row for row in equal.rows if row["what"] == ADJUSTED], level))
    return tuple(parts)
