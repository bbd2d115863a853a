"""The page that asks: is anyone treated worse here."""

from __future__ import annotations

import streamlit as st

from biasaudit.reporting.plots import plot_rates
from biasaudit.reporting.splits import key_metrics, label, splits
from parts import show
from parts.call import call
from parts.results import result
from parts.source import choose

st.title("Is anyone treated worse here?")
source = choose()
asked = call("audit_predictions", source.call)
audit = result(asked)
report = audit.report()
st.subheader(show.md(report.headline, 600))
show.findings(report.findings)
features = {" × ".join(split.features): split.features for split in splits(report)}
by = st.selectbox("By", list(features), key="by", bind="query-params")
names = key_metrics(report)
metric = st.selectbox("Rate", names, key="rate", bind="query-params", format_func=lambda m: label(m, report.metrics))
show.plot(plot_rates(report, metric, features=features[by]), key="rates")
show.downloads(audit, asked, source.name)
show.code(asked)
