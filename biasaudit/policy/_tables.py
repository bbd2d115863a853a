"""The estimates a rule speaks of, found in the tables of an audit, of today or of a baseline."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from biasaudit.counts.values import align_boolean_levels, resolve_level
from biasaudit.errors import nearest
from biasaudit.inference.intervals.simultaneous import widen_limits
from biasaudit.inference.references import against_reference
from biasaudit.metrics.measure_names import measure_name, parted
from biasaudit.metrics.moments import Moment
from biasaudit.metrics.primary import COLUMN_WORDS
from biasaudit.metrics.rates import Rate
from biasaudit.metrics.registry import aliases, is_declared, row_of
from biasaudit.names import clean
from biasaudit.policy.estimates import Estimate

if TYPE_CHECKING:
    from biasaudit.metrics.units import Unit
    from biasaudit.policy.document import Rule
    from biasaudit.policy.rulebook import Policy
    from biasaudit.reporting.report import Report

__all__ = ["Measurement", "Tables", "metric_of", "of_report"]

Group = dict[str, str]
Key = frozenset[tuple[str, str]]


@dataclass(frozen=True)
class Measurement:
    """One estimate of an audit: who it is about, its number with its interval, and the fewest rows it rests on."""

    features: tuple[str, ...]
    group: Group
    reference: Group
    estimate: Estimate
    rows: float
    reason: str
    # Groups that the rule is about and the estimate leaves out, since they have no value.
    without: tuple[Group, ...] = ()
    # Whether the estimate is of more groups than the rule is about: theirs may be smaller.
    wider: bool = False
    # A pair of them then proves a failure, and nothing else.
    only_fails: bool = False
    # Groups that a range is over.
    among: int = 0
    class_name: str = ""


@dataclass(frozen=True)
class Tables:
    """The tables of an audit that rules look at, as plain rows.

    Parameters
    ----------
    rates, disparities, groups : sequence of dict
        As in :class:`biasaudit.reporting.report.Report`.
    settings : mapping
    what : str
        What messages call the audit.
    labels : mapping of str to str
        Words for each metric.
    units : mapping of str to Unit
        In what each metric is written; that of its row where there is none.
    """

    rates: Sequence[Mapping[str, Any]]
    disparities: Sequence[Mapping[str, Any]]
    groups: Sequence[Mapping[str, Any]]
    settings: Mapping[str, Any]
    what: str = "this audit"
    labels: Mapping[str, str] = field(default_factory=dict)
    units: Mapping[str, Unit] = field(default_factory=dict)

    @property
    def splits(self) -> list[tuple[str, ...]]:
        """The ways in which people are split, single features first."""
        return list(dict.fromkeys(tuple(row["sensitive_features"]) for row in self.groups))

    def unit(self, metric: str) -> Unit:
        """Return the unit in which the audit writes a metric."""
        return self.units.get(metric) or row_of(metric).unit

    def levels(self, feature: str) -> list[str]:
        """Name the groups of one feature."""
        return [row["group"][feature] for row in self.groups if tuple(row["sensitive_features"]) == (feature,)]

    def known(self, group: Mapping[str, str]) -> dict[str, str]:
        """Return a group that a rule names as these tables call it: booleans were once 0 and 1."""
        return {feature: resolve_level(level, self.levels(feature)) for feature, level in group.items()}

    def in_words_of(self, other: Tables) -> Tables:
        """Return the same tables with the groups of booleans called as in `other`."""
        features = [split[0] for split in self.splits if len(split) == 1]
        names = {
            f: dict(zip(self.levels(f), align_boolean_levels(self.levels(f), other.levels(f))[0], strict=True))
            for f in features
        }

        def renamed(row: Mapping[str, Any]) -> dict[str, Any]:
            groups = {side: row[side] for side in ("group", "reference") if row.get(side)}
            return dict(row) | {
                side: {f: names.get(f, {}).get(level, level) for f, level in group.items()}
                for side, group in groups.items()
            }

        rates, disparities, groups = (
            [renamed(row) for row in table] for table in (self.rates, self.disparities, self.groups)
        )
        return replace(self, rates=rates, disparities=disparities, groups=groups)

    def sizes(self, features: tuple[str, ...]) -> dict[frozenset[tuple[str, str]], float]:
        """Rows of each group of a split."""
        return {_key(row["group"]): row["rows"] for row in self.groups if tuple(row["sensitive_features"]) == features}

    def chosen(self, policy: Policy, at: int) -> list[Measurement]:
        """Find the estimates that the rule with this index is about.

        Raises
        ------
        AuditError
            If the audit does not measure what the rule asks.
        """
        rule = policy.rules[at]
        metric, splits = self._metric(policy, at), self._splits(policy, at)
        rows = [
            row
            for measure in self._of_classes(policy, at, metric)
            for features in splits
            for row in self._measured(rule, measure, features)
        ]
        if not rows and rule.group is not None and rule.comparison != "rate" and _kind(rule) == "pair":
            group = ", ".join(f'{feature} = "{level}"' for feature, level in rule.group.items())
            raise policy.wrong(
                ("rules", at, "group"),
                f"{group} is the reference that the others are held against in {self.what}. "
                'Name another group, another reference in [columns], or kind = "to_overall".',
            )
        if not rows:
            against = f" as a {rule.comparison}, {_kind(rule)}," if rule.comparison != "rate" else ""
            raise policy.wrong(
                ("rules", at, "metric"),
                f'{self.what} has no "{metric}"{against} for the groups of this rule. '
                "Name another comparison, kind or metric.",
            )
        return rows

    def counted(self, row: Measurement) -> dict[Any, Any]:
        """Return every rate of every group of the split that an estimate is of: equal ones are of equal counts."""
        sizes = self.sizes(next((s for s in self.splits if set(s) == set(row.features)), row.features))
        keyed = ((rate, _key(rate["group"])) for rate in self.rates)
        return {
            (rate["metric"], key): (_number(rate["denominator"]), str(_number(rate["estimate"])), sizes[key])
            for rate, key in keyed
            if key in sizes and isinstance(row_of(rate["metric"]), Rate | Moment)
        }

    def _metric(self, policy: Policy, at: int) -> str:
        rule = policy.rules[at]
        table = self.rates if rule.comparison == "rate" else self.disparities
        known = {parted(name)[0] for name in {row["metric"] for row in table} if row_of(name).gated}
        name = metric_of(rule)
        if name not in known:
            others = [other for other, metric in aliases().items() if metric in known]
            of_classes = any(parted(row["metric"])[1] for row in table)
            needed = "" if of_classes else _needed(name, any(isinstance(row_of(one), Moment) for one in known))
            hint = self._why_not(rule.metric, name, [*known, *others], needed)
            listed = (
                f" Metrics: {', '.join(sorted(known))}." if known else " A rule can be about none of what it measures."
            )
            raise policy.wrong(
                ("rules", at, "metric"), f'metric = "{rule.metric}" is not measured by {self.what}.{hint}{listed}'
            )
        return name

    def _why_not(self, named: str, name: str, known: Sequence[str], needed: str) -> str:
        """Say why an audit has no such metric: it was not asked, it needs a column, or the name is another."""
        if is_declared(name) and self.settings.get("metrics"):
            return " The audit asks other measures: add it to metrics, or leave metrics out."
        hint = needed or nearest(named, known)
        if hint or is_declared(name):
            return hint
        return f' A metric of your own comes with its function: audit_predictions(…, metrics={{"{clean(named)}": …}}).'

    def _of_classes(self, policy: Policy, at: int, metric: str) -> list[str]:
        """Name what is measured of each class that a rule is about; the metric itself where it is of none."""
        wanted = policy.rules[at].class_name
        names = dict.fromkeys(row["metric"] for row in self.rates)
        names |= dict.fromkeys(row["metric"] for row in self.disparities)
        found = [name for name in names if parted(name)[0] == metric]
        if wanted is None:
            return found
        classes = [class_name for name in found if (class_name := parted(name)[1])]
        if wanted not in classes:
            known = f" Classes: {', '.join(classes)}." if classes else " Leave class out."
            raise policy.wrong(
                ("rules", at, "class"),
                f'class = "{wanted}" is no class of "{metric}" in {self.what}.{nearest(str(wanted), classes)}{known}',
            )
        return [measure_name(metric, str(wanted))]

    def _splits(self, policy: Policy, at: int) -> list[tuple[str, ...]]:
        rule, known = policy.rules[at], self.splits
        singles: list[tuple[str, ...]] = [split for split in known if len(split) == 1]
        wanted = list(rule.group) if rule.group is not None else rule.by
        key = "group" if rule.group is not None else "by"
        if wanted is None:
            return singles
        fits = [split for split in known if set(split) == set(wanted)]
        if not fits:
            shown = ["[" + ", ".join(f'"{name}"' for name in split) + "]" for split in known]
            unknown = next((name for name in wanted if (name,) not in known), "")
            hint = nearest(unknown, [split[0] for split in singles]) if unknown else ""
            raise policy.wrong(
                ("rules", at, key),
                f"{self.what} does not split people by {' and '.join(wanted)}.{hint} It splits by {', '.join(shown)}.",
            )
        if rule.group is not None and _key(self.known(rule.group)) not in self.sizes(fits[0]):
            self._no_group(policy, at, fits[0])
        return fits

    def _no_group(self, policy: Policy, at: int, features: tuple[str, ...]) -> None:
        group = policy.rules[at].group or {}
        known = [
            ", ".join(row["group"].values()) for row in self.groups if tuple(row["sensitive_features"]) == features
        ]
        wanted = ", ".join(group[feature] for feature in features)
        raise policy.wrong(
            ("rules", at, "group"),
            f'{" and ".join(features)} = "{wanted}" is not a group of {self.what}.'
            f"{nearest(wanted, known)} Groups: {'; '.join(known[:12])}{'; …' * (len(known) > 12)}.",
        )

    def _measured(self, rule: Rule, metric: str, features: tuple[str, ...]) -> Iterable[Measurement]:
        sizes = self.sizes(features)
        eligible = self._eligible(metric, features)
        if rule.comparison == "rate":
            found = [row for row in self.rates if row["metric"] == metric and _key(row["group"]) in sizes]
        else:
            found = self._gaps(metric, rule.comparison, _kind(rule), features)
        small = {one for one, n in eligible.items() if rule.ignore_small and n < rule.min_rows}
        if not any(self._counts(row, small) for row in found):
            small = set()
        for row in found:
            if rule.group is not None and dict(row["group"]) != self.known(rule.group):
                continue
            if rule.group is None and not sizes.get(_key(row["group"]), 0):
                continue
            if rule.comparison != "rate" and _kind(rule) == "range":
                yield from self._range(rule, row, eligible, small)
            elif self._counts(row, small):
                ends = [_key(row[side]) for side in ("group", "reference") if row.get(side)]
                rows = min((eligible.get(one, sizes.get(one, float("nan"))) for one in ends), default=float("nan"))
                reason, class_name = str(row["reason"] or ""), parted(metric)[1]
                yield Measurement(features, *_ends(row), _estimate(row), rows, reason, class_name=class_name)

    def _range(
        self, rule: Rule, row: Mapping[str, Any], eligible: Mapping[Key, float], small: set[Key]
    ) -> Iterable[Measurement]:
        """Measure a range, and the pairs of the groups that a rule is about where the range may be of more."""
        metric, features = str(row["metric"]), tuple(row["sensitive_features"])
        estimate, reason = _estimate(row), str(row["reason"] or "")
        without = self._without(metric, eligible)
        involved = {
            one: n for one, n in eligible.items() if one not in small and not (one in without and estimate.known)
        }
        if small and len(involved) < 2:
            estimate, reason = Estimate(math.nan, math.nan, math.nan), f"not two groups have {rule.min_rows} rows"
        wider = not small <= set(without)
        yield Measurement(
            features,
            *_ends(row),
            estimate,
            min(involved.values(), default=float("nan")),
            reason,
            without=tuple(without[one] for one in without if one not in small),
            wider=wider,
            among=len(involved),
            class_name=parted(metric)[1],
        )
        if wider:
            yield from self._pairs(rule, metric, features, involved)

    def _gaps(self, metric: str, comparison: str, kind: str, features: tuple[str, ...]) -> list[Mapping[str, Any]]:
        """Choose the gaps of a split; pairs are those with the reference, since others stand where a gap is shown."""
        rows = [
            row
            for row in self.disparities
            if (row["metric"], row["comparison"], row["kind"]) == (metric, comparison, kind)
            and tuple(row["sensitive_features"]) == features
        ]
        if kind != "pair":
            return rows
        sides = ([row[name] for row in rows] for name in ("sensitive_features", "group", "reference"))
        return [row for row, declared in zip(rows, against_reference(*sides), strict=True) if declared]

    @staticmethod
    def _counts(row: Mapping[str, Any], small: set[Key]) -> bool:
        """Say whether an estimate is of no group that is too small for the rule; a range may be of others as well."""
        ends = (row["group"], row.get("reference") or {})
        return row.get("kind") == "range" or not small.intersection(_key(end) for end in ends if end)

    def _pairs(
        self, rule: Rule, metric: str, features: tuple[str, ...], eligible: Mapping[Key, float]
    ) -> Iterable[Measurement]:
        """Hold groups that a rule is about against each other where the range is of more, all at once."""
        pairs = [
            row
            for row in self._gaps(metric, rule.comparison, "pair", features)
            if {_key(row["group"]), _key(row["reference"])} <= set(eligible)
        ]
        values, lows, highs = ([_number(row[name]) for row in pairs] for name in ("estimate", "low", "high"))
        alpha = 1 - float(self.settings.get("confidence") or 0.95)
        limits = widen_limits(values, lows, highs, rule.comparison, questions=max(len(pairs), 1), alpha=alpha)
        for row, least, most in zip(pairs, *limits, strict=True):
            rows = min(eligible[_key(row[side])] for side in ("group", "reference"))
            estimate = Estimate(_number(row["estimate"]), float(least), float(most))
            yield Measurement(features, *_ends(row), estimate, rows, "", only_fails=True, class_name=parted(metric)[1])

    def _without(self, metric: str, eligible: Mapping[Key, float]) -> dict[Key, Group]:
        """Find the groups, of those with rows, that have no value of a metric or of a part of it."""
        wanted = row_of(metric).parts or (metric,)
        return {
            _key(row["group"]): dict(row["group"])
            for row in self.rates
            if row["metric"] in wanted and _key(row["group"]) in eligible and _lacks_value(row)
        }

    def _eligible(self, metric: str, features: tuple[str, ...]) -> dict[frozenset[tuple[str, str]], float]:
        """Count the rows a metric rests on in each group that has any; weights are no rows, so there all rows count."""
        sizes = {group: float(rows) for group, rows in self.sizes(features).items() if rows}
        if self.settings.get("sample_weight"):
            return sizes
        wanted = row_of(metric).parts or (metric,)
        for row in self.rates:
            group, denominator = _key(row["group"]), _number(row["denominator"])
            if row["metric"] in wanted and group in sizes and denominator == denominator:
                sizes[group] = min(sizes[group], denominator)
        return sizes


def metric_of(rule: Rule) -> str:
    """Return the metric's own name, where the rule uses another name in use."""
    return aliases().get(rule.metric, rule.metric)


