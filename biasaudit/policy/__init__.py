"""Rules over what an audit measured, and their verdict: what must hold before a model ships."""

from __future__ import annotations

from biasaudit.policy.document import policy_schema
from biasaudit.policy.reading import READY, load, loads
from biasaudit.policy.rulebook import Policy
from biasaudit.policy.template import starting_policy
from biasaudit.policy.verdict import CheckResult, PolicyFailedError

__all__ = ["READY", "CheckResult", "Policy", "PolicyFailedError", "load", "loads", "policy_schema", "starting_policy"]
