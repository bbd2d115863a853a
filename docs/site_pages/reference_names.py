"""Every public name, as docs/about/deprecation.md says what is public, in groups that people think in."""

from __future__ import annotations

import dataclasses
import importlib
import inspect
from collections.abc import Iterator
from functools import cached_property
from types import ModuleType
from typing import Any, NamedTuple

__all__ = ["GROUPS", "Group", "Member", "Name", "documented_in", "members_of", "modules_in", "public_names", "summary"]


class Group(NamedTuple):
    """Names that belong together: those of whole rooms, and some of those that ``biasaudit`` itself hands out."""

    slug: str
    title: str
    what: str
    rooms: tuple[str, ...] = ()
    names: tuple[str, ...] = ()


class Name(NamedTuple):
    """A public name under the path that people import it from."""

    room: str
    name: str
    value: Any
    group: Group

    @property
    def path(self) -> str:
        """What it is imported as."""
        return f"{self.room}.{self.name}"

    @property
    def kind(self) -> str:
        """What its page has to show."""
        if getattr(self.value, "__name__", self.name) != self.name:
            return "constant"
        if inspect.isclass(self.value):
            return "exception" if issubclass(self.value, BaseException) else "class"
        return "fixture" if _is_fixture(self.value) else "function" if inspect.isroutine(self.value) else "constant"


class Member(NamedTuple):
    """A public method or property of a class, and the class that defines it."""

    name: str
    owner: type
    value: Any

    @property
    def is_method(self) -> bool:
        """Whether it is called."""
        return not isinstance(self.value, (property, cached_property))


GROUPS = (
    Group(
        "audit",
        "Audit",
        "Ask what happens to each group: in data, decisions, scores, texts, or what a recogniser hears.",
        names=(
            "audit_predictions",
            "audit_rankings",
            "audit_dataset",
            "audit_model",
            "audit_thresholds",
            "audit_pairs",
            "audit_cv",
            "audit_errors",
            "audit_text",
            "audit_associations",
            "find_subgroups",
            "clarify_metrics",
            "flip_test",
        ),
    ),
    Group(
        "results",
        "Look into a result",
        "What an audit answers with: rates, gaps, findings in sentences, and reports.",
        rooms=("biasaudit.reporting.readable",),
        names=(
            "Audit",
            "DatasetAudit",
            "ThresholdAudit",
            "PairsAudit",
            "ClassAudit",
            "NumberAudit",
            "RankingAudit",
            "ErrorAudit",
            "TextAudit",
            "AssociationAudit",
            "SubgroupAudit",
            "AuditError",
            "__version__",
        ),
    ),
    Group(
        "data", "Data", "Data sets that come along, are fetched or made, and tables of yours.", ("biasaudit.datasets",)
    ),
    Group("mitigate", "Mitigate", "What mends a gap, and what that costs whom.", ("biasaudit.mitigation",)),
    Group(
        "stories",
        "Stories and lessons",
        "Made worlds in which the truth is known, and the notebooks that teach with them.",
        ("biasaudit.scenarios", "biasaudit.lessons"),
    ),
    Group(
        "gate",
        "Gate",
        "What must hold before a model ships, written as a policy, and its verdict.",
        ("biasaudit.policy",),
        ("check", "audit_for"),
    ),
    Group(
        "monitor",
        "Monitor",
        "Watch a model day by day, with an alarm that may be looked at daily.",
        ("biasaudit.monitoring",),
    ),
    Group(
        "plan",
        "Plan",
        "How much data would settle it, and what chance alone shows.",
        ("biasaudit.audits.learning",),
        ("plan_sample", "power_curve", "simulate_equal_groups", "ChanceGaps"),
    ),
    Group(
        "counts",
        "Share counts",
        "Tables of counts, which sites share where they may not share people.",
        names=("count", "Crosstab", "MomentTable", "audit_crosstab"),
    ),
    Group(
        "plots",
        "Plots",
        "Pictures of what was found, each with the table that it draws.",
        ("biasaudit.reporting.plots",),
    ),
    Group(
        "models",
        "Models",
        "What gets audited here: of tables, CVs, texts and speech, and services behind a URL.",
        ("biasaudit.models",),
    ),
    Group(
        "integrations",
        "Integrations",
        "Where engineers already are: pytest, scikit-learn, MLflow and data cards.",
        ("biasaudit.integrations",),
    ),
)


def public_names() -> tuple[Name, ...]:
    """List every public name that is no room, in the order of the groups."""
    found = [name for group in GROUPS for name in _names_in(group)]
    of_package = importlib.import_module("biasaudit")
    listed = {name.name for name in found if name.room == "biasaudit"}
    unlisted = [
        name for name in of_package.__all__ if name not in listed and not inspect.ismodule(getattr(of_package, name))
    ]
    if unlisted:
        raise LookupError(f"{', '.join(unlisted)} of biasaudit is in no group of docs/site_pages/reference_names.py.")
    return tuple(found)


def modules_in(group: Group) -> tuple[ModuleType, ...]:
    """List the modules of a group that hand out names; a room that lists modules stands for them, after itself."""
    found = []
    for room in group.rooms:
        module = importlib.import_module(room)
        inner = [importlib.import_module(f"{room}.{name}") for name in module.__all__ if _is_module(room, name)]
        found += [module, *inner]
    return tuple(found)


def _names_in(group: Group) -> Iterator[Name]:
    package = importlib.import_module("biasaudit")
    for name in group.names:
        yield Name("biasaudit", name, getattr(package, name), group)
    for module in modules_in(group):
        for name in module.__all__:
            if not _is_module(module.__name__, name):
                yield Name(module.__name__, name, getattr(module, name), group)


def _is_module(room: str, name: str) -> bool:
    """Say whether a name is a module, if need be by importing it: a function may have the name of its file."""
    module = importlib.import_module(room)
    if hasattr(module, name):
        return inspect.ismodule(getattr(module, name))
    return inspect.ismodule(importlib.import_module(f"{room}.{name}"))


def _is_fixture(value: Any) -> bool:
    return type(value).__name__ == "FixtureFunctionDefinition"


def members_of(kind: type) -> tuple[Member, ...]:
    """List the public methods and properties that the package adds to a class, in the order of the source.

    What another library calls by a name of its own, such as ``forward``, is none of them.
    """
    fields = {field.name for field in dataclasses.fields(kind)} if dataclasses.is_dataclass(kind) else set()
    found: dict[str, Member] = {}
    for owner in kind.__mro__:
        for name, value in vars(owner).items():
            if name.startswith("_") or name in fields or name in found or not _is_documented(owner, value):
                continue
            if any(name in vars(base) for base in owner.__mro__ if not base.__module__.startswith("biasaudit")):
                continue
            found[name] = Member(name, owner, value)
    return tuple(found.values())


def _is_documented(owner: type, value: Any) -> bool:
    is_member = isinstance(value, (property, cached_property, classmethod, staticmethod)) or inspect.isfunction(value)
    return is_member and owner.__module__.startswith("biasaudit.")


def documented_in(member: Member, classes: tuple[Name, ...]) -> Name:
    """Return the class whose page describes a member: the one that defines it, else the first that has it."""
    heirs = [name for name in classes if any(one[:2] == member[:2] for one in members_of(name.value))]
    return next((name for name in heirs if name.value is member.owner), heirs[0])


def summary(value: Any) -> str:
    """Return the first sentence of what is said of something."""
    return (inspect.getdoc(value) or "").split("\n\n")[0].replace("\n", " ")
