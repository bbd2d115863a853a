"""Data drawn from declared models, whose truth is known."""
