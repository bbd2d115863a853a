"""Bias metrics by the names that SageMaker Clarify gives them."""

__all__ = ["flip_test", "metrics", "table"]
