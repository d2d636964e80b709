import importlib
import subprocess
import sys

import pytest

import ccreid

HEAVY = {
    "torch",
    "numpy",
    "PIL",
    "pytorch_lightning",
    "anny",
    "transformers",
    "timm",
    "ray",
    "h5py",
    "dlib",
    "matplotlib",
}


def test_every_public_name_is_there() -> None:
    for name in ccreid.__all__:
        assert getattr(ccreid, name).__doc__, name
    assert set(ccreid.__all__) < set(dir(ccreid))


def test_a_name_that_is_not_there_has_the_nearest_one_named() -> None:
    with pytest.raises(AttributeError, match="did you mean 'ReIDModel'"):
        importlib.import_module("ccreid").ReidModel  # noqa: B018  # the look-up is what is tested


def test_importing_the_package_imports_nothing_heavy() -> None:
    code = "import sys, ccreid; print(*sorted({name.split('.')[0] for name in sys.modules}))"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert not HEAVY & set(done.stdout.split())


def test_the_version_is_the_installed_one() -> None:
    assert ccreid.__version__.count(".") >= 1
