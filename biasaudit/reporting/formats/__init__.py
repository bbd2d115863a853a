"""Reports in every format."""

__all__ = ["as_json", "bare", "html", "intersections", "markdown", "model_card", "notebook", "sections", "terminal"]
