"""The findings of the audit of a data set in the order they matter, and the answer in one sentence."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from biasaudit.audits.data._artefacts import ARTEFACT
from biasaudit.audits.data._dummies import named_together
from biasaudit.audits.data._wrong_labels import LABEL_BIAS, REMAINS
from biasaudit.audits.data.equal_features import ADJUSTED
from biasaudit.audits.data.missing import VALUES
from biasaudit.audits.findings.findings import left_out
from biasaudit.audits.findings.gap_words import clause_of
from biasaudit.audits.findings.headlines import Phrases, decided, headline
from biasaudit.audits.parts import Part
from biasaudit.inference.verdicts import SHOWN, rank
from biasaudit.metrics.outcome_words import OutcomeWords
from biasaudit.reporting.report import Finding, MetricText, Record
from biasaudit.reporting.words.text import clean
from biasaudit.reporting.words.words import listed

__all__ = ["data_headline", "in_order", "part_texts"]

# The question that was asked comes first and where its answer comes from, then what casts doubt on the data.
ORDER = (
    "base_rate",
    "reversals",
    "interplay",
    "verified",
    "equal_features",
    "representation",
    "artefacts",
    "proxies",
    "missing",
)
DOUBTS = ("artefacts", "proxies", "missing")
VERIFIED = {
    LABEL_BIAS: "labels that wrong one group more",
    REMAINS: "a gap that remains where labels are corrected",
}
MOST_REPORTED = 4
MEANINGS = {
    "representation": ("Representation", "share of the data over the share of the population"),
    "equal_features": ("Gap at equal features", "what remains of a gap among people who are alike in the features"),
    "reversals": ("Reversal", "a gap that turns round within the levels of a column"),
    "interplay": ("Interplay", "how a gap by one feature differs between the groups of another"),
    "proxies": ("Proxies", "how well other columns tell the groups apart"),
    "missing": ("Missing values", "values that are missing more often in one group"),
    "artefacts": ("Artefact", "a stretch of a column in which all labels agree"),
    "verified": ("Verified labels", "what labels that were checked say of those that were not"),
}


def part_texts(parts: Sequence[Part]) -> dict[str, MetricText]:
    """Return words for each part, as for a metric."""
    return {part.name: MetricText(*MEANINGS[part.name], "") for part in parts if part.name in MEANINGS}


def in_order(gaps: Sequence[Finding], parts: Sequence[Part]) -> tuple[Finding, ...]:
    """Put findings of the parts among those on gaps: what is shown and matters first, doubts after what was asked."""
    everything = [*gaps, *(finding for part in parts for finding in part.findings())]

    def importance(finding: Finding) -> tuple[int, ...]:
        order = ORDER.index(finding.metric) if finding.metric in ORDER else len(ORDER)
        small = finding.verdict == SHOWN and not finding.matters
        section, several = finding.kind == "section", len(finding.group) > 1
        # What was asked is answered before leaks and missing values are told, even if the data cannot tell.
        single = not section and not several
        first = 0 if finding.matters and finding.metric not in DOUBTS else 1 if single else 2
        return first, rank(finding.verdict), small, not section and several, order

    return tuple(sorted(everything, key=importance))


def data_headline(
    gaps: Sequence[Finding],
    parts: Sequence[Part],
    metrics: Mapping[str, MetricText],
    words: OutcomeWords,
    label: str,
    *,
    positive: str = "",
    confidence: float = 0.95,
) -> str:
    """Answer in one sentence what a model that learns from these data would learn."""
    shown = {part.name: part.shown() for part in parts}
    first = [one for one in gaps if one.matters][:1]
    in_label = _gaps(gaps, label)
    if first:
        in_label = [f"{in_label[0]}: {clause_of(first[0], metrics[first[0].metric], words, confidence)}"]
    items = [*in_label, *_collected(shown), *_of_gaps(shown), *_of_columns(shown)]
    more = f"; and {len(items) - MOST_REPORTED} more" if len(items) > MOST_REPORTED else ""
    phrases = Phrases(
        lambda shown: f"Before any model, these data show {'; '.join(shown[:MOST_REPORTED])}{more}{left_out(gaps)}",
        f"No bias is shown{left_out(gaps)}",
        lambda questions: (
            f"No bias is shown on any of {questions} questions, and no gap large enough to matter{left_out(gaps)}"
        ),
    )
    decision = decided([*gaps, *(finding for part in parts for finding in part.findings())], material=True)
    # A part may show what it does not tell, and tell what no headline names.
    return headline(replace(decision, shown=items), phrases, positive)


def _collected(shown: dict[str, list[Record]]) -> list[str]:
    rows = shown.get("artefacts", [])
    artefacts = _columns(row for row in rows if row["what"] == ARTEFACT)
    away = _columns(row for row in rows if row["what"] != ARTEFACT)
    items = [f"an artefact of collection in {listed(artefacts, 3)}"] if artefacts else []
    return items + ([f"the label given away by {listed(away, 3)}"] if away else [])


def _gaps(gaps: Sequence[Finding], label: str) -> list[str]:
    shown = [f for f in gaps if f.matters]
    single = [f for f in shown if len(f.group) == 1] or shown
    names = dict.fromkeys(" × ".join(clean(name) for name in finding.group) for finding in single)
    return [f"a gap in {clean(label)} by {listed(names, 4)}"] if names else []


def _of_gaps(shown: dict[str, list[Record]]) -> list[str]:
    """Name where gaps come from."""
    turned = _columns(shown.get("reversals", []))
    items = [f"a gap that turns round within {listed(turned, 3)}"] if turned else []
    if shown.get("interplay"):
        items.append(
            f"a gap by {_features(shown['interplay'])} that depends on {_features(shown['interplay'], 'first')}"
        )
    remaining = [row for row in shown.get("equal_features", []) if row["what"] == ADJUSTED]
    if remaining and not shown.get("verified"):
        items.append(f"label bias or a cause nobody measured by {_features(remaining)}")
    items += [VERIFIED[what] for what in dict.fromkeys(row["what"] for row in shown.get("verified", []))]
    if shown.get("representation"):
        items.append(f"shares unlike the population's by {_features(shown['representation'])}")
    return items


def _of_columns(shown: dict[str, list[Record]]) -> list[str]:
    """Name what is odd about other columns."""
    items = []
    if shown.get("proxies"):
        items.append(f"columns that give {_features(shown['proxies'])} away")
    missing = dict.fromkeys(row["column"] for row in shown.get("missing", []) if row["what"] == VALUES)
    return items + ([f"values missing unevenly in {listed(missing, 3)}"] if missing else [])


def _columns(rows: Iterable[Record]) -> list[str]:
    """Name the columns that rows are about, the dummies of one as one."""
    sources = {row["column"]: row["source"] for row in rows}
    return named_together(sources, sources)


def _features(rows: Sequence[Record], side: str = "group") -> str:
    return listed(dict.fromkeys(" × ".join(row[side]) for row in rows), 4)
