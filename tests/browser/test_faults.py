"""What goes wrong around the dashboard: hostile files, a lot of data, people who leave while it works."""

import subprocess
from urllib.parse import urlsplit

import numpy as np
import pandas as pd

from spreadsheets import sheet
from started import until

OWN = "?data=a+table+of+my+own"


def upload(visitor, name, content=None, path=None):
    file = str(path) if path else {"name": name, "mimeType": "text/csv", "buffer": content}
    visitor.page.set_input_files("input[type=file]", files=[file] if path is None else file)
    visitor.page.wait_for_timeout(600)
    visitor.settle()


def test_a_zip_bomb_gets_a_sentence(visit):
    visitor = visit()
    visitor.open("/audit" + OWN)
    upload(visitor, "people.xlsx", sheet([["a"], [1]], extra=b"\0" * 60_000_000))
    assert "as a zip bomb does" in visitor.text
    visitor.open("/")
    assert "Who is harmed" in visitor.text


def test_of_a_spreadsheet_the_values_are_read_and_formulas_stay_text(visit):
    visitor = visit()
    visitor.open("/audit" + OWN)
    rows = [["sex", "hired"]] + [[("F", '-cmd|" /C calc"!A1', "M")[i % 3], i % 2] for i in range(600)]
    rows[-1][1] = "=1-1"
    rows[-1:] = [["M", 1]]
    upload(visitor, "people.xlsx", sheet(rows))
    assert '-cmd|" /C calc"!A1' in visitor.text.replace("\u2060", "")
    assert "Gap" in visitor.text or "gap" in visitor.text


def test_five_million_rows(visit, tmp_path):
    rng = np.random.default_rng(0)
    n = 5_000_000
    score = np.round(rng.random(n), 2)
    label = rng.random(n) < score
    group = np.array(["Ash", "Birch", "Cedar"])[rng.integers(0, 3, n)]
    path = tmp_path / "people.parquet"
    pd.DataFrame({"group": group, "label": label.astype("int8"), "score": score}).to_parquet(path)
    visitor = visit()
    visitor.page.set_default_timeout(120_000)
    visitor.open("/thresholds" + OWN)
    upload(visitor, "people.parquet", path=path)
    visitor.page.get_by_text("ecided positively from a score").first.wait_for()
    assert "5,000,000 rows" in visitor.page.locator("[data-testid=stSidebar]").inner_text()


def workers(url):
    """Commands of the processes that train models for the dashboard on this port."""
    listed = subprocess.run(
        ["ps", "-wweo", "pid=,ppid=,stat=,args="], capture_output=True, text=True, check=True
    ).stdout
    rows = [line.split(None, 3) for line in listed.splitlines()]
    # A child that has just been started still bears the name of its parent.
    ours = {pid: parent for pid, parent, _, command in rows if f"dashboard --port {urlsplit(url).port}" in command}
    (server,) = {pid for pid, parent in ours.items() if parent not in ours}
    return [command for _, parent, state, command in rows if parent == server and state[0] != "Z" and "loky" in command]


def test_who_leaves_while_models_train_takes_them_along(visit):
    gone, stays = visit(), visit()
    page = gone.open("/mitigate?data=adult&folds=10")
    page.get_by_role("button", name="Try them").click()
    assert until(lambda: workers(gone.url))
    gone.page.close()
    assert until(lambda: not [w for w in workers(stays.url) if "popen_loky" in w])
    stays.open("/audit")
    assert "Traceback" not in stays.text
