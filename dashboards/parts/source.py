"""Which table a page looks at: shipped, or uploaded in this session."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import streamlit as st

from biasaudit.datasets import list_datasets
from biasaudit.datasets.dataset import Dataset
from parts.call import Call, call
from parts.results import result

__all__ = ["Source", "choose"]


@dataclass(frozen=True)
class Source:
    """A table to look at.

    Parameters
    ----------
    name : str
        For people.
    call : Call
        Gives the table: a Dataset where it is shipped, else a DataFrame.
    """

    name: str
    call: Call

    @property
    def data(self) -> Any:
        """The Dataset or the DataFrame."""
        return result(self.call)

    @property
    def roles(self) -> dict[str, Any]:
        """Which column means what, as arguments of the audits."""
        dataset = self.dataset
        return {} if dataset is None else {"label": dataset.label, **dataset.audit_arguments}

    @property
    def dataset(self) -> Dataset | None:
        """The data set, where the table is one."""
        return self.data if isinstance(self.data, Dataset) else None


def choose() -> Source:
    """Let people choose a shipped data set; the choice stays in the link and on every page."""
    titles = {name: card.title for name, card in list_datasets()}
    name = st.sidebar.selectbox(
        "Data", list(titles), key="data", bind="query-params", format_func=lambda n: n.replace("_", " ")
    )
    st.sidebar.caption(titles[name])
    return Source(name, call(f"datasets.load_{name}", variable="data"))
