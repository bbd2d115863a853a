"""Watch a model day by day: a small store of counts, audits of any window, and an alarm that may be looked at daily."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from biasaudit.monitoring._store import Store
    from biasaudit.monitoring._watching import Watch

__all__ = ["Store", "Watch"]

_HOME = {"Store": "biasaudit.monitoring._store", "Watch": "biasaudit.monitoring._watching"}


def __getattr__(name: str) -> Any:
    if name in _HOME:
        return getattr(importlib.import_module(_HOME[name]), name)
    raise AttributeError(f"module 'biasaudit.monitoring' has no attribute {name!r}")
