"""Plots of what audits found, for pages and notebooks; the only place that draws with plotly."""

from biasaudit.reporting.plots._chance import plot_chance, plot_plan, plot_power
from biasaudit.reporting.plots._classes import plot_class_confusion
from biasaudit.reporting.plots._columns import plot_along, plot_columns, plot_proxies, plot_wrong_labels
from biasaudit.reporting.plots._distributions import plot_distributions
from biasaudit.reporting.plots._gaps import plot_equal_features, plot_where, plot_within
from biasaudit.reporting.plots._mitigation import plot_gains, plot_pareto, plot_true_accuracy
from biasaudit.reporting.plots._outcomes import plot_calibration, plot_confusion
from biasaudit.reporting.plots._over_time import plot_hours
from biasaudit.reporting.plots._pictures import plot_pictures
from biasaudit.reporting.plots._rankings import plot_top_shares
from biasaudit.reporting.plots._rates import plot_rates
from biasaudit.reporting.plots._representation import plot_missing_values, plot_shares
from biasaudit.reporting.plots._scores import plot_lines, plot_moves, plot_scores
from biasaudit.reporting.plots._speech import plot_learning, plot_spectrogram, plot_ways
from biasaudit.reporting.plots.base import CONFIG, Plot

__all__ = [
    "CONFIG",
    "Plot",
    "plot_along",
    "plot_calibration",
    "plot_chance",
    "plot_class_confusion",
    "plot_columns",
    "plot_confusion",
    "plot_distributions",
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
    "plot_top_shares",
    "plot_true_accuracy",
    "plot_ways",
    "plot_where",
    "plot_within",
    "plot_wrong_labels",
]
