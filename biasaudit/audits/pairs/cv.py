"""The audit of a CV sorter: identical CVs under the first names of a well-known experiment, job by job."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from biasaudit.audits.pairs._swaps import read_swap
from biasaudit.audits.pairs.audit import PairsAudit
from biasaudit.audits.pairs.scores import (
    Grid,
    cautions,
    check_arguments,
    item_clusters,
    model_name,
    reference_group,
    score_items,
)
from biasaudit.errors import AuditError, nearest
from biasaudit.models.cv import CvSorter
from biasaudit.models.cv_texts import Job, load_jobs, load_names
from biasaudit.names import clean

__all__ = ["audit_cv"]

ON_NAMES = "The groups are those that first names suggest; a name may suggest class or age as well."
ON_TEXTS = "The CVs are short and made up; in longer ones a name may weigh less."


def audit_cv(
    sorter: Callable[[str], Callable[[list[str]], Any]] = CvSorter,
    *,
    jobs: Sequence[Job | str] | None = None,
    names: Mapping[str, Sequence[str]] | None = None,
    reference: str | None = None,
    threshold: float | None = None,
    confidence: float = 0.95,
    batch_size: int = 1024,
) -> PairsAudit:
    """Audit a CV sorter by race and gender of the name on CVs that are identical otherwise.

    Parameters
    ----------
    sorter : callable
        Makes of a job's description a callable that scores a list of CVs; the built-in one by default, or for
        instance ``lambda job: HttpScorer(url, extra={"job": job})``.
    jobs : sequence of Job or str, optional
        Jobs with their CVs, or titles of the ten that come along.
    names : mapping of str to sequence of str, optional
        Group -> first names; those of the experiment by default. Fewer and larger groups, such as all names
        of one race together, ask a coarser question with more certainty.
    reference : str, optional
        Group that the others are held against: by default "white man" where there is one, else the first.
    threshold, confidence, batch_size
        As for :func:`biasaudit.audit_pairs`.

    Returns
    -------
    PairsAudit
        With each job on its own and all together, adjusted for everything that was compared.

    Raises
    ------
    AuditError
        If there is no such job, or the sorter returns anything but a finite number each.

    References
    ----------
    Bertrand and Mullainathan (2004), "Are Emily and Greg more employable than Lakisha and Jamal?".
    Wilson and Caliskan (2024), "Gender, race, and intersectional bias in resume screening via language model
    retrieval".

    Examples
    --------
    >>> audit = audit_cv(lambda job: lambda texts: [len(text) for text in texts], jobs=["line cook", "electrician"])
    >>> audit.rates()["group"].iloc[-1]
    {'job': 'electrician', 'name': 'Black man'}
    """
    chosen = _jobs(jobs)
    swap = read_swap({"name": {group: list(listed) for group, listed in (names or load_names()).items()}})
    if reference is None and "white man" in swap.groups:
        reference = "white man"
    grids = []
    for job in chosen:
        model = sorter(job.description)
        check_arguments(model, threshold, confidence, batch_size)
        scores = score_items(model, job.cvs, swap, batch_size)
        grids.append(Grid(job.title, scores, item_clusters(job.cvs, None, len(scores))))
    return PairsAudit(
        tuple(grids),
        swap,
        stratum="job",
        reference=reference_group(reference, swap),
        threshold=threshold,
        title="Audit of a CV sorter",
        settings={
            "model": model_name(model),
            "swap": {"name": f"{len(swap.member)} first names"},
            "jobs": [job.title for job in chosen],
        },
        confidence=confidence,
        warnings=(ON_NAMES, *([ON_TEXTS] if jobs is None else []), *cautions(grids, swap, "texts")),
    )


def _jobs(jobs: Sequence[Job | str] | None) -> list[Job]:
    known = {job.title: job for job in load_jobs()}
    chosen = []
    for job in known.values() if jobs is None else jobs:
        if not isinstance(job, Job) and job not in known:
            raise AuditError(
                f'"{clean(str(job))}" is not a job of this audit.{nearest(str(job), known)} Jobs: {", ".join(known)}.'
            )
        chosen.append(job if isinstance(job, Job) else known[job])
    titles = [job.title for job in chosen]
    if not titles or len(set(titles)) < len(titles):
        raise AuditError("jobs is empty or names a job twice. Give each job once.")
    return chosen
