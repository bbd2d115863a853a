"""How Sphinx builds the site: ``make docs``. Nothing of it is fetched, when it is built or when it is read."""

import os
import sys
from pathlib import Path

import biasaudit

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))

from cached_outputs import cache_folder, quiet_kernels  # noqa: E402

# Figures come as data; what draws them is said once, in site_pages/figures.py.
os.environ["PLOTLY_RENDERER"] = "plotly_mimetype"
OUTPUTS = cache_folder()
os.environ["IPYTHONDIR"] = quiet_kernels(OUTPUTS)

project = "biasaudit"
author = "The biasaudit maintainers"
copyright = f"2026, {author}"  # noqa: A001
version = release = biasaudit.__version__

extensions = [
    "myst_nb",
    "numpydoc",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx_copybutton",
    "sphinx_design",
    "site_pages",
]
exclude_patterns = ["_build", "_cache", "site_pages"]
source_suffix = {".md": "myst-nb", ".ipynb": "myst-nb", ".rst": "restructuredtext"}
myst_enable_extensions = ["attrs_inline", "colon_fence", "deflist"]
myst_heading_anchors = 4
nb_execution_mode = "cache"
nb_execution_timeout = 600
nb_execution_cache_path = str(OUTPUTS)
nb_execution_in_temp = True
nb_execution_raise_on_error = True
nb_output_stderr = "error"
nb_merge_streams = True

# Of a console only what is typed is copied, and of an output nothing.
copybutton_prompt_text = r">>> |\.\.\. |\$ "
copybutton_prompt_is_regexp = True
copybutton_line_continuation_character = "\\"
copybutton_selector = "div:not(.highlight-output) > div.highlight pre"

default_role = "code"
numpydoc_show_class_members = False
autosummary_generate = True
autodoc_typehints = "none"

html_theme = "pydata_sphinx_theme"
html_title = "biasaudit"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_show_sourcelink = False
html_copy_source = False
# Rooms of one page need no list of pages at their side.
html_sidebars = {"index": [], "gallery/index": []}
html_theme_options = {
    "navbar_end": ["theme-switcher"],
    "header_links_before_dropdown": 7,
    "show_prev_next": True,
    "secondary_sidebar_items": ["page-toc"],
    "show_version_warning_banner": False,
}
