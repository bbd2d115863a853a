"""The search for subgroups: every intersection of levels, tried in one half of the rows and confirmed in the other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from biasaudit.arguments import check_seed
from biasaudit.audits.outcomes import NUMBER
from biasaudit.audits.request import Request
from biasaudit.audits.source import Source, opened
from biasaudit.audits.subgroups._counted_patterns import searched
from biasaudit.audits.subgroups.audit import SubgroupAudit
from biasaudit.audits.subgroups.input import given_away, read_cells
from biasaudit.audits.subgroups.request import NUMBER_METRICS, check_numbers, named_rate, rate_of, read_search_request
from biasaudit.metrics.rates import Rate

if TYPE_CHECKING:
    from biasaudit.audits.subgroups.numbers.audit import NumberSubgroupAudit

__all__ = ["find_subgroups"]


def find_subgroups(
    data: Any,
    *,
    outcome: str | None = None,
    features: Sequence[str] | str | None = None,
    y_true: str | None = None,
    y_pred: str | None = None,
    metric: str | None = None,
    pos_label: Any = None,
    sample_weight: str | None = None,
    cluster: str | None = None,
    count: str | None = None,
    bins: Mapping[str, Sequence[float]] | None = None,
    max_features: int | None = None,
    min_support: float = 0.01,
    rank_by: str = "p_value",
    confidence: float = 0.95,
    device: str = "auto",
    random_state: int = 0,
    words: Mapping[str, str] | None = None,
    outcome_type: str | None = None,
    positive: str | Sequence[str] | None = None,
    unit: str | None = None,
    tolerance: float | str | None = None,
) -> SubgroupAudit | NumberSubgroupAudit:
    """Find the subgroups in which an outcome, or a model's errors, is more or less frequent, or higher, than elsewhere.

    Every conjunction of levels of different features that holds for enough rows is tried; none is left out. One half
    of the rows suggests, the other confirms, and what a shorter pattern explains is not told again.

    Parameters
    ----------
    data : dataframe, path or Dataset
        Anything Narwhals takes, the path of a CSV, Parquet or Arrow file (or a glob), or a Dataset, whose sensitive
        features and label stand in for those left out here.
    outcome : str, optional
        Column of what is compared: 0/1, bool, any two values with `pos_label`, or a number, whose means are compared.
    features : str or sequence of str
        Columns whose levels make subgroups. A missing value is the level "(missing)".
    y_true, y_pred : str, optional
        Columns of labels and predictions, in place of `outcome`: where is the model wrong?
    metric : str, optional
        With `y_true` and `y_pred`: "error_rate" (the default) or any rate of an audit of predictions that is a share
        of rows, such as "false_positive_rate", which is searched for among rows with a negative label alone.
        Of numbers, "mean_absolute_error" (the default), "mean_error" or "mean_outcome".
    pos_label : label, optional
        The value that counts as positive, where it is not plain.
    sample_weight : str, optional
        Column of weights: finite, none negative. Rates are rates of the weight; n and cases stay rows.
    cluster : str, optional
        Column that says which rows belong together, such as the person: they go to the same half.
    count : str, optional
        Column that says how many people a row stands for: they are dealt to the halves one by one, never as a whole.
        With `sample_weight`, each of them carries that weight; with `cluster`, all of them belong to that cluster.
    bins : mapping of str to sequence of float, optional
        Edges of features that hold numbers: ``{"age": [25, 45]}`` makes under 25, 25 to 45, 45 or more.
    max_features : int, optional
        Conditions of the longest pattern; as many as have enough rows otherwise.
    min_support : float, default 0.01
        Share of the eligible rows that a pattern must hold for, above 0 and at most 0.5.
    rank_by : {"p_value", "effect", "sliceline"}
        Order of the subgroups: by p-value or by size of the effect in the half that is searched, so that who comes
        first is told from rows that did not choose it; or by SliceLine's score of all rows.
    confidence : float, default 0.95
        Of the intervals; one minus it is the share of what is shown that may be false.
    device : {"auto", "cpu", "cuda"}
        Where patterns are counted; "auto" is CUDA where torch finds it and the table is large.
    random_state : int
        Seed of the halves.
    words : mapping of str to str, optional
        What sentences say of people, as for :func:`audit_predictions`: of an outcome ``people``, ``positive`` and
        ``good``. A data card's own stand in for those left out.
    outcome_type : {"binary", "number"}, optional
        What the outcome is, where its values do not say so.
    positive : str or sequence of str, optional
        Where a number is cut into yes and no, such as ``"wage>=20"``.
    unit : str, optional
        Unit of a number, such as "dollars an hour".
    tolerance : float or str, optional
        Gap of means that is too small to matter, in the unit, or such as "0.2 sd"; a tenth of a standard deviation of
        the outcome otherwise.

    Returns
    -------
    SubgroupAudit or NumberSubgroupAudit
        The latter of a number: its table holds estimate, rest and gap in the unit.

    Raises
    ------
    AuditError
        If a column is missing or not what it should be, the outcome has one class, or there are too many patterns.

    Notes
    -----
    The effect is the rate of the subgroup less that of the rest, not of everyone: a group of half the rows is not
    compared with itself. It is told, with its interval, from the half held out alone: where it was chosen, it looks
    larger than it is. Weights count by their linearised variance and clusters by the spread between them, in both
    halves.

    References
    ----------
    Pastor, de Alfaro and Baralis (2021), "Looking for trouble: analyzing classifier behavior via pattern divergence".
    Cox (1975), "A note on data-splitting for the evaluation of significance levels".
    Benjamini and Hochberg (1995); Rubin, Dudoit and van der Laan (2006) for the confirmation.

    Examples
    --------
    >>> import biasaudit as ba
    >>> audit = ba.find_subgroups(ba.datasets.load_compas(), features=["race", "sex"], min_support=0.02)
    >>> row = audit.subgroups().iloc[0]
    >>> row["pattern"], float(row["effect"].round(3)), row["verdict"]
    ({'race': 'African-American', 'sex': 'Male'}, 0.17, 'shown')
    """
    given = {
        "sensitive_features": features,
        "outcome": outcome,
        "y_true": y_true,
        "y_pred": y_pred,
        "sample_weight": sample_weight,
        "cluster": cluster,
        "count": count,
    }
    request = read_search_request(
        data,
        given,
        metric,
        pos_label=pos_label,
        bins=bins,
        confidence=confidence,
        words=words,
        outcome_type=outcome_type,
        positive=positive,
        unit=unit,
    ).read_as("outcome")
    rate = None if metric in NUMBER_METRICS else rate_of(metric, request)
    check_numbers(max_features, min_support, rank_by, device)
    asked = {"max_features": max_features, "min_support": min_support, "random_state": check_seed(random_state)}
    settings = _settings(request, metric, bins) | asked
    with opened(data, request) as source:
        if source.outcome.type != NUMBER:
            return _rate_subgroups(source, request, rate or rate_of(metric, request), settings, rank_by, device)
    from biasaudit.audits.subgroups.numbers.find_number_subgroups import find_number_subgroups

    return find_number_subgroups(
        data, request, source.outcome, metric=metric, settings=settings, tolerance=tolerance, rank_by=rank_by
    )


def _rate_subgroups(
    source: Source, request: Request, rate: Rate, settings: Mapping[str, Any], rank_by: str, device: str
) -> SubgroupAudit:
    """Search the rates of an open table."""
    cells = read_cells(source, request, rate)
    alone = request.argument_names.get("y_true") == "outcome"
    return SubgroupAudit(
        searched(cells, settings["max_features"], settings["min_support"], device, settings["random_state"]),
        features=cells.features,
        levels=cells.levels,
        rate=named_rate(cells.positive) if alone else rate,
        title=f"Subgroups of {source.name or 'a table'}",
        settings=settings,
        rank_by=rank_by,
        confidence=request.confidence,
        warnings=(*source.notes, *request.notes(), *cells.notes, *given_away(cells, _labels(request))),
        rows=cells.read,
        left_out=cells.left_out,
        positive=cells.positive,
        words=request.words,
    )


def _labels(request: Request) -> dict[str, str]:
    return {request.argument(role): name for role in ("y_true", "y_pred") if (name := request.column(role))}


def _settings(request: Request, metric: str | None, bins: Any) -> dict[str, Any]:
    """Return what was asked of which columns, for reports."""
    return {
        **_labels(request),
        "metric": metric,
        "features": list(request.features),
        "pos_label": request.pos_label,
        **{role: name for role in ("sample_weight", "cluster", "count") if (name := request.column(role))},
        "bins": dict(bins or {}),
        **({"positive": [cut.text for cut in request.cuts.values()]} if request.cuts else {}),
    }
