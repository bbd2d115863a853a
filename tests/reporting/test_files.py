import os
import stat

import pytest

from biasaudit.errors import AuditError
from biasaudit.reporting import files
from biasaudit.reporting.files import check_writable, write_text


def refused(path):
    with pytest.raises(AuditError) as caught:
        write_text(path, "new")
    return str(caught.value)


def test_writes_utf8_with_plain_line_ends(tmp_path):
    write_text(tmp_path / "a.html", "Zürich ✓\n")
    assert (tmp_path / "a.html").read_bytes() == "Zürich ✓\n".encode()
    assert [file.name for file in tmp_path.iterdir()] == ["a.html"]


def test_half_a_character_is_no_crash(tmp_path):
    write_text(tmp_path / "a.txt", "a\ud800b")
    assert (tmp_path / "a.txt").read_text() == "a?b"


def test_a_new_file_has_the_usual_permissions(tmp_path):
    before = os.umask(0o027)
    try:
        write_text(tmp_path / "a", "x")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == 0o640


def test_an_old_file_keeps_its_permissions(tmp_path):
    (tmp_path / "a").write_text("old")
    (tmp_path / "a").chmod(0o600)
    write_text(tmp_path / "a", "new")
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == 0o600
    assert (tmp_path / "a").read_text() == "new"


@pytest.mark.parametrize("failure", [KeyboardInterrupt, OSError(28, "No space left on device")])
@pytest.mark.parametrize("moment", ["fsync", "write", "replace"])
def test_a_failure_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch, failure, moment):
    (tmp_path / "a").write_text("old")

    def fail(*args):
        raise failure

    if moment == "fsync":
        monkeypatch.setattr(files.os, "fsync", fail)
    elif moment == "write":
        monkeypatch.setattr(files.os, "fdopen", lambda fd, mode: (os.close(fd), fail()))
    else:
        monkeypatch.setattr(files.Path, "replace", fail)
    expected = KeyboardInterrupt if failure is KeyboardInterrupt else AuditError
    with pytest.raises(expected) as caught:
        write_text(tmp_path / "a", "new" * 100_000)
    if expected is AuditError:
        assert str(caught.value) == (
            f'"{tmp_path / "a"}" cannot be written: No space left on device. Choose another place.'
        )
    assert [file.name for file in tmp_path.iterdir()] == ["a"]
    assert (tmp_path / "a").read_text() == "old"


def test_refuses_a_directory(tmp_path):
    assert refused(tmp_path) == f'"{tmp_path}" is a directory. Give the name of a file in it.'


def test_refuses_a_missing_folder(tmp_path):
    folder = tmp_path / "no"
    assert refused(folder / "a") == f'The folder "{folder}" does not exist. Make it first, or choose another.'


def test_refuses_a_symbolic_link(tmp_path):
    (tmp_path / "target").write_text("old")
    (tmp_path / "link").symlink_to(tmp_path / "target")
    assert refused(tmp_path / "link") == f'"{tmp_path / "link"}" is a symbolic link. Give the path it points to.'
    assert (tmp_path / "target").read_text() == "old"


def test_refuses_a_pipe(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    assert refused(tmp_path / "pipe") == f'"{tmp_path / "pipe"}" is no plain file. Give another name.'


def test_refuses_a_web_address():
    assert refused("https://x/a.html") == (
        '"https://x/a.html" is a web address. Give the path of a file on this machine.'
    )


def test_refuses_a_nul_character():
    assert refused("a\0b") == "The path to write to holds a NUL character. Give another name."


def test_refuses_a_place_without_permission(tmp_path, monkeypatch):
    monkeypatch.setattr(files.os, "access", lambda path, mode: False)
    assert refused(tmp_path / "a") == f'"{tmp_path / "a"}" cannot be written: no permission. Choose another place.'


def test_a_name_too_long_for_the_disk_is_one_sentence(tmp_path):
    assert refused(tmp_path / ("x" * 300)).endswith(" cannot be written: File name too long. Choose another place.")


def test_checking_writes_nothing(tmp_path):
    check_writable(tmp_path / "a")
    assert list(tmp_path.iterdir()) == []
