"""Models on the Hugging Face hub, named hf://USER/NAME: fetched, checked and pushed (extra `ccreid[hub]`)."""

import contextlib
import hashlib
import importlib
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from ccreid.errors import BadValueError, CcreidError, MissingExtraError
from ccreid.models.checkpoint import MODEL_FILE

# pathlib makes one slash of two, and a command's path has been through it.
_PREFIX: Final = re.compile(r"^hf:[/\\]{0,2}")
_NAME: Final = re.compile(r"[\w.-]+/[\w.-]+")


class HubError(CcreidError, OSError):
    """A model cannot be fetched from the hub or pushed to it; the message says why."""


def fetch_model(source: str | Path) -> Path:
    """Return the file of a model on the hub: that of the hub's cache on this machine, fetched if it is not there.

    Its checksum is that which the hub has of it, compared each time.

    Args:
        source: hf://USER/NAME, or hf://USER/NAME@REVISION for a branch, tag or commit.

    Raises:
        BadValueError: The name is no such name.
        HubError: There is no such model, the hub cannot be reached, or the file is damaged.
        MissingExtraError: huggingface_hub is not installed.
    """
    name, _, revision = _PREFIX.sub("", str(source)).replace("\\", "/").partition("@")
    _check_name(name)
    hub = _hub()
    with _explained(f"hf://{name}", "check the name and the network, and log in with `hf auth login` if it is private"):
        path = Path(hub.hf_hub_download(name, MODEL_FILE, revision=revision or None))
        expected = _expected_digest(hub, name, path)
    if _digest_like(expected, path) != expected:
        for damaged in {path.resolve(), path}:
            damaged.unlink(missing_ok=True)
        raise HubError(
            f"the {MODEL_FILE} of hf://{name} is damaged: its checksum is not {expected}, which the hub says; it was "
            "removed from the cache, fetch it again"
        )
    return path


def push_files(name: str, files: Mapping[str, Path | bytes], message: str, private: bool = False) -> str:
    """Put files into a repository on the hub, which is made if it is not there, as one commit.

    Args:
        name: USER/NAME.
        files: By their place in the repository; those that are there are replaced.
        message: Of the commit.
        private: Of a repository that is made: show it to nobody else.

    Returns:
        The repository's address.

    Raises:
        BadValueError: The name is no such name.
        HubError: The hub cannot be reached or refuses.
        MissingExtraError: huggingface_hub is not installed.
    """
    _check_name(name)
    hub = _hub()
    with _explained(f"hf://{name}", "log in with `hf auth login` and a token that may write"):
        api = hub.HfApi()
        address = str(api.create_repo(name, private=private, exist_ok=True))
        operations = [hub.CommitOperationAdd(place, content) for place, content in files.items()]
        api.create_commit(name, operations, commit_message=message)
    return address


def _check_name(name: str) -> None:
    if not _NAME.fullmatch(name):
        raise BadValueError(f"{name!r} is no model's name on the hub: give USER/NAME, such as hf://alice/reid")


def _hub() -> Any:
    try:
        return importlib.import_module("huggingface_hub")
    except ImportError as error:
        raise MissingExtraError(f"the hub needs huggingface_hub ({error}): pip install 'ccreid[hub]'") from error


@contextlib.contextmanager
def _explained(name: str, advice: str) -> Iterator[None]:
    """Say in one line what the client says in several."""
    try:
        yield
    except Exception as error:  # the client's own, and those of the HTTP library that it uses
        lines = [line.strip() for line in str(error).splitlines() if line.strip()]
        raise HubError(f"{name}: {type(error).__name__}, {' '.join(lines[:2])}; {advice}") from error


def _expected_digest(hub: Any, name: str, path: Path) -> str:
    """Return the hub's checksum of a file in the cache, which keeps files under it and links to them."""
    if path.is_symlink():
        return path.resolve().name
    # Where the system has no links, the hub is asked; the folder's name is the commit.
    return str(hub.get_hf_file_metadata(hub.hf_hub_url(name, MODEL_FILE, revision=path.parent.name)).etag)


def _digest_like(expected: str, path: Path) -> str:
    """Return a file's SHA-256, or its name in git where that is what is expected: the hub keeps small files there."""
    size = path.stat().st_size
    digest = hashlib.sha1(f"blob {size}\0".encode()) if len(expected) == 40 else hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(2**20):
            digest.update(block)
    return digest.hexdigest()
