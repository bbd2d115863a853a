"""Pages of metrics: a fact and a picture for every row, figures that are counted, names that lead somewhere."""

import functools
import re
import warnings
import xml.etree.ElementTree as ET
from dataclasses import replace

import fairlearn.metrics as fm
import numpy as np
import pytest
from site_pages.metrics.asking import asking_for
from site_pages.metrics.criteria import CRITERIA, RARE, criterion_page
from site_pages.metrics.facts import Fact, fact_of, facts, names, rows
from site_pages.metrics.metric_pages import metric_page, pages
from site_pages.metrics.metric_pictures import pictures_of
from site_pages.metrics.names_pages import TOOLS, links_of, table_of_tool
from site_pages.metrics.pictures import COUNTED, ELIGIBLE, OUTSIDE, Picture, Row
from site_pages.metrics.twenty import cell_of, twenty

import biasaudit as ba
from biasaudit.errors import AuditError
from biasaudit.metrics.rates import Cell, Rate
from biasaudit.metrics.registry import all_metrics, is_declared, row_of

ROWS = tuple(rows())
LINKS = links_of(pages(), "../../")
CLARIFY = {
    "clarify-pre": ["CI", "DPL", "KL", "JS", "LP", "TVD", "KS", "CDDL"],
    "clarify-post": ["DPPL", "DI", "DCAcc", "DCR", "SD", "RD", "DAR", "DRR", "AD", "TE", "CDDPL", "FT", "GE"],
}
SVG = re.compile(r"<svg.*?</svg>", re.S)


def by_id(row):
    return row.name


@functools.cache
def counted(row):
    return pictures_of(row, fact_of(row))


def drawn(row):
    return [ET.fromstring(SVG.search(picture)[0]) for picture, _ in counted(row)]


@functools.cache
def indices():
    return ba.audit_predictions(
        twenty().frame, y_true="right", y_pred="invited", sensitive_features="group"
    ).inequality()


@pytest.mark.parametrize("row", ROWS, ids=by_id)
def test_a_metric_has_a_page_with_its_picture(row):
    page = metric_page(row, fact_of(row), LINKS)
    assert page.startswith(f"# {row.label}\n")
    assert "<svg" in page
    assert "<math" in page
    assert not re.search(r"\bnan\b|undefined\*\*|None\b(?! of)", page.replace("NaN", ""))
    assert all(f"`{other}`" in page for other in row.aliases)
    if row.source:
        assert row.source in page


@pytest.mark.parametrize("row", ROWS, ids=by_id)
def test_a_picture_is_told_to_those_who_do_not_see_it(row):
    for root in drawn(row):
        marks = {child.tag for child in root}
        assert {"title", "desc"} <= marks
        assert root.get("role") == "img"
        assert root.get("aria-labelledby").split() == [
            child.get("id") for child in root if child.tag in ("title", "desc")
        ]
        assert len(root.find("desc").text) > 20
        assert max(len(words.text) for words in root.iter("text")) <= 58, "wider than the picture"


def test_facts_are_of_metrics_that_there_are():
    assert set(facts()) == {row.name for row in all_metrics()}
    for name, fact in facts().items():
        assert set(fact.neighbours) <= set(pages()), name
        assert name not in fact.neighbours


def test_a_metric_without_a_fact_is_told_where_to_write_it():
    row = Rate("odd", "Odd", "of all, so many", Cell.TP, Cell.TP, "none")
    with pytest.raises(AuditError) as error:
        fact_of(row)
    assert str(error.value) == (
        'The metric "odd" has no entry for its page. Write [odd] with answers, misleads and neighbours into '
        "docs/site_pages/metrics/metrics.toml; the head of that file says what each key means."
    )
    with pytest.raises(AuditError, match=r'"mean_score" is no share of cells.*needs a formula'):
        fact_of(row_of("mean_score"), {"mean_score": Fact("", "", ())})
    with pytest.raises(AuditError, match=r'"mean_score" has no picture "people".*metrics.toml'):
        pictures_of(row_of("mean_score"), Fact("", "", ()))
    with pytest.raises(AuditError, match=r'"auc" has no way of asking "score".*Did you mean "scores"'):
        asking_for(row_of("auc"), replace(fact_of(row_of("auc")), ask="score"))


