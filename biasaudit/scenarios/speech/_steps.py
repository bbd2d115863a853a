"""The speech story in steps: sentences, plots and clips for each of its panels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from biasaudit.audits.findings.gap_records import known, known_interval
from biasaudit.reporting.report import Finding
from biasaudit.scenarios.panels import Sound, Step
from biasaudit.scenarios.speech._mitigation import WAYS, SpeechMitigation
from biasaudit.scenarios.speech._training import OTHERS

if TYPE_CHECKING:
    import pandas as pd

    from biasaudit.audits.errors.audit import ErrorAudit
    from biasaudit.audits.learning.curves import LearningCurves
    from biasaudit.datasets.speech.clips import Clips

__all__ = ["enough_step", "mitigation_step", "model_step", "others_step", "truth_step", "who_step"]

MOST_FINDINGS = 3
POPULATION = {"woman": 0.5, "man": 0.5}
PLAYED_WORD = "seven"
HOP = 0.01


def who_step(question: str, speakers: Sequence[tuple[str, str, int]], clips: Clips) -> Step:
    """Say who is in the training, and let some of the voices be heard."""
    from biasaudit.reporting.plots import plot_shares

    count = {gender: sum(n for g, _, n in speakers if g == gender) for gender in ("man", "woman")}
    accents = {name: sum(n for _, a, n in speakers if a == name) for name in ("us", *OTHERS)}
    n = sum(count.values())
    others = ", ".join(f"{name} {n}" for name, n in accents.items() if n)
    spoken = "All speak with the accent of the United States." if accents["us"] == n else f"Accents: {others}."
    sentence = f"{n} speakers are in the training: {count['man']} men and {count['woman']} women. {spoken}"
    return Step(question, (sentence,), plots=(plot_shares(_shares(count), ("gender",)),), sounds=_sounds(clips))


def _sounds(clips: Clips) -> tuple[Sound, ...]:
    """Play one word as a man, a woman and somebody with another accent say it."""
    from biasaudit.datasets.speech.audio import mel_middles
    from biasaudit.reporting.plots import plot_spectrogram

    frame, sounds = clips.frame, []
    for gender, accent in (("man", "us"), ("woman", "us"), ("woman", "scotland")):
        of_them = (frame["gender"] == gender) & (frame["accent"] == accent) & (frame["word"] == PLAYED_WORD)
        one = clips.take([int(np.flatnonzero(of_them)[0])])
        pitch = one.frame["pitch"].iloc[0]
        words = f"A {gender} ({accent}) says “{PLAYED_WORD}”; the voice has a pitch of {pitch:.0f} hertz"
        drawn = plot_spectrogram(one.log_mel()[0], HOP, mel_middles(40, one.rate).tolist(), words)
        sounds.append(Sound(words, one.audio[0], one.rate, drawn))
    return tuple(sounds)


def model_step(question: str, audit: ErrorAudit) -> Step:
    """Say who is misheard."""
    tested = audit.table
    sentence = f"Tested on {tested.n:,} clips of {len(tested.cluster_names or ()):,} voices that no training had met."
    return _misheard(question, sentence, audit)


def mitigation_step(question: str, mitigation: SpeechMitigation) -> Step:
    """Say what each way of training does to the gaps."""
    from biasaudit.reporting.plots import plot_ways

    sentences = []
    if "group_dro" not in mitigation.ways:
        sentences.append(
            f"“{WAYS['group_dro']}” (group DRO) cannot be tried: one group alone is in the training, and nobody "
            "can be put first who is not there."
        )
    return Step(
        question, tuple(sentences), mitigation.findings(), (plot_ways(mitigation.errors(), mitigation.title()),)
    )


def enough_step(question: str, curves: LearningCurves) -> Step:
    """Say how many more women it takes."""
    from biasaudit.reporting.plots import plot_learning

    found = curves.needed("woman", "man")
    finding = Finding(
        found.sentence,
        found.verdict,
        "needed",
        "difference",
        "section",
        estimate=known(found.estimate),
        interval=known_interval(vars(found)),
    )
    return Step(question, (), (finding,), (plot_learning(curves.to_frame(), "women", found.sentence),))


def others_step(question: str, audit: ErrorAudit) -> Step:
    """Say whom PocketSphinx hears."""
    sentence = "PocketSphinx, with its own model of American English, hears the same voices say each digit once."
    return _misheard(question, sentence, audit)


def _misheard(question: str, sentence: str, audit: ErrorAudit) -> Step:
    from biasaudit.reporting.plots import plot_rates

    plots = tuple(plot_rates(audit.report(), "error_rate", features=(feature,)) for feature in ("gender", "accent"))
    found = audit.findings()[:MOST_FINDINGS]
    return Step(question, (sentence,), found, plots)


def truth_step(question: str, frame: pd.DataFrame) -> Step:
    """Say what nobody sees who has the recordings alone."""
    pitch = frame[frame["accent"] == "us"].drop_duplicates("speaker").groupby("gender")["pitch"].median()
    low, high = (frame.drop_duplicates("speaker")["pitch"].quantile(end) for end in (0.05, 0.95))
    sentences = (
        f"All {frame['speaker'].nunique()} speakers say the same {frame['word'].nunique()} words equally often, at "
        f"speeds and with noise drawn from the same ranges. Only the voice differs: half of the men of the United "
        f"States have a pitch below {pitch['man']:.0f} hertz, half of the women below {pitch['woman']:.0f} "
        f"({low:.0f} to {high:.0f} over all).",
        "So nobody speaks worse: who is misheard more often is misheard because the recogniser had not met such "
        "voices. Every gap here was put there by the choice of who is in the training.",
        "Synthetic voices differ less than people do. What carries over to the world is the direction of a gap, "
        "not its size.",
    )
    return Step(question, sentences)


def _shares(count: Mapping[str, int]) -> pd.DataFrame:
    """Hold the speakers' genders against a world of half women and half men."""
    import pandas as pd

    from biasaudit.inference.representation import representation
    from biasaudit.inference.verdicts import CANNOT_TELL, SHOWN

    rows, population = list(count.values()), [POPULATION[gender] for gender in count]
    found = representation(rows, sum(rows), population)
    return pd.DataFrame(
        {
            "group": [{"gender": gender} for gender in count],
            "rows": rows,
            "share": found.share,
            "share_low": found.share_low,
            "share_high": found.share_high,
            "population": population,
            "estimate": found.ratio,
            "low": found.low,
            "high": found.high,
            "verdict": np.where(found.p_value < 0.05, SHOWN, CANNOT_TELL),
        }
    )
