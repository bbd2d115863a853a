"""How sure one can be: variances, intervals, tests and verdicts, all from counts."""

__all__ = [
    "decomposition",
    "disparities",
    "identity_auc",
    "inequality",
    "intervals",
    "label_errors",
    "learning_curves",
    "means",
    "measures",
    "pooled",
    "ranges",
    "references",
    "repeats",
    "representation",
    "resampled",
    "strata",
    "testing",
    "thresholds",
    "variance",
    "verdicts",
]
