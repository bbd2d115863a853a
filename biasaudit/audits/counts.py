"""Count the rows of whatever was given: the door to the one pass, for audits and for whoever keeps the counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from biasaudit.audits.cautions import repeated_ids, unnamed_count
from biasaudit.audits.moment_counts import counted_moments
from biasaudit.audits.outcomes import NUMBER
from biasaudit.audits.request import Request, read_request
from biasaudit.audits.source import Source, opened
from biasaudit.counts.counting import CountResult, count_rows
from biasaudit.counts.labels import LabelReading
from biasaudit.counts.moments.table import MomentTable
from biasaudit.counts.selected_counts import count_selected
from biasaudit.counts.table.crosstab import Crosstab
from biasaudit.counts.values import canonical
from biasaudit.errors import AuditError
from biasaudit.names import clean

__all__ = ["binary_table", "count", "counted", "noticed", "positive_words"]


def count(
    data: Any,
    *,
    sensitive_features: Sequence[str] | str | None = None,
    y_true: str | None = None,
    y_pred: str | None = None,
    score: str | None = None,
    threshold: float | None = None,
    pos_label: Any = None,
    sample_weight: str | None = None,
    cluster: str | None = None,
    count: str | None = None,
    selected: str | None = None,
    of: str | None = None,
    bins: Mapping[str, Sequence[float]] | None = None,
    outcome_type: str | None = None,
) -> Crosstab | MomentTable:
    """Count rows by sensitive features, label, prediction and score bin, in one scan.

    Parameters
    ----------
    data : dataframe, path or Dataset
        Anything Narwhals takes: pandas, Polars eager or lazy, pyarrow, a DuckDB relation, Spark, …; the path of a CSV,
        Parquet or Arrow file (or a glob); or a Dataset, whose own arguments stand in for those left out here.
    sensitive_features : str or sequence of str
        Columns that say which group a row belongs to. A missing value is the group "(missing)".
    y_true, y_pred : str, optional
        Columns of labels and predictions. Rows that lack one are counted, apart.
    score : str, optional
        Column of finite scores. Scores within 0–1 fall into 100 bins of equal width; others into one
        bin a value where there are at most 100 values, and into 100 bins of equal width where there
        are more.
    threshold : float, optional
        Predict positive where ``score >= threshold``; stands in for `y_pred`.
    pos_label : label, optional
        The value that counts as positive, where it is not plain, as any of the columns writes it.
    sample_weight : str, optional
        Column of weights: finite, none negative.
    cluster : str, optional
        Column that says which rows belong together, such as the utterances of one speaker.
    count : str, optional
        Column that says how many people a row stands for: whole numbers, 0 or more. With `sample_weight`, each of them
        carries that weight; with `cluster`, all of them belong to that cluster.
    selected, of : str, optional
        Columns of a table of one row a group: how many people were selected, and of how many. They stand in for
        `y_pred` and `count`.
    bins : mapping of str to sequence of float, optional
        Rising edges of a sensitive feature that holds numbers: ``{"age": [25, 45]}`` makes the groups "under 25",
        "25 to 45" (25 is in it, 45 is not) and "45 or more".
    outcome_type : {"binary", "classes", "number"}, optional
        Of a "number", `y_true` and `y_pred` (or `score`) are summed by group, and how they are spread is kept; other
        labels and predictions are counted, as they are where this is left out.

    Returns
    -------
    Crosstab or MomentTable
        The latter of numbers.

    Raises
    ------
    AuditError
        If a column is missing, is not what it should be, or the table is empty.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"sex": ["F", "M", "M"], "hired": ["no", "yes", "no"]})
    >>> table = count(frame, sensitive_features=["sex"], y_pred="hired")
    >>> table.groups, table.rows.tolist()
    (({'sex': 'F'}, {'sex': 'M'}), [1, 1, 1])
    >>> frame["wage"] = [10.0, 14.0, 18.0]
    >>> count(frame, sensitive_features=["sex"], y_true="wage", outcome_type="number")
    MomentTable of 3 rows by sex (2), with outcomes
    """
    given = {
        "sensitive_features": sensitive_features,
        "y_true": y_true,
        "y_pred": y_pred,
        "score": score,
        "sample_weight": sample_weight,
        "cluster": cluster,
        "count": count,
        "selected": selected,
        "of": of,
    }
    request = read_request(data, given, threshold=threshold, pos_label=pos_label, bins=bins, outcome_type=outcome_type)
    if request.outcome_type != NUMBER:
        with opened(data, request) as source:
            return counted(source, request).table
    if threshold is not None or pos_label is not None:
        raise AuditError("threshold and pos_label are of a yes or no, and the outcome is a number. Leave them out.")
    request = request.read_as("number")
    with opened(data, request) as source:
        return counted_moments(source, request).table


def counted(source: Source, request: Request) -> CountResult:
    """Count an open table as it was asked for."""
    selected, of = (request.column(role) for role in ("selected", "of"))
    if selected is not None and of is not None:
        return count_selected(
            source.frame,
            features=request.features,
            declared=source.declared,
            selected=selected,
            of=of,
            cluster=request.column("cluster"),
            controls=request.columns.get("control_features", ()),
        )
    roles = {role: request.column(role) for role in ("y_true", "y_pred", "score", "sample_weight", "cluster", "count")}
    return count_rows(
        source.frame,
        features=request.features,
        declared=source.declared,
        threshold=request.threshold,
        pos_label=canonical(request.pos_label),
        controls=request.columns.get("control_features", ()),
        **roles,
    )


def binary_table(table: Crosstab, positive: str | None) -> Crosstab:
    """Make the table one of two classes, the positive one last.

    Raises
    ------
    AuditError
        If it is not plain which class is positive.
    """
    if table.classes == ("0", "1") and positive != "0":
        return table
    if positive is not None:
        return table.one_vs_rest(positive)
    if table.y_true is None and table.y_pred is None:
        return table
    shown = ", ".join(repr(clean(name, 40)) for name in table.classes[:5]) + (", …" if len(table.classes) > 5 else "")
    raise AuditError(
        f"The labels hold {len(table.classes)} value{'s' * (len(table.classes) != 1)} ({shown}), and which one is "
        f"positive is not plain. Say so with pos_label, for example pos_label={clean(table.classes[-1], 40)!r}."
    )


def positive_words(reading: LabelReading, request: Request) -> str:
    """Say which values count as positive, such as "invited = ja", for headlines.

    Examples
    --------
    >>> from biasaudit.counts.labels import read_classes
    >>> asked = Request({"y_true": "came", "y_pred": "invited"})
    >>> positive_words(read_classes({"came": ["ja", "nein"], "invited": ["nein"]}, "ja"), asked)
    'came = ja, invited = ja'
    """
    if request.column("selected") is not None:
        return f"{clean(request.column('selected'))} of {clean(request.column('of'))}"
    parts = []
    for role in ("y_true", "y_pred"):
        name = request.column(role)
        if name is not None and name in request.cuts:
            parts.append(request.cuts[name].words)
        elif name is not None and name in reading.classes:
            values = reading.positives(name) or (str(reading.positive),)
            parts.append(f"{clean(name)} = {' or '.join(clean(value, 40) for value in values[:3])}")
    if request.threshold is not None and request.column("score") is not None:
        parts.append(f"{clean(request.column('score'))} ≥ {request.threshold:g}")
    return ", ".join(dict.fromkeys(parts))


def noticed(source: Source, request: Request) -> tuple[str, ...]:
    """Notice in the rows what the counts cannot tell: copies, ids that repeat, and a count that nobody named."""
    if request.column("count") is not None:
        return ()
    names = list(dict.fromkeys(one.name for one in request.requested))
    counts = unnamed_count(source.frame, names) if request.column("sample_weight") is None else ()
    return (*counts, *repeated_ids(source.first, request.column("cluster"), names))
