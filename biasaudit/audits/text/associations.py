"""Associations of word vectors: are names or professions nearer to one attribute than to another?"""  # noqa: D400

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from biasaudit.arguments import check_confidence, check_seed
from biasaudit.errors import AuditError
from biasaudit.inference.testing.associations import Association, association_test
from biasaudit.inference.verdicts import CANNOT_TELL, NOT_SHOWN, SHOWN, Verdict
from biasaudit.names import clean
from biasaudit.reporting.formats.without_tables import report_without_tables
from biasaudit.reporting.rendered import Rendered
from biasaudit.reporting.report import Column, Finding, Report, Section
from biasaudit.reporting.words.text import capitalised, number, p_value

__all__ = ["AssociationAudit", "audit_associations"]

Vectors = Mapping[str, Any] | Callable[[Sequence[str]], Any]
# Effects within these are held to be small (Cohen 1988).
SMALL = 0.2
COLUMNS = (
    Column("effect_size", "Effect size", "number", ("low", "high")),
    Column("p_value", "p", "p_value"),
    Column("partitions", "Partitions counted"),
)


@dataclass(frozen=True, repr=False)
class AssociationAudit(Rendered):
    """Whether one set of words is nearer to an attribute than another set.

    Parameters
    ----------
    groups, attributes : pair of str
        Names of the two sets of words, and of the two sets of attributes.
    found : Association
        Effect, interval and p-value of the test.
    confidence : float
        Of the intervals, above 0.5 and below 1; one minus it is the level of the verdicts.

    Examples
    --------
    >>> import biasaudit as ba
    >>> vectors = {"nurse": [1, 0.1], "carer": [1, 0.2], "pilot": [0.1, 1], "boss": [0.2, 1]}
    >>> vectors |= {"she": [1, 0], "he": [0, 1]}
    >>> jobs = {"care": ["nurse", "carer"], "command": ["pilot", "boss"]}
    >>> audit = ba.audit_associations(vectors, words=jobs, attributes={"women": ["she"], "men": ["he"]})
    >>> print(audit.sentence)
    These words cannot tell whether care or command lie nearer to women: effect size 1.728 (1.728 to 1.732), p 0.333
    over all partitions.
    """

    groups: tuple[str, str]
    attributes: tuple[str, str]
    found: Association
    confidence: float = 0.95

    @property
    def verdict(self) -> str:
        """Shown, not shown (the interval lies within a small effect), or cannot tell."""
        low, high = self.found.low, self.found.high
        if self.found.p_value <= 1 - self.confidence and (low > 0 or high < 0):
            return SHOWN
        return NOT_SHOWN if low > -SMALL and high < SMALL else CANNOT_TELL

    @property
    def sentence(self) -> str:
        """What was found, in a sentence."""
        d, (one, two), (near, far) = self.found, self.groups, self.attributes
        how = "all partitions" if d.exact else "drawn partitions"
        lead = {
            SHOWN: f"{one} lie nearer to {near if d.effect_size > 0 else far} than {two} do",
            NOT_SHOWN: f"no more than a small difference between {one} and {two} in how near they lie to {near}",
            CANNOT_TELL: f"these words cannot tell whether {one} or {two} lie nearer to {near}",
        }[Verdict(self.verdict)]
        return (
            f"{capitalised(lead)}: effect size {number(d.effect_size)} ({number(d.low)} to {number(d.high)}), "
            f"p {p_value(d.p_value)} over {how}."
        )

    def findings(self) -> tuple[Finding, ...]:
        """Return what was found, with its verdict.

        Returns
        -------
        tuple of Finding

        Examples
        --------
        >>> import biasaudit as ba
        >>> vectors = {"nurse": [1, 0.1], "carer": [1, 0.2], "pilot": [0.1, 1], "boss": [0.2, 1]}
        >>> vectors |= {"she": [1, 0], "he": [0, 1]}
        >>> jobs = {"care": ["nurse", "carer"], "command": ["pilot", "boss"]}
        >>> audit = ba.audit_associations(vectors, words=jobs, attributes={"women": ["she"], "men": ["he"]})
        >>> [finding.verdict for finding in audit.findings()]
        ['cannot tell']
        """
        return (Finding(self.sentence, self.verdict, "association", "difference", "section"),)

    def report(self) -> Report:
        """Gather what the renderers in :mod:`biasaudit.reporting` need.

        Returns
        -------
        Report

        Examples
        --------
        >>> import biasaudit as ba
        >>> vectors = {"nurse": [1, 0.1], "carer": [1, 0.2], "pilot": [0.1, 1], "boss": [0.2, 1]}
        >>> vectors |= {"she": [1, 0], "he": [0, 1]}
        >>> jobs = {"care": ["nurse", "carer"], "command": ["pilot", "boss"]}
        >>> audit = ba.audit_associations(vectors, words=jobs, attributes={"women": ["she"], "men": ["he"]})
        >>> audit.report().title
        'Association of care and command with women and men'
        """
        title = f"Association of {' and '.join(self.groups)} with {' and '.join(self.attributes)}"
        row = {**self.found._asdict(), "partitions": "all" if self.found.exact else "drawn"}
        return report_without_tables(
            title,
            self.sentence,
            findings=self.findings(),
            sections=(Section("association", "The test", (), COLUMNS, (row,)),),
            settings={"confidence": self.confidence},
            rows=2,
            unit="sets of words",
        )

    def __repr__(self) -> str:
        return self.sentence


