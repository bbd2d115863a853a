"""Read label values: which two values mean no and yes, each column in its own way, and when that is not plain."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from biasaudit.counts.values import order_levels, resolve_level
from biasaudit.errors import AuditError, nearest
from biasaudit.names import clean

__all__ = ["LabelReading", "ambiguous_positive", "read_as_known", "read_classes"]

BINARY_PAIRS = (
    ("0", "1"),
    ("-1", "1"),
    ("no", "yes"),
    ("false", "true"),
    ("n", "y"),
    ("f", "t"),
    ("negative", "positive"),
)
MAX_SHOWN = 5


@dataclass(frozen=True)
class LabelReading:
    """What the values of label columns mean.

    Parameters
    ----------
    classes : mapping of str to mapping of str to str
        Column to each of its values to the name of its class.
    positive : str or None
        Name of the class that counts as positive; None where that is not plain.
    """

    classes: Mapping[str, Mapping[str, str]]
    positive: str | None

    def positives(self, column: str) -> tuple[str, ...]:
        """Return the values of a column that count as positive."""
        return tuple(value for value, name in self.classes[column].items() if name == self.positive)


def read_classes(columns: Mapping[str, Sequence[str]], pos_label: str | None) -> LabelReading:
    """Read every value of each label column as the name of a class.

    Each column is read in its own way, so that "yes" in one and 1 in the other mean the same. Where that would be a
    guess, as of "good" and 1, it is refused.

    Parameters
    ----------
    columns : mapping of str to sequence of str
        Column name to the canonical values found in it.
    pos_label : str or None
        The value that counts as positive, if the user named one, as any of the columns writes it.

    Returns
    -------
    LabelReading
        Where the values are plainly no and yes and none was named positive, the classes are "0" and "1"; otherwise
        they are values of the column in which `pos_label` stands.

    Raises
    ------
    AuditError
        If `pos_label` stands in no column, or which values of the columns mean the same is a guess.

    Examples
    --------
    >>> read_classes({"hired": ["yes", "no"], "invited": ["0", "1"]}, None).classes["hired"]
    {'yes': '1', 'no': '0'}
    >>> read_classes({"hired": ["yes", "no"], "invited": ["0", "1"]}, "no").classes["invited"]
    {'0': 'no', '1': 'yes'}
    """
    as_binary = {name: _as_binary(values) for name, values in columns.items()}
    binary = {name: mapping for name, mapping in as_binary.items() if mapping is not None}
    identity = {name: {value: value for value in values} for name, values in columns.items()}
    if pos_label is None:
        if len(binary) == len(columns):
            return LabelReading(binary, "1")
        _check_shared(columns)
        return LabelReading(identity, None)
    pos_label = _resolve_pos_label(columns, pos_label)
    positive_code = _binary_code(columns, pos_label)
    if len(binary) == len(columns) and positive_code is not None:
        class_names = {positive_code: pos_label}
        for name in sorted(columns, key=lambda name: pos_label not in columns[name]):
            for value, code in binary[name].items():
                class_names.setdefault(code, value)
        classes = {name: {v: class_names[code] for v, code in binary[name].items()} for name in columns}
        return LabelReading(classes, pos_label)
    _check_same_values(columns, pos_label, mixed=0 < len(binary) < len(columns))
    return LabelReading(identity, pos_label)


def _resolve_pos_label(columns: Mapping[str, Sequence[str]], pos_label: str) -> str:
    """Write the positive value as a column does."""
    found = order_levels(value for values in columns.values() for value in values)
    pos_label = resolve_level(pos_label, found)
    if pos_label in found:
        return pos_label
    same_but_case = [value for value in found if value.casefold() == pos_label.casefold() and _as_binary([value])]
    if same_but_case:
        return same_but_case[0]
    if not any(_as_binary([*values, pos_label]) for values in columns.values()):
        names = " and ".join(f'"{clean(name)}"' for name in columns)
        raise AuditError(
            f"pos_label={clean(pos_label)!r} is not a value of {names}.{nearest(pos_label, found)} "
            f"Found: {_preview(found)}. Give one of these as pos_label."
        )
    return pos_label


def _binary_code(columns: Mapping[str, Sequence[str]], pos_label: str) -> str | None:
    """Say what the positive value plainly means, in the pair of a column that it fits: "1", "0" or nothing."""
    pairs = (_as_binary([*values, pos_label]) for values in columns.values())
    return next((pair[pos_label] for pair in pairs if pair is not None), None)


def _check_same_values(columns: Mapping[str, Sequence[str]], pos_label: str, *, mixed: bool) -> None:
    """Refuse to hold values against each other that two columns write in ways of their own."""
    shared = {value for values in columns.values() if pos_label in values for value in values}
    sets = [set(values) for values in columns.values()]
    nested = all(one <= other or other <= one for one in sets for other in sets)
    if mixed and not nested:
        raise AuditError(_ambiguous_pairing(columns))
    for name, values in columns.items():
        if pos_label not in values and not shared.issuperset(values):
            raise AuditError(
                f'Column "{clean(name)}" never holds pos_label={clean(pos_label)!r}. Found: {_preview(values)}. '
                "Write both label columns with the same values."
            )


def _check_shared(columns: Mapping[str, Sequence[str]]) -> None:
    """Refuse columns of two values each that have none in common."""
    sets = [set(values) for values in columns.values() if values]
    if len(sets) > 1 and not set.intersection(*sets):
        raise AuditError(_ambiguous_pairing(columns))


def _ambiguous_pairing(columns: Mapping[str, Sequence[str]]) -> str:
    contents = " and ".join(
        f'"{clean(name)}" holds {_preview(order_levels(values))}' for name, values in columns.items()
    )
    first, *others = (clean(name) for name in columns)
    second = others[0] if others else first
    return (
        f'{contents}, and which of these mean the same is a guess. Write "{second}" with the values of "{first}", '
        f"such as {_preview(order_levels(columns[next(iter(columns))])[-1:])} for what counts as positive."
    )


def read_as_known(values: Iterable[str], known: Mapping[str, int]) -> dict[str, int | None]:
    """Read values as those of a label whose values are known: the same ones, or as plainly no and yes as these.

    Parameters
    ----------
    values : iterable of str
    known : mapping of str to int
        Code of each value of the label.

    Returns
    -------
    dict of str to int or None
        None for a value that means none of the known ones.

    Examples
    --------
    >>> read_as_known(["True", "False"], {"0": 0, "1": 1}), read_as_known(["b"], {"a": 0})
    ({'True': 1, 'False': 0}, {'b': None})
    """
    values = list(values)
    binary, known_binary = _as_binary(values), _as_binary(list(known))
    codes = {} if known_binary is None else {code: known[value] for value, code in known_binary.items()}
    return {value: known.get(value, codes.get(binary[value]) if binary is not None else None) for value in values}


def ambiguous_positive(role: str, name: str, values: Iterable[str]) -> AuditError:
    """Say that nobody can tell which of these values is positive.

    Parameters
    ----------
    role, name : str
        The argument, and the column that it named.
    values : iterable of str

    Returns
    -------
    AuditError
        To be raised.
    """
    ordered = order_levels(values)
    return AuditError(
        f'{role}="{clean(name)}" holds {len(ordered):,} value{"s" * (len(ordered) != 1)} ({_preview(ordered)}), and '
        "which one is positive is not plain. Say so with pos_label, for example "
        f"pos_label={clean(ordered[-1], 40)!r}."
    )


def _as_binary(values: Sequence[str]) -> dict[str, str] | None:
    """Read values that are plainly no and yes, or None where they are not."""
    for negative, positive in BINARY_PAIRS:
        pair = {negative: "0", positive: "1"}
        if all(value.casefold() in pair for value in values):
            return {value: pair[value.casefold()] for value in values}
    return None


def _preview(values: Iterable[str], max_shown: int = MAX_SHOWN) -> str:
    values = [repr(clean(value, 40)) for value in values]
    return ", ".join(values[:max_shown]) + (f" and {len(values) - max_shown} more" if len(values) > max_shown else "")
