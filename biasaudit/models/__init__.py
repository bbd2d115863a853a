"""What gets audited: a CV sorter that runs here, and any scoring service behind a URL."""

__all__ = [
    "chatbot",
    "cv",
    "cv_texts",
    "deadline",
    "http",
    "language",
    "network",
    "parallel",
    "profanity",
    "relevance",
    "side_by_side",
    "speech",
    "sphinx",
    "tabular",
    "vowels",
]
