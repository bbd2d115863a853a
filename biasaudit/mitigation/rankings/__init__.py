"""Mitigations of rankings: new orders of the same people, and what they cost."""

__all__ = ["comparison", "rerankers"]
