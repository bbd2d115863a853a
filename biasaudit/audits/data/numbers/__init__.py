"""The audit of a data set whose label is a number."""

__all__ = ["audit", "audit_number_data"]
