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

from biasaudit.datasets.download import cache_folder

__all__ = ["kept"]

Arrays = Mapping[str, NDArray[Any]]


def kept(kind: str, key: Any, make: Callable[[], Arrays], *, what: str) -> Arrays:
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
    digest = hashlib.sha256(json.dumps(key).encode()).hexdigest()[:24]
    path = cache_folder() / f"{kind}-{digest}.npz"
    found = _read(path)
    if found is None:
        found = make()
        _write(path, found, what)
    return found


def _read(path: Path) -> Arrays | None:
    """Read what was kept; a file that is torn is made anew."""
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as held:
            return dict(held)
    except FileNotFoundError:
        return None
    except Exception:  # Whatever is wrong with a cache, it is no reason to fail.
        return None


def _write(path: Path, arrays: Arrays, what: str) -> None:
    """Keep arrays; a reader never sees half a file."""
    held = ""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, suffix=".part", delete=False) as file:
            held = file.name
            np.savez(file, **arrays)  # type: ignore[arg-type]
        Path(held).replace(path)
    except OSError as error:
        if held:
            Path(held).unlink(missing_ok=True)
        warnings.warn(f"{what} is not kept, since {path.parent} cannot be written: {error}.", stacklevel=4)
