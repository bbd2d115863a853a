"""Who lives there: the population that a page holds data against."""

from __future__ import annotations

from typing import Any

import streamlit as st

from biasaudit.counts.values import MISSING
from biasaudit.datasets import populations_of
from parts import show

__all__ = ["choose_population"]

UNKNOWN, EQUAL, OWN = "nobody knows", "all groups equal", "my own shares"
MOST_GROUPS = 12


def choose_population(audit: Any, tag: str) -> dict[str, dict[str, float]]:
    """Let people say what share of the population each group is, for each sensitive feature; empty where nobody does.

    Parameters
    ----------
    audit : DatasetAudit
    tag : str
        Stands for the table, so that shares meant for one table are not taken for another's.
    """
    part = audit.part("representation")
    found: dict[str, dict[str, float]] = {}
    with st.expander("Who should be in it? Hold the data against a population"):
        st.markdown("Say how people are spread where the data should come from; the data cannot know it.")
        for i, feature in enumerate(dict.fromkeys(next(iter(group)) for group in part["group"] if len(group) == 1)):
            shares = {
                group[feature]: share
                for group, share in zip(part["group"], part["share"], strict=True)
                if tuple(group) == (feature,) and group[feature] != MISSING
            }
            if 2 <= len(shares) <= MOST_GROUPS:
                entered = _entered(feature, shares, f"{tag}{i}")
                found |= {feature: entered} if entered else {}
    return found


def _entered(feature: str, shares: dict[str, float], tag: str) -> dict[str, float] | None:
    ready = {population.people: population for population in populations_of(list(shares))}
    picked = st.selectbox(
        f"Population by {show.md(feature)}",
        [UNKNOWN, EQUAL, *ready, OWN],
        key=f"population-{tag}",
        bind="query-params",
    )
    if picked in ready:
        population = ready[picked]
        st.caption(show.md(f"{population.source} ({population.year}). {population.caution}", 600))
        return population.shares_of(list(shares))
    if picked == OWN:
        return _own(shares, tag)
    return dict.fromkeys(shares, 1 / len(shares)) if picked == EQUAL else None


def _own(shares: dict[str, float], tag: str) -> dict[str, float]:
    """Ask for per cent, starting from the data's own."""
    columns = st.columns(3)
    entered = {
        name: columns[i % 3].number_input(
            f"{show.md(name)}, %",
            0.0,
            100.0,
            round(100 * share, 1),
            0.1,
            format="%.1f",
            key=f"share-{tag}-{i}",
            bind="query-params",
        )
        for i, (name, share) in enumerate(shares.items())
    }
    st.caption(f"Together {sum(entered.values()):.1f} %; they have to make 100 %.")
    return {name: round(share / 100, 4) for name, share in entered.items()}
