"""Metrics of the caller's own: functions of rows, whose uncertainty comes from resampling them."""

__all__ = ["calls", "estimates", "family", "functions", "metrics", "rows", "tables"]
