"""The audit that looks for the subgroups which are worse off."""

__all__ = ["numbers", "search"]
