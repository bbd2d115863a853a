"""Rules over what an audit measured, and their verdict: what must hold before a model ships."""

from __future__ import annotations

from biasaudit.policy.document import policy_schema
from biasaudit.policy.reading import READY, Policy, load, loads
from biasaudit.policy.result import CheckResult, PolicyFailedError
from biasaudit.policy.starting import starting_policy

__all__ = ["READY", "CheckResult", "Policy", "PolicyFailedError", "load", "loads", "policy_schema", "starting_policy"]
