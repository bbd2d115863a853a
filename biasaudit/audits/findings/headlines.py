"""The answer of an audit in one sentence: the same decision for all audits, in the words of each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from biasaudit.inference.verdicts import CANNOT_TELL, SHOWN, rank
from biasaudit.reporting.report import Finding
from biasaudit.reporting.words.text import clean

__all__ = ["Decision", "Phrases", "decided", "headline"]


@dataclass(frozen=True)
class Decision:
    """What an answer rests on.

    Parameters
    ----------
    shown : sequence
        Records of what is shown.
    unclear, questions : int
        Questions of which the data cannot tell, and all that were asked.
    """

    shown: Sequence[Any]
    unclear: int
    questions: int


@dataclass(frozen=True)
class Phrases:
    """The words in which a kind of audit answers.

    Parameters
    ----------
    shown : callable
        Says what is shown, from its records.
    none : str
        Says that nothing is shown, where something else cannot be told.
    nothing : callable
        Says that nothing is shown on any of so many questions.
    unclear : callable
        Says of how many questions the data cannot tell, from their number and that of all.
    """

    shown: Callable[[Sequence[Any]], str]
    none: str
    nothing: Callable[[int], str]
    unclear: Callable[[int, int], str] = lambda unclear, questions: f"{unclear} of {questions} questions"


def decided(
    records: Sequence[Finding], *, material: bool = False, key: Callable[[Finding], Any] = lambda one: one.question
) -> Decision:
    """Take the records of all questions together; with `material`, what is too small to matter is not shown.

    A question, which `key` tells, is asked once, however many records answer it: it is as clear as the clearest.
    """
    shown = [one for one in records if (one.matters if material else one.verdict == SHOWN)]
    verdicts: dict[Any, list[str]] = {}
    for one in records:
        verdicts.setdefault(key(one), []).append(one.verdict)
    unclear = sum(min(found, key=rank) == CANNOT_TELL for found in verdicts.values())
    return Decision(shown, unclear, len(verdicts))


def headline(decision: Decision, phrases: Phrases, positive: str = "") -> str:
    """Answer in one sentence, and name which value counts as positive where one does.

    Examples
    --------
    >>> phrases = Phrases(lambda shown: "A gap is shown", "No gap is shown", lambda asked: "No gap is shown at all")
    >>> headline(Decision((), 2, 3), phrases, "invited = yes")
    'No gap is shown (positive: invited = yes), but the data cannot tell for 2 of 3 questions: that is not a clean ...'
    """
    named = f" (positive: {clean(positive, 130)})" if positive else ""
    if decision.shown:
        return f"{phrases.shown(decision.shown)}{named}."
    if decision.unclear:
        of_all = phrases.unclear(decision.unclear, decision.questions)
        return f"{phrases.none}{named}, but the data cannot tell for {of_all}: that is not a clean bill of health."
    return f"{phrases.nothing(decision.questions)}{named}."
