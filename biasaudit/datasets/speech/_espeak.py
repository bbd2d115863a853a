"""eSpeak NG in a process of its own: voices that say words, in memory, the same for the same order.

Run as ``python -m biasaudit.datasets.speech._espeak`` it reads one JSON document from standard input, a list of
speakers, and writes each clip as its length in samples (int32) and its samples (int16, 22,050 a second).
"""

from __future__ import annotations

import ctypes
import json
import os
import shutil
import struct
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from biasaudit.errors import AuditError

__all__ = ["RATE", "speak", "variants"]

RATE = 22_050
SYNCHRONOUS, UTF8 = 2, 1
SPEED, VOLUME, PITCH, RANGE = 1, 2, 3, 4
LOUD, SEED = 100, 1
SECONDS = 600
MOST_PROCESSES = 8
MISSING = 'make_speech needs eSpeak NG. Install it with: pip install "biasaudit[speech]"'


def variants() -> list[str]:
    """Name the voice variants that are installed, in order.

    Raises
    ------
    AuditError
        If eSpeak NG is not installed.
    """
    return sorted(path.name for path in (_data_folder() / "voices" / "!v").iterdir())


def speak(speakers: Sequence[dict[str, Any]]) -> list[NDArray[np.int16]]:
    """Have speakers say what they are given, one after the other.

    Parameters
    ----------
    speakers : sequence of dict
        voice (name for eSpeak NG, a variant after "+"), and clips: a list of [text, speed in words a minute, pitch 0 to
        100, range of pitch 0 to 100]. What a speaker says depends on nobody else.

    Returns
    -------
    list of int16 array of shape (samples,)
        In order, 22,050 samples a second.

    Raises
    ------
    AuditError
        If eSpeak NG is not installed or cannot be loaded, a voice is not there, or nothing is heard.
    """
    _data_folder()
    known = set(variants())
    for speaker in speakers:
        variant = speaker["voice"].partition("+")[2]
        # It would take an unknown variant without a word, and speak in the plain voice.
        if variant and variant not in known:
            raise AuditError(
                f'eSpeak NG has no voice variant "{variant}". Variants: {", ".join(sorted(known)[:20])}, …'
            )
    # A process on each core: no speaker hears of another.
    each = -(-len(speakers) // min(os.cpu_count() or 1, MOST_PROCESSES)) or 1
    parts = [speakers[start : start + each] for start in range(0, len(speakers), each)]
    with ThreadPoolExecutor(len(parts) or 1) as pool:
        return [clip for clips in pool.map(_synthesised, parts) for clip in clips]


def _synthesised(speakers: Sequence[dict[str, Any]]) -> list[NDArray[np.int16]]:
    """Have speakers speak in one process of their own."""
    try:
        done = subprocess.run(
            [sys.executable, "-m", "biasaudit.datasets.speech._espeak"],
            input=json.dumps(list(speakers)).encode(),
            capture_output=True,
            check=False,
            timeout=SECONDS,
        )
    except subprocess.TimeoutExpired:
        raise AuditError(f"eSpeak NG did not end within {SECONDS} seconds. Ask for fewer clips at once.") from None
    if done.returncode:
        lines = done.stderr.decode(errors="replace").strip().splitlines()
        raise AuditError(f"eSpeak NG failed: {lines[-1][:300] if lines else f'exit status {done.returncode}'}.")
    clips, at = [], 0
    while at < len(done.stdout):
        (length,) = struct.unpack_from("<i", done.stdout, at)
        clips.append(np.frombuffer(done.stdout, "<i2", length, at + 4).astype(np.int16))
        at += 4 + 2 * length
    return clips


def _data_folder() -> Path:
    try:
        import espeakng_loader
    except ImportError:
        raise AuditError(MISSING) from None
    return Path(espeakng_loader.get_data_path())


class _Voice:
    """One speaker: a copy of the library that nobody has spoken with.

    What eSpeak NG says depends on what it said before, even after it is seeded and started anew.
    """

    def __init__(self, library: Path, data: Path, voice: str) -> None:
        self._lib = ctypes.CDLL(str(library))
        if self._lib.espeak_Initialize(SYNCHRONOUS, 0, str(data).encode(), 0) != RATE:
            raise AuditError("eSpeak NG could not be started")
        self._parts: list[NDArray[np.int16]] = []
        callback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p)
        self._callback = callback(self._take)
        self._lib.espeak_SetSynthCallback(self._callback)
        self._check(self._lib.espeak_SetVoiceByName(voice.encode()), f'voice "{voice}" is not there')

    def _take(self, samples: Any, length: int, events: Any) -> int:
        if samples and length > 0:
            self._parts.append(np.ctypeslib.as_array(samples, shape=(length,)).copy())
        return 0

    def _check(self, code: int, what: str) -> None:
        # A call that fails leaves what was set before, and says so in its code alone.
        if code != 0:
            raise AuditError(f"{what} (code {code})")

    def synthesise(self, text: str, speed: int, pitch: int, span: int) -> NDArray[np.int16]:
        self._parts.clear()
        for number, value in ((SPEED, speed), (VOLUME, LOUD), (PITCH, pitch), (RANGE, span)):
            self._check(self._lib.espeak_SetParameter(number, int(value), 0), f"parameter {number}={value} was refused")
        # Breath and the flutter of a voice are drawn at random.
        self._lib.espeak_ng_SetRandSeed(ctypes.c_long(SEED))
        encoded = text.encode()
        code = self._lib.espeak_Synth(encoded, len(encoded) + 1, 0, 0, 0, UTF8, None, None)
        self._check(code, f'"{text}" could not be spoken')
        self._check(self._lib.espeak_Synchronize(), f'"{text}" was cut off')
        if not self._parts:
            raise AuditError(f'"{text}" is silent')
        return np.concatenate(self._parts)

    def close(self) -> None:
        self._lib.espeak_Terminate()


def _spoken(speakers: list[dict[str, Any]]) -> Iterator[NDArray[np.int16]]:
    import espeakng_loader

    library, data = Path(espeakng_loader.get_library_path()), Path(espeakng_loader.get_data_path())
    with tempfile.TemporaryDirectory() as folder:
        for i, speaker in enumerate(speakers):
            copy = Path(folder) / f"{i}-{library.name}"
            shutil.copyfile(library, copy)
            voice = _Voice(copy, data, speaker["voice"])
            for text, speed, pitch, span in speaker["clips"]:
                yield voice.synthesise(text, speed, pitch, span)
            voice.close()
            copy.unlink(missing_ok=True)


def _main() -> int:
    try:
        for samples in _spoken(json.load(sys.stdin)):
            sys.stdout.buffer.write(struct.pack("<i", len(samples)) + samples.astype("<i2").tobytes())
    except (AuditError, OSError, AttributeError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(_main())
