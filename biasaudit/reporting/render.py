"""Every format that a result can be written in, in one table; whoever writes one is looked up by its name."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

from biasaudit.lookup import by_name

__all__ = ["FORMATS", "Format", "Reported", "files_of", "render"]


@dataclass(frozen=True)
class Format:
    """A format of one kind of result.

    Parameters
    ----------
    of : str
        Name of the class it writes; whatever makes a report of itself is written as a "Report".
    name, words : str
        Its name in Python and on the command line, and for people.
    what : str
        What one gets, as a phrase.
    function : str
        Module and name of what writes it: no record imports what renders it.
    ending, mime : str
        Of its file; empty for what a screen shows and nobody saves.
    requires : tuple of str
        What else has to be said, such as the name of a model.
    """

    of: str
    name: str
    words: str
    what: str
    function: str
    ending: str = ""
    mime: str = ""
    requires: tuple[str, ...] = ()

    def write(self, result: Any, **more: Any) -> str:
        """Write a result."""
        module, _, name = self.function.partition(":")
        return str(getattr(importlib.import_module(module), name)(result, **more))


_REPORTS, _VERDICTS, _MITIGATIONS = "biasaudit.reporting.formats", "biasaudit.policy.formats", "biasaudit.mitigation"

# fmt: off
FORMATS: tuple[Format, ...] = (
    Format("Report", "html", "HTML", "one page of HTML", f"{_REPORTS}.html:to_html", ".html", "text/html"),
    Format("Report", "json", "JSON", "JSON", f"{_REPORTS}.as_json:to_json", ".json", "application/json"),
    Format("Report", "markdown", "Markdown", "Markdown", f"{_REPORTS}.markdown:to_markdown", ".md", "text/markdown"),
    Format("Report", "model_card", "Model card", "a model card for the Hugging Face Hub",
           f"{_REPORTS}.model_card:to_model_card", ".md", "text/markdown", ("name", "dataset")),
    Format("Report", "text", "Text", "about ten lines for a terminal", f"{_REPORTS}.terminal:to_text"),
    Format("Report", "fragment", "Fragment", "a piece of HTML for a notebook", f"{_REPORTS}.html:to_fragment"),
    Format("Finding", "fragment", "Fragment", "a piece of HTML for a notebook", f"{_REPORTS}.notebook:finding_words"),
    Format("CheckResult", "html", "HTML", "one page of HTML", f"{_VERDICTS}.html:check_to_html", ".html", "text/html"),
    Format("CheckResult", "json", "JSON", "JSON", f"{_VERDICTS}.as_json:check_to_json", ".json", "application/json"),
    Format("CheckResult", "markdown", "Markdown", "Markdown", f"{_VERDICTS}.texts:check_to_markdown",
           ".md", "text/markdown"),
    Format("CheckResult", "junit", "JUnit", "JUnit XML", f"{_VERDICTS}.junit:to_junit", ".xml", "application/xml"),
    Format("CheckResult", "sarif", "SARIF", "SARIF", f"{_VERDICTS}.sarif:to_sarif", ".sarif", "application/json"),
    Format("CheckResult", "text", "Text", "a few lines for a terminal", f"{_VERDICTS}.texts:check_to_text"),
    Format("CheckResult", "fragment", "Fragment", "a piece of HTML for a notebook",
           f"{_VERDICTS}.html:check_to_fragment"),
    Format("Comparison", "html", "HTML", "one page of HTML", f"{_MITIGATIONS}.pages:html", ".html", "text/html"),
    Format("Comparison", "json", "JSON", "JSON", f"{_MITIGATIONS}.pages:as_json", ".json", "application/json"),
    Format("Comparison", "markdown", "Markdown", "Markdown", f"{_MITIGATIONS}.layout:markdown", ".md", "text/markdown"),
    Format("Comparison", "text", "Text", "the main figures for a terminal", f"{_MITIGATIONS}.layout:text"),
    Format("Comparison", "fragment", "Fragment", "a piece of HTML for a notebook", f"{_MITIGATIONS}.pages:fragment"),
)
# fmt: on


@runtime_checkable
class Reported(Protocol):
    """What makes a report of itself, such as every audit."""

    def report(self) -> Any:
        """Gather what the renderers need."""


def render(result: Any, format: str, **more: Any) -> str:  # noqa: A002
    """Write a result in a format.

    Parameters
    ----------
    result : audit, Report, CheckResult, Comparison or Finding
    format : str
        Name of a format that :data:`FORMATS` has for such a result, such as "html" or "json".
    **more
        Arguments of the format, such as the names that a model card asks for.

    Returns
    -------
    str

    Raises
    ------
    AuditError
        If such a result has no such format.

    Examples
    --------
    >>> import biasaudit as ba
    >>> print(render(ba.audit_predictions(ba.datasets.load_ricci()), "html")[:15])
    <!doctype html>
    >>> render(ba.audit_predictions(ba.datasets.load_ricci()), "htm")
    Traceback (most recent call last):
    biasaudit.errors.AuditError: "htm" is not a format of Audit. Did you mean "html"? Formats: html, json, ...
    """
    row = by_name(_formats(result), format, f"a format of {type(result).__name__}", "Formats")
    return row.write(result.report() if isinstance(result, Reported) else result, **more)


def files_of(result: Any) -> tuple[Format, ...]:
    """Return the formats that a result can be saved in without being asked for more."""
    return tuple(row for row in _formats(result) if row.ending and not row.requires)


def _formats(result: Any) -> list[Format]:
    classes = {"Report"} if isinstance(result, Reported) else {known.__name__ for known in type(result).__mro__}
    return [row for row in FORMATS if row.of in classes]
