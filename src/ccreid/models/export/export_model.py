"""Writes a re-identification model as ONNX or by torch.export; no file is left that does not do what the model does."""

import contextlib
import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional

from ccreid.atomic_files import check_writable, write_atomically
from ccreid.datasets.image_source import source_tensor
from ccreid.errors import BadValueError, CcreidError, first_line
from ccreid.models.export.int8 import in_8_bits
from ccreid.models.export.whole_model import ExportError, whole_model
from ccreid.models.reid_model import ReIDModel
from ccreid.onnx_writing import onnx_model, quiet, require_onnx

Precision = Literal["float32", "float16", "int8"]

TOLERANCES: Final[dict[Precision, float]] = {"float32": 1e-4, "float16": 0.1, "int8": 0.75}
"""How far an exported feature may be from PyTorch's, as the length of the difference of the two, which have length 1.

About a thousand times what a number is rounded by in float32, and a hundred times in float16, whose roundings a deep
network adds up. In 8 bits a cosine of 0.72, far below that of a network that can be quantised: docs/export.md has what
such a one loses in R1."""

_ADVICE: Final[dict[Precision, str]] = {
    "float32": "export it in the other format",
    "float16": "leave out half precision",
    "int8": "give photos that look as those of use do, or leave out 8 bits",
}
_DTYPES: Final = {"float32": torch.float32, "float16": torch.float16}
_FEW: Final = 16  # images at once, where many are compared

Run = Callable[[NDArray[np.uint8]], NDArray[np.float32]]
"""From images (N, 3, H, W) to features (N, D)."""


@dataclass(frozen=True)
class Exported:
    """What was written; as text, one line.

    Attributes:
        path: The file.
        precision: That it computes in.
        size: Height and width of the images that it takes.
        width: Numbers in a feature.
        difference: Greatest length of the difference between its features and PyTorch's, on the images compared.
        bytes: Of the file.
    """

    path: Path
    precision: Precision
    size: tuple[int, int]
    width: int
    difference: float
    bytes: int

    def __str__(self) -> str:
        height, width = self.size
        return (
            f"wrote {self.path}, {self.bytes / 2**20:.1f} MB in {self.precision}: from uint8 RGB images "
            f"(N, 3, {height}, {width}) to features (N, {self.width}) of length 1, at most {self.difference:.1e} from "
            "PyTorch's"
        )


def export_onnx(model: ReIDModel, path: Path, precision: Literal["float32", "float16"] = "float32") -> Exported:
    """Write a model as ONNX: from images, uint8 RGB (N, 3, H, W), to features, float32 (N, D) of length 1.

    Normalisation, the mirror image and the length are inside, batch norms are folded, N is any number.

    Args:
        model: Stays as it is.
        path: The .onnx file; folders above it are made.
        precision: That the network computes in; inputs and outputs stay what they are.

    Raises:
        BadValueError: The file's name has another ending.
        ExportError: The model cannot be exported, or the features differ from PyTorch's by more than `TOLERANCES` says.
        MissingExtraError: onnx, onnxscript or onnxruntime is not installed.
        WriteError: The file cannot be written.
    """
    _check_onnx(path)
    data = _onnx(model, precision).SerializeToString()
    return _written(path, precision, data, _run_onnx(data), _made_images(model), model)


def export_int8(model: ReIDModel, path: Path, photos: Sequence[Path]) -> Exported:
    """Write a model as `export_onnx` does, its convolutions and products in 8 bits by onnxruntime's quantisation.

    Args:
        model: Stays as it is.
        path: The .onnx file; folders above it are made.
        photos: Of people, as the model is to see later: they say what range the numbers inside have. A hundred do.

    Raises:
        ImageError: A photo is broken.
        BadValueError: There are no photos, or the file's name has another ending.
        ExportError: As of `export_onnx`; the features are compared on the photos.
        MissingExtraError: onnx, onnxscript or onnxruntime is not installed.
        WriteError: The file cannot be written.
    """
    _check_onnx(path)
    if not photos:
        raise BadValueError("there are no photos to see the range of the model's numbers by: give a folder of some")
    images = np.stack([source_tensor(photo, *model.size).numpy() for photo in photos])
    with _explained(model):
        data = in_8_bits(_onnx(model, "float32"), images)
    return _written(path, "int8", data, _run_onnx(data), images, model)


