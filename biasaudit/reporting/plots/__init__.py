"""Plots of what audits found, for pages and notebooks; the only place that draws with plotly."""

from biasaudit.reporting.plots.base import CONFIG, Plot
from biasaudit.reporting.plots.rates import plot_rates
from biasaudit.reporting.plots.scores import plot_moves, plot_scores

__all__ = ["CONFIG", "Plot", "plot_moves", "plot_rates", "plot_scores"]
