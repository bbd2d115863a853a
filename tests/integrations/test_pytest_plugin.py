"""The pytest plugin: what a failing test prints, what becomes of "cannot tell", and what start-up loads."""

import re
import subprocess
import sys
from importlib.metadata import entry_points

import pandas as pd
import pytest

import biasaudit as ba
from biasaudit.integrations import limits
from biasaudit.integrations.pytest_plugin import Audited

pytest_plugins = ["pytester"]

MODULE = "biasaudit.integrations.pytest_plugin"
# Where the package is installed with its entry point, pytest has the plugin already.
LOAD = () if any(e.value == MODULE for e in entry_points(group="pytest11")) else ("-p", MODULE)

DATA = """
import pandas as pd
import pytest

LARGE = pd.DataFrame({
    "sex": ["F"] * 1000 + ["M"] * 1000,
    "hired": [1, 0] * 1000,
    "invited": [1] * 200 + [0] * 800 + [1] * 400 + [0] * 600,
})
SMALL = LARGE.iloc[::100]
ASKED = dict(y_true="hired", y_pred="invited", sensitive_features="sex")
"""


@pytest.fixture(scope="module")
def loaded():
    """Load what an audit needs: pytester forgets what an inner run has loaded, and numpy cannot be loaded twice."""
    limits.hold(ba.audit_predictions(ba.datasets.load_ricci()), ["selection_rate"], max_difference=0.1)


@pytest.fixture
def ran(pytester, loaded):
    def ran(body, *options, ini=""):
        pytester.makepyfile(DATA + body)
        pytester.makeini(f"[pytest]\n{ini}\n")
        return pytester.runpytest_inprocess(*LOAD, "-p", "no:cacheprovider", *options)

    return ran


# An inner run in this process finds the plugin loaded already, which is no fault of the test's.
SHOWN = "filterwarnings =\n    default\n    ignore::pytest.PytestAssertRewriteWarning"

PAST = """
def test_nobody_is_worse_off(bias_audit):
    bias_audit(LARGE, **ASKED).assert_within("selection_rate", max_difference=0.1)
"""
UNSURE = """
def test_nobody_is_worse_off(bias_audit):
    bias_audit(SMALL, **ASKED).assert_within("selection_rate", max_difference=0.1)
"""
WITHIN = """
def test_nobody_is_worse_off(bias_audit):
    bias_audit(LARGE, **ASKED).assert_within("selection_rate", "demographic_parity", max_difference=0.3, min_ratio=0.3)
"""


def test_a_failure_is_a_sentence_at_the_line_of_the_test(ran):
    result = ran(PAST)
    result.assert_outcomes(failed=1)
    text = result.stdout.str()
    assert (
        "E       AssertionError: People fare differently past the limit.\n"
        "E       ✗ selection_rate by sex: the gap is 20.0 points (16.0 to 23.9 points) between sex = M and sex = F; "
        "allowed is at most 10.0 points.\n"
    ) in text
    assert ">       bias_audit(LARGE" in text or ">   bias_audit(LARGE" in text
    assert "pytest_plugin.py" not in text
    assert "DataFrame" not in text


def test_within_the_limit_passes(ran):
    ran(WITHIN).assert_outcomes(passed=1)


def test_cannot_tell_fails_unless_told_otherwise(ran):
    result = ran(UNSURE)
    result.assert_outcomes(failed=1)
    text = result.stdout.str()
    assert "E       AssertionError: The data cannot tell, which is no pass.\n" in text
    assert "allowed is at most 10.0 points, and the interval lies on both sides. More rows decide." in text
    assert 'To let this pass where it is known, say cannot_tell="warn" or "xfail".' in text


def test_cannot_tell_may_warn_or_be_expected(ran):
    ran(UNSURE, "--bias-cannot-tell=xfail").assert_outcomes(xfailed=1)
    result = ran(UNSURE, ini=f"bias_cannot_tell = warn\n{SHOWN}")
    result.assert_outcomes(passed=1, warnings=1)
    # An older plotly, once imported, writes all warnings of the process over several lines.
    assert re.search(r"BiasCannotTellWarning:\s+The data cannot tell, which is no pass\.", result.stdout.str())
    here = UNSURE.replace("max_difference=0.1", 'max_difference=0.1, cannot_tell="xfail"')
    ran(here, ini="bias_cannot_tell = warn").assert_outcomes(xfailed=1)
    # Whatever becomes of doubt, a gap past the limit fails.
    ran(PAST, "--bias-cannot-tell=xfail").assert_outcomes(failed=1)


