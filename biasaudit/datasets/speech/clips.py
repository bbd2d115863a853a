"""Clips of people who say words: synthesised, so that it is known who speaks and what was said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from biasaudit.datasets.fetched.cache import cached
from biasaudit.datasets.speech._espeak import RATE as SPOKEN_RATE, speak
from biasaudit.datasets.speech.audio import Floats32, add_noise, add_room, log_mel, resample
from biasaudit.datasets.speech.voices import DIGITS, Speaker, find_speakers
from biasaudit.errors import AuditError
from biasaudit.names import clean

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Clips", "check_no_shared_speakers", "make_speech"]

RATE = 16_000
SECONDS = 1.0
GENDERS = ("man", "woman")
SPEEDS, PITCHES, RANGES = (140, 200), (42, 58), (35, 65)
MOST_CLIPS = 200_000
SILENT, CLIPPED = 1e-3, 0.01
VERSION = 1


@dataclass(frozen=True, eq=False)
class Clips:
    """Clips with who speaks and what was said.

    Parameters
    ----------
    audio : float array of shape (clips, samples)
        From -1 to 1, one second each, silence at the end.
    frame : DataFrame
        speaker, voice, gender, accent, word, take, pitch (median fundamental frequency of the voice in hertz); a row a
        clip. One voice speaks in several accents, as an actor might: each is a speaker, and their clips are alike.
    rate : int
        Samples a second.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> from biasaudit.datasets import Clips
    >>> frame = pd.DataFrame({"speaker": list("abcd"), "voice": list("abcd"), "word": "one"})
    >>> frame["gender"] = ["woman", "woman", "man", "man"]
    >>> clips = Clips(np.zeros((4, 16_000), dtype=np.float32), frame)
    >>> len(clips), clips.rate, clips.audio.shape
    (4, 16000, (4, 16000))
    """

    audio: Floats32
    frame: pd.DataFrame
    rate: int = RATE

    def __len__(self) -> int:
        return len(self.audio)

    def log_mel(self) -> Floats32:
        """Return log-mel features, shape (clips, 40 bands, frames).

        Returns
        -------
        float array of shape (clips, 40, frames)
            How loud each of 40 bands is, as a logarithm, every 10 ms or so.

        Examples
        --------
        >>> import numpy as np, pandas as pd
        >>> from biasaudit.datasets import Clips
        >>> frame = pd.DataFrame({"speaker": list("abcd"), "voice": list("abcd"), "word": "one"})
        >>> frame["gender"] = ["woman", "woman", "man", "man"]
        >>> clips = Clips(np.zeros((4, 16_000), dtype=np.float32), frame)
        >>> clips.log_mel().shape
        (4, 40, 98)
        """
        return self._log_mel

    @cached_property
    def _log_mel(self) -> Floats32:
        return log_mel(self.audio, self.rate)

    def take(self, rows: Any) -> Clips:
        """Return some of the clips, by their numbers or a mask.

        Parameters
        ----------
        rows : int array or bool array
            Numbers of clips, or a mask over all.

        Returns
        -------
        Clips

        Examples
        --------
        >>> import numpy as np, pandas as pd
        >>> from biasaudit.datasets import Clips
        >>> frame = pd.DataFrame({"speaker": list("abcd"), "voice": list("abcd"), "word": "one"})
        >>> frame["gender"] = ["woman", "woman", "man", "man"]
        >>> clips = Clips(np.zeros((4, 16_000), dtype=np.float32), frame)
        >>> women = clips.take(clips.frame["gender"] == "woman")
        >>> len(women), women.frame["speaker"].tolist()
        (2, ['a', 'b'])
        """
        rows = np.asarray(rows)
        picked = np.flatnonzero(rows) if rows.dtype == bool else rows
        made = replace(self, audio=self.audio[picked], frame=self.frame.iloc[picked].reset_index(drop=True))
        if "_log_mel" in vars(self):
            vars(made)["_log_mel"] = self._log_mel[picked]
        return made

    def split(self, share: float = 0.5, *, random_state: int = 0) -> tuple[Clips, Clips]:
        """Deal the voices of each gender into two parts, in whatever accents they speak; nobody is in both.

        Parameters
        ----------
        share : float
            Of the voices in the first part, above 0 and below 1.
        random_state : int
            Seed of all that is drawn.

        Returns
        -------
        train, test : Clips
            The two parts.

        Raises
        ------
        AuditError
            If the share is out of range, or a gender has a single voice.

        Examples
        --------
        >>> import numpy as np, pandas as pd
        >>> from biasaudit.datasets import Clips
        >>> frame = pd.DataFrame({"speaker": list("abcd"), "voice": list("abcd"), "word": "one"})
        >>> frame["gender"] = ["woman", "woman", "man", "man"]
        >>> clips = Clips(np.zeros((4, 16_000), dtype=np.float32), frame)
        >>> train, test = clips.split()
        >>> set(train.frame["voice"]) & set(test.frame["voice"])
        set()
        >>> train.frame["gender"].tolist()
        ['woman', 'man']
        """
        if isinstance(share, bool) or not isinstance(share, (int, float)) or not 0 < share < 1:
            raise AuditError(f"share={clean(repr(share))} is out of range. Give a number above 0 and below 1.")
        rng = np.random.default_rng(random_state)
        first: list[str] = []
        # A voice between the two may be a man's in one accent and a woman's in another: it stays whole.
        owner = self.frame.groupby("voice")["gender"].first()
        for gender, part in owner.groupby(owner):
            voices = sorted(part.index)
            if len(voices) < 2:
                raise AuditError(f"Only one voice is that of a {gender}: nobody is left for the other part.")
            n = min(max(round(share * len(voices)), 1), len(voices) - 1)
            first += [voices[i] for i in rng.permutation(len(voices))[:n]]
        inside = self.frame["voice"].isin(first).to_numpy()
        return self.take(inside), self.take(~inside)

    def __add__(self, other: Clips) -> Clips:
        import pandas as pd

        return replace(
            self,
            audio=np.concatenate([self.audio, other.audio]),
            frame=pd.concat([self.frame, other.frame], ignore_index=True),
        )


def check_no_shared_speakers(train: Clips, test: Clips) -> None:
    """Refuse to test on people whose voices were learnt: it would show how well voices are remembered.

    Raises
    ------
    AuditError
        If a voice is in both, in whatever accent.
    """
    both = sorted(set(train.frame["voice"]) & set(test.frame["voice"]))
    if both:
        more = f" and {len(both) - 1} more" if len(both) > 1 else ""
        raise AuditError(
            f'The voice "{both[0]}"{more} is in both training and test. Split by voice, as clips.split() does.'
        )


def make_speech(
    speakers: Mapping[tuple[str, str], int | Sequence[str]] | None = None,
    *,
    words: Sequence[str] = DIGITS,
    takes: int = 4,
    noise: float | None = None,
    room: float = 0.0,
    random_state: int = 0,
    cache: bool = True,
) -> Clips:
    """Synthesise clips of people who each say the same words.

    A voice in an accent is a speaker. What a speaker says depends on the seed and on nobody else: more speakers leave
    the clips of the others as they are. Synthetic voices differ less than people do, so gaps found on them carry over
    in their direction, not in their size.

    Parameters
    ----------
    speakers : mapping of (gender, accent) to int or to sequence of str, optional
        How many of each, or which voices by their names; gender is "man" or "woman" by measured pitch, accents are
        listed in ``biasaudit.datasets.speech.voices.ACCENTS``. Twelve men and twelve women of the United States
        otherwise.
    words : sequence of str
        The ten digits otherwise; voices of other languages know no other words.
    takes : int
        How often each says each word, every time at another speed and pitch.
    noise : float, optional
        Signal-to-noise ratio of pink noise in decibels; none otherwise.
    room : float
        Seconds that a room takes to fall by 60 dB, 0 to 3; 0 is no room.
    random_state : int
        Seed of all that is drawn.
    cache : bool
        Keep what was spoken in the user's cache folder.

    Returns
    -------
    Clips

    Raises
    ------
    AuditError
        If eSpeak NG is missing or fails, there are not so many voices, or a word is silent or cut by loudness.

    References
    ----------
    eSpeak NG 1.52, a formant synthesiser; Tatman (2017) for the question that its voices stand in for.

    Examples
    --------
    >>> import biasaudit as ba
    >>> clips = ba.datasets.make_speech({("man", "us"): 2, ("woman", "us"): 2}, words=["one", "two"], takes=1)
    >>> len(clips), clips.frame["gender"].value_counts().to_dict()
    (8, {'man': 4, 'woman': 4})
    """
    wanted = {("man", "us"): 12, ("woman", "us"): 12} if speakers is None else dict(speakers)
    _check(wanted, words, takes, noise, room, random_state)
    chosen = [
        speaker
        for (gender, accent), n in wanted.items()
        for speaker in find_speakers(
            accent, gender, n if isinstance(n, Sequence) else int(n), random_state=random_state
        )
    ]
    spoken = _spoken(chosen, tuple(words), takes, random_state, cache)
    rng = np.random.default_rng([random_state, 1])
    audio = _padded(spoken)
    if room:
        audio = add_room(audio, room, RATE, rng)
    if noise is not None:
        audio = add_noise(audio, noise, rng)
    return Clips(audio, _frame(chosen, words, takes))


def _check(
    wanted: Mapping[Any, Any], words: Sequence[str], takes: Any, noise: Any, room: Any, random_state: Any
) -> None:
    for key, n in wanted.items():
        if not (isinstance(key, tuple) and len(key) == 2 and key[0] in GENDERS):
            raise AuditError(
                f"speakers names {clean(repr(key))}. Name a gender and an accent, such as ('woman', 'us')."
            )
        named = isinstance(n, (list, tuple)) and all(isinstance(name, str) for name in n)
        if not named and (isinstance(n, bool) or not isinstance(n, (int, np.integer)) or n < 0):
            raise AuditError(
                f"speakers asks for {clean(repr(n))} of {key}. Give a whole number of 0 or more, or names of voices."
            )
    n_speakers = sum(n if isinstance(n, (int, np.integer)) else len(set(n)) for n in wanted.values())
    if not n_speakers:
        raise AuditError("Nobody speaks: speakers asks for none. Name a group and how many, as {('man', 'us'): 12}.")
    texts = [] if isinstance(words, str) else list(words)
    if not texts or any(not isinstance(word, str) or not word.strip() for word in texts):
        raise AuditError(f"words={clean(repr(words))} is no list of words. Give some, such as ['one', 'two'].")
    if len(set(texts)) < len(texts):
        twice = next(word for word in texts if texts.count(word) > 1)
        raise AuditError(f'words lists "{clean(twice)}" twice. Give each word once; takes= says how often.')
    if isinstance(takes, bool) or not isinstance(takes, int) or takes < 1:
        raise AuditError(f"takes={clean(repr(takes))} is out of range. Give a whole number of 1 or more.")
    clips = n_speakers * len(texts) * takes
    if clips > MOST_CLIPS:
        raise AuditError(f"{clips:,} clips were asked for; at most {MOST_CLIPS:,} fit. Take fewer words or takes.")
    if noise is not None and (isinstance(noise, bool) or not isinstance(noise, (int, float)) or not -40 <= noise <= 80):
        raise AuditError(f"noise={clean(repr(noise))} is out of range. Give decibels from -40 to 80, or None.")
    if isinstance(room, bool) or not isinstance(room, (int, float)) or not 0 <= room <= 3:
        raise AuditError(f"room={clean(repr(room))} is out of range. Give seconds from 0 to 3.")
    if isinstance(random_state, bool) or not isinstance(random_state, int) or not 0 <= random_state < 2**31:
        raise AuditError(f"random_state={clean(repr(random_state))} is not a seed. Give a whole number such as 0.")


def _request(speaker: Speaker, words: Sequence[str], takes: int, random_state: int) -> dict[str, Any]:
    """Say how the speaker says each word: as always in the voice, never quite alike."""
    rng = np.random.default_rng([random_state, 2, *speaker.name.encode()])
    clips = [
        [speaker.spelling(word), *(int(rng.integers(low, high + 1)) for low, high in (SPEEDS, PITCHES, RANGES))]
        for _ in range(takes)
        for word in words
    ]
    return {"voice": speaker.voice, "clips": clips}


def _frame(speakers: Sequence[Speaker], words: Sequence[str], takes: int) -> pd.DataFrame:
    import pandas as pd

    each = len(words) * takes
    return pd.DataFrame(
        {
            "gender": np.repeat([s.gender for s in speakers], each),
            "accent": np.repeat([s.accent for s in speakers], each),
            "pitch": np.repeat([s.pitch for s in speakers], each),
            "speaker": np.repeat([s.name for s in speakers], each),
            "voice": np.repeat([s.variant for s in speakers], each),
            "word": np.tile(list(words) * takes, len(speakers)),
            "take": np.tile(np.repeat(np.arange(takes), len(words)), len(speakers)),
        }
    )


def _spoken(
    speakers: Sequence[Speaker], words: tuple[str, ...], takes: int, random_state: int, cache: bool
) -> list[NDArray[np.int16]]:
    requests = [_request(speaker, words, takes, random_state) for speaker in speakers]

    def make() -> dict[str, Any]:
        spoken = speak(requests)
        clips = [_checked(resample(clip, SPOKEN_RATE, RATE), clip, i, words) for i, clip in enumerate(spoken)]
        return {"samples": np.concatenate(clips), "lengths": np.array([len(clip) for clip in clips])}

    arrays = cached("speech", [VERSION, requests], make, what="Speech") if cache else make()
    return list(np.split(arrays["samples"], np.cumsum(arrays["lengths"])[:-1]))


def _checked(audio: Floats32, spoken: NDArray[np.int16], at: int, words: Sequence[str]) -> NDArray[np.int16]:
    word = words[at % len(words)]
    if float(np.abs(audio).max(initial=0.0)) < SILENT:
        raise AuditError(f'The word "{clean(word)}" is silent. Leave it out, or spell it as it sounds.')
    if float((np.abs(spoken.astype(np.int32)) >= 32_760).mean()) > CLIPPED:
        raise AuditError(f'The word "{clean(word)}" is cut by loudness. Leave it out.')
    return np.asarray(np.clip(audio * 32_767, -32_768, 32_767), np.int16)


def _padded(clips: Sequence[NDArray[np.int16]]) -> Floats32:
    """Put clips side by side, one second each; a longer one is cut."""
    size = int(SECONDS * RATE)
    out = np.zeros((len(clips), size), np.float32)
    for row, clip in zip(out, clips, strict=True):
        row[: min(size, len(clip))] = clip[:size] / np.float32(32_768)
    return out
