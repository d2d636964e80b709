"""Imports the peers' code from checkouts that lie outside this repository, with what their other parts would need.

A peer's checkout is a folder of `--peers DIR` with the repository's name:

    pixel_sampling       shuxjweb/pixel_sampling, the authors' released code
    deep-person-reid     KaiyangZhou/deep-person-reid (torchreid), its Cython compiled in place
    fast-reid            JDAI-CV/fast-reid, its Cython compiled in place
    Simple-CCReID        guxinqian/Simple-CCReID

and DIR/site may hold torchvision for their transforms (`pip install --no-deps --target DIR/site torchvision`): beside a
torch of another build its compiled operators are missing, which the transforms do not use. A `.commit` file in a
checkout says which commit it is. DIR/engines may hold inference engines to compare with
(`pip install --no-deps --target DIR/engines onnx onnxruntime openvino` and what these ask for).
"""

import importlib.abc
import importlib.machinery
import importlib.util
import re
import sys
import textwrap
from collections.abc import Sequence
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

import torch

RELEASED, TORCHREID, FASTREID = "pixel_sampling", "deep-person-reid", "fast-reid"
SIMPLE = "Simple-CCReID"

# Imported by parts of the peers that are not measured.
_NOT_NEEDED = (
    "cv2",
    "faiss",
    "gdown",
    "h5py",
    "ignite",
    "imageio",
    "scipy",
    "sklearn",
    "tensorboardX",
    "termcolor",
    "yacs",
)


class PeerMissingError(Exception):
    """A peer's checkout, or what it needs, is not there; the row is written without it."""


def checkout(peers: Path | None, name: str) -> Path:
    """Return a peer's folder.

    Args:
        peers: Folder with the peers' checkouts.
        name: Of the peer.

    Raises:
        PeerMissingError: It is not there.
    """
    if peers is None or not (peers / name).is_dir():
        raise PeerMissingError(f"no checkout of {name}: give --peers DIR with DIR/{name}")
    return (peers / name).resolve()


def commit(folder: Path) -> str:
    """Return the first digits of the checkout's commit, or "unknown"."""
    file = folder / ".commit"
    return file.read_text(encoding="utf-8").strip()[:12] if file.is_file() else "unknown"


def load_file(path: Path, name: str) -> Any:
    """Import one file, Python or compiled, without its package.

    Args:
        path: The file.
        name: Of the module.
    """
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def load_compiled(folder: Path, name: str) -> Any:
    """Import the Cython module of a folder.

    Args:
        folder: Where it was built.
        name: Of the module.

    Raises:
        PeerMissingError: It was not built.
    """
    built = sorted(folder.glob(f"{name}.*.so"))
    if not built:
        raise PeerMissingError(f"{folder} holds no compiled {name}: run `python setup.py build_ext --inplace` there")
    return load_file(built[0], name)


def load_package(folder: Path, *modules: str) -> list[Any]:
    """Import modules of a peer by their names in it; packages that only its other parts need are stood in for."""
    _find_torchvision(folder.parent / "site")
    if not any(isinstance(finder, _StandIns) for finder in sys.meta_path):
        sys.meta_path.append(_StandIns())
    if not torch.cuda.is_available():
        # Some of it moves tensors to a GPU without asking whether there is one.
        torch.Tensor.cuda = lambda tensor, *_, **__: tensor
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))
    try:
        return [importlib.import_module(name) for name in modules]
    except (ImportError, RuntimeError) as error:
        raise PeerMissingError(f"{folder.name} cannot be imported ({error})") from error


def lines_of(path: Path, function: str, first: str, last: str) -> CodeType:
    """Compile some lines of a function: from the first that holds `first` to the last that holds `last`.

    Args:
        path: The file.
        function: Name of the function.
        first: Text in the first line.
        last: Text in the last line.
    """
    text = path.read_text(encoding="utf-8")
    body = re.split(rf"^def {function}\(", text, flags=re.MULTILINE)[1]
    lines = re.split(r"^def ", body, flags=re.MULTILINE)[0].splitlines()
    start = next(index for index, line in enumerate(lines) if first in line)
    stop = max(index for index, line in enumerate(lines) if last in line)
    return compile(textwrap.dedent("\n".join(lines[start : stop + 1])), str(path), "exec")


class _StandIns(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finds, after all other finders, packages that are not installed and not needed."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if fullname.split(".")[0] not in _NOT_NEEDED:
            return None
        return importlib.machinery.ModuleSpec(fullname, self, is_package=True)

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType:
        return _StandIn(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        pass


class _StandIn(ModuleType):
    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return type(name, (), {})


def _find_torchvision(site: Path) -> None:
    if "torchvision" in sys.modules:
        return
    if site.is_dir() and str(site) not in sys.path:
        sys.path.append(str(site))
    library = torch.library.Library("torchvision", "FRAGMENT")
    while True:
        try:
            importlib.import_module("torchvision.transforms")
        except ImportError as error:
            raise PeerMissingError(f"torchvision is not there ({error}): install it into {site}") from error
        except RuntimeError as error:
            missing = re.search(r"operator torchvision::(\w+) does not exist", str(error))
            if missing is None:
                raise
            library.define(f"{missing[1]}(Tensor x) -> Tensor")
            for name in [name for name in sys.modules if name.split(".")[0] == "torchvision"]:
                del sys.modules[name]
        else:
            _KEPT.append(library)
            return


# A library that is not referred to is taken back with all it defines.
_KEPT: list[Any] = []
