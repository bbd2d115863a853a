"""The real data that come with the package: a folder each, with its card, which says how to read it."""

from __future__ import annotations

import gzip
import hashlib
import io
import tomllib
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from biasaudit.datasets.dataset import Card, Dataset, Figure
from biasaudit.errors import AuditError, nearest

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "SHIPPED",
    "list_datasets",
    "load",
    "load_adult",
    "load_berkeley",
    "load_card",
    "load_compas",
    "load_hmda",
    "load_law_resumes",
    "load_resume_audit",
    "load_ricci",
]

SHIPPED = (
    "compas",
    "resume_audit",
    "berkeley",
    "ricci",
    "law_resumes",
    "adult",
    "hmda",
    "wages",
    "salaries",
    "law_school",
)
PACKAGE = Path(__file__).parents[2]


def load(name: str) -> Dataset:
    """Load a shipped data set by name.

    Cells of text stay as they are written ("NA" is a text like any other); only an empty cell of numbers is missing.

    Parameters
    ----------
    name : str
        One of those that :func:`list_datasets` lists.

    Returns
    -------
    Dataset
        With `audit_arguments` that :func:`biasaudit.audit_predictions` uses where it is given none.

    Raises
    ------
    AuditError
        If there is no data set of the name, or its file is damaged or missing.

    Examples
    --------
    >>> load("berkeley").frame.shape
    (4526, 3)
    """
    facts = _facts(name)
    unit = facts.get("unit")
    return Dataset(
        name=name,
        frame=_frame(name, facts),
        label=facts.get("label"),
        features=tuple(facts["features"]),
        sensitive_features=tuple(facts["sensitive_features"]),
        cluster=facts.get("cluster"),
        card=_card(facts),
        audit_arguments=facts["audit"] | ({"unit": unit} if unit else {}),
        unit=unit,
    )


def load_card(name: str) -> Card:
    """Load the card of a shipped data set, without its rows.

    Parameters
    ----------
    name : str
        That of a shipped data set.

    Returns
    -------
    Card

    Examples
    --------
    >>> load_card("compas").rows
    7214
    """
    return _card(_facts(name))


def list_datasets() -> tuple[tuple[str, Card], ...]:
    """Return the name and card of every shipped data set.

    Returns
    -------
    tuple of tuple[str, Card]

    Examples
    --------
    >>> for name, card in list_datasets():
    ...     print(name, card.rows, len(card.columns))
    compas 7214 18
    resume_audit 4870 27
    berkeley 4526 3
    ricci 118 6
    law_resumes 316 3
    adult 32561 15
    hmda 2380 14
    wages 61395 5
    salaries 397 6
    law_school 21791 6
    """
    return tuple((name, load_card(name)) for name in SHIPPED)


def load_compas() -> Dataset:
    """Load COMPAS risk scores and arrests within two years, Broward County 2013–2016.

    The score is a decile of risk, the label a new arrest. The groups are named as in the source.

    Returns
    -------
    Dataset

    References
    ----------
    Larson, Mattu, Kirchner and Angwin (2016), "How we analyzed the COMPAS recidivism algorithm", ProPublica.
    Barenstein (2019), "ProPublica's COMPAS data revisited", arXiv:1906.04711: why 998 of the rows mislead.

    Examples
    --------
    >>> frame = load_compas().frame
    >>> kept = frame["compas_screening_date"] <= "2014-04-01"
    >>> print(f"{frame['two_year_recid'].mean():.3f} {frame.loc[kept, 'two_year_recid'].mean():.3f}")
    0.451 0.362
    """
    return load("compas")


def load_resume_audit() -> Dataset:
    """Load the field experiment with White- and Black-sounding names on equal résumés.

    There is no label: employers called back or did not. `name_id` keeps the rows of one first name together.

    Returns
    -------
    Dataset

    References
    ----------
    Bertrand and Mullainathan (2004), "Are Emily and Greg more employable than Lakisha and Jamal?",
    American Economic Review 94(4).

    Examples
    --------
    >>> frame = load_resume_audit().frame
    >>> frame["call"].eq("yes").groupby(frame["ethnicity"]).sum().to_dict()
    {'Black': 157, 'White': 235}
    """
    return load("resume_audit")


def load_berkeley() -> Dataset:
    """Load admissions to six departments at Berkeley in 1973, one row a person.

    Decisions only. Who applied to which `department` turns the gap in the total round.

    Returns
    -------
    Dataset

    References
    ----------
    Bickel, Hammel and O'Connell (1975), "Sex bias in graduate admissions: data from Berkeley", Science 187.

    Examples
    --------
    >>> frame = load_berkeley().frame
    >>> frame.groupby("gender")["admitted"].mean().round(3).to_dict()
    {'Female': 0.304, 'Male': 0.445}
    """
    return load("berkeley")


