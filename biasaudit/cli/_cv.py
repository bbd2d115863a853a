"""biasaudit cv: identical CVs under names of different groups."""

from __future__ import annotations

import sys
from typing import Annotated, Any

import typer

from biasaudit.cli._options import Confidence
from biasaudit.cli._reading import read_pairs
from biasaudit.cli._reports import Reports, checked, finish, writes
from biasaudit.cli.printing import width

__all__ = ["cv"]


@writes("the audit")
def cv(
    url: Annotated[str | None, typer.Option(help="Scoring service to audit instead of the built-in sorter.")] = None,
    field: Annotated[str, typer.Option(help="Name under which the service gets the texts.")] = "texts",
    job_field: Annotated[str, typer.Option(help="Name under which it gets the job description.")] = "job",
    headers: Annotated[
        list[str] | None, typer.Option("--headers", "--header", help="Header to send: name=value, such as a key.")
    ] = None,
    jobs: Annotated[
        list[str] | None, typer.Option("--jobs", "--job", help="Only this job; give it once for each.")
    ] = None,
    confidence: Confidence = 0.95,
    *,
    reports: Reports,
) -> None:
    """Audit a CV sorter: identical CVs under names of different groups, job by job."""
    from biasaudit.audits.pairs.cv import audit_cv
    from biasaudit.models.cv import CvSorter
    from biasaudit.models.http import HttpScorer
    from biasaudit.reporting.formats.intersections import crossed_tables
    from biasaudit.reporting.formats.terminal import to_text

    requested = checked(reports)
    sent = read_pairs("--header", headers, "Authorization=Bearer …")

    def sorter(description: str) -> Any:
        if url is None:
            return CvSorter(description, progress=sys.stderr.isatty())
        return HttpScorer(url, field=field, extra={job_field: description}, headers=sent)

    found = audit_cv(sorter, jobs=jobs or None, confidence=confidence)
    report = found.report()
    finish(found, to_text(report, width=width()) + "\n\n" + crossed_tables(report), requested)
