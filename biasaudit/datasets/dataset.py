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
    """A figure that others published about the data, with its source.

    Parameters
    ----------
    statement : str
        What it is a figure of.
    value : str
        As it was published.
    source : str
        Who published it.

    Examples
    --------
    >>> import biasaudit as ba
    >>> for figure in ba.datasets.load_card("berkeley").published_figures[:2]:
    ...     print(f"{figure.statement}: {figure.value} ({figure.source})")
    Men admitted: 44.5 % (Counted from R's UCBAdmissions; 45 % in Freedman, Pisani & Purves, Statistics, chapter 2,
    after Bickel et al. 1975)
    Women admitted: 30.4 % (Counted from R's UCBAdmissions; 30 % in Freedman, Pisani & Purves, Statistics, chapter 2,
    after Bickel et al. 1975)
    """

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
        How many rows the data have.
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
    unit : str or None
        Unit of a label that is a number, such as "dollars an hour".

    Examples
    --------
    >>> import biasaudit as ba
    >>> card = ba.datasets.load_card("compas")
    >>> card.rows, card.question
    (7214, 'Whom does the risk score wrongly call dangerous?')
    >>> print(card.known_faults[0])
    998 people screened after 2014-04-01 are all recidivists: later arrivals were kept only if they were arrested again
    (Barenstein 2019). They raise the base rate from 36.2 to 45.1 %.
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
    unit: str | None = None


@dataclass(frozen=True, eq=False)
class Dataset:
    """A table, which columns mean what, and its card.

    Parameters
    ----------
    name : str
        What reports call it.
    frame : DataFrame
        A row a person, or many of them with `count`.
    label : str or None
        Column of labels, where there is one.
    features : tuple of str
        Columns that a model may learn from; none of them gives the label away.
    sensitive_features : tuple of str
        Columns that say who belongs to which group.
    cluster, weight, count : str or None
        Columns of clusters, of sample weights, and of how many people a row stands for.
    card : Card or None
        Where the data come from.
    truth : Truth or None
        What is known of generated data.
    audit_arguments : mapping of str to object
        Arguments that audit the data as its card does.
    unit : str or None
        Unit of a label that is a number, such as "dollars an hour".

    Examples
    --------
    >>> import biasaudit as ba
    >>> compas = ba.datasets.load_compas()
    >>> compas.sensitive_features, compas.label, len(compas.frame)
    (('race', 'sex', 'age_cat'), 'two_year_recid', 7214)
    >>> compas.audit_arguments["threshold"]
    5
    >>> columns = {"label": "is_recid", "features": ("age",), "sensitive_features": ("sex",)}
    >>> ba.audit_dataset(ba.datasets.Dataset("my table", compas.frame, **columns)).title
    'Audit of the data "my table"'
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
    unit: str | None = None