def test_what_is_undefined_passes_no_limit(ran):
    result = ran(
        UNSURE.replace("SMALL, **ASKED", "SMALL.assign(hired=0), **ASKED").replace("selection", "true_positive")
    )
    result.assert_outcomes(failed=1)
    assert "? true_positive_rate by sex: the gap is undefined (" in result.stdout.str()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            'assert_within("selection_rate")',
            "There is no limit to hold gaps against. Name a metric, and max_difference or min_ratio.",
        ),
        (
            "assert_within(max_difference=0.1)",
            "There is no limit to hold gaps against. Name a metric, and max_difference or min_ratio.",
        ),
        (
            'assert_within("selection_rate", max_difference=10)',
            "max_difference=10 is out of range. Give a number from 0 to 1, such as 0.1 or 0.8.",
        ),
        (
            'assert_within("selection_rate", min_ratio=0.8, cannot_tell="pass")',
            'cannot_tell="pass" is not known. Say fail, warn or xfail.',
        ),
    ],
)
def test_what_cannot_be_asserted(ran, call, message):
    result = ran(f"def test_it(bias_audit):\n    bias_audit(LARGE, **ASKED).{call}\n")
    result.assert_outcomes(failed=1)
    assert f"AuditError: {message}" in result.stdout.str().replace("\nE  ", "")


CHECKED = """
class Found:
    def __init__(self, outcome): self.outcome = outcome
    def raise_if_failed(self):
        if self.outcome != "pass":
            raise AssertionError(f"Policy gate: {self.outcome}, said of policy.toml")
        return self

def test_policy(bias_audit, monkeypatch):
    made = bias_audit(LARGE, **ASKED)
    monkeypatch.setattr(type(made.audit), "check", lambda self, policy, **more: Found("OUTCOME"), raising=False)
    assert made.check("policy.toml").outcome == "pass"
"""


def test_a_policy_is_checked_by_the_audit(ran):
    ran(CHECKED.replace("OUTCOME", "pass")).assert_outcomes(passed=1)
    result = ran(CHECKED.replace("OUTCOME", "fail"), "--bias-cannot-tell=warn")
    result.assert_outcomes(failed=1)
    assert "AssertionError: Policy gate: fail, said of policy.toml\n" in result.stdout.str()
    ran(CHECKED.replace("OUTCOME", "cannot tell")).assert_outcomes(failed=1)
    ran(CHECKED.replace("OUTCOME", "cannot tell"), "--bias-cannot-tell=xfail").assert_outcomes(xfailed=1)


POLICY = """
name = "Invitations"
[columns]
sensitive_features = ["sex"]
[[rules]]
metric = "selection_rate"
max = LIMIT
"""
REAL = """
def test_policy(bias_audit):
    assert bias_audit(DATA, **ASKED).check("policy.toml").outcome == "pass"
"""


@pytest.mark.parametrize(
    ("rows", "limit", "options", "outcome"),
    [
        ("LARGE", 0.3, [], "passed"),
        ("LARGE", 0.1, ["--bias-cannot-tell=xfail"], "failed"),
        ("SMALL", 0.1, [], "failed"),
        ("SMALL", 0.1, ["--bias-cannot-tell=xfail"], "xfailed"),
    ],
)
def test_a_policy_from_its_file(ran, pytester, rows, limit, options, outcome):
    pytester.path.joinpath("policy.toml").write_text(POLICY.replace("LIMIT", str(limit)))
    result = ran(REAL.replace("DATA", rows), *options)
    result.assert_outcomes(**{outcome: 1})
    assert "raise_if_failed" not in result.stdout.str()


def test_start_up_loads_nothing_heavy():
    code = (
        f"import sys, pytest, {MODULE}; print([n for n in ('numpy', 'pandas', 'duckdb', 'scipy') if n in sys.modules])"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


@pytest.mark.parametrize("cannot_tell", ["fail", "xfail"])
def test_a_group_gives_no_commands_to_github(monkeypatch, cannot_tell):
    frames = [
        pd.DataFrame({"sex": ["##[error]F"] * n + ["M"] * n, "hired": [1] * n + [0, 1] * (n // 2)}) for n in (1000, 4)
    ]
    audited = [Audited(ba.audit_predictions(f, y_pred="hired", sensitive_features="sex"), cannot_tell) for f in frames]
    policy = ba.policy.loads('name = "x"\n[[rules]]\nmetric = "selection_rate"\nmax = 0.1')
    for github, shown in (("true", "## [error]F"), ("false", "##[error]F")):
        monkeypatch.setenv("GITHUB_ACTIONS", github)
        for one in audited:
            with pytest.raises((AssertionError, pytest.xfail.Exception)) as failed:
                one.check(policy)
            assert shown in str(failed.value)
            with pytest.raises((AssertionError, pytest.xfail.Exception)) as failed:
                one.assert_within("selection_rate", max_difference=0.1)
            assert shown in str(failed.value)
