"""Reports in every format."""

__all__ = [
    "as_json",
    "html",
    "intersections",
    "markdown",
    "model_card",
    "notebook",
    "sections",
    "terminal",
    "without_tables",
]
