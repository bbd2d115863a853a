"""The checks of the site find what is wrong with one, and outputs are kept as long as the package stays as it is."""

import os

import pytest
from cached_outputs import cache_folder, digest_of_package
from check_site import check

SOUND = (
    '<html><head><link rel="stylesheet" href="_static/site.css"><link rel="canonical" href="https://example.org/"></head>'
    '<body><h1 id="top">Site</h1><a href="#top">up</a> <a href="other.html#here">other</a>'
    ' <a href="https://example.org/paper">a paper</a> <img src="_static/dot.png" alt="A dot.">{}</body></html>'
)
FIGURE = """<div class="site-figure" data-figure='{{"data": [], "config": {}}}'></div>"""
PRIVATE = '{"showSendToCloud": false, "plotlyServerURL": "", "displaylogo": false}'
# What is put into a page, and what is said of it.
PLANTED = {
    "a dead link": ('<a href="gone.html">', "It links to gone.html, which does not exist."),
    "a dead anchor": (
        '<a href="other.html#nowhere">',
        "It links to other.html#nowhere, and nothing on that page has this name.",
    ),
    "a dead anchor of its own": (
        '<a href="#nowhere">',
        "It links to #nowhere, and nothing on that page has this name.",
    ),
    "a script from elsewhere": (
        '<script src="https://cdn.plot.ly/plotly.min.js"></script>',
        "It loads https://cdn.plot.ly/plotly.min.js from elsewhere; the site works offline.",
    ),
    "a font from elsewhere": (
        '<link rel="preload" href="//fonts.example.org/a.woff2">',
        "It loads //fonts.example.org/a.woff2 from elsewhere; the site works offline.",
    ),
    "a style that imports": (
        '<style>@import "https://example.org/a.css";</style>',
        "It loads https://example.org/a.css from elsewhere; the site works offline.",
    ),
    "a background from elsewhere": (
        '<p style="background:url(http://example.org/a.png)">',
        "It loads http://example.org/a.png from elsewhere; the site works offline.",
    ),
    "a script that fetches": (
        '<script>fetch("https://example.org/count")</script>',
        "A script fetches https://example.org/count from elsewhere; the site works offline.",
    ),
    "a picture that is missing": ('<img src="gone.png" alt="Gone.">', "It loads gone.png, which does not exist."),
    "a picture without words": (
        '<img src="_static/dot.png">',
        "The picture _static/dot.png has no text that stands in for it.",
    ),
    "a picture with its name for words": (
        '<img src="_static/dot.png" alt="_static/dot.png">',
        "The picture _static/dot.png has no text that stands in for it.",
    ),
    "a figure that reaches a cloud": (
        FIGURE.format('{"displaylogo": false}'),
        "A figure could reach plotly's cloud: its config does not turn off showSendToCloud, plotlyServerURL.",
    ),
    "a map": (
        FIGURE.format(PRIVATE).replace("[]", '[{"type": "scattergeo"}, {"type": "heatmap"}]'),
        "A figure of the kind scattergeo fetches what it is drawn on from elsewhere; the site works offline.",
    ),
    "a warning of a cell": ('<div class="output stderr">', "It shows the stderr of a cell."),
}


@pytest.fixture
def site(tmp_path):
    """A site of two pages, a style and a picture, with a place for more."""

    def build(planted=""):
        for name, text in {
            "index.html": SOUND.format(planted),
            "other.html": '<p id="here">Here.</p><a href="index.html">back</a>',
            "_static/site.css": "body { background: url(dot.png) } @media print { a { color: #000 } }",
            "_static/dot.png": "",
            "_static/plotly.min.js": 'fetch("https://example.org/a.map")',
            "_static/searchtools.js": 'fetch(new URL("searchindex.js", here));',
        }.items():
            (tmp_path / name).parent.mkdir(exist_ok=True)
            (tmp_path / name).write_text(text, "utf-8")
        return tmp_path

    return build


def test_a_sound_site_has_no_faults(site):
    assert check(site(FIGURE.format(PRIVATE))) == []


@pytest.mark.parametrize("what", PLANTED)
def test_what_is_planted_is_found_and_nothing_else(site, what):
    planted, said = PLANTED[what]
    assert check(site(planted)) == [f"index.html: {said}"]


def test_styles_and_scripts_in_files_are_read_as_well(site):
    folder = site()
    (folder / "_static" / "site.css").write_text("@import url(https://example.org/a.css);", "utf-8")
    (folder / "_static" / "own.js").write_text("new WebSocket('wss://example.org')", "utf-8")
    assert check(folder) == [
        "_static/own.js: A script fetches wss://example.org from elsewhere; the site works offline.",
        "_static/site.css: It loads https://example.org/a.css from elsewhere; the site works offline.",
    ]


def test_plotly_is_there_once(site):
    folder = site()
    (folder / "plotly-3.js").touch()
    assert check(folder) == ["plotly.js is there 2 times: _static/plotly.min.js, plotly-3.js."]


@pytest.fixture
def package(tmp_path):
    """As much of a checkout as decides on outputs."""
    for name in ("biasaudit/audit.py", "datasets/compas/rows.csv", "requirements/dev.txt", "README.md"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("as it was", "utf-8")
    return tmp_path


def test_the_clock_does_not_change_the_digest(package):
    before = digest_of_package(package)
    os.utime(package / "biasaudit" / "audit.py", (0, 0))
    (package / "README.md").write_text("changed", "utf-8")
    (package / "biasaudit" / "_version.py").touch()
    (package / "biasaudit" / "__pycache__").mkdir()
    (package / "biasaudit" / "__pycache__" / "audit.pyc").touch()
    assert digest_of_package(package) == before


@pytest.mark.parametrize("name", ["biasaudit/audit.py", "datasets/compas/rows.csv", "requirements/dev.txt"])
def test_what_decides_on_outputs_changes_it(package, name):
    before = digest_of_package(package)
    (package / name).write_text("changed", "utf-8")
    changed = digest_of_package(package)
    (package / name).rename((package / name).with_name("renamed"))
    assert len({before, changed, digest_of_package(package)}) == 3


def test_outputs_of_older_states_are_removed(package, tmp_path):
    older = cache_folder(package, tmp_path / "cache")
    (older / "global.db").touch()
    assert cache_folder(package, tmp_path / "cache") == older
    assert (older / "global.db").exists()
    (package / "biasaudit" / "audit.py").write_text("changed", "utf-8")
    assert [folder.name for folder in cache_folder(package, tmp_path / "cache").parent.iterdir()] == [
        digest_of_package(package)
    ]
