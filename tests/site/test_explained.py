"""Pages that explain say what the package says: each mitigation, data set, ready policy and plot, with its facts."""

import importlib
import inspect
import re
import tomllib
from pathlib import Path

import pytest

import biasaudit as ba
from biasaudit.datasets.shipped.loading import SHIPPED
from biasaudit.datasets.shipped.populations import POPULATIONS
from biasaudit.mitigation.registry import BASELINE, MITIGATIONS, NUMBER_MITIGATIONS
from biasaudit.policy import READY
from biasaudit.reporting import plots

DOCS = Path(__file__).parents[2] / "docs"
GALLERY = (DOCS / "gallery" / "index.md").read_text("utf-8")
PLOTS = [name for name in plots.__all__ if name.startswith("plot_")]
GENERATORS = [name for name in ba.datasets.__all__ if name.startswith(("make_", "simulate_"))]
FETCHED = [name for name in ba.datasets.__all__ if name.startswith("fetch_")]


@pytest.fixture(scope="module")
def makers():
    """Return the modules that make the pages, by name."""
    names = ("mitigation_pages", "card_pages", "generated_pages", "fetched_pages")
    return {name: importlib.import_module(f"site_pages.{name}") for name in names}


@pytest.fixture(scope="module")
def page(makers, tmp_path_factory):
    """Make all pages once; return a function that reads one as it is read, its escapes gone."""
    folder = tmp_path_factory.mktemp("docs")
    makers["mitigation_pages"].make_mitigation_pages(folder)
    makers["card_pages"].make_card_pages(folder)
    makers["generated_pages"].make_generated_pages(folder)
    makers["fetched_pages"].make_fetched_pages(folder)
    return lambda path: (folder / path).read_text("utf-8").replace("\\", "")


def code_of(text):
    return "\n".join(re.findall(r"^```\{code-cell\} ipython3\n(.*?)^```", text, re.DOTALL | re.MULTILINE))


@pytest.mark.parametrize("row", [BASELINE, *MITIGATIONS, *NUMBER_MITIGATIONS], ids=lambda row: row.name)
def test_a_mitigation_has_a_page_that_says_what_the_registry_says(page, row):
    text, table = page(f"understand/mitigations/made/{row.name}.md"), page("understand/mitigations/made/table.txt")
    assert text.startswith(f"# {row.label}\n")
    assert row.source in text
    assert ("**At the decision: yes.**" in text) == row.needs_group
    assert ("sensitive_features=data.frame" in text.partition("model.predict")[2]) == row.needs_group
    assert ("biasaudit[torch]" in text) == row.torch
    assert (f"about {row.effort:g} times" in text) == (row is not BASELINE)
    assert (f"[{row.label}](made/{row.name}.md)" in table) == (row not in NUMBER_MITIGATIONS)
    assert f"made/{row.name}\n" in page("understand/mitigations/made/pages.txt")


@pytest.mark.parametrize("row", [BASELINE, *MITIGATIONS], ids=lambda row: row.name)
def test_what_a_mitigation_costs_is_what_was_measured(page, row):
    text = page(f"understand/mitigations/made/{row.name}.md")
    measured = (DOCS / "measured" / "mitigations.md").read_text("utf-8")
    lines = re.findall(rf"^\| {re.escape(row.label)}[ \\*†]*\| (.*) \|$", measured, re.MULTILINE)
    assert len(lines) == 2  # COMPAS and Adult
    for line in lines:
        accuracy, balanced, ratio, _, odds, seconds = line.split(" | ")
        assert f"| {row.label} | {accuracy} | {balanced} | {ratio} | {odds} | {seconds} |" in text
        assert accuracy.split()[0] in page("understand/mitigations/made/table.txt")


def test_measured_tables_without_their_marks_are_missed(makers, monkeypatch, tmp_path):
    (tmp_path / "mitigations.md").write_text("| Mitigation | Accuracy |\n", "utf-8")
    monkeypatch.setattr(makers["mitigation_pages"], "MEASURED", tmp_path)
    with pytest.raises(ValueError, match=r"no marks around the table of compas"):
        makers["mitigation_pages"].make_mitigation_pages(tmp_path)


def test_words_are_written_for_each_mitigation_and_for_no_other():
    words = tomllib.loads((DOCS / "site_pages" / "mitigations.toml").read_text("utf-8"))
    assert list(words) == [row.name for row in (BASELINE, *MITIGATIONS, *NUMBER_MITIGATIONS)]
    assert all(word["wrong"] for word in words.values())


