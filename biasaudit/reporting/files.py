"""Write a file whole or not at all."""

import contextlib
import os
import tempfile
from pathlib import Path

from biasaudit.errors import AuditError

__all__ = ["check_writable", "write_text"]


def check_writable(path: str | os.PathLike[str]) -> None:
    """Raise an AuditError if a file could not be written to `path`, before any work is done for it."""
    target = Path(path)
    if target.is_symlink():
        raise AuditError(f'"{target}" is a symbolic link. Give the path it points to.')
    if target.is_dir():
        raise AuditError(f'"{target}" is a directory. Give the name of a file in it.')
    if target.exists() and not target.is_file():
        raise AuditError(f'"{target}" is no plain file. Give another name.')
    if not target.parent.is_dir():
        raise AuditError(f'The folder "{target.parent}" does not exist. Make it first, or choose another.')
    if not os.access(target.parent, os.W_OK) or (target.exists() and not os.access(target, os.W_OK)):
        raise AuditError(f'"{target}" cannot be written: no permission. Choose another place.')


def write_text(path: str | os.PathLike[str], text: str) -> None:
    """Write `text` as UTF-8; readers see the old file or the new one, never a part.

    Parameters
    ----------
    path : str or path-like
    text : str

    Raises
    ------
    AuditError
        If the file cannot be written.
    """
    check_writable(path)
    target = Path(path)
    part = None
    try:
        with tempfile.NamedTemporaryFile(
            "w", encoding="utf-8", newline="\n", dir=target.parent, prefix=f".{target.name}.", delete=False
        ) as stream:
            part = Path(stream.name)
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        mode = target.stat().st_mode & 0o777 if target.exists() else 0o666 & ~_umask()
        part.chmod(mode)
        part.replace(target)
    except OSError as error:
        raise AuditError(f'"{target}" cannot be written: {error.strerror}. Choose another place.') from None
    finally:
        if part is not None:
            with contextlib.suppress(OSError):
                part.unlink()


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
