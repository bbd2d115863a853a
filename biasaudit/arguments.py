"""What an argument must be before anything is read: names of columns, the confidence, a seed."""

from collections.abc import Mapping
from numbers import Integral, Real
from typing import Any

from biasaudit.errors import AuditError
from biasaudit.names import clean

__all__ = ["check_confidence", "check_mapping", "check_seed", "column_name", "column_names"]


def check_confidence(confidence: Any) -> float:
    """Return the confidence of intervals.

    Parameters
    ----------
    confidence : object

    Returns
    -------
    float

    Raises
    ------
    AuditError
        If it is no number from 0.5 up to but below 1.
    """
    if isinstance(confidence, bool) or not (isinstance(confidence, Real) and 0.5 <= float(confidence) < 1):
        raise AuditError(
            f"confidence={clean(repr(confidence))} is out of range. Give a number from 0.5 up to but below 1, such "
            "as 0.95."
        )
    return float(confidence)


def check_seed(random_state: Any) -> int:
    """Return the seed of everything that is drawn.

    Parameters
    ----------
    random_state : object

    Returns
    -------
    int

    Raises
    ------
    AuditError
        If it is no whole number from 0 on.
    """
    if isinstance(random_state, bool) or not isinstance(random_state, Integral) or not 0 <= int(random_state) < 2**32:
        raise AuditError(f"random_state={clean(repr(random_state))} is not a seed. Give a whole number such as 0.")
    return int(random_state)


def column_name(role: str, value: Any) -> str | None:
    """Return the name of one column, or None where none was given.

    Parameters
    ----------
    role : str
        The argument, for messages.
    value : object

    Returns
    -------
    str or None

    Raises
    ------
    AuditError
        If it is anything but text: values in place of a name could be matched with the wrong rows.
    """
    if value is None or isinstance(value, str):
        return value
    remedy = "Put the values into the table as a column, so that rows cannot be matched wrongly."
    if isinstance(value, Real):
        remedy = f'Columns are named by text here: write "{value}".'
    raise AuditError(f"{role} must be the name of a column, not a {type(value).__name__}. {remedy}")


def column_names(role: str, value: Any) -> tuple[str, ...]:
    """Return the names of several columns; one may stand alone, and None is none.

    Parameters
    ----------
    role : str
        The argument, for messages.
    value : object

    Returns
    -------
    tuple of str

    Raises
    ------
    AuditError
        If they are anything but text or a list of texts, or one is named twice.
    """
    if value is None:
        return ()
    listed = value if isinstance(value, (list, tuple)) else (value,)
    names = tuple(name for item in listed if (name := column_name(role, item)) is not None)
    for i, name in enumerate(names):
        if name in names[:i]:
            raise AuditError(f'{role} names "{clean(name)}" twice. Name each column once.')
    return names


def check_mapping(role: str, value: Any, what: str, example: str) -> Mapping[str, Any]:
    """Return a mapping, such as of a feature to its group; None is an empty one.

    Parameters
    ----------
    role : str
        The argument, for messages.
    value : object
    what, example : str
        What it maps, and how one is written.

    Returns
    -------
    mapping of str to object

    Raises
    ------
    AuditError
        If it is no mapping.
    """
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise AuditError(f"{role}={clean(repr(value))} does not map {what}. Write it as {example}.")
    return value
