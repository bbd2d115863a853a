"""How many independent rows a measure rests on: weights, clusters, trainings and resampling."""

__all__ = [
    "bias_reduced",
    "composite_shares",
    "degrees_of_freedom",
    "effective",
    "folds",
    "half_samples",
    "noncentrality",
    "resampling",
    "shared_clusters",
    "unweighted",
]
