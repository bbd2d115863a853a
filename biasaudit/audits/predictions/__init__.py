"""The audit of predictions: rates and gaps of every group, with verdicts."""
