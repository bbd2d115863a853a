"""The parts of the audit of a data set: a plot each, what it means, and all numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import streamlit as st

import biasaudit as ba
from biasaudit.reporting import plots
from biasaudit.reporting.report import Report
from biasaudit.reporting.words.breakdowns import breakdowns
from biasaudit.reporting.words.text import level_name
from parts import show

__all__ = ["draw"]

MEANS = {
    "representation": "Few rows of a group: a model learns little about it, and nobody sees when it errs.",
    "base_rates": "How often each group has the label (base rate). A model will pass this gap on. It may come from the "
    "world, from who was measured, or from who wrote the label down.",
    "equal_features": "Here people are compared who are alike in the columns named below (Mantel and Haenszel). What "
    "is left of the gap is label bias, or a cause that nobody measured.",
    "reversals": "A gap can turn round when people are sorted into like with like (Simpson's paradox): one group may "
    "do worse in total only because more of it is where everybody does worse. Larger dots are more people.",
    "interplay": "A gap may be small for one group and wide for another; an average hides that.",
    "proxies": "Leaving a group's column out helps little if other columns give it away (proxies). An AUC of 0.5 is "
    "guessing.",
    "missing": "Where values are missing more often for one group, a model knows less about it, or guesses wrongly.",
    "artefacts": "Where all labels of a stretch agree, it is often how the data were collected, not people (artefact).",
    "label_errors": "Labels are written by people. So many of them would have to be wrong to make up the whole gap; "
    "the line starts where it could be chance.",
    "verified": "Checked labels tell wrong labels from a cause that nobody measured.",
    "causes": "What these data can name, and what they cannot tell apart.",
}
MOST_FINDINGS = 5
METRICS = {"base_rates": "base_rate"}
TITLES = {
    "representation": "Who is in it",
    "base_rates": "What labels say",
    "equal_features": "Like with like",
    "reversals": "Does it turn round",
    "interplay": "Two features",
    "proxies": "What gives groups away",
    "missing": "What is missing",
    "artefacts": "Traces of collection",
    "label_errors": "Wrong labels",
    "verified": "Checked labels",
    "causes": "Which causes",
}


def draw(audit: Any) -> None:
    """Let people pick a part, and draw it alone: the others cost nothing."""
    report = audit.report()
    there = {part.name for part in audit.parts} | {"base_rates", "causes"}
    names = [name for name in TITLES if name in there]
    _fragment(audit, report, names)


@st.fragment
def _fragment(audit: Any, report: Report, names: list[str]) -> None:
    # The link holds what the button says.
    titles = {TITLES[name]: name for name in names}
    picked = st.segmented_control(
        "Look closer", list(titles), key="look", bind="query-params", default=TITLES[names[0]], required=True, wrap=True
    )
    name = titles.get(picked or "", names[0])
    section = next((one for one in report.sections if one.name == name), None)
    st.subheader(section.title if section else TITLES[name])
    st.markdown(MEANS[name])
    try:
        if name in DRAWN:
            DRAWN[name](audit, report)
    except ba.AuditError as error:
        # Nothing to draw is an answer too.
        st.info(show.md(error, 600))
    for found in [one for one in report.findings if one.metric == METRICS.get(name, name)][:MOST_FINDINGS]:
        show.finding(found)
    if section is None:
        return
    for sentence in section.sentences:
        st.markdown(show.md(sentence, 800))
    if section.rows:
        with st.expander("All numbers of this part"):
            show.section(section, report.settings)


def _pick(words: str, options: Iterable[str], key: str) -> str | None:
    """Let people choose where there is a choice."""
    names = list(dict.fromkeys(options))
    if len(names) < 2:
        return names[0] if names else None
    picked = st.selectbox(words, names, key=key, bind="query-params", format_func=show.plain)
    return picked if picked in names else names[0]


def _feature(audit: Any) -> str:
    return _pick("By", audit.table.features, "by") or ""


def _draw_shares(audit: Any, report: Report) -> None:
    part = audit.part("representation")
    named = {" × ".join(group): tuple(group) for group in part["group"]}
    by = _pick("By", named, "groups")
    show.plot(plots.plot_shares(part, named[by or next(iter(named))]), key="shares")


def _draw_rates(audit: Any, report: Report) -> None:
    named = {" × ".join(breakdown.features): breakdown.features for breakdown in breakdowns(report)}
    by = _pick("By", named, "groups")
    show.plot(plots.plot_rates(report, "base_rate", features=named[by or next(iter(named))]), key="base_rates")


def _draw_equal(audit: Any, report: Report) -> None:
    drawn = plots.plot_equal_features(audit.part("equal_features"), audit.disparities(), _feature(audit))
    show.plot(drawn, key="equal")


def _draw_within(audit: Any, report: Report) -> None:
    column = _pick("Sort people by", audit.columns("reversals"), "within")
    if column is None:
        st.info("There is no column with few levels to sort people by.")
        return
    rows = audit.part("reversals")
    rows = rows[rows["column"] == column].to_dict("records")
    pairs = {f"{level_name(row['group'])} and {level_name(row['reference'])}": row for row in rows}
    pair = pairs[_pick("Groups", pairs, "pair") or next(iter(pairs))]
    within = (audit.within(column), pair["group"], pair["reference"])
    show.plot(plots.plot_within(*within, column=column, label=audit.label), key="within_plot")
    show.plot(plots.plot_where(*within, column=column, label=audit.label), key="where_plot")


def _draw_proxies(audit: Any, report: Report) -> None:
    part = audit.part("proxies")
    show.plot(plots.plot_proxies(part), key="proxies")
    named = {f"{next(iter(group))} = {level_name(group)}": group for group in part["group"]}
    group = _pick("Which columns give away", named, "given")
    show.plot(plots.plot_columns(part, named[group or next(iter(named))]), key="columns")


def _draw_missing(audit: Any, report: Report) -> None:
    missing = audit.missing_values()
    if missing.empty:
        st.info("No column has a missing value.")
        return
    show.plot(plots.plot_missing_values(missing, _feature(audit)), key="missing")


def _draw_along(audit: Any, report: Report) -> None:
    column = _pick("Along the column", audit.columns("artefacts"), "along")
    if column is None:
        st.info("There is no column to look along.")
        return
    show.plot(plots.plot_along(audit.along(column), column=column, label=audit.label), key="along_plot")


def _draw_wrong(audit: Any, report: Report) -> None:
    show.plot(plots.plot_wrong_labels(audit.part("label_errors")), key="wrong")


def _draw_causes(audit: Any, report: Report) -> None:
    show.table(audit.causes().drop(columns="named"))


DRAWN: dict[str, Callable[[Any, Report], None]] = {
    "representation": _draw_shares,
    "base_rates": _draw_rates,
    "equal_features": _draw_equal,
    "reversals": _draw_within,
    "proxies": _draw_proxies,
    "missing": _draw_missing,
    "artefacts": _draw_along,
    "label_errors": _draw_wrong,
    "causes": _draw_causes,
}
