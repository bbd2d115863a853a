"""Audits of outcomes with several classes: all of them together, each against the rest, and who is taken for whom."""

__all__ = ["audit", "class_audit"]
