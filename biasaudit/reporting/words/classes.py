"""What is measured of a class, in tables that people and programs read: the metric, and the class beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from biasaudit.metrics.measure_names import parted

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["CLASS_COLUMN", "with_classes"]

CLASS_COLUMN = "class"


def with_classes(frame: pd.DataFrame) -> pd.DataFrame:
    """Part the names of measures into a column of metrics and one of classes, where any is of a class.

    Parameters
    ----------
    frame : DataFrame
        With a column `metric`.

    Returns
    -------
    DataFrame
        A new one.

    Examples
    --------
    >>> import pandas as pd
    >>> with_classes(pd.DataFrame({"metric": ["accuracy", "base_rate[flu]"]})).to_dict("list")
    {'metric': ['accuracy', 'base_rate'], 'class': ['', 'flu']}
    >>> with_classes(pd.DataFrame({"metric": ["accuracy"]})).columns.tolist()
    ['metric']
    """
    parts = [parted(name) for name in frame["metric"]]
    if not any(class_name for _, class_name in parts):
        return frame.copy()
    made = frame.assign(metric=[metric for metric, _ in parts])
    made.insert(list(made.columns).index("metric") + 1, CLASS_COLUMN, [class_name for _, class_name in parts])
    return made
