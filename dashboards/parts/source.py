"""Which table a page looks at, shipped or uploaded in this session, and what its columns mean."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import streamlit as st

import biasaudit as ba
from biasaudit.audits.outcomes import MOST_ORDERED
from biasaudit.datasets import list_datasets
from biasaudit.datasets.dataset import Dataset
from biasaudit.datasets.files.guessing import positive_values
from parts import show
from parts.call import Call, Upload, call
from parts.results import forget, result, store_upload

__all__ = ["TableSource", "choose", "uploaded"]

OWN = "a table of my own"
NONE = "(none)"
ENDINGS = ["csv", "tsv", "txt", "gz", "parquet", "pq", "arrow", "feather", "xlsx", "xlsm", "xlsb", "xls", "ods"]
AUDITED = ("sensitive_features", "y_true", "y_pred", "score", "threshold", "pos_label")
MOST_MB = 200
# Made-up people whose outcome is no yes or no: what is true of them is known.
MADE = {
    "made_wages": ("make_wages", {"underestimation": 2.0}, "Made-up wages and a model of them: a number"),
    "made_diagnoses": ("make_diagnoses", {}, "Made-up diagnoses and a model of them: several classes"),
    "made_rankings": ("make_ranking", {}, "Made-up applicants for jobs: rankings"),
}


@dataclass(frozen=True)
class TableSource:
    """A table to look at.

    Parameters
    ----------
    name : str
        For people; data, where it was uploaded.
    call : Call
        Gives the table: a Dataset where it is shipped, else a DataFrame.
    roles : dict
        Which column means what: sensitive_features, y_true, y_pred, score, threshold, pos_label, label, features.
    usual : dict
        The same as the data set itself says; empty for an upload.
    """

    name: str
    call: Call
    roles: dict[str, Any] = field(default_factory=dict)
    usual: dict[str, Any] = field(default_factory=dict)

    @property
    def data(self) -> Any:
        """The Dataset or the DataFrame."""
        return result(self.call)

    @property
    def dataset(self) -> Dataset | None:
        """The data set, where the table is one."""
        return self.data if self.usual else None

    @property
    def arguments(self) -> dict[str, Any]:
        """Arguments of an audit that the table does not bring by itself."""
        roles = {name: self.roles.get(name) for name in AUDITED}
        return {} if self.usual and all(roles[name] == self.usual.get(name) for name in AUDITED) else roles


def choose() -> TableSource:
    """Let people choose a shipped data set or bring their own; the choice stays in the link and on every page."""
    titles = {name: card.title for name, card in list_datasets()} | {name: made[2] for name, made in MADE.items()}
    name = st.sidebar.selectbox("Data", [*titles, OWN], key="data", bind="query-params")
    if name == OWN:
        return _own()
    st.sidebar.caption(titles[name])
    made = MADE.get(name)
    request = call(f"datasets.{made[0] if made else f'load_{name}'}", variable="data", **(made[1] if made else {}))
    dataset = result(request)
    usual = {role: dataset.audit_arguments.get(role) for role in AUDITED}
    usual["sensitive_features"] = list(usual["sensitive_features"] or dataset.sensitive_features)
    roles = _roles(dataset.frame, usual, name)
    named = dataset.label or usual["y_true"] or usual["y_pred"]
    return TableSource(name, request, roles | {"label": named, "features": list(dataset.features)}, usual)


def _own() -> TableSource:
    """Take an upload, and the groups from a second one where people ask for it."""
    first = uploaded("Your table", "file")
    if first is None:
        remembered = st.query_params.get("file")
        if remembered:
            st.info(f"This link is about {show.md(remembered)}. Upload it again: files never leave their session.")
        st.sidebar.caption("It stays in this session's memory and is gone when you leave.")
        st.info("Choose a file in the sidebar: CSV, Parquet, Arrow or a spreadsheet, with a row for each person.")
        st.stop()
    request = call("datasets.read_table", first, variable="data")
    frame = _read(request, first)
    with st.sidebar.expander("The groups are in a second file"):
        second = uploaded("Table of groups", "groups_file")
        if second is not None:
            other = call("datasets.read_table", second, variable="groups")
            shared = [name for name in frame.columns if name in _read(other, second).columns]
            if not shared:
                st.error("The two files have no column of the same name to join them by.")
            else:
                on = st.selectbox("Joined by", shared, key="on", bind="query-params", format_func=show.plain)
                request = call("datasets.join_groups", request, other, on=on, variable="data")
                frame = result(request)
    guess = ba.datasets.guess_columns(frame)
    usual = {name: vars(guess).get(name) for name in AUDITED}
    usual["sensitive_features"] = list(guess.sensitive_features)
    roles = _roles(frame, usual, first.digest[:6])
    st.sidebar.caption(f"{len(frame):,} rows, {len(frame.columns):,} columns.")
    taken = {*roles["sensitive_features"], *(roles[name] for name in ("y_true", "y_pred", "score"))}
    roles |= {
        "label": roles["y_true"] or roles["y_pred"],
        "features": [name for name in frame.columns if name not in taken],
        "selected": guess.selected,
        "of": guess.of,
    }
    return TableSource(first.name, request, roles)


def _read(request: Call, upload: Upload) -> Any:
    try:
        return result(request)
    except ba.AuditError as error:
        st.error(show.md(error, 800))
        st.button("Take another file", key=f"drop_{upload.digest[:6]}", on_click=forget, args=[upload.digest])
        st.stop()


def uploaded(words: str, key: str, endings: Sequence[str] = ENDINGS) -> Upload | None:
    """Keep what was uploaded over page switches, until it is forgotten."""
    uploads: dict[str, Upload] = st.session_state.setdefault("_files", {})
    file = (
        st.file_uploader(words, endings, key=key, max_upload_size=MOST_MB)
        if key != "file"
        else (st.sidebar.file_uploader(words, endings, key=key, max_upload_size=MOST_MB))
    )
    if file is not None:
        content = file.getvalue()
        name = show.plain(file.name.replace("\\", "/").rsplit("/", 1)[-1])
        given = Upload(name, hashlib.sha256(content).hexdigest())
        if uploads.get(key) != given:
            store_upload(given, content)
            uploads[key] = given
    upload = uploads.get(key)
    if upload is not None and file is None:
        place = st.sidebar if key == "file" else st
        place.caption(f"Using {show.md(upload.name)}.")
        place.button("Forget this file", key=f"forget_{key}", on_click=_drop, args=[key])
    return upload


def _drop(key: str) -> None:
    upload = st.session_state["_files"].pop(key)
    forget(upload.digest)


def _roles(frame: Any, usual: dict[str, Any], tag: str) -> dict[str, Any]:
    """Let people correct what the columns mean."""
    columns = [str(name) for name in frame.columns]
    with st.sidebar.expander("What the columns mean", expanded=not usual["sensitive_features"]):
        roles: dict[str, Any] = {
            "sensitive_features": st.multiselect(
                "Who belongs to which group (sensitive features)",
                columns,
                default=usual["sensitive_features"],
                key=f"groups-{tag}",
                bind="query-params",
                format_func=show.plain,
                max_selections=4,
            )
        }
        for role, words in (
            ("y_true", "What came true (label)"),
            ("y_pred", "What was decided (prediction)"),
            ("score", "Score"),
        ):
            options = [NONE, *columns]
            at = options.index(usual[role]) if usual[role] in options else 0
            picked = st.selectbox(
                words, options, index=at, key=f"{role}-{tag}", bind="query-params", format_func=show.plain
            )
            roles[role] = None if picked == NONE else picked
        roles["threshold"] = None
        if roles["score"] and not roles["y_pred"]:
            low, high = float(frame[roles["score"]].min()), float(frame[roles["score"]].max())
            start = float(usual["threshold"]) if usual.get("threshold") is not None else (low + high) / 2
            words = "Decided positively from this score on"
            line = st.number_input(words, value=start, key=f"line-{tag}", bind="query-params")
            roles["threshold"] = usual["threshold"] if line == usual.get("threshold") else line
        named = roles["y_true"] or roles["y_pred"]
        roles["pos_label"] = _positive(frame, named, usual, tag) if named else None
    return roles


def _positive(frame: Any, named: str, usual: dict[str, Any], tag: str) -> Any:
    """Ask which value counts as positive, where it is not plain by itself; nothing is chosen but what reads so."""
    values, guess = positive_values(frame[named])
    options = {show.plain(value): value for value in values}
    many = len(options) > 2
    if not options or (many and frame[named].dtype.kind in "iuf" and len(options) > MOST_ORDERED):
        return None
    chosen = usual["pos_label"] if usual["pos_label"] in options.values() else (None if many else guess)
    at = list(options.values()).index(chosen) if chosen is not None else None
    picked = st.selectbox(
        "Hold one class against all others" if many else "Which value is positive",
        list(options),
        index=at,
        key=f"positive-{tag}",
        bind="query-params",
        placeholder="All classes together" if many else "Choose the value that counts",
        help=f"Counted in every rate: {show.md(named)} = this value.",
    )
    return None if picked is None else options[picked]