def test_a_rate_that_is_added_needs_three_lines_alone(monkeypatch):
    row = Rate("odd", "Odd", "of those who were right, so many", Cell.TP, Cell.TP | Cell.FN, "none", source="Us 2026")
    monkeypatch.setattr("biasaudit.metrics.rates.RATES", (*ba.metrics.rates.RATES, row))
    # Those who were counted before the row was there are counted anew.
    monkeypatch.setattr("site_pages.metrics.metric_pictures.twenty", twenty.__wrapped__)
    page = metric_page(row, Fact("How odd?", "Always.", ("accuracy",)), LINKS)
    assert (
        "Of the 5 applicants of group A, 4 are counted: **80\u00a0%**. Of the 4 of group B, 1: **25\u00a0%**." in page
    )
    assert "Us 2026" in page


@pytest.mark.parametrize("row", [row for row in ROWS if isinstance(row, Rate) and row.name != "error_rate"], ids=by_id)
def test_a_picture_shows_what_the_registry_counts(row):
    """Counted and eligible figures of the picture, the sentence under it, and the row's own arithmetic agree."""
    ((_, sentence),) = counted(row)
    told = drawn(row)[0].find("desc").text
    for group, frame in twenty().groups.items():
        cells = [cell_of(right, invited) for right, invited in zip(frame["right"], frame["invited"], strict=True)]
        confusion = np.array([cells.count(cell) for cell in Cell])
        k, n = int(row.numerator(confusion)), int(row.denominator(confusion))
        assert re.search(rf"Group {group}: {k} [^.]*?, {n - k} eligible", told)
        assert f"{k}" in sentence
        assert f"{n}" in sentence
        assert twenty().figures.rate(row.name, group) == pytest.approx((k, n, float(row.estimate(confusion))))


@pytest.mark.parametrize("name", ["auc", "brier", "calibration_in_the_large"])
def test_scores_are_told_as_the_registry_measures_them(name):
    people = twenty() if name != "calibration_in_the_large" else twenty().overstated("B", 0.15)
    for group, frame in people.groups.items():
        right, score = frame["right"].to_numpy(bool), frame["score"].to_numpy()
        above = (score[right][:, None] > score[~right]).mean()
        expected = {
            "auc": above,
            "brier": ((score - right) ** 2).mean(),
            "calibration_in_the_large": (score - right).mean(),
        }
        assert people.figures.rate(name, group)[2] == pytest.approx(expected[name])
    ((_, sentence),) = counted(row_of(name))
    assert f"{people.figures.rate(name, 'A')[2]:.3f}".rstrip("0").replace("-", "−") in sentence


@pytest.mark.parametrize("name", ["top_quartile_share", "outcome"])
def test_other_people_are_drawn_as_they_are_counted(name):
    ((picture, sentence),) = counted(row_of(name))
    filled = re.findall(r"Group \w: (\d+)", re.search("<desc.*?</desc>", picture)[0])
    assert re.findall(r"(\d+)(?: times| were off sick)?: \*\*", sentence) == filled


def test_trials_are_drawn_as_they_are_counted():
    picture, sentence = counted(row_of("error_rate"))[0]
    crossed = [str(part.count("M-3 -3l6 6M3 -3l-6 6")) for part in picture.split(">Group ")[-2:]]
    assert re.findall(r"(\d+)(?: were misheard)?: \*\*", sentence) == crossed


def test_words_are_drawn_as_they_are_counted():
    pytest.importorskip("jiwer")
    row = row_of("word_error_rate")
    ((picture, sentence),) = counted(row)
    wrong = [len(re.findall("heard as", part)) for part in re.search("<desc.*?</desc>", picture)[0].split("Group ")[1:]]
    assert wrong == [1, 5]
    assert "there is 1 error: **10\u00a0%**" in sentence
    assert "there are 5 errors: **50\u00a0%**" in sentence


def test_who_is_counted_differs_in_shape_too():
    states = (COUNTED, ELIGIBLE, OUTSIDE)
    shapes = [Picture("p", "t", {"Group A": [state]}, {}, {}).svg() for state in states]
    assert [shape.count("<rect") for shape in shapes] == [1, 0, 0]
    assert ["fill:none" in shape.split("<circle")[0].rpartition("<g")[2] for shape in shapes] == [False, True, True]
    assert ["stroke-dasharray" in shape for shape in shapes] == [False, False, True]


def test_pictures_escape_hostile_text():
    hostile = '</desc><script>alert("x")</script>&'
    picture = Picture(
        f'p" onload="{hostile}',
        hostile,
        {hostile: [COUNTED]},
        {hostile: (Row(hostile, [hostile]),)},
        {COUNTED: hostile},
    )
    svg = picture.svg()
    assert "<script" not in svg
    root = ET.fromstring(SVG.search(svg)[0])
    assert root.get("onload") is None
    assert hostile in {"".join(child.itertext()) for child in root.iter("text")}


