"""Widgets that several pages draw alike: a choice by its label, and a row of downloads."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import streamlit as st

__all__ = ["Download", "download_buttons", "select"]

# What makes the content, the name of the file and its type.
Download = tuple[Callable[[], str | bytes], str, str]


def select(words: str, labels: Mapping[str, str], key: str, *, where: Any = st, index: int = 0) -> str:
    """Let people choose a name by its label; the choice stays in the link.

    Parameters
    ----------
    words : str
        What is chosen.
    labels : mapping of str to str
        Label of each name.
    key : str
    where : module or container
        Where it is drawn.
    index : int
        Which is chosen at first.
    """
    names = list(labels)
    picked: str = where.selectbox(
        words, names, index=index, key=key, bind="query-params", format_func=labels.__getitem__
    )
    return picked


def download_buttons(caption: str, files: Mapping[str, Download]) -> None:
    """Offer files, each made when somebody takes it."""
    st.caption(caption)
    with st.container(horizontal=True):
        for words, (make, file_name, mime) in files.items():
            st.download_button(words, data=make, file_name=file_name, mime=mime, on_click="ignore", key=f"get_{words}")
