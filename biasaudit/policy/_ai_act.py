"""The evidence sheet for Article 10(2)(f) and (g) of the EU AI Act: what data show, and blanks for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from biasaudit.names import clean
from biasaudit.reporting.report import Column, Section
from biasaudit.reporting.words.words import SECTION_VERDICTS

if TYPE_CHECKING:
    from biasaudit.reporting.report import Finding, Report

__all__ = ["evidence_sheet"]

BLANK = "(to be answered by a person)"
NOTHING = "Not examined: the audit could not ask this of these data."
MOST = 3
# Question, and the parts of an audit of data that answer it; none where only people can.
EXAMINED: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("Who is in the data, and who is missing?", ("representation",)),
    ("Do labels differ between groups?", ("base_rate",)),
    ("Do labels differ between people who are alike otherwise?", ("equal_features", "reversals", "interplay")),
    ("Which columns stand in for a protected group?", ("proxies",)),
    ("Is anything missing more often for one group?", ("missing",)),
    ("Has the collection of the data left traces in the labels?", ("artefacts",)),
    ("How many labels would have to be wrong?", ("label_errors", "verified")),
    ("Which biases are likely to affect health, safety or fundamental rights, and whom do they harm?", ()),
    ("Which of them would lead to discrimination that Union law prohibits?", ()),
    ("Do outputs of the system become inputs later (feedback loops)?", ()),
    ("Which groups do the data not name, and why?", ()),
)
MEASURES: tuple[tuple[str, str], ...] = (
    ("Detect", "biasaudit audits the data (this sheet) and predictions; a policy file gates each release."),
    ("Prevent", ""),
    ("Mitigate", ""),
    ("Who decided on these measures, when, and who checks that they work?", ""),
)


def evidence_sheet(report: Report) -> tuple[Section, ...]:
    """Fill the sheet from the findings of an audit of data.

    Parameters
    ----------
    report : Report
        Of :func:`biasaudit.audit_dataset`.

    References
    ----------
    Regulation (EU) 2024/1689, Article 10(2)(f) and (g).
    """
    verdicts = [
        {"question": question, "verdict": verdict, "answer": answer}
        for question, parts in EXAMINED
        for verdict, answer in _answers(report, parts)
    ]
    measures = [{"measure": name, "answer": text or BLANK} for name, text in MEASURES]
    return (
        Section(
            "ai_act_10_2_f",
            "Article 10(2)(f): possible biases examined",
            ("What the data show stands with its verdict; “cannot tell” is not a no.",),
            (
                Column("question", "Question", "prose"),
                Column("verdict", "Verdict", "verdict"),
                Column("answer", "Answer", "prose"),
            ),
            tuple(verdicts),
        ),
        Section(
            "ai_act_10_2_g",
            "Article 10(2)(g): measures to detect, prevent and mitigate",
            ("The measures are a decision of people, which no audit takes.",),
            (Column("measure", "Measure", "prose"), Column("answer", "Answer", "prose")),
            tuple(measures),
        ),
    )


def _answers(report: Report, parts: tuple[str, ...]) -> list[tuple[str, str]]:
    if not parts:
        return [("", BLANK)]
    found = [finding for finding in report.findings if finding.metric in parts]
    if found:
        more = len(found) - MOST
        answers = [(finding.verdict, _sentence(finding)) for finding in found[:MOST]]
        return [*answers, *([("", f"And {more} more in the report.")] if more > 0 else [])]
    sentences = [section.sentences[0] for section in report.sections if section.name in parts and section.sentences]
    return [("", clean(sentences[0], 400) if sentences else NOTHING)]


def _sentence(finding: Finding) -> str:
    return clean(finding.sentence, 600) if finding.verdict in SECTION_VERDICTS else ""