def audit_associations(
    vectors: Vectors,
    *,
    words: Mapping[str, Sequence[str]],
    attributes: Mapping[str, Sequence[str]],
    confidence: float = 0.95,
    random_state: int = 0,
) -> AssociationAudit:
    """Test whether one set of words lies nearer to an attribute than another (WEAT).

    Parameters
    ----------
    vectors : mapping of str to array, or callable
        Vector of each word; or what takes a list of words or sentences and returns a vector for each.
    words : mapping of str to sequence of str
        Two sets by name, such as names of women and of men; at least two words each.
    attributes : mapping of str to sequence of str
        Two sets by name, such as words of careers and of families.
    confidence : float
        Of the intervals, above 0.5 and below 1; one minus it is the level of the verdicts.
    random_state : int
        Seed of all that is drawn.

    Returns
    -------
    AssociationAudit

    Raises
    ------
    AuditError
        If there are not two sets of each, a set is too small, a word is in both sets or has no vector, or vectors are
        not finite or not of one length, or a number is out of range.

    References
    ----------
    Caliskan, Bryson and Narayanan (2017), "Semantics derived automatically from language corpora contain human-like
    biases", Science 356.

    Examples
    --------
    >>> vectors = {"nurse": [1, 0.1], "carer": [1, 0.2], "pilot": [0.1, 1], "boss": [0.2, 1]}
    >>> vectors |= {"she": [1, 0], "he": [0, 1]}
    >>> audit_associations(
    ...     vectors, words={"care": ["nurse", "carer"], "command": ["pilot", "boss"]},
    ...     attributes={"women": ["she"], "men": ["he"]},
    ... ).verdict
    'cannot tell'
    """
    check_confidence(confidence)
    one, two = _two_sets("words", words, least=2)
    near, far = _two_sets("attributes", attributes, least=1)
    everything = list(dict.fromkeys([*one[1], *two[1], *near[1], *far[1]]))
    table = dict(zip(everything, _vectors(vectors, everything), strict=True))
    parts = [np.stack([table[word] for word in chosen]) for _, chosen in (one, two, near, far)]
    first, second, attribute, other = parts
    found = association_test(
        first, second, attribute, other, confidence=confidence, random_state=check_seed(random_state)
    )
    return AssociationAudit((one[0], two[0]), (near[0], far[0]), found, confidence)


NamedWords = tuple[str, list[str]]


def _two_sets(what: str, given: Any, least: int) -> tuple[NamedWords, NamedWords]:
    if not isinstance(given, Mapping) or len(given) != 2:
        raise AuditError(f"{what} has to be two sets by name, such as {{'women': [...], 'men': [...]}}.")
    for name, chosen in given.items():
        if isinstance(chosen, str) or not isinstance(chosen, Sequence):
            raise AuditError(f'The set "{clean(str(name))}" is a {type(chosen).__name__}. Give a list of words.')
    sets = [(str(name), list(chosen)) for name, chosen in given.items()]
    for name, chosen in sets:
        if len(set(chosen)) < len(chosen) or len(chosen) < least:
            raise AuditError(f'The set "{clean(name)}" has {len(chosen)} words. Give {least} or more, each once.')
    shared = set(sets[0][1]) & set(sets[1][1])
    if shared:
        raise AuditError(f'"{clean(sorted(shared)[0])}" is in both sets of {what}. Put each word in one.')
    return sets[0], sets[1]


def _vectors(vectors: Vectors, words: list[str]) -> NDArray[np.float64]:
    if isinstance(vectors, Mapping):
        missing = [word for word in words if word not in vectors]
        if missing:
            raise AuditError(f'"{clean(missing[0])}" has no vector ({len(missing)} words have none). Leave it out.')
        given: Any = [vectors[word] for word in words]
    else:
        given = vectors(words)
    try:
        found = np.asarray(given, dtype=float)
    except (TypeError, ValueError):
        raise AuditError("The vectors are not numbers, or not all of one length. Give one model's vectors.") from None
    if found.ndim != 2 or len(found) != len(words) or not np.isfinite(found).all():
        raise AuditError(
            f"The vectors have shape {found.shape} for {len(words)} words, or hold NaN. Give a finite vector for each."
        )
    return found
