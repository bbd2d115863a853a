"""Tables that law or practice asks for, filled from an audit: each says where it comes from and judges nothing."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from biasaudit.counts.values import MISSING
from biasaudit.errors import AuditError
from biasaudit.inference.intervals.closed_form import koopman
from biasaudit.inference.testing.hypothesis_tests import fisher_exact
from biasaudit.metrics.measure_names import parted
from biasaudit.metrics.moments import Moment
from biasaudit.metrics.registry import row_of
from biasaudit.metrics.wilson import critical_value
from biasaudit.policy._tables import of_report
from biasaudit.policy.document import ABOVE_MEDIAN
from biasaudit.reporting.report import Column, Section
from biasaudit.reporting.words.text import number, percent

if TYPE_CHECKING:
    from biasaudit.policy.document import Sheet
    from biasaudit.policy.rulebook import Policy
    from biasaudit.reporting.report import Report

__all__ = ["FOUR_FIFTHS", "UNKNOWN", "impact_rows", "sheet_sections"]

FOUR_FIFTHS = 0.8
# Rounding errors put no exact four fifths under them.
SAME = 1e-9
# Values by which people say that they do not say, or a form that it does not know.
UNKNOWN = (
    MISSING,
    "unknown",
    "not disclosed",
    "undisclosed",
    "prefer not to say",
    "decline to answer",
    "not specified",
)
GROUP = Column("group", "Group", "group")


def sheet_sections(policy: Policy, report: Report) -> tuple[Section, ...]:
    """Lay out the tables that a policy asks for.

    Raises
    ------
    AuditError
        If the audit cannot fill them.
    """
    sheet = policy.document.sheet
    if sheet is None:
        return ()
    if sheet.name == "ai_act_article_10":
        from biasaudit.policy._ai_act import evidence_sheet

        return evidence_sheet(report)
    if any(parted(name)[1] for name in report.rates["metric"]):
        raise policy.wrong(
            ("sheet", "name"),
            "the table is of a yes or no, and these decisions have several classes. Name the one that counts as "
            "selected with pos_label.",
        )
    if any(isinstance(row_of(name), Moment) for name in report.rates["metric"].unique()):
        raise policy.wrong(
            ("sheet", "name"),
            "the table is of a yes or no, and this outcome is a number. Say who counts as selected with positive, such "
            'as positive = "score>=10".',
        )
    if not any(report.rates["metric"] == "selection_rate"):
        raise policy.wrong(
            ("sheet", "name"),
            "the table needs decisions, and this audit has none. Name y_pred, or score with a threshold.",
        )
    return _four_fifths(sheet, report) if sheet.name == "four_fifths" else _local_law(sheet, report)


def impact_rows(report: Report, features: tuple[str, ...], apart_below: float = 0.0) -> list[dict[str, Any]]:
    """Hold the selection rate of every category of a split against that of the most selected one.

    Parameters
    ----------
    report : Report
    features : tuple of str
    apart_below : float
        Categories that are a smaller share of all rows than this are set apart: they get no impact ratio, and none is
        held against them. So are categories that are unknown.

    Returns
    -------
    list of dict
        group, status ("", "set apart" or "unknown"), rows, selected, rate, ratio with low and high, deviations (of
        the difference, in standard errors if both rates were one), p_value (Fisher).

    References
    ----------
    29 CFR 1607.4(D); 6 RCNY § 5-301; Hazelwood School District v. United States, 433 U.S. 299 (1977), note 14.
    """
    tables = of_report(report)
    sizes = tables.sizes(features)
    rates = {
        frozenset(row["group"].items()): row
        for row in tables.rates
        if row["metric"] == "selection_rate" and frozenset(row["group"].items()) in sizes
    }
    rows = []
    for key, size in sizes.items():
        row = rates[key]
        unknown = any(level.casefold() in UNKNOWN for _, level in key)
        status = "unknown" if unknown else "set apart" if size < apart_below * report.rows else ""
        rows.append(
            {
                "group": row["group"],
                "status": status,
                "rows": row["denominator"],
                "selected": row["numerator"],
                "rate": row["estimate"],
            }
        )
    return _against_highest(rows, report)


def _against_highest(rows: list[dict[str, Any]], report: Report) -> list[dict[str, Any]]:
    rows = [row for row in rows if row["rows"]]
    counted = [row for row in rows if not row["status"] and row["rate"] == row["rate"]]
    if not counted:
        raise AuditError("No category is left to compare: all are unknown or set apart. Check the sensitive features.")
    best = max(counted, key=lambda row: (row["rate"], row["rows"]))
    x1, n1, x2, n2 = np.array([(r["selected"], r["rows"], best["selected"], best["rows"]) for r in rows], float).T
    low, high = koopman(x1, n1, x2, n2, critical=_critical(report))
    pooled = (x1 + x2) / (n1 + n2)
    with np.errstate(invalid="ignore", divide="ignore"):
        ratio = (x1 / n1) / (x2 / n2)
        deviations = (x1 / n1 - x2 / n2) / np.sqrt(pooled * (1 - pooled) * (1 / n1 + 1 / n2))
    exact = fisher_exact(x1, n1, x2, n2)
    out = []
    for at, row in enumerate(rows):
        shown = not row["status"] and best["rate"] > 0
        own, tested = row is best, shown and row is not best and not _weighted(report)
        out.append(
            row
            | {
                "ratio": _or_nan(ratio[at], shown),
                "low": _or_nan(low[at], shown and not own),
                "high": _or_nan(high[at], shown and not own),
                "deviations": _or_nan(deviations[at], tested),
                "p_value": _or_nan(exact[at], tested),
            }
        )
    return sorted(out, key=lambda row: (row["status"], -row["rows"]))


def _critical(report: Report) -> Any:
    return critical_value(float(report.settings.get("confidence") or 0.95))


def _or_nan(value: Any, shown: bool) -> float:
    return float(value) if shown else math.nan


def _weighted(report: Report) -> bool:
    return bool(report.settings.get("sample_weight") or report.settings.get("cluster"))


def _splits(report: Report) -> list[tuple[str, ...]]:
    return of_report(report).splits


def _four_fifths(sheet: Sheet, report: Report) -> tuple[Section, ...]:
    columns = (
        GROUP,
        Column("rows", "Rows", "count"),
        Column("selected", "Selected", "count"),
        Column("rate", "Selection rate", "share"),
        Column("ratio", "To the highest", "number", ("low", "high")),
        Column("below", "Under 4/5"),
        Column("deviations", "Standard deviations", "number"),
        Column("p_value", "Fisher's p", "p_value"),
        Column("status", ""),
    )
    sections = []
    for features in [split for split in _splits(report) if len(split) == 1]:
        rows = impact_rows(report, features, sheet.set_apart_below)
        for row in rows:
            row["below"] = "" if math.isnan(row["ratio"]) else "yes" if row["ratio"] < FOUR_FIFTHS - SAME else "no"
        best = max((row for row in rows if row["ratio"] == 1), key=lambda row: row["rows"], default=None)
        where = f"Each selection rate is held against the highest, {percent(best['rate'])}. " if best else ""
        sentences = (
            f"{where}Under four fifths is where the guidelines look closer; a difference of more than two standard "
            "deviations, or a small p, says that chance is not the likely cause.",
            *_cautions(sheet, report, rows),
        )
        sections.append(
            Section(
                f"four_fifths_{'_'.join(features)}", f"Four fifths by {features[0]}", sentences, columns, tuple(rows)
            )
        )
    return tuple(sections)


def _local_law(sheet: Sheet, report: Report) -> tuple[Section, ...]:
    scored = report.settings.get("threshold") == ABOVE_MEDIAN
    rate = "Scoring rate" if scored else "Selection rate"
    columns = (
        GROUP,
        Column("rows", "Applicants", "count"),
        Column("selected", "Above the median" if scored else "Selected", "count"),
        Column("rate", rate, "share"),
        Column("ratio", "Impact ratio", "number", ("low", "high")),
        Column("status", ""),
    )
    sections = []
    for features in _splits(report):
        rows = impact_rows(report, features, sheet.set_apart_below)
        unknown = sum(row["rows"] for row in rows if row["status"] == "unknown")
        sentences = (
            f"{number(unknown, 0)} people are in an unknown category; they are listed and get no impact ratio.",
            *_cautions(sheet, report, rows),
            *_missing_splits(report, features),
        )
        by = " × ".join(features)
        sections.append(
            Section(f"local_law_144_{'_'.join(features)}", f"Impact ratios by {by}", sentences, columns, tuple(rows))
        )
    return tuple(sections)


def _missing_splits(report: Report, features: tuple[str, ...]) -> tuple[str, ...]:
    splits = _splits(report)
    single = sum(len(split) == 1 for split in splits)
    if single == 2 or features != splits[0]:
        return ()
    found = "one feature alone" if single == 1 else f"{single} features, and crosses them all"
    return (f"The rules ask for sex, race/ethnicity and their intersections: this audit names {found}.",)


def _cautions(sheet: Sheet, report: Report, rows: list[dict[str, Any]]) -> tuple[str, ...]:
    apart = [row for row in rows if row["status"] == "set apart"]
    sentences = []
    if apart:
        sentences.append(
            f"{len(apart)} categories are under {percent(sheet.set_apart_below)} of the rows and set apart: "
            f"{sheet.set_apart_reason}"
        )
    if _weighted(report):
        sentences.append(
            "Rows carry weights or come in clusters: counts are sums of them, the intervals here take rows for "
            "independent, and no test is made. The rules above respect both."
        )
    return tuple(sentences)
