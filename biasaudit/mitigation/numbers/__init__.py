"""Mitigations of models that predict a number, and their comparison."""

__all__ = ["alignment", "bounded_loss", "comparison", "figures", "reading", "sentences"]
