"""What wrong labels would have to be like to explain a gap, and what verified ones say they are like."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.special import ndtr

from biasaudit.arraytypes import Floats
from biasaudit.audits.data.counts import Data, Pair
from biasaudit.audits.findings.phrases import points_interval
from biasaudit.audits.parts import Part
from biasaudit.counts.column_counts import ColumnCounts
from biasaudit.counts.labels import read_as_known
from biasaudit.errors import AuditError
from biasaudit.inference.intervals.small_groups import difference_interval
from biasaudit.inference.label_errors import VerifiedRates, compare_verified, explaining_errors, verified_rates
from biasaudit.inference.testing.power import rows_needed
from biasaudit.inference.variance.effective import group_shares
from biasaudit.inference.verdicts import CANNOT_TELL, SHOWN
from biasaudit.metrics.rates import get_rate
from biasaudit.metrics.wilson import critical_value
from biasaudit.reporting.report import Column, Record
from biasaudit.reporting.words.text import clean, count, group_name, level_name, percent, points
from biasaudit.reporting.words.words import listed

__all__ = ["LABEL_BIAS", "REMAINS", "rows_to_verify", "verified_part", "wrong_labels_part"]

LABEL_BIAS, REMAINS = "made by wrong labels", "remains after correction"
FEWEST_VERIFIED = 10
EXPLAIN = (
    Column("group", "Lower group", "group"),
    Column("reference", "Higher group", "group"),
    Column("gap", "Gap, points", "points", ("low", "high")),
    Column("negatives", "Wrong negatives in the lower group that make all of it", "share"),
    Column("negatives_low", "that bring its interval to zero", "share"),
    Column("positives", "Wrong positives in the higher group that make all of it", "share"),
    Column("positives_low", "that bring its interval to zero", "share"),
    Column("verify", "Rows to verify in each group, of each label", "count"),
)
VERIFIED = (
    Column("group", "Group", "group"),
    Column("reference", "Against", "group"),
    Column("what", "Part of the gap"),
    Column("estimate", "Points", "points", ("low", "high")),
    Column("verified", "Verified rows", "count"),
    Column("needed", "Needed to tell", "count"),
    Column("p_adjusted", "p, adjusted", "p_value"),
    Column("verdict", "Verdict", "verdict"),
)


def _rates(data: Data, feature: int) -> tuple[Floats, Floats]:
    """Positive and all rows of each group, as many as their weights and clusters leave."""
    table = data.table.rollup([data.table.features[feature]]).without_scores()
    found = group_shares(table, [get_rate("base_rate")])
    return np.nan_to_num(found.count[0]), found.nobs[0]


def wrong_labels_part(data: Data, level: float) -> Part:
    """Say for each pair of groups how many wrong labels would make up the whole gap: arithmetic, no test.

    `level` is the p-value that verified labels would have to reach.
    """
    rows = tuple(row for pair in data.pairs() if (row := _explaining(data, pair, level)) is not None)
    return Part(
        "label_errors",
        "How many wrong labels would explain the gap",
        rows,
        EXPLAIN,
        to_sentence=_explaining_sentence,
        reported=lambda rows: (),
        sentences=tuple(_explaining_sentence(row) for row in rows[:3]),
    )


def _explaining(data: Data, pair: Pair, level: float) -> Record | None:
    x, n = _rates(data, pair.feature)
    lower, higher = sorted((pair.group, pair.reference), key=lambda g: x[g] / n[g] if n[g] else 0.0)
    if not (n[lower] and n[higher]) or x[lower] / n[lower] == x[higher] / n[higher]:
        return None
    critical = float(critical_value(data.confidence))
    low, high = difference_interval(x[higher], n[higher], x[lower], n[lower], critical1=critical, critical2=critical)
    top, bottom = x[higher] / n[higher], x[lower] / n[lower]
    negatives, positives = explaining_errors([top - bottom, max(float(low), 0.0)], top, bottom)
    return {
        "group": data.name(pair.feature, lower),
        "reference": data.name(pair.feature, higher),
        "gap": top - bottom,
        "estimate": np.nan,
        "low": float(low),
        "high": float(high),
        "negatives": negatives[0],
        "negatives_low": negatives[1],
        "positives": positives[0],
        "positives_low": positives[1],
        "verify": rows_to_verify((negatives[0], positives[0]), level=level),
        "p_value": np.nan,
        "comparison": "nothing",
        "label": data.label,
        "pair": pair,
    }


def rows_to_verify(
    shares: tuple[float, float], usual: tuple[float, float] = (0.0, 0.0), *, level: float = 0.05
) -> float:
    """Count the verified rows of each label in each group that would show in 4 of 5 tries that more are wrong.

    `shares` are how many more of the negative labels, or else of the positive ones, are wrong in one group than the
    `usual` share in the other. Nobody knows beforehand which, so that the larger number counts.

    Examples
    --------
    >>> rows_to_verify((0.1, 0.2))
    74.0
    """
    # NaN where more would have to be wrong than there are.
    return float(np.fmax(*rows_needed(shares, usual, alpha=level)))


def _explaining_sentence(row: Record) -> str:
    lower, higher = group_name(row["group"]), group_name(row["reference"])
    if row["low"] <= 0:
        return (
            f"{lower} against {higher}: the gap of {points(row['gap'])} points may be chance; no label need be wrong."
        )
    return (
        f"{lower} against {higher}: the gap of {points(row['gap'])} points would be label error alone if "
        f"{percent(row['negatives'])} of the negative labels of {lower} were wrong, or {percent(row['positives'])} of "
        f"the positive ones of {higher}; from {percent(row['negatives_low'])} or {percent(row['positives_low'])} on, "
        f"its interval would reach zero. About {count(row['verify'])} verified rows of each label in each group would "
        "tell."
    )


def verified_part(data: Data, checked: ColumnCounts, adjusted: Sequence[Record], level: float) -> Part:
    """Split the gap into what wrong labels make and what remains, by rows whose true label is known.

    `level` is the p-value that each half has to reach.
    """
    meant = read_as_known(checked.levels, data.columns.class_codes)
    strange = [name for name, value in meant.items() if value is None]
    if strange:
        known = ", ".join(map(repr, data.columns.class_codes))
        raise AuditError(
            f'verified holds {clean(strange[0])!r}, which is no value of "{clean(data.label)}". Values: {known}.'
        )
    rows: list[Record] = []
    for pair in data.pairs():
        rows += _split(data, checked, pair, next((r for r in adjusted if r["pair"] == pair), None), level)
    total = int(checked.rows[checked.level >= 0].sum())
    how = (
        f"{total:,} rows have a verified label. They stand for all rows of their group and recorded label, so each "
        "group's verified rows should be drawn at random. What remains is judged at equal features where columns allow."
    )
    return Part(
        "verified",
        "What verified labels say",
        tuple(rows),
        VERIFIED,
        to_sentence=_verified_sentence,
        reported=lambda rows: rows,
        sentences=(how,),
    )


def _split(data: Data, checked: ColumnCounts, pair: Pair, adjusted: Record | None, level: float) -> list[Record]:
    cells = _checked(data, checked, pair.feature)
    x, n = _rates(data, pair.feature)
    found = verified_rates(np.stack([n - x, x], axis=1), cells, confidence=data.confidence)
    ends = (pair.group, pair.reference)
    few = min(int(cells[g, y].sum()) for g in ends for y in (0, 1))
    gap, low, high, p_value = compare_verified(found, *ends)
    shared = {
        **data.ends(pair),
        "comparison": "difference",
        "verified": int(cells[list(ends)].sum()),
        "label": data.label,
        "few": few,
        "needed": _needed(found, pair, adjusted, level),
        "pair": pair,
    }
    left_out = () if adjusted is None else adjusted["left_out"]
    if few < FEWEST_VERIFIED:
        nothing = dict.fromkeys(("estimate", "low", "high", "p_value"), np.nan)
        return [shared | nothing | {"what": LABEL_BIAS}, shared | nothing | {"what": REMAINS}]
    bias = shared | {"what": LABEL_BIAS, "estimate": -gap, "low": -high, "high": -low, "p_value": p_value}
    remains = shared | {"what": REMAINS, "left_out": left_out}
    return [bias, remains | _remaining(data, x / n, pair, adjusted, (gap, low, high))]


def _checked(data: Data, checked: ColumnCounts, feature: int) -> Floats:
    """Count verified rows by group, recorded and true label."""
    cells = checked.by_group(feature)
    meant = read_as_known(checked.levels, data.columns.class_codes)
    truth = [meant[name] for name in checked.levels]
    out = np.zeros((cells.shape[1], 2, 2))
    for at, true in enumerate(truth):
        out[:, :, true] += cells[at, :, :2]
    return out * data.evidence


def _remaining(
    data: Data, rates: Floats, pair: Pair, adjusted: Record | None, labels: tuple[float, float, float]
) -> dict[str, float]:
    """Add what wrong labels took back to the gap at equal features, or to the whole gap where nothing is equal."""
    critical = float(critical_value(data.confidence))
    if adjusted is not None and not np.isnan(adjusted["estimate"]):
        start = adjusted["estimate"], adjusted["low"], adjusted["high"]
    else:
        x, n = _rates(data, pair.feature)
        low, high = difference_interval(
            x[pair.group], n[pair.group], x[pair.reference], n[pair.reference], critical1=critical, critical2=critical
        )
        start = rates[pair.group] - rates[pair.reference], float(low), float(high)
    estimate = start[0] + labels[0]
    down = np.hypot(start[0] - start[1], labels[0] - labels[1])
    up = np.hypot(start[2] - start[0], labels[2] - labels[0])
    error = (down if estimate > 0 else up) / critical
    p_value = 2 * float(ndtr(-abs(estimate) / error))
    return {"estimate": estimate, "low": estimate - down, "high": estimate + up, "p_value": p_value}


def _needed(found: VerifiedRates, pair: Pair, adjusted: Record | None, level: float) -> float:
    """Count the verified rows of each label that would show whether wrong ones make up the gap."""
    one, other = found.recorded[pair.group], found.recorded[pair.reference]
    gap = adjusted["estimate"] if adjusted is not None and np.isfinite(adjusted["estimate"]) else one - other
    lower, higher = (pair.group, pair.reference) if gap < 0 else (pair.reference, pair.group)
    negatives, positives = explaining_errors(abs(gap), found.recorded[higher], found.recorded[lower])
    usual = np.nan_to_num((found.false_negatives[higher], found.false_positives[lower]))
    return rows_to_verify((float(negatives), float(positives)), tuple(usual), level=level)


def _verified_sentence(row: Record) -> str:
    who = f"{group_name(row['group'])} against {level_name(row['reference'])}, by {row['verified']:,} verified rows: "
    limits = points_interval(row)
    needed = (
        f" About {count(row['needed'])} verified rows of each label in each group would tell."
        if np.isfinite(row["needed"])
        else ""
    )
    if np.isnan(row["estimate"]):
        return (
            f"{who}too few to tell label bias from a cause that nobody measured: each group needs at least "
            f"{FEWEST_VERIFIED} of each recorded label, and one has {row['few']}.{needed}"
        )
    size, left_out = f"{points(row['estimate'])} points", row["left_out"] if row["doubted"] else ()
    if row["what"] == LABEL_BIAS:
        statement = {
            SHOWN: f"wrong labels make {size} of the gap in {clean(row['label'])} ({limits})",
            CANNOT_TELL: f"the data cannot tell whether wrong labels make a gap: {size} ({limits})",
        }.get(row["verdict"], f"wrong labels make no gap beyond 5 points ({limits})")
    else:
        statement = {
            SHOWN: f"with labels corrected, a gap of {size} remains ({limits}): a cause that nobody measured, or "
            "measured wrongly",
            CANNOT_TELL: f"with labels corrected, the data cannot tell whether a gap remains: {size} ({limits})"
            + (f", since not all that was measured is held equal ({listed(left_out, 6)})" if left_out else ""),
        }.get(row["verdict"], f"with labels corrected, no gap beyond 5 points remains ({limits})")
    return f"{who}{statement}.{needed if row['verdict'] == CANNOT_TELL else ''}"