def export_torch(model: ReIDModel, path: Path, precision: Literal["float32", "float16"] = "float32") -> Exported:
    """Write a model by torch.export, with inputs and outputs as of `export_onnx`.

    `torch.export.load(path).module()` is what turns images into features.

    Args:
        model: Stays as it is.
        path: The .pt2 file; folders above it are made.
        precision: That the network computes in.

    Raises:
        BadValueError: The file's name has another ending.
        ExportError: As of `export_onnx`.
        WriteError: The file cannot be written.
    """
    _check(path, ".pt2")
    whole = whole_model(model, _DTYPES[precision])
    images = _made_images(model)
    written = io.BytesIO()
    with _explained(model), quiet():
        shapes = ({0: torch.export.Dim("images")},)
        torch.export.save(torch.export.export(whole, (torch.from_numpy(images),), dynamic_shapes=shapes), written)
    data = written.getvalue()
    return _written(path, precision, data, _run_torch(data), images, model)


def _check_onnx(path: Path) -> None:
    _check(path, ".onnx")
    require_onnx("onnxruntime")


def _check(path: Path, ending: str) -> None:
    if path.suffix != ending:
        raise BadValueError(f"{path} does not end in {ending}: name it {path.with_suffix(ending).name}")
    check_writable(path)


def _onnx(model: ReIDModel, precision: Literal["float32", "float16"]) -> Any:
    whole = whole_model(model, _DTYPES[precision])
    with _explained(model):
        written = onnx_model(whole, torch.from_numpy(_made_images(model)), "features")
    height, width = model.size
    about = {
        "model": model.name,
        "images": f"uint8 RGB (N, 3, {height}, {width}), as they are: normalisation is inside",
        "features": "float32 (N, D), of each image and its mirror image, of length 1",
        "writer": f"ccreid {version('ccreid')}",
    }
    for key, value in about.items():
        written.metadata_props.add(key=key, value=value)
    return written


@contextlib.contextmanager
def _explained(model: ReIDModel) -> Iterator[None]:
    """Say in one line what an exporter does not know of a network, of which it tells pages."""
    try:
        yield
    except CcreidError:
        raise
    except Exception as error:  # exporters raise whatever their tracing runs into
        raise ExportError(f"{model.recipe.model.system} cannot be exported: {first_line(error)}") from error


def _run_onnx(data: bytes) -> Run:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3  # errors, which are raised as well, and nothing below
    options.intra_op_num_threads = torch.get_num_threads()
    session = onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"])

    def run(images: NDArray[np.uint8]) -> NDArray[np.float32]:
        features: NDArray[np.float32] = session.run(["features"], {"images": images})[0]
        return features

    return run


def _run_torch(data: bytes) -> Run:
    module = torch.export.load(io.BytesIO(data)).module()

    def run(images: NDArray[np.uint8]) -> NDArray[np.float32]:
        with torch.inference_mode():
            features: NDArray[np.float32] = module(torch.from_numpy(images)).numpy()
        return features

    return run


def _written(
    path: Path, precision: Precision, data: bytes, run: Run, images: NDArray[np.uint8], model: ReIDModel
) -> Exported:
    """Write a file whose features are the model's, and refuse others."""
    expected = ReIDModel(model.network, model.recipe, "cpu").embed(images.transpose(0, 2, 3, 1), progress=False)
    with _explained(model):
        # One image, and then the others a few at a time, as any number is promised.
        pieces = [images[:1], *(images[first : first + _FEW] for first in range(1, len(images), _FEW))]
        found = np.concatenate([run(piece) for piece in pieces])
    difference = float(np.linalg.norm(found - expected, axis=1).max())
    if not difference <= TOLERANCES[precision]:  # nor where it is no number
        raise ExportError(
            f"{path} was not written: its features in {precision} are up to {difference:.2g} from PyTorch's, and "
            f"{TOLERANCES[precision]:g} is allowed; {_ADVICE[precision]}"
        )
    write_atomically(path, data)
    return Exported(path, precision, model.size, found.shape[1], difference, len(data))


def _made_images(model: ReIDModel) -> NDArray[np.uint8]:
    """Return a few images of the model's size, smooth fields of colour, uint8 (N, 3, H, W)."""
    coarse = torch.rand(4, 3, 8, 4, generator=torch.Generator().manual_seed(0))
    smooth = functional.interpolate(coarse, model.size, mode="bicubic", align_corners=False)
    images: NDArray[np.uint8] = (smooth.clamp(0, 1) * 255).to(torch.uint8).numpy()
    return images
