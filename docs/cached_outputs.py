"""Where the outputs of executed pages are kept: in a folder of their own for each state of the package."""

import hashlib
import shutil
from pathlib import Path

ROOT = Path(__file__).parents[1]
# What decides on the output of a page, beside the page: the package, its data, and the versions of what it stands on.
DECIDING = ("biasaudit", "datasets", "requirements/dev.txt", "requirements/torch.txt")
# What Python compiled, and the version, which every commit changes.
UNDECIDED = ("__pycache__", "_version.py")
CACHE = ROOT / "docs" / "_cache"


def digest_of_package(root: Path = ROOT) -> str:
    """Name the state of the package by the names and the contents of its files; when they were written says nothing."""
    digest = hashlib.sha256()
    for file in _files(root):
        content = hashlib.sha256(file.read_bytes()).hexdigest()
        digest.update(f"{file.relative_to(root).as_posix()} {content}\n".encode())
    return digest.hexdigest()[:16]


def cache_folder(root: Path = ROOT, cache: Path = CACHE) -> Path:
    """Make the folder that the outputs of this state are kept in, and remove those of older ones."""
    wanted = cache / digest_of_package(root)
    wanted.mkdir(parents=True, exist_ok=True)
    for other in cache.iterdir():
        if other.is_dir() and other != wanted:
            shutil.rmtree(other)
    return wanted


def quiet_kernels(folder: Path) -> str:
    """Return a home for kernels, apart from the builder's, in which they do not warn of their own transport."""
    profile = folder / "ipython" / "profile_default"
    profile.mkdir(parents=True, exist_ok=True)
    (profile / "ipython_kernel_config.py").write_text("get_config().IPKernelApp.log_level = 40\n", "utf-8")
    return str(folder / "ipython")


def _files(root: Path) -> list[Path]:
    """List what decides, in an order that no file system changes."""
    given = [root / name for name in DECIDING]
    found = [file for path in given for file in ([path] if path.is_file() else path.rglob("*"))]
    return sorted(file for file in found if file.is_file() and not set(UNDECIDED) & set(file.parts))
