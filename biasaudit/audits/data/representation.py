"""Who is in the data, against who is in the population."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from biasaudit.audits.parts import Part
from biasaudit.counts.table.crosstab import Crosstab
from biasaudit.counts.values import MISSING, resolve_level
from biasaudit.errors import AuditError, nearest
from biasaudit.inference.representation import membership, representation
from biasaudit.inference.verdicts import SHOWN
from biasaudit.metrics.cell_totals import rows_by_group
from biasaudit.names import clean
from biasaudit.reporting.report import Column, Record
from biasaudit.reporting.words.text import count, group_name, number, percent, points

__all__ = ["Population", "population_settings", "read_population", "representation_part"]

Population = dict[tuple[str, ...], dict[tuple[str, ...], float]]
SUMS_TO_ONE = 0.01
COLUMNS = (
    Column("group", "Group", "group"),
    Column("rows", "Rows", "count"),
    Column("share", "Share of the data", "share", ("share_low", "share_high")),
    Column("population", "Share of the population", "share"),
    Column("estimate", "Ratio", "number", ("low", "high")),
    Column("p_adjusted", "p, adjusted", "p_value"),
    Column("verdict", "Verdict", "verdict"),
)


def read_population(population: Mapping[Any, Mapping[Any, float]] | None, table: Crosstab) -> Population:
    """Check the shares of a population: every group of the data in it, summing to 1.

    Raises
    ------
    AuditError
        If a feature or a group is not known, a group is missing, or the shares do not sum to 1.
    """
    found: Population = {}
    if not (population is None or isinstance(population, Mapping)):
        raise AuditError(
            'population must map features to groups to shares, such as {"sex": {"woman": 0.5, "man": 0.5}}.'
        )
    for key, shares in (population or {}).items():
        features = key if isinstance(key, tuple) else (key,)
        for feature in features:
            if feature not in table.features:
                raise AuditError(
                    f'population names "{clean(str(feature))}", which is not a sensitive feature.'
                    f"{nearest(str(feature), table.features)} Sensitive features: {', '.join(table.features)}."
                )
        if len(set(features)) < len(features):
            named = clean(" × ".join(features))
            raise AuditError(f'population names "{named}", the same feature twice. Name it once.')
        if not isinstance(shares, Mapping):
            raise AuditError(f'population of "{clean(str(key))}" must map each group to its share, such as 0.5.')
        found[features] = {
            _group(group, features, table): _share(features, group, share) for group, share in shares.items()
        }
        _check_groups(features, found[features], table)
    return found


def population_settings(population: Population) -> dict[str, str]:
    """Write the shares of a population as reports list settings."""
    return {
        " × ".join(features): ", ".join(f"{' × '.join(group)} {share:g}" for group, share in shares.items())
        for features, shares in population.items()
    }


def _group(group: Any, features: tuple[str, ...], table: Crosstab) -> tuple[str, ...]:
    named = group if isinstance(group, tuple) else (group,)
    levels = [table.levels[table.features.index(feature)] for feature in features]
    known = [resolve_level(level, own) for level, own in zip(named, levels, strict=False)]
    return (*known, *(str(level) for level in named[len(levels) :]))


def _share(features: tuple[str, ...], group: Any, share: Any) -> float:
    if isinstance(share, bool) or not isinstance(share, (int, float, np.number)) or not 0 <= share <= 1:
        raise AuditError(
            f'population gives {clean(" × ".join(features))}="{clean(str(group))}" the share '
            f"{clean(repr(share))}. Give a number from 0 to 1."
        )
    return float(share)


def _check_groups(features: tuple[str, ...], shares: dict[tuple[str, ...], float], table: Crosstab) -> None:
    name = clean(" × ".join(features))
    rolled = table.rollup(features)
    present = [tuple(group.values()) for group, n in zip(rolled.groups, rows_by_group(rolled), strict=True) if n > 0]
    lacking = [group for group in present if group not in shares and MISSING not in group]
    if lacking:
        hint = nearest(" × ".join(lacking[0]), [" × ".join(group) for group in shares])
        raise AuditError(
            f'population of "{name}" lacks the group "{clean(" × ".join(lacking[0]))}", which is in the data.{hint} '
            "Give every group its share, 0 if it has none."
        )
    if abs(math.fsum(shares.values()) - 1) > SUMS_TO_ONE:
        raise AuditError(
            f'population of "{name}" sums to {math.fsum(shares.values()):.3g}, not to 1. '
            "Give the share of every group, such as 0.5 and 0.5."
        )


def representation_part(table: Crosstab, confidence: float, population: Population) -> Part:
    """Hold the share of each group against the population's, where one is given."""
    rows: list[Record] = []
    splits: list[tuple[str, ...]] = [(feature,) for feature in table.features]
    splits += [table.features] if len(splits) > 1 else []
    # A population may name an intersection in an order of its own, or one of some features alone.
    named = {frozenset(features): features for features in population}
    splits = [named.pop(frozenset(split), split) for split in splits]
    for split in [*splits, *named.values()]:
        rows += _rows(table, confidence, split, population.get(split, {}))
    known = "" if population else "No population was given, so nobody can say from these data who is missing."
    return Part(
        "representation",
        "The data against the population",
        tuple(rows),
        COLUMNS,
        to_sentence=_sentence,
        reported=_reported,
        sentences=(known,) if known else (),
    )


