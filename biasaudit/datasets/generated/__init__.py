"""Data drawn from declared models, whose truth is known."""

__all__ = [
    "causal",
    "diagnoses",
    "digits",
    "hiring",
    "laws",
    "policing",
    "ranking",
    "recidivism",
    "templates",
    "town",
    "wages",
]
