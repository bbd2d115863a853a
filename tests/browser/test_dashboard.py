"""Every page in a real browser: dials move numbers, links reopen views, uploads and downloads work, nothing leaks."""

import json
import re

import pytest

import biasaudit as ba

PAGES = ["/", "/scenario", "/certainty", "/audit", "/dataset", "/thresholds", "/mitigate", "/ship"]
# Streamlit's own: its navigation is a list of links with roles of their own, its file input is hidden behind a button,
# and tables that scroll cannot take the focus.
NOT_OURS = {
    "list",
    "listitem",
    "scrollable-region-focusable",
    "nested-interactive",
    "aria-allowed-attr",
}
OWN = "/audit?data=a+table+of+my+own"
ROWS = [(i % 3 > 0, i * 37 % 100) for i in range(600)]
PEOPLE = "gender,score,hired,town\n" + "".join(
    f"{'F' if woman else 'M'},{score / 100},{int(score > (60 if woman else 40))},t{score % 4}\n"
    for woman, score in ROWS
)


def upload(visitor, name, content):
    visitor.page.set_input_files("input[type=file]", files=[{"name": name, "mimeType": "text/csv", "buffer": content}])
    visitor.page.wait_for_timeout(600)
    visitor.settle()


@pytest.mark.parametrize("path", PAGES)
def test_every_page_opens_and_can_be_used_by_everybody(visit, path):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    visitor = visit()
    page = visitor.open(path)
    assert page.locator("[data-testid=stException]").count() == 0
    assert not re.search(r"\bnan\b|NaN|Traceback", visitor.text)
    found = axe.run(page).response["violations"]
    serious = {v["id"]: [n["html"][:150] for n in v["nodes"]] for v in found if v["impact"] in ("serious", "critical")}
    assert {name: nodes for name, nodes in serious.items() if name not in NOT_OURS} == {}
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= 1400


def test_a_phone_needs_no_sideways_scrolling(visit):
    visitor = visit()
    visitor.page.set_viewport_size({"width": 400, "height": 900})
    for path in PAGES:
        visitor.open(path)
        assert visitor.page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth") <= 400, path


def test_a_dial_moves_the_numbers_and_the_link_reopens_them(visit):
    visitor = visit()
    page = visitor.open("/scenario")
    before = visitor.text
    page.locator(".st-key-label_bias").get_by_role("slider").focus()
    for _ in range(25):
        page.keyboard.press("ArrowRight")
    visitor.page.wait_for_timeout(800)
    visitor.settle()
    assert "label_bias=0.25" in page.url
    after = visitor.text
    assert re.search(r"Base rate by sex: gap shown, [\d.]+ points", after)
    assert before != after
    other = visit()
    other.open(page.url.removeprefix(other.url))
    told = re.search(r"Base rate by sex: .*", after)[0]
    assert told in other.text


def test_a_case_turns_the_dials(visit):
    visitor = visit()
    page = visitor.open("/scenario")
    page.get_by_text("A sorter trained on ten years of CVs").click()
    visitor.page.wait_for_timeout(800)
    visitor.settle()
    for name, value in ba.scenarios.get("hiring").presets[0].dials.items():
        assert f"{name}={value}" in page.url


def test_lines_are_set_by_a_button(visit):
    visitor = visit()
    page = visitor.open("/thresholds")
    page.get_by_role("button", name="Equal chances").click()
    visitor.page.wait_for_timeout(500)
    visitor.settle()
    assert "line0=7" in page.url
    assert "Decided positively from a score of: African-American 7, Caucasian 5" in visitor.text


