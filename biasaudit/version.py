"""The version of the package, said once: that of the tag, which the build writes into a file beside this one."""

try:
    from biasaudit._version import __version__
except ModuleNotFoundError:
    # A checkout that nobody installed from: as pyproject.toml says of what has no tag.
    __version__ = "0.0.0.dev0"

__all__ = ["__version__"]
