"""Limits of deep learning, each asked who pays first: stories with trainings of several seeds behind every figure."""

from biasaudit.scenarios.limits.adversarial import ADVERSARIAL
from biasaudit.scenarios.limits.causation import CAUSATION
from biasaudit.scenarios.limits.compression import COMPRESSION
from biasaudit.scenarios.limits.extrapolation import EXTRAPOLATION
from biasaudit.scenarios.limits.finite_data import FINITE_DATA
from biasaudit.scenarios.limits.forgetting import FORGETTING
from biasaudit.scenarios.limits.shortcuts import SHORTCUTS

__all__ = ["LIMITS"]

LIMITS = (FINITE_DATA, COMPRESSION, ADVERSARIAL, FORGETTING, SHORTCUTS, EXTRAPOLATION, CAUSATION)
