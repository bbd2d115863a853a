"""Whether an audit of predictions is asked about rankings, and what it then takes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from biasaudit.audits.request import declared
from biasaudit.errors import AuditError

if TYPE_CHECKING:
    from biasaudit.audits.rankings.audit import RankingAudit

__all__ = ["holds_rankings", "ranking_audit"]

OF_RANKINGS = ("rank", "query", "relevance", "k")
WITH_RANKINGS = (
    "data",
    "sensitive_features",
    "score",
    "bins",
    "join",
    "on",
    "reference",
    "confidence",
    "words",
    "primary",
)
# How functions of one's own are resampled; they are asked of nothing here.
OF_RESAMPLES = ("random_state", "n_jobs", "progress", "resampling")


def holds_rankings(asked: Mapping[str, Any]) -> bool:
    """Say whether rankings are asked about, by the caller or by a data set of which nothing else was asked."""
    if any(asked[name] is not None for name in OF_RANKINGS):
        return True
    own = declared(asked["data"])
    is_other = any(asked[name] is not None for name in ("y_true", "y_pred", "threshold"))
    return not is_other and bool(own.get("rank") or own.get("query"))


def ranking_audit(asked: Mapping[str, Any]) -> RankingAudit:
    """Audit rankings with what was asked; refuse what goes with decisions and outcomes."""
    from biasaudit.audits.rankings.audit_rankings import audit_rankings

    taken = (*OF_RANKINGS, *WITH_RANKINGS)
    named = [name for name, value in asked.items() if value is not None and name not in (*taken, *OF_RESAMPLES)]
    if named:
        raise AuditError(
            f"{named[0]} is for decisions and outcomes, and rank, query, relevance and k are for rankings. Leave out "
            "one or the other; how much somebody deserves to stand above goes to relevance."
        )
    return audit_rankings(**{name: asked[name] for name in taken})
