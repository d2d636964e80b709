"""The models that ship inside the package: found by name, beside the files and folders of one's own."""

from importlib import resources
from pathlib import Path
from typing import Final

from ccreid.errors import MissingFileError, nearest
from ccreid.models.checkpoint import MODEL_FILE

DEFAULT: Final = "ccreid-small"
"""The model that is taken where none is named."""

SUFFIX: Final = ".safetensors"


def shipped_folder() -> Path:
    """Return the folder of the models' files."""
    return Path(str(resources.files("ccreid.models.pretrained")))


def shipped_models() -> dict[str, Path]:
    """Return the file of each model that ships with this installation, by its name; possibly none."""
    return {path.stem: path for path in sorted(shipped_folder().glob(f"*{SUFFIX}"))}


def shipped_name(file: Path) -> str:
    """Return the name of the shipped model that a file is of, "" for any other file."""
    return file.stem if file.parent == shipped_folder() else ""


def model_file(source: str | Path) -> Path:
    """Return the file of a model: of a run's folder the one in it, and for a shipped model's name that model's.

    A file or folder that exists is taken before a shipped model of that name.

    Args:
        source: A file, a folder or a name.

    Raises:
        MissingFileError: It is a folder without a model, or one word that names nothing.
    """
    path = Path(source)
    if path.is_dir():
        return _in_folder(path)
    if path.exists() or path.suffix == SUFFIX or len(path.parts) != 1:
        return path
    known = shipped_models()
    if str(path) in known:
        return known[str(path)]
    ships = nearest(str(path), known) if known else "none ships with this installation"
    raise MissingFileError(
        f"there is no model {str(path)!r}, neither as a file or folder nor among those that ship with ccreid: {ships}; "
        "or give the folder of a run such as runs/baseline/seed0"
    )


def _in_folder(folder: Path) -> Path:
    path = folder / MODEL_FILE
    if not path.is_file():
        runs = sorted(run.parent for run in folder.glob(f"*/{MODEL_FILE}"))
        advice = f"give one of its runs, such as {runs[0]}" if runs else "give the folder of a run that has ended"
        raise MissingFileError(f"there is no {MODEL_FILE} in {folder}: {advice}")
    return path
