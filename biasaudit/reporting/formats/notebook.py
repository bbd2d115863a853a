"""What a notebook shows of sentences, findings, tables and clips; only a notebook has IPython to show them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from biasaudit.reporting.formats.html import environment, finding_page, section_pages
from biasaudit.reporting.words.text import clean

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from biasaudit.reporting.report import Finding, Section

__all__ = ["finding_words", "show_clip", "show_words", "to_words"]


def to_words(
    question: str = "", sentences: Sequence[str] = (), findings: Sequence[Finding] = (), tables: Sequence[Section] = ()
) -> str:
    """Write a question, what answers it, verdicts and tables as a piece of HTML; all that is data is escaped.

    Parameters
    ----------
    question : str
    sentences : sequence of str
    findings : sequence of Finding
    tables : sequence of Section

    Examples
    --------
    >>> "<p>a &lt; b</p>" in to_words(sentences=("a < b",))
    True
    """
    page = {
        "question": clean(question, 300),
        "sentences": [clean(sentence, 900) for sentence in sentences],
        "findings": [finding_page(found) for found in findings],
        "sections": section_pages(tables, {}),
    }
    return environment().get_template("step.html").render(page=page).lstrip()


def finding_words(finding: Finding) -> str:
    """Write one finding as a piece of HTML."""
    return to_words(findings=(finding,))


def show_words(
    question: str = "", sentences: Sequence[str] = (), findings: Sequence[Finding] = (), tables: Sequence[Section] = ()
) -> None:
    """Show what :func:`to_words` writes."""
    from IPython.display import HTML, display

    display(HTML(to_words(question, sentences, findings, tables)))


def show_clip(audio: NDArray[Any], rate: int) -> None:
    """Show what plays a clip, as loud as it was recorded."""
    from IPython.display import Audio, display

    display(Audio(audio, rate=rate, normalize=False))
