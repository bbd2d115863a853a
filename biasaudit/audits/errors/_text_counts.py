"""Word errors of a table that holds texts, counted by group and speaker."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import narwhals.stable.v2 as nw

from biasaudit.audits.errors._word_errors import compare_columns
from biasaudit.counts.engines import collected
from biasaudit.counts.error_counts import count_errors
from biasaudit.counts.table.crosstab import Crosstab
from biasaudit.errors import AuditError
from biasaudit.names import clean
from biasaudit.reporting.report import Column, Section

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["TextCounts", "count_texts", "word_error_section"]

TWO_RATES = (
    "The match error rate, which the verdicts are about, is errors of all words spoken or put in, and never passes "
    "100 %; the word error rate is the same errors of the words spoken alone, and can."
)
COLUMNS = (
    Column("group", "Group", "group"),
    Column("words", "Words spoken", "count"),
    Column("put_in", "Words put in", "count"),
    Column("errors", "Errors", "count"),
    Column("estimate", "Match error rate", "share"),
    Column("word_error_rate", "Word error rate", "share"),
)


@dataclass(frozen=True)
class TextCounts:
    """What comparing two columns of text counts.

    Parameters
    ----------
    wrong, insertions : Crosstab
        Tables whose trials are the words spoken or put in, and whose errors are all errors, and words put in alone.
    unheard : int
        Rows in which nothing was heard.
    """

    wrong: Crosstab
    insertions: Crosstab
    unheard: int

    def warnings(self) -> tuple[str, ...]:
        """Say where nothing was heard: a recogniser that failed is not one that heard badly."""
        if not self.unheard:
            return ()
        return (
            f"Nothing was heard in {self.unheard:,} rows, and all their words count as errors. Check that the "
            "recogniser ran on them.",
        )


def count_texts(
    frame: Any,
    *,
    said: str,
    heard: str,
    features: Sequence[str],
    cluster: str | None = None,
    declared: Mapping[str, tuple[tuple[str, ...], bool]] | None = None,
) -> TextCounts:
    """Count word errors by sensitive features and cluster.

    A table in memory keeps its engine, and only the two columns of text become lists; of any other (DuckDB, Spark, a
    lazy frame, a file) the columns that are named are read into memory, since texts are compared one by one.

    Raises
    ------
    AuditError
        If a column is missing or is not what it should be, or the two columns of text are one.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"sex": ["F", "M"], "said": ["one two", "three"], "heard": ["one too", "the tree"]})
    >>> counts = count_texts(nw.from_native(frame), said="said", heard="heard", features=["sex"])
    >>> counts.wrong.rows.tolist(), counts.insertions.rows.tolist()
    ([1, 1, 2], [2, 1, 1])
    """
    if said == heard:
        raise AuditError(f'said and heard are both "{clean(said)}", so nothing can differ. Name two columns.')
    keys = [*features, *([cluster] if cluster is not None else [])]
    frame = collected(frame.select(*dict.fromkeys([*keys, said, heard])))
    texts = {f'{role}="{clean(name)}"': frame[name].to_list() for role, name in (("said", said), ("heard", heard))}
    counts = compare_columns(texts)
    # Longer than any name of a column, so it is none of them.
    names = {kind: kind + "_" * max(map(len, frame.columns)) for kind in ("wrong", "insertions", "trials")}
    columns = [
        nw.new_series(name, counts[kind].to_numpy(), nw.Int64, backend=frame.implementation)
        for kind, name in names.items()
    ]
    counted = frame.select(*dict.fromkeys(keys)).with_columns(*columns)
    wrong, insertions = (
        count_errors(
            counted, features=features, errors=names[kind], trials=names["trials"], cluster=cluster, declared=declared
        )
        for kind in ("wrong", "insertions")
    )
    return TextCounts(wrong, insertions, int((counts["deletions"] == counts["trials"]).sum()))


def word_error_section(intervals: pd.DataFrame) -> Section:
    """Lay out the word error rate of each group beside its match error rate."""
    names = [column.name for column in COLUMNS]
    found = intervals.assign(put_in=intervals["trials"] - intervals["words"])[names]
    rows = tuple(dict(zip(names, row, strict=True)) for row in found.itertuples(index=False))
    return Section("word_errors", "Word error rate", (TWO_RATES,), COLUMNS, rows)
