"""The audit that looks for the subgroups which are worse off."""

__all__ = ["audit", "findings", "input", "numbers", "request", "search", "tables"]
