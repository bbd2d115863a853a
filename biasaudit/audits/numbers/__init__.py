"""The audit of numbers: means, errors and distributions of wages, grades, scores and the like, by group."""

__all__ = ["audit", "audit_numbers", "family"]
