"""The pytest plugin: the fixture `bias_audit`, whose failures are sentences. It loads nothing heavy until called."""

from __future__ import annotations

import os
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from biasaudit.audits.answers import Answers

__all__ = ["Audited", "BiasCannotTellWarning", "bias_audit", "pytest_addoption"]

CANNOT_TELL = ("fail", "warn", "xfail")


class BiasCannotTellWarning(UserWarning):
    """The data cannot tell whether a gap is within its limit, and the test let that pass.

    Examples
    --------
    >>> import warnings
    >>> import biasaudit as ba
    >>> from biasaudit.integrations.pytest_plugin import Audited, BiasCannotTellWarning
    >>> audited = Audited(ba.audit_predictions(ba.datasets.load_ricci()), cannot_tell="warn")
    >>> with warnings.catch_warnings(record=True) as caught:
    ...     warnings.simplefilter("always")
    ...     audited.assert_within("selection_rate", max_difference=0.3)
    >>> caught[0].category is BiasCannotTellWarning, str(caught[0].message).splitlines()[0]
    (True, 'The data cannot tell, which is no pass.')
    """


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option that says what follows where the data cannot tell.

    Parameters
    ----------
    parser : pytest.Parser
        That of the test run.

    Examples
    --------
    >>> class Parser:
    ...     def getgroup(self, name):
    ...         return self
    ...     def addoption(self, name, **how):
    ...         print(name, how["choices"])
    ...     def addini(self, name, text, default):
    ...         print(name, "=", default)
    >>> pytest_addoption(Parser())
    --bias-cannot-tell ('fail', 'warn', 'xfail')
    bias_cannot_tell = fail
    """
    text = "What a bias test comes to where the data cannot tell: fail (default), warn or xfail."
    group = parser.getgroup("biasaudit")
    group.addoption("--bias-cannot-tell", choices=CANNOT_TELL, default=None, help=text)
    parser.addini("bias_cannot_tell", text, default="fail")


@dataclass(frozen=True)
class Audited:
    """An audit within a test.

    Parameters
    ----------
    audit : Audit
        What a test holds against limits.
    cannot_tell : {"fail", "warn", "xfail"}
        What follows where the data cannot tell.

    Examples
    --------
    >>> import biasaudit as ba
    >>> from biasaudit.integrations.pytest_plugin import Audited
    >>> audited = Audited(ba.audit_predictions(ba.datasets.load_berkeley()))
    >>> audited.assert_within("selection_rate", max_difference=0.2)
    """

    audit: Answers
    cannot_tell: str = "fail"

    def assert_within(
        self,
        *metrics: str,
        max_difference: float | None = None,
        min_ratio: float | None = None,
        cannot_tell: str | None = None,
    ) -> None:
        """Fail unless every gap between groups, with its whole interval, is within the limit.

        Parameters
        ----------
        *metrics : str
            Such as "selection_rate" or "equal_opportunity".
        max_difference, min_ratio : float, optional
            Largest difference and smallest ratio allowed, from 0 to 1.
        cannot_tell : {"fail", "warn", "xfail"}, optional
            What follows here where the data cannot tell; else what the test run says.

        Raises
        ------
        AssertionError
            With a sentence for each gap past its limit, or of which the data cannot tell.
        AuditError
            If there is no limit or no such metric.

        Examples
        --------
        >>> import biasaudit as ba
        >>> from biasaudit.integrations.pytest_plugin import Audited
        >>> audited = Audited(ba.audit_predictions(ba.datasets.load_berkeley()))
        >>> try:
        ...     audited.assert_within("selection_rate", max_difference=0.1)
        ... except AssertionError as error:
        ...     print(error)
        People fare differently past the limit.
        ✗ selection_rate by gender: the gap is 14.2 points (11.3 to 17.0 points) between gender = Male and gender =
        Female; allowed is at most 10.0 points.
        """
        __tracebackhide__ = True
        from biasaudit.integrations.limits import hold
        from biasaudit.policy.estimates import PAST, UNSURE

        mode = _mode(cannot_tell or self.cannot_tell)
        held = hold(self.audit, metrics, max_difference=max_difference, min_ratio=min_ratio)
        past = [one.sentence for one in held if one.state == PAST]
        unsure = [one.sentence for one in held if one.state == UNSURE]
        if past:
            raise AssertionError(_printed("\n".join(["People fare differently past the limit.", *past, *unsure])))
        if unsure:
            _follow(mode, _printed("\n".join(["The data cannot tell, which is no pass.", *unsure])))

    def check(self, policy: Any, *, cannot_tell: str | None = None, **more: Any) -> Any:
        """Fail unless the policy holds; see :meth:`biasaudit.Audit.check`, whose result comes back.

        Parameters
        ----------
        policy : path, str or Policy
            As for :meth:`biasaudit.Audit.check`.
        cannot_tell : {"fail", "warn", "xfail"}, optional
            What follows here where the data cannot tell; else what the test run says.
        **more
            As for :meth:`biasaudit.Audit.check`.

        Returns
        -------
        CheckResult
            The verdict, where it is a pass or let through.

        Raises
        ------
        AssertionError
            With the verdict of every rule, if one fails or the data cannot tell.
        AuditError
            If the policy is not what it should be.

        Examples
        --------
        >>> import biasaudit as ba
        >>> from biasaudit.integrations.pytest_plugin import Audited
        >>> audited = Audited(ba.audit_predictions(ba.datasets.load_berkeley()))
        >>> try:
        ...     audited.check("four_fifths")
        ... except AssertionError as error:
        ...     print(str(error).splitlines()[0])
        Policy “Four fifths”: ✗ Does not hold. The rule does not hold.
        """
        __tracebackhide__ = True
        mode = _mode(cannot_tell or self.cannot_tell)
        found = self.audit.check(policy, **more)
        message = _failure(found)
        if message and found.outcome == "cannot tell":
            _follow(mode, message)
        elif message:
            raise AssertionError(message)
        return found


def _failure(found: Any) -> str:
    """Return what the verdict says if it is no pass, to be raised where the traceback is of use."""
    try:
        found.raise_if_failed()
    except AssertionError as error:
        return _printed(str(error))
    return ""


def _printed(text: str) -> str:
    """Keep names of groups from being commands of GitHub's runner, to which pytest shows what it is told."""
    from biasaudit.github_output import harmless, is_github

    return harmless(text) if is_github(os.environ) else text


