"""Pages that are made need what the site is built with, which the oldest dependencies leave out."""

import importlib.util

PAGES = [
    "test_explained.py",
    "test_measured_lines.py",
    "test_metric_pages.py",
    "test_reference.py",
    "test_story_pages.py",
]
collect_ignore = [] if importlib.util.find_spec("myst_nb") else PAGES
