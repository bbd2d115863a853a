"""What every result answers: pages, text and files of itself, all from the one table of formats."""

from __future__ import annotations

import os

from biasaudit.reporting.files import write_text
from biasaudit.reporting.render import render

__all__ = ["Rendered", "saved"]


def saved(text: str, path: str | os.PathLike[str] | None) -> str:
    """Return a text and, where a path is given, write it there."""
    if path is not None:
        write_text(path, text)
    return text


class Rendered:
    """A result that writes itself in every format that :data:`biasaudit.reporting.render.FORMATS` has for it."""

    def to_html(self, path: str | os.PathLike[str] | None = None) -> str:
        """Return it as one page of HTML that opens offline and, where a path is given, write it there.

        Parameters
        ----------
        path : str or path-like, optional
            Where to write it; a file that is there is replaced, whole or not at all.

        Returns
        -------
        str

        Raises
        ------
        AuditError
            If the file cannot be written.

        Examples
        --------
        >>> import biasaudit as ba
        >>> audit = ba.audit_predictions(ba.datasets.load_berkeley())
        >>> page = audit.to_html()
        >>> page.startswith("<!doctype html>"), "http://" in page or "https://" in page
        (True, False)
        """
        return saved(render(self, "html"), path)

    def to_json(self, path: str | os.PathLike[str] | None = None) -> str:
        """Return it as JSON and, where a path is given, write it there.

        Parameters
        ----------
        path : str or path-like, optional
            Where to write it; a file that is there is replaced, whole or not at all.

        Returns
        -------
        str

        Raises
        ------
        AuditError
            If the file cannot be written.

        Examples
        --------
        >>> import biasaudit as ba
        >>> audit = ba.audit_predictions(ba.datasets.load_berkeley())
        >>> import json
        >>> report = json.loads(audit.to_json())
        >>> report["rows"], report["findings"][0]["verdict"]
        (4526, 'shown')
        """
        return saved(render(self, "json"), path)

    def to_markdown(self, path: str | os.PathLike[str] | None = None) -> str:
        """Return it as Markdown and, where a path is given, write it there.

        Parameters
        ----------
        path : str or path-like, optional
            Where to write it; a file that is there is replaced, whole or not at all.

        Returns
        -------
        str

        Raises
        ------
        AuditError
            If the file cannot be written.

        Examples
        --------
        >>> import biasaudit as ba
        >>> audit = ba.audit_predictions(ba.datasets.load_berkeley())
        >>> print(audit.to_markdown().splitlines()[0])
        # Audit of "berkeley"
        """
        return saved(render(self, "markdown"), path)

    def __repr__(self) -> str:
        return render(self, "text")

    def _repr_html_(self) -> str:
        return render(self, "fragment")
