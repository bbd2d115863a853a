"""How many independent rows a measure rests on: weights, clusters, trainings and resampling."""
