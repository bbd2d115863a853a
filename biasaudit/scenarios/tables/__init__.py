"""Stories of tables: sorting CVs, and scoring the risk of an arrest."""

__all__ = ["hiring", "recidivism"]
