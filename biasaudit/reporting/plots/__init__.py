"""Plots of what audits found, for pages and notebooks; the only place that draws with plotly."""

from biasaudit.reporting.plots.base import CONFIG, Plot
from biasaudit.reporting.plots.chance import plot_chance, plot_plan, plot_power
from biasaudit.reporting.plots.data import plot_equal_features, plot_levels, plot_missing, plot_proxies, plot_shares
from biasaudit.reporting.plots.mending import plot_gains, plot_pareto
from biasaudit.reporting.plots.outcomes import plot_calibration, plot_confusion
from biasaudit.reporting.plots.rates import plot_rates
from biasaudit.reporting.plots.scores import plot_moves, plot_scores

__all__ = [
    "CONFIG",
    "Plot",
    "plot_calibration",
    "plot_chance",
    "plot_confusion",
    "plot_equal_features",
    "plot_gains",
    "plot_levels",
    "plot_missing",
    "plot_moves",
    "plot_pareto",
    "plot_plan",
    "plot_power",
    "plot_proxies",
    "plot_rates",
    "plot_scores",
    "plot_shares",
]
