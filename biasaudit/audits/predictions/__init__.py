"""The audit of predictions: rates and gaps of every group, with verdicts."""

__all__ = ["audit", "decisions", "disparity_table", "group_sizes", "impossibility", "inequality_table", "rate_table"]
