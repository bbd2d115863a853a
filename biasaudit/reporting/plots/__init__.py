"""Plots of what audits found, for pages and notebooks; the only place that draws with plotly."""

from biasaudit.reporting.plots.base import CONFIG, Plot
from biasaudit.reporting.plots.gaps import plot_equal_features, plot_within
from biasaudit.reporting.plots.rates import plot_rates
from biasaudit.reporting.plots.traces import plot_along, plot_columns, plot_proxies, plot_wrong_labels
from biasaudit.reporting.plots.who import plot_missing_values, plot_shares

__all__ = [
    "CONFIG",
    "Plot",
    "plot_along",
    "plot_columns",
    "plot_equal_features",
    "plot_missing_values",
    "plot_proxies",
    "plot_rates",
    "plot_shares",
    "plot_within",
    "plot_wrong_labels",
]
