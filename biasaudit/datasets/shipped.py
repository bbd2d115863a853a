"""The real data that come with the package."""

from __future__ import annotations

import gzip
import hashlib
import io
import tomllib
from pathlib import Path
from typing import Any

from biasaudit.datasets.dataset import Card, Dataset, Figure
from biasaudit.errors import AuditError, nearest

__all__ = [
    "SHIPPED",
    "list_datasets",
    "load",
    "load_adult",
    "load_berkeley",
    "load_card",
    "load_compas",
    "load_law_resumes",
    "load_resume_audit",
    "load_ricci",
]

SHIPPED = ("compas", "resume_audit", "berkeley", "ricci", "law_resumes", "adult")
# Columns that hold numbers; every other cell stays the text it is.
NUMBERS = {
    "compas": (
        "age", "juv_fel_count", "juv_misd_count", "juv_other_count", "priors_count", "days_b_screening_arrest",
        "decile_score", "v_decile_score", "is_recid", "is_violent_recid", "two_year_recid",
    ),
    "resume_audit": ("jobs", "experience"),
    "berkeley": ("admitted",),
    "ricci": ("oral", "written", "combined", "passed"),
    "law_resumes": ("interview",),
    "adult": ("age", "fnlwgt", "education_num", "capital_gain", "capital_loss", "hours_per_week"),
}  # fmt: skip


def _folder() -> Path:
    """Find the shipped data: inside an installed package, or at the top of a checkout."""
    package = Path(__file__).parents[1]
    for folder in (package / "_shipped" / "datasets", package.parent / "datasets"):
        if (folder / "compas" / "card.toml").is_file():
            return folder
    raise AuditError("The shipped data sets are missing from this installation. Reinstall biasaudit.")


def _check_name(name: str) -> None:
    if name not in SHIPPED:
        raise AuditError(
            f'"{name}" is not a shipped data set.{nearest(name, SHIPPED)} Data sets: {", ".join(SHIPPED)}.'
        )


def _toml(name: str) -> dict[str, Any]:
    _check_name(name)
    with (_folder() / name / "card.toml").open("rb") as stream:
        return tomllib.load(stream)


def load_card(name: str) -> Card:
    """Load the card of a shipped data set.

    Examples
    --------
    >>> load_card("compas").rows
    7214
    """
    return _card(_toml(name))


def _card(facts: dict[str, Any]) -> Card:
    names = ("title", "source", "url", "licence", "collected", "citation", "rows", "question", "columns", "sha256")
    return Card(
        **{name: facts[name] for name in names},
        known_faults=tuple(facts["known_faults"]),
        published_figures=tuple(Figure(**figure) for figure in facts["published_figures"]),
    )


def list_datasets() -> tuple[tuple[str, Card], ...]:
    """Return the name and card of every shipped data set.

    Examples
    --------
    >>> [name for name, card in list_datasets()][:2]
    ['compas', 'resume_audit']
    """
    return tuple((name, load_card(name)) for name in SHIPPED)


def load(name: str) -> Dataset:
    """Load a shipped data set by name.

    Raises
    ------
    AuditError
        If there is no data set of the name, or its file is damaged.

    Examples
    --------
    >>> load("berkeley").frame.shape
    (4526, 3)
    """
    facts = _toml(name)
    frame = _read(name, facts["sha256"])
    sensitive, label = tuple(facts["sensitive_features"]), facts["label"] or None
    known = {*sensitive, label, "name_id", facts["audit"].get("y_pred"), facts["audit"].get("score")}
    return Dataset(
        name=name,
        frame=frame,
        label=label,
        features=tuple(column for column in frame.columns if column not in known),
        sensitive_features=sensitive,
        cluster="name_id" if "name_id" in frame.columns else None,
        card=_card(facts),
        audit_arguments=facts["audit"],
    )


def _read(name: str, sha256: str) -> Any:
    import pandas as pd

    try:
        content = gzip.decompress((_folder() / name / "data.csv.gz").read_bytes())
    except (OSError, EOFError):
        content = b""
    if hashlib.sha256(content).hexdigest() != sha256:
        raise AuditError(f'The file of the data set "{name}" is damaged or missing. Reinstall biasaudit.')
    frame = pd.read_csv(io.BytesIO(content), dtype="str", keep_default_na=False)
    for column in NUMBERS[name]:
        frame[column] = pd.to_numeric(frame[column].replace("", None))
    return frame


def load_compas() -> Dataset:
    """Load COMPAS risk scores and arrests within two years, Broward County 2013–2016.

    References
    ----------
    Larson, Mattu, Kirchner and Angwin (2016), "How we analyzed the COMPAS recidivism algorithm", ProPublica.

    Examples
    --------
    >>> load_compas().frame["two_year_recid"].mean().round(3)
    np.float64(0.451)
    """
    return load("compas")


def load_resume_audit() -> Dataset:
    """Load the field experiment with White- and Black-sounding names on equal résumés.

    References
    ----------
    Bertrand and Mullainathan (2004), "Are Emily and Greg more employable than Lakisha and Jamal?".

    Examples
    --------
    >>> load_resume_audit().frame["call"].eq("yes").sum()
    np.int64(392)
    """
    return load("resume_audit")


def load_berkeley() -> Dataset:
    """Load admissions to six departments at Berkeley in 1973, one row a person.

    References
    ----------
    Bickel, Hammel and O'Connell (1975), "Sex bias in graduate admissions: data from Berkeley".

    Examples
    --------
    >>> load_berkeley().frame["department"].nunique()
    6
    """
    return load("berkeley")


def load_ricci() -> Dataset:
    """Load the promotion exams that Ricci v. DeStefano was about.

    References
    ----------
    Miao (2010), "Did the results of promotion exams have a disparate impact on minorities?".

    Examples
    --------
    >>> load_ricci().frame.groupby("race")["passed"].sum().to_dict()
    {'Black': 9, 'Hispanic': 6, 'White': 41}
    """
    return load("ricci")


def load_law_resumes() -> Dataset:
    """Load the field experiment with class and gender on applications to law firms.

    References
    ----------
    Rivera and Tilcsik (2016), "Class advantage, commitment penalty".

    Examples
    --------
    >>> load_law_resumes().frame["interview"].sum()
    np.int64(22)
    """
    return load("law_resumes")


def load_adult() -> Dataset:
    """Load the Adult census extract of 1994: income above or below 50,000 dollars.

    References
    ----------
    Becker and Kohavi (1996), "Adult", UCI Machine Learning Repository.

    Examples
    --------
    >>> load_adult().frame["income"].eq(">50K").mean().round(3)
    np.float64(0.241)
    """
    return load("adult")
