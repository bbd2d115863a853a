"""The voices of the speech story: who there is, who is in a training, and what that training hears of the others."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import astuple, dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from biasaudit.datasets.fetched.cache import read_cache, write_cache
from biasaudit.datasets.speech.clips import Clips, make_speech
from biasaudit.datasets.speech.voices import ACCENTS, DIGITS, all_speakers, find_speakers, measure_voices
from biasaudit.errors import AuditError
from biasaudit.models.parallel import Progress, in_parallel, progress_bar

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["FOLDS", "OTHERS", "World", "WorldKey", "make_world", "recognise", "share_out", "trainings_missing"]

OTHERS = tuple(accent.name for accent in ACCENTS if accent.name != "us")
# Of the United States all the women's voices there are; of the other accents enough to be tested on.
MEN, WOMEN, EACH = 36, 18, 6
TAKES, FOLDS = 3, 3
# So few are quicker trained one after the other than by processes that have to start.
FEW = 3
VERSION = 2
TRAINED = {
    "plain": "as usual",
    "vtlp": "vocal tracts warped",
    "pitch": "at other pitches",
    "group_dro": "the worst first",
}
_ONE = threading.Lock()
SpeakerGroup = tuple[str, str]


@dataclass(frozen=True)
class WorldKey:
    """What the clips follow from: decibels of voice over noise, and a seed."""

    noise: float
    random_state: int


@dataclass(frozen=True)
class Training:
    """One training: who is in it, how it is trained, and which third of the voices it never hears.

    Parameters
    ----------
    speakers : tuple of (gender, accent, int)
        How many of each.
    method : str
        One of :data:`biasaudit.models.speech.METHODS`.
    repeat, fold : int
        How the voices are dealt into thirds, and which third is tested.
    """

    speakers: tuple[tuple[str, str, int], ...]
    method: str
    repeat: int
    fold: int


@dataclass(frozen=True, eq=False)
class World:
    """All clips, the key they follow from, and their voices in blocks of three, men's and women's apart.

    One voice of each block is in each third, however they are dealt, and accents are spoken by whole blocks: so every
    third holds people of every accent.
    """

    key: WorldKey
    clips: Clips
    blocks: tuple[tuple[str, ...], ...]

    def fold_of(self, repeat: int) -> NDArray[np.int64]:
        """Deal the voices into thirds; return the third of each clip."""
        rng = np.random.default_rng([self.key.random_state, 3, repeat])
        third = {
            name: place for block in self.blocks for name, place in zip(block, rng.permutation(FOLDS), strict=True)
        }
        return np.array([third[voice] for voice in self.clips.frame["voice"]])

    def chosen(self, training: Training) -> NDArray[np.bool_]:
        """Say of each clip whether its speaker is in the training.

        Raises
        ------
        AuditError
            If there are not so many voices outside the third that is tested.
        """
        frame = self.clips.frame[self.fold_of(training.repeat) != training.fold]
        speakers = frame.drop_duplicates("speaker")
        rng = np.random.default_rng([self.key.random_state, 4, training.repeat, training.fold])
        speakers = speakers.iloc[rng.permutation(len(speakers))]
        taken: list[str] = []
        voices: set[str] = set()
        # Rare groups choose first, and a second accent of one voice comes last: it is hardly another person.
        for gender, accent, n in sorted(training.speakers, key=lambda group: group[1] == "us"):
            there = speakers[(speakers["gender"] == gender) & (speakers["accent"] == accent)]
            there = there.assign(again=there["voice"].isin(voices)).sort_values("again", kind="stable")
            if n > len(there):
                raise AuditError(
                    f"The training asks for {n} voices that are a {gender}'s with the accent {accent}, and only "
                    f"{len(there)} are left beside those that are tested. Take fewer speakers, or a smaller share."
                )
            taken += there["speaker"].iloc[:n].tolist()
            voices |= set(there["voice"].iloc[:n])
        return self.clips.frame["speaker"].isin(taken).to_numpy()


@lru_cache(maxsize=1)
def make_world(key: WorldKey) -> World:
    """Have all voices speak: 174 speakers, each digit three times."""
    measure_voices(("us", *OTHERS))
    variants: dict[SpeakerGroup, list[str]] = {}
    blocks = []
    for gender, n in (("man", MEN), ("woman", WOMEN)):
        variants[gender, "us"] = [s.variant for s in find_speakers("us", gender, n, random_state=key.random_state)]
        own = [tuple(variants[gender, "us"][i : i + FOLDS]) for i in range(0, n, FOLDS)]
        blocks += own
        for i, accent in enumerate(OTHERS):
            there = {speaker.variant for speaker in all_speakers(accent) if speaker.gender == gender}
            whole = [block for block in own if there.issuperset(block)]
            # Each accent begins with other blocks, so that all voices are heard.
            taken = [whole[(i * EACH // FOLDS + j) % len(whole)] for j in range(EACH // FOLDS)]
            variants[gender, accent] = [name for block in taken for name in block]
    clips = make_speech(variants, words=DIGITS, takes=TAKES, noise=key.noise, random_state=key.random_state)
    return World(key, clips, tuple(blocks))


def share_out(n: int, share_of_women: float, accents: Mapping[str, float]) -> tuple[tuple[str, str, int], ...]:
    """Share speakers out over accents and genders: whole people, as near to the shares as can be.

    Raises
    ------
    AuditError
        If the shares of the accents sum to more than 1.

    Examples
    --------
    >>> share_out(20, 0.25, {"scotland": 0.2})
    (('man', 'scotland', 3), ('man', 'us', 12), ('woman', 'scotland', 1), ('woman', 'us', 4))
    """
    total = sum(accents.values())
    if total > 1 + 1e-9:
        raise AuditError(f"The shares of the accents sum to {total:.2f}. Lower some: 1 is everybody.")
    of_accent = _whole({name: n * share for name, share in accents.items()} | {"us": n * max(1 - total, 0.0)}, n)
    women = round(n * share_of_women)
    found = _whole({name: count * women / n for name, count in of_accent.items()}, women)
    groups = [("man", name, of_accent[name] - found[name]) for name in sorted(of_accent)]
    groups += [("woman", name, found[name]) for name in sorted(of_accent)]
    return tuple(group for group in groups if group[2])


def _whole(ideal: Mapping[str, float], total: int) -> dict[str, int]:
    """Round to whole people that sum to a total: the largest remainders are rounded up (Hamilton's method)."""
    found = {name: int(share + 1e-9) for name, share in ideal.items()}
    for name in sorted(ideal, key=lambda name: found[name] - ideal[name])[: total - sum(found.values())]:
        found[name] += 1
    return found


def trainings_missing(key: WorldKey, trainings: Iterable[Training]) -> int:
    """Count the trainings of which nothing is kept."""
    return sum(read_cache("heard", _cache_key(key, training)) is None for training in dict.fromkeys(trainings))


def recognise(
    key: WorldKey, trainings: Mapping[str, Sequence[Training]], *, progress: Progress = False
) -> pd.DataFrame:
    """Train, unless it was kept, and return what each training hears of the voices it had not met.

    Parameters
    ----------
    key : WorldKey
    trainings : mapping of str to sequence of Training
        Trainings by the way they stand for.
    progress : bool or callable
        As for :func:`biasaudit.models.parallel.progress_bar`.

    Returns
    -------
    DataFrame
        The clips' table for each training, with heard, wrong (0 or 1), way and deal.
    """
    import pandas as pd

    world = make_world(key)
    found = _found(world, list(dict.fromkeys(t for part in trainings.values() for t in part)), progress)
    parts: list[pd.DataFrame] = []
    for way, repeats in trainings.items():
        for training in repeats:
            frame = world.clips.frame[world.fold_of(training.repeat) == training.fold]
            recognised = np.array(DIGITS, dtype=object)[found[training]]
            wrong = (recognised != frame["word"].to_numpy()).astype(int)
            parts.append(frame.assign(heard=recognised, wrong=wrong, way=way, deal=training.repeat))
    return pd.concat(parts, ignore_index=True)


def _found(world: World, wanted: list[Training], progress: Progress) -> dict[Training, NDArray[np.int8]]:
    found, missing = {}, []
    for training in wanted:
        arrays = read_cache("heard", _cache_key(world.key, training))
        if arrays is None:
            world.chosen(training)  # A training that cannot be is an error now, not in another process.
            missing.append(training)
        else:
            found[training] = arrays["heard"]
    made = _trained(world, missing)
    with closing(made), progress_bar(len(missing), progress) as advance:
        for one in made:
            if one is None:
                advance(None)
                continue
            training, recognised = one
            found[training] = recognised
            write_cache("heard", _cache_key(world.key, training), {"heard": recognised}, what="What was heard")
            advance(f"{sum(n for _, _, n in training.speakers)} speakers, {TRAINED[training.method]}")
    return found


def _trained(world: World, missing: list[Training]) -> Any:
    if len(missing) > FEW:
        return in_parallel(_train_apart, missing, (world.key,))
    return _one_by_one(world, missing)


def _one_by_one(world: World, missing: list[Training]) -> Iterator[tuple[Training, NDArray[np.int8]]]:
    for training in missing:
        # The seed of a training is that of its whole process.
        with _ONE:
            made = _train(world, training)
        yield training, made


def _train_apart(training: Training, key: WorldKey) -> tuple[Training, NDArray[np.int8]]:
    return training, _train(make_world(key), training)


def _train(world: World, training: Training) -> NDArray[np.int8]:
    """Train, and return the number of the digit that is heard in each clip of the third that is tested."""
    from biasaudit.datasets.speech.clips import check_no_shared_speakers
    from biasaudit.models.speech import WordRecogniser

    world.clips.log_mel()
    test = world.clips.take(world.fold_of(training.repeat) == training.fold)
    train = world.clips.take(world.chosen(training))
    check_no_shared_speakers(train, test)
    seed = world.key.random_state + training.repeat * FOLDS + training.fold
    recognised = WordRecogniser(training.method, random_state=seed).fit(train).predict(test)
    return np.array([DIGITS.index(word) for word in recognised], np.int8)


def _cache_key(key: WorldKey, training: Training) -> list[Any]:
    from importlib.metadata import version

    return [VERSION, version("torch"), [MEN, WOMEN, EACH, TAKES], astuple(key), astuple(training)]
