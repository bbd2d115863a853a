"""Vowels of men, women, boys and girls: formants as measured, and what twenty people heard."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from biasaudit.datasets.dataset import Card, Dataset, Figure
from biasaudit.datasets.fetched._download import fetch

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["FILES", "GROUPS", "fetch_vowels"]

SOURCE = "https://raw.githubusercontent.com/kleinschmidt/hdp-bayes-vowels/0787a1ab4007217f0ad2a756e0d1c4385f676fd2"
FILES = {
    "vowdata.dat": "05a4a69e2c6b0f444077245b1427d12bc86f8d7a32ae7a4b63f7e06e5712e4b1",
    "iddata.dat": "52f48f4a951941d486c7b59afbe57a6f4fb5b3f0bbcd9cace8080d3da20d1856",
}
MOST_BYTES = 1_000_000
GROUPS = {"m": "men", "w": "women", "b": "boys", "g": "girls"}
WORDS = {
    "iy": "heed",
    "ih": "hid",
    "ei": "haid",
    "eh": "head",
    "ae": "had",
    "ah": "hod",
    "aw": "hawed",
    "oa": "boat",
    "oo": "hood",
    "uw": "who'd",
    "uh": "hud",
    "er": "heard",
}
STEADY = ("f0", "F1", "F2", "F3", "F4")
ALONG = tuple(f"F{formant}_{share}" for share in (20, 50, 80) for formant in (1, 2, 3))
MEASURED = ("duration", *STEADY, *ALONG)
LISTENERS = "Hillenbrand's iddata.dat: 20 listeners heard each token; mean over tokens"
CARD = Card(
    title="Twelve American English vowels by 45 men, 48 women, 27 boys and 19 girls",
    source="Hillenbrand's vowdata.dat and iddata.dat, taken from a public repository that keeps them unchanged",
    url=f"{SOURCE}/hillenbrand-data/vowdata.dat",
    licence="(c) 1995 James Hillenbrand. No licence is known to us, so the files are fetched and not shipped.",
    collected="139 talkers, most of them from Michigan, each saying each vowel once, as in heed, hid, had",
    citation=(
        "Hillenbrand, Getty, Clark and Wheeler (1995), Acoustic characteristics of American English vowels, "
        "Journal of the Acoustical Society of America 97(5), 3099–3111."
    ),
    rows=1668,
    question="Does a recogniser that learnt from men hear women and children as people do?",
    columns={
        "token": "Name of the recording: talker and vowel",
        "talker": "Who spoke, such as m01",
        "group": "men, women, boys or girls",
        "vowel": "The vowel that was to be said, in two letters",
        "word": "A word with the vowel",
        "duration": "Milliseconds",
        "f0": "Pitch at the steady state, Hz",
        **{f"F{n}": f"Formant {n} at the steady state, Hz; missing where not measurable" for n in range(1, 5)},
        **{name: f"Formant {name[1]} after {name[3:]} % of the vowel, Hz; missing likewise" for name in ALONG},
        "heard": "How many listeners said what they heard",
        "heard_right": "How many of them heard the vowel that was to be said",
        "heard_wrong": "How many heard another one",
        "heard_as": "The vowel that most of them heard",
    },
    known_faults=(
        "One region, one decade, one reading of single words: nobody can say from these talkers how others fare.",
        "Talkers who did not tell the vowels of hod and hawed apart were left out when the data were gathered.",
        "Formants that could not be measured do not spread evenly: F1 to F3 are incomplete for 1.5 % of the tokens of "
        "men, 3.1 % of women, 5.9 % of boys and 2.6 % of girls, and whoever takes complete tokens drops those.",
        "Twelve tokens of one talker are not twelve people: intervals must keep talkers together.",
        "Of one token (g12eh) 19 and not 20 answers are on record.",
        "The listeners heard the whole word; a model of the steady state does not hear how the vowel moves.",
    ),
    published_figures=(
        Figure("Tokens of men that listeners identified right", "94.60 %", LISTENERS),
        Figure("Tokens of women that listeners identified right", "95.58 %", LISTENERS),
        Figure("Tokens of boys that listeners identified right", "93.78 %", LISTENERS),
        Figure("Tokens of girls that listeners identified right", "93.57 %", LISTENERS),
        Figure("Talkers", "139", "Hillenbrand et al. 1995: 45 men, 48 women and 46 children"),
    ),
    sha256=FILES["vowdata.dat"],
)


def fetch_vowels() -> Dataset:
    """Fetch formants and pitch of 1,668 vowels by 139 talkers, with what 20 people heard of each.

    Two small files, fetched once (:func:`biasaudit.datasets.fetched._download.fetch`). The label is the vowel; a row is
    a token; rows of one talker belong together. Frequencies are in Hz; what was not measurable is missing.

    Returns
    -------
    Dataset
        Groups men, women, boys, girls; `card.published_figures` has the share of each that people heard right.

    Raises
    ------
    AuditError
        If a file is not at hand and cannot be fetched.

    References
    ----------
    Hillenbrand, Getty, Clark and Wheeler (1995), "Acoustic characteristics of American English vowels", Journal of
    the Acoustical Society of America 97(5).

    Examples
    --------
    >>> vowels = fetch_vowels()  # doctest: +SKIP
    >>> vowels.frame.groupby("group")["talker"].nunique().to_dict()  # doctest: +SKIP
    {'boys': 27, 'girls': 19, 'men': 45, 'women': 48}
    """
    measured, answers = (_text(name) for name in FILES)
    frame = _measurements(measured).merge(_answers(answers), on="token", validate="one_to_one")
    return Dataset(
        name="vowels",
        frame=frame[list(CARD.columns)],
        label="vowel",
        features=MEASURED,
        sensitive_features=("group",),
        cluster="talker",
        card=CARD,
    )


def _text(name: str) -> str:
    path = fetch(f"{SOURCE}/hillenbrand-data/{name}", FILES[name], name, most_bytes=MOST_BYTES)
    return path.read_text(encoding="ascii")


def _measurements(text: str) -> pd.DataFrame:
    """Read the rows below the header: a token and fifteen numbers, 0 where nothing could be measured."""
    import pandas as pd

    rows = [line.split() for line in text.splitlines() if re.match(r"[mwbg]\d\d[a-z]{2} ", line)]
    frame = pd.DataFrame([[row[0], *map(float, row[1:])] for row in rows], columns=["token", *MEASURED])
    frame[list(MEASURED)] = frame[list(MEASURED)].replace(0.0, float("nan"))
    vowel = frame["token"].str[3:]
    return frame.assign(
        talker=frame["token"].str[:3], group=frame["token"].str[0].map(GROUPS), vowel=vowel, word=vowel.map(WORDS)
    )


def _answers(text: str) -> pd.DataFrame:
    """Read what was heard: a token, the share of right answers, twelve counts and the vowel most often named.

    The counts are in the order of `WORDS`.
    """
    import pandas as pd

    names = list(WORDS)
    rows = [line.split() for line in text.splitlines() if re.match(r"[mwbg]\d\d[a-z]{2}\.w ", line)]
    counts = [[int(count) for count in row[2:14]] for row in rows]
    right = [count[names.index(row[0][3:5])] for row, count in zip(rows, counts, strict=True)]
    total = [sum(count) for count in counts]
    return pd.DataFrame(
        {
            "token": [row[0][:5] for row in rows],
            "heard": total,
            "heard_right": right,
            "heard_wrong": [n - k for n, k in zip(total, right, strict=True)],
            "heard_as": [row[14] for row in rows],
        }
    )
