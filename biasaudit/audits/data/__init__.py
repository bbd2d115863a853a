"""The audit of a data set before any model."""

__all__ = ["audit", "audit_dataset"]