def test_examples_show_what_they_say():
    for name in ("selection_rate", "true_positive_rate", "accuracy", "treatment_equality", "balanced_accuracy"):
        example = facts()[name].example
        assert twenty(example["A"], example["B"]).figures.gap(name, "difference") == 0
    rare = twenty(*RARE).figures
    assert [rare.gap(name, "difference") for name in ("true_positive_rate", "false_positive_rate")] == [0, 0]
    assert rare.gap("positive_predictive_value", "difference", "pair") < 0
    example = facts()["equalized_odds"].example
    odds = twenty(example["A"], example["B"]).figures
    apart = [odds.gap(name, "difference", "pair") for name in ("true_positive_rate", "false_positive_rate")]
    assert sum(apart) == pytest.approx(0)
    assert odds.gap("equalized_odds", "difference") == pytest.approx(abs(apart[0]))


@pytest.mark.parametrize("slug", CRITERIA)
def test_a_criterion_has_a_page_with_its_picture(slug):
    page = criterion_page(slug)
    assert page.startswith(f"# {CRITERIA[slug]}\n")
    assert "<svg" in page
    assert "{{" not in page


def known(tool):
    return [one.name for one in names() if one.tool == tool]


def test_every_name_of_other_tools_is_told():
    assert known("fairlearn") == fm.__all__
    assert {tool: known(tool) for tool in CLARIFY} == CLARIFY
    assert {one.tool for one in names()} == set(TOOLS)


@pytest.mark.parametrize("one", names(), ids=lambda one: f"{one.tool}-{one.name}")
def test_a_name_leads_somewhere_that_exists(one):
    assert one.page or one.call
    assert not one.page or one.page in pages()
    found = ba
    for part in one.call.split(".")[1:]:
        found = getattr(found, part)
    assert one.here or one.says
    assert not (one.here and one.not_here)
    assert not one.not_here or "nearest" in one.says


def test_a_name_that_leads_nowhere_is_told():
    links = {slug: link for slug, link in LINKS.items() if slug != "auc"}
    with pytest.raises(
        AuditError, match=r'"plot_roc_curve_by_group" of fairlearn leads to "auc".*no such page.*names.toml'
    ):
        table_of_tool("fairlearn", links)


def same_here(one):
    """Compute the figure that a name is said to be, of the twenty people."""
    figures, sign = twenty().figures, -1 if one.here.startswith("-") else 1
    metric, comparison, kind = one.here.lstrip("-").split(" ")
    if metric == "inequality":
        return float(indices().query(f"index == '{comparison}' and part == '{kind}'")["estimate"].iloc[0])
    if metric == "clarify":
        audit = ba.audit_predictions(twenty().frame, sensitive_features="group", y_true="right", y_pred="invited")
        rows = ba.clarify_metrics(audit, reference={"group": "A"}).set_index("name")
        return sign * float(rows.loc[comparison, "value"])
    assert is_declared(metric)
    if comparison != "rate":
        return sign * figures.gap(metric, comparison, kind)
    of_groups = [figures.rate(metric, group)[2] for group in "AB"]
    chosen = {"lowest": min(of_groups), "highest": max(of_groups), "B": of_groups[1]}
    return chosen[kind] if kind in chosen else figures.rate(metric, "")[2]


PRINTED = [one for one in names() if one.here and one.tool != "fairlearn"]


@pytest.mark.parametrize("one", PRINTED, ids=lambda one: f"{one.tool}-{one.name}")
def test_what_is_said_to_be_the_same_is_what_the_tool_printed(one):
    assert same_here(one) == pytest.approx(one.printed, abs=1e-6)


@pytest.mark.parametrize(
    "one", [one for one in names() if one.here and one.tool == "fairlearn"], ids=lambda one: one.name
)
def test_what_is_said_to_be_the_same_is_what_fairlearn_computes(one):
    frame, function = twenty().frame, getattr(fm, one.name)
    scored = one.name in ("roc_auc_score_group_min", "mean_squared_error_group_max")
    groups = {} if one.here.endswith("everyone") else {"sensitive_features": frame["group"]}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = function(frame["right"], frame["score"] if scored else frame["invited"], **groups)
    assert same_here(one) == pytest.approx(float(found))
