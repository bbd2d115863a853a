"""The one error this package raises about what it was given, and the hint of the nearest name."""

import difflib
from collections.abc import Iterable

__all__ = ["AuditError", "nearest"]


class AuditError(ValueError):
    """Input that cannot be audited; the message says what was wrong, what was found and what to do.

    Examples
    --------
    >>> import biasaudit as ba
    >>> try:
    ...     ba.audit_predictions(ba.datasets.load_ricci(), sensitive_features="rase")
    ... except ba.AuditError as error:
    ...     print(error)
    sensitive_features="rase" is not a column. Did you mean "race"? Columns: position, oral, written, race, combined,
    passed.
    """


def nearest(name: str, names: Iterable[str]) -> str:
    """Say which of `names` looks most like `name`, as a sentence that starts with a space, or nothing.

    Examples
    --------
    >>> nearest("recid", ["two_year_recid", "race"])
    ' Did you mean "two_year_recid"?'
    >>> nearest("zzz", ["race"])
    ''
    """
    names = list(names)
    folded = {candidate.casefold(): candidate for candidate in names}
    close = difflib.get_close_matches(name.casefold(), folded, n=1, cutoff=0.5)
    if not close:
        close = [candidate for candidate in folded if len(name) > 2 and name.casefold() in candidate][:1]
    return f' Did you mean "{folded[close[0]]}"?' if close else ""
