"""Plots of what audits found, for pages and notebooks; the only place that draws with plotly."""

from biasaudit.reporting.plots.base import CONFIG, Plot
from biasaudit.reporting.plots.chance import plot_chance, plot_plan, plot_power
from biasaudit.reporting.plots.gaps import plot_equal_features, plot_where, plot_within
from biasaudit.reporting.plots.hearing import plot_learning, plot_spectrogram, plot_ways
from biasaudit.reporting.plots.hours import plot_hours
from biasaudit.reporting.plots.mending import plot_gains, plot_pareto, plot_true_accuracy
from biasaudit.reporting.plots.outcomes import plot_calibration, plot_confusion
from biasaudit.reporting.plots.pictures import plot_pictures
from biasaudit.reporting.plots.rates import plot_rates
from biasaudit.reporting.plots.scores import plot_lines, plot_moves, plot_scores
from biasaudit.reporting.plots.traces import plot_along, plot_columns, plot_proxies, plot_wrong_labels
from biasaudit.reporting.plots.who import plot_missing_values, plot_shares

__all__ = [
    "CONFIG",
    "Plot",
    "plot_along",
    "plot_calibration",
    "plot_chance",
    "plot_columns",
    "plot_confusion",
    "plot_equal_features",
    "plot_gains",
    "plot_hours",
    "plot_learning",
    "plot_lines",
    "plot_missing_values",
    "plot_moves",
    "plot_pareto",
    "plot_pictures",
    "plot_plan",
    "plot_power",
    "plot_proxies",
    "plot_rates",
    "plot_scores",
    "plot_shares",
    "plot_spectrogram",
    "plot_true_accuracy",
    "plot_ways",
    "plot_where",
    "plot_within",
    "plot_wrong_labels",
]
