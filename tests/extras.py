"""What the extras of pyproject.toml bring, and the skipping of tests that need one that is absent."""

import re
import tomllib
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import pytest

_PROJECT = tomllib.loads(Path(__file__).parents[1].joinpath("pyproject.toml").read_text())["project"]


def needs(extra: str) -> None:
    """Skip the caller where the extra is not installed: a test, all that share a fixture, or a whole file.

    A file calls it above its imports, since what it tests imports the extra's packages at once.
    """
    __tracebackhide__ = True  # the reason stands beside the caller
    for requirement in _PROJECT["optional-dependencies"][extra]:
        package = re.split(r"[^\w.-]", requirement, maxsplit=1)[0]
        try:
            version(package)
        except PackageNotFoundError:
            pytest.skip(f"{package} is absent: pip install 'ccreid[{extra}]'", allow_module_level=True)
