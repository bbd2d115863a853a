"""The audit that looks for the subgroups which are worse off."""

__all__ = ["search"]
