"""What holds of all inputs: each has its test, and the command refuses the same in one line."""

import re
from pathlib import Path

import pytest
from bad_tables import BAD, COLUMNS, write

OPTIONS = {"y_true": "--y-true", "y_pred": "--y-pred", "score": "--score", "sample_weight": "--weight"}


@pytest.mark.parametrize("case", BAD)
def test_cli_refuses_and_writes_nothing(case, run, tmp_path):
    name, content, asked, message = BAD[case]
    path = write(tmp_path, name, content)
    asked = {**COLUMNS, **asked}
    command = ["audit", path, "--sensitive", asked["sensitive_features"][0]]
    for role, option in {**OPTIONS, "pos_label": "--pos-label"}.items():
        command += [option, asked[role]] if role in asked else []
    for kind in ("json", "html", "markdown"):
        command += [f"--{kind}", str(tmp_path / f"audit.{kind}")]
    assert run(*command) == (2, "", f"Error: {message.replace('{path}', path)}\n")
    assert [file.name for file in tmp_path.iterdir()] == [name]


def test_every_row_has_its_test():
    files = Path(__file__).parent.glob("test_*.py")
    rows = {int(row) for file in files for row in re.findall(r"^def test_(\d\d)_", file.read_text("utf-8"), re.M)}
    assert rows == set(range(1, 41))