def _mode(cannot_tell: str) -> str:
    if cannot_tell not in CANNOT_TELL:
        from biasaudit.errors import AuditError

        raise AuditError(f'cannot_tell="{cannot_tell}" is not known. Say fail, warn or xfail.')
    return cannot_tell


def _follow(mode: str, message: str) -> None:
    __tracebackhide__ = True
    if mode == "fail":
        raise AssertionError(f'{message}\nTo let this pass where it is known, say cannot_tell="warn" or "xfail".')
    if mode == "xfail":
        pytest.xfail(message)
    # One level up is the plugin, two the test.
    warnings.warn(message, BiasCannotTellWarning, stacklevel=3)


@pytest.fixture
def bias_audit(request: pytest.FixtureRequest) -> Callable[..., Audited]:
    """Audit predictions in a test: takes what :func:`biasaudit.audit_predictions` takes, or an audit.

    Parameters
    ----------
    request : pytest.FixtureRequest
        The test that asks; pytest gives it.

    Returns
    -------
    callable
        Takes data and arguments, or an audit, and returns an :class:`Audited`.

    Notes
    -----
    pytest hands it to every test that names it: nothing is imported. The last line of the example does by hand what
    pytest does.

    Examples
    --------
    >>> import biasaudit as ba
    >>> from biasaudit.integrations.pytest_plugin import Audited
    >>> def test_admissions(bias_audit):
    ...     admissions = bias_audit(ba.datasets.load_berkeley())
    ...     admissions.assert_within("selection_rate", max_difference=0.2)
    >>> test_admissions(lambda data, **more: Audited(ba.audit_predictions(data, **more)))
    """
    mode = request.config.getoption("--bias-cannot-tell") or request.config.getini("bias_cannot_tell")

    def audited(data: Any, **arguments: Any) -> Audited:
        __tracebackhide__ = True
        from biasaudit.audits.answers import Answers
        from biasaudit.audits.audit_predictions import audit_predictions

        made = data if isinstance(data, Answers) and not arguments else audit_predictions(data, **arguments)
        return Audited(made, _mode(mode))

    return audited
