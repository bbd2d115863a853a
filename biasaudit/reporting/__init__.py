"""Renders tables and findings as JSON, Markdown, HTML and plain text."""

__all__ = ["distributions", "files", "formats", "plots", "readable", "render", "rendered", "report", "words"]
