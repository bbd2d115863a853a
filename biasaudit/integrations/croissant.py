"""What is known of data, and what an audit found in them, in the Croissant vocabulary for responsible AI."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

from biasaudit.errors import AuditError
from biasaudit.inference.verdicts import CANNOT_TELL, SHOWN
from biasaudit.names import clean

if TYPE_CHECKING:
    from biasaudit.audits.answers import Answers
    from biasaudit.datasets.dataset import Card, Dataset

__all__ = ["to_croissant"]

CONTEXT = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "sc": "https://schema.org/",
    "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "dct": "http://purl.org/dc/terms/",
    "citeAs": "cr:citeAs",
    "conformsTo": "dct:conformsTo",
}
CONFORMS_TO = ["http://mlcommons.org/croissant/1.0", "http://mlcommons.org/croissant/RAI/1.0"]
LONGEST, MOST = 2000, 50


def to_croissant(
    dataset: Dataset, audit: Answers | None = None, path: str | os.PathLike[str] | None = None
) -> dict[str, Any]:
    """Describe data in Croissant's vocabulary for responsible AI, as JSON-LD.

    Parameters
    ----------
    dataset : Dataset
        Its card says where the data come from and what is wrong with them.
    audit : DatasetAudit, optional
        What is shown becomes ``rai:dataBiases``, what the data cannot tell joins ``rai:dataLimitations``.
    path : str or path-like, optional
        File to write it to.

    Returns
    -------
    dict
        JSON-LD; what nobody knows is left out. It can be merged into a Croissant file that describes the columns.

    Raises
    ------
    AuditError
        If there is neither a card nor an audit, or the file cannot be written.

    References
    ----------
    MLCommons (2024), "Croissant RAI specification", version 1.0.

    Examples
    --------
    >>> import biasaudit as ba
    >>> described = to_croissant(ba.datasets.load_compas())
    >>> described["rai:personalSensitiveInformation"][0]
    'race: Race as recorded'
    """
    if dataset.card is None and audit is None:
        raise AuditError("There is nothing to describe: the data set has no card. Give an audit of it as well.")
    described = {
        "@context": CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": CONFORMS_TO,
        "name": _text(dataset.name),
        **(_about(dataset.card) if dataset.card else {}),
        "rai:dataLimitations": [*(dataset.card.known_faults if dataset.card else ()), *_found(audit, CANNOT_TELL)],
        "rai:dataBiases": _found(audit, SHOWN),
        "rai:dataCollectionMissingData": " ".join(_found(audit, SHOWN, "missing")),
        "rai:personalSensitiveInformation": _sensitive(dataset),
    }
    document = {key: _plain(value) for key, value in described.items() if value}
    if path is not None:
        from biasaudit.reporting.files import write_text

        write_text(path, json.dumps(document, indent=1, ensure_ascii=False) + "\n")
    return document


def _about(card: Card) -> dict[str, Any]:
    return {
        "description": card.title,
        "license": card.licence,
        "url": card.url,
        "citeAs": card.citation,
        "rai:dataCollection": f"{card.collected.rstrip('.')}. Taken from: {card.source}",
        "rai:dataUseCases": [card.question],
    }


def _sensitive(dataset: Dataset) -> list[str]:
    meanings = dataset.card.columns if dataset.card else {}
    return [f"{name}: {meanings[name]}" if name in meanings else name for name in dataset.sensitive_features]


def _found(audit: Answers | None, verdict: str, metric: str | None = None) -> list[str]:
    findings = audit.findings() if audit is not None else ()
    chosen = [f.sentence for f in findings if f.verdict == verdict and metric in (None, f.metric)]
    return list(dict.fromkeys(chosen))[:MOST]


def _plain(value: Any) -> Any:
    if isinstance(value, list):
        return [_text(part) for part in value]
    return _text(value) if isinstance(value, str) else value


def _text(value: str) -> str:
    return clean(value, LONGEST)
