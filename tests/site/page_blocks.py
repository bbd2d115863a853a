"""The fenced blocks of a page: what language each is in, and where it stands."""

import re
from dataclasses import dataclass

from markdown_it import MarkdownIt

# Directives of MyST that hold code; every other one holds Markdown, or nothing that is run.
CODE_DIRECTIVES = {"{code-cell}": "python", "{code-block}": None, "{code}": None}
OPTIONS = re.compile(r"\A(?:---\n(?:.*\n)*?---\n|(?::[\w-]+:.*\n)+)")


@dataclass(frozen=True)
class Block:
    """A block of code.

    Parameters
    ----------
    language : str
    text : str
    line : int
        Its first line on the page, from 1.
    """

    language: str
    text: str
    line: int


def page_blocks(text, line=1):
    """List the blocks of a page from top to bottom, those within directives and lists included."""
    found = []
    for token in MarkdownIt().parse(text):
        if token.type == "fence":
            found += fenced(token.info.strip(), token.content, line + token.map[0] + 1)
    return found


def fenced(info, content, line):
    """List the blocks of one fence: one, or those that a directive holds."""
    name, _, rest = info.partition(" ")
    if name not in CODE_DIRECTIVES and name.startswith("{"):
        return page_blocks(content, line)
    language = name
    if name in CODE_DIRECTIVES:
        options = OPTIONS.match(content)
        if options:
            content = content[options.end() :]
            line += options.group().count("\n")
        language = CODE_DIRECTIVES[name] or rest.strip()
    return [Block(language, content, line)]
