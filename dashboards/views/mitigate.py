"""The page that asks what would mend a gap, and what that costs."""

from __future__ import annotations

import streamlit as st

from biasaudit.mitigation import MITIGATIONS
from biasaudit.models.tabular import MODELS
from biasaudit.scenarios import SCENARIOS
from parts import show
from parts.call import Call, call, method
from parts.comparison import compared, show_comparison
from parts.kinds import only_yes_or_no
from parts.source import TableSource, choose
from parts.widgets import select

QUICK = ["reweighing", "impact_repair", "threshold_optimizer", "reject_option"]
REAL, MADE = "a table", "made-up people"
HARMS = {
    "equalized_odds": "Unequal errors (equalized odds)",
    "demographic_parity": "Unequal shares (demographic parity)",
    "selection_ratio": "Ratio of shares (four-fifths)",
}
COSTS = {
    "accuracy": "Accuracy",
    "balanced_accuracy": "Balanced accuracy",
    "true_accuracy": "Accuracy against the true label",
    "seconds": "Seconds",
}


def main() -> None:
    """Draw the page."""
    st.title("What would mend it, and what does it cost?")
    st.markdown(
        "Each way of mending (mitigation) is tried on the same people, always on those its model had not seen. Nothing "
        "is free: look who gains, who loses, and how sure that is."
    )
    kind = st.sidebar.segmented_control(
        "Try it on",
        [REAL, MADE],
        default=REAL,
        key="people",
        bind="query-params",
        required=True,
        help="Of made-up people the true label is known: you see whether a cost is real.",
    )
    source = None if kind == MADE else choose()
    if source is not None and not only_yes_or_no(source):
        return
    data = _made_up() if source is None else _dataset(source)
    if data is None:
        st.info(
            "Mending needs a label to learn from and columns to learn it by, and this table does not name both. Try "
            "compas, adult, your own table or made-up people."
        )
        return
    request = _request(data, truth_known=kind == MADE)
    if request is None:
        st.info("Choose at least one way of mending.")
        return
    found = compared(request, "page")
    if found is not None:
        show_comparison(found, request, "page")


def _request(data: Call, *, truth_known: bool) -> Call | None:
    """Let people choose what is tried, and how it is judged."""
    rows = {row.name: row for row in MITIGATIONS if row.installed}
    models = {kind.name: kind.label for kind in MODELS if kind.installed}
    if len(rows) < len(MITIGATIONS):
        st.caption("Neural networks can be tried as well once PyTorch is installed (biasaudit[torch]).")
    chosen = st.multiselect(
        "Ways of mending",
        list(rows),
        default=QUICK,
        key="ways",
        bind="query-params",
        format_func=lambda name: rows[name].label,
    )
    asking = [rows[name].label for name in chosen if rows[name].needs_group]
    if asking:
        st.caption(
            f"{', '.join(asking)}: has to know each person's group when it decides, which law or data may not allow."
        )
    costs = {name: words for name, words in COSTS.items() if truth_known or name != "true_accuracy"}
    left, right = st.columns(2)
    harm = select("Harm", HARMS, "harm", where=left)
    cost = select("Held against", costs, "cost", where=right)
    model = select("Model", models, "model", where=left)
    folds = right.slider("Parts the people are dealt into (folds)", 2, 10, 3, key="folds", bind="query-params")
    if not chosen:
        return None
    return call(
        "mitigation.compare",
        data,
        list(chosen),
        model=model,
        harm=harm,
        cost=cost,
        folds=folds,
        variable="comparison",
    )


def _made_up() -> Call:
    """Let people choose a story, and a case of it."""
    stories = {scenario.name: scenario for scenario in SCENARIOS}
    titles = {name: scenario.title for name, scenario in stories.items()}
    scenario = stories[select("Story", titles, "story", where=st.sidebar)]
    cases = {preset.name: preset for preset in scenario.presets}
    preset = cases[st.sidebar.selectbox("Case", list(cases), key=f"of_{scenario.name}", bind="query-params")]
    st.sidebar.caption(show.md(preset.story, 500))
    made = call("scenarios.get", scenario.name, variable="scenario")
    return method(made, "data", variable="data", **{name: float(value) for name, value in preset.dials.items()})


def _dataset(source: TableSource) -> Call | None:
    """Give the table as a data set to learn from, if it can be one."""
    own = source.dataset
    if own is not None:
        return source.call if own.label and own.features else None
    roles = source.roles
    label, features = roles.get("y_true"), roles.get("features")
    if not (label and features and roles.get("sensitive_features")):
        return None
    arguments = {"pos_label": roles["pos_label"]} if roles.get("pos_label") else {}
    return call(
        "datasets.Dataset",
        name=source.name,
        frame=source.call,
        label=label,
        features=list(features),
        sensitive_features=list(roles["sensitive_features"]),
        audit_arguments=arguments,
        variable="dataset",
    )


main()
