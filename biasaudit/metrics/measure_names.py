"""How the measure of one class is called where tables are keyed by names: by its metric, and the class in brackets."""

__all__ = ["measure_name", "parted"]


def measure_name(metric: str, class_name: str = "") -> str:
    """Name what is measured of a class; without a class, it is the metric itself.

    Parameters
    ----------
    metric, class_name : str

    Returns
    -------
    str

    Examples
    --------
    >>> measure_name("true_positive_rate", "flu"), measure_name("accuracy")
    ('true_positive_rate[flu]', 'accuracy')
    """
    return f"{metric}[{class_name}]" if class_name else metric


def parted(name: str) -> tuple[str, str]:
    """Part the name of a measure into its metric and its class; the class is empty where it is of none.

    Parameters
    ----------
    name : str

    Returns
    -------
    metric, class_name : str

    Examples
    --------
    >>> parted("true_positive_rate[flu [A]]"), parted("accuracy")
    (('true_positive_rate', 'flu [A]'), ('accuracy', ''))
    """
    metric, bracket, rest = name.partition("[")
    return (metric, rest[:-1]) if bracket and metric and rest.endswith("]") else (name, "")
