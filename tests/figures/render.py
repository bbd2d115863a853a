"""Write every figure of the shipped data sets and of the stories as they open into files: make figures."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterable
from pathlib import Path

from dataset_figures import DATASETS, MENDED, dataset_figures, dataset_header
from figure_lines import file_text
from story_figures import STORIES, story_figures, story_header, story_needs

__all__ = ["FOLDER", "NAMES", "missing", "needs", "render"]

FOLDER = Path(__file__).parent / "pinned"
NAMES = (*DATASETS, *STORIES)
ALL = (
    "Made by `make figures`. Counted figures stand within 1 in 100,000 and words to the letter; where a model is "
    "trained, figures may differ by as much as the section says, points and per cent by a hundred times that.",
)


def render(name: str) -> str:
    """Write the figures of a data set or a story as text."""
    if name in DATASETS:
        return file_text((*dataset_header(name), *ALL), dataset_figures(name))
    return file_text((*story_header(name), *ALL), story_figures(name))


def needs(name: str) -> tuple[str, ...]:
    """Name the modules without which there is nothing to compare."""
    return story_needs(name) if name in STORIES else ()


def missing(names: Iterable[str]) -> list[str]:
    """Pick the modules that are not installed."""
    return [name for name in dict.fromkeys(names) if importlib.util.find_spec(name) is None]


def main(folder: Path = FOLDER) -> None:
    """Write the files, all or none of them."""
    gone = missing((*MENDED.needs, *(module for name in NAMES for module in needs(name))))
    if gone:
        sys.exit(f'Some figures need {", ".join(gone)}. Install it: pip install -e ".[dev]".')
    made = {f"{name}.txt": render(name) for name in NAMES}
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.txt"):
        if old.name not in made:
            old.unlink()
    for file, text in made.items():
        (folder / file).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