def test_names_in_fairlearn_are_names_of_fairlearn():
    words = tomllib.loads((DOCS / "site_pages" / "mitigations.toml").read_text("utf-8"))
    named = [word["fairlearn"].rpartition(".") for word in words.values() if "fairlearn" in word]
    assert named
    assert all(name in importlib.import_module(module).__all__ for module, _, name in named)


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_data_set_has_a_page_that_says_what_its_card_says(page, name):
    card, text = ba.datasets.load_card(name), page(f"data/made/{name}.md")
    assert text.startswith(f"# {card.title}\n")
    facts = (card.question, card.source, card.licence, card.collected, card.citation, card.url, card.sha256)
    for fact in (*facts, *card.known_faults, *card.words.values(), f"{card.rows:,} rows"):
        assert fact in text
    for column, meaning in card.columns.items():
        assert f"| `{column}` | {meaning} |" in text
    for figure in card.published_figures:  # counted anew, and the same
        assert f"| {figure.statement} | {figure.source} | {figure.value} | {figure.value} |" in text
    assert f"(made/{name}.md)" in page("data/made/shipped.txt")


@pytest.mark.parametrize("name", GENERATORS)
def test_a_generator_has_a_page_with_each_dial_and_its_default(page, name):
    text = page(f"data/made/{name}.md")
    for dial, parameter in inspect.signature(getattr(ba.datasets, name)).parameters.items():
        (said,) = re.findall(rf"^`{dial}`\n: (.*)$", text, re.MULTILINE)
        assert said.endswith(f"; `{parameter.default!r}` by default.")
    assert f"(made/{name}.md)" in page("data/made/generated.txt")


def test_the_range_of_a_dial_is_the_one_that_is_taken(makers, page):
    takes = makers["generated_pages"].takes
    assert takes(ba.datasets.make_hiring, "label_bias") == "a number from 0 (off) to 1 (all the way)"
    assert "*Takes* a number from 0 (off) to 1 (all the way); `0` by default." in page("data/made/make_hiring.md")
    with pytest.raises(ValueError, match="its range is not known"):
        takes(lambda dial=0: dial, "dial")


@pytest.mark.parametrize("name", FETCHED)
def test_a_fetched_data_set_has_a_page_with_its_digests(makers, page, name):
    one = next(one for one in makers["fetched_pages"].FETCHED if one.function == name)
    text = page(f"data/made/{name}.md")
    for fact in (one.card.licence, *one.card.known_faults, *one.files.values(), f"{one.most_bytes:,} bytes"):
        assert fact in text
    assert "```python" not in text  # nothing is fetched by a test


@pytest.mark.parametrize("population", POPULATIONS, ids=lambda population: population.name)
def test_a_population_is_on_the_page_of_populations(page, population):
    text = page("data/made/populations.md")
    for fact in (f"`{population.name}`", population.source, population.caution):
        assert fact in text


@pytest.mark.parametrize("name", READY)
def test_a_ready_policy_has_a_page_of_law(name):
    law = DOCS / "understand" / "law"
    (text,) = [
        text for text in (file.read_text("utf-8") for file in law.glob("*.md")) if f"policy/ready/{name}.toml" in text
    ]
    assert f"$ biasaudit check --policy {name} " in text
    assert "## What biasaudit does not say" in text
    assert f"`{name}`" in (law / "index.md").read_text("utf-8")


def test_law_pages_promise_no_legal_safety():
    pages = {file.name: file.read_text("utf-8") for file in (DOCS / "understand" / "law").glob("*.md")}
    assert "**Nothing here is legal advice" in pages["index.md"]
    assert not [name for name, text in pages.items() if re.search(r"complian(t|ce)|legally safe|certif", text)]


def not_in_gallery(text):
    """List the plots that have no heading of their own, or that no cell makes."""
    code, headings = code_of(text), re.findall(r"^### `(plot_\w+)`: \S", text, re.MULTILINE)
    return [name for name in PLOTS if headings.count(name) != 1 or f"plots.{name}(" not in code]


def test_every_plot_is_in_the_gallery_once():
    assert not not_in_gallery(GALLERY)
    assert set(re.findall(r"plots\.(plot_\w+)\(", code_of(GALLERY))) == set(PLOTS)


@pytest.mark.parametrize("lost", ["### `plot_where`", "plots.plot_where("])
def test_a_plot_that_is_missing_is_missed(lost):
    assert not_in_gallery(GALLERY.replace(lost, "")) == ["plot_where"]


def test_pages_are_listed_where_people_look_for_them():
    listed = (DOCS / "understand" / "index.md").read_text("utf-8")
    for name in ("how-sure", "cannot-tell", "mitigations/index", "law/index"):
        assert f"\n{name}\n" in listed
