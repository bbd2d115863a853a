"""Twenty people of the metrics that ask neither for a label nor for a decision, each counted by its own audit."""

from __future__ import annotations

from typing import Any

import pandas as pd

import biasaudit as ba
from biasaudit.metrics.metric import Metric

from .pictures import COUNTED, ELIGIBLE, Picture, Row, by_group, short
from .sentences import GROUPS, compared, gap, value
from .twenty import Figures
from .words_picture import words_drawing

__all__ = ["bins", "mean_of_swaps", "outcome", "share", "top_of_swaps", "trials", "words"]

TRIALS = 4
# Words misheard of four, of each of ten speakers.
MISHEARD = {"A": [0, 1, 0, 0, 2, 0, 0, 1, 0, 0], "B": [1, 0, 3, 1, 0, 2, 1, 0, 1, 2]}
SAID = "one two three four five six seven eight nine ten"
HEARD = {
    "A": "one two three four five six seven eight pine ten",
    "B": "one to free four four five seven eight ten",
}
# Of five CVs, each under two names of either group.
SCORES_OF_CVS = {
    "A": [(0.82, 0.78), (0.66, 0.7), (0.55, 0.5), (0.47, 0.44), (0.36, 0.3)],
    "B": [(0.76, 0.74), (0.68, 0.6), (0.52, 0.58), (0.4, 0.42), (0.33, 0.31)],
}
NAMES = {"A": ("A. One", "A. Two"), "B": ("B. One", "B. Two")}
# Scores read as probabilities, and who turned out to be right for the job.
BINS = {"A": {0.755: (3, 4), 0.355: (2, 6)}, "B": {0.755: (2, 4), 0.355: (4, 6)}}
SICK = {"A": 2, "B": 5}
OF_DATA = {"A": 14, "B": 6}


def trials(row: Metric) -> tuple[str, str]:
    """Draw words of twenty speakers, and count those that were misheard."""
    speakers = [(group, wrong) for group in GROUPS for wrong in MISHEARD[group]]
    frame = pd.DataFrame(speakers, columns=["group", "wrong"])
    frame = frame.assign(words=TRIALS, speaker=range(len(frame)))
    audit = ba.audit_errors(frame, errors="wrong", trials="words", sensitive_features="group", cluster="speaker")
    rows = {
        group: (Row("words", [[at < wrong for at in range(TRIALS)] for wrong in MISHEARD[group]]),) for group in GROUPS
    }
    legend = {ELIGIBLE: f"a speaker of {TRIALS} words; filled: misheard, empty: not"}
    states = {group: [ELIGIBLE] * len(MISHEARD[group]) for group in GROUPS}
    drawn = Picture("trials", f"{row.label}, counted in words of twenty speakers", *_both(states, rows), legend).svg()
    figures = Figures(audit.rates(), audit.disparities())
    (k, n, rate), (other_k, other_n, other) = (figures.rate(row.name, group) for group in GROUPS)
    sentence = (
        f"Of {n:g} words of group A's speakers {k:g} were misheard: **{value(rate)}**. Of {other_n:g} of group B's, "
        f"{other_k:g}: **{value(other)}**. {compared(row, figures)}"
    )
    return drawn, sentence


def words(row: Metric) -> tuple[str, str]:
    """Draw the words of two speakers as they were said and heard, and count what went wrong."""
    frame = pd.DataFrame({"group": GROUPS, "said": [SAID] * 2, "heard": [HEARD[group] for group in GROUPS]})
    audit = ba.audit_errors(frame, said="said", heard="heard", sensitive_features="group")
    found = audit.intervals().set_index(audit.intervals()["group"].map(lambda group: next(iter(group.values()), "")))
    parts = [
        f"In group {group}'s {found['words'][group]:g} words there {_are(found['errors'][group])}: "
        f"**{value(found[row.name][group], row.unit)}**."
        for group in GROUPS
    ]
    apart = abs(found[row.name]["A"] - found[row.name]["B"])
    drawn = words_drawing(row.name, f"{row.label}, counted in twenty words", {g: (SAID, HEARD[g]) for g in GROUPS})
    return drawn, f"{' '.join(parts)} The difference is **{gap(apart, row.unit)}**."


def _are(errors: float) -> str:
    return "is 1 error" if errors == 1 else f"are {errors:g} errors"


def bins(row: Metric) -> tuple[str, str]:
    """Draw people of few scores, so that many have the same, and count how many of each came true."""
    people = [
        {"group": group, "score": score, "right": int(at < right)}
        for group in GROUPS
        for score, (right, n) in BINS[group].items()
        for at in range(n)
    ]
    frame = pd.DataFrame(people)
    audit = ba.audit_predictions(frame, y_true="right", score="score", sensitive_features="group")
    states = {group: _states(frame, group, "right") for group in GROUPS}
    scores = {group: (Row("score", [short(s) for s in frame[frame["group"] == group]["score"]]),) for group in GROUPS}
    legend = {COUNTED: "was right for the job", ELIGIBLE: "was not"}
    drawn = Picture(row.name, f"{row.label}, counted among twenty people", *_both(states, scores), legend).svg()
    figures = Figures(audit.rates(), audit.disparities())
    sentences = [
        f"In group {group}, {_in_bins(frame, group)}: a calibration error of "
        f"**{value(figures.rate(row.name, group)[2], row.unit)}**."
        for group in GROUPS
    ]
    return drawn, " ".join(sentences)


