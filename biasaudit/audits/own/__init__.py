"""Metrics of the caller's own: functions of rows, whose uncertainty comes from resampling them."""

__all__ = ["estimates", "family", "functions", "metrics", "rows", "tables"]
