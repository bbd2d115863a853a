"""Limits of deep learning, each asked who pays first: stories with trainings of several seeds behind every figure."""

from biasaudit.scenarios.limits.compression import COMPRESSION

__all__ = ["LIMITS"]

LIMITS = (COMPRESSION,)
