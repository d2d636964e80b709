import platform
import shutil
import subprocess
from datetime import datetime
from pathlib import Path
from unittest import mock

import numpy as np
import pytest
import torch

import ccreid
from ccreid.evaluation import data_fingerprint, provenance


def _data(root: Path) -> Path:
    for name in ("rgb/train/001/A_1.jpg", "rgb/test/A/002/x.jpg"):
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"1234")
    return root


def test_it_is_that_of_the_listing_wherever_the_folder_is(tmp_path: Path) -> None:
    one, other = data_fingerprint(_data(tmp_path / "one")), data_fingerprint(_data(tmp_path / "other"))
    assert one == other
    assert len(one) == 64
    assert int(one, 16) > 0


def test_names_sizes_and_the_manifest_enter(tmp_path: Path) -> None:
    root = _data(tmp_path)
    seen = [data_fingerprint(root)]
    (root / "rgb/train/001/A_1.jpg").write_bytes(b"12345")
    seen.append(data_fingerprint(root))
    (root / "rgb/train/001/A_1.jpg").rename(root / "rgb/train/001/A_2.jpg")
    seen.append(data_fingerprint(root))
    (root / "wardrobe.json").write_text('{"seed": 1}')
    seen.append(data_fingerprint(root))
    (root / "wardrobe.json").write_text('{"seed": 2}')
    seen.append(data_fingerprint(root))
    assert len(set(seen)) == 5


def test_hidden_files_and_the_content_of_images_do_not_enter(tmp_path: Path) -> None:
    root = _data(tmp_path)
    before = data_fingerprint(root)
    (root / "rgb/train/001/A_1.jpg").write_bytes(b"4321")
    (root / ".cache").mkdir()
    (root / ".cache/x").write_bytes(b"1")
    (root / "rgb/.DS_Store").write_bytes(b"1")
    assert data_fingerprint(root) == before


def test_a_missing_or_empty_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="nowhere is not a folder"):
        data_fingerprint(tmp_path / "nowhere")
    with pytest.raises(FileNotFoundError, match="holds no files"):
        data_fingerprint(tmp_path)


needs_git = pytest.mark.skipif(shutil.which("git") is None, reason="needs git")


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "image.jpg").write_bytes(b"1")
    return folder


def test_versions_data_command_date_and_machine_are_kept(data: Path) -> None:
    kept = provenance(data, ["ccreid", "train", "my recipe.yaml"])
    assert kept["versions"]["python"] == platform.python_version()
    assert kept["versions"]["torch"] == torch.__version__
    assert kept["versions"]["numpy"] == np.__version__
    assert kept["versions"]["ccreid"] == ccreid.__version__
    assert kept["data"] == data_fingerprint(data)
    assert kept["command"] == "ccreid train 'my recipe.yaml'"
    assert datetime.fromisoformat(kept["date"]).utcoffset() is not None
    assert platform.system() in kept["machine"]


@needs_git
def test_the_commit_is_that_of_the_checkout_the_package_runs_from(data: Path, tmp_path: Path) -> None:
    checkout = tmp_path / "checkout"
    source = checkout / "src" / "__init__.py"
    source.parent.mkdir(parents=True)
    source.write_text("one = 1\n")

    def git(*arguments: str) -> str:
        identity = ["-c", "user.name=x", "-c", "user.email=x@example.org", "-c", "commit.gpgsign=false"]
        done = subprocess.run(["git", "-C", str(checkout), *identity, *arguments], capture_output=True, check=True)
        return done.stdout.decode().strip()

    git("init", "-q")
    git("add", ".")
    git("commit", "-q", "-m", "one")
    with mock.patch("ccreid.provenance.__file__", str(source)):
        clean = provenance(data, [])
        assert (clean["commit"], clean["dirty"]) == (git("rev-parse", "HEAD"), False)
        source.write_text("one = 2\n")
        assert provenance(data, [])["dirty"] is True
        # A package that lies in the checkout without being part of it, as in a virtual environment.
        installed = checkout / "site-packages" / "__init__.py"
        installed.parent.mkdir()
        installed.write_text("")
        with mock.patch("ccreid.provenance.__file__", str(installed)):
            assert provenance(data, [])["commit"] is None


def test_without_git_there_is_no_commit(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    kept = provenance(data, [])
    assert kept["commit"] is None
    assert kept["dirty"] is None
