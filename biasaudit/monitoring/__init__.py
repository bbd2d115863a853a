"""Watch a model day by day: a small store of counts, audits of any window, and an alarm that may be looked at daily."""

from __future__ import annotations

from typing import TYPE_CHECKING

from biasaudit.lazy import loaded_when_used

if TYPE_CHECKING:
    from biasaudit.monitoring._store import Store
    from biasaudit.monitoring._watch import Watch

__all__ = ["Store", "Watch"]

__getattr__, __dir__ = loaded_when_used(__name__, __all__, {"Store": "_store", "Watch": "_watch"})
