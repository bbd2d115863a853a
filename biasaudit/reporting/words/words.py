"""The words every report uses for verdicts, settings and method, in one place."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from biasaudit.inference.verdicts import SHOWN
from biasaudit.metrics.registry import row_of
from biasaudit.reporting.report import Finding
from biasaudit.reporting.words.text import clean, number, percent, points

__all__ = [
    "BENEFIT",
    "KINDS",
    "NOTES",
    "SECTION_VERDICTS",
    "UNSETTLED",
    "VERDICTS",
    "VerdictWords",
    "confidence_of",
    "interval_head",
    "listed",
    "notes",
    "setting_rows",
    "verdict_of",
]


@dataclass(frozen=True)
class VerdictWords:
    """A verdict on screen: its words, a mark for text, a shape for pictures and what it means."""

    label: str
    mark: str
    shape: str
    meaning: str


VERDICTS: Mapping[str, VerdictWords] = {
    "shown": VerdictWords(
        "Gap shown", "✗", "triangle", "the groups differ by more than chance explains, all comparisons counted"
    ),
    "not shown": VerdictWords(
        "No gap shown", "✓", "circle", "any gap is smaller than the tolerance; a smaller one may still exist"
    ),
    "cannot tell": VerdictWords(
        "Cannot tell", "?", "diamond", "the data are too few, or a rate is undefined; this is not a pass"
    ),
}

# What a section finds need not be a gap.
SECTION_VERDICTS: Mapping[str, VerdictWords] = {
    "shown": replace(VERDICTS["shown"], label="Shown"),
    "not shown": replace(VERDICTS["not shown"], label="Not shown"),
    "cannot tell": VERDICTS["cannot tell"],
}

# What is shown may be good: less harm than without what was done.
BENEFIT = VerdictWords("Shown, for the better", "✚", "plus", "what was done helps by more than chance explains")

# Of a gap that the data cannot tell, though its interval leaves out no gap.
UNSETTLED = "by itself its interval says that there is a gap; with all that was asked, this may be chance"

KINDS: Mapping[str, str] = {
    "range": "widest gap between two groups",
    "pair": "between two groups",
    "to_overall": "against everyone",
}

SETTINGS: Mapping[str, str] = {
    "label": "Label column",
    "outcome": "Outcome column",
    "outcome_type": "The outcome is",
    "unit": "Unit of the outcome",
    "y_true": "Label column",
    "y_pred": "Prediction column",
    "score": "Score column",
    "threshold": "Predicted positive from a score of",
    "line": "That score is",
    "pos_label": "Counts as positive",
    "classes": "Classes",
    "sensitive_features": "Sensitive features",
    "reference": "Reference groups",
    "primary": "Primary questions",
    "metrics": "Measures asked",
    "resamples": "Resamples of rows",
    "population": "Population",
    "features": "Features",
    "bins": "Edges of numbers",
    "max_features": "Longest pattern",
    "min_support": "Smallest subgroup, share of rows",
    "rank_by": "Ranked by",
    "strata": "Alike in",
    "verified": "Verified labels",
    "model": "Model",
    "swap": "Swapped",
    "jobs": "Jobs",
    "about": "Speaks of",
    "trainings": "Trainings",
    "cluster": "Rows belong together by",
    "sample_weight": "Weight column",
    "count": "Column of people a row stands for",
    "selected": "Column of people selected",
    "of": "Column of people in all",
    "confidence": "Confidence of intervals",
    "positive": "Cut into yes and no",
    "tolerance_difference": "Gaps too small to matter, as a difference",
    "tolerance": "Gaps too small to matter, as a difference",
    "tolerance_in_unit": "The same in the unit of the outcome",
    "tolerance_ratio": "Gaps too small to matter, as a ratio",
}

ABOUT: Mapping[str, tuple[str, str]] = {
    "training": (
        "the way of training",
        "The way of training, not one model. Intervals, tests and verdicts of rates and gaps hold for models that are "
        "trained the same way on other rows of this kind, as many as these: {trainings} trainings tell what that "
        "changes. Inequality and calibration error hold the trained models for given.",
    ),
    "models": (
        "these trained models alone",
        "These trained models, and no others. A model trained the same way on other rows may show other gaps, and "
        "nothing here says by how much.",
    ),
}

NOTES: tuple[tuple[str, str], ...] = (
    (
        "What an interval is",
        "A {thing} measured on few people could have come out differently by luck. The interval gives the values that "
        "fit the data: with {confidence} confidence, about {share} such intervals hold the true {thing}. "
        "A wide interval means that the data say little.",
    ),
    (
        "What chance alone would show",
        "The widest of several gaps is never zero, even where all groups are treated alike. Next to each widest gap "
        "stands the gap that equal groups of these sizes would show on average.",
    ),
    (
        "What “Gap shown” means",
        "The groups differ by more than chance explains, after counting every comparison made here: looking at many "
        "gaps finds large ones by luck, so the p-values are adjusted.",
    ),
    (
        "What “No gap shown” means",
        "The whole interval of the gap lies inside the tolerance. A gap smaller than that may still exist.",
    ),
    (
        "What “Cannot tell” means",
        "The data are too few to show a gap or to rule one out, or a {thing} is undefined. That is not a pass: people "
        "may be harmed without these data being able to show it. More rows of the small groups would help.",
    ),
    (
        "What this report does not say",
        "It does not say why groups differ, nor that a label is right: a label such as an arrest or a past decision "
        "can carry the harm itself. It does not see groups that the data do not name. It is no legal advice, and no "
        "verdict here means that a use is lawful or safe.",
    ),
)

POOLED = (
    "What “Partly pooled” means",
    "A rate of few people tells more of luck than of them. The partly pooled rate draws it towards the rate of all "
    "groups: the more, the fewer people it rests on and the less the groups differ. So three people do not lead a "
    "plot. It is the better guess for most groups, but one that truly is far from all others is drawn too near. No "
    "verdict rests on it.",
)


def verdict_of(finding: Finding) -> VerdictWords | None:
    """Return the words for a finding's verdict, of a benefit its own; None where it is none of the three."""
    if finding.benefit and finding.verdict == SHOWN:
        return BENEFIT
    return (SECTION_VERDICTS if finding.kind == "section" else VERDICTS).get(finding.verdict)


