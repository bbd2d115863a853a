"""Write a file whole or not at all."""

import contextlib
import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from biasaudit.errors import AuditError

__all__ = ["check_writable", "write_text", "write_texts"]


def check_writable(path: str | os.PathLike[str]) -> None:
    """Raise an AuditError if a file could not be written to `path`, before any work is done for it."""
    shown = os.fspath(path)
    if "://" in shown:
        raise AuditError(f'"{shown}" is a web address. Give the path of a file on this machine.')
    if "\0" in shown:
        raise AuditError("The path to write to holds a NUL character. Give another name.")
    try:
        _check_target(shown, Path(path))
    except OSError as error:
        raise _cannot_write(shown, error) from None


def _check_target(shown: str, target: Path) -> None:
    if target.is_symlink():
        raise AuditError(f'"{shown}" is a symbolic link. Give the path it points to.')
    if target.is_dir():
        raise AuditError(f'"{shown}" is a directory. Give the name of a file in it.')
    if target.exists() and not target.is_file():
        raise AuditError(f'"{shown}" is no plain file. Give another name.')
    if not target.parent.is_dir():
        raise AuditError(f'The folder "{target.parent}" does not exist. Make it first, or choose another.')
    if not os.access(target.parent, os.W_OK) or (target.exists() and not os.access(target, os.W_OK)):
        raise AuditError(f'"{shown}" cannot be written: no permission. Choose another place.')


def _cannot_write(shown: str, error: OSError) -> AuditError:
    return AuditError(f'"{shown}" cannot be written: {error.strerror}. Choose another place.')


def write_text(path: str | os.PathLike[str], text: str) -> None:
    """Write `text` as UTF-8; readers see the old file or the new one, never a part.

    Parameters
    ----------
    path : str or path-like
        A new file gets the usual permissions, an old one keeps its own.
    text : str

    Raises
    ------
    AuditError
        If the file cannot be written.
    """
    write_texts({path: text})


def write_texts(texts: Mapping[Any, str]) -> None:
    """Write several files: all of them are on the disk before the first one gets its name.

    Parameters
    ----------
    texts : mapping of path to str
        As for :func:`write_text`.

    Raises
    ------
    AuditError
        If one of them cannot be written; then none is.
    """
    for path in texts:
        check_writable(path)
    parts: dict[Path, Path] = {}
    shown: str | os.PathLike[str] = ""
    try:
        for path, text in texts.items():
            shown, target = path, Path(path)
            part = parts[target] = target.with_name(f".{target.name[:100]}.{secrets.token_hex(6)}.part")
            _write(part, text.encode("utf-8", "replace"))
            if target.exists():
                part.chmod(target.stat().st_mode & 0o777)
        for target, part in parts.items():
            shown = target
            part.replace(target)
    except OSError as error:
        raise _cannot_write(os.fspath(shown), error) from None
    finally:
        # Also on Ctrl-C: after the rename there is nothing left to remove.
        for part in parts.values():
            with contextlib.suppress(OSError):
                part.unlink()


def _write(part: Path, content: bytes) -> None:
    """Write and flush to the disk, so that a crash leaves no empty file under the final name."""
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666), "wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
