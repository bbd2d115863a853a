"""Patterns of up to three levels counted as matrix products, on a GPU or wherever torch is; deeper ones as bits."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from biasaudit.arraytypes import Ints
from biasaudit.errors import AuditError
from biasaudit.search.bitsets import Bitsets, unique_prefixes
from biasaudit.search.patterns import CountPatterns

__all__ = ["counter_on", "wants_cuda"]

# Below this many rows a table is counted before a GPU has started.
FEWEST_ROWS = 200_000
DEEPEST = 3
PREFIXES_AT_ONCE = 2048


def wants_cuda(device: str, rows: int) -> bool:
    """Say whether to count on CUDA.

    Raises
    ------
    AuditError
        If CUDA was asked for and torch does not find it.
    """
    if device == "cpu" or (device == "auto" and rows < FEWEST_ROWS):
        return False
    try:
        import torch
    except ImportError:
        there = False
    else:
        there = torch.cuda.is_available()
    if device == "cuda" and not there:
        raise AuditError(
            'device="cuda" needs torch and a GPU that it finds: pip install "biasaudit[torch]", or device="cpu".'
        )
    return there


def counter_on(device: str, bits: Bitsets) -> CountPatterns:
    """Return what counts patterns on a device of torch, equal to ``bits.count`` to the row.

    Each stretch of the bits becomes a matrix of zeros and ones, items by rows. Its product with itself holds the
    counts of all pairs; that of pairs with items, of all triples. A stretch has at most 32,768 rows, far below the
    2^24 up to which single precision (and TF32, whose factors of 0 and 1 are exact) counts without error.

    Parameters
    ----------
    device : str
        "cuda" or "cpu".
    bits : Bitsets
    """

    def count(patterns: Ints) -> Ints:
        if patterns.shape[1] > DEEPEST or not len(patterns):
            return bits.count(patterns)
        import torch

        before = torch.backends.cuda.matmul.allow_tf32
        torch.backends.cuda.matmul.allow_tf32 = True
        try:
            with torch.inference_mode():
                return _products(bits, patterns, device)
        finally:
            torch.backends.cuda.matmul.allow_tf32 = before

    return count


def _products(bits: Bitsets, patterns: Ints, device: str) -> Ints:
    import torch

    prefixes, of = unique_prefixes(patterns)
    last = torch.as_tensor(patterns[:, -1], device=device)
    of_prefix, rows = torch.as_tensor(of, device=device), torch.as_tensor(prefixes, device=device)
    found = torch.zeros((len(patterns), bits.sides), dtype=torch.int64, device=device)
    for first, end, side, unit in bits.segments:
        items = _ones(bits.words[:, first:end], device)
        if not prefixes.shape[1]:
            found[:, side] += unit * items.sum(dim=1).to(torch.int64)[last]
            continue
        for at in range(0, len(prefixes), PREFIXES_AT_ONCE):
            held = items[rows[at : at + PREFIXES_AT_ONCE, 0]]
            for k in range(1, prefixes.shape[1]):
                held = held * items[rows[at : at + PREFIXES_AT_ONCE, k]]
            # Patterns stand in the order of their prefixes.
            low, high = np.searchsorted(of, [at, at + PREFIXES_AT_ONCE])
            together = held @ items.T
            found[low:high, side] += unit * together[of_prefix[low:high] - at, last[low:high]].to(torch.int64)
    return np.asarray(found.cpu().numpy())


def _ones(words: NDArray[np.uint64], device: str) -> Any:
    """Unpack bits where they are multiplied: they travel eight to a byte."""
    import torch

    packed = torch.as_tensor(np.ascontiguousarray(words).view(np.uint8), device=device)
    digits = torch.arange(8, dtype=torch.uint8, device=device)
    return ((packed[:, :, None] >> digits) & 1).reshape(len(words), -1).to(torch.float32)
