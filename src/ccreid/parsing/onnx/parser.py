"""Human parsing by any segmentation network in ONNX, run by onnxruntime (extra `ccreid[onnx]`)."""

import hashlib
import importlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch.nn import functional

from ccreid.device import pick_device
from ccreid.errors import BadValueError, MissingExtraError, first_line
from ccreid.parsing.labels import merge_table
from ccreid.parsing.onnx.input import Canvas, NetworkInput, read_input
from ccreid.parsing.onnx.settings import NetworkSettings, read_network_settings
from ccreid.parsing.parser import Parser, ParserError
from ccreid.parsing.second_look import look_twice
from ccreid.parts import Part
from ccreid.weight_files import WeightsError, fingerprint

_CUDA: Final = "CUDAExecutionProvider"
_QUIET: Final = 3  # errors, which are raised as well, and nothing below


def onnx_parser(path: Path, merge: Path | None = None, device: str = "cpu") -> Parser:
    """Load a segmentation network in ONNX as a parser.

    The network has one input, a batch of RGB images, and an output that is one of these: logits or probabilities of the
    labels, (1, L, h, w) or (1, h, w, L), which are brought to each image's size bilinearly, and the greatest decides;
    or integers, a map of labels (1, h, w), (1, 1, h, w), (1, h, w, 1) or (h, w), which is brought there by the nearest
    pixel. Each image goes through it on its own.

    Args:
        path: The .onnx file.
        merge: Its merge file, see `ccreid.parsing.onnx.settings`; the file of the same name ending in .yaml where None.
        device: auto, cpu, cuda, cuda:1, ...; auto is the GPU where onnxruntime can use it.

    Returns:
        The parser "onnx", whose own merge is the file's. Its fingerprint is of the network's bytes and of all that the
        merge file says but the parts.

    Raises:
        MissingExtraError: onnxruntime is not installed.
        MissingFileError: One of the files is not there.
        WeightsError: The file is no network in ONNX, or not one of one input of images and such an output.
        LabelError: The merge file has no labels, or a part in it does not exist.
        BadValueError: Another value of the merge file is wrong or missing, or does not fit the network; or the device
            cannot be used.
    """
    runtime = _runtime()
    if not path.is_file():
        raise WeightsError(f"there is no ONNX file {path}: give --parser onnx:FILE.onnx")
    if merge is None and not path.with_suffix(".yaml").is_file():
        raise BadValueError(
            f"{path} needs a merge file, which says how the network is fed and what its labels are: give --merge "
            f"MERGE.yaml, or put it beside the network as {path.with_suffix('.yaml').name}"
        )
    merge = merge or path.with_suffix(".yaml")
    settings = read_network_settings(merge)
    session = _session(runtime, path, device)
    entry = read_input(session, path, merge, settings.input)
    output = _output(session, path, merge, settings)

    def labels_of(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
        pixels, canvas = entry.prepared(image)
        found = session.run([output], {entry.name: pixels})[0]
        return _label_map(_read(found, path, merge, settings, entry), canvas, *image.shape[:2])

    try:
        # What the file does not say of its output shows once it has run.
        labels_of(np.zeros((8, 8, 3), np.uint8))
    except (WeightsError, BadValueError, ParserError):
        raise
    except Exception as error:  # what onnxruntime raises depends on the operator that fails
        raise WeightsError(
            f"{path} does not run on an image of {entry.height}x{entry.width} pixels (height x width) "
            f"({first_line(error)}): change input.height and input.width in {merge}, or export it again"
        ) from error

    is_person = merge_table(settings.labels, settings.merge) != Part.BACKGROUND

    def parse(images: Sequence[NDArray[np.uint8]]) -> list[NDArray[np.uint8]]:
        if settings.input.looks == 2 and not is_person.all():
            return [look_twice(labels_of, image, is_person) for image in images]
        return [labels_of(image) for image in images]

    return Parser("onnx", settings.labels, parse, _fingerprint(path, settings, entry), settings.merge)


def _runtime() -> Any:
    try:
        return importlib.import_module("onnxruntime")
    except ImportError as error:
        raise MissingExtraError(f"onnxruntime cannot be imported ({error}): pip install 'ccreid[onnx]'") from error


def _session(runtime: Any, path: Path, device: str) -> Any:
    options = runtime.SessionOptions()
    options.log_severity_level = _QUIET
    options.intra_op_num_threads = torch.get_num_threads()  # as the other parsers, one in each of Ray's workers
    providers = _providers(runtime, device)
    try:
        return runtime.InferenceSession(str(path), options, providers=providers)
    except Exception as error:  # onnxruntime has an error of its own for each way in which a file may be wrong
        raise WeightsError(
            f"{path} is no network in ONNX that onnxruntime {runtime.__version__} can load ({first_line(error)}): "
            "export it again, or fetch it again"
        ) from error


def _providers(runtime: Any, device: str) -> list[Any]:
    """Return what runs the network, in onnxruntime's words."""
    has_cuda = _CUDA in runtime.get_available_providers()
    place = torch.device("cpu") if device == "auto" and not has_cuda else pick_device(device)
    if place.type == "cpu":
        return ["CPUExecutionProvider"]
    if place.type != "cuda" or not has_cuda:
        raise BadValueError(
            f"device {device!r} cannot be used by this onnxruntime: give --device cpu, or install onnxruntime-gpu"
        )
    return [(_CUDA, {"device_id": place.index or 0}), "CPUExecutionProvider"]


def _output(session: Any, path: Path, merge: Path, settings: NetworkSettings) -> str:
    names = [output.name for output in session.get_outputs()]
    if settings.output is None and len(names) > 1:
        raise BadValueError(
            f"{path} has the outputs {', '.join(names)}: say which in {merge}, such as output: {names[0]}"
        )
    if settings.output is not None and settings.output not in names:
        raise BadValueError(f"{merge} names the output {settings.output!r}, and {path} has {', '.join(names)}")
    return settings.output or str(names[0])


def _read(
    found: NDArray[Any], path: Path, merge: Path, settings: NetworkSettings, entry: NetworkInput
) -> NDArray[np.float32] | NDArray[np.uint8]:
    """Return an output as logits (L, h, w) of floating point, or as labels (h, w) of uint8."""
    count, shape = len(settings.labels), found.shape
    if found.dtype.kind == "f" and len(shape) == 4 and shape[0] == 1:
        first, last = shape[1] == count, shape[3] == count
        if last and (entry.layout == "NHWC" or not first):
            return np.ascontiguousarray(found[0].transpose(2, 0, 1), np.float32)
        if first:
            return np.ascontiguousarray(found[0], np.float32)
    plane = found.reshape(shape[-3:]) if len(shape) == 4 and shape[0] == 1 else found
    if found.dtype.kind in "iu" and plane.ndim in {2, 3} and (plane.ndim == 2 or 1 in {plane.shape[0], plane.shape[2]}):
        labels = plane if plane.ndim == 2 else plane[0] if plane.shape[0] == 1 else plane[..., 0]
        if labels.size and not 0 <= labels.min() <= labels.max() < count:
            raise ParserError(
                f"{path} gave labels {labels.min()} to {labels.max()}, expected 0..{count - 1}: {merge} names {count}"
            )
        map_of_labels: NDArray[np.uint8] = labels.astype(np.uint8)
        return map_of_labels
    raise BadValueError(
        f"{path} gives an output of {found.dtype} {shape}, and {merge} names {count} labels: expected floating point "
        f"(1, {count}, height, width) or (1, height, width, {count}), or integers (1, height, width)"
    )


def _label_map(
    found: NDArray[np.float32] | NDArray[np.uint8], canvas: Canvas, height: int, width: int
) -> NDArray[np.uint8]:
    """Bring logits or labels of the network's size to the image's; see `onnx_parser`."""
    if found.ndim == 2:
        labels = Image.fromarray(found.astype(np.uint8))
        if canvas.has_border:
            labels = labels.resize((canvas.width, canvas.height), Image.Resampling.NEAREST).crop(canvas.box)
        return np.array(labels.resize((width, height), Image.Resampling.NEAREST))
    logits = torch.from_numpy(found)[None]
    if canvas.has_border:
        size = canvas.height, canvas.width
        left, top, right, bottom = canvas.box
        logits = functional.interpolate(logits, size=size, mode="bilinear", align_corners=False)
        logits = logits[:, :, top:bottom, left:right]
    if tuple(logits.shape[2:]) != (height, width):
        logits = functional.interpolate(logits, size=(height, width), mode="bilinear", align_corners=False)
    labels_of_greatest: NDArray[np.uint8] = logits[0].argmax(0).to(torch.uint8).numpy()
    return labels_of_greatest


def _fingerprint(path: Path, settings: NetworkSettings, entry: NetworkInput) -> str:
    digest = hashlib.sha256()
    # Large networks keep their weights in a second file.
    for part in [path, *sorted(path.parent.glob(f"{path.name}*data"))]:
        digest.update(f"{fingerprint(part)}\n".encode())
    digest.update(repr((settings.input, entry.height, entry.width, settings.output, settings.labels)).encode())
    return digest.hexdigest()