def test_downloads_hold_the_numbers_of_the_page(visit, tmp_path):
    visitor = visit()
    page = visitor.open("/audit")
    texts = {}
    for words in ("HTML", "JSON", "Markdown", "Python"):
        with page.expect_download() as caught:
            page.get_by_role("button", name=words, exact=True).click()
        path = tmp_path / caught.value.suggested_filename
        caught.value.save_as(path)
        texts[words] = path.read_text("utf-8")
    document = json.loads(texts["JSON"])
    assert document["headline"] in visitor.text
    shown = re.search(r"a gap of ([\d.]+) points", visitor.text)[1]
    assert shown in texts["HTML"]
    assert shown in texts["Markdown"]
    made = {}
    exec(texts["Python"].split("audit.to_html")[0], made)
    assert made["audit"].report().headline == document["headline"]


def test_an_upload_is_audited_and_its_columns_can_be_corrected(visit):
    visitor = visit()
    page = visitor.open(OWN)
    upload(visitor, "people.csv", PEOPLE.encode())
    assert "hired" in visitor.text or "selection rate" in visitor.text.lower()
    frame = ba.datasets.read_table(PEOPLE.encode(), name="people.csv")
    audit = ba.audit_predictions(frame, y_pred="hired", score="score", sensitive_features="gender")
    assert audit.report().headline in visitor.text
    # It outlives a change of page.
    page.get_by_role("link", name="Dataset").click()
    page.get_by_role("heading", name="Who is missing").wait_for()
    visitor.settle()
    assert "600 rows" in page.locator("[data-testid=stSidebar]").inner_text()


NO_TABLES = (
    ("people.csv", b"a,a\n1,2\n", "Two columns have the same name"),
    ("people.csv", b"a,b\n1\n", "Line 2 of the file has 1 cells where the header has 2"),
    ("people.xlsx", b"PK\x03\x04nothing", "is not a spreadsheet that can be read"),
    ("people.parquet", b"PAR1nothing", "people.parquet"),
)


def test_what_is_no_table_gets_a_sentence(visit):
    visitor = visit()
    visitor.open(OWN)
    for name, content, sentence in NO_TABLES:
        upload(visitor, name, content)
        visitor.page.locator("[data-testid=stAlert]").filter(has_text=sentence).first.wait_for()
        assert "Traceback" not in visitor.text
    visitor.open("/")
    assert "Who is harmed" in visitor.text


def test_wrong_columns_get_a_sentence_and_keep_the_file(visit):
    visitor = visit()
    page = visitor.open(OWN)
    rows = "gender,age,mark\n" + "".join(f"{'F' if i % 2 else 'M'},{20 + i % 40},{i % 7}\n" for i in range(100))
    upload(visitor, "people.csv", rows.encode())
    assert "Say in the sidebar" in visitor.text
    assert "people.csv" in page.locator("[data-testid=stSidebar]").inner_text()


def test_no_session_sees_the_upload_of_another(visit):
    one, other = visit(), visit()
    for visitor, group in ((one, "purple"), (other, "green")):
        visitor.open(OWN)
        upload(visitor, "people.csv", PEOPLE.replace("F,", f"{group},").encode())
    assert "purple" in one.text
    assert "purple" not in other.text
    stranger = visit(apart=True)
    stranger.open(OWN)
    assert "Choose a file in the sidebar" in stranger.text


@pytest.mark.parametrize("path", [OWN, OWN.replace("/audit", "/ship")])
def test_names_from_an_upload_are_text(visit, path):
    visitor = visit()
    visitor.open(path)
    upload(visitor, "people.csv", PEOPLE.replace("F,", "<script>alert(1)</script>,").encode())
    assert "<script>alert(1)</script>" in visitor.text.replace("\u2060", "")


def test_mending_can_be_cancelled_and_tried(visit):
    visitor = visit()
    page = visitor.open("/mitigate?data=adult&folds=10")
    page.get_by_role("button", name="Try them").click()
    page.get_by_role("button", name="Cancel").click()
    page.get_by_role("button", name="Try them").wait_for()
    visitor.open("/mitigate?folds=2")
    page.get_by_role("button", name="Try them").click()
    page.get_by_text("Who gains, and who loses?").wait_for()
    visitor.settle()
    assert "Reweighing: equalized odds gap" in visitor.text
