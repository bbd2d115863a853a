"""The confusion of each group, and who is taken for whom: described with intervals, and not judged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from biasaudit.audits.families import Family
from biasaudit.errors import AuditError
from biasaudit.inference.disparities import compare_pairs
from biasaudit.inference.measures import rate_interval
from biasaudit.metrics.classes.rates import confusion_rates
from biasaudit.reporting.report import Column, Section
from biasaudit.reporting.words.breakdowns import records
from biasaudit.reporting.words.text import clean, count, group_name

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["confusion_sections", "confusion_table", "taken_for_table"]

MOST_ROWS, MOST_CLASSES = 10, 12


def confusion_table(everyone: Family, splits: Sequence[Family], confidence: float) -> pd.DataFrame:
    """Lay out, of each group and true class, how many are predicted each; everyone comes first."""
    import pandas as pd

    classes = np.array(_checked(everyone), dtype=object)
    parts = []
    for family in (everyone, *splits):
        confused = replace(family, measures=confusion_rates(classes.tolist()), unweighted=None)
        found = rate_interval(confused.measures, confused.shares, confidence)
        k, groups = len(classes), len(family.rows)
        # Groups, then true classes, then predicted ones.
        order = np.arange(k * k * groups).reshape(k * k, groups).T.ravel()
        share, low, high, rows, of = (
            a.ravel()[order] for a in (*found, confused.shares.numerator, confused.shares.denominator)
        )
        lacks = np.isnan(confused.shares.share)
        reasons = [confused.undefined_reason(i, j) if lacks[i, j] else "" for j in range(groups) for i in range(k * k)]
        parts.append(
            pd.DataFrame(
                {
                    "group": [group for group in family.groups for _ in range(k * k)],
                    "y_true": np.tile(np.repeat(classes, k), groups),
                    "y_pred": np.tile(classes, k * groups),
                    "rows": rows,
                    "of": of,
                    "share": share,
                    "low": np.where(np.isnan(share), np.nan, low),
                    "high": np.where(np.isnan(share), np.nan, high),
                    "reason": reasons,
                }
            )
        )
    return pd.concat(parts, ignore_index=True)


def _checked(family: Family) -> tuple[str, ...]:
    if family.table.y_true is None or family.table.y_pred is None:
        raise AuditError("A confusion needs labels and predictions: name both y_true and y_pred.")
    return family.table.classes


def taken_for_table(splits: Sequence[Family], confidence: float) -> pd.DataFrame:
    """Hold the share of each class that is predicted another against that of the reference, for each single feature."""
    import pandas as pd

    classes = _checked(splits[0])
    rows: list[dict[str, Any]] = []
    wrong = [(i, j) for i in range(len(classes)) for j in range(len(classes)) if i != j]
    for family in (family for family in splits if len(family.table.features) == 1):
        rates = confusion_rates(classes)
        confused = replace(family, measures=tuple(rates[i * len(classes) + j] for i, j in wrong), unweighted=None)
        shares, at = confused.shares, family.reference
        against = shares.each(lambda a, at=at: np.repeat(a[:, [at]], a.shape[1], axis=1))  # type: ignore[misc]
        found = compare_pairs(
            confused.measures,
            shares,
            against,
            confidence=confidence,
            alpha=1 - confidence,
            correlation=confused.correlation,
        )["difference"]
        for m, g in np.argwhere(~np.isnan(found.estimate)).tolist():
            if g != at:
                rows.append(
                    {
                        "y_true": classes[wrong[m][0]],
                        "y_pred": classes[wrong[m][1]],
                        "group": family.groups[g],
                        "reference": family.groups[at],
                        "share": shares.share[m, g],
                        "reference_share": shares.share[m, at],
                        "estimate": found.estimate[m, g],
                        "low": found.low[m, g],
                        "high": found.high[m, g],
                    }
                )
    names = ("y_true", "y_pred", "group", "reference", "share", "reference_share", "estimate", "low", "high")
    table = pd.DataFrame(rows, columns=list(names))
    apart = np.maximum(table["low"].to_numpy(float), -table["high"].to_numpy(float))
    size = np.abs(table["estimate"].to_numpy(float))
    return table.iloc[np.lexsort((-size, -apart))].reset_index(drop=True)


def confusion_sections(
    confusion: pd.DataFrame, taken_for: pd.DataFrame, classes: Sequence[str], truth: str
) -> tuple[Section, ...]:
    """Tell the confusion of everyone and of each group of a single feature, and who is taken for whom.

    `truth` is what the class of a person is called.
    """
    sections = (_taken_for_section(taken_for, truth),) if len(taken_for) else ()
    return (_confusion_section(confusion, classes), *sections) if len(classes) <= MOST_CLASSES else sections


def _confusion_section(confusion: pd.DataFrame, classes: Sequence[str]) -> Section:
    rows: dict[tuple[Any, ...], dict[str, Any]] = {}
    for cell in records(confusion[[len(group) < 2 for group in confusion["group"]]]):
        key = (*cell["group"].items(), cell["y_true"])
        row = rows.setdefault(key, {"group": cell["group"], "y_true": cell["y_true"], "of": cell["of"]})
        row[f"predicted_{classes.index(cell['y_pred'])}"] = cell["share"]
    columns = (
        Column("group", "Group", "group"),
        Column("y_true", "True class"),
        Column("of", "People", "count"),
        *(Column(f"predicted_{i}", f"Predicted {clean(name, 40)}", "share") for i, name in enumerate(classes)),
    )
    sentence = (
        "Of the people of each group who are in a class, the share that is predicted each; a line adds up to all."
    )
    return Section("confusion", "Who is predicted what", (sentence,), columns, tuple(rows.values()))


def _taken_for_section(taken_for: pd.DataFrame, truth: str) -> Section:
    shown = records(taken_for.head(MOST_ROWS))
    sentences = [
        f"Of all {count(len(taken_for))} ways in which a group may be taken for another class more or less often than "
        "its reference, those that differ most. Each interval is by itself, and among so many some leave out 0 by "
        "chance: they describe, and show nothing."
    ]
    first = shown[0]
    if first["low"] * first["high"] > 0:
        whose = f"whose {clean(truth, 60)} is {clean(first['y_true'], 40)}"
        sentences.append(
            f"Farthest from 0: of {group_name(first['group'])} {whose}, "
            f"{100 * first['share']:.1f} % are taken for {clean(first['y_pred'], 40)}; of "
            f"{group_name(first['reference'])}, {100 * first['reference_share']:.1f} %."
        )
    columns = (
        Column("y_true", "True class"),
        Column("y_pred", "Taken for"),
        Column("group", "Group", "group"),
        Column("reference", "Against", "group"),
        Column("share", "Share", "share"),
        Column("reference_share", "Share of the other", "share"),
        Column("estimate", "Gap", "points", ("low", "high")),
    )
    return Section("taken_for", "Who is taken for whom", tuple(sentences), columns, tuple(shown))
