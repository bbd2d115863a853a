"""The picture of words as they were said and heard: right, heard as another, not heard, put in."""

from __future__ import annotations

from difflib import SequenceMatcher
from itertools import zip_longest

from .pictures import ACCENT, drawing, text

__all__ = ["words_drawing"]

A_LINE, STEP, TOP, TILE = 5, 74, 22, 44


def words_drawing(slug: str, title: str, texts: dict[str, tuple[str, str]]) -> str:
    """Draw each group's words, what was said above what was heard.

    Parameters
    ----------
    slug, title : str
    texts : dict of str to (str, str)
        What was said and what was heard, by group.
    """
    parts, top, told = [], 6, []
    for group, (said, heard) in texts.items():
        pairs = _aligned(said.split(), heard.split())
        parts.append(text(0, top + 12, f"Group {group}", bold=True))
        for at, pair in enumerate(pairs):
            x, y = (at % A_LINE) * STEP, top + TOP + (at // A_LINE) * TILE
            parts.append(f'<g transform="translate({x} {y})">{_tile(*pair)}</g>')
        top += TOP + -(-len(pairs) // A_LINE) * TILE + 10
        wrong = [f"{one or 'nothing'} heard as {other or 'nothing'}" for one, other in pairs if one != other]
        told.append(f"Group {group}: {len(pairs) - len(wrong)} heard rightly; {', '.join(wrong)}")
    parts.append(text(0, top + 10, "above: said; below: heard; framed and crossed: an error", size=10.5))
    return drawing(slug, title, ". ".join(told) + ".", top + 18, "".join(parts))


def _aligned(said: list[str], heard: list[str]) -> list[tuple[str, str]]:
    """Put words beside those that were heard in their place, the empty text where there is none."""
    found: list[tuple[str, str]] = []
    for _, i, j, k, m in SequenceMatcher(a=said, b=heard, autojunk=False).get_opcodes():
        found += zip_longest(said[i:j], heard[k:m], fillvalue="")
    return found


def _tile(said: str, heard: str) -> str:
    """Draw one word: a thin frame if it was heard rightly, a thick one with a cross if not."""
    wrong = said != heard
    style = f"fill:none;stroke:{ACCENT};stroke-width:2.2" if wrong else "fill:none;stroke:currentColor;opacity:.55"
    frame = f'<rect x="1" y="1" width="{STEP - 8}" height="{TILE - 8}" rx="4" style="{style}"/>'
    cross = f'<path d="M57 6l6 6m0 -6l-6 6" style="stroke:{ACCENT};stroke-width:2"/>' if wrong else ""
    return frame + cross + text(6, 15, said or "–", size=10.5) + text(6, 30, heard or "–", bold=wrong, size=10.5)
