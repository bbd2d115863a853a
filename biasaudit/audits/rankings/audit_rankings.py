"""Audit rankings: CV sorters, search, recommendations, whoever puts people in an order."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from biasaudit.audits.families import check_two_groups
from biasaudit.audits.rankings.audit import RankingAudit
from biasaudit.audits.rankings.family import available_measures, rank_tables
from biasaudit.audits.request import Request, declared, read_request
from biasaudit.audits.source import Source, opened
from biasaudit.counts.rankings.places import read_exposure
from biasaudit.counts.rankings.rows import RankedRows, RankingColumns, read_rows
from biasaudit.errors import AuditError
from biasaudit.metrics.primary import Primary
from biasaudit.metrics.rankings.measures import RANKS
from biasaudit.names import clean

__all__ = ["audit_rankings"]

ROLES = ("sensitive_features", "rank", "score", "query", "relevance")
PLACES = (5, 10)
MAX_PLACES = 1_000
FEW_QUERIES = 10


def audit_rankings(
    data: Any,
    *,
    sensitive_features: Sequence[str] | str | None = None,
    rank: str | None = None,
    score: str | None = None,
    query: str | None = None,
    relevance: str | None = None,
    k: Sequence[int] | int | None = None,
    exposure: str | Callable[[Any], Any] = "log",
    bins: Mapping[str, Sequence[float]] | None = None,
    join: Any = None,
    on: str | None = None,
    reference: Mapping[str, Any] | None = None,
    confidence: float = 0.95,
    words: Mapping[str, str] | None = None,
    primary: Sequence[str] | str | None = None,
) -> RankingAudit:
    """Audit rankings for gaps between groups: who stands at the top, who is seen, who stands above whom.

    Rankings of one kind are a sample of those that could have been made: intervals and verdicts count them, not people.
    Of a single ranking nothing can be told but whether its top could come from fair draws.

    Parameters
    ----------
    data : dataframe, path or Dataset
        Anything Narwhals takes, the path of a CSV, Parquet or Arrow file (or a glob), or a Dataset: a row a person in a
        ranking. The columns named here have to fit into memory, with some 12 numbers a row beside them.
    sensitive_features : str or sequence of str
        Columns that say which group a row belongs to.
    rank : str, optional
        Column of whole numbers from 1, the top, without ties and holes in any query.
    score : str, optional
        Column of finite numbers, higher for those who stand above; stands in for `rank`. Those who tie share the places
        that they take.
    query : str, optional
        Column that says which ranking a row stands in, such as the job or the search. All rows are one ranking
        otherwise.
    relevance : str, optional
        Column of numbers, 0 or more: how much somebody deserves to stand above, such as whether she was right for the
        job. With it exposure is held against merit, and people against each other.
    k : int or sequence of int, optional
        How many places are the top; several are told each. By default 5 and 10, those that are less than the longest
        list.
    exposure : "log" or callable, default "log"
        What a place is seen: 1 / log2(1 + rank), or a function of an array of ranks that returns one of exposures.
    bins, join, on, reference, confidence, words
        As for :func:`biasaudit.audit_predictions`.
    primary : str or sequence of str, optional
        Measures whose gaps matter most, such as "mean_exposure" or "share_in_top_10". By default all but the pairwise
        accuracy within groups.

    Returns
    -------
    RankingAudit

    Raises
    ------
    AuditError
        If a column is missing or not what it should be, ranks tie or leave holes, `k` is no number of places at the top
        of a list, or there is nobody to compare.

    References
    ----------
    Singh and Joachims (2018), "Fairness of Exposure in Rankings", KDD. Geyik, Ambler and Kenthapadi (2019),
    "Fairness-Aware Ranking in Search & Recommendation Systems", KDD. Beutel et al. (2019), "Fairness in Recommendation
    Ranking through Pairwise Comparisons", KDD. Zehlike et al. (2017), "FA*IR: A Fair Top-k Ranking Algorithm", CIKM.

    Examples
    --------
    The six applicants of Singh and Joachims: relevance hardly differs, and exposure does.

    >>> import pandas as pd
    >>> import biasaudit as ba
    >>> data = pd.DataFrame({
    ...     "gender": ["man"] * 3 + ["woman"] * 3, "rank": range(1, 7), "fit": [0.82, 0.81, 0.80, 0.79, 0.78, 0.77],
    ... })
    >>> audit = ba.audit_rankings(data, sensitive_features="gender", rank="rank", relevance="fit", k=3)
    >>> audit.rates().query("metric == 'mean_exposure'")[["group", "estimate"]].round(2).to_numpy().tolist()
    [[{}, 0.55], [{'gender': 'man'}, 0.71], [{'gender': 'woman'}, 0.39]]
    >>> print(audit.findings()[0].verdict)
    cannot tell
    """
    if rank is not None and score is not None:
        raise AuditError("Give either rank or score, not both: they may disagree.")
    # What a data set says of the other one is of a ranking of its own.
    order: dict[str, str | None] = {
        role: value for role, value in (("rank", rank), ("score", score)) if value is not None
    }
    given = {
        "sensitive_features": sensitive_features,
        **(order or {"rank": None}),
        "query": query,
        "relevance": relevance,
    }
    if not order and not declared(data).get("rank"):
        given |= {"score": None}
    request = read_request(
        data,
        given,
        reference=reference,
        bins=bins,
        join=join,
        on=on,
        confidence=confidence,
        words=words,
        primary=primary,
    )
    return _audit(data, request, _read_k(k), exposure)


def _audit(data: Any, request: Request, asked: tuple[int, ...] | None, exposure: Any) -> RankingAudit:
    columns, curve = _columns(request), read_exposure(exposure)
    # Rankings are what people are counted by: where a data set says so, too, its clusters are used.
    unused = {role: name for role, name in request.unused.items() if name != columns.query}
    request = replace(request, unused=unused)
    with opened(data, request) as source:
        rows = read_rows(source.frame, columns, source.declared)
        notes = (*source.notes, *request.notes())
    places = _places(asked, rows)
    check_two_groups(rows, np.ones(len(rows.codes)))
    chosen = _primary(request.primary, places)
    chosen.check(available_measures(places, relevance=columns.relevance is not None))
    settings = {
        **request.settings(*ROLES),
        "k": list(places),
        "exposure": exposure if isinstance(exposure, str) else "a curve of the caller's",
        **request.join_settings(),
        "reference": dict(request.reference),
        **chosen.settings,
    }
    return RankingAudit(
        rank_tables(rows, places, curve),
        title=_title(source),
        settings=settings,
        reference=request.reference,
        confidence=request.confidence,
        warnings=(*notes, *_cautions(rows, columns)),
        tied=bool(rows.places.tied),
        words=request.words,
        primary=chosen,
    )


def _title(source: Source) -> str:
    return f"Audit of rankings in {source.name}" if source.name else "Audit of rankings"


def _columns(request: Request) -> RankingColumns:
    rank, score = request.column("rank"), request.column("score")
    if rank is None and score is None:
        raise AuditError("There is no ranking: name rank (places from 1) or score (higher for those who stand above).")
    columns = (rank, score, request.column("query"), request.column("relevance"))
    return RankingColumns(request.features, *columns)


def _read_k(k: Any) -> tuple[int, ...] | None:
    if k is None:
        return None
    asked = (k,) if isinstance(k, (int, np.integer)) else k
    if not isinstance(asked, (list, tuple, range)) or not asked:
        raise AuditError(f"k={clean(repr(k))} is no number of places. Give one or several, such as [5, 10].")
    for places in asked:
        if isinstance(places, bool) or not isinstance(places, (int, np.integer)) or not 1 <= places <= MAX_PLACES:
            raise AuditError(
                f"k={clean(repr(places))} is out of range. Give whole numbers of places from 1 to {MAX_PLACES:,}."
            )
    return tuple(sorted({int(places) for places in asked}))


def _places(asked: tuple[int, ...] | None, rows: RankedRows) -> tuple[int, ...]:
    """Return the numbers of places at the top, each of which leaves out somebody of some list."""
    longest = int(rows.places.lengths.max())
    if longest < 2:
        raise AuditError(
            "No ranking holds two people, so nobody stands above anybody. Name query= by what the rankings are of, "
            "such as the job."
        )
    if asked is None:
        return tuple(places for places in PLACES if places < longest) or (max(1, longest // 2),)
    for places in asked:
        if places >= longest:
            raise AuditError(
                f"k={places} is not less than the longest list, which holds {longest:,} people: everybody is at the "
                f"top. Give at most {longest - 1}."
            )
    return asked


def _primary(primary: Primary, places: Sequence[int]) -> Primary:
    """Let the share in the top stand for that of every number of places."""
    names = []
    for name in primary.names:
        names += [f"share_in_top_{k}" for k in places] if name == RANKS[0].name else [name]
    return replace(primary, names=tuple(dict.fromkeys(names)))


def _cautions(rows: RankedRows, columns: RankingColumns) -> tuple[str, ...]:
    """Say what limits the answer: one ranking, few, some of one person, and ties."""
    lengths, found = rows.places.lengths, []
    queries, alone = len(lengths), int((lengths == 1).sum())
    if columns.query is None:
        found.append(
            "No query was named, so that all rows are one ranking: nothing can be told but whether its top could come "
            "from fair draws. Name query= where there are several rankings."
        )
    elif queries == 1:
        found.append("There is one query: nothing can be told but whether its top could come from fair draws.")
    elif queries < FEW_QUERIES:
        found.append(f"Only {queries} rankings: intervals are wide, and other rankings may differ.")
    if lengths.min() < lengths.max():
        found.append(
            f"Rankings hold {int(lengths.min()):,} to {int(lengths.max()):,} people: each person counts by the places "
            "and the exposure that there are for one in the own ranking, so that long lists put nobody low."
        )
    if alone:
        found.append(f"{alone:,} of {queries:,} rankings hold one person, who is compared with nobody.")
    if rows.places.tied:
        found.append(
            f"{rows.places.tied:,} people have the score of others of their ranking; they share the places that they "
            "take, with the mean exposure of these."
        )
    return tuple(found)
