"""The audits of text scorers and of word vectors."""

__all__ = ["associations", "audit"]
