"""Renders tables and findings as JSON, Markdown, HTML and plain text."""
