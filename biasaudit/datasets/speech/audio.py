"""Sound as numbers: pitch, noise, rooms and log-mel features, with numpy and scipy alone."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Floats32", "add_noise", "add_room", "log_mel", "median_pitch", "mel_middles", "resample"]

Floats32 = NDArray[np.float32]
LOWEST, HIGHEST = 55.0, 420.0
VOICED = 0.5
QUIET = 0.1
FLOOR = 1e-6
# Samples of noise that stretches are taken from: two minutes at 16,000 a second.
NOISE = 1 << 21
# Seconds of the cepstrum that tell the vocal tract: the shortest pitch period here is 2.4 ms.
CEPSTRUM = 0.0015


def resample(samples: NDArray[np.int16], rate: int, to: int) -> Floats32:
    """Change the sampling rate of one clip; the result is -1 to 1.

    References
    ----------
    Polyphase filtering by ``scipy.signal.resample_poly``.
    """
    from math import gcd

    from scipy.signal import resample_poly

    up, down = to // gcd(rate, to), rate // gcd(rate, to)
    clip = samples.astype(np.float32) / 32_768
    return np.asarray(resample_poly(clip, up, down, window=_low_pass(max(up, down))), np.float32)


@lru_cache(maxsize=8)
def _low_pass(most: int) -> Floats32:
    """Design the filter that scipy would design anew for every clip, which takes longer than to filter one."""
    from scipy.signal import firwin

    return np.asarray(firwin(20 * most + 1, 1 / most, window=("kaiser", 5.0)), np.float32)


def median_pitch(samples: Floats32, rate: int) -> float:
    """Estimate the median fundamental frequency of a voice in hertz; NaN where nothing is voiced.

    Frames of 40 ms whose normalised autocorrelation peaks above one half between 55 and 420 Hz count as voiced.

    References
    ----------
    Boersma (1993), "Accurate short-term analysis of the fundamental frequency", for dividing by the window's own
    autocorrelation.

    Examples
    --------
    >>> import numpy as np
    >>> turns = 2 * np.pi * 120 * np.arange(16_000) / 16_000
    >>> buzz = sum(np.sin(k * turns) for k in range(1, 9)).astype(np.float32)
    >>> round(median_pitch(buzz, 16_000))
    120
    """
    size, hop = int(0.04 * rate), int(0.01 * rate)
    if len(samples) < size:
        return float("nan")
    frames = np.lib.stride_tricks.sliding_window_view(samples, size)[::hop].astype(np.float64)
    energy = np.sqrt((frames**2).mean(axis=1))
    frames = frames[energy > QUIET * energy.max()] if energy.max() > 0 else frames[:0]
    if not len(frames):
        return float("nan")
    window = np.hanning(size)
    frames = (frames - frames.mean(axis=1, keepdims=True)) * window
    own = _autocorrelation(window[None])[0]
    found = _autocorrelation(frames)
    with np.errstate(invalid="ignore", divide="ignore"):
        found = found / found[:, :1] / (own / own[0])
    first, last = int(rate / HIGHEST), min(int(rate / LOWEST), size // 2)
    part = np.nan_to_num(found[:, first : last + 1])
    # The first peak that comes near the highest: multiples of the period peak as well.
    near = part >= 0.9 * part.max(axis=1, keepdims=True)
    at = near.argmax(axis=1)
    rising = part[np.arange(len(part))[:, None], np.minimum(at[:, None] + np.arange(8), part.shape[1] - 1)]
    at = np.clip(at + rising.argmax(axis=1), 1, part.shape[1] - 2)
    voiced = part.max(axis=1) > VOICED
    # A parabola through three points finds the peak between two samples.
    row = np.arange(len(part))
    before, here, after = part[row, at - 1], part[row, at], part[row, at + 1]
    bend = before - 2 * here + after
    with np.errstate(invalid="ignore", divide="ignore"):
        shift = np.where(bend < 0, (before - after) / bend / 2, 0.0)
    return float(np.median(rate / (first + at + np.clip(shift, -1, 1))[voiced])) if voiced.any() else float("nan")


def _autocorrelation(frames: NDArray[np.float64]) -> NDArray[np.float64]:
    spectrum = np.fft.rfft(frames, 2 * frames.shape[1], axis=1)
    return np.asarray(np.fft.irfft(np.abs(spectrum) ** 2, axis=1)[:, : frames.shape[1]])


def add_noise(audio: Floats32, ratio: float, rng: np.random.Generator) -> Floats32:
    """Add pink noise to clips, shape (clips, samples), at a signal-to-noise ratio in decibels.

    Each clip gets a stretch of its own of some minutes of noise, wherever it begins.
    """
    clips, size = audio.shape
    length = max(NOISE, 2 * size)
    frequency = np.arange(length // 2 + 1, dtype=np.float64)
    frequency[0] = 1.0
    white = rng.standard_normal(len(frequency)) + 1j * rng.standard_normal(len(frequency))
    noise = np.fft.irfft(white / np.sqrt(frequency), length).astype(np.float32)
    out = audio.copy()
    for clip, begin in zip(out, rng.integers(0, length - size, clips), strict=True):
        part = noise[begin : begin + size]
        loud = float(np.square(clip).mean()) / float(np.square(part).mean())
        clip += part * np.float32(np.sqrt(loud / 10 ** (ratio / 10)))
    return out


def add_room(audio: Floats32, seconds: float, rate: int, rng: np.random.Generator) -> Floats32:
    """Let clips, shape (clips, samples), sound in a room that takes so many seconds to fall by 60 dB.

    References
    ----------
    Polack (1988): a room's response as noise that decays exponentially.
    """
    from scipy.signal import fftconvolve

    times = np.arange(int(seconds * rate)) / rate
    response = rng.standard_normal(len(times)) * np.exp(-np.log(1_000) * times / seconds)
    response *= 0.5 / np.sqrt((response**2).sum())
    response[0] = 1.0
    return np.asarray(fftconvolve(audio, response[None], axes=1)[:, : audio.shape[1]], np.float32)


def log_mel(
    audio: Floats32,
    rate: int,
    *,
    bands: int = 40,
    size: float = 0.025,
    hop: float = 0.01,
    pitch: NDArray[np.floating[Any]] | None = None,
) -> Floats32:
    """Compute log-mel features of clips.

    Parameters
    ----------
    audio : float array of shape (clips, samples)
    rate : int
        Samples a second.
    bands : int
        Triangular filters, evenly spaced on the mel scale from 60 Hz to half the rate.
    size, hop : float
        Length and distance of the frames, in seconds.
    pitch : float array of shape (clips,), optional
        Hear each clip at its pitch times this, from 0.25 to 4, with the vocal tract it has.

    Returns
    -------
    float array of shape (clips, bands, frames)
        Natural logarithm of the power in each band.

    References
    ----------
    Davis and Mermelstein (1980); O'Shaughnessy (1987) for the mel scale.
    """
    length, step = int(size * rate), int(hop * rate)
    points = 1 << (length - 1).bit_length()
    window = np.hanning(length).astype(np.float32)
    filters = _filters(bands, points, rate)
    out = np.empty((len(audio), bands, 1 + (audio.shape[1] - length) // step), np.float32)
    for start in range(0, len(audio), 256):
        part = slice(start, start + 256)
        frames = np.lib.stride_tricks.sliding_window_view(audio[part], length, axis=1)[:, ::step] * window
        power = np.abs(np.fft.rfft(frames, points, axis=-1)).astype(np.float32) ** 2
        if pitch is not None:
            other = _at_speed(audio[part], np.asarray(pitch[part], np.float32), length, step) * window
            power = _other_pitch(power, np.abs(np.fft.rfft(other, points, axis=-1)).astype(np.float32) ** 2, rate)
        out[part] = np.log(power @ filters.T + FLOOR).transpose(0, 2, 1)
    return out


def _at_speed(audio: Floats32, factor: Floats32, length: int, step: int) -> Floats32:
    """Play the middle of each frame faster or slower, shape (clips, frames, length): pitch and vocal tract change."""
    middles = np.arange(0, audio.shape[1] - length + 1, step) + length / 2
    inside = np.arange(length, dtype=np.float32) - length / 2
    out = np.empty((len(audio), len(middles), length), np.float32)
    # A clip at a time: all at once would not fit into the processor's cache, and takes twenty times as long.
    for frames, clip, speed in zip(out, audio, factor, strict=True):
        place = np.clip(middles[:, None] + speed * inside, 0, audio.shape[1] - 2)
        below = place.astype(np.int32)
        share = (place - below).astype(np.float32)
        frames[:] = (1 - share) * clip[below] + share * clip[below + 1]
    return out


def _other_pitch(power: Floats32, other: Floats32, rate: int) -> Floats32:
    """Give frames at another pitch the envelope they had: that of the vocal tract, which does not change."""
    return np.asarray(other * np.exp(_envelope(power, rate) - _envelope(other, rate)), np.float32)


def _envelope(power: Floats32, rate: int) -> Floats32:
    """Smooth the logarithm of power over frequency, by the part of the cepstrum that lies below any pitch period.

    References
    ----------
    Oppenheim and Schafer (1968), "Homomorphic analysis of speech".
    """
    cepstrum = np.fft.irfft(np.log(power + FLOOR), axis=-1)
    n_kept = int(CEPSTRUM * rate)
    cepstrum[..., n_kept : cepstrum.shape[-1] - n_kept + 1] = 0
    return np.asarray(np.fft.rfft(cepstrum, axis=-1).real, np.float32)


def mel_middles(bands: int, rate: int) -> NDArray[np.float64]:
    """Return the middle of each band of :func:`log_mel` in hertz, shape (bands,)."""
    return _ends(bands, rate)[1:-1]


def _ends(bands: int, rate: int) -> NDArray[np.float64]:
    low, high = (float(end) for end in 2595 * np.log10(1 + np.array([60.0, rate / 2]) / 700))
    return np.asarray(700 * (10 ** (np.linspace(low, high, bands + 2) / 2595) - 1))


def _filters(bands: int, points: int, rate: int) -> Floats32:
    """Triangles, shape (bands, points / 2 + 1), each from the middle of the band below to that of the one above."""
    middles = _ends(bands, rate)
    hertz = np.fft.rfftfreq(points, 1 / rate)
    low, middle, high = middles[:-2, None], middles[1:-1, None], middles[2:, None]
    rising, falling = (hertz - low) / (middle - low), (high - hertz) / (high - middle)
    return np.asarray(np.clip(np.minimum(rising, falling), 0, None), np.float32)
