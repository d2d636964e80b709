"""Where a result comes from: code, versions, data, command, date and machine."""

import hashlib
import json
import os
import platform
import shlex
import subprocess
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, NotRequired, TypedDict

import torch

from ccreid.datasets.wardrobe_file import TRUTH_FILE
from ccreid.errors import MissingFileError


def data_fingerprint(root: Path) -> str:
    """Return a SHA-256, 64 hexadecimal digits, of what files a data set has.

    Every file's path relative to the root and its size enter, in sorted order, and the content of `wardrobe.json` in
    the root if there is one. Contents of images do not: that would read gigabytes. Hidden files and folders do not
    either, nor does the root's own name or place.

    Of a table of images, it is that of the table's content.

    Args:
        root: Folder of the data set, or a table's file.

    Raises:
        FileNotFoundError: It does not exist or holds no file.
    """
    if root.is_file():
        return hashlib.sha256(root.read_bytes()).hexdigest()
    if not root.is_dir():
        raise MissingFileError(f"{root} is not a folder: give the folder of the data set")
    sizes = dict(_file_sizes(root))
    if not sizes:
        raise MissingFileError(f"{root} holds no files: give the folder of the data set")
    digest = hashlib.sha256()
    for path in sorted(sizes):
        digest.update(f"{path}\0{sizes[path]}\n".encode())
    if TRUTH_FILE in sizes:
        digest.update((root / TRUTH_FILE).read_bytes())
    return digest.hexdigest()


def _file_sizes(root: Path) -> list[tuple[str, int]]:
    found = []
    for folder, folders, names in os.walk(root, followlinks=True):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in names:
            if not name.startswith("."):
                path = Path(folder, name)
                found.append((path.relative_to(root).as_posix(), path.stat().st_size))
    return found


_PACKAGES = ("numpy", "ccreid", "pytorch-lightning", "lightning")


class Provenance(TypedDict):
    """What is kept beside result rows.

    Attributes:
        commit: Commit of the checkout that the package runs from; None for an installed package.
        dirty: Whether tracked files of that checkout were changed; None without a commit.
        versions: Of Python and the packages that results depend on, where they are installed.
        data: Fingerprint of the data set, see `data_fingerprint`.
        command: The command line.
        date: Time of writing, ISO 8601 in UTC.
        machine: System, processor architecture, cores, and GPUs.
        recipe: All settings of the model's training, where it is a model of ours.
    """

    commit: str | None
    dirty: bool | None
    versions: dict[str, str]
    data: str
    command: str
    date: str
    machine: str
    recipe: NotRequired[dict[str, Any]]


def provenance(data: Path, command: Sequence[str], recipe: Mapping[str, Any] | None = None) -> Provenance:
    """Return where results of this process on a data set come from.

    Args:
        data: Folder of the data set.
        command: The command line, one string a word.
        recipe: The settings of the model's training, by their names.

    Raises:
        FileNotFoundError: The data set's folder does not exist or holds no file.
    """
    commit, dirty = checkout_state()
    found: Provenance = {
        "commit": commit,
        "dirty": dirty,
        "versions": _versions(),
        "data": data_fingerprint(data),
        "command": shlex.join(command),
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": _machine(),
    }
    if recipe is not None:
        found["recipe"] = json.loads(json.dumps(recipe, default=str))  # paths as text
    return found


def versions_line(origin: Mapping[str, Any]) -> str:
    """Return a provenance's versions as one line to read."""
    return ", ".join(f"{package} {number}" for package, number in origin["versions"].items())


def checkout_state() -> tuple[str | None, bool | None]:
    """Return the commit of the checkout that the package runs from, and whether its files were changed since."""
    commit = _commit()
    return commit, None if commit is None else bool(_git("status", "--porcelain", "--untracked-files=no"))


def _commit() -> str | None:
    # A package that is merely installed somewhere inside another project's checkout is not part of that checkout.
    if _git("ls-files", "--error-unmatch", "__init__.py") is None:
        return None
    return _git("rev-parse", "HEAD")


def _git(*arguments: str) -> str | None:
    """Return git's output about the package's own folder, or None where git or a checkout is missing."""
    folder = Path(__file__).parent
    try:
        done = subprocess.run(["git", "-C", str(folder), *arguments], capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    return done.stdout.strip()


def _versions() -> dict[str, str]:
    # Torch's own word, unlike the package's, always says which build it is, such as 2.11.0+cu130.
    versions = {"python": platform.python_version(), "torch": torch.__version__}
    for package in _PACKAGES:
        try:
            versions[package] = version(package)
        except PackageNotFoundError:
            continue
    return versions


def _machine() -> str:
    gpus = [torch.cuda.get_device_name(index) for index in range(torch.cuda.device_count())]
    return ", ".join([platform.system(), platform.machine(), f"{os.cpu_count()} cores", *gpus])
