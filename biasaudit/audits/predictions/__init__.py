"""The audit of predictions: rates and gaps of every group, with verdicts."""

__all__ = ["audit", "audit_predictions", "disparity_table", "impossibility", "rate_table"]
