"""What one key of a policy means for another: limits that fit their comparison, names that are told apart."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from biasaudit.metrics.units import OUTCOME

if TYPE_CHECKING:
    from biasaudit.metrics.metric import Metric
    from biasaudit.policy.document import Rule
    from biasaudit.policy.rulebook import Policy

__all__ = ["check_keys", "rule_name"]


def check_keys(policy: Policy) -> None:
    """Check what one key means for another."""
    if not policy.rules and policy.document.sheet is None:
        raise policy.wrong((), "the policy has no rule, so nothing would be judged. Add a table [[rules]].")
    for at, rule in enumerate(policy.rules):
        for key, sentence in _misfits(rule):
            raise policy.wrong(("rules", at, key), sentence)
    names: set[str] = set()
    for at, rule in enumerate(policy.rules):
        name = rule_name(rule)
        if name in names:
            raise policy.wrong(("rules", at), f'two rules are called "{name}". Give each a name of its own.')
        names.add(name)
    sheet = policy.document.sheet
    if sheet and sheet.set_apart_below and not sheet.set_apart_reason:
        raise policy.wrong(
            ("sheet", "set_apart_below"), "small categories are set apart without a reason. Add set_apart_reason."
        )


def rule_name(rule: Rule) -> str:
    """Name a rule, by what it asks where it has no name."""
    of_class = [f"class={rule.class_name}"] if rule.class_name is not None else []
    words = [
        rule.metric,
        *of_class,
        rule.comparison,
        *(rule.by or ()),
        *(f"{f}={v}" for f, v in (rule.group or {}).items()),
    ]
    return rule.name or " ".join([*words, *([] if rule.has_limit else ["not worse"])])


def _misfits(rule: Rule) -> Iterator[tuple[str, str]]:
    """Yield the key that does not fit the others, and why."""
    from biasaudit.metrics.registry import row_of
    from biasaudit.policy._tables import metric_of

    row = row_of(metric_of(rule))
    unit = row.unit
    share = unit.is_share
    most = 1 if share or rule.comparison == "ratio" else float("inf")
    if rule.comparison == "difference":
        if rule.min is not None:
            yield "min", "a difference has a max, the largest gap that is borne. Write max."
        if rule.max is not None and not 0 <= rule.max <= most:
            range_ = (
                "of shares lies between 0 and 1. Write 0.1 for ten points"
                if share
                else ("has no sign. Write the largest that is borne")
            )
            yield "max", f"max = {rule.max:g} is out of range: a difference {range_}."
    if rule.comparison == "ratio":
        if rule.max is not None:
            yield (
                "max",
                "a ratio has a min, the smallest that is borne: 1 is equal, and a group over its reference "
                "counts like the reference over the group. Write min.",
            )
        if rule.min is not None and not 0 < rule.min <= 1:
            yield (
                "min",
                f"min = {rule.min:g} is out of range: a ratio lies above 0 and is at most 1, which is equal. "
                "Write 0.8 for four fifths.",
            )
    if rule.comparison == "rate":
        yield from _misfits_of_rate(rule, row)
    if rule.max_sd is not None:
        yield from _misfits_of_deviations(rule, row)
    if not rule.has_limit and (rule.comparison == "rate" or not rule.not_worse_than_baseline):
        needed = {"difference": "max", "ratio": "min", "rate": "max or min"}[rule.comparison]
        other = ", or not_worse_than_baseline = true" if rule.comparison != "rate" else ""
        yield "metric", f"the rule has no limit. Add {needed}{other}."
    if rule.margin is not None and not rule.not_worse_than_baseline:
        yield "margin", "margin is what a gap may grow by. Add not_worse_than_baseline = true, or leave it out."
    if rule.margin is not None and rule.margin > most:
        yield "margin", f"margin = {rule.margin:g} is out of range: it has to be at most 1."
    if rule.not_worse_than_baseline and rule.margin is None and rule.comparison != "ratio" and unit.small is None:
        yield (
            "not_worse_than_baseline",
            f"nobody has said which change of {rule.metric} is too small to matter. Add margin, in {unit.name}.",
        )
    if rule.ignore_small and not rule.min_rows:
        yield "ignore_small", "ignore_small leaves out groups with fewer than min_rows. Add min_rows, or leave it out."
    if rule.group is not None and rule.kind == "range":
        yield "kind", 'a range is over all groups, and the rule names one. Write kind = "pair" or leave kind out.'
    if rule.group is not None and rule.by is not None and set(rule.by) != set(rule.group):
        yield "by", "by and group name other features. Leave out by: the group says it."


def _misfits_of_deviations(rule: Rule, row: Metric) -> Iterator[tuple[str, str]]:
    """Yield what does not fit where a difference has a limit in standard deviations of the outcome."""
    if rule.comparison != "difference":
        yield (
            "max_sd",
            f"max_sd is the largest difference, and this rule is about a {rule.comparison}. Write max or min, or "
            'comparison = "difference".',
        )
    if row.unit != OUTCOME:
        yield "max_sd", f"max_sd is for what is in the unit of a number, and {rule.metric} is not. Write max."
    if rule.max is not None:
        yield "max_sd", "the rule has two limits, max and max_sd. Write one of them."


def _misfits_of_rate(rule: Rule, row: Metric) -> Iterator[tuple[str, str]]:
    """Yield what does not fit where each group's own rate has a limit."""
    if row.parts:
        yield (
            "comparison",
            f"{rule.metric} is the larger of two gaps, and nobody's rate. Write difference, or a rule for each of "
            f"{' and '.join(row.parts)}.",
        )
    for key, limit in (("max", rule.max), ("min", rule.min)):
        if row.unit.is_share and limit is not None and not 0 <= limit <= 1:
            yield key, f"{key} = {limit:g} is out of range: a rate lies between 0 and 1. Write 0.8 for 80 %."
    if rule.max is not None and rule.min is not None:
        yield "min", "a rule has a max or a min. Write a rule for each."
    if rule.kind is not None:
        yield "kind", "kind is how groups are held against each other, and a rate stands by itself. Leave it out."
