"""README.md on PyPI: it renders, and what it links to and shows is found."""

import re

import pytest
from release_scripts import PROJECT, ROOT, script

HOOK = PROJECT["tool"]["hatch"]["metadata"]["hooks"]["fancy-pypi-readme"]
README = (ROOT / "README.md").read_text("utf-8")
SOURCE = "https://github.com/biasaudit/biasaudit/blob/v1.2.3/"
FILES = "https://raw.githubusercontent.com/biasaudit/biasaudit/v1.2.3/"


def on_pypi(text):
    """Write a text as the build writes README.md."""
    for each in HOOK["substitutions"]:
        text = re.sub(each["pattern"], each["replacement"].replace("$HFPR_VERSION", "1.2.3"), text)
    return text


@pytest.mark.parametrize(
    ("here", "there"),
    [
        ("[a](docs/a.md#b)", f"[a]({SOURCE}docs/a.md#b)"),
        ("[a `b` [c]](./a.md)", f"[a `b` [c]]({SOURCE}a.md)"),
        ("![a](docs/a.png)", f"![a]({FILES}docs/a.png)"),
        ("[![a](a.png)](a.md)", f"[![a]({FILES}a.png)]({SOURCE}a.md)"),
        (
            '<a href="a.md"><img src="a.png" alt="a"></a>',
            f'<a href="{SOURCE}a.md"><img src="{FILES}a.png" alt="a"></a>',
        ),
        ('<source srcset="dark.png">', f'<source srcset="{FILES}dark.png">'),
        (
            "[a](https://b.org) [c](#d) ![e](https://f.org/g.png)",
            "[a](https://b.org) [c](#d) ![e](https://f.org/g.png)",
        ),
        ("a list[0](x)", f"a list[0]({SOURCE}x)"),
    ],
)
def test_links_and_pictures_are_taken_from_the_tag(here, there):
    assert on_pypi(here) == there


def test_the_readme_renders_and_links_to_nothing_that_is_not_there():
    pytest.importorskip("readme_renderer")
    relative = script("check_dist").relative_links
    assert relative(README) != []
    assert relative(on_pypi(README)) == []


def test_what_the_readme_links_to_is_in_the_source():
    ours = re.findall(rf"\]\((?:{re.escape(SOURCE)}|{re.escape(FILES)})([^)#]*)", on_pypi(README))
    assert ours
    assert [path for path in ours if not (ROOT / path).exists()] == []


def test_code_of_the_readme_is_left_alone():
    fences = re.compile(r"^```.*?^```", re.M | re.S)
    assert fences.findall(on_pypi(README)) == fences.findall(README)


def test_where_the_project_is_found_is_said_once():
    urls = PROJECT["project"]["urls"]
    assert set(urls) == {"Homepage", "Documentation", "Source", "Changelog", "Issues"}
    assert all(urls[name].startswith(urls["Source"]) for name in ("Homepage", "Changelog", "Issues"))
    assert urls["Source"] in SOURCE
    assert (ROOT / urls["Changelog"].rpartition("/")[2]).exists()
