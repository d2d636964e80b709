"""The wheel and the sources that are handed out: built, and installed into an environment of their own."""

import os
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import numpy
import pytest
from documentation.pages import ROOT
from extras import needs

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    needs("dev")
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "hatchling", "build", "--directory", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True, timeout=300)
    return folder


@pytest.fixture(scope="module")
def fresh(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the bin of an environment with the wheel, and with what it needs taken from this one, unseen by pip."""
    environment = tmp_path_factory.mktemp("fresh")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(environment)], check=True)
    python = environment / "bin" / "python"
    (wheel,) = built.glob("*.whl")
    install = [sys.executable, "-m", "pip", "--python", str(python), "install", "--no-deps", "--no-index", str(wheel)]
    subprocess.run(install, check=True, capture_output=True, timeout=300)
    (site,) = environment.glob("lib/python3*/site-packages")
    # Paths in such a file come after the environment's own packages, and no such file in there is read in turn: neither
    # that by which these sources are installed for their developers.
    (site / "needs.pth").write_text(f"{Path(numpy.__file__).parents[1]}\n")
    return environment / "bin"


def _run(fresh: Path, *words: str, cwd: Path) -> str:
    unset = {"PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV"}
    environment = {name: value for name, value in os.environ.items() if name not in unset}
    command = [str(fresh / words[0]), *words[1:]]
    done = subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_what_is_handed_out_is_whole(built: Path) -> None:
    (wheel,), (sources,) = built.glob("*.whl"), built.glob("*.tar.gz")
    names = set(zipfile.ZipFile(wheel).namelist())
    ours = {path.relative_to(ROOT / "src").as_posix() for path in (ROOT / "src").rglob("*.py")}
    assert ours <= names
    assert {f"ccreid/recipes/{path.name}" for path in (ROOT / "recipes").glob("*.yaml")} <= names
    assert {"ccreid/py.typed", "ccreid/models/pretrained/ccreid-small.safetensors"} <= names
    assert not [name for name in names if name.split("/")[0] not in {"ccreid"} and ".dist-info/" not in name]
    with tarfile.open(sources) as archive:
        inside = {name.partition("/")[2] for name in archive.getnames()}
    assert {"pyproject.toml", "CHANGELOG.md", "docs/index.md", "tests/conftest.py", "Makefile"} <= inside


def test_the_front_door_opens(fresh: Path, tmp_path: Path) -> None:
    code = (
        "import ccreid, numpy\n"
        "assert 'site-packages' in ccreid.__file__, ccreid.__file__\n"
        "model = ccreid.ReIDModel.from_pretrained('ccreid-small', 'cpu')\n"
        "print(model.embed(numpy.zeros((256, 128, 3), numpy.uint8)).shape, model.threshold(0.01))"
    )
    assert _run(fresh, "python", "-c", code, cwd=tmp_path).startswith("(1, 1456) ")


def test_the_command_line_is_there(fresh: Path, tmp_path: Path) -> None:
    assert "pixel_sampling_mse" in _run(fresh, "ccreid", "recipes", cwd=tmp_path)
    assert "usage: ccreid COMMAND" in _run(fresh, "ccreid", "--help", cwd=tmp_path)
    assert "usage: ccreid demo" in _run(fresh, "ccreid", "demo", "--help", cwd=tmp_path)
    assert _run(fresh, "ccreid", "--version", cwd=tmp_path).split() == ["ccreid", _version()]


def test_the_changelog_knows_the_version() -> None:
    assert f"## [{_version()}] - " in (ROOT / "CHANGELOG.md").read_text()


def _version() -> str:
    import tomllib

    return str(tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"])
