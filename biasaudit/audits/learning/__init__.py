"""Learning curves by group."""

from __future__ import annotations

from typing import TYPE_CHECKING

from biasaudit.lazy import loaded_when_used

if TYPE_CHECKING:
    from biasaudit.audits.learning._extrapolation import LearningCurves, Needed, RequiredSize
    from biasaudit.audits.learning.curves import learning_curves

__all__ = ["LearningCurves", "Needed", "RequiredSize", "learning_curves"]

__getattr__, __dir__ = loaded_when_used(
    __name__,
    __all__,
    {
        "LearningCurves": "_extrapolation",
        "Needed": "_extrapolation",
        "RequiredSize": "_extrapolation",
        "learning_curves": "curves",
    },
)
