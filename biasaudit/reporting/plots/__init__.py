"""Plots of what audits found, for pages and notebooks; the only place that draws with plotly."""

from biasaudit.reporting.plots.base import CONFIG, Plot
from biasaudit.reporting.plots.rates import plot_rates

__all__ = ["CONFIG", "Plot", "plot_rates"]
