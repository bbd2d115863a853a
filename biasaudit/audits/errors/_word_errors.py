"""Word errors from texts: what was said beside what was heard, aligned by jiwer."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from biasaudit.counts.values import canonical
from biasaudit.errors import AuditError
from biasaudit.names import clean

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["compare_columns", "count_word_errors", "plain_words"]

OPERATIONS = ("equal", "substitute", "delete", "insert")
APOSTROPHES = "'’ʼ＇"


class _Marks(dict[int, str]):
    """What a sign is written as, found when it is first met: there are too many signs to list."""

    def __missing__(self, code: int) -> str:
        sign = chr(code)
        plain = "" if sign in APOSTROPHES else " " if unicodedata.category(sign).startswith("P") else sign
        self[code] = plain
        return plain


MARKS = _Marks()


def plain_words(text: str) -> str:
    """Write a text as words that can be compared.

    In small letters, composed as Unicode's NFC asks; an apostrophe is dropped, so that don't is one word, any other
    punctuation parts words, and white space is one blank. Numbers, spellings and contractions stay as they are.

    Examples
    --------
    >>> plain_words(" Don’t,  WELL-known ")
    'dont well known'
    """
    return " ".join(unicodedata.normalize("NFC", text.lower()).translate(MARKS).split())


def count_word_errors(said: Iterable[str], heard: Iterable[str]) -> pd.DataFrame:
    """Count the words of each utterance that were heard right, taken for others, left out and put in.

    Texts are compared as :func:`plain_words` writes them. Where several alignments have equally few errors, jiwer's is
    taken: the errors are the same in all, but words put in, and so trials, may differ.

    Parameters
    ----------
    said, heard : iterables of str
        A text an utterance, in the same order. Nothing heard is an empty text.

    Returns
    -------
    DataFrame
        A row an utterance, in order, with whole numbers: words (said), hits, substitutions, deletions, insertions,
        wrong (all errors), and trials: words that could go wrong, those put in among them. Wrong of trials is the match
        error rate, a share; wrong of words is the word error rate, which passes 1 where many words are put in.

    Raises
    ------
    AuditError
        If jiwer is not installed, there are more texts of one kind than of the other, a text is missing or no text, or
        an utterance has no word.

    References
    ----------
    Morris, Maier and Green (2004), "From WER and RIL to MER and WIL: improved evaluation measures for connected speech
    recognition".

    Examples
    --------
    >>> counts = count_word_errors(["The cat sat.", "Yes!"], ["the hat sat down", ""])
    >>> counts.to_dict("list")  # doctest: +NORMALIZE_WHITESPACE
    {'words': [3, 1], 'hits': [2, 0], 'substitutions': [1, 0], 'deletions': [0, 1], 'insertions': [1, 0],
     'wrong': [2, 1], 'trials': [4, 1]}
    """
    # A single text would be taken apart into letters.
    for role, texts in (("said", said), ("heard", heard)):
        if isinstance(texts, (str, bytes)) or not isinstance(texts, Iterable):
            raise AuditError(f"{role} must be a list of texts, one an utterance, not a {type(texts).__name__}.")
    return compare_columns({"said": list(said), "heard": list(heard)})


def compare_columns(texts: Mapping[str, Sequence[Any]]) -> pd.DataFrame:
    """Count word errors between two columns, under the names that messages give them: what was said comes first."""
    import pandas as pd

    process_words = _jiwer()
    (of_said, said), (of_heard, heard) = ((name, _plain(name, values)) for name, values in texts.items())
    if len(said) != len(heard):
        raise AuditError(
            f"{of_said} has {len(said):,} texts and {of_heard} has {len(heard):,}. Give one heard for each one said."
        )
    silent = sum(not text for text in said)
    if silent:
        raise AuditError(
            f"{of_said} has no word in {silent:,} rows (punctuation is none). "
            "Leave out utterances in which nothing was said."
        )
    # jiwer takes an empty list for one empty utterance.
    found = process_words(said, heard).alignments if said else []
    counts = _sums(found)
    wrong = counts[:, 1:].sum(axis=1)
    table = dict(zip(("hits", "substitutions", "deletions", "insertions"), counts.T, strict=True))
    words = counts[:, :3].sum(axis=1)
    return pd.DataFrame({"words": words, **table, "wrong": wrong, "trials": words + counts[:, 3]})


def _jiwer() -> Any:
    try:
        from jiwer import process_words
    except ImportError:
        raise AuditError('Comparing texts needs jiwer. Install it with: pip install "biasaudit[asr]"') from None
    return process_words


def _plain(name: str, values: Sequence[Any]) -> list[str]:
    missing = sum(canonical(value) is None for value in values)
    if missing:
        raise AuditError(
            f"{name} is missing in {missing:,} rows. Leave these rows out, or write an empty text where nothing was "
            "heard."
        )
    for value in values:
        if not isinstance(value, str):
            raise AuditError(f"{name} holds {clean(repr(value))}, which is no text. Write every utterance as text.")
    return [plain_words(value) for value in values]


def _sums(alignments: Sequence[Sequence[Any]]) -> Any:
    """Add up the lengths of the aligned stretches: a row an utterance, a column a kind."""
    kind = {name: i for i, name in enumerate(OPERATIONS)}
    # A stretch that was put in has no length in what was said, one left out none in what was heard.
    spans = [
        (row, kind[s.type], max(s.ref_end_idx - s.ref_start_idx, s.hyp_end_idx - s.hyp_start_idx))
        for row, span in enumerate(alignments)
        for s in span
    ]
    rows, kinds, lengths = np.array(spans, dtype=np.int64).reshape(-1, 3).T
    size = len(alignments) * len(OPERATIONS)
    sums = np.bincount(rows * len(OPERATIONS) + kinds, weights=lengths, minlength=size)
    return sums.astype(np.int64).reshape(-1, len(OPERATIONS))
