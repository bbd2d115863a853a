"""What a policy file may hold: the published schema, key by key."""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from biasaudit.counts.cuts import read_cuts
from biasaudit.counts.values import canonical
from biasaudit.metrics.outcome_words import read_words
from biasaudit.metrics.units import read_tolerance

__all__ = [
    "ABOVE_MEDIAN",
    "LONGEST_WAIVER",
    "POLICY_SCHEMA_ID",
    "Columns",
    "Document",
    "Rule",
    "Sheet",
    "Waiver",
    "policy_schema",
]

POLICY_SCHEMA_ID = "urn:biasaudit:policy:1.0"
ABOVE_MEDIAN = "above median"
# A year, leap day included: a harm that is borne for longer is no exception any more.
LONGEST_WAIVER = 366
WRITTEN_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
Name = Annotated[str, Field(min_length=1)]


class PolicyTable(BaseModel):
    """A table of the file: unknown keys and values of another type are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


class Columns(PolicyTable):
    """Which column means what; what is left out, the data set or the command says."""

    sensitive_features: list[Name] | None = Field(None, description="Columns that say who belongs to which group.")
    y_true: Name | None = Field(None, description="Column of labels.")
    y_pred: Name | None = Field(None, description="Column of predictions or decisions.")
    score: Name | None = Field(None, description="Column of scores.")
    threshold: float | Literal["above median"] | None = Field(
        None, description='Predict positive from this score on; "above median": above the median of all scores.'
    )
    pos_label: str | bool | int | float | None = Field(None, description="The value that counts as positive.")
    cluster: Name | None = Field(None, description="Column of what belongs together, such as the person.")
    sample_weight: Name | None = Field(None, description="Column of weights.")
    count: Name | None = Field(None, description="Column of how many people a row stands for.")
    selected: Name | None = Field(None, description="Column of how many people were selected, in a table of counts.")
    of: Name | None = Field(None, description="Column of how many people there were, beside selected.")
    reference: dict[str, str] | None = Field(None, description="Group of a feature the others are held against.")
    outcome_type: Literal["binary", "classes", "number"] | None = Field(
        None, description="What labels and predictions are, where their values would be read otherwise."
    )
    positive: list[Name] | None = Field(None, description='Where numbers are cut into yes and no, such as "G3>=10".')
    unit: Name | None = Field(None, description="Unit of a number, such as dollars an hour.")
    tolerance: float | str | None = Field(
        None, description='Gap of means that is too small to matter: in the unit, or as "0.2 sd".'
    )
    confidence: float | None = Field(None, ge=0.5, lt=1, description="Confidence of the intervals.")

    words: dict[str, str] | None = Field(
        None, description="What sentences say of people: people, selected, rejected, positive, negative, good, outcome."
    )

    @field_validator("words")
    @classmethod
    def _known(cls, value: Any) -> Any:
        read_words(value)
        return value

    @field_validator("tolerance")
    @classmethod
    def _told(cls, value: Any) -> Any:
        """Write a tolerance as audits tell it."""
        return None if value is None else read_tolerance(value).text

    @field_validator("sensitive_features", "positive", mode="before")
    @classmethod
    def _one(cls, value: Any) -> Any:
        return [value] if isinstance(value, str) else value

    @field_validator("positive")
    @classmethod
    def _cut(cls, value: list[str] | None) -> list[str] | None:
        """Write cuts as audits tell them, whatever blanks stand in them."""
        return None if value is None else [cut.text for cut in read_cuts(value).values()]


class Waiver(PolicyTable):
    """Why a rule may fail for a while, and until when."""

    until: date = Field(description=f"Last day of the waiver, at most {LONGEST_WAIVER} days after a check.")
    reason: Name = Field(description="Why the harm is borne until then.")

    @field_validator("until", mode="before")
    @classmethod
    def _written(cls, value: Any) -> Any:
        """Take a date in quotes as well: programs that write TOML from JSON know no other."""
        try:
            return date.fromisoformat(value) if isinstance(value, str) and WRITTEN_DATE.fullmatch(value) else value
        except ValueError:
            return value


class Rule(PolicyTable):
    """What must hold of one metric."""

    name: Name | None = Field(None, description="Name in reports; made from the rule where it is left out.")
    metric: Name = Field(description="Name of the metric.")
    class_name: str | bool | int | float | None = Field(
        None, alias="class", description="Only this class, held against all others. Left out: every class."
    )
    comparison: Literal["difference", "ratio", "rate"] = Field(
        "difference", description="A difference or a ratio between groups, or the rate of each group itself."
    )
    kind: Literal["range", "pair", "to_overall"] | None = Field(
        None,
        description="range: over all groups (default). pair: each against the reference. to_overall: each "
        "against everyone.",
    )
    by: list[Name] | None = Field(
        None, description="Sensitive features; several are crossed. Left out: each feature by itself."
    )
    group: dict[str, str] | None = Field(None, description="Only this group.")
    max: float | None = Field(None, description="Largest difference, or rate, that is borne; of a number, in its unit.")
    min: float | None = Field(None, description="Smallest ratio, or rate, that is borne.")
    max_sd: float | None = Field(
        None, ge=0, description="Largest difference that is borne, in standard deviations of the outcome: of numbers."
    )
    not_worse_than_baseline: bool = Field(False, description="Hold it against a saved audit.")
    margin: float | None = Field(None, ge=0, description="What it may be worse by than the baseline.")
    min_rows: int = Field(0, ge=0, description="Fewer rows in a group: cannot tell.")
    ignore_small: bool = Field(False, description="Groups with fewer than min_rows are not what the rule is about.")
    when_cannot_tell: Literal["pass", "warn", "fail"] = Field("warn", description="What follows if data cannot tell.")
    reason: str = Field("", description="Why the rule is there.")
    owner: str = Field("", description="Who answers for it.")
    waiver: Waiver | None = None

    @property
    def has_limit(self) -> bool:
        """Whether it says how large or small its figure may be, so that it needs no baseline."""
        return not (self.max is None and self.min is None and self.max_sd is None)

    @field_validator("class_name")
    @classmethod
    def _as_read(cls, value: Any) -> str | None:
        """Write a class as columns are read: 3 and "3" are the same."""
        return None if value is None else canonical(value)

    @field_validator("by", mode="before")
    @classmethod
    def _one(cls, value: Any) -> Any:
        return [value] if isinstance(value, str) else value


class Sheet(PolicyTable):
    """A table that a rule of law or practice asks for, beside the rules."""

    name: Literal["four_fifths", "local_law_144", "ai_act_article_10"] = Field(description="Which table.")
    set_apart_below: float = Field(0.0, ge=0, lt=0.5, description="Categories under this share get no impact ratio.")
    set_apart_reason: str = Field("", description="Why they are set apart; needed where any are.")


class Document(PolicyTable):
    """A whole policy file."""

    name: Name = Field(description="Name of the policy.")
    owner: str = Field("", description="Who answers for it.")
    says: list[str] = Field([], description="What a reader has to know of it.")
    audit: Literal["predictions", "dataset"] = Field("predictions", description="What is asked of the data.")
    columns: Columns = Field(default_factory=lambda: Columns.model_validate({}))
    rules: list[Rule] = Field([], description="What must hold.")
    sheet: Sheet | None = None


WRITTEN = {"type": "string", "format": "date", "pattern": f"^{WRITTEN_DATE.pattern}$"}
# A reader of TOML hands over a date that is of no type that JSON knows.
TOML_DATE = {"not": {"type": ["array", "boolean", "null", "number", "object", "string"]}}


def policy_schema() -> dict[str, Any]:
    """Return the JSON Schema of policy files.

    Returns
    -------
    dict of str to object
        JSON Schema, draft 2020-12.

    Examples
    --------
    >>> sorted(policy_schema()["properties"])
    ['audit', 'columns', 'name', 'owner', 'rules', 'says', 'sheet']
    """
    made = Document.model_json_schema()
    made["$defs"]["Rule"]["properties"]["by"] = _one_or_many(made["$defs"]["Rule"]["properties"]["by"])
    until = made["$defs"]["Waiver"]["properties"]["until"]
    made["$defs"]["Waiver"]["properties"]["until"] = {
        "title": until["title"],
        "description": until["description"],
        "anyOf": [WRITTEN, TOML_DATE],
    }
    columns = made["$defs"]["Columns"]["properties"]
    for name in ("sensitive_features", "positive"):
        columns[name] = _one_or_many(columns[name])
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": POLICY_SCHEMA_ID,
        **made,
        "title": "biasaudit policy",
    }


def _one_or_many(described: dict[str, Any]) -> dict[str, Any]:
    return described | {"anyOf": [{"type": "string", "minLength": 1}, *described["anyOf"]]}
