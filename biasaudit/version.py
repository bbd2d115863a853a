"""The version of the package, said once: that of the tag, which the build writes into a file beside this one."""

import importlib

__all__ = ["__version__"]

try:
    # By its name, so that what reads imports finds the same ones before a build and after it.
    __version__: str = importlib.import_module("biasaudit._version").__version__
except ModuleNotFoundError:
    # A checkout that nobody installed from: as pyproject.toml says of what has no tag.
    __version__ = "0.0.0.dev0"
