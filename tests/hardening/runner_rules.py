"""What GitHub's runner takes for a command in a line of output, written from its rules.

Source: actions/runner, src/Runner.Common/ActionCommand.cs (TryParseV2, TryParse), and in src/Runner.Worker
ActionCommandManager.cs and Handlers/OutputManager.cs, read in 2026. Lines end at CR, LF or both. A line is a command
where, after white space of any kind, it starts with "::", and a second "::" ends name and properties; else where "##["
stands anywhere, and "]" ends them. The name, up to the first space and whatever its capitals, has to be one that is
registered. Of the data %25 is read last.
"""

import re
import unicodedata
from typing import NamedTuple

__all__ = ["Command", "commands"]

REGISTERED = {
    "add-mask", "add-matcher", "add-path", "debug", "echo", "endgroup", "error", "group", "internal-set-repo-path",
    "notice", "remove-matcher", "save-state", "set-env", "set-output", "stop-commands", "warning",
}  # fmt: skip
# What .NET's Char.IsWhiteSpace says yes to.
SPACE = "\t\n\v\f\r \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(map(chr, range(0x2000, 0x200B)))
IN_DATA = {"%0D": "\r", "%0A": "\n"}
IN_PROPERTY = IN_DATA | {"%3A": ":", "%2C": ","}
IN_OLD = IN_DATA | {"%3B": ";", "%5D": "]"}


class Command(NamedTuple):
    """A command with its properties and data, escapes undone."""

    name: str
    properties: dict[str, str]
    data: str


def commands(output):
    """Find the commands in the bytes that a process wrote to one of its streams."""
    text = output.decode("utf-8", "replace").removeprefix("\ufeff")
    found = []
    for line in re.split(r"\r\n|\r|\n", text):
        # A comparison by the rules of a culture may pass over what has no weight: look behind it, too.
        for seen in dict.fromkeys([line, line[_weightless(line) :]]):
            command = _new(seen) or _old(seen)
            if command:
                found.append(command)
                break
    return found


def _weightless(line):
    """Count the characters at the start of a line that have no weight, or are space."""
    weighty = (at for at, c in enumerate(line) if c not in SPACE and unicodedata.category(c) not in ("Cf", "Cc", "Mn"))
    return next(weighty, len(line))


def _new(line):
    line = line.lstrip(SPACE)
    end = line.find("::", 2)
    if not line.startswith("::") or end < 0:
        return None
    return _command(line[2:end], line[end + 2 :], ",", IN_PROPERTY, IN_DATA)


def _old(line):
    start = line.find("##[")
    end = line.find("]", start)
    if start < 0 or end < 0:
        return None
    return _command(line[start + 3 : end], line[end + 1 :], ";", IN_OLD, IN_OLD)


def _command(info, data, separator, in_property, in_data):
    name, _, rest = info.partition(" ")
    if name.lower() not in REGISTERED:
        return None
    pairs = (pair.partition("=") for pair in rest.strip(SPACE).split(separator))
    properties = {key: _undone(value, in_property) for key, equals, value in pairs if key and equals and value}
    return Command(name.lower(), properties, _undone(data, in_data))


def _undone(text, escapes):
    for written, letter in escapes.items():
        text = text.replace(written, letter)
    return text.replace("%25", "%")
