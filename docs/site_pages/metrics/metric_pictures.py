"""Which picture a metric has: the twenty people as it sees them, and the sentence that counts them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from biasaudit.errors import AuditError, nearest
from biasaudit.metrics.metric import Metric
from biasaudit.metrics.registry import ERRORS_OF_PREDICTIONS, row_of

from . import other_people, ranked_people
from .facts import Fact, fact_of
from .of_classes import drawn_grades
from .pictures import COUNTED, ELIGIBLE, OUTSIDE, Picture, Row, by_group, short
from .sentences import GROUPS, compared, gap, of_whom, rate_sentence, value
from .twenty import Twenty, cell_of, rate_of, twenty
from .twenty_workers import earnings

__all__ = ["Counted", "example_of", "people_of_rate", "pictures_of"]

# A drawing, and the sentence under it.
Counted = tuple[str, str]


def pictures_of(row: Metric, fact: Fact) -> list[Counted]:
    """Draw and count the twenty people of a metric.

    Raises
    ------
    AuditError
        If metrics.toml names a kind of picture that nobody draws, or none for what is no rate.
    """
    draw = KINDS.get(fact.picture)
    if draw is None or (fact.picture == "people" and rate_of(row) is None):
        raise AuditError(
            f'The metric "{row.name}" has no picture "{fact.picture}".{nearest(fact.picture, KINDS)} Name one of '
            f"{', '.join(KINDS)} as picture in [{row.name}] of docs/site_pages/metrics/metrics.toml, or draw a kind of "
            "its own in docs/site_pages/metrics/metric_pictures.py."
        )
    return draw(row, fact)


def example_of(row: Metric, fact: Fact) -> list[Counted]:
    """Draw another twenty people, who show when a metric misleads."""
    if fact.example is None:
        return []
    people = twenty(fact.example["A"], fact.example["B"])
    if fact.parts:
        return _parts(row, fact, people, "example")
    return [people_of_rate(row, fact, people, "example")]


def people_of_rate(row: Metric, fact: Fact, people: Twenty, slug: str = "") -> Counted:
    """Draw twenty people as a rate sees them: counted, eligible or neither."""
    eligible, counted = of_whom(row, fact)
    legend = {COUNTED: f"{eligible.removeprefix('who ')}, and {counted}" if eligible else counted}
    legend |= {ELIGIBLE: "eligible, not counted"} | ({OUTSIDE: "not eligible"} if eligible else {})
    states = {group: [_state(row, *cells) for cells in _cells(rows)] for group, rows in people.groups.items()}
    return _drawn(row, people, states, legend, slug), rate_sentence(row, fact, people.figures)


def _cells(rows: Any) -> list[tuple[bool, bool]]:
    return [(bool(right), bool(invited)) for right, invited in zip(rows["right"], rows["invited"], strict=True)]


def _state(row: Metric, right: bool, invited: bool) -> str:
    rate = rate_of(row)
    assert rate is not None
    cell = cell_of(right, invited)
    return COUNTED if cell in rate.counted else ELIGIBLE if cell in rate.among else OUTSIDE


def _drawn(row: Metric, people: Twenty, states: dict[str, list[str]], legend: dict[str, str], slug: str) -> str:
    rows = {group: _ticks(row, frame) for group, frame in people.groups.items()}
    name = "-".join(part for part in (row.name, slug) if part)
    title = f"{row.label}, counted among twenty people"
    return Picture(name, title, by_group(states), by_group(rows), legend).svg()


def _ticks(row: Metric, frame: Any) -> tuple[Row, ...]:
    """Say under each person what a metric looks at: the label, the decision or both."""
    both = {"y_true": Row("right for it", [bool(v) for v in frame["right"]])}
    both["y_pred"] = Row("invited", [bool(v) for v in frame["invited"]])
    return tuple(drawn for column, drawn in both.items() if column in row.needs)


def _people(row: Metric, fact: Fact) -> list[Counted]:
    return [people_of_rate(row, fact, twenty())]


def _parts(row: Metric, fact: Fact, people: Twenty | None = None, slug: str = "") -> list[Counted]:
    """Draw what a metric is made of, and say last how it is joined."""
    people = people or twenty()
    found = []
    for name in fact.parts:
        part = row_of(name)
        drawn, sentence = people_of_rate(part, fact_of(part), people, "-".join([slug or "of", row.name]))
        found.append((drawn, f"*{part.label}*: {sentence}"))
    last = f"{row.label} is {fact.joined}: **{_joined(row, people)}**."
    return [*found[:-1], (found[-1][0], f"{found[-1][1]}\n\n{last}")]


def _joined(row: Metric, people: Twenty) -> str:
    """Say the value in each group, or the gap where the metric is one."""
    if row.parts:
        return gap(people.figures.gap(row.name, "difference"), row.unit)
    each = (f"{value(people.figures.rate(row.name, group)[2], row.unit)} in group {group}" for group in GROUPS)
    return f"{' and '.join(each)}, a difference of {gap(people.figures.gap(row.name, 'difference'), row.unit)}"


def _scored(
    row: Metric,
    sentence: Callable[[Any, str], str],
    more: Callable[[Any], tuple[Row, ...]],
    people: Twenty | None = None,
) -> Counted:
    """Draw people in the order of their scores; who was right for the job is filled."""
    people = (people or twenty()).in_order_of_score()
    states = {g: [COUNTED if right else ELIGIBLE for right in f["right"]] for g, f in people.groups.items()}
    legend = {COUNTED: "was right for the job", ELIGIBLE: "was not"}
    rows = {group: more(frame) for group, frame in people.groups.items()}
    title = f"{row.label}, counted among twenty people in the order of their scores"
    drawn = Picture(row.name, title, by_group(states), by_group(rows), legend).svg()
    each = " ".join(sentence(people.figures, group) for group in GROUPS)
    return drawn, f"{each} {compared(row, people.figures)}"


def _score_row(frame: Any) -> Row:
    return Row("score", [short(score) for score in frame["score"]])


def _order(row: Metric, fact: Fact) -> list[Counted]:
    def sentence(figures: Any, group: str) -> str:
        right, everyone, _ = figures.rate("base_rate", group)
        pairs, auc = right * (everyone - right), figures.rate(row.name, group)[2]
        of_whom = " of one who was right for the job and one who was not" if group == GROUPS[0] else ""
        first = "the first scores" if of_whom else "it is"
        return (
            f"Group {group} has {pairs:g} pairs{of_whom}; in {auc * pairs:g} of them {first} "
            f"{'higher' if of_whom else 'so'}: **{value(auc, row.unit)}**."
        )

    return [_scored(row, sentence, lambda frame: (_score_row(frame),))]


def _distance(row: Metric, fact: Fact) -> list[Counted]:
    def squares(frame: Any) -> tuple[Row, ...]:
        found = (frame["right"] - frame["score"]) ** 2
        return (_score_row(frame), Row("distance²", [short(each) for each in found]))

    def sentence(figures: Any, group: str) -> str:
        found = f"**{value(figures.rate(row.name, group)[2], row.unit)}** on average"
        if group != GROUPS[0]:
            return f"Those of group {group}: {found}."
        return (
            "A score's distance is that from 1, where somebody was right for the job, and from 0, where not. The "
            f"squared distances of group {group} are {found}."
        )

    return [_scored(row, sentence, squares)]


def _mean_and_share(row: Metric, fact: Fact) -> list[Counted]:
    def sentence(figures: Any, group: str) -> str:
        off, share = figures.rate(row.name, group)[2], figures.rate("base_rate", group)[2]
        return (
            f"Group {group}'s scores are {value(off + share, row.unit)} on average, and {value(share)} were right for "
            f"the job: **{value(off, row.unit)}**."
        )

    return [_scored(row, sentence, lambda frame: (_score_row(frame),), twenty().overstated("B", 0.15))]


def _errors(row: Metric, fact: Fact) -> list[Counted]:
    drawn, sentence = people_of_rate(ERRORS_OF_PREDICTIONS, WRONG, twenty(), "of-predictions")
    trials, counted = other_people.trials(row)
    return [
        (trials, f"*Of trials*, here words of twenty speakers: {counted}"),
        (drawn, f"*Of predictions*: {sentence}"),
    ]


WRONG = Fact("", "", (), counted="were treated wrongly")
KINDS: dict[str, Callable[[Metric, Fact], list[Counted]]] = {
    "people": _people,
    "parts": _parts,
    "order": _order,
    "distance": _distance,
    "mean_and_share": _mean_and_share,
    "grades": lambda row, fact: [drawn_grades(row)],
    "bins": lambda row, fact: [other_people.bins(row)],
    "errors": _errors,
    "words": lambda row, fact: [other_people.words(row)],
    "mean_of_swaps": lambda row, fact: [other_people.mean_of_swaps(row)],
    "top_of_swaps": lambda row, fact: [other_people.top_of_swaps(row)],
    "earnings": lambda row, fact: [earnings(row)],
    "outcome": lambda row, fact: [other_people.outcome(row)],
    "share": lambda row, fact: [other_people.share(row)],
    "ranked": lambda row, fact: [ranked_people.ranked(row)],
}
