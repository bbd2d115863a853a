"""Sentences that differ in who they name, kind and unkind ones alike: the templates of Dixon et al."""

from __future__ import annotations

import re

from biasaudit.datasets.dataset import Card, Dataset, Figure
from biasaudit.datasets.fetched._download import fetch
from biasaudit.errors import AuditError

__all__ = ["FILE", "SHA256", "fetch_madlibs"]

FILE = "bias_madlibs_77k.csv"
SHA256 = "aac542254cf158415ec74623d54fa76176f26a7e7d8ef20788e1748a05ba5b4c"
COMMIT = "9c7d91aaa53406a362354661a93e07956d95e59a"
URL = (
    f"https://raw.githubusercontent.com/conversationai/unintended-ml-bias-analysis/{COMMIT}/archive/"
    f"unintended_ml_bias/eval_datasets/{FILE}"
)
MOST_BYTES = 10_000_000
HEADER = ["Text", "Label", "Template"]
LABELS = {"BAD": 1, "NOT_BAD": 0}
# Of these sentences everything after the verb is the term; jobs stand where terms stand elsewhere, and are none.
TERMS_AFTER, WITHOUT_TERM, NAMED = "verb_adj", "you_occupation", "name_adj"
NO_TERM = ""
CARD = Card(
    title="Sentences that name one of 50 identity terms, half of them toxic whoever they name",
    source="The repository of the study's authors",
    url=URL,
    licence="CC BY 4.0",
    collected="Made from templates in 2018: a name or a pronoun, an adjective, an identity term",
    citation=(
        "Dixon, Li, Sorensen, Thain and Vasserman (2018), Measuring and mitigating unintended bias in text "
        "classification, AIES."
    ),
    rows=76_564,
    question="Is a harmless sentence held to be toxic because of whom it names?",
    columns={
        "text": "The sentence",
        "toxic": "1 where the authors count it as toxic, as often for every term; 0 otherwise",
        "term": "The identity term that it names; empty in sentences about jobs",
        "template": "The sentence without its term and without a person's name: rows of one belong together",
        "slot": "The sentence with {term} in the place of its term",
    },
    known_faults=(
        "Sentences nobody would write: 72,000 of them are a name, an adjective and a term, and differ in little else.",
        "The labels are those of the templates; nobody read the sentences.",
        "The words are those of 2018 and of English in the United States.",
    ),
    published_figures=(
        Figure("Sentences", "76,564, half of them toxic", "The file"),
        Figure("Identity terms", "50", "The file"),
    ),
    sha256=SHA256,
)


def fetch_madlibs() -> Dataset:
    """Fetch the sentences of Dixon et al. (2018): 50 identity terms in the same kind and unkind sentences.

    Returns
    -------
    Dataset
        Rows of one template belong together.

    Raises
    ------
    AuditError
        If the file is not at hand and cannot be fetched, or is not read as it should be.

    References
    ----------
    Dixon, Li, Sorensen, Thain and Vasserman (2018), "Measuring and mitigating unintended bias in text classification".

    Examples
    --------
    >>> madlibs = fetch_madlibs()  # doctest: +SKIP
    >>> len(madlibs.frame), madlibs.frame["toxic"].sum(), madlibs.frame["term"].nunique()  # doctest: +SKIP
    (76564, 38282, 51)
    """
    import pandas as pd

    path = fetch(URL, SHA256, FILE, most_bytes=MOST_BYTES)
    raw = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8")
    if list(raw.columns) != HEADER or not set(raw["Label"]) <= set(LABELS):
        raise AuditError(f'"{FILE}" is not read as expected. Give columns {", ".join(HEADER)}, labels BAD and NOT_BAD.')
    text, kind = raw["Text"], raw["Template"]
    terms = sorted(set(text[kind == TERMS_AFTER].str.split(" ", n=1).str[1]), key=lambda term: (-len(term), term))
    # Longest first: "african american" is not "african".
    named = re.compile(rf"\b({'|'.join(map(re.escape, terms))})\b")
    term = text.str.extract(named)[0].fillna(NO_TERM).where(kind != WITHOUT_TERM, NO_TERM)
    slot = text.str.replace(named, "{term}", regex=True).where(term != NO_TERM, text)
    template = slot.where(kind != NAMED, slot.str.replace(r"^.*? is a ", "{name} is a ", regex=True))
    frame = pd.DataFrame(
        {"text": text, "toxic": raw["Label"].map(LABELS), "term": term, "template": template, "slot": slot}
    )
    return Dataset(
        name="madlibs",
        frame=frame,
        label="toxic",
        features=("text",),
        sensitive_features=("term",),
        cluster="template",
        card=CARD,
    )
