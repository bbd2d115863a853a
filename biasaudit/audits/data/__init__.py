"""The audit of a data set before any model."""

__all__ = [
    "audit",
    "audit_dataset",
    "counts",
    "equal_features",
    "findings",
    "input",
    "missing",
    "numbers",
    "proxies",
    "representation",
    "tables",
]
