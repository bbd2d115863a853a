"""Stories of tables: sorting CVs, and scoring the risk of an arrest."""
