"""The texts of an audit of a scorer: read, checked, and decided on."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from biasaudit.audits.source import is_path, table_of
from biasaudit.datasets.files.uploads import read_table
from biasaudit.errors import AuditError, nearest
from biasaudit.names import clean

if TYPE_CHECKING:
    import pandas as pd

    from biasaudit.audits.predictions.audit import Audit

__all__ = ["NO_TERM", "audit_flags", "check_scorer", "read_texts"]

# What the tables call texts that name nobody.
NO_TERM = "(no term)"
COLUMNS = ("text", "toxic", "term")


def check_scorer(scorer: Any, threshold: Any) -> None:
    """Refuse what cannot be called, and a threshold that is no number."""
    if not callable(scorer):
        raise AuditError(
            f"The scorer is a {type(scorer).__name__}, which cannot be called. Give a function of a list of texts."
        )
    if isinstance(threshold, bool) or not (isinstance(threshold, (int, float)) and math.isfinite(threshold)):
        raise AuditError(f"threshold={threshold!r} is no number. Give the score from which on a text is flagged.")


def read_texts(data: Any) -> pd.DataFrame:
    """Take the columns that are needed out of a table of any engine that is in memory, checked."""
    import narwhals.stable.v2 as nw

    if data is None:
        from biasaudit.datasets.generated.templates import make_templates

        data = make_templates()
    frame = read_table(data) if is_path(data) else table_of(data)
    try:
        table = nw.from_native(frame, eager_only=True)
    except (TypeError, ValueError):
        raise AuditError(
            f"data is a {type(data).__name__}. Give a DataFrame with the columns {', '.join(COLUMNS)}, or a Dataset."
        ) from None
    columns = table.columns
    for name in COLUMNS:
        if name not in columns:
            raise AuditError(
                f'There is no column "{name}".{nearest(name, columns)} Columns: {", ".join(map(clean, columns[:12]))}.'
            )
    wanted = [name for name in (*COLUMNS, "template", "slot") if name in columns]
    kept: pd.DataFrame = table.select(wanted).to_pandas().reset_index(drop=True)
    if kept.empty:
        raise AuditError("The table has no rows. Give texts, some of them toxic and some not.")
    labels = set(kept["toxic"].unique().tolist())
    if not labels <= {0, 1}:
        odd = next(label for label in labels if label not in (0, 1))
        raise AuditError(f'The column "toxic" holds {clean(repr(odd))}. Give 1 for toxic texts and 0 for the others.')
    if len(labels) < 2:
        raise AuditError("All texts have one label. Give some that are toxic and some that are not.")
    return kept.assign(term=kept["term"].fillna("").astype(str), toxic=kept["toxic"].astype(int))


def audit_flags(scored: pd.DataFrame, threshold: float, confidence: float) -> Audit:
    """Audit what is flagged, by term, with templates as clusters."""
    from biasaudit.audits.audit_predictions import audit_decisions

    cluster = "template" if "template" in scored else None
    flagged = scored[["toxic", "term", *([cluster] if cluster else [])]].assign(
        flagged=(scored["score"] >= threshold).astype(int), term=scored["term"].replace("", NO_TERM)
    )
    return audit_decisions(
        flagged,
        y_true="toxic",
        y_pred="flagged",
        sensitive_features=["term"],
        cluster=cluster,
        confidence=confidence,
    )
