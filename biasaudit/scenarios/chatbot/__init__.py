"""The story of the chatbot that learns from its users."""
