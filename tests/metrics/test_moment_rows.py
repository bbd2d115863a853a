"""What is told of numbers and what is measured of them have the same names."""

from biasaudit.metrics.moment_measures import MEASURES
from biasaudit.metrics.moments import MOMENTS


def test_every_measure_has_a_row_and_every_row_a_measure():
    assert {measure.name for measure in MEASURES} == {row.name for row in MOMENTS}
    assert len(MEASURES) == len(MOMENTS)
    for measure in MEASURES:
        (row,) = [row for row in MOMENTS if row.name == measure.name]
        needs = {"outcome": ("y_true_number",), "prediction": ("y_pred_number",)}
        assert row.needs == needs.get(measure.variable, ("y_true_number", "y_pred_number"))