def of_report(report: Report) -> Tables:
    """Take the tables of a report of today."""
    from biasaudit.reporting.words.breakdowns import records

    labels = {name: text.label for name, text in report.metrics.items()}
    units = {name: text.unit for name, text in report.metrics.items()}
    rates, disparities, groups = (records(frame) for frame in (report.rates, report.disparities, report.groups))
    return Tables(rates, disparities, groups, report.settings, labels=labels, units=units)


def _needed(name: str, of_numbers: bool) -> str:
    """Say what a known rate needs that the audit did not have, and how a number becomes a yes or no."""
    needs = row_of(name).needs
    if not needs:
        return ""
    is_number = of_numbers and not isinstance(row_of(name), Moment)
    cut = ', and the outcome was read as a number: cut it, such as with positive = "score>=0.5"' if is_number else ""
    return f" It needs {' and '.join(COLUMN_WORDS[role] for role in needs)}{cut}."


def _lacks_value(row: Mapping[str, Any]) -> bool:
    """Say whether a group has no value, or of a number none of which anybody knows how sure it is, as of one row."""
    needed = ("estimate", "low") if isinstance(row_of(row["metric"]), Moment) else ("estimate",)
    return any(math.isnan(_number(row[name])) for name in needed)


def _kind(rule: Rule) -> str:
    return rule.kind or ("pair" if rule.group is not None else "range")


def _key(group: Mapping[str, str]) -> frozenset[tuple[str, str]]:
    return frozenset(group.items())


def _estimate(row: Mapping[str, Any]) -> Estimate:
    return Estimate(*(_number(row[name]) for name in ("estimate", "low", "high")))


def _ends(row: Mapping[str, Any]) -> tuple[Group, Group]:
    return dict(row["group"]), dict(row.get("reference") or {})


def _number(value: Any) -> float:
    return float("nan") if value is None else float(value)
