"""What decisions and labels mean to people, in their own words: declared once, by a data card or by the caller."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from biasaudit.errors import AuditError, nearest
from biasaudit.metrics.metric import Metric
from biasaudit.metrics.moments import Moment

__all__ = ["OutcomeWords", "read_words"]

GOOD_OUTCOMES = ("positive", "negative")
MAX_LENGTH = 80


@dataclass(frozen=True)
class OutcomeWords:
    """What a sentence calls people, what was decided about them, and what is true of them.

    Parameters
    ----------
    people : str
        Whom the rows are about, such as "applicants".
    selected, rejected : str
        What a positive and a negative decision does, such as "were invited" and "were turned down".
    positive, negative : str
        What a positive and a negative label says, such as "were right for the job" and "were not".
    good : {"positive", "negative", ""}
        Which outcome is good for people; empty where nobody has said so. Of a number, "positive" says that more of it
        is good.
    outcome : str
        What an outcome that is a number is called, such as "wage".

    Examples
    --------
    >>> OutcomeWords(selected="were invited").selected
    'were invited'
    """

    people: str = "people"
    selected: str = "were predicted positive"
    rejected: str = "were predicted negative"
    positive: str = "have a positive label"
    negative: str = "have a negative label"
    good: str = ""
    outcome: str = "outcome"

    def describes(self, row: Metric) -> bool:
        """Say whether somebody said what happens to those whom a metric counts."""
        return self.event(row) != OutcomeWords().event(row)

    def without_decisions(self, declared: Mapping[str, str] | None) -> OutcomeWords:
        """Keep of decisions what the caller said: a data card tells of those that were made, and these are others.

        Examples
        --------
        >>> OutcomeWords(people="applicants", selected="were invited").without_decisions(None).selected
        'were predicted positive'
        """
        defaults = OutcomeWords()
        return replace(
            self, **{name: (declared or {}).get(name, getattr(defaults, name)) for name in ("selected", "rejected")}
        )

    def event(self, row: Metric) -> str:
        """Say what happened to those whom a metric counts; nothing where it counts no people.

        Examples
        --------
        >>> from biasaudit.metrics.registry import row_of
        >>> OutcomeWords(rejected="were turned down").event(row_of("false_negative_rate"))
        'were turned down'
        """
        return self._filled(row.event)

    def eligible(self, row: Metric) -> str:
        """Say of whom a metric counts, with a blank before it; nothing where it is everyone."""
        return f" who {self._filled(row.eligible)}" if row.eligible else ""

    def _filled(self, template: str) -> str:
        phrases: dict[str, str] = {
            name: getattr(self, name) for name in ("selected", "rejected", "positive", "negative")
        }
        return phrases.get(template, template)

    def harm(self, row: Metric) -> str:
        """Say which direction of a metric harms: as its row says, or as the good outcome says; empty where none does.

        Examples
        --------
        >>> from biasaudit.metrics.registry import row_of
        >>> OutcomeWords(good="positive").harm(row_of("selection_rate")), OutcomeWords().harm(row_of("base_rate"))
        ('low', '')
        """
        amount = isinstance(row, Moment) and row.told in ("have", "is")
        if row.harm or not (amount or row.event in ("selected", "positive")):
            return row.harm
        return {"positive": "low", "negative": "high", "": ""}[self.good]


def read_words(words: Any, declared: Mapping[str, str] | None = None) -> OutcomeWords:
    """Read what the caller says, and fill what was left out from the data card's own.

    Parameters
    ----------
    words : mapping of str to str, or None
        What the caller says.
    declared : mapping of str to str, optional
        What the data card says.

    Returns
    -------
    OutcomeWords

    Raises
    ------
    AuditError
        If `words` is no mapping, names something else, or says something that is no short text.

    Examples
    --------
    >>> read_words({"selected": "were invited"}, {"people": "applicants"}).people
    'applicants'
    """
    names = [field.name for field in fields(OutcomeWords)]
    if words is not None and not isinstance(words, Mapping):
        raise AuditError(
            f'words must be a mapping, not a {type(words).__name__}. Give words={{"selected": "were invited"}}.'
        )
    given = {str(name): phrase for name, phrase in {**(declared or {}), **(words or {})}.items()}
    for name, phrase in given.items():
        if name not in names:
            raise AuditError(f'words has no "{name}".{nearest(name, names)} Words: {", ".join(names)}.')
        if not isinstance(phrase, str) or not phrase.strip() or len(phrase) > MAX_LENGTH:
            raise AuditError(f'words["{name}"] must be a text of 1 to {MAX_LENGTH} characters, such as "were invited".')
    if given.get("good", "positive") not in GOOD_OUTCOMES:
        raise AuditError(f'words["good"] is "{given["good"]}". Say which outcome is good: "positive" or "negative".')
    return replace(OutcomeWords(), **given)
