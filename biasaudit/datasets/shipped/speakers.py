"""Who speaks in collections of speech, and how well machines hear whom: figures that others counted or published."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from biasaudit.datasets.shipped.populations import Population
from biasaudit.errors import AuditError, nearest
from biasaudit.names import clean

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["SPEAKERS", "SpeakerShare", "compare_speakers", "load_speaker_shares", "speaker_population"]

AUDIO_MNIST = (
    "Becker et al. (2024), AudioMNIST, Journal of the Franklin Institute 361(1); "
    "audioMNIST_meta.txt in the repository soerenab/AudioMNIST: 12 of 60 speakers are female"
)
COMMON_VOICE = (
    "Ardila et al. (2020), Common Voice, LREC; cv-corpus-25.0-2026-03-09.json in the repository "
    "common-voice/cv-dataset: splits.gender of en, as shares of 2,574,404 clips by 99,724 speakers"
)
KOENECKE = (
    "Koenecke et al. (2020), Racial disparities in automated speech recognition, PNAS 117(14), 7684–7689: "
    "mean over five systems, 73 Black and 42 white speakers"
)
UNKNOWN = ("undeclared", "another answer")


@dataclass(frozen=True)
class SpeakerShare:
    """A figure about a group of speakers.

    Parameters
    ----------
    corpus : str
        Which recordings.
    measure : str
        share_of_speakers, share_of_clips or word_error_rate.
    group : str
        Whose figure it is.
    value : float
        0 to 1; a word error rate can be above 1.
    count, total : int or None
        What the value was counted from, where that is known.
    recomputed : bool
        Whether the value follows from counts given here; otherwise it is as published.
    source : str
        Who published it.

    Examples
    --------
    >>> import biasaudit as ba
    >>> rows = ba.datasets.load_speaker_shares().head(3)
    >>> print(rows[["group", "measure", "value", "count", "total"]].to_string(index=False))
    group           measure  value  count  total
    woman share_of_speakers 0.2000     12     60
      man share_of_speakers 0.8000     48     60
    woman    share_of_clips 0.1775   <NA>   <NA>
    """

    corpus: str
    measure: str
    group: str
    value: float
    count: int | None
    total: int | None
    recomputed: bool
    source: str


SPEAKERS = (
    SpeakerShare("audio_mnist", "share_of_speakers", "woman", 12 / 60, 12, 60, True, AUDIO_MNIST),
    SpeakerShare("audio_mnist", "share_of_speakers", "man", 48 / 60, 48, 60, True, AUDIO_MNIST),
    SpeakerShare("common_voice_25_en", "share_of_clips", "woman", 0.1775, None, None, False, COMMON_VOICE),
    SpeakerShare("common_voice_25_en", "share_of_clips", "man", 0.4327, None, None, False, COMMON_VOICE),
    SpeakerShare("common_voice_25_en", "share_of_clips", "undeclared", 0.3887, None, None, False, COMMON_VOICE),
    SpeakerShare("common_voice_25_en", "share_of_clips", "another answer", 0.0012, None, None, False, COMMON_VOICE),
    SpeakerShare("koenecke_2020", "word_error_rate", "Black", 0.35, None, None, False, KOENECKE),
    SpeakerShare("koenecke_2020", "word_error_rate", "white", 0.19, None, None, False, KOENECKE),
)


def load_speaker_shares() -> pd.DataFrame:
    """Load who speaks in AudioMNIST and Common Voice, and the word error rates of Koenecke et al.

    Returns
    -------
    DataFrame
        Columns as of :class:`SpeakerShare`. Counts are given where they are known: for AudioMNIST. Shares of Common
        Voice are of clips, not of people, and two of five clips say nothing of their speaker. The word error rates
        are as published and were not recomputed.

    References
    ----------
    Becker et al. (2024), Journal of the Franklin Institute 361(1). Ardila et al. (2020), LREC.
    Koenecke et al. (2020), PNAS 117(14).

    Examples
    --------
    >>> shares = load_speaker_shares()
    >>> shares.loc[shares["corpus"] == "common_voice_25_en", ["group", "value"]].to_numpy().tolist()
    [['woman', 0.1775], ['man', 0.4327], ['undeclared', 0.3887], ['another answer', 0.0012]]
    """
    import pandas as pd

    frame = pd.DataFrame([asdict(row) for row in SPEAKERS])
    return frame.astype({"count": "Int64", "total": "Int64"})


def speaker_population(corpus: str) -> Population:
    """Return who speaks in a corpus as a population, among those of whom it is known.

    For `population=` of :func:`biasaudit.audit_dataset` and `with_population`: are the speakers that a system is
    tested on those it learnt from?

    Parameters
    ----------
    corpus : str
        One of those in :func:`load_speaker_shares`.

    Returns
    -------
    Population

    Raises
    ------
    AuditError
        If there is no corpus of the name, or only error rates of it.

    Examples
    --------
    >>> population = speaker_population("common_voice_25_en")
    >>> {group: round(share, 3) for group, share in population.shares_of(["female", "male"]).items()}
    {'female': 0.291, 'male': 0.709}
    """
    rows = [row for row in _rows(corpus) if row.group not in UNKNOWN]
    known = sum(row.value for row in rows)
    left_out = 1 - known
    of = rows[0].measure.removeprefix("share_of_")
    return Population(
        name=corpus,
        people=f"{of.capitalize()} of {corpus} whose speaker's gender is declared",
        feature="gender",
        shares={row.group: row.value / known for row in rows},
        year={"audio_mnist": 2017, "common_voice_25_en": 2026}[corpus],
        source=rows[0].source,
        caution=(
            f"Shares of {of}; {100 * left_out:.1f} % are left out because the gender is not declared as one of the two."
            if left_out > 0.0005
            else f"Shares of {of}."
        ),
    )


def compare_speakers(corpus: str, population: Population | Mapping[str, float]) -> pd.DataFrame:
    """Hold the speakers of a corpus against a population.

    Parameters
    ----------
    corpus : str
        One of those that :func:`load_speaker_shares` has counts of.
    population : Population or mapping of str to float
        Share of each group, under whatever name it has for women and men.

    Returns
    -------
    DataFrame
        Columns group, count, total, share, share_low, share_high, population, ratio, low, high, p_value, as of
        :func:`biasaudit.inference.representation.representation`.

    Raises
    ------
    AuditError
        If there is no corpus of the name, no counts of it, or the population has other groups.

    Examples
    --------
    >>> table = compare_speakers("audio_mnist", {"woman": 0.5, "man": 0.5})
    >>> print(table[["group", "count", "share", "ratio", "low", "high"]].round(2).to_string(index=False))
    group  count  share  ratio  low  high
    woman     12    0.2    0.4 0.24  0.64
      man     48    0.8    1.6 1.36  1.76
    """
    import pandas as pd

    from biasaudit.inference.representation import representation

    rows = _rows(corpus)
    if any(row.count is None for row in rows):
        counted = ", ".join(dict.fromkeys(row.corpus for row in SPEAKERS if row.count is not None))
        raise AuditError(
            f'"{corpus}" has shares and no counts of speakers, so nobody can say how sure they are. '
            f"Take one with counts: {counted}."
        )
    groups = [row.group for row in rows]
    shares = _shares(population, groups)
    counts, total = [row.count or 0 for row in rows], rows[0].total or 0
    found = representation(counts, total, [shares[group] for group in groups])
    return pd.DataFrame(
        {
            "group": groups,
            "count": counts,
            "total": total,
            "share": found.share,
            "share_low": found.share_low,
            "share_high": found.share_high,
            "population": [shares[group] for group in groups],
            "ratio": found.ratio,
            "low": found.low,
            "high": found.high,
            "p_value": found.p_value,
        }
    )


def _rows(corpus: str) -> list[SpeakerShare]:
    rows = [row for row in SPEAKERS if row.corpus == corpus and row.measure.startswith("share_of_")]
    if not rows:
        names = list(dict.fromkeys(row.corpus for row in SPEAKERS if row.measure.startswith("share_of_")))
        shown = clean(str(corpus))
        raise AuditError(f'"{shown}" has no shares of speakers.{nearest(shown, names)} Corpora: {", ".join(names)}.')
    return rows


def _shares(population: Population | Mapping[str, float], groups: list[str]) -> dict[str, float]:
    """Return the shares of a population by the names of the groups here."""
    if not isinstance(population, Population):
        if not isinstance(population, Mapping):
            raise AuditError('population must map groups to shares, such as {"woman": 0.5, "man": 0.5}.')
        population = Population("given", "", "gender", population, 0, "", "")
    shares = population.shares_of(groups)
    if shares is None:
        found = clean(", ".join(map(str, population.shares)))
        raise AuditError(f"The population has the groups {found}. Give one of these: {', '.join(groups)}.")
    if any(
        isinstance(share, bool) or not isinstance(share, (int, float)) or not 0 <= share <= 1
        for share in shares.values()
    ):
        raise AuditError(f"The shares of the population are {clean(str(shares))}. Give numbers from 0 to 1.")
    if abs(sum(shares.values()) - 1) > 0.01:
        raise AuditError(f"The shares of the population sum to {sum(shares.values()):.3g}, not to 1. Give all of them.")
    return shares
