"""Rates and gaps among people who are alike in the features that were named to be held equal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from biasaudit.audits.chosen import EVERYTHING, Chosen
from biasaudit.audits.families import Family, families, measures_of
from biasaudit.audits.findings.phrases import against, immaterial, points_interval
from biasaudit.audits.parts import Part, judge
from biasaudit.counts.table.crosstab import Crosstab
from biasaudit.counts.table.headers import MAX_GROUPS
from biasaudit.errors import AuditError
from biasaudit.inference.strata.within_strata import (
    EligibleCells,
    StratifiedComparison,
    compare_within,
    eligible_cells,
    standardise_rate,
)
from biasaudit.inference.verdicts import NOT_SHOWN, SHOWN
from biasaudit.metrics.primary import Primary
from biasaudit.metrics.rates import Rate, available_rates
from biasaudit.reporting.report import Column, MetricText, Record
from biasaudit.reporting.words.text import clean, count, percent, points
from biasaudit.reporting.words.words import listed

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["CONTROLLED", "CONTROLLED_COLUMNS", "GAPS", "Controls", "check_controls"]

CONTROLLED = MetricText("Gap at equal control features", "the gap among people alike in the control features", "")
GAPS, RATES = "controlled", "controlled_rates"
CONTROLLED_COLUMNS = (
    "metric", "comparison", "sensitive_features", "group", "reference", "crude", "estimate", "low", "high", "strata",
    "covered", "p_value", "p_adjusted", "material", "verdict", "reason",
)  # fmt: skip
# Groups of fewer rows are not held against others.
FEWEST = 10
# A rate of less of everyone is no rate for everyone.
MOSTLY = 0.9
GAP_COLUMNS = (
    Column("label", "Rate"),
    Column("group", "Group", "group"),
    Column("reference", "Against", "group"),
    Column("crude", "Points in all", "points"),
    Column("estimate", "Points within strata", "points", ("low", "high")),
    Column("ratio", "Ratio within strata", "number", ("ratio_low", "ratio_high")),
    Column("strata", "Strata with both", "count"),
    Column("covered", "Of their people", "share"),
    Column("p_adjusted", "p, adjusted", "p_value"),
    Column("verdict", "Verdict", "verdict"),
)
RATE_COLUMNS = (
    Column("label", "Rate"),
    Column("group", "Group", "group"),
    Column("crude", "In all", "share"),
    Column("estimate", "Standardised", "share", ("low", "high")),
    Column("covered", "Of everyone, in its strata", "share"),
    Column("reason", "Why there is none"),
)


@dataclass(frozen=True, eq=False)
class Controls:
    """What an audit says of people who are alike in its control features.

    Parameters
    ----------
    table : Crosstab
        Binary table of counts with strata.
    names : tuple of str
        Control features.
    reference : mapping of str to str
    confidence : float
    primary : Primary
        Whose gaps are told.
    metrics : Chosen
        Which rates are asked.
    """

    table: Crosstab
    names: tuple[str, ...]
    reference: Mapping[str, str]
    confidence: float
    primary: Primary = field(default_factory=Primary)
    metrics: Chosen = EVERYTHING

    @cached_property
    def parts(self) -> tuple[Part, ...]:
        """Gaps within strata, judged, and rates standardised over them."""
        return judge((self._gaps, self._standardised), 1 - self.confidence)

    @cached_property
    def _splits(self) -> list[Family]:
        """The ways to split people of which the table holds all groups of all strata."""
        assert self.table.strata is not None
        found = families(self.table.without_strata(), self.reference)
        return [one for one in found if len(one.groups) * len(self.table.strata) <= MAX_GROUPS]

    def _eligible_cells(self) -> Iterator[tuple[Family, Rate, EligibleCells]]:
        rates = self.metrics.of(available_rates(self.table.y_true is not None, self.table.y_pred is not None))
        for family in self._splits:
            split = self.table.rollup(family.table.features).without_scores()
            for rate in rates:
                if rate.transform is None:
                    yield family, rate, eligible_cells(split, rate)

    @cached_property
    def _gaps(self) -> Part:
        rows: list[Record] = []
        for family, rate, cells in self._eligible_cells():
            for group, n_people in enumerate(family.rows.tolist()):
                if group != family.reference and n_people >= FEWEST:
                    rows += _gap_rows(family, rate, cells, group, self.confidence)
        return Part(
            GAPS,
            f"Gaps among people with equal {listed(self.names)}",
            tuple(rows),
            GAP_COLUMNS,
            to_sentence=self._sentence,
            reported=lambda rows: _reported(rows, self.primary),
            sentences=(self._how,),
            in_table=lambda row: row["comparison"] == "difference",
        )

    @property
    def _how(self) -> str:
        assert self.table.strata is not None
        return (
            f"People are alike who share {listed(self.names)}: {count(len(self.table.strata))} strata. Each stratum is "
            "weighed by what it can tell (Mantel and Haenszel). Half of the chance of a false alarm is spent here."
        )

    @cached_property
    def _standardised(self) -> Part:
        rows = [
            _rate_row(family, rate, cells, group, self.confidence)
            for family, rate, cells in self._eligible_cells()
            for group in np.flatnonzero(family.rows).tolist()
        ]
        how = (
            "What the rate of each group would be if its people were spread over the strata as everyone is whom the "
            f"rate is about. A group that has nobody in the strata of more than {percent(1 - MOSTLY)} of them has none."
        )
        title = f"Rates standardised over {listed(self.names)}"
        return Part(
            RATES,
            title,
            tuple(rows),
            RATE_COLUMNS,
            to_sentence=self._sentence,
            reported=lambda rows: (),
            sentences=(how,),
        )

    def _sentence(self, row: Record) -> str:
        start = f"{row['label']}, {against(row)}, among people with equal {listed(self.names, 4)}: "
        if np.isnan(row["low"]):
            return f"{start}the data cannot tell, since {row['reason']}."
        left = f"{points(row['estimate'])} points ({points_interval(row)})"
        crude = f"in all, it is {points(row['crude'])} points"
        if row["verdict"] == SHOWN:
            small = immaterial(row["material"])
            return f"{start}a gap of {left} is left, more than chance explains{small}; {crude}."
        if row["verdict"] == NOT_SHOWN:
            return f"{start}no gap beyond 5 points is left: {left}; {crude}."
        return f"{start}the data cannot tell whether a gap is left: {left}; {crude}."

    def disparities(self) -> pd.DataFrame:
        """Lay out standardised rates and gaps within strata, tidy."""
        import pandas as pd

        rows = [row for part in reversed(self.parts) for row in part.rows]
        return pd.DataFrame([{name: row[name] for name in CONTROLLED_COLUMNS} | _kind(row) for row in rows])

    def by_stratum(self) -> pd.DataFrame:
        """Lay out the rates of every group in every stratum, tidy."""
        import pandas as pd

        from biasaudit.audits.predictions.rate_table import rate_table

        assert self.table.strata is not None
        tables = []
        for at, stratum in enumerate(self.table.strata):
            inside = self.table.in_stratum(at).without_scores()
            measures = measures_of(inside, self.metrics)
            everyone = Family(inside.rollup(()), measures)
            splits = tuple(Family(inside.rollup(f.table.features), measures) for f in self._splits)
            rates = rate_table(everyone, splits, self.confidence, self.metrics)
            rates.insert(1, "stratum", [stratum] * len(rates))
            tables.append(rates[rates["denominator"] > 0])
        return pd.concat(tables, ignore_index=True)


def _kind(row: Record) -> dict[str, Any]:
    """Call a row that is not judged what it is: a rate."""
    return {"comparison": "rate", "material": None} if row["comparison"] == "nothing" else {}


def check_controls(request: Any) -> None:
    """Refuse control features that say what is compared, or of whom."""
    for role in ("sensitive_features", "y_true", "y_pred", "sample_weight", "cluster", "count"):
        names = request.columns.get(role, ())
        for name in request.columns.get("control_features", ()):
            if name in ((names,) if isinstance(names, str) else names):
                raise AuditError(
                    f'control_features names "{clean(name)}", which is {role} as well. Name columns that people are '
                    "alike in."
                )


def _gap_rows(family: Family, rate: Rate, cells: EligibleCells, group: int, confidence: float) -> list[Record]:
    found: StratifiedComparison = compare_within(cells, group, family.reference, confidence)
    with np.errstate(invalid="ignore", divide="ignore"):
        one, other = (cells.cases[g].sum() / cells.among[g].sum() for g in (group, family.reference))
        crude_ratio = one / other
    question = min(rate.name, rate.complement) if rate.complement else rate.name
    reason = "" if found.strata else "no stratum holds both groups"
    if found.too_few:
        reason = "too few are counted within strata, or nearly all"
    elif found.strata and np.isnan(found.difference_low):
        reason = "only one cluster, so its uncertainty is unknown"
    shared = {
        "metric": rate.name,
        "label": rate.label,
        "sensitive_features": family.table.features,
        "group": family.groups[group],
        "reference": family.groups[family.reference],
        "strata": found.strata,
        "covered": found.covered,
        "p_value": found.p_value,
        "reason": reason,
        "hypothesis": (family.table.features, group, question),
        "n_people": int(family.rows[group]),
        "ratio": found.ratio,
        "ratio_low": found.ratio_low,
        "ratio_high": found.ratio_high,
    }
    return [
        shared
        | {
            "comparison": "difference",
            "crude": one - other,
            "estimate": found.difference,
            "low": found.difference_low,
            "high": found.difference_high,
        },
        shared
        | {
            "comparison": "ratio",
            "crude": crude_ratio,
            "estimate": found.ratio,
            "low": found.ratio_low,
            "high": found.ratio_high,
        },
    ]


def _rate_row(family: Family, rate: Rate, cells: EligibleCells, group: int, confidence: float) -> Record:
    found = standardise_rate(cells, group, confidence)
    crude = cells.cases[group].sum() / cells.among[group].sum() if cells.among[group].sum() > 0 else np.nan
    reason, row = "", {"estimate": found.estimate, "low": found.low, "high": found.high}
    if not found.covered:
        reason = rate.undefined
    elif found.covered < MOSTLY:
        reason = f"its people are in the strata of {percent(found.covered)} of everyone"
        row = dict.fromkeys(row, np.nan)
    elif np.isnan(found.low):
        reason = "only one cluster, so its uncertainty is unknown"
    return row | {
        "metric": rate.name,
        "label": rate.label,
        "comparison": "nothing",
        "sensitive_features": family.table.features,
        "group": family.groups[group],
        "reference": {},
        "crude": crude,
        "covered": found.covered,
        "reason": reason,
        "strata": int((cells.among[group] > 0).sum()),
        "p_value": np.nan,
    }


def _reported(rows: Sequence[Record], primary: Primary) -> Sequence[Record]:
    """Tell of the metrics that come first every pair that is shown; where none is, the pair of most people."""
    by_question: dict[Any, list[Record]] = {}
    for row in rows:
        first = row["metric"] == "base_rate" or primary.comes_first(row["metric"])
        if row["comparison"] == "difference" and first and len(row["group"]) == 1:
            by_question.setdefault((row["metric"], row["sensitive_features"]), []).append(row)
    reported: list[Record] = []
    for found in by_question.values():
        shown = [row for row in found if row["verdict"] == SHOWN]
        reported += shown or [max(found, key=lambda row: row["n_people"])]
    return reported
