"""Who speaks: voices of eSpeak NG by accent, with a gender that is measured and not taken from a name."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from typing import Any

import numpy as np
from numpy.typing import NDArray

from biasaudit.datasets.fetched.cache import cached, read_cache, write_cache
from biasaudit.datasets.speech._espeak import RATE, speak, variants
from biasaudit.datasets.speech.audio import median_pitch, resample
from biasaudit.errors import AuditError, nearest
from biasaudit.lookup import by_name
from biasaudit.names import clean

__all__ = ["ACCENTS", "DIGITS", "Accent", "Speaker", "all_speakers", "find_speakers", "measure_voices"]

DIGITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
# Between the means of men (about 130 Hz) and women (about 220 Hz) of Hillenbrand et al. 1995, on a scale of ratios,
# less what eSpeak NG's voices are lower than people: its male ones lie at 70 to 120 Hz, its female ones at 160 to 240.
WOMAN_FROM = 145.0
LIKELY = (60.0, 280.0)
# Voices that no person has.
NOBODY = (
    "Demonic",
    "UniRobot",
    "anikaRobot",
    "announcer",
    "croak",
    "fast",
    "robosoft",
    "whisper",
    "whisperf",
    "Tweaky",
    "Storm",
    "klatt",
)
PROBE = ("one", "nine", "seven")
VERSION = 1
WHAT = "What voices sound like"


@dataclass(frozen=True)
class Accent:
    """A way of speaking English.

    Parameters
    ----------
    name, title : str
    voice : str
        Of eSpeak NG.
    words : mapping of str to str
        How a voice of another language has to be told to say an English word; it would misread the English spelling.
    """

    name: str
    title: str
    voice: str
    words: Mapping[str, str] | None = None


def _respelt(text: str) -> dict[str, str]:
    return dict(zip(DIGITS, text.split(), strict=True))


ACCENTS = (
    Accent("us", "United States", "en-us"),
    # en-gb takes no variants: every one of its "speakers" would be the same audio.
    Accent("gb", "Great Britain", "en"),
    Accent("scotland", "Scotland", "en-gb-scotland"),
    Accent("caribbean", "Caribbean", "en-029"),
    Accent("rp", "Received Pronunciation", "en-gb-x-rp"),
    Accent("west_midlands", "West Midlands", "en-gb-x-gbcwmd"),
    Accent("new_york", "New York City", "en-us-nyc"),
    Accent("german", "German", "de", _respelt("siro wan tu sri for faif sicks sewen eht nain")),
    Accent("spanish", "Spanish", "es", _respelt("siro uan tu tri for faiv siks seven eit nain")),
    Accent("french", "French", "fr", _respelt("ziro ouane tou sri for faïve six sévène ète naïne")),
    Accent("hindi", "Hindi", "hi", _respelt("ज़ीरो वन टू थ्री फ़ोर फ़ाइव सिक्स सेवन एट नाइन")),
)


@dataclass(frozen=True)
class Speaker:
    """One voice: a variant in an accent.

    Parameters
    ----------
    name, accent, variant : str
    gender : {"man", "woman"}
        By the measured pitch.
    pitch : float
        Median fundamental frequency over three words, in hertz.
    """

    name: str
    accent: str
    variant: str
    gender: str
    pitch: float

    @property
    def voice(self) -> str:
        """What eSpeak NG calls it."""
        return f"{get_accent(self.accent).voice}+{self.variant}"

    def spelling(self, word: str) -> str:
        """Write a word so that this voice says the English one."""
        words = get_accent(self.accent).words
        if words is None:
            return word
        if word not in words:
            raise AuditError(
                f'The accent "{self.accent}" is spoken by a voice of another language, which knows how to say '
                f'{", ".join(words)} and not "{clean(word)}". Leave the accent or the word out.'
            )
        return words[word]


def get_accent(name: str) -> Accent:
    """Look an accent up.

    Raises
    ------
    AuditError
        If there is none of the name.
    """
    return by_name(ACCENTS, name, "an accent", "Accents")


def find_speakers(accent: str, gender: str, n: int | Sequence[str], *, random_state: int = 0) -> tuple[Speaker, ...]:
    """Choose voices of an accent whose measured pitch is that of men or of women.

    Parameters
    ----------
    accent : str
        Name of one of `ACCENTS`.
    gender : {"man", "woman"}
    n : int or sequence of str
        How many, or which variants.
    random_state : int
        Which voices are taken first; more voices with the same seed hold those of fewer.

    Raises
    ------
    AuditError
        If there are not so many different voices, or none of a name.
    """
    found = [speaker for speaker in all_speakers(get_accent(accent).name) if speaker.gender == gender]
    if not isinstance(n, int):
        known = {speaker.variant: speaker for speaker in found}
        for name in n:
            if name not in known:
                shown = clean(str(name))
                raise AuditError(
                    f'"{shown}" is not a voice of a {gender} in the accent "{accent}".{nearest(shown, list(known))} '
                    f"Voices: {', '.join(known)}."
                )
        return tuple(known[name] for name in dict.fromkeys(n))
    if n > len(found):
        raise AuditError(
            f'There are {len(found)} different voices for {gender} in the accent "{accent}", and {n} were asked for. '
            "Ask for fewer, or take more words of each."
        )
    order = np.random.default_rng([random_state, len(gender), *accent.encode()]).permutation(len(found))
    return tuple(found[i] for i in order[:n])


@cache
def all_speakers(accent: str) -> tuple[Speaker, ...]:
    """Return every voice there is in an accent, in order; hearing them all takes a second, so it is done once."""
    found = cached("voices", _key(get_accent(accent)), lambda: _measured([get_accent(accent)])[0], what=WHAT)
    return tuple(
        Speaker(f"{accent}-{name}", accent, str(name), "woman" if pitch >= WOMAN_FROM else "man", float(pitch))
        for name, pitch in zip(found["variant"], found["pitch"], strict=True)
        if LIKELY[0] <= pitch <= LIKELY[1]
    )


def measure_voices(accents: Sequence[str]) -> None:
    """Hear the voices of several accents at once, those that are not known yet, and keep what they sound like."""
    missing = [found for found in map(get_accent, accents) if read_cache("voices", _key(found)) is None]
    for accent, measured in zip(missing, _measured(missing) if missing else [], strict=True):
        write_cache("voices", _key(accent), measured, what=WHAT)


def _names() -> list[str]:
    return [name for name in variants() if not name.startswith(NOBODY)]


def _key(accent: Accent) -> list[Any]:
    names = _names()
    return [VERSION, accent.voice, [_spelling(accent, word) for word in PROBE], version("espeakng-loader"), names]


def _measured(accents: Sequence[Accent]) -> list[dict[str, Any]]:
    """Hear every variant once: leave out copies of others, and put down the pitch that is heard."""
    names = _names()
    requests: Sequence[dict[str, Any]] = [
        {"voice": f"{accent.voice}+{name}", "clips": [[_spelling(accent, word), 165, 50, 50] for word in PROBE]}
        for accent in accents
        for name in names
    ]
    clips = iter(speak(requests))
    return [_without_copies({name: [next(clips) for _ in PROBE] for name in names}) for _ in accents]


def _without_copies(clips: Mapping[str, Sequence[NDArray[np.int16]]]) -> dict[str, Any]:
    pitches, digests = dict[str, float](), set[str]()
    for name, own in clips.items():
        digest = hashlib.sha256(b"".join(clip.tobytes() for clip in own)).hexdigest()
        if digest not in digests:
            digests.add(digest)
            sound = np.concatenate([resample(clip, RATE, 16_000) for clip in own])
            pitches[name] = round(median_pitch(sound, 16_000), 1)
    return {"variant": np.array(list(pitches)), "pitch": np.array(list(pitches.values()))}


def _spelling(accent: Accent, word: str) -> str:
    return (accent.words or {}).get(word, word)
