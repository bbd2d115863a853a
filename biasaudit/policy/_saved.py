"""What a rule needs of a saved audit; anything else in it is passed over."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, Field

__all__ = ["SavedAudit"]


class _Rate(BaseModel):
    metric: str
    class_name: str = Field("", alias="class")
    group: dict[str, str]
    denominator: float | None
    estimate: float | None
    low: float | None
    high: float | None
    reason: str


class _Gap(BaseModel):
    metric: str
    class_name: str = Field("", alias="class")
    comparison: str
    kind: str
    sensitive_features: list[str]
    group: dict[str, str]
    reference: dict[str, str]
    estimate: float | None
    low: float | None
    high: float | None
    reason: str


class _GroupSize(BaseModel):
    sensitive_features: list[str]
    group: dict[str, str]
    rows: int


class SavedAudit(BaseModel):
    """The tables of a report."""

    rates: list[_Rate]
    disparities: list[_Gap]
    groups: list[_GroupSize]
    settings: dict[str, Any]
