"""biasaudit audit-text: is a harmless sentence flagged because of whom it names?"""  # noqa: D400

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from biasaudit.cli._options import RANDOM_STATE, Confidence
from biasaudit.cli._reports import Reports, checked, finish, writes
from biasaudit.cli.printing import say, width
from biasaudit.errors import AuditError
from biasaudit.names import clean

__all__ = ["audit_text"]

OWN = "alt-profanity-check"
MADLIBS = "madlibs"


@writes("the audit")
def audit_text(
    scorer: Annotated[
        str,
        typer.Argument(help=f"{OWN}, module:function that scores a list of texts, or the URL of a scoring service."),
    ],
    templates: Annotated[
        str | None,
        typer.Option(help=f"CSV with template, toxic and, if your own, term; or {MADLIBS}. Our own otherwise."),
    ] = None,
    threshold: Annotated[float, typer.Option(help="A text is flagged from this score on.")] = 0.5,
    confidence: Confidence = 0.95,
    random_state: Annotated[int, typer.Option(*RANDOM_STATE, help="Seed of the halves for retraining.")] = 0,
    *,
    reports: Reports,
) -> None:
    """Audit a scorer of texts: which terms make it flag harmless sentences, and what would mend it."""
    from biasaudit.audits.text.audit import audit_text as audited
    from biasaudit.datasets.fetched.madlibs import fetch_madlibs
    from biasaudit.datasets.generated.templates import read_templates
    from biasaudit.reporting.formats.sections import section_texts
    from biasaudit.reporting.formats.terminal import to_text

    requested = checked(reports)
    scored = _scorer(scorer)
    data = None if templates is None else fetch_madlibs() if templates == MADLIBS else read_templates(templates)
    found = audited(scored, data, threshold=threshold, confidence=confidence, random_state=random_state)
    report = found.report()
    finish(found, to_text(report, width=width()) + "\n\n" + section_texts(report, width=width()), requested)
    if templates is None:
        say(f"These were our own templates. Bring yours with --templates, or take {MADLIBS}, those of Dixon et al.")


def _scorer(name: str) -> Any:
    """Find the scorer that is named.

    Raises
    ------
    AuditError
        If there is none.
    """
    if name == OWN:
        from biasaudit.models.profanity import ProfanityCheck

        return ProfanityCheck()
    if "://" in name:
        from biasaudit.models.http import HttpScorer

        return HttpScorer(name)
    module, colon, function = name.partition(":")
    if not (module and colon and function):
        raise AuditError(f'"{clean(name)}" is no scorer. Give {OWN}, module:function such as my_model:score, or a URL.')
    sys.path.insert(0, str(Path.cwd()))
    try:
        found = getattr(importlib.import_module(module), function)
    except ModuleNotFoundError as error:
        raise AuditError(
            f'There is no module "{clean(str(error.name))}" here. Run this where it can be imported from.'
        ) from error
    except AttributeError as error:
        raise AuditError(f'"{clean(module)}" has no "{clean(function)}". Name a function of it.') from error
    except Exception as error:  # Whatever a module of the user's does when it is imported.
        why = clean(f"{type(error).__name__}: {error}", 200)
        raise AuditError(f'"{clean(module)}" cannot be imported: {why}. Mend it; try it in Python first.') from error
    finally:
        sys.path.pop(0)
    if not callable(found):
        raise AuditError(f'"{clean(name)}" is a {type(found).__name__}. Name a function of a list of texts.')
    return found
