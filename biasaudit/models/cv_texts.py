"""Job descriptions, CVs with a gap for the name, and first names to fill it with."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

__all__ = ["Job", "load_jobs", "load_names"]

FILE = Path(__file__).with_name("cv_texts.toml")


@dataclass(frozen=True)
class Job:
    """A position and those who apply for it.

    Parameters
    ----------
    title, description : str
        What the position is called, and what it asks for.
    cvs : tuple of str
        Texts of different quality; "{name}" stands where the name goes.

    Examples
    --------
    >>> from biasaudit.models.cv_texts import load_jobs
    >>> job = load_jobs()[0]
    >>> job.title, len(job.cvs)
    ('account executive', 8)
    >>> "{name}" in job.cvs[0]
    True
    """

    title: str
    description: str
    cvs: tuple[str, ...]


@cache
def _content() -> dict[str, Any]:
    return tomllib.loads(FILE.read_text(encoding="utf-8"))


def load_jobs() -> tuple[Job, ...]:
    """Load ten job descriptions with eight CVs each, made up for this audit.

    Returns
    -------
    tuple of Job

    Examples
    --------
    >>> jobs = load_jobs()
    >>> len(jobs), {len(job.cvs) for job in jobs}, jobs[0].title
    (10, {8}, 'account executive')
    """
    return tuple(Job(job["title"], job["description"], tuple(job["cvs"])) for job in _content()["jobs"])


def load_names() -> dict[str, tuple[str, ...]]:
    """Load the 36 first names of a field experiment, nine for each race and gender that they suggest.

    A name may suggest class or age as well.

    Returns
    -------
    dict of str to tuple of str

    References
    ----------
    Bertrand and Mullainathan (2004), "Are Emily and Greg more employable than Lakisha and Jamal?",
    American Economic Review 94(4), table A1.

    Examples
    --------
    >>> {group: len(names) for group, names in load_names().items()}
    {'white woman': 9, 'white man': 9, 'Black woman': 9, 'Black man': 9}
    """
    return {group: tuple(names) for group, names in _content()["names"].items()}