def load_ricci() -> Dataset:
    """Load the promotion exams that Ricci v. DeStefano was about.

    Decisions only: `passed` is a combined score of at least 70, which the union's contract set.

    Returns
    -------
    Dataset

    References
    ----------
    Ricci v. DeStefano, 557 U.S. 557 (2009).
    Miao (2010), "Did the results of promotion exams have a disparate impact on minorities?",
    Journal of Statistics Education 18(3).

    Examples
    --------
    >>> load_ricci().frame.groupby("race")["passed"].sum().to_dict()
    {'Black': 9, 'Hispanic': 6, 'White': 41}
    """
    return load("ricci")


def load_law_resumes() -> Dataset:
    """Load the field experiment with class and gender on applications to law firms.

    Decisions only: one application an office, so that no two rows belong together.

    Returns
    -------
    Dataset

    References
    ----------
    Rivera and Tilcsik (2016), "Class advantage, commitment penalty", American Sociological Review 81(6).

    Examples
    --------
    >>> load_law_resumes().frame.groupby(["social_class", "gender"])["interview"].sum().tolist()
    [3, 13, 5, 1]
    """
    return load("law_resumes")


def load_adult() -> Dataset:
    """Load the Adult census extract of 1994: income above or below 50,000 dollars.

    The training file. There are labels and no predictions; what is unknown is written "?".

    Returns
    -------
    Dataset

    References
    ----------
    Becker and Kohavi (1996), "Adult", UCI Machine Learning Repository.
    Ding, Hardt, Miller and Schmidt (2021), "Retiring Adult", NeurIPS: what the threshold does.

    Examples
    --------
    >>> frame = load_adult().frame
    >>> frame["income"].eq(">50K").groupby(frame["sex"]).mean().round(4).to_dict()
    {'Female': 0.1095, 'Male': 0.3057}
    """
    return load("adult")


def load_hmda() -> Dataset:
    """Load the mortgage applications in Boston, 1990, that the Federal Reserve Bank of Boston looked into.

    Decisions only, denied or not: nobody knows who of the denied would have paid.

    Returns
    -------
    Dataset

    References
    ----------
    Munnell, Tootell, Browne and McEneaney (1996), "Mortgage lending in Boston: interpreting HMDA data",
    American Economic Review 86(1).

    Examples
    --------
    >>> load_hmda().frame.groupby("race")["denied"].mean().round(3).to_dict()
    {'Black': 0.283, 'White': 0.093}
    """
    return load("hmda")


def _facts(name: str) -> dict[str, Any]:
    if name not in SHIPPED:
        raise AuditError(
            f'"{name}" is not a shipped data set.{nearest(name, SHIPPED)} Data sets: {", ".join(SHIPPED)}.'
        )
    file = _folder() / name / "card.toml"
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise _damaged("card", name) from None


def _folder() -> Path:
    """Find the shipped data: inside an installed package, or at the top of a checkout."""
    for folder in (PACKAGE / "_shipped" / "datasets", PACKAGE.parent / "datasets"):
        if (folder / "compas" / "card.toml").is_file():
            return folder
    raise AuditError("The shipped data sets are missing from this installation. Reinstall biasaudit.")


def _damaged(what: str, name: str) -> AuditError:
    return AuditError(f'The {what} of the data set "{name}" is damaged or missing. Reinstall biasaudit.')


def _card(facts: dict[str, Any]) -> Card:
    names = ("title", "source", "url", "licence", "collected", "citation", "rows", "question", "columns", "sha256")
    return Card(
        **{name: facts[name] for name in names},
        known_faults=tuple(facts["known_faults"]),
        published_figures=tuple(Figure(**figure) for figure in facts["published_figures"]),
        words=facts["words"],
        unit=facts.get("unit"),
    )


def _frame(name: str, facts: dict[str, Any]) -> pd.DataFrame:
    import pandas as pd

    numbers = set(facts["numbers"])
    return pd.read_csv(
        io.BytesIO(_content(name, facts["sha256"])),
        dtype={column: "str" for column in facts["columns"] if column not in numbers},
        keep_default_na=False,
        na_values={column: [""] for column in numbers},
    )


def _content(name: str, sha256: str) -> bytes:
    try:
        content = gzip.decompress((_folder() / name / "data.csv.gz").read_bytes())
    except (OSError, EOFError, zlib.error):
        raise _damaged("file", name) from None
    if hashlib.sha256(content).hexdigest() != sha256:
        raise _damaged("file", name)
    return content
