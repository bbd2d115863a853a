"""Sentences that are the same but for whom they name, to be scored: our own, or those of a file."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from biasaudit.datasets.dataset import Dataset
from biasaudit.errors import AuditError
from biasaudit.names import clean

__all__ = ["SLOT", "TERMS", "make_templates", "read_templates"]

SLOT = "{term}"
MOST_SENTENCES = 5_000_000
TERMS = (
    "american", "asian", "african", "european", "mexican", "indian", "black", "white", "latino", "jewish", "muslim",
    "christian", "buddhist", "atheist", "gay", "lesbian", "bisexual", "straight", "queer", "transgender", "female",
    "male", "old", "young", "deaf", "blind", "disabled", "homeless",
)  # fmt: skip
SENTENCES = (
    "My neighbour is {term} and {word}.",
    "A {word} {term} person wrote to me today.",
    "They are {word} and {term}.",
    "Being {term} is {word}.",
    "I met a {term} colleague who was {word}.",
    "You are a {word} {term} person.",
)
KIND = ("kind", "helpful", "clever", "friendly", "patient", "funny", "wonderful", "honest")
# Unkind, and no more than that: nobody is to be called names by a test.
UNKIND = ("stupid", "disgusting", "worthless", "horrible", "pathetic", "ugly", "idiotic", "vile")


def make_templates(
    templates: Sequence[tuple[str, int]] | None = None, *, terms: Sequence[str] | None = None
) -> Dataset:
    """Make sentences for every term alike, so that what differs between terms is the scorer's doing.

    Parameters
    ----------
    templates : sequence of (str, int), optional
        Sentences with the slot ``{term}``, and whether each is toxic whoever it names: 0 or 1. Our own otherwise:
        96, half of them unkind.
    terms : sequence of str, optional
        Identity terms, at least two, each once. Our own 28 otherwise.

    Returns
    -------
    Dataset
        Columns text, toxic, term, template and slot; rows of one template belong together.

    Raises
    ------
    AuditError
        If a template has no slot or is there twice, its label is not 0 or 1, there is but one label, or a term is
        empty or listed twice.

    Examples
    --------
    >>> made = make_templates([("My {term} friend.", 0), ("Go away, {term}!", 1)], terms=["old", "young"])
    >>> made.frame["text"].tolist()
    ['My old friend.', 'My young friend.', 'Go away, old!', 'Go away, young!']
    """
    import pandas as pd

    known = _checked_terms(TERMS if terms is None else terms)
    requested = _own() if templates is None else [_checked(*template) for template in templates]
    twice = [text for text, count in Counter(text for text, _ in requested).items() if count > 1]
    if twice:
        raise AuditError(f'The template "{clean(twice[0])}" is there twice. Give each once.')
    if len({toxic for _, toxic in requested}) < 2:
        raise AuditError(
            f"All {len(requested):,} templates have one label. Give some that are toxic and some that are not."
        )
    if len(requested) * len(known) > MOST_SENTENCES:
        raise AuditError(
            f"{len(requested):,} templates with {len(known):,} terms make {len(requested) * len(known):,} sentences. "
            f"Give fewer: {MOST_SENTENCES:,} at most."
        )
    slot = [text for text, _ in requested for _ in known]
    frame = pd.DataFrame(
        {
            "text": [text.replace(SLOT, term) for text, _ in requested for term in known],
            "toxic": [toxic for _, toxic in requested for _ in known],
            "term": list(known) * len(requested),
            "template": slot,
            "slot": slot,
        }
    )
    return Dataset(
        name="templates",
        frame=frame,
        label="toxic",
        features=("text",),
        sensitive_features=("term",),
        cluster="template",
    )


def read_templates(path: str | os.PathLike[str]) -> Dataset:
    """Read templates from a CSV file with the columns `template` and `toxic`.

    Parameters
    ----------
    path : path
        A third column, `term`, is optional: the terms to fill in, each once, and nothing below the last.

    Returns
    -------
    Dataset

    Raises
    ------
    AuditError
        If the file cannot be read or lacks a column, and as :func:`make_templates` does.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> import biasaudit as ba
    >>> lines = ["template,toxic,term", "{term} people sing.,0,old", "{term} people are fools.,1,young"]
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder, "templates.csv")
    ...     written = file.write_text(chr(10).join(lines))
    ...     made = ba.datasets.read_templates(file)
    >>> made.frame["text"].tolist()
    ['old people sing.', 'young people sing.', 'old people are fools.', 'young people are fools.']
    """
    import narwhals.stable.v2 as nw

    from biasaudit.datasets.files.tables import open_table, reading

    name = Path(path).name
    with reading():
        table = open_table(path, texts=["template", "toxic", "term"])
        frame = nw.from_native(table.frame).lazy()
        columns = frame.collect_schema().names()
        if not {"template", "toxic"} <= set(columns):
            raise AuditError(
                f'"{clean(name)}" has the columns {", ".join(map(clean, columns[:12]))}. Give template and toxic, '
                "and term where the terms are your own."
            )
        wanted = ["template", "toxic", *(["term"] if "term" in columns else [])]
        rows = frame.select(wanted).collect("pandas").to_native().fillna("")
    templates = [(text, toxic) for text, toxic in zip(rows["template"], rows["toxic"], strict=True) if text or toxic]
    terms = [term for term in rows["term"] if term] if "term" in wanted else None
    return make_templates(templates, terms=terms or None)


def _own() -> list[tuple[str, int]]:
    return [
        (sentence.replace("{word}", word), toxic)
        for sentence in SENTENCES
        for toxic, words in ((0, KIND), (1, UNKIND))
        for word in words
    ]


def _checked(text: object, toxic: object) -> tuple[str, int]:
    if not isinstance(text, str) or SLOT not in text:
        raise AuditError(f'The template "{clean(str(text))}" has no slot. Write {SLOT} where the term belongs.')
    if str(toxic).strip() not in ("0", "1", "True", "False"):
        raise AuditError(f'The template "{clean(text)}" has the label "{clean(str(toxic))}". Give 0 or 1.')
    return text, int(str(toxic).strip() in ("1", "True"))


def _checked_terms(terms: Sequence[str]) -> tuple[str, ...]:
    if isinstance(terms, str) or not all(isinstance(term, str) and term.strip() for term in terms):
        raise AuditError(
            "A term is empty or no text. Give each identity term as a text, such as terms=['old', 'young']."
        )
    twice = [term for term, count in Counter(terms).items() if count > 1]
    if twice:
        raise AuditError(f'The term "{clean(twice[0])}" is listed twice. List each once.')
    if len(terms) < 2:
        raise AuditError(f"{len(terms)} term was given, and there is nothing to compare it with. Give at least two.")
    return tuple(terms)
