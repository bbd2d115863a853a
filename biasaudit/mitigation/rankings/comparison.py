"""What new orders of the same people give a group, and what they cost."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from biasaudit.arraytypes import Bools, Floats, Ints
from biasaudit.audits.request import read_request
from biasaudit.audits.source import opened
from biasaudit.counts.engines import collected, float_expression, to_floats
from biasaudit.counts.rankings.places import Exposure, checked_curve, read_exposure
from biasaudit.counts.rankings.rows import RankedRows, RankingColumns, read_rows
from biasaudit.errors import AuditError, nearest
from biasaudit.metrics.wilson import critical_value
from biasaudit.mitigation.rankings.rerankers import AsScored, EqualExposure, FairTopK, Lottery, Reranker
from biasaudit.names import clean

__all__ = ["compare_rerankers", "ndcg"]


def compare_rerankers(
    data: Any,
    *,
    sensitive_features: str | None = None,
    protected: str,
    score: str | None = None,
    query: str | None = None,
    relevance: str | None = None,
    k: int = 10,
    rerankers: Mapping[str, Reranker] | None = None,
    exposure: Any = "log",
    confidence: float = 0.95,
) -> pd.DataFrame:
    """Rank the same people anew in several ways, and say what one group gets and what that costs.

    Parameters
    ----------
    data : dataframe, path or Dataset
        As for :func:`biasaudit.audit_rankings`.
    sensitive_features : str
        Column that says which group a row belongs to.
    protected : str
        Group of it that is to stand higher; everyone else is the other group.
    score : str
        Column of finite numbers, higher for those who stand above.
    query : str
        Column that says which ranking a row stands in; intervals are over rankings.
    relevance : str, optional
        Column of how much somebody deserves to stand above, 0 or more: what NDCG counts. Without it, NDCG counts the
        scores, as if they were right, above the lowest of each ranking.
    k : int, default 10
        Places at the top, of NDCG and of the share in the top.
    rerankers : mapping of str to Reranker, optional
        What is compared, by name, beside the order of the scores; FA*IR's and equal exposure otherwise.
    exposure : "log" or callable, default "log"
        What a place is seen, as for :func:`biasaudit.audit_rankings`.
    confidence : float, default 0.95
        Of the intervals.

    Returns
    -------
    DataFrame
        Columns reranker, ndcg, ndcg_low, ndcg_high, change, change_low, change_high (in NDCG, against the order of the
        scores, of the same rankings), share_in_top (of the protected), exposure_ratio (mean exposure of the protected
        over that of the others, by totals over rankings), exposure_ratio_low, exposure_ratio_high. Limits are NaN of a
        single ranking.

    Raises
    ------
    AuditError
        If a column is not what it should be, or there is no such group.

    References
    ----------
    Järvelin and Kekäläinen (2002), "Cumulated gain-based evaluation of IR techniques", for NDCG, with linear gains.

    Examples
    --------
    >>> import numpy as np
    >>> import pandas as pd
    >>> rng = np.random.default_rng(5)
    >>> people = pd.DataFrame({"job": np.repeat(np.arange(40), 15), "gender": rng.choice(["man", "woman"], 600)})
    >>> people["fit"] = rng.integers(0, 3, 600)
    >>> people["score"] = people["fit"] + rng.normal(size=600) - 0.7 * (people["gender"] == "woman")
    >>> asked = {"score": "score", "query": "job", "relevance": "fit", "k": 5}
    >>> table = compare_rerankers(people, sensitive_features="gender", protected="woman", **asked)
    >>> print(table[["reranker", "ndcg", "change", "share_in_top", "exposure_ratio"]].round(3).to_string(index=False))
          reranker  ndcg  change  share_in_top  exposure_ratio
         as scored 0.840   0.000         0.249           0.807
             FA*IR 0.840  -0.001         0.249           0.810
    equal exposure 0.844   0.004         0.348           1.020
    """
    curve = read_exposure(exposure)
    given = {"sensitive_features": sensitive_features, "score": score, "query": query, "relevance": relevance}
    request = read_request(data, given, confidence=confidence)
    features = request.features
    if len(features) != 1:
        raise AuditError(
            "compare_rerankers takes one sensitive feature: name the column that `protected` is a group of."
        )
    if request.column("score") is None:
        raise AuditError(
            "There is nothing to rank anew: name score, a column that is higher for those who stand above."
        )
    if not isinstance(k, (int, np.integer)) or isinstance(k, bool) or k < 1:
        raise AuditError(f"k={clean(repr(k))} is out of range. Give a whole number of places from 1.")
    names = {role: request.column(role) for role in ("score", "query", "relevance")}
    with opened(data, request) as source:
        rows = read_rows(source.frame, RankingColumns(features, **names), source.declared)
        scores = _scores(source.frame, str(names["score"]))[rows.places.order]
    chosen = {"as scored": AsScored(), **(_usual(k, curve) if rerankers is None else rerankers)}
    side = rows.codes[:, 0] == _level(rows, protected)
    gain = rows.relevance if rows.relevance is not None else scores - _least(rows.places.query, scores)
    query_of = rows.places.query
    lotteries = {name: one.rerank(query_of, scores, side) for name, one in chosen.items()}
    seen = checked_curve(curve, int(rows.places.lengths.max()))
    measured = {name: _measured(one, query_of, side, gain, int(k), seen) for name, one in lotteries.items()}
    before = measured["as scored"]["ndcg"]
    return pd.DataFrame([_row(name, one, before, request.confidence) for name, one in measured.items()])


def _scores(frame: Any, score: str) -> Floats:
    """Return the scores of a table, in its order."""
    return to_floats(collected(frame.select(float_expression(frame, score).alias("score")))["score"])


def _usual(k: int, curve: Exposure) -> dict[str, Reranker]:
    return {"FA*IR": FairTopK(k), "equal exposure": EqualExposure(exposure=curve)}


def _level(rows: RankedRows, protected: str) -> int:
    levels = rows.levels[0]
    if protected not in levels:
        raise AuditError(
            f'protected="{clean(str(protected))}" is not a group.{nearest(str(protected), levels)} '
            f"Groups: {', '.join(clean(level) for level in levels[:12])}."
        )
    return levels.index(protected)


def _least(query: Ints, values: Floats) -> Floats:
    least = np.full(int(query.max(initial=-1)) + 1, np.inf)
    np.minimum.at(least, query, values)
    return least[query]


def ndcg(query: Ints, ranks: Ints, gain: Floats, k: int) -> Floats:
    """Return the normalised discounted cumulative gain of each query, with linear gains.

    Parameters
    ----------
    query : int array of shape (rows,)
        Codes from 0.
    ranks : int array of shape (rows,)
        Places from 1, without ties.
    gain : float array of shape (rows,)
        0 or more.
    k : int
        Places that count.

    Returns
    -------
    float array of shape (queries,)
        NaN where nobody gains anything.

    Examples
    --------
    >>> ndcg(np.zeros(3, dtype=np.int64), np.array([1, 2, 3]), np.array([1.0, 2.0, 0.0]), 3).round(3).tolist()
    [0.86]
    """
    ideal = AsScored().rerank(query, gain, np.zeros(len(query), dtype=bool)).ranks[0]
    totals = [
        np.bincount(query, weights=np.where(place <= k, gain / np.log2(1.0 + place), 0.0)) for place in (ranks, ideal)
    ]
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(totals[0] / totals[1])


def _measured(lottery: Lottery, query: Ints, side: Bools, gain: Floats, k: int, curve: Floats) -> dict[str, Any]:
    """Return what an order gives in each query: NDCG, and people, places at the top and exposure of both sides."""
    seen = lottery.expected(curve[lottery.ranks - 1], query)
    in_top = lottery.expected((lottery.ranks <= k).astype(float), query)
    each = np.stack([ndcg(query, ranks, gain, k) for ranks in lottery.ranks])
    queries = lottery.chance.shape[1]
    sums = {
        name: np.stack([np.bincount(query[at], weights=array[at], minlength=queries) for at in (side, ~side)])
        for name, array in (("people", np.ones(len(query))), ("seen", seen), ("in_top", in_top))
    }
    return {"ndcg": (each * lottery.chance).sum(axis=0), **sums}


def _row(name: str, measured: dict[str, Any], before: Floats, confidence: float) -> dict[str, Any]:
    gains, changes = (_mean(values, confidence) for values in (measured["ndcg"], measured["ndcg"] - before))
    people, in_top = measured["people"][0], measured["in_top"][0]
    ratio, low, high = _exposure_ratio(measured["seen"], measured["people"], confidence)
    return {
        "reranker": name,
        **dict(zip(("ndcg", "ndcg_low", "ndcg_high"), gains, strict=True)),
        **dict(zip(("change", "change_low", "change_high"), changes, strict=True)),
        "share_in_top": float(in_top.sum() / people.sum()),
        "exposure_ratio": ratio,
        "exposure_ratio_low": low,
        "exposure_ratio_high": high,
    }


def _mean(values: Floats, confidence: float) -> tuple[float, float, float]:
    """Average over the queries that have a value, with t's limits."""
    known = values[np.isfinite(values)]
    if not len(known):
        return (np.nan,) * 3
    mean = float(known.mean())
    if len(known) < 2:
        return mean, np.nan, np.nan
    reach = float(critical_value(confidence, len(known) - 1.0)) * float(known.std(ddof=1)) / np.sqrt(len(known))
    return mean, mean - reach, mean + reach


def _exposure_ratio(seen: Floats, people: Floats, confidence: float) -> tuple[float, float, float]:
    """Divide what the protected are seen by what the others are, by totals, with the jackknife's limits.

    People count by the exposure that there is for each in their own query, so that long lists are no disadvantage.
    """
    both = (people > 0).all(axis=0)
    seen, people = seen[:, both], people[:, both]
    claims = people * seen.sum(axis=0) / people.sum(axis=0)

    def ratio(seen: Floats, claims: Floats) -> Floats:
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.asarray(np.log(seen[0] / claims[0]) - np.log(seen[1] / claims[1]))

    found = float(ratio(seen.sum(axis=1), claims.sum(axis=1)))
    number = seen.shape[1]
    if number < 2:
        return float(np.exp(found)) if number else np.nan, np.nan, np.nan
    without = ratio(*(a.sum(axis=1, keepdims=True) - a for a in (seen, claims)))
    error = float(np.sqrt((number - 1) / number * ((without - without.mean()) ** 2).sum()))
    reach = float(critical_value(confidence, number - 1.0)) * error
    return tuple(float(np.exp(found + way * reach)) for way in (0, -1, 1))  # type: ignore[return-value]
