"""Sum the numbers of an open table: the door to the pass over numbers, for every audit of them."""

from __future__ import annotations

from biasaudit.audits.request import Request
from biasaudit.audits.source import Source
from biasaudit.counts.moments.counting import MomentResult, count_moments
from biasaudit.errors import AuditError

__all__ = ["counted_moments"]


def counted_moments(source: Source, request: Request) -> MomentResult:
    """Sum an open table as it was asked for; a score stands in for a prediction that was not named.

    Parameters
    ----------
    source : Source
    request : Request
        Of labels and predictions that are numbers.

    Returns
    -------
    MomentResult

    Raises
    ------
    AuditError
        If neither outcome nor prediction is named, or a column holds other things than finite numbers.
    """
    predicted = "score" if request.column("y_pred") is None else "y_pred"
    y_true, y_pred = request.column("y_true"), request.column(predicted)
    if y_true is None and y_pred is None:
        names = " nor ".join(request.argument(role) for role in ("y_true", "y_pred"))
        raise AuditError(f"Neither {names} is named. Name the column of numbers to sum.")
    return count_moments(
        source.frame,
        features=request.features,
        declared=source.declared,
        y_true=y_true,
        y_pred=y_pred,
        called={"y_true": request.argument("y_true"), "y_pred": request.argument(predicted)},
        controls=request.columns.get("control_features", ()),
        **{role: request.column(role) for role in ("sample_weight", "cluster", "count")},
    )
