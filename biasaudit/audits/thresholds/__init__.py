"""The audit of thresholds on a score."""

__all__ = ["audit_thresholds"]
