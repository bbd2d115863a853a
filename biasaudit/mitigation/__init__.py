"""Mitigations of bias, before, during and after training, and their comparison."""

from biasaudit.mitigation._duration import expected_seconds
from biasaudit.mitigation.compare import compare
from biasaudit.mitigation.comparison import Comparison
from biasaudit.mitigation.rankings.comparison import compare_rerankers
from biasaudit.mitigation.rankings.rerankers import AsScored, EqualExposure, FairTopK
from biasaudit.mitigation.registry import MITIGATIONS, NUMBER_MITIGATIONS, make_mitigation

__all__ = [
    "MITIGATIONS",
    "NUMBER_MITIGATIONS",
    "AsScored",
    "Comparison",
    "EqualExposure",
    "FairTopK",
    "compare",
    "compare_rerankers",
    "expected_seconds",
    "make_mitigation",
]
