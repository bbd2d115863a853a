"""The one engine behind the command line, Python and the dashboard: an audit and a policy give a verdict."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from biasaudit.errors import AuditError
from biasaudit.names import clean
from biasaudit.policy._baseline import paired, read_baseline
from biasaudit.policy._consistency import rule_name
from biasaudit.policy._sheets import sheet_sections
from biasaudit.policy._tables import Tables, metric_of, of_report
from biasaudit.policy.document import LONGEST_WAIVER
from biasaudit.policy.estimates import PAST, UNSURE, WITHIN
from biasaudit.policy.judging import WORST_FIRST, MetricWords, against_baseline, against_limit
from biasaudit.policy.reading import load, ready
from biasaudit.policy.rulebook import Policy
from biasaudit.policy.verdict import (
    CANNOT_TELL,
    FAIL,
    NOT_JUDGED,
    PASS,
    WAIVED,
    CheckResult,
    JudgedEstimate,
    RuleResult,
)

if TYPE_CHECKING:
    from biasaudit.policy.document import Rule
    from biasaudit.reporting.report import Report

__all__ = ["check_report"]

OUTCOMES = {WITHIN: PASS, PAST: FAIL, UNSURE: CANNOT_TELL}
SOON = 30
# What an audit leaves out of its settings where it was not asked for.
ALWAYS_TOLD = ("positive", "unit")


def check_report(report: Report, policy: Any, *, baseline: Any = None, today: date | None = None) -> CheckResult:
    """Hold an audit against a policy.

    A rule fails where the whole interval is past its limit, passes where the whole interval is within it, and else the
    data cannot tell: the interval lies on both sides, the figure is undefined, or a group has too few rows. What
    follows then is for the rule to say: ``when_cannot_tell = "warn"`` (outcome "cannot tell"), "fail" or "pass".

    Parameters
    ----------
    report : Report
    policy : path, str or Policy
    baseline : path or file, optional
        Saved audit for rules that say ``not_worse_than_baseline``.
    today : date, optional
        Day on which waivers have to hold.

    Returns
    -------
    CheckResult

    Raises
    ------
    AuditError
        If the policy or the baseline is not what it should be, does not fit the audit, or a waiver has ended.
    """
    policy, today = load(policy), today or date.today()
    _check_waivers(policy, today)
    _check_settings(policy, report)
    now, then = of_report(report), _baseline(policy, baseline)
    rules = tuple(_result(policy, at, now, then) for at in range(len(policy.rules)))
    waivers = [note for rule in rules for note in _waiver_notes(rule, today)]
    return CheckResult(
        policy=policy.name,
        source=policy.source,
        title=report.title,
        outcome=_outcome(rules),
        rules=rules,
        says=_says(policy),
        notes=(*waivers, *report.warnings),
        sections=sheet_sections(policy, report),
        settings=dict(report.settings),
        rows=report.rows,
        owner=policy.document.owner,
        on=today,
        package_version=report.package_version,
    )


def _says(policy: Policy) -> tuple[str, ...]:
    """Tell what a table of law is and is not, in a policy of one's own as well."""
    sheet = policy.document.sheet
    always = ready(sheet.name).document.says if sheet else ()
    return tuple(dict.fromkeys([*policy.document.says, *always]))


def _outcome(rules: tuple[RuleResult, ...]) -> str:
    outcomes = {rule.outcome for rule in rules}
    return next((o for o in (FAIL, CANNOT_TELL, PASS) if o in outcomes), PASS if rules else NOT_JUDGED)


def _check_waivers(policy: Policy, today: date) -> None:
    for at, rule in enumerate(policy.rules):
        if rule.waiver and rule.waiver.until < today:
            raise policy.wrong(
                ("rules", at, "waiver", "until"),
                f'the waiver of the rule "{clean(rule_name(rule))}" ended on '
                f"{rule.waiver.until}. Mend the gap and take the waiver out, or have its owner set a new date and "
                f"reason.",
            )
        latest = today + timedelta(days=LONGEST_WAIVER)
        if rule.waiver and rule.waiver.until > latest:
            raise policy.wrong(
                ("rules", at, "waiver", "until"),
                f'the waiver of the rule "{clean(rule_name(rule))}" lasts until '
                f"{rule.waiver.until}, and a waiver may last for {LONGEST_WAIVER} days from the day of the check. Set "
                f"{latest} or earlier.",
            )


