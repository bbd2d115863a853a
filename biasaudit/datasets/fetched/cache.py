"""Arrays that took long to make, kept in the user's cache folder: read whole, or made anew."""

from __future__ import annotations

import hashlib
import json
import tempfile
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from biasaudit.datasets.fetched._download import cache_folder

__all__ = ["cached", "read_cache", "write_cache"]

Arrays = Mapping[str, NDArray[Any]]


def cached(kind: str, key: Any, make: Callable[[], Arrays], *, what: str) -> Arrays:
    """Return arrays from the cache folder, or make them and keep them.

    Parameters
    ----------
    kind : str
        What the file's name begins with.
    key : object
        All that the arrays follow from, as JSON can write it; another key is another file.
    make : callable
        Gives the arrays by name; none of objects.
    what : str
        For people: what is not kept where the folder cannot be written, which is a warning and no error.
    """
    found = read_cache(kind, key)
    if found is None:
        found = make()
        write_cache(kind, key, found, what=what)
    return found


def read_cache(kind: str, key: Any) -> Arrays | None:
    """Return arrays that were kept, or None; a file that is torn counts as none."""
    try:
        with _path(kind, key).open("rb") as file, np.load(file, allow_pickle=False) as found:
            return dict(found)
    except FileNotFoundError:
        return None
    except Exception:  # Whatever is wrong with a cache, it is no reason to fail.
        return None


def write_cache(kind: str, key: Any, arrays: Arrays, *, what: str) -> None:
    """Keep arrays; a reader never sees half a file."""
    path, part = _path(kind, key), ""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, suffix=".part", delete=False) as file:
            part = file.name
            np.savez(file, **arrays)  # type: ignore[arg-type]
        Path(part).replace(path)
    except OSError as error:
        if part:
            Path(part).unlink(missing_ok=True)
        warnings.warn(f"{what} is not kept, since {path.parent} cannot be written: {error}.", stacklevel=4)


def _path(kind: str, key: Any) -> Path:
    digest = hashlib.sha256(json.dumps(key).encode()).hexdigest()[:24]
    return cache_folder() / f"{kind}-{digest}.npz"
