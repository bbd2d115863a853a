"""What holds of all inputs: each has its test, and the command refuses the same in one line."""

import re
import sys
from pathlib import Path

import pytest
from bad_tables import BAD, COLUMNS, write

from biasaudit import process

OPTIONS = {"y_true": "--y-true", "y_pred": "--y-pred", "score": "--score", "sample_weight": "--weight"}


@pytest.mark.parametrize("case", BAD)
def test_cli_refuses_and_writes_nothing(case, tmp_path, monkeypatch, capsys):
    name, content, asked, message = BAD[case]
    path = write(tmp_path, name, content)
    asked = {**COLUMNS, **asked}
    command = ["biasaudit", "audit", path, "--sensitive", asked["sensitive_features"][0]]
    for role, option in {**OPTIONS, "pos_label": "--pos-label"}.items():
        command += [option, asked[role]] if role in asked else []
    for kind in ("json", "html", "markdown"):
        command += [f"--{kind}", str(tmp_path / f"audit.{kind}")]
    monkeypatch.setattr(sys, "argv", command)
    with pytest.raises(SystemExit) as stop:
        process.main()
    out, err = capsys.readouterr()
    assert (stop.value.code, out, err) == (2, "", f"Error: {message.replace('{path}', path)}\n")
    assert [file.name for file in tmp_path.iterdir()] == [name]


def test_every_row_has_its_test():
    files = Path(__file__).parent.glob("test_*.py")
    rows = {int(row) for file in files for row in re.findall(r"^def test_(\d\d)_", file.read_text("utf-8"), re.M)}
    assert rows == set(range(1, 41))
