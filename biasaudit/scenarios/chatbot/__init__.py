"""The story of the chatbot that learns from its users."""

__all__ = ["story"]
