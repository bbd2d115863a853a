"""Stories of tables: sorting CVs, and scoring the risk of an arrest."""

from biasaudit.scenarios.tables.hiring import HIRING
from biasaudit.scenarios.tables.recidivism import RECIDIVISM

__all__ = ["TABLES"]

TABLES = (HIRING, RECIDIVISM)
