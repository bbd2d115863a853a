"""Limits of deep learning, each asked who pays first: stories with trainings of several seeds behind every figure."""

from biasaudit.scenarios.limits._adversarial import ADVERSARIAL
from biasaudit.scenarios.limits._causation import CAUSATION
from biasaudit.scenarios.limits._compression import COMPRESSION
from biasaudit.scenarios.limits._extrapolation import EXTRAPOLATION
from biasaudit.scenarios.limits._finite_data import FINITE_DATA
from biasaudit.scenarios.limits._forgetting import FORGETTING
from biasaudit.scenarios.limits._shortcuts import SHORTCUTS

__all__ = ["LIMITS"]

LIMITS = (FINITE_DATA, COMPRESSION, ADVERSARIAL, FORGETTING, SHORTCUTS, EXTRAPOLATION, CAUSATION)