def _check_settings(policy: Policy, report: Report) -> None:
    """Refuse an audit of other columns than the policy is about: its verdict would be another one."""
    for name, wanted in policy.columns.model_dump(exclude_none=True).items():
        if name not in report.settings and name not in ALWAYS_TOLD:
            continue
        found = report.settings.get(name)
        if _plain(found) != _plain(wanted):
            raise policy.wrong(
                ("columns", name),
                f"the policy is about {name} = {_shown(wanted)}, and this audit was asked with "
                f"{_shown(found)}. Audit what the policy names, or take the key out.",
            )


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): str(level) for key, level in value.items()}
    if isinstance(value, list | tuple):
        return sorted(map(str, value))
    return f"{value:g}" if isinstance(value, int | float) and not isinstance(value, bool) else str(value)


def _shown(value: Any) -> str:
    return "nothing" if value is None else clean(repr(list(value) if isinstance(value, tuple) else value), 100)


def _baseline(policy: Policy, baseline: Any) -> Tables | None:
    asks = [at for at, rule in enumerate(policy.rules) if rule.not_worse_than_baseline]
    if asks and baseline is None:
        raise policy.wrong(
            ("rules", asks[0], "not_worse_than_baseline"),
            "the rule compares with a baseline, and none was given. "
            "Give the JSON of a saved audit: --baseline audit.json, or baseline=.",
        )
    if baseline is not None and not asks:
        raise AuditError(
            f"A baseline was given, and no rule of {policy.source} looks at it. Add not_worse_than_baseline = true to "
            "a rule, or leave the baseline out."
        )
    return None if baseline is None else read_baseline(baseline)


def _result(policy: Policy, at: int, now: Tables, then: Tables | None) -> RuleResult:
    rule = policy.rules[at]
    metric = metric_of(rule)
    words = MetricWords(now.labels.get(metric, rule.metric), now.unit(metric))
    rows, judged = now.chosen(policy, at), []
    if rule.has_limit:
        judged += against_limit(rule, rows, words)
    if rule.not_worse_than_baseline and then is not None:
        judged += against_baseline(rule, paired(policy, at, now, then), words)
    judged.sort(key=lambda one: WORST_FIRST.index(one.state))
    outcome, added = _follows(rule, judged[0].state)
    return RuleResult(
        rule_name(rule), outcome, _sentence(judged) + added, rule, policy.line("rules", at), tuple(judged)
    )


def _follows(rule: Rule, worst: str) -> tuple[str, str]:
    """Say what follows from the worst of what was judged."""
    outcome, added = OUTCOMES[worst], ""
    if worst == UNSURE and rule.when_cannot_tell != "warn":
        outcome = PASS if rule.when_cannot_tell == "pass" else FAIL
        added = f" The policy takes what cannot be told for a {'pass' if outcome == PASS else 'failure'}."
    if rule.waiver and outcome in (FAIL, CANNOT_TELL):
        return WAIVED, f"{added} Waived until {rule.waiver.until}: {clean(rule.waiver.reason, 300)}"
    return outcome, added


def _sentence(judged: list[JudgedEstimate]) -> str:
    worst = [one for one in judged if one.state == judged[0].state]
    others = len(worst) - 1
    more = f" And {others} more figure{'s' * (others > 1)} like it." if others else ""
    return f"{worst[0].sentence}.{more}"


def _waiver_notes(result: RuleResult, today: date) -> list[str]:
    waiver = result.rule.waiver
    if waiver is None:
        return []
    if result.outcome != WAIVED:
        passes = "holds" if result.holds else "fails" if result.outcome == FAIL else "passes"
        return [f'The rule "{clean(result.name)}" {passes} without its waiver: take the waiver out.']
    left = (waiver.until - today).days
    return [f'The waiver of "{clean(result.name)}" ends in {left} days.'] if left <= SOON else []
