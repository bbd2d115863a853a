"""The figures of an audit, of a comparison of mitigations and of a step of a story, in sections."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from clear_verdicts import UNCLEAR, clear_in_words, with_clear_verdicts
from figure_lines import COUNTED, Kind, Section, sentence_lines, table_lines, written

from biasaudit.reporting.words.words import SECTION_VERDICTS

__all__ = [
    "audit_sections",
    "comparison_sections",
    "data_sections",
    "finding_lines",
    "frame_section",
    "line_sections",
    "reason_sections",
    "step_sections",
    "subgroup_sections",
]

KEYS = (
    "metric", "figure", "comparison", "kind", "sensitive_features", "index", "part", "cause", "mitigation", "way",
    "gap", "what", "column", "pattern", "group", "reference", "first", "second", "threshold", "score",
)  # fmt: skip
TABLES = ("groups", "left_out", "rates", "disparities", "inequality")
# Partly pooled rates stand in a section of their own.
POOLED = ("pooled", "pooled_low", "pooled_high")
# Of what is trained the logarithm of a p-value moves too far to be held to anything, and counts follow from shares.
UNHELD = ("p_value", "p_adjusted", "numerator", "denominator")
# Of a network these are now and then yes or no, a figure or none, by the last bit.
UNSURE = ("material", "smallest_detectable")
# What a model is trained for in the audit of a data set. Columns are shuffled, so a share moves with the last bits.
LEARNT = {"proxies": Kind(0.01)}
CRITERIA = ("one_threshold", "demographic_parity", "equal_opportunity", "equalized_odds", "greatest_benefit")


def audit_sections(title: str, audit: Any, kind: Kind = COUNTED) -> list[Section]:
    """Write headline, warnings, people, rates, disparities and findings of an audit."""
    report = audit.report()
    found = [f for f in report.findings if f.metric not in LEARNT]
    return [
        Section(f"{title}: headline", sentence_lines((report.headline,)), kind),
        Section(f"{title}: warnings", sentence_lines(report.warnings), kind),
        *(frame_section(f"{title}: {name.replace('_', ' ')}", getattr(report, name), kind) for name in TABLES),
        # What a network's audit finds is said in other words with every verdict; the verdicts stand in the table.
        Section(f"{title}: findings", () if kind.network else finding_lines(found), kind),
    ]


def reason_sections(title: str, audit: Any) -> list[Section]:
    """Write partly pooled rates, and what an audit of predictions says of why error rates differ."""
    report, rates = audit.report(), audit.rates().dropna(subset=["pooled"])
    said = [Section(f"{title}: section {s.name}", sentence_lines(s.sentences)) for s in report.sections]
    parts = [frame_section(f"{title}: why", audit.why())] if any(s.name == "why" for s in report.sections) else []
    return [Section(f"{title}: pooled rates", table_lines(rates[["metric", "group", *POOLED]], KEYS)), *said, *parts]


def data_sections(title: str, audit: Any) -> list[Section]:
    """Write the audit of a data set, with its parts."""
    parts, causes = [], audit.causes()
    for part in audit.report().sections:
        kind = LEARNT.get(part.name, COUNTED)
        lines = table_lines(audit.part(part.name), KEYS, _unheld(kind))
        parts.append(Section(f"{title}: part {part.name}", (*sentence_lines(part.sentences), *lines), kind))
    for name, kind in LEARNT.items():
        found = [f for f in audit.findings() if f.metric == name]
        said = (*finding_lines(found), *table_lines(causes[causes["cause"] == name], KEYS))
        parts.append(Section(f"{title}: what is said of {name}", said, kind))
    others = causes[~causes["cause"].isin(list(LEARNT))]
    return [*audit_sections(title, audit), *parts, frame_section(f"{title}: causes", others)]


def line_sections(title: str, audit: Any) -> list[Section]:
    """Write what every line on a score does, and which line each criterion takes."""
    chosen = [audit.choose(name) for name in CRITERIA]
    lines = (
        f"{one.criterion} | {written(one.thresholds)}: benefit={written(one.benefit)} gap={written(one.gap)}"
        for one in chosen
    )
    return [
        frame_section(f"{title}: sweep", audit.sweep()),
        frame_section(f"{title}: calibration", audit.calibration()),
        Section(f"{title}: chosen", tuple(lines)),
    ]


def subgroup_sections(title: str, audit: Any) -> list[Section]:
    """Write which subgroups fare differently."""
    return [*audit_sections(title, audit), frame_section(f"{title}: subgroups", audit.subgroups())]


def comparison_sections(title: str, comparison: Any, kind: Kind) -> list[Section]:
    """Write what mitigations mend and cost; seconds are others on every machine."""
    figures = comparison.to_frame()
    return [
        Section(f"{title}: warnings", sentence_lines(comparison.warnings), kind),
        frame_section(f"{title}: figures", figures[figures["figure"] != "seconds"], kind),
        frame_section(f"{title}: gains", comparison.gains(), kind),
        frame_section(f"{title}: front", comparison.pareto(), kind),
        Section(f"{title}: findings", finding_lines(comparison.findings()), kind),
    ]


def frame_section(title: str, frame: Any, kind: Kind = COUNTED) -> Section:
    """Write a table."""
    if kind.network:
        frame = with_clear_verdicts(frame)
    return Section(title, table_lines(frame, KEYS, _unheld(kind)), kind)


def _unheld(kind: Kind) -> Sequence[str]:
    return (*POOLED, *((*UNHELD, *UNSURE) if kind.network else UNHELD if kind.within else ()))


def finding_lines(findings: Iterable[Any], kind: Kind = COUNTED) -> tuple[str, ...]:
    """Write findings in their order, each with its verdict."""
    return tuple(f"[{_verdict(f.verdict, f.sentence, kind)}] {written(f.sentence)}" for f in findings)


def _verdict(verdict: str, words: str, kind: Kind) -> str:
    return verdict if not kind.network or clear_in_words(verdict, words) else UNCLEAR


def step_sections(title: str, step: Any, kind: Kind = COUNTED) -> list[Section]:
    """Write a step of a story: its sentences, its findings and its tables."""
    said = (*sentence_lines(step.unjudged), *finding_lines(step.findings, kind))
    sections = [Section(f"{title}: {step.question}", said, kind)]
    for table in step.tables:
        lines = (*sentence_lines(table.sentences), *(_cells(row, kind) for row in table.rows))
        sections.append(Section(f"{title}: table {table.name}", lines, kind))
    return sections


def _cells(row: Mapping[str, Any], kind: Kind) -> str:
    words = " | ".join(f"{name}: {written(value, name)}" for name, value in row.items() if name != "verdict")
    if not row.get("verdict"):
        return words
    said = [name for name, known in SECTION_VERDICTS.items() if known.label in row["verdict"]]
    held = not said or _verdict(said[0], words, kind) != UNCLEAR
    return f"{words} | verdict: {row['verdict'] if held else UNCLEAR}"
