"""Sum the numbers of an open table: what an audit of numbers stands on."""

from __future__ import annotations

from biasaudit.audits.request import Request
from biasaudit.audits.source import Source
from biasaudit.counts.moments.counting import MomentResult, count_moments

__all__ = ["counted_moments"]


def counted_moments(source: Source, request: Request) -> MomentResult:
    """Sum outcome, prediction and error by group; a score is the prediction where no other was named.

    Raises
    ------
    AuditError
        If a column holds anything but finite numbers.
    """
    prediction = "y_pred" if request.column("y_pred") is not None else "score"
    return count_moments(
        source.frame,
        features=request.features,
        declared=source.declared,
        y_true=request.column("y_true"),
        y_pred=request.column(prediction),
        sample_weight=request.column("sample_weight"),
        cluster=request.column("cluster"),
        count=request.column("count"),
        controls=request.columns.get("control_features", ()),
        called={"y_pred": request.argument(prediction)},
    )
