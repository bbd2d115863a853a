"""A table with what is known about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

    from biasaudit.datasets.truth import Truth

__all__ = ["Card", "Dataset", "Figure"]


@dataclass(frozen=True)
class Figure:
    """A figure that others published about the data, with its source."""

    statement: str
    value: str
    source: str


@dataclass(frozen=True)
class Card:
    """Where data come from, what they hold and what is wrong with them.

    Parameters
    ----------
    title, source, url, collected, citation : str
        What the data are, where they were taken from, who gathered them and how to cite them.
    licence : str
        The licence, or what is known where there is none.
    rows : int
    question : str
        What one can ask of the data.
    columns : mapping of str to str
        What each column means.
    known_faults : tuple of str
        What to bear in mind before believing an answer.
    published_figures : tuple of Figure
        Figures that the data reproduce.
    sha256 : str
        Digest of the unpacked file.
    words : mapping of str to str
        What decisions and labels mean to people, as :func:`biasaudit.audit_predictions` takes them.
    """

    title: str
    source: str
    url: str
    licence: str
    collected: str
    citation: str
    rows: int
    question: str
    columns: Mapping[str, str]
    known_faults: tuple[str, ...]
    published_figures: tuple[Figure, ...]
    sha256: str
    words: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Dataset:
    """A table, which columns mean what, and its card.

    Parameters
    ----------
    name : str
    frame : DataFrame
    label : str or None
        Column of labels, where there is one.
    features : tuple of str
        Columns that a model may learn from; none of them gives the label away.
    sensitive_features : tuple of str
        Columns that say who belongs to which group.
    cluster, weight, count : str or None
        Columns of clusters, of sample weights, and of how many people a row stands for.
    card : Card or None
    truth : Truth or None
        What is known of generated data.
    audit_arguments : mapping of str to object
        Arguments that audit the data as its card does.
    """

    name: str
    frame: pd.DataFrame
    label: str | None
    features: tuple[str, ...]
    sensitive_features: tuple[str, ...]
    cluster: str | None = None
    weight: str | None = None
    card: Card | None = None
    truth: Truth | None = None
    audit_arguments: Mapping[str, Any] = field(default_factory=dict)
    count: str | None = None
