"""The page that asks what would mend a gap, and what that costs."""

from __future__ import annotations

import importlib.util

import streamlit as st

from biasaudit.mitigation import MITIGATIONS
from biasaudit.models.tabular import MODELS
from parts.call import Call, call
from parts.mending import compared, tell
from parts.source import Source, choose

QUICK = ["reweighing", "impact_repair", "threshold_optimizer", "reject_option"]
HARMS = {
    "equalized_odds": "Unequal errors (equalized odds)",
    "demographic_parity": "Unequal shares (demographic parity)",
    "selection_ratio": "Ratio of shares (four-fifths)",
}
COSTS = {"accuracy": "Accuracy", "balanced_accuracy": "Balanced accuracy", "seconds": "Seconds"}


def main() -> None:
    """Draw the page."""
    st.title("What would mend it, and what does it cost?")
    st.markdown(
        "Each way of mending is tried on the same people, always on those its model had not seen. Nothing is free: "
        "look who gains, who loses, and how sure that is."
    )
    source = choose()
    data = _dataset(source)
    if data is None:
        st.info("Mending needs a label to learn from and columns to learn it by. Try compas, adult, or your own table.")
        return
    rows = {row.name: row for row in MITIGATIONS if row.installed}
    models = [kind.name for kind in MODELS if kind.name != "mlp" or importlib.util.find_spec("skorch")]
    if len(rows) < len(MITIGATIONS):
        st.caption("Neural networks can be tried as well once PyTorch is installed (biasaudit[torch]).")
    chosen = st.multiselect(
        "Ways of mending", list(rows), default=QUICK, key="ways", bind="query-params",
        format_func=lambda name: rows[name].label,
    )  # fmt: skip
    left, right = st.columns(2)
    harm = left.selectbox("Harm", list(HARMS), key="harm", bind="query-params", format_func=HARMS.get)
    cost = right.selectbox("Held against", list(COSTS), key="cost", bind="query-params", format_func=COSTS.get)
    model = left.selectbox(
        "Model", models, key="model", bind="query-params", format_func=lambda name: name.replace("_", " ")
    )
    folds = right.slider("Parts the people are dealt into (folds)", 2, 10, 3, key="folds", bind="query-params")
    if not chosen:
        st.info("Choose at least one way of mending.")
        return
    asked = call(
        "mitigation.compare", data, list(chosen), model=model, harm=harm, cost=cost, folds=folds, variable="comparison",
    )  # fmt: skip
    found = compared(asked, "page")
    if found is not None:
        tell(found, asked, "page")


def _dataset(source: Source) -> Call | None:
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
        "datasets.Dataset", name=source.name, frame=source.call, label=label, features=list(features),
        sensitive_features=list(roles["sensitive_features"]), audit_arguments=arguments, variable="dataset",
    )  # fmt: skip


main()
