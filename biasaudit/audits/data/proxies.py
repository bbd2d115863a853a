"""How well the other columns give a sensitive feature away: the one part of a data audit that trains a model."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import logsumexp, ndtr

from biasaudit.arraytypes import Floats, Ints
from biasaudit.audits.data._dummies import shares_together, strongest_of_each
from biasaudit.audits.data.counts import Data, cluster_evidence
from biasaudit.audits.parts import Part
from biasaudit.counts.column_counts import ColumnCounts, encode_column
from biasaudit.counts.column_kinds import draw_positions
from biasaudit.counts.values import MISSING, canonical
from biasaudit.inference.verdicts import CANNOT_TELL, SHOWN
from biasaudit.metrics.influence import rank_auc
from biasaudit.metrics.wilson import critical_value, wilson
from biasaudit.reporting.report import Column, Record
from biasaudit.reporting.words.text import clean, group_name, number, percent

__all__ = ["NEARLY", "proxies_part"]

FOLDS = 5
# Rows of a group, and people where rows come in clusters: folds of people need some of either group.
FEWEST, FEWEST_PEOPLE = 25, 10
MOST_GROUPS = 6
MOST_LEVELS = 60
# From this area on one column by itself is nearly the sensitive feature; below the other, columns only hint at it.
NEARLY, PLAINLY = 0.9, 0.7
MOST_NAMED = 3
# Rows times columns that the models learn from: wide tables are rebuilt from fewer rows.
MOST_CELLS, FEWEST_ROWS = 4_000_000, 2_000
PENALTY = 0.3
COLUMNS = (
    Column("group", "Told apart from everyone else", "group"),
    Column("auc", "AUC", "number", ("auc_low", "auc_high")),
    Column("column", "Column"),
    Column("alone", "AUC alone", "number"),
    Column("part", "Share in it", "share"),
    Column("p_adjusted", "p, adjusted", "p_value"),
    Column("verdict", "Verdict", "verdict"),
)


@dataclass(frozen=True, eq=False)
class _CrossFitted:
    """Scores of rows by models that did not learn from them.

    `member` numbers each row's group among the `groups`, `fold` the part it was held out in; `whole` are the
    intercepts, shape (rows, groups);
    `parts` and `alone` what each column adds and says by itself, shape (rows, columns, groups). `cluster` numbers the
    cluster of each row; without clusters it is None.
    """

    groups: tuple[int, ...]
    member: Ints
    cluster: Ints | None
    fold: Ints
    whole: Floats
    parts: Floats
    alone: Floats

    @cached_property
    def _logits(self) -> Floats:
        return np.asarray(self.whole + self.parts.sum(axis=1))

    def score(self, group: int, moved: Floats | float = 0.0) -> Floats:
        """Logarithm of the odds of a group against all others; `moved` is added to what speaks for each group."""
        logits = self._logits + moved
        return np.asarray(logits[:, group] - logsumexp(np.delete(logits, group, axis=1), axis=1))


def proxies_part(data: Data, columns: Sequence[ColumnCounts]) -> Part:
    """Rebuild each sensitive feature from the columns by cross-validated logistic regression."""
    usable = [counts for counts in columns if counts.kind.role != "many" and len(counts.levels) > 1]
    rows: list[Record] = []
    if usable:
        sample = _fewer(data, max(FEWEST_ROWS, MOST_CELLS // len(usable)))
        codes = np.stack([_few(encode_column(counts, sample)) for counts in usable], axis=1)
        for feature in range(len(data.references)):
            rows += _feature(data, sample, feature, codes, [counts.name for counts in usable])
    used = len(sample) if usable else 0
    drawn = " drawn at random" if used < data.table.n else ""
    how = (
        f"Cross-validated over {FOLDS} folds in {used:,} rows{drawn}, by logistic regression on the levels "
        "of every column: a lower bound of what a model can find. An AUC of 0.5 gives nothing away, 1 everything. A "
        "column's share is what the AUC loses when its values are shuffled."
    )
    title = "How well other columns give the group away"
    return Part(
        "proxies",
        title,
        tuple(rows),
        COLUMNS,
        to_sentence=_sentence,
        reported=_reported,
        sentences=(how,) if rows else (),
    )


def _fewer(data: Data, rows: int) -> Any:
    sample = data.sample
    return sample if len(sample) <= rows else sample[draw_positions(len(sample), rows, data.random_state)]


def _few(codes: Ints) -> Ints:
    """Keep the most frequent levels, and put the others together."""
    levels, inverse, rows = np.unique(codes, return_inverse=True, return_counts=True)
    rank = np.empty(len(levels), dtype=np.int64)
    rank[np.argsort(-rows, kind="stable")] = np.arange(len(levels))
    return np.asarray(np.minimum(rank, MOST_LEVELS - 1)[inverse.ravel()])


def _feature(data: Data, sample: Any, feature: int, codes: Ints, names: Sequence[str]) -> list[Record]:
    position = {name: i for i, name in enumerate(data.table.levels[feature])}
    values = [canonical(value) for value in sample[data.table.features[feature]].to_list()]
    level = np.array([position[MISSING if value is None else value] for value in values])
    size = np.bincount(level, minlength=len(position))
    cluster, least = None, FEWEST
    if data.cluster is not None:
        cluster_names = [str(canonical(value)) for value in sample[data.cluster].to_list()]
        cluster = np.unique(cluster_names, return_inverse=True)[1].astype(np.int64)
        distinct = np.unique(np.stack([level, cluster]), axis=1)[0]
        size, least = np.bincount(distinct, minlength=len(position)), FEWEST_PEOPLE
    groups = [int(i) for i in np.argsort(-size, kind="stable")[:MOST_GROUPS] if size[i] >= least]
    if len(groups) < 2:
        return []
    fitted, two_fold = _cross_fitted(codes, level, groups, cluster, data.random_state)
    # Of two groups, telling one from the other is one question: it is put about the one that is no reference.
    two = len(groups) == 2
    compared = [at for at, group in enumerate(groups) if not two or group != data.references[feature]]
    return [row for at in compared[: 1 if two else None] for row in _rows(data, feature, fitted, two_fold, at, names)]


def _cross_fitted(
    codes: Ints, level: Ints, groups: Sequence[int], cluster: Ints | None, random_state: int
) -> tuple[_CrossFitted, _CrossFitted]:
    """Score every row by a model of the other folds; by five of them to estimate, by two halves to test."""
    from sklearn.preprocessing import OneHotEncoder

    kept = np.isin(level, groups)
    number = np.full(int(level.max()) + 1, -1)
    number[list(groups)] = np.arange(len(groups))
    codes, member = codes[kept], number[level[kept]]
    encoder = OneHotEncoder(handle_unknown="ignore").fit(codes)
    ends = np.cumsum([0, *map(len, encoder.categories_)])
    cluster = None if cluster is None else np.unique(cluster[kept], return_inverse=True)[1].astype(np.int64)
    design = _Design(codes, member, cluster, encoder.transform(codes).tocsr(), ends)
    return _scored(design, tuple(groups), FOLDS, random_state), _scored(design, tuple(groups), 2, random_state)


@dataclass(frozen=True, eq=False)
class _Design:
    """Rows as codes, their group and cluster, and one indicator a level: from ends[j] to ends[j + 1] for column j."""

    codes: Ints
    member: Ints
    cluster: Ints | None
    encoded: Any
    ends: Ints


def _scored(design: _Design, groups: tuple[int, ...], folds: int, random_state: int) -> _CrossFitted:
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold

    codes, member, two = design.codes, design.member, len(groups) == 2
    shape = (len(codes), codes.shape[1], len(groups))
    fold, whole = np.zeros(shape[0], dtype=np.int64), np.zeros((shape[0], shape[2]))
    parts, alone = np.zeros(shape), np.zeros(shape)
    # Whoever has rows on both sides is recognised, and not told by the group.
    splitter = StratifiedKFold if design.cluster is None else StratifiedGroupKFold
    split = splitter(folds, shuffle=True, random_state=random_state).split(codes, member, design.cluster)
    for at, (train, test) in enumerate(split):
        model = LogisticRegression(max_iter=200, C=PENALTY)
        with warnings.catch_warnings():
            # A model that has not settled is a weaker one, whose scores are honest all the same.
            warnings.simplefilter("ignore")
            model.fit(design.encoded[train], member[train])
        weights = np.vstack([-model.coef_, model.coef_]) / 2 if two else model.coef_
        whole[test] = np.array([-0.5, 0.5]) * model.intercept_ if two else model.intercept_
        held, fold[test] = design.encoded[test].tocsc(), at
        for j in range(shape[1]):
            block = slice(design.ends[j], design.ends[j + 1])
            parts[test, j] = held[:, block] @ weights[:, block].T
            alone[test, j] = _rates(codes[train, j], member[train], len(groups))[codes[test, j]]
    return _CrossFitted(
        groups=groups, member=member, cluster=design.cluster, fold=fold, whole=whole, parts=parts, alone=alone
    )


def _rates(codes: Ints, member: Ints, groups: int) -> Floats:
    """Share of each group at every level, drawn a little towards its share of all."""
    share = np.bincount(member, minlength=groups) / len(member)
    rows = np.bincount(codes * groups + member, minlength=MOST_LEVELS * groups).reshape(-1, groups)
    return np.asarray((rows + share) / (rows.sum(axis=1, keepdims=True) + 1))


def _rows(
    data: Data, feature: int, fitted: _CrossFitted, two_fold: _CrossFitted, at: int, names: Sequence[str]
) -> list[Record]:
    inside = fitted.member == at
    auc, low, high, _ = _auc(fitted.score(at), inside, fitted.cluster, data)
    drops = _drops(fitted, at, inside, auc, data)
    alone = [_auc(fitted.alone[:, j, at], inside, fitted.cluster, data)[0] for j in range(len(names))]
    total = max(float(drops.sum()), 1e-12)
    parts = sorted(zip(drops / total, alone, names, strict=True), key=lambda part: -part[0])
    shared = {
        "group": data.name(feature, fitted.groups[at]),
        "comparison": "nothing",
        "auc": np.nan,
        "auc_low": np.nan,
        "auc_high": np.nan,
        "estimate": np.nan,
        "low": np.nan,
        "high": np.nan,
        "p_value": np.nan,
        "parts": (),
        "others": len(fitted.groups) - 1,
    }
    whole = {
        "comparison": "difference",
        "auc": auc,
        "auc_low": low,
        "auc_high": high,
        "estimate": auc - 0.5,
        "low": low - 0.5,
        "high": high - 0.5,
        "p_value": _p_value(two_fold, at, data),
        "column": "all together",
        "alone": np.nan,
        "part": np.nan,
        "parts": tuple(parts),
        "sources": data.sources,
    }
    return [shared | whole, *(shared | {"column": c, "alone": one, "part": part} for part, one, c in parts)]


def _auc(
    score: Floats, inside: NDArray[np.bool_], cluster: Ints | None, data: Data
) -> tuple[float, float, float, float]:
    """Area under the curve with its interval and variance (DeLong), between clusters where there are any."""
    _, bins = np.unique(score, return_inverse=True)
    at = inside * (int(bins.max()) + 1) + bins.ravel()
    cells = np.bincount(at, minlength=2 * (int(bins.max()) + 1)).reshape(1, 2, -1).astype(float)
    found = rank_auc(cells, cells)
    auc = float(found.share[0])
    variance = found.variance()
    evidence = _evidence(cluster, data)
    rows = float(found.effective_rows(variance, found.rows_without_variance)[0]) * evidence
    if cluster is not None:
        adds = np.nan_to_num(found.influence[0])[inside.astype(int), bins.ravel()]
        variance = np.maximum(variance, (np.bincount(cluster, weights=adds) ** 2).sum())
        rows = min(rows, float(found.effective_rows(variance, found.rows_without_variance)[0]))
    low, high = wilson(auc * rows, rows, critical=critical_value(data.confidence))
    return auc, float(low), float(high), float(variance[0])


def _evidence(cluster: Ints | None, data: Data) -> float:
    """Count what a row is worth if those of a cluster are all alike, or as weights leave it in the whole table."""
    return data.evidence if cluster is None else cluster_evidence(np.bincount(cluster))


def _p_value(two_fold: _CrossFitted, at: int, data: Data) -> float:
    """Test that the group cannot be told: Mann and Whitney's on each half by the other's model, doubled for two.

    Folds that learn from each other share what chance did to them, so that their pooled area is no test.
    """
    inside, score, smallest = two_fold.member == at, two_fold.score(at), 1.0
    for half in (two_fold.fold == 0, two_fold.fold == 1):
        cluster = None if two_fold.cluster is None else two_fold.cluster[half]
        evidence = _evidence(cluster, data)
        n1, n2 = ((half & rows).sum() * evidence for rows in (inside, ~inside))
        chance = np.sqrt((n1 + n2 + 1) / (12 * n1 * n2))
        area, _, _, variance = _auc(score[half], inside[half], cluster, data)
        if cluster is not None:
            chance = max(chance, np.sqrt(variance))
        smallest = min(smallest, 2 * float(ndtr(-(area - 0.5) / chance)))
    return smallest


def _drops(fitted: _CrossFitted, at: int, inside: NDArray[np.bool_], auc: float, data: Data) -> Floats:
    """Measure what the area loses when the values of one column are dealt out at random; nothing below 0."""
    order = np.random.default_rng(data.random_state).permutation(len(inside))
    drops = []
    for j in range(fitted.parts.shape[1]):
        part = fitted.parts[:, j]
        drops.append(auc - _auc(fitted.score(at, part[order] - part), inside, fitted.cluster, data)[0])
    return np.clip(drops, 0, None)


def _reported(rows: Sequence[Record]) -> Sequence[Record]:
    """Tell of every feature the group that is given away most."""
    reported: dict[tuple[str, ...], Record] = {}
    for row in (row for row in rows if row["parts"]):
        feature = tuple(row["group"])
        if feature not in reported or row["auc"] > reported[feature]["auc"]:
            reported[feature] = row
    return list(reported.values())


def _sentence(row: Record) -> str:
    feature = clean(next(iter(row["group"])))
    limits = f"{number(row['auc_low'])} to {number(row['auc_high'])}"
    of_whom = f" {group_name(row['group'])} from everyone else" if row["others"] > 1 else ""
    if row["verdict"] != SHOWN:
        if row["verdict"] == CANNOT_TELL:
            start = f"The data cannot tell whether the other columns give {feature} away"
            return f"{start}: AUC {number(row['auc'])} ({limits})."
        return f"The other columns do not give {feature} away: AUC {number(row['auc'])} ({limits}), 0.5 being chance."
    most = ", ".join(
        f"{clean(name)} {percent(part)}{f' (above all {clean(first)})' if first != name else ''}"
        for part, name, first in shares_together(row["parts"], row["sources"])[:MOST_NAMED]
        if part > 0
    )
    alone = strongest_of_each(row["parts"], row["sources"])
    nearly = [f"{clean(name)} (AUC alone {number(area)})" for area, name in alone if area >= NEARLY]
    warning = (
        f" {' and '.join(nearly[:MOST_NAMED])} by itself is nearly {feature}: leaving {feature} out hides little."
        if nearly
        else ""
    )
    away = f"give {feature} away" if row["auc"] >= PLAINLY else f"hint at {feature}"
    return (
        f"Other columns {away}: they tell{of_whom or ' the groups'} apart with AUC {number(row['auc'])} "
        f"({limits}). Most of it comes from {most}.{warning}"
    )
