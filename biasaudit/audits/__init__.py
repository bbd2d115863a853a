"""The questions an audit answers."""

__all__ = [
    "answers",
    "cautions",
    "certainty",
    "checking",
    "counts",
    "data",
    "errors",
    "families",
    "findings",
    "learning",
    "metric_texts",
    "models",
    "pairs",
    "parts",
    "predictions",
    "request",
    "source",
    "subgroups",
    "text",
    "thresholds",
]
