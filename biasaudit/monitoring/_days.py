"""Days as people write them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from biasaudit.errors import AuditError

__all__ = ["as_day"]


def as_day(day: Any) -> date:
    """Read a day.

    Raises
    ------
    AuditError
        If it is none.

    Examples
    --------
    >>> as_day("2026-01-31")
    datetime.date(2026, 1, 31)
    """
    if isinstance(day, datetime):
        return day.date()
    if isinstance(day, date):
        return day
    try:
        return date.fromisoformat(str(day))
    except ValueError:
        raise AuditError(f'"{str(day)[:40]}" is not a day. Write it as year-month-day, such as 2026-01-31.') from None
