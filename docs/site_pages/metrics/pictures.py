"""Counted pictures of people, as SVG: who is counted, who is eligible and who is not differ in shape and in colour."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

__all__ = ["COUNTED", "ELIGIBLE", "OUTSIDE", "Picture", "Row", "by_group", "drawing", "short", "text"]

COUNTED, ELIGIBLE, OUTSIDE = "counted", "eligible", "outside"
A_LINE, LEFT, STEP, WIDTH = 10, 62, 31, 376
FIGURE, MARKS, GROUP_GAP, LEGEND_LINE = 36, 17, 14, 26
ACCENT = "var(--pst-color-primary, #0a7d91)"
BODY = "M-7 12v-6a7 7 0 0 1 14 0v6z"


@dataclass(frozen=True)
class Row:
    """A line of marks under the people: what is known of each.

    Parameters
    ----------
    label : str
        What the line says, beside it.
    values : sequence
        For each person True or False (a tick or a dash), a text, or a sequence of booleans (what went wrong, and what
        did not).
    """

    label: str
    values: Sequence[Any]


@dataclass(frozen=True)
class Picture:
    """Groups of people in a state each, with what is known of them.

    Parameters
    ----------
    slug : str
        Its name on the page.
    title : str
        What a reader who cannot see it is told first.
    groups : dict of str to sequence of str
        State of each person of each group.
    rows : dict of str to tuple of Row
        Lines of marks under each group.
    legend : dict of str to str
        What each state says.
    """

    slug: str
    title: str
    groups: dict[str, Sequence[str]]
    rows: dict[str, tuple[Row, ...]]
    legend: dict[str, str]

    def svg(self) -> str:
        """Draw it; nothing in it needs a file, a font or a script."""
        parts, top = [], 6
        for group, states in self.groups.items():
            drawn, height = _group(group, states, self.rows.get(group, ()))
            parts.append(f'<g transform="translate(0 {top})">{drawn}</g>')
            top += height + GROUP_GAP
        parts.append(f'<g transform="translate(0 {top})">{"".join(self._legend())}</g>')
        return drawing(self.slug, self.title, self.description(), top + LEGEND_LINE * len(self.legend), "".join(parts))

    def description(self) -> str:
        """Say in words how many people of each group are in each state."""
        counts = [
            f"{group}: " + ", ".join(f"{list(states).count(state)} {words}" for state, words in self.legend.items())
            for group, states in self.groups.items()
        ]
        return ". ".join(counts) + "."

    def _legend(self) -> Iterator[str]:
        for at, (state, words) in enumerate(self.legend.items()):
            y = at * LEGEND_LINE
            yield f'<g transform="translate(14 {y + 13}) scale(.8)">{_figure(state)}</g>' + text(30, y + 17, words)


def by_group(found: dict[str, Any]) -> dict[str, Any]:
    """Call groups by their whole name: A becomes Group A."""
    return {f"Group {group}": drawn for group, drawn in found.items()}


def short(number: float) -> str:
    """Write a number from 0 to 1 so that it fits under a person: .355."""
    return f"{number:.3f}".rstrip("0").removeprefix("0") if 0 < number < 1 else f"{number:g}"


def drawing(slug: str, title: str, description: str, height: int, inner: str) -> str:
    """Put a drawing of the width of all pictures into a figure of HTML, with words for those who cannot see it."""
    name = escape(slug, quote=True)
    return (
        f'<figure class="counted-picture" style="margin:1rem 0;max-width:620px">'
        f'<svg viewBox="0 0 {WIDTH} {height}" role="img" aria-labelledby="{name}-title {name}-desc" '
        f'style="width:100%;height:auto;color:var(--pst-color-text-base, #222)" '
        f'font-family="var(--pst-font-family-base, sans-serif)" font-size="11">'
        f'<title id="{name}-title">{escape(title)}</title><desc id="{name}-desc">{escape(description)}</desc>'
        f"{inner}</svg></figure>"
    )


def text(x: float, y: float, words: object, *, anchor: str = "start", bold: bool = False, size: float = 11) -> str:
    """Write text, escaped, in the colour of the page."""
    weight = ' font-weight="700"' if bold else ""
    return (
        f'<text x="{x:g}" y="{y:g}" text-anchor="{anchor}" font-size="{size:g}"{weight} fill="currentColor">'
        f"{escape(str(words))}</text>"
    )


def _figure(state: str) -> str:
    """Draw a person: framed and filled if counted, in outline if eligible, small and dotted if not eligible."""
    if state == COUNTED:
        frame = (
            f'<rect x="-12" y="-16" width="24" height="32" rx="5" style="fill:none;stroke:{ACCENT};stroke-width:2"/>'
        )
        return f'{frame}<g style="fill:{ACCENT}" stroke="none"><circle cy="-7" r="4.6"/><path d="{BODY}"/></g>'
    shape = f'<circle cy="-7" r="4.6"/><path d="{BODY}"/>'
    if state == ELIGIBLE:
        return f'<g style="fill:none;stroke:currentColor;stroke-width:1.6">{shape}</g>'
    dotted = "fill:none;stroke:currentColor;stroke-width:1.5;stroke-dasharray:1.5 2;opacity:.8"
    return f'<g transform="translate(0 3) scale(.68)" style="{dotted}">{shape}</g>'


def _group(name: str, states: Sequence[str], rows: tuple[Row, ...]) -> tuple[str, int]:
    """Draw a group in lines of ten people, each with its marks under it; return how high that is, too."""
    parts, top = [text(0, 22, name, bold=True)], 0
    for start in range(0, len(states), A_LINE):
        line = slice(start, start + A_LINE)
        parts += [_at(at, top + 18, _figure(state)) for at, state in enumerate(states[line])]
        top += FIGURE
        for row in rows:
            parts.append(text(0, top + 11, row.label, size=10.5))
            drawn = [_mark(value) for value in row.values[line]]
            parts += [_at(at, top + 7, mark) for at, (mark, _) in enumerate(drawn)]
            top += max(height for _, height in drawn)
    return "".join(parts), top


def _at(place: int, y: float, drawn: str) -> str:
    return f'<g transform="translate({LEFT + 14 + place * STEP} {y:g})">{drawn}</g>'


def _mark(value: Any) -> tuple[str, int]:
    """Draw what is known of a person under it: a tick, a dash, a text, or a box for each trial."""
    if isinstance(value, str):
        return text(0, 4, value, anchor="middle", size=10), MARKS
    if isinstance(value, bool):
        path = "M-4 0l3 4 6-8" if value else "M-3.5 0h7"
        weight = 2 if value else 1.2
        return f'<path d="{path}" style="fill:none;stroke:currentColor;stroke-width:{weight}"/>', MARKS
    boxes = "".join(f'<g transform="translate(0 {at * 12})">{_box(wrong)}</g>' for at, wrong in enumerate(value))
    return boxes, 12 * len(value) + 5


def _box(wrong: bool) -> str:
    """Draw a trial: filled and crossed out if it went wrong, an empty box if not."""
    if not wrong:
        return '<rect x="-4" y="-4" width="8" height="8" style="fill:none;stroke:currentColor;opacity:.7"/>'
    cross = '<path d="M-3 -3l6 6M3 -3l-6 6" style="stroke:var(--pst-color-background, #fff);stroke-width:1.6"/>'
    return f'<rect x="-5" y="-5" width="10" height="10" style="fill:{ACCENT}"/>{cross}'