def _rows(
    table: Crosstab, confidence: float, split: Sequence[str], shares: dict[tuple[str, ...], float]
) -> list[Record]:
    rolled = table.rollup(split)
    groups = [tuple(group.values()) for group in rolled.groups]
    # A group of the population of which the data hold nobody is told as well.
    absent = [group for group in shares if group not in groups]
    groups, counts = groups + absent, np.append(rows_by_group(rolled).astype(float), np.zeros(len(absent)))
    # People whose group is not known belong to some group of the population: they are left out of the comparison.
    known = np.array([MISSING not in group for group in groups])
    held = membership(rolled, known[: rolled.shape_size] if shares else np.ones(rolled.shape_size, dtype=bool))
    # Nobody was found of a group of the population in as many rows as the others rest on.
    lowest = float(held.nobs.max(initial=0.0))
    share = np.append(np.nan_to_num(held.share), np.zeros(len(absent)))
    nobs = np.append(np.where(held.nobs > 0, held.nobs, lowest), np.full(len(absent), lowest))
    df = np.append(held.df, np.full(len(absent), held.df.min(initial=np.inf)))
    expected = np.array([shares.get(group, np.nan) if known[i] else np.nan for i, group in enumerate(groups)])
    expected = expected / np.nansum(expected) if shares else expected
    found = representation(share * nobs, nobs, expected, confidence=confidence, df=df)
    two = int(known.sum()) == 2
    return [
        {
            "group": dict(zip(split, group, strict=True)),
            "rows": counts[i],
            "share": found.share[i],
            "share_low": found.share_low[i],
            "share_high": found.share_high[i],
            "population": expected[i],
            "estimate": found.ratio[i],
            "low": found.low[i],
            "high": found.high[i],
            "p_value": found.p_value[i] if expected[i] >= 0 else np.nan,
            "comparison": "ratio" if expected[i] >= 0 else "nothing",
            "hypothesis": (*split, "" if two else i),
            "split": tuple(split),
        }
        for i, group in enumerate(groups)
    ]


def _reported(rows: Sequence[Record]) -> Sequence[Record]:
    """Tell of each split the group that is furthest below its share, and all others whose share is off."""
    reported = []
    for split in dict.fromkeys(row["split"] for row in rows):
        tested = [row for row in rows if row["split"] == split and not math.isnan(row["p_value"])]
        lowest = min(tested, key=lambda row: row["estimate"], default=None)
        others = [row for row in tested if row is not lowest and len(tested) > 2]
        reported += [lowest] if lowest else []
        reported += [row for row in others if row["verdict"] == SHOWN and row["material"]][:3]
    return reported


def _sentence(row: Record) -> str:
    what = (
        f"{group_name(row['group'])}: {percent(row['share'])} of the data "
        f"({points(row['share_low'])} to {points(row['share_high'])} %; {count(row['rows'])} rows) and "
        f"{percent(row['population'])} of the population"
    )
    ratio = f"{number(row['estimate'], 2)} times ({number(row['low'], 2)} to {number(row['high'], 2)})"
    if row["verdict"] == SHOWN:
        side = "too few" if row["estimate"] < 1 else "too many"
        return f"{what}: {ratio} what the population would give, {side} by more than chance explains."
    return f"{what}: {ratio} what the population would give."