def _in_bins(frame: pd.DataFrame, group: str) -> str:
    found = frame[frame["group"] == group].groupby("score", sort=False, as_index=False)["right"].agg(["sum", "size"])
    told = [
        f"of {n:g} people with a score of {short(score)}, {right:g} came true"
        for score, right, n in zip(found["score"], found["sum"], found["size"], strict=True)
    ]
    return " and ".join(told)


def mean_of_swaps(row: Metric) -> tuple[str, str]:
    """Draw the scores of five CVs under each of four names, and take their means."""
    figures = _swapped()
    states = {group: [ELIGIBLE] * 10 for group in GROUPS}
    legend = {ELIGIBLE: "a CV under a name of the group"}
    means = {group: figures.rate(row.name, group)[2] for group in GROUPS}
    sentence = (
        f"Five CVs score **{value(means['A'], row.unit)}** on average under two names of group A, and the same five "
        f"**{value(means['B'], row.unit)}** under two of group B. The difference is "
        f"**{gap(figures.gap(row.name, 'difference'), row.unit)}**."
    )
    title = f"{row.label} of the same five CVs, twenty times"
    return Picture(row.name, title, *_both(states, _cv_rows()), legend).svg(), sentence


def top_of_swaps(row: Metric) -> tuple[str, str]:
    """Draw the same, and mark who is in the top quarter of the four that share a CV."""
    figures = _swapped()
    best = [max(*SCORES_OF_CVS["A"][cv], *SCORES_OF_CVS["B"][cv]) for cv in range(5)]
    states = {
        group: [COUNTED if score == best[cv] else ELIGIBLE for cv, pair in enumerate(scores) for score in pair]
        for group, scores in SCORES_OF_CVS.items()
    }
    legend = {COUNTED: "scores highest of the four with the same CV", ELIGIBLE: "does not"}
    (k, n, rate), (other_k, other_n, other) = (figures.rate(row.name, group) for group in GROUPS)
    sentence = (
        f"Of the {n:g} times that a CV had a name of group A, it was in the top quarter {k:g} times: **{value(rate)}**."
        f" Of the {other_n:g} with a name of group B, {other_k:g}: **{value(other)}**. {compared(row, figures)}"
    )
    title = f"{row.label} of the same five CVs, twenty times"
    return Picture(row.name, title, *_both(states, _cv_rows()), legend).svg(), sentence


def _swapped() -> Figures:
    """Audit a scorer that gives each CV the scores that stand above."""
    known = {
        f"{name}: CV {cv}": SCORES_OF_CVS[group][cv][at]
        for group, names in NAMES.items()
        for at, name in enumerate(names)
        for cv in range(5)
    }

    def scorer(texts: list[str]) -> list[float]:
        return [known[text] for text in texts]

    audit = ba.audit_pairs(scorer, [f"{{name}}: CV {cv}" for cv in range(5)], swap={"name": NAMES}, reference="A")
    return Figures(audit.rates(), audit.disparities())


def _cv_rows() -> dict[str, tuple[Row, ...]]:
    numbers = Row("CV", [str(1 + cv) for cv in range(5) for _ in range(2)])
    return {
        group: (numbers, Row("score", [short(score) for pair in scores for score in pair]))
        for group, scores in SCORES_OF_CVS.items()
    }


def outcome(row: Metric) -> tuple[str, str]:
    """Draw who has an outcome that is no decision, as a search for subgroups counts it."""
    frame = pd.DataFrame([{"group": g, "sick": int(at < SICK[g])} for g in GROUPS for at in range(10)])
    found = ba.find_subgroups(frame, outcome="sick", features=["group"], min_support=0.1).subgroups()
    counted = {next(iter(pattern.values())): (cases, n) for pattern, cases, n in _counted(found)}
    states = {group: _states(frame, group, "sick") for group in GROUPS}
    legend = {COUNTED: "was off sick", ELIGIBLE: "was not"}
    (k, n), (other_k, other_n) = (counted[group] for group in GROUPS)
    sentence = (
        f"Of the {n:g} people of group A, {k:g} were off sick: **{value(k / n)}**. Of the {other_n:g} of group B, "
        f"{other_k:g}: **{value(other_k / other_n)}**. The difference is **{gap(abs(k / n - other_k / other_n))}**."
    )
    return Picture(row.name, f"{row.label}, counted among twenty people", by_group(states), {}, legend).svg(), sentence


def _counted(found: pd.DataFrame) -> list[tuple[dict[str, str], float, float]]:
    return list(zip(found["pattern"], found["cases"], found["n"], strict=True))


def share(row: Metric) -> tuple[str, str]:
    """Draw two groups of unequal size."""
    frame = pd.DataFrame({"group": [group for group in GROUPS for _ in range(OF_DATA[group])], "label": [0, 1] * 10})
    audit = ba.audit_dataset(frame, label="label", sensitive_features="group")
    figures = Figures(audit.rates(), audit.disparities())
    states = {group: [COUNTED if group == "A" else ELIGIBLE] * OF_DATA[group] for group in GROUPS}
    legend = {COUNTED: "is of group A", ELIGIBLE: "is not"}
    (k, n, found), (other_k, _, other) = (figures.rate(row.name, group) for group in GROUPS)
    sentence = (
        f"Of the {n:g} people in the data, {k:g} are of group A: **{value(found)}**, and {other_k:g} of group B: "
        f"**{value(other)}**."
    )
    return Picture(row.name, f"{row.label}, counted among twenty people", by_group(states), {}, legend).svg(), sentence


def _states(frame: pd.DataFrame, group: str, column: str) -> list[str]:
    return [COUNTED if found else ELIGIBLE for found in frame[frame["group"] == group][column]]


def _both(states: dict[str, Any], rows: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    return by_group(states), by_group(rows)
