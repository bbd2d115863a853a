"""The verdict of a policy: what each rule came to, and what follows for whoever waits for it."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

from biasaudit.exit_codes import ExitCode
from biasaudit.reporting.render import render
from biasaudit.reporting.rendered import Rendered, saved

if TYPE_CHECKING:
    import pandas as pd

    from biasaudit.reporting.report import Section

__all__ = [
    "CANNOT_TELL",
    "FAIL",
    "NOT_JUDGED",
    "PASS",
    "WAIVED",
    "CheckResult",
    "JudgedEstimate",
    "PolicyFailedError",
    "RuleResult",
]

PASS, FAIL, CANNOT_TELL, WAIVED, NOT_JUDGED = "pass", "fail", "cannot tell", "waived", "not judged"
EXIT_CODES = {
    PASS: ExitCode.DONE,
    NOT_JUDGED: ExitCode.DONE,
    FAIL: ExitCode.DOES_NOT_HOLD,
    CANNOT_TELL: ExitCode.CANNOT_TELL,
}


class PolicyFailedError(AssertionError):
    """A policy that does not hold, or of which the data cannot tell.

    Examples
    --------
    >>> import biasaudit as ba
    >>> try:
    ...     ba.check(ba.datasets.load_berkeley(), "four_fifths").raise_if_failed()
    ... except ba.policy.PolicyFailedError as error:
    ...     print(str(error).splitlines()[0])
    Policy “Four fifths”: ✗ Does not hold. The rule does not hold.
    """


@dataclass(frozen=True)
class JudgedEstimate:
    """One estimate held against the limit of a rule.

    Parameters
    ----------
    state : {"within", "past", "cannot tell"}
        Where the whole interval lies.
    sentence : str
    what : {"limit", "baseline"}
        What it was held against.
    features : tuple of str
    group, reference : dict
    estimate, low, high : float
        As the rule judges it: a difference without its sign, a ratio at most 1, a rate, or a change.
        NaN where undefined.
    rows : float
        Rows of the smallest group involved; NaN where unknown.
    """

    state: str
    sentence: str
    what: str
    features: tuple[str, ...]
    group: dict[str, str]
    reference: dict[str, str]
    estimate: float
    low: float
    high: float
    rows: float


@dataclass(frozen=True)
class RuleResult:
    """What a rule came to.

    Parameters
    ----------
    name : str
    outcome : {"pass", "fail", "cannot tell", "waived"}
    sentence : str
        What was found, for people.
    rule : object
        The rule as its policy states it, with metric, comparison, reason, owner and waiver.
    line : int
        Where the rule stands in its file.
    judged : tuple of JudgedEstimate
        What it stands on, the worst first.
    """

    name: str
    outcome: str
    sentence: str
    rule: Any
    line: int
    judged: tuple[JudgedEstimate, ...] = ()

    @property
    def holds(self) -> bool:
        """Whether all that was judged lies within the limit; a rule may pass without, where its policy says so."""
        return self.outcome == PASS and all(one.state == "within" for one in self.judged)


@dataclass(frozen=True, repr=False)
class CheckResult(Rendered):
    """The verdict of a policy on an audit.

    Parameters
    ----------
    policy : str
        Name of the policy.
    source : str
        File it was read from.
    title : str
        What was audited.
    outcome : {"pass", "fail", "cannot tell", "not judged"}
        The worst of the rules: "fail" before "cannot tell" before "pass"; "not judged" where there is no rule.
    rules : tuple of RuleResult
        The verdict on each rule.
    says : tuple of str
        What the policy tells its readers.
    notes : tuple of str
        What a reader has to know of this check.
    sections : tuple of Section
        Tables that the policy asks for.
    settings : dict
        What the audit was asked.
    rows : int
        Rows of the audit.
    owner : str
        Who answers for the policy.
    on : date
        Day of the check, which decides whether a waiver still holds.
    package_version : str
        Version of the package that checked.

    Examples
    --------
    >>> import biasaudit as ba
    >>> verdict = ba.check(ba.datasets.load_berkeley(), "four_fifths")
    >>> verdict.outcome
    'fail'
    >>> print(verdict.rules[0].sentence)
    Selection rate by gender, ratio of gender = Male against gender = Female: 0.68 (0.63 to 0.74), all past the limit
    (at least 0.80).
    """

    policy: str
    source: str
    title: str
    outcome: str
    rules: tuple[RuleResult, ...]
    says: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    sections: tuple[Section, ...] = ()
    settings: dict[str, Any] = field(default_factory=dict)
    rows: int = 0
    owner: str = ""
    on: date = date.min
    package_version: str = ""

    @property
    def holds(self) -> bool:
        """Whether every rule holds: none is waived, and none passes though the data cannot tell."""
        return bool(self.rules) and all(rule.holds for rule in self.rules)

    @property
    def exit_code(self) -> int:
        """0 for a pass (or a sheet on which nothing is judged), 1 for a failure, 3 where the data cannot tell."""
        return int(EXIT_CODES[self.outcome])

    def raise_if_failed(self, *, allow_cannot_tell: bool = False) -> CheckResult:
        """Raise :class:`PolicyFailedError` unless everything holds, else return the result itself.

        Parameters
        ----------
        allow_cannot_tell : bool
            Let pass what the data cannot tell. It is no pass: say so where you do this.

        Returns
        -------
        CheckResult

        Raises
        ------
        PolicyFailedError
            If a rule does not hold, or the data cannot tell.

        Examples
        --------
        >>> import biasaudit as ba
        >>> try:
        ...     ba.check(ba.datasets.load_berkeley(), "four_fifths").raise_if_failed()
        ... except ba.policy.PolicyFailedError:
        ...     print("This model does not ship.")
        This model does not ship.
        >>> ba.check(ba.datasets.load_ricci(), "four_fifths").raise_if_failed(allow_cannot_tell=True).outcome
        'cannot tell'
        """
        if self.outcome == FAIL or (self.outcome == CANNOT_TELL and not allow_cannot_tell):
            raise PolicyFailedError(repr(self))
        return self

    def to_frame(self) -> pd.DataFrame:
        """Return a row for each estimate that was judged: rule, outcome, state, what, group, reference, estimate, ….

        Returns
        -------
        DataFrame

        Examples
        --------
        >>> import biasaudit as ba
        >>> verdict = ba.check(ba.datasets.load_berkeley(), "four_fifths")
        >>> table = verdict.to_frame()
        >>> shown = table[["rule", "state", "group", "reference", "estimate", "low", "high"]].round(2)
        >>> print(shown.to_string(index=False))
               rule state              group            reference  estimate  low  high
        four fifths  past {'gender': 'Male'} {'gender': 'Female'}      0.68 0.63  0.74
        """
        import pandas as pd

        names = ["state", "what", "features", "group", "reference", "estimate", "low", "high", "rows", "sentence"]
        rows = [{"rule": rule.name, "outcome": rule.outcome} | vars(one) for rule in self.rules for one in rule.judged]
        return pd.DataFrame(rows, columns=["rule", "outcome", *names])

    def to_junit(self, path: str | os.PathLike[str] | None = None) -> str:
        """Return the verdict as JUnit XML, a test case a rule, and, where a path is given, write it there.

        Parameters
        ----------
        path : str or path-like, optional
            Where to write it.

        Returns
        -------
        str

        Raises
        ------
        AuditError
            If the file cannot be written.

        Examples
        --------
        >>> import biasaudit as ba
        >>> verdict = ba.check(ba.datasets.load_berkeley(), "four_fifths")
        >>> verdict.to_junit().count("<failure")
        1
        """
        return saved(render(self, "junit"), path)

    def to_sarif(self, path: str | os.PathLike[str] | None = None) -> str:
        """Return the verdict as SARIF 2.1.0 and, where a path is given, write it there.

        Parameters
        ----------
        path : str or path-like, optional
            Where to write it.

        Returns
        -------
        str

        Raises
        ------
        AuditError
            If the file cannot be written.

        Examples
        --------
        >>> import biasaudit as ba
        >>> verdict = ba.check(ba.datasets.load_berkeley(), "four_fifths")
        >>> import json
        >>> json.loads(verdict.to_sarif())["runs"][0]["results"][0]["level"]
        'error'
        """
        return saved(render(self, "sarif"), path)
