"""Data drawn from declared models, whose truth is known."""

__all__ = ["causal", "digits", "hiring", "laws", "policing", "recidivism", "templates", "town"]