def confidence_of(settings: Mapping[str, Any]) -> str:
    """Write the confidence of the intervals.

    Examples
    --------
    >>> confidence_of({"confidence": 0.95}), confidence_of({})
    ('95 %', '95 %')
    """
    return f"{_hundredths(settings)} %"


def _hundredths(settings: Mapping[str, Any]) -> str:
    return f"{100 * float(settings.get('confidence') or 0.95):g}"


def notes(settings: Mapping[str, Any], *, pooled: bool = False, thing: str = "rate") -> tuple[tuple[str, str], ...]:
    """Explain the method: pairs of a heading and a paragraph; where rates are partly pooled, what that means, too.

    `thing` is what the report measures: a rate, or a value that is no share.
    """
    confidence, share = confidence_of(settings), f"{_hundredths(settings)} of 100"
    method = tuple((title, text.format(confidence=confidence, share=share, thing=thing)) for title, text in NOTES)
    if pooled:
        method = (method[0], POOLED, *method[1:])
    if settings.get("about") not in ABOUT:
        return method
    about = ABOUT[settings["about"]][1].format(trainings=settings.get("trainings"))
    return (("What this report speaks of", about), *method)


def interval_head(settings: Mapping[str, Any]) -> str:
    """Head the column of intervals, with what they hold for given.

    Examples
    --------
    >>> interval_head({"confidence": 0.9}), interval_head({"about": "models"})
    ('90 % interval', '95 % interval for these trained models')
    """
    return f"{confidence_of(settings)} interval" + " for these trained models" * (settings.get("about") == "models")


def listed(names: Iterable[str], most: int = 12) -> str:
    """List names with commas, the first of them where there are many.

    Examples
    --------
    >>> listed(["race", "sex"]), listed("abcd", most=2)
    ('race, sex', 'a, b and 2 more')
    """
    names = [clean(name) for name in names]
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def setting_rows(settings: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Write what the audit was asked, a pair of words for each setting that was given."""
    order = [*SETTINGS, *sorted(set(settings) - set(SETTINGS))]
    given = [name for name in order if _is_given(settings.get(name))]
    return [(SETTINGS.get(name, clean(name)), _setting(name, settings[name])) for name in given]


def _is_given(setting: Any) -> bool:
    return setting is not None and setting != "" and not (isinstance(setting, list | tuple | dict) and not setting)


def _setting(name: str, setting: Any) -> str:
    if name == "about" and setting in ABOUT:
        return ABOUT[setting][0]
    if name in ("primary", "metrics"):
        return listed(row_of(metric).lower for metric in setting)
    if name == "confidence":
        return percent(setting) if not isinstance(setting, float) else f"{100 * setting:g} %"
    if name == "tolerance_difference" and isinstance(setting, list | tuple):
        return f"{' to '.join(points(end) for end in setting)} points"
    if name in ("tolerance", "tolerance_in_unit") and isinstance(setting, float):
        return f"{setting:,.4g}"
    if name == "tolerance_ratio" and isinstance(setting, list | tuple):
        return " to ".join(number(end, 2) for end in setting)
    if isinstance(setting, Mapping):
        return ", ".join(f"{clean(k)} = {clean(v)}" for k, v in setting.items())
    if isinstance(setting, list | tuple | set | frozenset):
        return listed(setting)
    return clean(setting, 200)
